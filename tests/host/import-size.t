#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit import of traces of any size and shape: memory that does not grow with the trace, and time that
# grows no faster than it.
use strict;
use warnings;
use lib 'tests/lib';
use POSIX qw(WNOHANG);
use ForeignTrace;
use Import;

my $MEMORY = 40 * 1024; # kilobytes
my $SIZE = 100 << 20;   # of the large traces, more than twice as much

# A window for each CPU, with so many exits.
sub xen_windows {
    my ($cpus, $records) = @_;
    return xentrace(map { my $cpu = $_;
        [$cpu => map { (vmexit(1000 * $_, 10, 0x401000), vmentry(1000 * $_ + 100)) } 1 .. $records] } 0 .. $cpus - 1);
}

subtest 'large traces take little memory' => sub {
    my $windows = xen_windows(4, 5000);
    my @cpus = map { my $cpu = $_; [map { ([event => 1000 * $_, kvm_exit => 1201 + $cpu, 10, 0x401000, 1, 0, 0, 0, 0, $cpu],
        [event => 1000 * $_ + 100, kvm_entry => 1201 + $cpu, $cpu, 7, 0]) } 1 .. 4000] } 0 .. 3;
    my $dat = trace_dat(cpus => \@cpus, times => 70);
    cmp_ok(length $dat, '>', 0.9 * $SIZE, 'of this size');
    my $small = xen_windows(16, 50);
    for my $case (['xentrace', $windows x ($SIZE / length $windows)],
        ['xentrace, small windows', $small x ($SIZE / length $small)], ['trace.dat', $dat],
        ['trace.dat, compressed', trace_dat(cpus => \@cpus, times => 70, chunk => 40960)]) {
        my ($name, $bytes) = @$case;
        my ($status, $kilobytes) = import_takes(log_of('large', $bytes));
        is($status, 0, "$name: is imported");
        cmp_ok($kilobytes, '<', $MEMORY, "$name: in little memory");
        unlink "$dir/large";
    }
};

# Long enough that the signal comes while the log is written.
subtest 'interrupted' => sub {
    my $windows = xen_windows(4, 5000);
    my $file = log_of('long', $windows x ($SIZE / length $windows));
    for my $signal ('INT', 'TERM', 'HUP') {
        local $SIG{$signal} = 'DEFAULT'; # whoever runs the tests may ignore it
        my $pid = fork // die $!;
        exec $vexit, 'import', $file, '-o', "$dir/part" or die $! if !$pid;
        select undef, undef, undef, 0.005 until -e "$dir/part.part" || waitpid $pid, WNOHANG;
        kill $signal => $pid;
        waitpid $pid, 0;
        is($? & 127, POSIX->can("SIG$signal")->(), "SIG$signal: ends it");
        is_deeply([glob "$dir/part*"], [], 'and nothing is left');
        unlink glob "$dir/part*";
    }
    unlink $file;
};

subtest 'many windows, of many CPUs' => sub {
    my $windows = xen_windows(1024, 1);
    my ($status, undef, $seconds) = import_takes(log_of('windows', $windows x 200));
    is($status, 1, 'are imported, but for vCPUs that a log has no room for');
    cmp_ok($seconds, '<', 1.5, 'at once'); # a search from window to window took five seconds
    is((import_of(log_of('cpus', map { xentrace([$_ => vmexit(1000, 10, 0x401000)]) } 0 .. 1024)))[2],
        "vexit: $dir/cpus: more than 1024 CPUs\n", 'more CPUs than any machine has');
    ($status) = import_of(log_of('empty', "\x03\xf0\x01\x20" . "\0" x 8, xentrace([0 => vmexit(1000, 10, 1)]),
        ("\x03\xf0\x01\x20" . "\0" x 8) x 1000));
    is($status, 0, 'windows that hold nothing');
};

# The importer waits for room in the pipe while the trace behind it goes away.
subtest 'a trace that is made shorter while it is read' => sub {
    my $file = log_of('shrinks', xentrace([0 => map { vmexit(7 ** ($_ % 20) + $_ * 1000, $_ % 60, $_ ** 3) } 1 .. 100_000]));
    system("mkfifo $dir/pipe");
    my $pid = fork // die $!;
    if (!$pid) {
        open STDERR, '>', "$dir/err";
        exec $vexit, 'import', $file, '-o', "$dir/pipe";
    }
    open my $pipe, '<', "$dir/pipe" or die $!;
    read $pipe, my $begin, 1;
    truncate $file, 5000;
    1 while read $pipe, my $bytes, 1 << 16;
    waitpid $pid, 0;
    is($?, 2 << 8, 'is not read');
    is(contents("$dir/err"), "vexit: $file: was made shorter while it was read\n", 'and told');
};

done_testing();
