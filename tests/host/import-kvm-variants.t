#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit import of KVM traces as other kernels, other options of trace-cmd and other machines make them.
# Wherever trace-cmd can read such a file, it does, and counts the same exits.
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers
use lib 'tests/lib';
use ForeignTrace;
use Import;

my ($status, $out, $err);

# An exit and an entry of a vCPU by its thread; the values are in the order of ForeignTrace's fields.
sub kvm_exit {
    my ($time, $pid, $vcpu, $reason) = @_;
    return [event => $time, kvm_exit => $pid, $reason // 10, 0x401000, 1, 0, 0, 0, 0, $vcpu];
}
sub kvm_entry { my ($time, $pid, $vcpu) = @_; return [event => $time, kvm_entry => $pid, $vcpu, 7, 0] }
sub both { my ($time, @who) = @_; return (kvm_exit($time, @who), kvm_entry($time + 100, @who)) }

# Imports a trace that trace-cmd reads, and in which it finds as many exits.
sub imported {
    my ($arguments, %trace) = @_;
    my $file = log_of('trace.dat', trace_dat(%trace));
    ($status, $out, $err) = import_of("$arguments $file");
    return $file;
}

sub exits_for_trace_cmd { return scalar(() = qx(trace-cmd report -N $_[0] 2>/dev/null) =~ /: kvm_exit: /g) }

subtest 'formats of events' => sub {
    my @events = map { both(1000 * $_, 1201, 0) } 1 .. 9;
    # Without the field, the values behind it move up.
    my $without = sub {
        my ($event, $i) = @_;
        return map { my @e = @$_; splice @e, 4 + $i, 1 if $e[2] eq $event; \@e } @events;
    };
    imported('', cpus => [\@events]);
    my $all = contents("$dir/log");
    is($out, "9 exits, 0 events lost\n", 'Linux 6.10: kvm_exit with requests');
    for my $case (['5.11: without requests', ['requests'], @events],
        ['4.x: without intr_info and error_code', [qw(requests error_code)], $without->('kvm_exit', 6)]) {
        my ($name, $left_out, @these) = @$case;
        imported('', cpus => [\@these], left_out => $left_out);
        ok(contents("$dir/log") eq $all, "Linux $name: the same log");
    }
    # 4.x has no vCPU in kvm_exit, but in kvm_entry.
    my $file = imported('', cpus => [\@events]);
    log_of('trace.dat', contents($file) =~ s/(kvm_exit.*?field:unsigned int )vcpu_id(;)/$1vcpu_xx$2/sr);
    import_of($file);
    ok(contents("$dir/log") eq $all, 'the vCPU is told by kvm_entry alone: the same log');
    log_of('trace.dat', contents($file) =~ s/field:unsigned int vcpu_id;/field:unsigned int vcpu_xx;/gr);
    ($status, $out) = import_of($file);
    is($out, "9 exits, 0 events lost\nvcpu0 is thread 1201 (CPU 0/KVM), 9 exits\n",
        'the vCPU is not told at all: the thread stands for it');
};

subtest 'fields that an older kernel lacks' => sub {
    my @events = (kvm_exit(1000, 1201, 0), [event => 1010, kvm_cpuid => 1201, 4, 0x11, 0x22, 0x33, 0x44],
        kvm_entry(1100, 1201, 0), kvm_exit(2000, 1201, 0, 30), [event => 2010, kvm_pio => 1201, 1, 0x3f8, 1, 1],
        kvm_entry(2100, 1201, 0));
    imported('', cpus => [\@events], left_out => [qw(index val)]);
    like(decoded(), qr/^1100 vcpu0 entry CPUID leaf=0x4 eax=0x11 ebx=0x22 ecx=0x33 edx=0x44$/m,
        'kvm_cpuid without the subleaf: not told');
    like(decoded(), qr/^2100 vcpu0 entry IO_INSTRUCTION port=0x3f8$/m, 'kvm_pio without the value: not told');
    # Linux 2.6.32 has a reason and an address, no more.
    my $oldest = [qw(isa info1 info2 intr_info error_code vcpu_id requests immediate_exit)];
    my $exit = sub { [event => $_[0], kvm_exit => 1201, $_[1], 0x401000] };
    my @oldest = map { ($exit->(1000 * $_, 10), [event => 1000 * $_ + 100, kvm_entry => 1201]) } 1 .. 9;
    imported('', cpus => [\@oldest], left_out => $oldest);
    is($out, "9 exits, 0 events lost\nvcpu0 is thread 1201 (CPU 0/KVM), 9 exits\n", 'the oldest kvm_exit');
    imported('', cpus => [[map { $exit->(1000 * $_, 0x72) } 1 .. 9]], left_out => $oldest);
    is($status, 2, 'which does not tell whose processor it is');
    like($err, qr/exits of an AMD processor/, "but AMD's reasons do");
    imported('', cpus => [\@events], left_out => ['exit_reason']);
    like($err, qr/its event kvm_exit has no exit_reason or no guest_rip, as on a processor that is not x86$/,
        'kvm_exit of another architecture');
};

subtest 'a machine of 32 bits' => sub {
    my @events = map { both(1000 * $_, 1201, 0) } 1 .. 200;
    my $file = imported('', cpus => [[[missed => 5], @events]], long => 4);
    is($out, "200 exits, 5 events lost\n", 'is read') or diag($err);
    is(exits_for_trace_cmd($file), 200, 'as by trace-cmd');
};

subtest 'larger pages of the ring buffer' => sub {
    my @events = map { both(1000 * $_, 1201, 0) } 1 .. 500;
    imported('', cpus => [\@events], page_size => 16384);
    is($out, "500 exits, 0 events lost\n", 'are read') or diag($err);
};

subtest 'compressed, in chunks of any size' => sub {
    my @cpus = map { my $cpu = $_; [map { both(1000 * $_ + $cpu, 1201 + $cpu, $cpu) } 1 .. 200] } 0, 1;
    imported('', cpus => \@cpus);
    my $all = contents("$dir/log");
    for my $chunk (40960, 4096, 5000, 100) { # the kernel's pages may be larger than trace-cmd thinks
        imported('', cpus => \@cpus, chunk => $chunk);
        ok(contents("$dir/log") eq $all, "$chunk bytes: the same log") or diag($err);
    }
    # The beginnings of zlib's streams: of three sections, of the CPUs' chunks, of the options.
    my $bytes = contents(imported('', cpus => \@cpus, chunk => 4096));
    my @at;
    push @at, $-[0] while $bytes =~ /\x78\x9c/g;
    substr($bytes, $at[5] + 2, 1) = "\xff";
    ($status, $out, $err) = import_of(log_of('damaged', $bytes));
    is($status, 1, 'a damaged one costs what it held');
    like($err, qr/imported in part: 1 pages or chunks of pages make no sense$/, 'and is told') or diag($err);
};

subtest 'exits alone' => sub {
    imported('', cpus => [[map { kvm_exit(1000 * $_, 1201, 0) } 1 .. 9]], events => ['kvm_exit']);
    is($status, 0, 'without kvm_entry: imported');
    is($out, "9 exits, 0 events lost, 8 exits without an entry\n", 'and told');
    is((vexit("stat $dir/log"))[0], 0, 'the log is whole');
    imported('', cpus => [[kvm_exit(1000, 1201, 0), kvm_exit(1010, 1201, 0), kvm_entry(1200, 1201, 0)]]);
    is($out, "2 exits, 0 events lost, 1 exit without an entry\n", 'an exit of the fast path');
    like(decoded(), qr/^1000 vcpu0 stop CPUID\n1010 vcpu0 exit CPUID.*\n1200 vcpu0 entry CPUID$/m,
        'has no time, the next one its own');
};

subtest 'beside the exits of the host: those of a guest in the guest' => sub {
    imported('', cpus => [[kvm_exit(1000, 1201, 0, 48),
        [event => 1050, kvm_nested_vmexit => 1201, 48, 0x401000, 1, 0],
        [event => 1060, kvm_mmio => 1201, 2, 4, 0xfee00300, 7], kvm_entry(1100, 1201, 0)]]);
    is($out, "1 exit, 0 events lost\n", 'are not counted twice');
    like(decoded(), qr/^1100 vcpu0 entry EPT_VIOLATION guest_physical=0xfee00300/m, 'kvm_mmio tells the address');
};

subtest 'vCPUs and CPUs' => sub {
    imported('', cpus => [[kvm_exit(1000, 1201, 0), both(1500, 1202, 1)], [kvm_entry(2000, 1201, 0)]]);
    is($out, "2 exits, 0 events lost\n", 'a thread that moves to another CPU keeps its exit');
    like(decoded(), qr/^2000 vcpu0 entry CPUID$/m, 'and entry');
    imported('', cpus => [[kvm_exit(1000, 1201, 0)], [kvm_entry(990, 1201, 0), both(1500, 1201, 0)]]);
    is($out, "2 exits, 0 events lost, 1 exit without an entry, 1 entry without an exit\n",
        'clocks of CPUs that differ: no entry before its exit');
    imported('', cpus => [[kvm_exit(1000, 1201, 0), [page => ], kvm_entry(900, 1201, 0), both(1500, 1201, 0)]]);
    is($out, "2 exits, 0 events lost, 1 exit without an entry, 1 entry without an exit\n",
        'nor one in the same buffer, which is damaged then');
    imported('', cpus => [[kvm_exit(1000, 1201, 0), both(1200, 1202, 1), [missed => 3],
        kvm_entry(3000, 1201, 0), both(3100, 1202, 1)], [both(3200, 1203, 2)]]);
    is($out, "4 exits, 3 events lost, 1 exit without an entry, 1 entry without an exit\n",
        'after a loss on a CPU: no entry for any exit before it there');
    like(decoded(), qr/ vcpu1 lost count=3$/m, 'which is that of the vCPU that ran last');
    my @many = map { both(1000 + $_, 2000 + $_, 3 * $_) } 0 .. 63;
    imported('', cpus => [\@many]);
    is($status, 0, '64 vCPUs with numbers up to 189');
    like($out, qr/^64 exits.*\nvcpu0 is vCPU 0 of thread 2000 \(\), 1 exit\n(.*\n){62}vcpu63 is vCPU 189 of thread 2063/, 'are numbered anew');
    imported('', cpus => [[@many, both(5000, 3000, 2)]]);
    is($status, 1, 'one more');
    like($err, qr/left out: exits of vCPUs beyond 64, which a log cannot hold: 1$/, 'is left out, and told');
};

subtest 'instances of ftrace' => sub {
    my @top = [map { both(1000 * $_, 1201, 0) } 1 .. 3];
    my @other = [map { both(1000 * $_, 1202, 1) } 1 .. 7];
    my $file = imported('', cpus => [[]], instances => [[kvm => \@other], [empty => [[]]]]);
    is($out, "7 exits, 0 events lost\n", 'the one with exits is read') or diag($err);
    is(exits_for_trace_cmd($file), 7, 'as by trace-cmd');
    $file = imported('', cpus => \@top, instances => [[kvm => \@other]]);
    is($status, 2, 'several with exits are not mixed');
    like($err, qr/several buffers, .* choose one by --buffer=NAME: 'kvm', 7 exits; '', 3 exits$/, 'but named');
    is((import_of("--buffer=kvm $file"))[1], "7 exits, 0 events lost\n", '--buffer chooses one');
    is((import_of("--buffer= $file"))[1], "3 exits, 0 events lost\n", 'also the top one');
    like((import_of("--buffer=none $file"))[2], qr/no kvm_exit event in this buffer$/, 'or none');
    is(system("trace-cmd convert -i $file -o $dir/seven.dat --file-version 7 --compression zlib >/dev/null 2>&1"
        . "|| trace-cmd convert -i $file -o $dir/seven.dat --file-version 7 --compression zstd >/dev/null 2>&1"),
        0, 'in version 7');
    is((import_of("--buffer=kvm $dir/seven.dat"))[1], "7 exits, 0 events lost\n", 'the same');
};

done_testing();
