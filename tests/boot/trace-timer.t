#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that does not exit for long: the timer sends what waits, marked as the VMM's own, and then
# comes once a second.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

use constant { TIMER => 52, SECOND => 50_000_000 };

# How many exits of the timer came while there was something to send; the place of the last, and the
# places of those that came when there was nothing.
sub spin {
    my (@words) = @_;
    my $run = run_guest(options => "@words -- only=cpuid quiet flood=50 end=spin-a-while,stop", exit_log => 1);
    my @trace = decode("$run->{directory}/vmm.log");
    my @ticks = grep { / entry PREEMPTION_TIMER / } @trace;
    my $guests = grep { $_ != TIMER } emulator_exits($run);
    is(scalar(grep { / (?:entry|stop) / } @trace) - @ticks, $guests, "@words: each exit of the guest's was sent");
    is(scalar(grep { !/ owner=1 pending=\d+$/ } @ticks), 0, 'those of the timer are the VMM\'s own');
    my @stamps = map { /^(\d+)d.*VMEXIT reason = 52 / ? $1 : () } lines("$run->{directory}/exits.log");
    my @beats = grep { $stamps[$_] - $stamps[$_ - 1] > 0.9 * SECOND } 1 .. $#stamps;
    return (@stamps - @beats, $#stamps, @beats);
}

my ($sending, $last, @beats) = spin('trace=on');
cmp_ok($sending, '<', 200, "$sending exits of the timer sent it");
cmp_ok(scalar @beats, '>', 2, scalar(@beats) . ' came when nothing was left to send');
is_deeply(\@beats, [$last - $#beats .. $last], 'these a second apart, and no others then');
($sending) = spin('wire=text');
cmp_ok($sending, '<', 100, 'lines do not cause more lines than they send');
done_testing();
