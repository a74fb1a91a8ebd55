#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A log that is exported and imported again is the same log, as far as the other format can tell.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

sub counts {
    my ($log) = @_;
    my %count;
    my $text = `$vexit decode $log`;
    $count{$1}++ while $text =~ /^\d+ (vcpu\d+ (?:exit|stop) \w+|vcpu\d+ lost count=\d+)/mg;
    return \%count;
}

for my $case (['two vCPUs', '-v 2 -j 90 -n 3000'], ['record lines', '-t'], ['an exit that ends the run', '-s']) {
    my ($name, $arguments) = @$case;
    subtest $name => sub {
        made_log('log', $arguments);
        unlink map { "$dir/$_" } qw(dat xen dat.log xen.log);
        is(system("$vexit export --trace-dat=$dir/dat --xentrace=$dir/xen $dir/log 2>$dir/err"), 0, 'export');
        for my $format (['dat', 'slots,markers'], ['xen', 'slots,qualification,markers']) {
            my ($file, $ignored) = @$format;
            is(system("$vexit import $dir/$file -o $dir/$file.log >$dir/out"), 0, "$file: import");
            if ($arguments !~ /-s/) {
                my $report = `$vexit diff --all --ignore=$ignored $dir/log $dir/$file.log 2>&1`;
                is($? >> 8, 0, "$file: the same exits") or diag($report);
            }
            is_deeply(counts("$dir/$file.log"), counts("$dir/log"), "$file: as many of each")
                if $file eq 'dat';
        }
    };
}

done_testing();
