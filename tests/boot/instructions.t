#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Privileged and other special instructions with operands at random leave the same registers, and
# meet the same exceptions, on the bare machine, with what must exit, and with everything exiting.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

sub said {
    return grep { !/^vexit|^magic|^guest stopped/ } @_;
}

for my $sequence (1, 2) {
    my %case = (guest => 'build/kernels/instructions.elf');
    my $bare = run_guest(%case, bare => 1, options => "-- $sequence");
    my @expected = said(@{ $bare->{guest_log} });
    cmp_ok(scalar @expected, '>', 500, "sequence $sequence runs on the bare machine");
    for my $exits (qw(default all)) {
        my $run = run_guest(%case, options => "exits=$exits mode=lossless -- $sequence");
        is($run->{status}, 0, "exits=$exits: success, and a complete log") or diag($run->{output});
        is_same([said(@{ $run->{guest_log} })], \@expected, "exits=$exits: as on the bare machine");
    }
}
done_testing();
