#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The built-in guest's whole trace with everything intercepted, record by record.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;
use Damage;
use Export;
use Reports;

my $run = boot(
    options => 'exits=all mode=lossless -- quiet',
    guest_log => ['done * checks, 0 failed'],
    no_guest_log => ['FAIL *'],
    more => 1,
);

# By the image of the guest, what stands where it exits is the instruction that does.
my %instruction = (CPUID => 'cpuid', HLT => 'hlt', RDTSCP => 'rdtscp', VMCALL => 'vmcall',
    MSR_READ => 'rdmsr', XSETBV => 'xsetbv', WBINVD => 'wbinvd');
my $hot = qx(build/vexit hot --symbols=build/guest64.elf --top=10000 $run->{directory}/vmm.log);
for my $reason (sort keys %instruction) {
    my @rows = $hot =~ /^0x.* $reason  +(.*)/mg;
    my @other = grep { !/^$instruction{$reason}\b/ } @rows;
    ok(@rows && !@other, "hot: $reason is $instruction{$reason}") or diag(@other);
}
like($hot, qr{ vmcall +\w+\+0x\w+ guest/\w+\.[ch]:\d+$}m, 'hot: function and source line');

my $log = "$run->{directory}/vmm.log";
my @frames = trace_frames($log);
is_golden($log, 'guest-all.txt');
my $exports = exports_agree('the built-in guest', $log);
reports_agree('the built-in guest', $log, exports => $exports, frame => $frames[@frames / 2]);
one_bit_costs_one_frame($log, 10);
frames_are_told_apart($log, 5);
done_testing();
