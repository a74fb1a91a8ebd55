#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Random code in every mode of the processor leaves the same registers and memory, and meets the same
# exceptions, on the bare machine, with what must exit, and with everything exiting.
# (Not every sequence runs to its end: code in ring 0 may happen to write over the kernel.)
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

sub said {
    return grep { !/^vexit|^magic|^guest stopped/ } @_;
}

my %case = (guest => 'build/kernels/wild.elf');
my @expected = said(@{ run_guest(%case, bare => 1, options => '-- 7')->{guest_log} });
cmp_ok(scalar @expected, '>', 600, 'runs on the bare machine');
for my $exits (qw(default all)) {
    my $run = run_guest(%case, options => "exits=$exits mode=lossless -- 7");
    is($run->{status}, 0, "exits=$exits: success, and a complete log") or diag($run->{output});
    is_same([said(@{ $run->{guest_log} })], \@expected, "exits=$exits: as on the bare machine");
}
done_testing();
