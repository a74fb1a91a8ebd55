#!/bin/sh
# SPDX-License-Identifier: MIT
# `make install' and `make uninstall', into a directory of their own.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset MAKEFLAGS MAKELEVEL

echo 1..7

installed() { (cd "$root" && find . ! -type d | sort); }

everything() {
    {
        printf './opt/x/%s\n' bin/vexit share/man/man1/vexit.1 share/vexit/vexit.elf \
            share/vexit/vexit32.elf share/vexit/vexit.iso share/bash-completion/completions/vexit
        sed -n 's,^COMMAND(\([a-z]*\).*,./opt/x/share/man/man1/vexit-\1.1,p' trace/host/commands.def
    } | sort > "$root.expected"
    installed | diff "$root.expected" -
    status=$?
    rm -f "$root.expected"
    return $status
}

works() { "$root/opt/x/bin/vexit" --version | grep '^vexit [0-9]'; }

pages_name_the_prefix() {
    grep '/opt/x/share/vexit/vexit.iso' "$root/opt/x/share/man/man1/vexit.1" &&
        man -M "$root/opt/x/share/man" vexit-stat
}

same_images() {
    for image in vexit.elf vexit32.elf vexit.iso; do
        cmp "build/$image" "$root/opt/x/share/vexit/$image" || return 1
    done
}

others_stay() {
    [ "$(installed)" = ./opt/x/share/vexit/mine ] || { installed; return 1; }
}

check 1 'make install' make install DESTDIR="$root" PREFIX=/opt/x
check 2 'everything is there, and nothing else' everything
check 3 'the tool works' works
check 4 'the pages are found and name the prefix' pages_name_the_prefix
check 5 'the images are the same' same_images
touch "$root/opt/x/share/vexit/mine"
check 6 'make uninstall' make uninstall DESTDIR="$root" PREFIX=/opt/x
check 7 'takes away what it brought, and nothing else' others_stay
