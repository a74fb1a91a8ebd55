#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The trace on other ports than COM2: COM3 by number, at another rate, and the debug console.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

# The file is where the emulator puts what comes out of the port.
sub port {
    my ($options, $hidden, $file, $line) = @_;
    local $ENV{BOCHS_LINES} = $line;
    my $run = run_guest(options => "$options exits=io -- only=cpuid,io quiet hidden=$hidden", seconds => 60);
    my $stat = qx(build/vexit stat $run->{directory}/$file 2>&1);
    is($?, 0, "$options: the log is complete") or diag($stat);
    like($stat, qr/^end: status 0 /m, "$options: the guest finds nothing wrong");
    like($stat, qr/^lost: 0$/m, "$options: nothing is lost");
    unlike(join("\n", @{ $run->{vmm_log} }), qr/guest stopped/, "$options: COM2 is the guest's");
    return $run;
}

my $com3 = 'com3: enabled=1, mode=file, dev=com3.log';
port('port=0x3e8', '0x3e8', 'com3.log', $com3);
my $slow = port('port=com3 baud=9600', '0x3e8', 'com3.log', $com3);
# Bochs counts in instructions: 50 million of them are a second.
my ($begin, $end) = map { /^0*(\d+)\w\[.*(com3: FIFO enabled|shutdown requested)/ ? $1 : () }
    lines("$slow->{directory}/machine.log");
my $bits = 10 * -s "$slow->{directory}/com3.log";
my $rate = $bits / (($end - $begin) / 50e6);
ok($rate > 8000 && $rate < 9700, sprintf 'at 9600 bits per second it takes its time (%.0f)', $rate);
port('port=e9', 0, 'machine.out', "$com3\nport_e9_hack: enabled=1");
done_testing();
