#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Debug exceptions over instructions that exit come when, where and with what they come on the bare machine.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

sub said {
    return [grep { !/^vexit|^magic/ } @_];
}

my %case = (guest => 'build/kernels/debug.elf');
my $bare = said(@{ run_guest(%case, bare => 1)->{guest_log} });
cmp_ok(scalar @$bare, '>', 50, 'the bare machine tries ' . @$bare . ' instructions');
for my $exits (qw(default all)) {
    my $run = boot(
        %case,
        options => "exits=$exits mode=lossless",
        trace => ['exit CPUID *'],
        guest_log => ['guest stopped'],
        more => 1,
    );
    is_same(said(@{ $run->{guest_log} }), $bare, "exits=$exits: as on the bare machine");
}
done_testing();
