#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest sees the same on the bare machine and as guest, whatever is intercepted.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

# Lines about what a guest of vexit alone has begin with "vexit".
sub neutral {
    my ($run) = @_;
    return [grep { !/^vexit|^done / } @{ $run->{guest_log} }];
}

my $bare = neutral(run_guest(bare => 1));
cmp_ok(scalar(@$bare), '>', 500, 'the bare machine is looked at in ' . @$bare . ' lines');
for my $exits ('default', 'all', 'io,msr', 'cr,cr3,dr', 'hlt,pause,tsc,pmc', 'invlpg,dt,exc') {
    my $run = run_guest(options => "exits=$exits mode=lossless");
    is($run->{status}, 0, "exits=$exits: success") or diag($run->{output});
    is_same(neutral($run), $bare, "exits=$exits: the guest prints what it prints on the bare machine");
}
done_testing();
