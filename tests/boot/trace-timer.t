#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that does not exit for long: the timer sends what waits, marked as the VMM's own, and then
# comes once a second.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

# The exits of the timer: how many sent something, and how many found nothing to send.
sub spin {
    my (@words) = @_;
    my $run = run_guest(options => "@words -- only=cpuid quiet flood=50 end=spin-a-while,stop", exit_log => 1);
    my @trace = decode("$run->{directory}/vmm.log");
    my @ticks = grep { / entry PREEMPTION_TIMER / } @trace;
    my $guests = grep { $_ != 52 } emulator_exits($run);
    is(scalar(grep { / (?:entry|stop) / } @trace) - @ticks, $guests, "@words: each exit of the guest's was sent");
    is(scalar(grep { !/ owner=1 pending=\d+$/ } @ticks), 0, 'those of the timer are the VMM\'s own');
    return timer_exits($run);
}

my ($sending, $beats) = spin('trace=on');
cmp_ok($sending, '<', 200, "$sending exits of the timer sent it");
cmp_ok($beats, '>', 2, "$beats, a second apart, came when nothing was left to send");
($sending) = spin('wire=text');
cmp_ok($sending, '<', 100, "lines do not cause more lines than they send ($sending)");
done_testing();
