#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The built-in guest's whole trace with everything intercepted, record by record.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my $run = boot(
    options => 'exits=all mode=lossless -- quiet',
    guest_log => ['done * checks, 0 failed'],
    no_guest_log => ['FAIL *'],
    more => 1,
);
is_golden("$run->{directory}/vmm.log", 'guest-all.txt');
done_testing();
