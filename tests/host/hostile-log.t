#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Logs that nobody meant well with: the commands come to an end, with a status, in little memory.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

# Address space in KiB that is enough for any log, libraries included.
my $LIMIT = 96 * 1024;

my @crc_table = map {
    my $word = $_;
    $word = $word & 1 ? $word >> 1 ^ 0x82f63b78 : $word >> 1 for 1 .. 8;
    $word;
} 0 .. 255;

sub crc32c {
    my ($bytes) = @_;
    my $crc = 0xffffffff;
    $crc = $crc >> 8 ^ $crc_table[($crc ^ $_) & 0xff] for unpack 'C*', $bytes;
    return $crc ^ 0xffffffff;
}

# Frames as docs/trace-format.md has them.
my %kind = (trace => 1, start => 2, statistics => 3, end => 4);
my $sequence = 0;

sub frame {
    my ($kind, $payload) = @_;
    my $head = pack 'CCCv', 0xfe, 0xc1, 0x10 | $kind{$kind}, 4 + length $payload;
    $head .= chr(crc32c($head) & 0xff);
    my $body = pack('V', $sequence++) . $payload;
    return $head . $body . pack 'V', crc32c($head . $body);
}

sub number {
    my ($value) = @_;
    my $bytes = '';
    for (; $value > 127; $value >>= 7) {
        $bytes .= chr($value & 0x7f | 0x80);
    }
    return $bytes . chr $value;
}

# An exit and entry of a vCPU, at a time and a RIP; reason 10 is CPUID.
sub element_frame {
    my ($vcpu, $first, $reason, $rip) = @_;
    return frame('trace', number($vcpu) . number($first) . pack('Q<', 1000)
            . "\x05\x81\0" . number($reason) . number(2 * $rip) . number(2 * 50));
}

# Each command on a log: it must end by itself, with one of these statuses, within the limit.
sub survives {
    my ($name, $bytes, @statuses) = @_;
    my $log = log_of('hostile', $bytes);
    for my $command ('stat', 'stat --by=rip,vcpu --json', 'decode', 'hot --csv',
        'timeline -o /dev/null', 'timeline --slower=10 -o /dev/null') {
        my $status = system("ulimit -v $LIMIT; timeout 60 $vexit $command $log > /dev/null 2> $dir/err");
        $status = $status & 127 ? 'a signal' : $status >> 8;
        ok(scalar(grep { $_ eq $status } @statuses), "$name: $command ends with status @statuses")
            or diag("status $status: " . contents("$dir/err"));
    }
    return;
}

sub random_bytes {
    my ($n) = @_;
    srand 5;
    return pack 'C*', map { int rand 256 } 1 .. $n;
}

my $start = "version=1\ntsc_hz=1000000\nvcpus=1\noptions=\n";
my $end = "status=0\nreason=done\nvcpu0 generated=2 lost=0\n";

sub whole {
    $sequence = 0;
    return join '', map { ref $_ ? $_->() : $_ } @_;
}

survives('random bytes', random_bytes(1 << 20), 2);
survives('the first bytes of frames, again and again', "\xfe\xc1" x (1 << 18), 2);
survives('headers of the longest frames', "\xfe\xc1\x11\xff\xff" x (1 << 16), 2);
survives('zeroes', "\0" x (1 << 20), 2);
survives('a line of a million characters', 'x' x (1 << 20), 2);
survives('a million lines of tildes', "~\n" x (1 << 19), 2);
survives('a line that seems to be full of records', '~1 ~000000' x (1 << 16), 2);

survives('all vCPU numbers there can be', whole(
    sub { frame('start', $start) },
    map { my $vcpu = $_; sub { element_frame($vcpu, 0, 10, 1) } } 0 .. 65535), 1);
survives('a hundred thousand guest addresses', whole(
    sub { frame('start', $start) },
    map { my $rip = $_; sub { element_frame(0, 2 * ($rip - 1), 10, 8 * $rip) } } 1 .. 100_000), 1);
survives('record numbers at their limit', whole(
    sub { frame('start', $start) },
    sub { element_frame(0, (1 << 62), 10, 1) },
    sub { element_frame(0, 5, 10, 1) },
    sub { frame('end', $end) }), 1);

for my $payload ("vcpus=4294967295\n", "vcpus=99999999999999999999\n", 'version=' . 'v' x 60000 . "\n",
    "options=" . "\e[31m" x 1000 . "\n", "\n" x 60000, "slots 10 " . 'N' x 5000 . " 1 - - - -\n",
    "slots 10 CPUID 0 a/dec b/dec c/dec\n", "slots 999999 X 0 - - - -\n", "tsc_hz=18446744073709551615\n") {
    my $words = substr $payload, 0, 30;
    $words =~ s/[^ -~]/./g;
    survives("START with '$words'", whole(
        sub { frame('start', $payload) }, sub { element_frame(0, 0, 10, 1) },
        sub { frame('end', $end) }), 0, 1);
}
for my $payload ("vcpu64 generated=1 lost=0\n", "vcpu0 generated=1 lost=2\n", 'reason=' . 'r' x 60000 . "\n",
    "vcpu0 generated=18446744073709551615 lost=0\n", '') {
    survives("END with '" . substr($payload, 0, 30) =~ s/\n//r . "'", whole(
        sub { frame('start', $start) }, sub { element_frame(0, 0, 10, 1) },
        sub { frame('end', $payload && "status=0\n$payload") }), 1);
}

# A run item stands for four thousand million exits in ten bytes: that takes its time, but no memory.
{
    my $many = whole(sub { frame('start', $start) },
        sub { frame('trace', "\0\0" . pack('Q<', 1000) . "\x05\x81\0\x0a\x02\x64" . "\0" . number(20_000_000)) });
    my ($status, $out) = vexit('stat ' . log_of('many', $many));
    is($status, 1, 'twenty million exits in one item are read');
    like($out, qr/^records: 40000004$/m, 'and counted');
}
done_testing();
