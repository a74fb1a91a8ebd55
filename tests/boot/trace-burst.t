#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# drain=burst on a port that takes all at once: nothing is sent while the guest is busy and the ring has
# room, much at a time where it has not, and the rest once the guest is quiet.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

# A run's records for each frame that they came in, and its decoded trace.
sub run_frames {
    my (%case) = @_;
    my $run = run_guest(%case);
    my $log = "$run->{directory}/vmm.log";
    my $frames = () = join("\n", lines($log)) =~ /\xfe\xc1\x11/g; # rarely, chance makes one more
    my @trace = decode($log);
    my $records = grep { / vcpu0 (?:exit|entry|stop) / } @trace;
    return ($run, $records / $frames, @trace);
}

my $guest = '-- only=cpuid quiet flood=3000';
my ($run, $steady) = run_frames(options => "port=e9 drain=steady $guest");
is($run->{status}, 0, 'steady: success, and a complete log') or diag($run->{output});
cmp_ok($steady, '<', 200, "a frame for every few exits ($steady records)");

($run, my $burst) = run_frames(options => "port=e9 drain=burst $guest");
is($run->{status}, 0, 'burst: success, and a complete log') or diag($run->{output});
like($run->{output}, qr/^lost: 0$/m, 'nothing is lost');
cmp_ok($burst, '>', 1000, "few frames ($burst records each)");

($run, $burst) = run_frames(options => "port=e9 drain=burst ring=64K $guest");
like($run->{output}, qr/^lost: 0$/m, 'a small ring is sent when it is half full: nothing is lost')
    or diag($run->{output});
cmp_ok($burst, '>', 200, "many at a time ($burst records)");

($run) = run_frames(options => "port=e9 drain=burst -- only=cpuid quiet flood=50 end=spin-a-while,stop",
    exit_log => 1);
my ($sending, $beats) = timer_exits($run);
cmp_ok($sending, '<', 10, "a guest that is quiet: few exits of the timer send it all ($sending)");
cmp_ok($beats, '>', 2, "and $beats, a second apart, have nothing left to send");
done_testing();
