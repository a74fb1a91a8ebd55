#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# trace=off, then on and off again by VMCALL: the trace holds what lies between, the log all text.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

my $run = boot(options => 'trace=off -- only=vmcall quiet', more => 1);
my @trace = decode("$run->{directory}/vmm.log", '--no-time');
my @records = grep { /^vcpu0 (exit|entry|stop|marker|lost) / } @trace;
is(scalar(@records), 4, 'two exits, no marker') or diag(join "\n", @records);
expect_lines('records', \@records, 'vcpu0 entry CPUID leaf=0x40000001 *',
    'vcpu0 entry VMCALL function=0x76780002 *');
expect_lines('trace', \@trace, 'end status=0', 'end vcpu0 generated=4 lost=0');
like($run->{output}, qr/^The VMM's own statistics are the same/m, 'statistics count no more');
ok(scalar(grep { /^text: the test guest was here$/ } @trace), 'text comes all the same');
done_testing();
