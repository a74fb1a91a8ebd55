#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Options that make no sense are wrong usage, told in one line before anything is read or printed.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

my $log = log_of('log', (make_log('-n 100 -v 2'))[0]);
my %wrong = (
    'decode' => [
        '--json --fields=rip', '--fields=', '--fields=rip,', '--fields=,rip', '--fields=rip,rip',
        '--vcpu=', '--vcpu=0,', '--vcpu=,0', '--vcpu=1-0', '--vcpu=-1', '--vcpu=65536',
        '--reason=', '--reason=PAUSE,', '--reason=,PAUSE', "'--reason=!'",
        '--time=', '--time=-', '--time=5', '--time=2-1', '--time=2s-1s', '--time=1s-1ms', '--time=1h-',
        '--rip=2-1', '--rip=5-', '--slower=-1', '--slower=1.5', '--between=,', '--between=1',
        '--baud=1', '--baud=-115200', '--baud=115200x', '--at=4096',
    ],
    'record -o - ' => ['--every=', '--every=-1', '--every=4294967296', '--every=1.5'],
    'stat' => [
        '--by=', '--by=reason,', '--by=reason,reason', '--by=nothing', '--sort=', '--unit=ms',
        '--top=0', '--top=-1', '--top=4294967296', '--top=99999999999999999999', '--top=1.5',
        '--csv --json', '--csv --unit=us', '--json --unit=us',
    ],
);

for my $command (sort keys %wrong) {
    for (@{ $wrong{$command} }) {
        my ($status, $out, $err) = vexit("$command $_ $log");

        is($status, 64, "$command $_");
        is($out, '', 'nothing is printed');
        like($err, qr/\Avexit[^\n]+\n(Try [^\n]+\n)?\z/, 'one line, and where the options are');
    }
}

for ('--time=1-1', '--time=1s-2', '--time=0x10-0x20', '--vcpu=0x0', '--vcpu=0,0', "'--reason=!PAUSE'") {
    is((vexit("decode $_ $log"))[0], 0, "decode $_ does make sense");
}

my $out = (vexit("decode --no-time --fields=tsc,ticks,reason,value $log"))[1];
like($out, qr/^\*\t\*\tRDTSCP\t\*$/m, '--no-time: no times in columns');
unlike($out, qr/\t\d{4,}/, 'none at all');

done_testing;
