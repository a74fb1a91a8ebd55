#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that never exits: the timer sends what waits, marked as the VMM's own, and goes silent.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

use constant TIMER => 52;

# The run has no end: it is cut off after so many seconds.
sub spin {
    my ($seconds, @words) = @_;
    my $run = run_guest(options => "@words -- only=cpuid quiet flood=50 end=spin",
        seconds => $seconds, exit_log => 1);
    my @trace = decode("$run->{directory}/vmm.log");
    my @ticks = grep { / entry PREEMPTION_TIMER / } @trace;
    my @exits = emulator_exits($run);
    my $guests = grep { $_ != TIMER } @exits;
    is(scalar(grep { / entry / } @trace) - @ticks, $guests, "@words: each exit of the guest's was sent");
    is(scalar(grep { !/ owner=1 pending=\d+$/ } @ticks), 0, 'those of the timer are the VMM\'s own');
    is($exits[-1], TIMER, 'the timer came last');
    return @exits - $guests;
}

my ($short, $long) = map { spin($_, 'trace=on') } 10, 15;
is($long, $short, "no exit comes after the last byte: $short of them");
cmp_ok(spin(12, 'wire=text'), '<', 100, 'lines do not cause more lines than they send');
done_testing();
