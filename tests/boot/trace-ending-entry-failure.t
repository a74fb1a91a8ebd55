#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# VM entries that fail: by the guest's state (RFLAGS of 0), and by the controls (an impossible event).
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

sub fails {
    my ($what, @settings) = @_;
    my $run = run_guest(options => '-- only=vmcall', seconds => 60,
        commands => intrude('exit_vmcall', 'rip', @settings));
    like($run->{output}, qr/^log: complete/m, "$what: the log is complete");
    return last_words(decode("$run->{directory}/vmm.log"));
}

my ($last, $end) = fails('guest state', 'rax = 0x6820', 'rdi = 0');
is($last, 'stop ENTRY_GUEST_STATE', 'the failed entry is the last exit');
is($end->{status}, 256 + 33, 'the status is that of the exit');
like($end->{reason}, qr/^VM entry failed, exit reason 0x80000021/, 'the reason says so');

($last, $end) = fails('controls', 'rax = 0x4016', 'rdi = 0x80000350');
like($last, qr/^entry VMCALL/, 'without an exit, the last record is the entry that failed');
is($end->{status}, 254, 'the status is the VMM\'s own');
like($end->{reason}, qr/^VM entry failed: VM entry with invalid control/i, 'the reason says why');
done_testing();
