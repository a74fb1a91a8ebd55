#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest sees the same whatever is intercepted.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my %log;
for my $exits ('default', 'all', 'io,msr', 'cr,cr3,dr', 'hlt,pause,tsc,pmc', 'invlpg,dt,exc') {
    my $run = run_guest(options => "exits=$exits mode=lossless");
    is($run->{status}, 0, "exits=$exits: success") or diag($run->{output});
    # Time differs; where the VMM put itself does not matter.
    $log{$exits} = [grep { !/^vexit/ } @{ $run->{guest_log} }];
}
is_same($log{$_}, $log{default}, "exits=$_: the guest prints the same as with the default")
    for grep { $_ ne 'default' } sort keys %log;
done_testing();
