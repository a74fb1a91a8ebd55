#!/bin/sh
# SPDX-License-Identifier: MIT
# The images: both boot headers where loaders look for them, no segment writable and executable.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh

echo 1..6

# header FILE REGEX MULTIPLE LIMIT: the magic number's bytes at a multiple within the file's limit.
header() {
    at=$(LC_ALL=C grep -a -b -o -P "$2" "$1" | head -n 1 | cut -d: -f1)
    echo "at ${at:-nowhere} in $1"
    [ "$at" ] && [ "$((at % $3))" = 0 ] && [ "$at" -lt "$4" ]
}

no_segment_is_writable_and_executable() {
    ! readelf -lW "$1" | grep -E '^ *LOAD.* RWE? *E|^ *LOAD.* RWE'
}

starts_on_bios_and_uefi() {
    report=$(xorriso -indev build/vexit.iso -report_el_torito plain -report_system_area plain 2>&1)
    echo "$report"
    echo "$report" | grep -q 'El Torito boot img.* BIOS ' &&
        echo "$report" | grep -q 'El Torito boot img.* UEFI ' &&
        echo "$report" | grep -q 'MBR'
}

check 1 'Multiboot 1 header of vexit32.elf' header build/vexit32.elf '\x02\xb0\xad\x1b' 4 8192
check 2 'Multiboot2 header of vexit.elf' header build/vexit.elf '\xd6\x50\x52\xe8' 8 32768
check 3 'vexit.elf: nothing is writable and executable' no_segment_is_writable_and_executable build/vexit.elf
check 4 'vexit32.elf: nothing is writable and executable' no_segment_is_writable_and_executable build/vexit32.elf
check 5 'the built-in guest: nothing is writable and executable' no_segment_is_writable_and_executable build/guest64.elf
check 6 'vexit.iso starts on BIOS and UEFI, from CD and disk' starts_on_bios_and_uefi
