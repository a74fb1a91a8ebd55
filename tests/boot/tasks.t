#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every way into a task, into tasks that are well or not, leaves what it leaves on the bare machine.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

sub said {
    return [grep { !/^vexit|^magic/ } @_];
}

my %case = (guest => 'build/kernels/tasks.elf');
my $bare = said(@{ run_guest(%case, bare => 1)->{guest_log} });
cmp_ok(scalar @$bare, '>', 50, 'the bare machine knows ' . @$bare . ' kinds of tasks');
for my $exits (qw(default all)) {
    my $run = boot(
        %case,
        options => "exits=$exits mode=lossless",
        trace => ['entry TASK_SWITCH *'],
        guest_log => ['guest stopped'],
        more => 1,
    );
    is_same(said(@{ $run->{guest_log} }), $bare, "exits=$exits: as on the bare machine");
}
done_testing();
