#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The same with everything intercepted, and no record lost.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;
use Damage;
use Export;

my $run = boot(
    guest => 'linux',
    options => 'exits=all mode=lossless',
    seconds => 900,
    guest_log => ['userland reached', '* reboot: Power down'],
    no_guest_log => ['*Kernel panic*', '*ttyS1*'],
    more => 1,
);
like($run->{output}, qr/^lost: 0$/m, 'no record is lost');
like($run->{output}, qr/^log: complete/m, 'the log is complete');
exports_agree('Linux', "$run->{directory}/vmm.log");
one_bit_costs_one_frame("$run->{directory}/vmm.log", 10);
done_testing();
