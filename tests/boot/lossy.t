#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A small ring in drop mode loses records, and counts every one.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my $run = run_guest(options => 'exits=all ring=64K timer=off');
my ($decoded) = $run->{output} =~ /^records: (\d+)/m;
my ($lost) = $run->{output} =~ /^lost: (\d+)/m;
my $generated = 0;
for (decode("$run->{directory}/vmm.log")) {
    $generated += $1 if /^end vcpu\d+ generated=(\d+)/;
}
cmp_ok($lost, '>', 0, 'records were lost');
is($decoded + $lost, $generated, 'generated = decoded + lost');
like($run->{output}, qr/^log: complete/m, 'nothing is missing beyond what was counted');
expect_lines('guest_log', $run->{guest_log}, 'done * checks, 0 failed');
done_testing();
