#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that writes its time-stamp counter and uses the local APIC in both modes finds what it finds on
# the bare machine; the time of the trace goes on.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my %case = (guest => 'build/kernels/apic.elf');

sub said {
    return [grep { !/^vexit|^magic|^deadline/ } @_];
}

my $bare = said(@{ run_guest(%case, bare => 1)->{guest_log} });
cmp_ok(scalar @$bare, '>', 50, 'the bare machine says ' . @$bare . ' lines');
for my $exits (qw(default all)) {
    my $run = boot(
        %case,
        options => "exits=$exits mode=lossless",
        guest_log => ['deadline 0, interrupts 1, disarmed 0, then 00',
            'deadline 7, interrupts 1, disarmed 0, then 00', 'deadline in x2APIC mode: interrupts 1'],
        trace => ['exit MSR_WRITE *', 'entry MSR_WRITE ecx=0x10 eax=0x0 edx=0x9'],
        more => 1,
    );
    is_same(said(@{ $run->{guest_log} }), $bare, "exits=$exits: as on the bare machine");
    my @stamps = map { /^(\d+) vcpu0 (?:exit|entry)/ } @{ $run->{trace} };
    my @back = grep { $stamps[$_] < $stamps[$_ - 1] } 1 .. $#stamps;
    ok(@stamps && !@back, "exits=$exits: no stamp is before the one above it");
}
done_testing();
