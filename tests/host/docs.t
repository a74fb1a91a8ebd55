#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/slots.md and docs/options.md say what the tables of the code say; what pages and code
# name is there.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
tables=build/tables

echo 1..8

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

# Files that they name; "name", NAME and TARGET stand for others.
named_files() {
    grep -o '`[A-Za-z0-9_./*-]*`' README.md docs/*.md | tr -d '`' |
        grep -E ':(boot|docs|guest|tests|tools|trace|vmm|vmx)/' |
        grep -v -E '/(name|NAME|TARGET)(\.|$)' | sort -u | {
        status=0
        while IFS=: read -r page file; do
            # The shell puts the matches of a pattern in its place.
            set -- $file
            [ -e "$1" ] || { echo "$page: no $file"; status=1; }
        done
        return $status
    }
}

# Files that comments, includes and scripts name by their folder.
files_in_code() {
    grep -r -o -h -E '(^|[^A-Za-z0-9_./-])(boot|docs|guest|tests|tools|trace|vmm|vmx)/[A-Za-z0-9_./-]+\.(c|h|S|def|inc|md|t|pm)\>' \
        -I --exclude='*.md' --exclude-dir=corpus --exclude-dir=crashes --exclude-dir=traces \
        boot docs guest tests tools trace vmm vmx Makefile linker.ld | sed 's,^[^a-z]*,,' | sort -u | {
        status=0
        while read -r file; do
            [ -e "$file" ] || { echo "no $file"; status=1; }
        done
        return $status
    }
}

map_is_whole() {
    status=0
    for folder in boot vmm vmm/*/ vmx trace trace/*/ trace/host/*/ guest docs tests tools; do
        grep -q "\`${folder%/}/\`" docs/architecture.md || { echo "not there: $folder"; status=1; }
    done
    return $status
}

# By its table: a folder there stands for the files in it, `*/` for every folder that has no row of its own.
includes_as_told() {
    grep -r '^#include "' --include='*.[chS]' vmm vmx trace guest | awk -F '`' '
        function folder_of(path) { sub(/[^\/]*$/, "", path); return path }
        function any_beside(folder) { sub(/[^\/]*\/$/, "*/", folder); return folder }
        NR == FNR {
            table = /^\| folder \| includes/ || (table && /^\|/)
            if (table) row[$2]
            for (i = 4; table && i < NF; i += 2) allowed[$2, $i]
            next
        }
        {
            split($0, word, ":#include \"|\"")
            from = folder_of(word[1])
            to = folder_of(word[2])
            if (from == to || word[2] ~ /^(vmm\/version|guest\/vexit_call|build\/offsets)\.h$/) next
            if (!(from in row)) from = any_beside(from)
            if ((from, word[2]) in allowed || (from, to) in allowed || (from, any_beside(to)) in allowed) next
            print word[1] " includes " word[2]
            bad = 1
        }
        END { exit bad }
    ' docs/architecture.md -
}

wrong_usage() {
    ! $tables 2> /dev/null && ! $tables nothing 2> /dev/null && ! $tables slots options 2> /dev/null
}

check 1 'docs/slots.md is what the tables say' up_to_date slots
check 2 'docs/options.md is what the tables say' up_to_date options
check 3 'links between pages lead to files' links
check 4 'files that pages name are there' named_files
check 5 'files that code names are there' files_in_code
check 6 'the map in docs/architecture.md has every folder' map_is_whole
check 7 'folders include what docs/architecture.md says' includes_as_told
check 8 'wrong usage fails' wrong_usage
