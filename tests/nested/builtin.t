#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The built-in guest under KVM: passes, and its trace is that of plain Bochs but for what KVM's
# machine is and offers.
use strict;
use warnings;
use lib 'tests/lib';
use Nested;

my $options = 'exits=all mode=lossless -- quiet';
my $plain = run_guest(options => $options, model => 'corei7_haswell_4770', memory => 128);
is($plain->{status}, 0, 'plain Bochs: success') or diag($plain->{output});

my $rig = rig(
    files => ['build/vexit32.elf'],
    job => ['kvm', "machine kernel -kernel /files/vexit32.elf -append '$options'"],
);
my $run = machine_ok($rig, 'kernel');
expect_lines('guest log', $run->{guest_log}, 'done * checks, 0 failed');
without_lines('guest log', $run->{guest_log}, 'FAIL *');

# Differences that are stated: what becomes of an exit and its entry (one text) for the comparison;
# an empty one is left out. All are of the machine that KVM and QEMU make, none of vexit.
my @stated = (
    # KVM offers fewer features and has other registers; the firmware leaves other values.
    sub { s/(\nentry CPUID leaf=\S+ subleaf=\S+) .*/$1/ },
    sub { s/(\nentry MSR_\w+ ecx=\S+) .*/$1/ },
    sub { s/( port=0x[2a]1 eax_(in|out))=\S+/$1/ },
    sub { s/(\nentry INVPCID type=2) .*/$1/ },    # the operand is what lies at address 0
    # There are no performance counters.
    sub { s/(\nentry RDPMC counter=0x0) .*/$1/ },
    # Not defined for register operands; Bochs leaves in it what an earlier instruction had.
    sub { s/^(exit LDTR_TR) .*/$1/ },
    # An NMI that comes while the VMM runs causes no exit.
    sub { $_ = '' if /\nentry EXCEPTION_NMI vector=2 / },
    # The guest prints other numbers of checks, and waits for the UART as long as that takes.
    sub { s/( port=0x3f8 eax_out)=\S+/$1/ },
    sub { $_ = '' if /\nentry \S+ port=0x3fd eax_in/ },
);

# MONITOR and MWAIT are not offered: the guest tries one MONITOR, where it waits for a timer
# elsewhere, which it programs by four OUTs before.
sub without_monitor {
    my ($before, @pairs) = @_;
    my @at = grep { $pairs[$_] =~ /^exit MONITOR/ } 0 .. $#pairs;
    splice @pairs, $at[0] - $before, $at[-1] - $at[0] + $before + 1;
    return @pairs;
}

sub pairs {
    my ($run) = @_;
    my @lines = map { s/^vcpu0 //r } steady(decode("$run->{directory}/vmm.log", '--no-time'));
    my @pairs = split /\n(?=exit|marker|stop)/, join "\n", @lines;
    for my $difference (@stated) {
        $difference->() for @pairs;
    }
    return grep { $_ ne '' } @pairs;
}

is_same([without_monitor(0, pairs($run))], [without_monitor(4, pairs($plain))],
    'the trace is that of plain Bochs');
done_testing();
