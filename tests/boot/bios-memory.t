#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that asks the BIOS for memory in real mode hears what its boot loader said, and so finds
# the VMM's memory taken; the same on the bare machine, where there is no VMM.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my %case = (guest => 'build/kernels/bios.elf');
my @said = ('map as told', 'E801 within', '88 within', 'low memory within', 'too short 1', 'beyond 1',
    'not asked 1', 'other 0 0', 'guest stopped');

for my $exits (qw(default all)) {
    boot(%case, options => "exits=$exits mode=lossless", guest_log => \@said, more => 1);
}
done_testing();
