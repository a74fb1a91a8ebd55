#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The filter options that commands share, on a log of two vCPUs. What each lets pass is the business
# of tests/unit/test_filter.c; here it is that the lines of `decode' are those, and no others.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

my $log = log_of('log', (make_log('-v 2 -j 90 -l'))[0]);
my @all = grep { /^\d+ vcpu/ } split /\n/, (vexit("decode $log"))[1];

sub records {
    my ($options) = @_;
    my ($status, $out) = vexit("decode $options $log");

    is($status, 0, "$options: complete");
    return grep { /^\d+ vcpu/ } split /\n/, $out;
}

# Pairs of exit and entry lines, the lines of markers and of lost records as they are.
sub pairs {
    my ($lines) = @_;
    my @pairs;

    for (@$lines) {
        if (/ entry /) { $pairs[-1] .= "\n$_" }
        else { push @pairs, $_ }
    }
    return @pairs;
}

my @pairs = pairs(\@all);
my ($first) = $all[0] =~ /^(\d+)/;

sub passes {
    my ($options, $what, $code) = @_;
    my @expected = grep { $code->() } @pairs;
    my @got = records($options);

    ok(@expected && @expected < @pairs, "$what: some pass, and not all");
    is(join("\n", @got), join("\n", @expected), $what);
}

passes('--reason=pause,51', 'reasons', sub { / (PAUSE|RDTSCP|lost)\b/ });
passes("--reason='!PAUSE'", 'all reasons but one', sub { / (exit|lost)\b/ && !/PAUSE/ });
passes('--vcpu=1', 'a vCPU', sub { /^\d+ vcpu1/ });
passes('--rip=0xffffffff810f0000-0xffffffff810fffff', 'a range of addresses',
    sub { / rip=0xffffffff810f|lost/ });
passes('--time=1010000-1040000', 'stamps', sub { /^(\d+)/ && $1 >= 1010000 && $1 <= 1040000 });
# The TSC of the log has 2 GHz.
passes('--time=10us-0.02ms', 'time since the first record',
    sub { /^(\d+)/ && $1 - $first >= 20000 && $1 - $first <= 40000 });
passes('--slower=0.07us', 'slow exits', sub { /lost/ || (/^(\d+) .*\n(\d+) / && $2 - $1 > 140) });
passes('--vcpu=0 --reason=PAUSE --slower=140', 'several of these',
    sub { / vcpu0 / && (/lost/ || (/^(\d+) .* PAUSE.*\n(\d+) / && $2 - $1 > 140)) });

# Markers of the log count its elements: RBX 57, 157, 257 and so on, on each vCPU at other times.
my ($from) = map { /^(\d+) vcpu0 marker rbx=0x9d / } @all;
my ($to) = map { /^(\d+) vcpu0 marker rbx=0x165 / } @all;
passes('--vcpu=0 --between=157,357', 'between markers',
    sub { / vcpu0 / && /^(\d+)/ && $1 >= $from && $1 <= $to });

my ($status, $out, $err) = vexit("decode --reason=CPUDI $log");
is($status, 64, 'a reason that the log does not know: wrong usage');
like($err, qr/^vexit: --reason: the log knows no exit reason 'CPUDI'.*\n\z/, 'told in one line');
unlike($out, qr{^\d+ vcpu}m, 'and no record printed');
($status, $out, $err) = vexit("decode --time=5 $log");
is($status, 64, 'a time that is no range: wrong usage');
like($err, qr/--time takes FROM-TO, in ticks or with a unit, as 1.5s-2s, and not '5'/, 'told');

done_testing();
