#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# wire=text and frames tell the same.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

# Of what waits for interrupts the order depends on how long sending takes.
my @runs = map {
    run_guest(options => "exits=all mode=lossless wire=$_ -- quiet only=cpuid,msr,io,cr,dr,tables,cache,vmx")
} qw(text frames);

for my $run (@runs) {
    is($run->{status}, 0, 'ends with success and a complete log') or diag($run->{output});
}
my ($text, $frames) = map { "$_->{directory}/vmm.log" } @runs;
cmp_ok(scalar(decode($text)), '>', 1000, 'there are records');
is_same_trace($text, $frames, 'the same records either way');
my @readable = grep { /^~\d+ vcpu0 exit CPUID rip=0x/ } @{ $runs[0]{vmm_log} };
ok(@readable > 50, 'the log itself is readable');
done_testing();
