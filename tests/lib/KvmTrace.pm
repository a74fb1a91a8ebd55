# SPDX-License-Identifier: MIT
# What KVM's own trace points say of a run (`watch` in tests/nested/rig/init): the exits that it gave
# to the VMM, and the VMREADs and VMWRITEs of the VMM that exited to it.
package KvmTrace;

use strict;
use warnings;
no warnings 'portable'; # 64-bit hexadecimal numbers
use Exporter 'import';

our @EXPORT_OK = qw(kvm_trace vmcs_places);

# Where KVM's names of exit reasons are not vexit's.
my %vexit_name = (VMON => 'VMXON', VMOFF => 'VMXOFF', PAUSE_INSTRUCTION => 'PAUSE',
    MONITOR_INSTRUCTION => 'MONITOR', MWAIT_INSTRUCTION => 'MWAIT');

# kvm_trace FILE: {given}{reason}: exits given to the VMM; {touched}{reason}: list of [place of a
# VMREAD or VMWRITE that exited, in which exit of that reason], in the order of the run.
sub kvm_trace {
    my ($file) = @_;
    my (%given, %touched);
    my $reason = 'none';
    open my $trace, '<', $file or die "$file: $!";
    while (<$trace>) {
        if (/ kvm_nested_vmexit_inject: reason: (\w+)/) {
            $reason = $vexit_name{$1} // $1;
            $given{$reason}++;
        } elsif (/ kvm_exit: .*? reason (?:VMREAD|VMWRITE) rip 0x(f{8}[0-9a-f]+)/) {
            push @{ $touched{$reason} }, [$1, $given{$reason}];
        }
    }
    return { given => \%given, touched => \%touched };
}

sub register { return $_[0] =~ s/^%[er]//r =~ s/d$//r }

# Addresses of the VMREADs and VMWRITEs in build/vexit.elf: the field's name, or the function's with
# () where the field is not a constant there.
sub vmcs_places {
    my (%name, %place, %constant, $function);
    open my $table, '<', 'vmx/vmcs_fields.def' or die $!;
    while (<$table>) {
        $name{ hex $1 } = $2 if /^VMCS_FIELD\((0x[0-9a-f]+), (\w+)/;
    }
    for (qx(objdump -d --no-show-raw-insn build/vexit.elf)) {
        ($function, %constant) = ($1) if /^[0-9a-f]+ <(\w+)>:/;
        my ($address, $mnemonic, $operands) = /^([0-9a-f]+):\s+(\w+)\s+(\S+)/ or next;
        my $vmcs = $mnemonic eq 'vmread' ? $operands =~ s/,.*//r
            : $mnemonic eq 'vmwrite' ? $operands =~ s/.*,//r : undef;
        if ($vmcs) {
            my $field = $name{ $constant{ register($vmcs) } // '' };
            $place{$address} = $field // "$function()";
        } elsif ($mnemonic eq 'mov' && $operands =~ /^\$0x([0-9a-f]+),(%\w+)$/) {
            $constant{ register($2) } = hex $1;
        } elsif ($operands =~ /,(%\w+)$/) {
            delete $constant{ register($1) };
        }
    }
    return \%place;
}

1;
