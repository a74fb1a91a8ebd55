#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit import of Xen traces: files made record by record, which xenalyze itself reads.
use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers
use lib 'tests/lib';
use Export qw(read_xentrace);
use ForeignTrace;
use Import;

my ($status, $out, $err);

# Two vCPUs, each on a CPU of its own; windows of a CPU alternate with the other's.
my @window;
my @time = (1000, 1500);
for my $round (1 .. 20) {
    for my $cpu (0, 1) {
        my @records = $round == 1 ? runstate($time[$cpu] - 100, 5, $cpu) : ();
        for my $exit ([10, 0x0e, 1, 0, 0x806e9, 0x800, 0x77, 0xbf], [30, 0x216, 0x3f8, 0x41],
            [30, 0x16, 0x3fd, 0x60], [32, 0x0d, 0x6e0, 0x3456789a, 0x12],
            [28, 0x109, 3, 0x2a00000, 0], [1, 0x0f, 0xec], [48, 0x21, 0xfee00000, 0, 0, 0, 0x181, 0]) {
            my ($reason, $handler, @words) = @$exit;
            push @records, vmexit($time[$cpu], $reason, 0xffffffff81000000 + $time[$cpu]),
                handler($handler, @words), vmentry($time[$cpu] + 700);
            $time[$cpu] += 3000;
        }
        push @window, [$cpu => @records];
    }
}
my $bytes = xentrace(@window);
my $trace = log_of('trace.xen', $bytes);

subtest 'the file is one that xenalyze reads' => sub {
    import_of($trace);
    my (undef, $rows) = vexit("stat --by=vcpu,reason --csv $dir/log");
    my %counts = map { /^\d+,(\d+),(\w+),(\d+),/ ? ("$1 $2" => $3) : () } split /\n/, $rows;
    is_deeply(read_xentrace($trace)->{exits}, \%counts, 'it counts the same exits of each vCPU and reason');
};

