#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that halts with interrupts disabled is at its end, and so is the run; whether it exits before
# or never does.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

for my $options ('-- only=cpuid quiet flood=50 end=halt', 'exits=all drain=burst -- only=cpuid quiet end=halt') {
    my $run = run_guest(options => $options);
    my ($last, $end) = last_words(decode("$run->{directory}/vmm.log"));
    is($run->{status}, 0, "$options: success, and a complete log") or diag($run->{output});
    expect_lines('the last record', [$last], 'stop PREEMPTION_TIMER owner=1 *');
    expect_lines('the end record', [$end->{reason}],
        'the guest halted with interrupts disabled, before RIP *');
}
done_testing();
