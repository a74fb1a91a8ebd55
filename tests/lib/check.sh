# SPDX-License-Identifier: MIT
# What tests in shell have in common; the plan, "1..N", is theirs.

# check NUMBER NAME COMMAND...: passes if the command does; what it printed explains a failure.
check() {
    number=$1 name=$2
    shift 2
    if output=$("$@" 2>&1); then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        echo "$output" | sed 's/^/# /'
    fi
}
