#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit import of real KVM traces (tests/traces): what trace-cmd counts is in the log, every report
# works on it, and it can be compared with the log of the same guest under vexit.
use strict;
use warnings;
use lib 'tests/lib';
use Export qw(reason_name);
use Import;

my $traces = 'tests/traces';

# Exits of each vCPU and reason, of what trace-cmd prints of the raw fields.
sub counts_of_trace_cmd {
    my ($file) = @_;
    my %count;
    for (qx(trace-cmd report -R $file 2>/dev/null)) {
        my ($text) = /: kvm_exit:\s+(.*)/ or next;
        my %field = $text =~ /(\w+)=(\w+)/g;
        $count{"vcpu$field{vcpu_id}"}{ reason_name($field{exit_reason}) }++;
    }
    return \%count;
}

sub counts_of_log {
    my %count;
    my (undef, $text) = vexit("stat --by=vcpu,reason --csv $dir/log");
    my ($heading, @rows) = map { [split /,/] } split /\n/, $text;
    my %column = map { $heading->[$_] => $_ } 0 .. $#$heading;
    $count{"vcpu$_->[ $column{vcpu} ]"}{ $_->[ $column{reason} ] } = $_->[ $column{count} ] for @rows;
    return \%count;
}

for my $case (['kvm.dat', 'clock local'], ['kvm-smp-tsc.dat', 'clock x86-tsc'],
    ['kvm-instance.dat', 'clock local']) {
    my ($file, $clock) = @$case;
    subtest $file => sub {
        my ($status, $out, $err) = import_of("$traces/$file");
        is($status, 0, 'is imported') or diag($err);
        like($out, qr/^\d+ exits, 0 events lost(, \d entr(y|ies) without an exit)?$/, 'with every exit');
        like(decoded(), qr/^start options=imported from trace-cmd: KVM, $clock$/m, 'its clock');
        is_deeply(counts_of_log(), counts_of_trace_cmd("$traces/$file"), 'as many of each as in trace-cmd');
    };
}

# trace-cmd also converts them; the clock is told elsewhere then.
subtest 'version 6' => sub {
    for my $file ('kvm.dat', 'kvm-smp-tsc.dat', 'kvm-instance.dat') {
        import_of("$traces/$file");
        my $log = contents("$dir/log");
        is(system("trace-cmd convert -i $traces/$file -o $dir/six.dat --file-version 6 >/dev/null 2>&1"), 0,
            "$file: is converted");
        import_of("$dir/six.dat");
        ok(contents("$dir/log") eq $log, "$file: to the same log");
        unlink "$dir/six.dat";
    }
};

# The built-in guest, KVM running it (kvm.dat) and vexit (vexit.log); it is at these addresses.
my $guest = '--rip=0x100000-0x1fffff';
import_of("$traces/kvm.dat");
my $kvm = log_of('kvm.log', contents("$dir/log"));

subtest 'every report works on it' => sub {
    my ($status, $out, $err) = vexit("stat $guest --by=detail --reason=CPUID $kvm");
    is($status, 0, 'stat: complete') or diag($err);
    like($out, qr/^CPUID +leaf=0x4 +29 .*\nCPUID +leaf=0x0 +13 /m, 'by detail');
    like((vexit("stat $kvm"))[1], qr/^The VMM's own statistics are the same\.$/m, 'and its own statistics');
    ($status, $out) = vexit("decode --no-text --no-time $guest --reason=CPUID $kvm");
    is($status, 0, 'decode');
    like($out, qr/^vcpu0 exit CPUID rip=0x10e700\nvcpu0 entry CPUID leaf=0x40000000 subleaf=0x0 eax=0x40000001 ebx=0x4b4d564b /m,
        q(KVM's signature));
    ($status, $out) = vexit("hot $kvm");
    is($status, 0, 'hot');
    like($out, qr/^0xe98ea +264 .* CPUID$/m, 'the busiest CPUID');
    for my $report ("timeline $kvm -o $dir/page.html", "export --trace-dat=$dir/again.dat $kvm",
        "export --ctf=$dir/ctf $kvm") {
        is((vexit($report))[0], 0, $report =~ s/ .*//r);
    }
    is_deeply(counts_of_trace_cmd("$dir/again.dat"), counts_of_trace_cmd("$traces/kvm.dat"),
        'out again with as many of each');
};

subtest 'one guest under KVM and under vexit' => sub {
    my ($a, $b) = map { log_of(s/\W//gr, (vexit("decode --no-text $guest --reason=CPUID $_"))[1]) }
        $kvm, "$traces/vexit.log";
    my ($status, $out, $err) = vexit("diff $a $b");
    is($status, 1, 'differs') or diag($err);
    like($out, qr/^- vcpu0 entry CPUID leaf=0x40000000 .* ebx=0x4b4d564b .*\n\+ vcpu0 exit CPUID rip=0x10e700\n\+ vcpu0 entry CPUID leaf=0x40000000 .* ebx=0x69786576 /m,
        'first in the signature of the hypervisor');
    like($out, qr/^CPUID +83 +88 /m, 'counts of both');
    ($status, $out) = vexit("diff --ignore=slots --places=9 $a $b");
    like($out, qr/^different: 83 the same, 0 only in A, 5 only in B, in 1 place\b/m,
        q(the same instructions in the same order, but for questions to vexit alone));
    unlike($out, qr/^- /m, 'nothing that KVM alone saw');
    is((vexit("diff --brief $kvm $traces/vexit.log"))[0], 1, 'the whole logs: different');
};

done_testing();
