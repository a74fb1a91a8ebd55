# SPDX-License-Identifier: MIT
# Reads what `vexit export' wrote with the tools that it is for, and compares with the log: exits for
# each vCPU and reason, to the last one.
package Export;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw(export_all exports_agree read_ctf read_xentrace read_trace_dat
    read_perf read_json output_of reason_name renamed);

my $vexit = ($ENV{B} // 'build') . '/vexit';
my %target = (
    'ctf' => 'ctf', 'xentrace' => 'xentrace', 'trace-dat' => 'trace.dat', 'perf' => 'perf.data',
    'json' => 'trace.json',
);

my $xenalyze = ($ENV{B} // 'build') . '/cache/xenalyze';
my $kshark_entries = ($ENV{B} // 'build') . '/host/kshark_entries';

BAIL_OUT("no $kshark_entries: `make test-programs' builds it") if !-x $kshark_entries;
for my $tool ('babeltrace2', $xenalyze, 'trace-cmd', 'perf') {
    BAIL_OUT("no $tool: tools/install-packages brings it") if system("command -v $tool >/dev/null");
}

# Our names by number, from the table of the pages.
my %number_name;
{
    open my $file, '<', 'docs/slots.md' or die "docs/slots.md: $!";
    /^\| (\d+) \| `(\w+)`/ and $number_name{$1} = $2 while <$file>;
}

# A reason's name by its number.
sub reason_name { return $number_name{ $_[0] } // 'UNKNOWN' }

# What other tools call reasons for which we use the SDM's words.
my %renamed = (
    perf => {
        INIT_SIGNAL => 'INIT', SIPI_SIGNAL => 'SIPI', VMOFF => 'VMXOFF', VMON => 'VMXON',
        INVALID_STATE => 'ENTRY_GUEST_STATE', MSR_LOAD_FAIL => 'ENTRY_MSR_LOADING',
        MWAIT_INSTRUCTION => 'MWAIT', MONITOR_INSTRUCTION => 'MONITOR',
        PAUSE_INSTRUCTION => 'PAUSE', MCE_DURING_VMENTRY => 'ENTRY_MACHINE_CHECK',
        EOI_INDUCED => 'VIRTUALIZED_EOI', NOTIFY => 'INSTRUCTION_TIMEOUT',
    },
    xenalyze => {
        PENDING_INTERRUPT => 'INTERRUPT_WINDOW', PENDING_VIRT_NMI => 'NMI_WINDOW',
        VMOFF => 'VMXOFF', VMON => 'VMXON', INVALID_GUEST_STATE => 'ENTRY_GUEST_STATE',
        MSR_LOADING => 'ENTRY_MSR_LOADING', MWAIT_INSTRUCTION => 'MWAIT',
        MONITOR_INSTRUCTION => 'MONITOR', PAUSE_INSTRUCTION => 'PAUSE',
        MACHINE_CHECK => 'ENTRY_MACHINE_CHECK',
        VMX_PREEMPTION_TIMER_EXPIRED => 'PREEMPTION_TIMER',
    },
);

# Our name of a reason by the name that a tool has for it.
sub renamed {
    my ($tool, $name) = @_;
    return $renamed{$tool}{$name} // $name;
}

# Standard output of a command that must succeed; standard error is in $dir/complaints.
my $dir = tempdir(CLEANUP => 1);

sub output_of {
    my ($command) = @_;
    my $output = `{ $command; } 2>$dir/complaints`;
    is($?, 0, "exit status of $command") or diag `tail -n 5 $dir/complaints`;
    return $output;
}

sub complaints {
    open my $file, '<', "$dir/complaints" or die "complaints: $!";
    local $/;
    return <$file> // '';
}

# Exports a log in every format. Returns the exit status and the directory of the targets.
sub export_all {
    my ($log, $options) = @_;
    my $to = tempdir(DIR => $dir);
    my $targets = join ' ', map { "--$_=$to/$target{$_}" } sort keys %target;
    system("$vexit export $targets @{[$options // '']} $log >$to/output 2>&1");
    return ($? >> 8, $to);
}

# Each returns { exits => { "vCPU REASON" => how many }, lost => records that are not there }.

sub expected {
    my ($log, $options) = @_;
    my %found = (exits => {}, lost => 0);
    for (split /\n/, `$vexit stat --by=vcpu,reason --csv @{[$options // '']} $log 2>/dev/null`) {
        $found{exits}{"$1 $2"} += $3 if /^\d+,(\d+),(\w+),(\d+),/;
    }
    open my $lines, '-|', "$vexit decode @{[$options // '']} $log 2>/dev/null" or die $!;
    while (<$lines>) {
        $found{lost} += $1 if /^\d+ vcpu\d+ lost count=(\d+)/;
        $found{lost} += $1 if /^missing: vcpu\d+ records? .*\((\d+)\)$/;
        $found{lost} += $1 if /^missing: vcpu\d+ (\d+) .*records/;
    }
    return \%found;
}

sub read_ctf {
    my ($path) = @_;
    my %found = (exits => {}, lost => 0);
    open my $lines, '-|', "babeltrace2 $path 2>$dir/complaints" or die $!;
    while (<$lines>) {
        $found{exits}{"$1 $2"}++
            if /kvm_x86_exit: .* vcpu_id = (\d+), basic_reason = \( "(\w+)" : container/;
    }
    ok(close $lines, 'babeltrace2 reads it to its end');
    my $complaints = complaints();
    $found{lost} += $1 while $complaints =~ /discarded (\d+) events?/g;
    return \%found;
}

# xenalyze sums up by number what it has no name for, and counts others where it counts interrupts.
sub read_xentrace {
    my ($path) = @_;
    my %found = (exits => {}, lost => 0);
    my ($vcpu, $counts);
    for (split /\n/, output_of("$xenalyze --summary $path")) {
        $vcpu = $1 if /^-- v(\d+) --/;
        $counts = $1 if /^(Exit reasons|Guest interrupt counts)/;
        next if !$counts;
        if ($counts eq 'Exit reasons' && /^ {1,21}([A-Z][A-Z_]+|\d+) +(\d+) +[\d.]+s /) {
            my ($name, $count) = ($number_name{$1} // renamed('xenalyze', $1), $2);
            next if $name eq '42';
            $found{exits}{"$vcpu " . ($name =~ /^\d/ ? 'UNKNOWN' : $name)} += $count;
        } elsif ($counts ne 'Exit reasons' && /^ +\[ *(\d+)\+?\] (\d+)/) {
            $found{exits}{"$vcpu " . ($number_name{$1} // 'UNKNOWN')} += $2;
        }
    }
    unlike(complaints(), qr/strange|unexpected|missing a handler|FATAL/i, 'xenalyze wonders at nothing');
    for (split /\n/, output_of("$xenalyze --dump-all $path | grep lost_records.count; true")) {
        $found{lost} += $1 if /count (\d+)/;
    }
    return \%found;
}

sub read_trace_dat {
    my ($path) = @_;
    my %found = (exits => {}, lost => 0);
    open my $lines, '-|', "trace-cmd report -N $path 2>$dir/complaints" or die $!;
    while (<$lines>) {
        $found{exits}{"$1 " . ($2 =~ /^0x/ ? 'UNKNOWN' : $2)}++
            if /kvm_exit: +vcpu (\d+) reason (\S+)/;
        $found{lost} += $1 if /^CPU:\d+ \[(\d+) EVENTS DROPPED\]/;
    }
    ok(close $lines, 'trace-cmd reads it to its end');
    return \%found;
}

# KernelShark's rows, by its library.
sub read_kernelshark {
    my ($path) = @_;
    my %found = (exits => {}, lost => 0);
    open my $lines, '-|', "$kshark_entries $path 2>$dir/complaints" or die $!;
    while (<$lines>) {
        $found{exits}{"$1 " . ($number_name{$2} // 'UNKNOWN')}++
            if m{^(\d+) vcpu\1 (\d+) kvm/kvm_exit: };
        $found{lost} += $1 if /^\d+ vcpu\d+ -1 missed_events: missed_events=(\d+)/;
    }
    ok(close $lines, 'KernelShark reads it to its end');
    is(complaints(), '', 'and wonders at nothing');
    return \%found;
}

# perf names fewer reasons than we do: those that it does not are UNKNOWN. It reports on standard error.
sub read_perf {
    my ($path, $vcpus) = @_;
    my %found = (exits => {}, lost => 0);
    for my $vcpu (0 .. $vcpus - 1) {
        output_of("perf kvm -i $path stat report --vcpu $vcpu");
        for (split /\n/, complaints()) {
            $found{exits}{"$vcpu " . renamed('perf', $1)} += $2
                if /^ +([A-Z_]+) +(\d+) +[\d.]+%/;
        }
    }
    for (split /\n/, output_of("perf script -i $path --show-lost-events | grep RECORD_LOST; true")) {
        $found{lost} += $1 if /PERF_RECORD_LOST.* lost (\d+)/;
    }
    return \%found;
}

sub read_json {
    my ($path) = @_;
    my %found = (exits => {}, lost => 0);
    open my $lines, '<', $path or die "$path: $!";
    while (<$lines>) {
        $found{exits}{$2 - 1 . " $1"}++
            if /"name":"(\w+)","cat":"exit","ph":"X","pid":1,"tid":(\d+)/;
        $found{lost} += $1 if /"cat":"lost".*"records":(\d+)/;
    }
    return \%found;
}

# The same for a tool that does not know all names.
sub unnamed {
    my ($exits, $known) = @_;
    my %result;
    for (keys %$exits) {
        my ($vcpu, $name) = split;
        $result{ "$vcpu " . ($known->{$name} ? $name : 'UNKNOWN') } += $exits->{$_};
    }
    return \%result;
}

# Exports a log in every format and compares what each tool reads with `vexit stat'. Returns the
# directory of the targets.
sub exports_agree {
    my ($name, $log, $options, $status) = @_;
    my $expected = expected($log, $options);
    my ($got, $to) = export_all($log, $options);
    my %vcpus = map { ((split)[0], 1) } keys %{ $expected->{exits} };
    my $vcpus = (sort { $b <=> $a } 0, map { $_ + 1 } keys %vcpus)[0];

    is($got, $status // 0, "$name: exit status of vexit export") or diag `cat $to/output`;
    my %read = (
        ctf => read_ctf("$to/ctf"), xentrace => read_xentrace("$to/xentrace"),
        'trace-dat' => read_trace_dat("$to/trace.dat"), json => read_json("$to/trace.json"),
        'trace-dat in KernelShark' => read_kernelshark("$to/trace.dat"),
    );
    for my $format (sort keys %read) {
        is_deeply($read{$format}{exits}, $expected->{exits}, "$name: exits in --$format");
        is($read{$format}{lost}, $expected->{lost}, "$name: lost records in --$format");
    }
    my $perf = read_perf("$to/perf.data", $vcpus);
    my %known = map { ((split)[1], 1) } keys %{ $perf->{exits} };
    delete $known{UNKNOWN};
    is_deeply($perf->{exits}, unnamed($expected->{exits}, \%known), "$name: exits in --perf");
    is($perf->{lost}, $expected->{lost}, "$name: lost records in --perf");
    return $to;
}

1;
