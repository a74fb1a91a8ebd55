#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/run without a boot: its help, and what it says of a run that it cannot carry out.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset MACHINE GUEST ARGS BARE MEMORY MODEL BOCHS_LINES KVM

echo 1..9

# By what is asked for in the program.
help_names_every_option() {
    tools/run -h > "$root/help" || return 1
    letters=$(sed -n 's/^while getopts :\([^ -]*\).*/\1/p' tools/run | tr -d : | fold -w 1)
    for letter in ${letters:-none}; do
        grep "^  -${letter}[ ,]" "$root/help" || { echo "no -$letter"; return 1; }
    done
}

help_names_every_variable() {
    variables=$(grep -o '\${[A-Z_]*:[-+]' tools/run | tr -d '${:+-' | sort -u)
    for variable in ${variables:-none}; do
        grep "^  $variable " "$root/help" || { echo "no $variable"; return 1; }
    done
}

help_ends_with_the_comment() { ! grep -E '^#|set -eu' "$root/help"; }

long_help_is_the_same() { tools/run --help | cmp - "$root/help"; }

# refuses PATTERN WORD...: one line, status 2.
refuses() {
    pattern=$1
    shift
    tools/run "$@" > "$root/out" 2>&1
    status=$?
    cat "$root/out"
    [ $status = 2 ] && [ "$(wc -l < "$root/out")" = 1 ] && grep -q "^run: $pattern" "$root/out"
}

# A tree without the rig, which the tests of the real one have.
without_the_rig() {
    mkdir -p "$root/tree/build"
    cp -r tools "$root/tree"
    ln -s "$PWD/tests" "$root/tree"
    ln -s "$PWD/build/vexit" "$PWD/build/vexit.elf" "$root/tree/build"
    MACHINE=bochs-nested "$root/tree/tools/run" -t 60
}

no_machine() { MACHINE=qemu MEMORY=none tools/run -d "$root/run" -t 60; }

# fails PATTERN COMMAND: status 1; the first line says what is to run, the second and last why not.
fails() {
    $2 > "$root/out" 2>&1
    status=$?
    cat "$root/out"
    [ $status = 1 ] && [ "$(wc -l < "$root/out")" = 2 ] &&
        head -n 1 "$root/out" | grep -q '^run: test on .*, at most 60 seconds; the trace goes to .*/vmm.log,' &&
        tail -n 1 "$root/out" | grep -q "^$1"
}

check 1 'the help names every option' help_names_every_option
check 2 'and every variable' help_names_every_variable
check 3 'and is nothing but help' help_ends_with_the_comment
check 4 '--help is -h' long_help_is_the_same
check 5 'an option that is none' refuses 'there is no option -z;' -z
check 6 'a long one' refuses 'there is no option --guest=linux;' --guest=linux
check 7 'a word that belongs to no option' refuses 'what is linux?' linux
check 8 'a machine without its rig' fails 'run-nested: there is no rig: .make build/nested/rig.image. ' without_the_rig
check 9 'a machine that does not start' fails 'qemu-system-x86_64: .*none' no_machine
