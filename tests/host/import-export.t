#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A log that is exported and imported again is the same log, as far as the other format can tell.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

# The names of reasons by number, from the table of the pages.
my %names;
open my $table, '<', 'docs/slots.md' or die "docs/slots.md: $!";
/^\| (\d+) \| `(\w+)`/ and $names{$1} = $2 while <$table>;
close $table;

sub counts {
    my ($log) = @_;
    my %count;
    my $text = `$vexit decode $log`;
    $count{$1}++ while $text =~ /^\d+ (vcpu\d+ (?:exit|stop) \w+|vcpu\d+ lost count=\d+)/mg;
    return \%count;
}

# Exits for each vCPU and basic reason by number, whether one ended the run or not: xentrace has no more.
sub basic_counts {
    my ($log) = @_;
    my %count;
    for (split /\n/, `$vexit decode $log`) {
        next if !/^\d+ (vcpu\d+) exit (\w+)/;
        my ($vcpu, $name) = ($1, $2);
        $name = hex($1) & 0xffff if / reason=(0x\w+)/;
        $count{"$vcpu " . ($names{$name} // $name)}++;
    }
    return \%count;
}

for my $case (['two vCPUs', '-v 2 -j 90 -n 3000'], ['record lines', '-t'], ['an exit that ends the run', '-s'],
    ['every reason', '-a -v 2 -l -s -j 50']) {
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
            my $same = $file eq 'dat' && $arguments !~ /-a/ ? \&counts : \&basic_counts;
            is_deeply($same->("$dir/$file.log"), $same->("$dir/log"), "$file: as many of each");
        }
    };
}

# Which timer exits are the VMM's own is in a slot, and slots are what the other format lacks.
subtest "exits of the VMM's own timer" => sub {
    my $log = log_of('log', marked('start version=0', 'start tsc_hz=1000000000', 'start vcpus=1',
        'start slots 52 PREEMPTION_TIMER 0 owner/dec pending/dec - -',
        '1000 vcpu0 exit CPUID rip=0x1000', '1010 vcpu0 entry CPUID',
        '1020 vcpu0 exit PREEMPTION_TIMER rip=0x1002', '1030 vcpu0 entry PREEMPTION_TIMER owner=1',
        'end status=0', 'end reason=x', 'end vcpu0 generated=4 lost=0'));
    unlink map { "$dir/$_" } qw(dat dat.log);
    is((vexit("export --trace-dat=$dir/dat $log"))[0], 0, 'export');
    is((vexit("import $dir/dat -o $dir/dat.log"))[0], 0, 'import');
    my @differs = vexit("diff --brief --ignore=slots,markers $log $dir/dat.log");
    is("@differs[0, 1]", "1 different: 1 the same, 0 only in A, 1 only in B, in 1 place\n",
        'are not known any more') or diag($differs[2]);
    is((vexit("diff --brief --ignore=slots,markers,PREEMPTION_TIMER $log $dir/dat.log"))[1],
        "the same: 1\n", 'and are left out by the reason');
};

done_testing();
