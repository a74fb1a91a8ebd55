#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The same with everything intercepted, and no record lost.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;
use Damage;
use Export;
use Reports;

my $run = boot(
    guest => 'linux',
    options => 'exits=all mode=lossless -- symbols',
    seconds => 900,
    guest_log => ['userland reached', '* reboot: Power down'],
    no_guest_log => ['*Kernel panic*', '*ttyS1*'],
    more => 1,
);
like($run->{output}, qr/^lost: 0$/m, 'no record is lost');
like($run->{output}, qr/^log: complete/m, 'the log is complete');
my $log = "$run->{directory}/vmm.log";

# The kernel says itself where its functions are.
my @symbols = grep { /^[0-9a-f]{16} [Tt] \w+$/ } @{ $run->{guest_log} };
open my $list, '>', "$run->{directory}/symbols" or die $!;
print $list map { "$_\n" } @symbols, 'ffffffffff000000 t end'; # up to which the last one goes
close $list;
my $hot = qx(build/vexit hot --symbols=$run->{directory}/symbols --top=10 $log);
like($hot, qr/^0x\w+ .* RDTSCP?, \.\.\. +delay_tsc\+0x\w+$/m, 'hot: the delay loop by its name');
like($hot, qr/^0x\w+ .* IO_INSTRUCTION(?:, \.\.\.)? +io_serial_in\+0x\w+$/m, 'and the serial driver');
like(qx(build/vexit decode --reason=IO_INSTRUCTION --symbols=$run->{directory}/symbols $log),
    qr/ exit IO_INSTRUCTION rip=\w+ qualification=0x3fd0008  # io_serial_in\+0x\w+$/m, 'decode: as well');

my @frames = trace_frames($log);
my $exports = exports_agree('Linux', $log);
reports_agree('Linux', $log, exports => $exports, frame => $frames[@frames / 2]);
one_bit_costs_one_frame($log, 10);
frames_are_told_apart($log, 5);
done_testing();
