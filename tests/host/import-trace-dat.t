#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit import of KVM traces: files made byte by byte, which trace-cmd itself reads and converts.
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers
use lib 'tests/lib';
use ForeignTrace;
use Import;

my ($status, $out, $err);

# Two vCPUs: exits of several reasons with what KVM traces of their handling.
my (@cpu, $time);
$time = 1000;
sub event { my ($cpu, @event) = @_; push @{ $cpu[$cpu] }, [event => $time += 50, @event] }
sub kvm_exit {
    my ($vcpu, $reason, $info1, $intr_info, $error_code) = @_;
    event($vcpu, 'kvm_exit', 1201 + $vcpu, $reason, 0xffffffff81000000 + $time, 1, $info1 // 0, 0x99,
        $intr_info // 0, $error_code // 0, $vcpu);
}
sub kvm_entry { my ($vcpu) = @_; $time += 1000; event($vcpu, 'kvm_entry', 1201 + $vcpu, $vcpu, 0x7, 0) }

for my $round (1 .. 40) {
    for my $vcpu (0, 1) {
        my $pid = 1201 + $vcpu;
        kvm_exit($vcpu, 10);
        event($vcpu, kvm_cpuid => $pid, 0x80000001, 3, 0x806e9, 0x800, 0x77faf3bf, 0xbfebfbff, 1, 0);
        kvm_entry($vcpu);
        kvm_exit($vcpu, 30, 0x3f80000);
        event($vcpu, kvm_pio => $pid, 1, 0x3f8, 1, 1, 0x41);
        event($vcpu, kvm_apic => $pid, 1, 0x380, 5);
        kvm_entry($vcpu);
        kvm_exit($vcpu, 32);
        event($vcpu, kvm_msr => $pid, 1, 0x6e0, 0x123456789a, $round == 7);
        kvm_entry($vcpu);
        kvm_exit($vcpu, 48, 0x181);
        event($vcpu, kvm_page_fault => $pid, $vcpu, 0x1234, 0xfee00000, 0x181);
        kvm_entry($vcpu);
    }
    kvm_exit(0, 1, 0, 0x800000ec);
    kvm_entry(0);
    kvm_exit(0, 0, 0x7fff1000, 0x80000b0e, 6);
    kvm_entry(0);
    kvm_exit(1, 28, 0x103);
    event(1, kvm_cr => 1202, 1, 3, 0x2a00000);
    kvm_entry(1);
    $time += 1 << 28 if $round == 20; # more than an event's own stamp holds
}
my $bytes = trace_dat(cpus => \@cpu);
my $trace = log_of('trace.dat', $bytes);

subtest 'the file is one that trace-cmd reads' => sub {
    is(() = `trace-cmd report -N $trace 2>/dev/null` =~ /: kvm_exit: /g, 40 * 11, 'all exits');
};

subtest 'a trace of two vCPUs' => sub {
    ($status, $out, $err) = import_of($trace);
    is($status, 0, 'is imported');
    is($out, "440 exits, 0 events lost\n", 'what was imported');
    is($err, '', 'nothing to say');
    my $text = decoded();
    like($text, qr/^start tsc_hz=1000000000\nstart vcpus=2\nstart options=imported from trace-cmd: KVM, clock local$/m,
        'where it comes from');
    like($text, qr/^1050 vcpu0 exit CPUID rip=0xffffffff810003e8\n2150 vcpu0 entry CPUID leaf=0x80000001 subleaf=0x3 eax=0x806e9 ebx=0x800 ecx=0x77faf3bf edx=0xbfebfbff$/m,
        'CPUID');
    like($text, qr/ vcpu1 exit IO_INSTRUCTION rip=\S+ qualification=0x3f80000\n\d+ vcpu1 entry IO_INSTRUCTION port=0x3f8 eax_out=0x41 qualification=0x3f80000$/m,
        'a port');
    like($text, qr/ vcpu0 entry MSR_WRITE ecx=0x6e0 eax=0x3456789a edx=0x12$/m, 'an MSR');
    like($text, qr/ vcpu0 entry MSR_WRITE ecx=0x6e0 eax=0x3456789a edx=0x12 fault=1$/m, 'a fault');
    like($text, qr/ vcpu1 entry EPT_VIOLATION guest_physical=0xfee00000 qualification=0x181$/m, 'an address');
    like($text, qr/ vcpu0 entry EXTERNAL_INTERRUPT vector=0xec$/m, 'an interrupt');
    like($text, qr/ vcpu0 entry EXCEPTION_NMI vector=14 error_code=0x6 linear_address=0x7fff1000$/m,
        'a page fault');
    like($text, qr/ vcpu1 entry CR_ACCESS type=0x0 cr=3 value=0x2a00000 qualification=0x103$/m, 'a CR');
    like($text, qr/^end status=0$/m, 'a whole log');
    $out = `$vexit stat $dir/log`;
    is($?, 0, 'stat: complete');
    like($out, qr/^CPUID +80 .* 1100 +1100 +1100 /m, 'counts and times');
    like($out, qr/^The VMM's own statistics are the same\.$/m, 'statistics');
    is(system("$vexit diff -q $dir/log $dir/log >/dev/null"), 0, 'diff');
    my ($first, $last) = $text =~ /^(\d+) vcpu\d exit.*\n(?:.*\n)*(\d+) vcpu\d entry/m;
    cmp_ok($last - $first, '>', 1 << 28, 'stamps over a time extend');
};

subtest 'version 7, as trace-cmd converts it' => sub {
    import_of($trace);
    my $whole = contents("$dir/log");
    for my $compression (qw(none zstd)) {
        my $converted = "$dir/$compression.dat";
        is(system("trace-cmd convert -i $trace -o $converted --file-version 7 "
            . "--compression $compression >/dev/null 2>&1"), 0, "trace-cmd converts: $compression");
        ($status, $out, $err) = import_of($converted);
        is($status, 0, 'is imported') or diag($err);
        ok(contents("$dir/log") eq $whole, 'to the same log');
    }
};

subtest 'other clocks, other kernels' => sub {
    my @short = map { [@{$_}[0 .. 5]] } @cpu;
    import_of(log_of('tsc.dat', trace_dat(cpus => \@short, clock => 'x86-tsc',
        conversion => [500000000 >> 3, 27])));
    like(decoded(), qr/^start tsc_hz=2147483648$/m, 'the TSC, by its conversion to nanoseconds');
    import_of(log_of('tsc2nsec.dat', contents("$dir/tsc.dat") =~ s/\[x86-tsc\] mono/[tsc2nsec]mono/r));
    like(decoded(), qr/^start tsc_hz=2147483648$/m, 'by its other name');
    import_of(log_of('counter.dat', trace_dat(cpus => \@short, clock => 'counter')));
    like(decoded(), qr/^start tsc_hz=0$/m, 'a clock without a frequency');
    import_of('--tsc-hz=1234 ' . "$dir/counter.dat");
    like(decoded(), qr/^start tsc_hz=1234$/m, '--tsc-hz');

    # Before Linux 5.11 the exit did not tell its vCPU, and the fields stood elsewhere.
    my @old = map { [map { my @e = @$_; splice @e, -3 if $e[2] eq 'kvm_exit'; \@e } @$_] } @cpu;
    (my $patched = $bytes) =~ s/(kvm_exit.*?field:unsigned int )vcpu_id(;)/$1vcpu_xx$2/s;
    ($status, $out, $err) = import_of(log_of('patched.dat', $patched));
    is($status, 0, 'the vCPU by its thread') or diag($err);
    is($out, "440 exits, 0 events lost\n", 'all exits');
};

subtest 'events that were lost' => sub {
    my @lost = ([@{$cpu[0]}[0 .. 8], [missed => 77], @{$cpu[0]}[9 .. 40]],
        [[missed => 0], @{$cpu[1]}]);
    my $file = log_of('lost.dat', trace_dat(cpus => \@lost));
    like(scalar(`trace-cmd report $file 2>/dev/null`), qr/CPU:0 \[77 EVENTS DROPPED\]/,
        'trace-cmd knows of them, too');
    ($status, $out, $err) = import_of($file);
    is($status, 0, 'the tracer lost them: the import is whole');
    like($out, qr/ exits, 78 events lost/, 'told; where no count is known, as one');
    like(decoded(), qr/ vcpu0 lost count=77$/m, 'a lost record of their vCPU');
    like(decoded(), qr/ vcpu1 lost count=1$/m, 'and of the other');
    like(scalar(`$vexit stat $dir/log`), qr/^lost: 78$/m, 'stat tells them');

    @{$lost[0]}[9] = [missed => ~0];
    ($status) = import_of(log_of('lost-all.dat', trace_dat(cpus => \@lost)));
    is($status, 0, 'a count that sums could not hold: read');
    decoded();
    is($? >> 8, 0, 'and the log is whole');
};

subtest 'exits and entries that are alone' => sub {
    my @odd = ([@{$cpu[0]}]);
    splice @{$odd[0]}, 2, 1;  # the first entry
    splice @{$odd[0]}, 6, 1;  # an exit
    pop @{$odd[0]};           # the last entry
    ($status, $out) = import_of(log_of('odd.dat', trace_dat(cpus => \@odd)));
    is($status, 0, 'are imported');
    like($out, qr/, 1 exit without an entry, 1 entry without an exit$/, 'and told');
    is(() = decoded() =~ / stop /g, 2, 'an exit alone has no time');
    is(system("$vexit stat $dir/log >/dev/null"), 0, 'the log is whole');
};

subtest 'several machines' => sub {
    my @more = map { my @e = @$_; $e[3] = 2201 if $e[3] == 1202; $e[-1] = 0 if $e[2] eq 'kvm_exit';
        $e[4] = 0 if $e[2] eq 'kvm_entry'; \@e } @{$cpu[1]};
    my $file = log_of('two.dat', trace_dat(cpus => [$cpu[0], \@more],
        names => "1201 CPU 0/KVM\n2201 CPU 0/KVM\n"));
    ($status, $out, $err) = import_of($file);
    is($status, 0, 'are imported side by side') or diag($err);
    is($out, "440 exits, 0 events lost\nvcpu0 is vCPU 0 of thread 1201 (CPU 0/KVM), 240 exits\n"
        . "vcpu1 is vCPU 0 of thread 2201 (CPU 0/KVM), 200 exits\n", 'each has its vCPUs, which are named');
    like((vexit("decode $dir/log"))[1], qr/^text: vcpu1 is vCPU 0 of thread 2201 \(CPU 0\/KVM\)$/m,
        'in the log, too');
    my $one = (vexit("stat --vcpu=0 --csv $dir/log"))[1];
    is((import_of("--pid=1201 $file"))[0], 0, 'one alone');
    is((vexit("stat --csv $dir/log"))[1], $one, 'has the same exits and times');
    is((import_of("--pid=2201 $file"))[1], "200 exits, 0 events lost\n", '--pid chooses');
    is((import_of("--pid=1,1201 $file"))[1], "240 exits, 0 events lost\n", 'one of several');
    is((import_of("--pid=7 $file"))[0], 2, 'a thread that is not there');
};

subtest 'what is no such trace' => sub {
    (my $amd = $bytes) =~ s/(\x2e\x01\0\0\xb1\x04\0\0.{16})\x01/$1\x02/sg;
    for my $case (['AMD', $amd, qr/AMD/],
        ['no KVM events', trace_dat(cpus => \@cpu, events => ['kvm_apic']), qr/does not describe the event kvm_exit/],
        ['no exits', trace_dat(cpus => [[]]), qr/no kvm_exit event/],
        ['big endian', $bytes =~ s/tracing6\0\0/tracing6\0\x01/r, qr/big-endian/],
        ['version 5', $bytes =~ s/tracing6/tracing5/r, qr/version '5' of the format is not known/],
        ['text of a latency tracer', $bytes =~ s/flyrecord\0/latency  \0/r, qr/holds no ring buffer pages, but 'latency/],
        ['compression', $bytes =~ s/tracing6\0(.{6})/tracing7\0$1lzma\0/sr, qr/compression 'lzma' is not known/],
        ['text', "hello\n", qr/neither a trace.dat of trace-cmd nor a trace of xentrace/],
        ['empty', '', qr/empty/]) {
        my ($name, $file, $error) = @$case;
        ($status, $out, $err) = import_of(log_of('bad', $file));
        is($status, 2, "$name: not read");
        like($err, qr/^vexit: $dir\/bad: .*$error.*\n\z/, 'one line says why');
    }
    is((import_of($dir))[0], 2, 'a directory');
    is((import_of("$dir/none"))[0], 2, 'no file');
};

subtest 'damaged and cut off' => sub {
    my $wrong = 0;
    ($status, $out, $err) = import_of(log_of('cut', substr($bytes, 0, length($bytes) - 5000)));
    is($status, 1, 'a file that breaks off is imported in part');
    like($err, qr/imported in part: the file is shorter than it says$/, 'told');
    cmp_ok($out =~ /^(\d+) exits/ ? $1 : 0, '>', 200, 'what is there is kept');
    like(decoded(), qr/^end status=1\nend reason=imported in part: /m, 'the log says it, too');
    for (my $length = 0; $length < length $bytes; $length += 1 + int $length / 2) {
        my ($got) = import_of(log_of('cut', substr($bytes, 0, $length)));
        $wrong++ unless $got =~ /^[12]$/;
    }
    is($wrong, 0, 'cut off anywhere: part of it or nothing');
    srand 1;
    my @files = ($bytes, contents("$dir/zstd.dat"));
    for my $round (1 .. 15) {
        my $file = $files[$round % 2];
        for (0 .. rand 6) {
            substr($file, int rand($round % 3 ? length $file : 6000), 1 + int rand 4) =
                join '', map { chr int rand 256 } 1 .. 1 + rand 4;
        }
        my ($got) = import_of(log_of('fuzz', $file));
        $wrong++ unless $got =~ /^[012]$/;
        $wrong++ if $got =~ /^[01]$/ && system("$vexit stat $dir/log >/dev/null 2>&1");
    }
    is($wrong, 0, 'damaged at random: one of the three statuses, and a log that is whole');
};

subtest 'usage' => sub {
    for my $case ('', $trace, "-o $dir/x", "$trace $trace -o $dir/x", "--pid=x $trace -o $dir/x",
        "--tsc-hz=fast $trace -o $dir/x", "--tsc-hz=0 $trace -o $dir/x", "--tsc-hz=0x10 $trace -o $dir/x") {
        is(system("$vexit import $case 2>/dev/null") >> 8, 64, "import $case: wrong usage");
    }
    log_of('there', 'precious');
    is(system("$vexit import $trace -o $dir/there 2>$dir/err") >> 8, 74, 'a file that is there is kept');
    like(contents("$dir/err"), qr/File exists; --force replaces it/, 'and told');
    is(contents("$dir/there"), 'precious', 'it is');
    is(system("$vexit import --force $trace -o $dir/there >/dev/null"), 0, '--force');
    my $before = contents($trace);
    is(system("$vexit import --force $trace -o $trace 2>$dir/err") >> 8, 74, 'onto the trace itself');
    is(contents("$dir/err"), "vexit: $trace: is the trace itself, which the log would overwrite\n", 'told');
    ok(contents($trace) eq $before, 'and left alone');
    is(system("$vexit import $trace -o /dev/full 2>/dev/null >/dev/null") >> 8, 74, 'a full device')
        if -w '/dev/full';
};

done_testing();
