#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/slots.md and docs/options.md say what the tables of the code say.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
tables=build/tables

echo 1..4

up_to_date() {
    $tables "$1" | diff "docs/$1.md" - || { echo "run \`make docs' and commit docs/$1.md"; return 1; }
}

# Files that the hand-written pages point at.
links() {
    status=0
    for page in README.md docs/*.md; do
        for target in $(sed -n 's/](\([^)#]*\)/\n<\1\n/gp' "$page" | sed -n 's/^<//p'); do
            case $target in
            http*) ;;
            *) [ -e "$(dirname "$page")/$target" ] || { echo "$page: no $target"; status=1; } ;;
            esac
        done
    done
    return $status
}

wrong_usage() {
    ! $tables 2> /dev/null && ! $tables nothing 2> /dev/null && ! $tables slots options 2> /dev/null
}

check 1 'docs/slots.md is what the tables say' up_to_date slots
check 2 'docs/options.md is what the tables say' up_to_date options
check 3 'links between pages lead to files' links
check 4 'wrong usage fails' wrong_usage
