#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# MACHINE=qemu-nested on this host: the built-in guest passes where KVM offers VMX; elsewhere the run
# ends at once with the one line that says what is missing.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my $missing = qx(tools/check-nested 2>&1);
my $run = run_guest(machine => 'qemu-nested', options => 'exits=all mode=lossless', memory => 128);
if ($missing) {
    is($run->{status}, 2, 'this host has no nested KVM: refused');
    is($run->{output}, $missing, 'in one line');
} else {
    is($run->{status}, 0, 'success, and a complete log') or diag($run->{output});
    expect_lines('guest log', $run->{guest_log}, 'done * checks, 0 failed');
}
done_testing();
