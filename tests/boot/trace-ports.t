#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The trace on other ports than COM2: COM3 by number, at another rate, and the debug console.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

# port OPTIONS, FILE, LINE: the file is where the emulator puts what comes out of the port, by that line
# of its configuration.
sub port {
    my ($options, $file, $line) = @_;
    local $ENV{BOCHS_LINES} = $line;
    my $run = run_guest(options => "$options exits=io -- only=cpuid,io quiet");
    my $stat = qx(build/vexit stat $run->{directory}/$file 2>&1);
    is($?, 0, "$options: the log is complete") or diag($stat);
    like($stat, qr/^end: status 0 /m, "$options: the guest finds nothing wrong");
    like($stat, qr/^lost: 0$/m, "$options: nothing is lost");
    return $run;
}

my $com3 = 'com3: enabled=1, mode=file, dev=com3.log';
my $run = port('port=0x3e8', 'com3.log', $com3);
unlike(join("\n", @{ $run->{vmm_log} }), qr/guest stopped/, 'COM2 is the guest\'s');
my $slow = port('port=com3 baud=9600', 'com3.log', $com3);
# Bochs counts in instructions: 50 million of them are a second.
my ($begin, $end) = map { /^0*(\d+)\w\[.*(com3: FIFO enabled|shutdown requested)/ ? $1 : () }
    lines("$slow->{directory}/machine.log");
my $bits = 10 * -s "$slow->{directory}/com3.log";
my $rate = $bits / (($end - $begin) / 50e6);
ok($rate > 8000 && $rate < 9700, sprintf 'at 9600 bits per second it takes its time (%.0f)', $rate);
$run = port('port=e9', 'vmm.log', $com3);
is($run->{status}, 0, 'port=e9: the machine has it without a word') or diag($run->{output});
done_testing();