subtest 'a trace of two vCPUs' => sub {
    ($status, $out, $err) = import_of($trace);
    is($status, 0, 'is imported');
    is($out, "280 exits, 0 events lost\n", 'what was imported');
    is($err, '', 'nothing to say');
    my $text = decoded();
    like($text, qr/^start tsc_hz=0\nstart vcpus=2\nstart options=imported from xentrace: domain 5$/m,
        'where it comes from');
    like($text, qr/^1000 vcpu0 exit CPUID rip=0xffffffff810003e8\n1700 vcpu0 entry CPUID leaf=0x1 subleaf=0x0 eax=0x806e9 ebx=0x800 ecx=0x77 edx=0xbf$/m,
        'CPUID');
    like($text, qr/ vcpu1 entry IO_INSTRUCTION port=0x3f8 eax_out=0x41$/m, 'a port written');
    like($text, qr/ vcpu1 entry IO_INSTRUCTION port=0x3fd eax_in=0x60$/m, 'a port read');
    like($text, qr/ vcpu0 entry MSR_WRITE ecx=0x6e0 eax=0x3456789a edx=0x12$/m, 'an MSR');
    like($text, qr/ vcpu0 entry CR_ACCESS type=0x0 cr=3 value=0x2a00000$/m, 'a CR');
    like($text, qr/ vcpu0 entry EXTERNAL_INTERRUPT vector=0xec$/m, 'an interrupt');
    like($text, qr/ vcpu1 entry EPT_VIOLATION guest_physical=0xfee00000$/m, 'an address');
    $out = `$vexit stat $dir/log`;
    is($?, 0, 'stat: complete');
    like($out, qr/^IO_INSTRUCTION +80 .* 700 +700 +700 /m, 'counts and times');
    like($out, qr/^The VMM's own statistics are the same\.$/m, 'statistics');
    import_of("--tsc-hz=2400000000 $trace");
    like(decoded(), qr/^start tsc_hz=2400000000$/m, '--tsc-hz: the clock, which the trace does not tell');
};

subtest 'a vCPU that moves to another CPU' => sub {
    ($status, $out) = import_of(log_of('moves', xentrace(
        [0 => runstate(900, 5, 0), vmexit(1000, 12, 0x401000), runstate(1100, 0x7fff, 0)],
        [1 => runstate(1900, 5, 0), vmentry(2000), vmexit32(3000, 10, 0x1000), vmentry(3100)])));
    is($out, "2 exits, 0 events lost\n", 'keeps its exit');
    like(decoded(), qr/^1000 vcpu0 exit HLT rip=0x401000\n2000 vcpu0 entry HLT$/m, 'and entry');
    like(decoded(), qr/^3000 vcpu0 exit CPUID rip=0x1000$/m, 'an exit of 32-bit code');
};

subtest 'records that were lost' => sub {
    ($status, $out) = import_of(log_of('lost', xentrace([0 => runstate(900, 5, 1),
        vmexit(1000, 10, 0x401000), xen_lost(5000, 77, 5, 1, 1200), vmentry(5100),
        vmexit(6000, 10, 0x401000), vmentry(6100)])));
    is($status, 0, 'the tracer lost them: the import is whole');
    is($out, "2 exits, 77 events lost, 1 exit without an entry, 1 entry without an exit\n", 'told');
    like(decoded(), qr/^1000 vcpu1 exit CPUID.*\n1000 vcpu1 stop CPUID\n1200 vcpu1 lost count=77\n6000 /m,
        'where, and no entry is taken for that of an exit before them');
};

subtest 'records that were lost, without the time of the first' => sub {
    import_of(log_of('short', xentrace([0 => runstate(900, 5, 1), vmexit(1000, 10, 1), vmentry(1100),
        xen_record(5000, 0x1f001, 77, 5 | 1 << 16)])));
    like(decoded(), qr/^5000 vcpu1 lost count=77$/m, 'have the time of their record');
};

subtest 'who runs where' => sub {
    ($status, $out) = import_of(log_of('late', xentrace(
        [0 => vmexit(1000, 10, 1), vmentry(1100), leaves(1200, 5, 3), runstate(1300, 5, 0),
            vmexit(2000, 12, 1), vmentry(2100)],
        [1 => vmexit(1500, 10, 1), vmentry(1600)])));
    is($status, 0, 'no record of the scheduler at first');
    like($out, qr/^vcpu0 is vCPU 0 of domain 5, 1 exit\nvcpu1 is what ran on CPU 1, untold, 1 exit\nvcpu3 is vCPU 3 of domain 5, 1 exit$/m,
        'each vCPU is told');
    like(decoded(), qr/^1000 vcpu3 exit CPUID/m, 'the first one tells who ran until then');
    like(decoded(), qr/^1500 vcpu1 exit CPUID/m, 'where there is none the CPU stands for the vCPU');
    import_of(log_of('continue', xentrace([0 => vmexit(1000, 10, 1), vmentry(1100),
        xen_record(1200, 0x21002, 5 << 16 | 2), vmexit(2000, 12, 1), vmentry(2100)])));
    like(decoded('--no-time'), qr/^vcpu2 exit CPUID .*\n.*\nvcpu2 exit HLT /m, 'one that goes on running is told as well');
    ($status, $out, $err) = import_of("--domain=5 $dir/late");
    is($status, 1, 'of one domain alone');
    like($err, qr/ 1 exits on CPUs of which it is not told which domain runs$/, 'such exits are missing, and told');
    ($status, $out) = import_of(log_of('after', xentrace([0 => runstate(900, 5, 0),
        vmexit(1000, 10, 1), vmentry(1100), xen_lost(5000, 7, 6, 1, 1200), vmexit(6000, 12, 1), vmentry(6100)])));
    like(decoded(), qr/^6000 vcpu1 exit HLT/m, 'a loss tells who runs after it');
    ($status, $out) = import_of(log_of('nested', xentrace([0 => runstate(900, 5, 0),
        xen_record(1000, 0x81502, 10, 1, 0), handler(0x40e, 1, 0, 2, 3, 4, 5), xen_record(1100, 0x81401)])));
    like(decoded(), qr/^1100 vcpu0 entry CPUID leaf=0x1 /m, 'exits of a guest in the guest');
    ($status, $out) = import_of(log_of('skew', xentrace([0 => runstate(900, 5, 0), vmexit(1000, 12, 1)],
        [1 => runstate(950, 5, 0), vmentry(990), vmexit(2000, 10, 1), vmentry(2100)])));
    is($out, "2 exits, 0 events lost, 1 exit without an entry, 1 entry without an exit\n",
        'clocks of CPUs that differ: no entry before its exit');
};

subtest 'several domains' => sub {
    my $file = log_of('two', xentrace([0 => runstate(900, 5, 0), vmexit(1000, 10, 1), vmentry(1100),
        runstate(1900, 6, 0), vmexit(2000, 10, 1), vmentry(2100), vmexit(3000, 12, 1), vmentry(3100)]));
    ($status, $out, $err) = import_of($file);
    is($status, 0, 'are imported side by side');
    is($out, "3 exits, 0 events lost\nvcpu0 is vCPU 0 of domain 5, 1 exit\n"
        . "vcpu1 is vCPU 0 of domain 6, 2 exits\n", 'each has its vCPUs, which are named');
    is((import_of("--domain=6 $file"))[1], "2 exits, 0 events lost\n", '--domain chooses');
    is((import_of("--domain=7 $file"))[0], 2, 'a domain that is not there');
    ($status, $out) = import_of(log_of('plain', xentrace([3 => vmexit(1000, 10, 1), vmentry(1100)])));
    is($out, "1 exit, 0 events lost\n", 'no domain told at all');
    like(decoded(), qr/^1000 vcpu3 exit/m, 'the CPU stands for the vCPU');
};

subtest 'what is no such trace' => sub {
    my $svm = pack('V V V', 0x20081003, 0x72, 0);
    for my $case (['AMD', xentrace([0 => $svm]), qr/AMD/],
        ['AMD before Xen 4.19', xentrace([0 => map { vmexit(1000 * $_, 0x72, 1) } 1 .. 9]), qr/AMD/],
        ['no exits', xentrace([0 => runstate(900, 5, 0)]), qr/no VM exit/],
        ['cut', substr($bytes, 0, 3), qr/neither/]) {
        my ($name, $file, $error) = @$case;
        ($status, $out, $err) = import_of(log_of('bad', $file));
        is($status, 2, "$name: not read");
        like($err, qr/^vexit: $dir\/bad: .*$error.*\n\z/, 'one line says why');
    }
};

subtest 'damaged and cut off' => sub {
    my $wrong = 0;
    ($status, $out, $err) = import_of(log_of('cut', substr($bytes, 0, length($bytes) - 500)));
    is($status, 1, 'a file that breaks off is imported in part');
    like($err, qr/imported in part: /, 'told');
    cmp_ok($out =~ /^(\d+) exits/ ? $1 : 0, '>', 200, 'what is there is kept');
    ($status, $out, $err) = import_of(log_of('tail', $bytes, "\0" x 100));
    is($status, 1, 'a file that goes on with something else');
    like($out, qr/^280 exits/, 'all exits are kept');
    for (my $length = 0; $length < length $bytes; $length += 1 + int $length / 4) {
        my ($got) = import_of(log_of('cut', substr($bytes, 0, $length)));
        $wrong++ unless $got =~ /^[12]$/;
    }
    is($wrong, 0, 'cut off anywhere: part of it or nothing');
    srand 1;
    for my $round (1 .. 15) {
        my $file = $bytes;
        for (0 .. rand 6) {
            substr($file, int rand length $file, 1 + int rand 4) =
                join '', map { chr int rand 256 } 1 .. 1 + rand 4;
        }
        my ($got) = import_of(log_of('fuzz', $file));
        $wrong++ unless $got =~ /^[012]$/;
        $wrong++ if $got =~ /^[01]$/ && system("$vexit stat $dir/log >/dev/null 2>&1");
    }
    is($wrong, 0, 'damaged at random: one of the three statuses, and a log that is whole');
};

done_testing();
