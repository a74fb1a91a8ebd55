#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# VM entries that fail: by the guest's state (RFLAGS of 0), and by the controls (an impossible event).
# The VMCS is printed behind the trace, so that whoever looks for the reason sees every field.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

sub fails {
    my ($what, @settings) = @_;
    my $run = run_guest(options => '-- only=vmcall',
        commands => intrude('exit_vmcall', 'rip', @settings));
    like($run->{output}, qr/^log: complete/m, "$what: the log is complete");
    my %vmcs = map { /^vmcs (\S+) (\S+) / ? ($1 => $2) : () } lines("$run->{directory}/vmm.log");
    return last_words(decode("$run->{directory}/vmm.log")), \%vmcs;
}

my ($last, $end, $vmcs) = fails('guest state', 'rax = 0x6820', 'rdi = 0');
is($last, 'stop ENTRY_GUEST_STATE', 'the failed entry is the last exit');
is($end->{status}, 256 + 33, 'the status is that of the exit');
like($end->{reason}, qr/^VM entry failed, exit reason 0x80000021/, 'the reason says so');
is($vmcs->{'6820'}, '0x0', 'the field that is wrong is among those of the VMCS');

($last, $end, $vmcs) = fails('controls', 'rax = 0x4016', 'rdi = 0x80000350');
like($last, qr/^entry VMCALL/, 'without an exit, the last record is the entry that failed');
is($end->{status}, 254, 'the status is the VMM\'s own');
like($end->{reason}, qr/^VM entry failed: VM entry with invalid control/i, 'the reason says why');
is($vmcs->{'4016'}, '0x80000350', 'and the VMCS shows the event');
is($vmcs->{'4400'}, '0x7', 'with the error of the entry, not of reading fields');
done_testing();
