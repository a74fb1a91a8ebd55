#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A small ring in drop mode loses records, and counts every one.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
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

# Every sum says that it is one of what is left; the VMM's own statistics are of all.
like($run->{output}, qr/^all +\d+\+ +[\d.]+\+ +100\.00%~ +\d+\+ /m, 'figures have marks');
my $own = decode_json(scalar qx(build/vexit stat --json $run->{directory}/vmm.log))->{vmm_statistics};
my ($exits, $in_log) = (0, 0);
for (@{ $own->{rows} }) {
    $exits += $_->{count};
    $in_log += $_->{count_in_log};
}
is($own->{verdict}, 'more', "the VMM's own statistics hold more");
my $absent = $lost - 2 * ($exits - $in_log);
ok($absent >= 0 && $absent < 20, 'by the exits that were lost; the rest are markers and the last exit') or diag($absent);
expect_lines('guest_log', $run->{guest_log}, 'done * checks, 0 failed');
done_testing();
