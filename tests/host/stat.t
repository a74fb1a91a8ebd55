#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit stat: its figures against those that the lines of decode give, in all its forms; losses,
# filters, and memory.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
use Tool;
use Rows;

# The exits of a log by decode: vCPU, reason, ticks (undef: it ended the run), fields of both lines.
sub exits {
    my ($log, $options) = @_;
    my (@exits, %exit);

    for (split /\n/, (vexit("decode $options $log"))[1]) {
        my ($tsc, $vcpu, $kind, $reason, $rest) = /^(\d+) vcpu(\d+) (exit|entry|stop) (\w+)(.*)/
            or next;
        my %field = $rest =~ /(\w+)=(\S+)/g;
        $exit{$vcpu} = { vcpu => $vcpu, reason => $reason, tsc => $tsc } if $kind eq 'exit';
        $exit{$vcpu}{$_} = $field{$_} for keys %field;
        $exit{$vcpu}{ticks} = $tsc - $exit{$vcpu}{tsc} if $kind eq 'entry';
        push @exits, $exit{$vcpu} if $kind ne 'exit';
    }
    return @exits;
}

# Every row of stat says what the exits of decode say that have the same values in the columns.
sub agrees {
    my ($log, $by, $filter) = @_;
    my %expected;

    for my $exit (exits($log, $filter)) {
        my $key = join ' ', map { $exit->{$_} // '-' } split /,/, $by;
        push @{ $expected{$key} }, $exit->{ticks};
    }
    rows_agree($log, $by, $filter, %expected);
}

my $log = log_of('log', (make_log('-v 4 -n 3000 -j 90 -s'))[0]);

subtest 'figures' => sub {
    agrees($log, 'reason', '');
    agrees($log, 'vcpu,reason', '');
    agrees($log, 'reason,rip', '');
    agrees($log, 'vcpu,port,qualification', '');
    agrees($log, 'value', '');
};

subtest 'filters' => sub {
    agrees($log, 'vcpu,reason', '--vcpu=1-2 --slower=120');
    agrees($log, 'reason', '--reason=PAUSE,IO_INSTRUCTION --time=2us-40us');
    my ($status, $out) = vexit("stat --reason=PAUSE $log");
    like($out, qr/^Of 11880 exits \d+ pass the filter\.$/m, 'how many pass is told');
    ($status, $out) = vexit("stat --reason=NONE $log");
    is($status, 64, 'a reason that the log does not know: wrong usage');
    is($out, '', 'and no table');
};

subtest 'columns with a meaning' => sub {
    my %count;
    $count{$_->{port}}++ for grep { $_->{reason} eq 'IO_INSTRUCTION' } exits($log, '');
    my ($status, $out) = vexit("stat --by=detail $log");
    like($out, qr/^reason +detail +count/m, 'detail stands behind the reason');
    like($out, qr/^IO_INSTRUCTION +port=$_ +$count{$_} /m, "port $_") for keys %count;
    like($out, qr/^CR_ACCESS +cr=3 /m, 'a control register');
    like($out, qr/^PAUSE +- /m, 'a reason that has none');
    ($status, $out) = vexit("stat --by=direction --reason=IO_INSTRUCTION $log");
    like($out, qr/^in +\d+ .*^out +\d+ /ms, 'a part of the qualification');
    ($status, $out, my $err) = vexit("stat --by=reason,frob $log");
    is($status, 64, 'a name that the log does not know: wrong usage');
    like($err, qr/^vexit: --by: the log knows nothing of the name 'frob'; there are vcpu, /, 'told');
};

subtest 'what ended the run' => sub {
    my ($stop) = grep { !defined $_->{ticks} && $_->{vcpu} == 0 } exits($log, '');
    for my $by ('reason', 'rip', 'gpa', 'vcpu,reason', 'value') {
        my ($told) = (vexit("stat --vcpu=0 --by=$by $log"))[1] =~ /^(stopped: .*(?:\nstopped: .*)*)/m;
        is($told, "stopped: 1 $stop->{reason} exit ended the run and has no time", "by $by: told once, by its reason");
    }
};

subtest 'order and number of rows' => sub {
    for my $order (qw(count total mean min max p50 p95 p99)) {
        my @got = map { $_->{$order} } csv("stat --csv --by=reason --sort=$order $log");
        is("@got", join(' ', sort { $b <=> $a } @got), "by $order");
    }
    my ($status, $out) = vexit("stat --by=value --top=5 $log");
    like($out, qr/^(\d+) more rows, which --top=\d+ shows$/m, 'what is not shown is told');
};

subtest 'JSON' => sub {
    my ($status, $out) = vexit("stat --json --by=vcpu,reason $log");
    my $run = decode_json($out);
    is($status, 0, 'complete');
    my @rows = csv("stat --csv --by=vcpu,reason $log");
    is(scalar @{ $run->{groups} }, @rows, 'as many groups as rows of CSV');
    is_deeply([map { [@$_{qw(vcpu reason count total p99)}] } @{ $run->{groups} }],
        [map { [@$_{qw(vcpu reason count total p99)}] } @rows], 'the same');
    my $sum = 0;
    $sum += $_->{count} for @rows;
    is($run->{all}{count}, $sum, 'the sum');
    is($run->{vmm_statistics}{verdict}, 'same', "the VMM's own statistics");
    ok($run->{complete}, 'complete');
    is($run->{end}{reason}, 'the guest stopped', 'the end');
    my $twice = log_of('twice', contents($log) x 2);
    is(scalar(() = (vexit("stat --json $twice"))[1] =~ /^\{.*\}$/mg), 2, 'two runs: two lines');
};

subtest 'time in guest and VMM' => sub {
    my @exits = grep { $_->{vcpu} == 0 } exits($log, '');
    my ($vmm, $guest, $last) = (0, 0);
    for (@exits) {
        $guest += $_->{tsc} - $last if defined $last;
        $vmm += $_->{ticks} // 0;
        $last = $_->{tsc} + ($_->{ticks} // 0);
    }
    my ($vcpu) = @{ decode_json((vexit("stat --json $log"))[1])->{vcpus} };
    is($vcpu->{exits}, scalar @exits, 'exits');
    is($vcpu->{vmm}, $vmm, 'in the VMM');
    # Markers are stamped between the entry before them and their exit: the time is the same.
    is($vcpu->{guest}, $guest, 'in the guest');
    is($vcpu->{unknown}, 0, 'nothing unknown');
};

# As guest/vexit_call.h numbers the services.
subtest 'the guest switches the trace off' => sub {
    my $time = sub {
        my ($function) = @_;
        my $lines = log_of('lines', marked('0 vcpu0 exit VMCALL rip=0x1000',
            "50 vcpu0 entry VMCALL function=$function rbx=0x0 rcx=0x0 result=0x0",
            '950 vcpu0 exit CPUID rip=0x1003', '1000 vcpu0 entry CPUID'));
        return join ' ', @{ decode_json((vexit("stat --json $lines"))[1])->{vcpus}[0] }{qw(guest vmm unknown)};
    };
    is($time->('0x76780002'), '0 100 900', 'what passes until the next exit is unknown');
    is($time->('0x76780001'), '900 100 0', "after any other service it is the guest's");
};

subtest 'losses' => sub {
    my ($bytes, @frame) = make_log('-v 2 -l -n 2000 -j 90');
    my ($status, $out) = vexit('stat --by=vcpu,reason ' . log_of('lost', $bytes));
    is($status, 0, 'what the VMM lost does not make a log incomplete');
    like($out, qr/^0 +\w+ +\d+\+ +[\d.]+\+ +[\d.]+%~ +\d+\+ +[\d.]+%~( +\d+~){5} +\d+\+$/m,
        'every figure of a row has its mark');
    like($out, qr/^\+ at least, ~ about: the VMM had no room for 20 records, and 0 are missing/m,
        'which is explained');
    like($out, qr/^0 +\d+\+ .* 10 +0$/m, 'beside the vCPU');
    like($out, qr/^log: complete as sent: \d+ records; the VMM had no room for 20 more$/m,
        'the verdict');
    unlike($out, qr/^differs:/m, 'no difference that is one');

    # One vCPU misses a frame: its rows have marks, those of the other do not.
    ($bytes, @frame) = make_log('-v 2 -n 2000 -j 90');
    my ($offset, $length, undef, undef, $vcpu, $records) = @{ $frame[6] };
    my $other = 1 - $vcpu;
    substr($bytes, $offset, $length) = '';
    my $damaged = log_of('damaged', $bytes);
    ($status, $out) = vexit("stat --by=vcpu,reason $damaged");
    is($status, 1, 'a missing frame: incomplete');
    like($out, qr/^$vcpu +PAUSE +\d+\+ /m, 'marks where records are missing');
    like($out, qr/^$other +PAUSE +\d+ /m, 'and nowhere else');
    like($out, qr/^$vcpu +\d+\+ .* 0 +$records$/m, 'beside the vCPU');
    like($out, qr/^$vcpu +PAUSE +\d+ +\d+ +\d+ +\d+( +\d+){6}$/m, "the VMM's own statistics of it");
    unlike($out, qr/^differs:/m, 'a difference that the loss explains is none');
    my $own = decode_json((vexit("stat --json $damaged"))[1])->{vmm_statistics};
    my ($absent, $marker) = (0, $records % 2);
    $absent += 2 * ($_->{count} - $_->{count_in_log}) for @{ $own->{rows} };
    is($own->{verdict}, 'more', 'JSON says so too');
    ok($absent > 0 && $absent <= $records, 'the exits that are missing');
};

subtest 'memory' => sub {
    my $many = log_of('many', (make_log('-v 4 -n 60000 -j 4000'))[0]);
    my $usage = "\0" x 144;
    my ($status, $out) = vexit("stat --by=vcpu,reason,value,rip --csv $many");
    is($status, 0, 'more keys than there is memory for');
    my ($sum, $other) = (0, 0);
    for (split /\n/, $out) {
        my @cell = split /,/;
        next unless $cell[5] =~ /^\d+$/;
        $sum += $cell[5];
        $other++ if $cell[1] eq 'other';
    }
    my $exits = decode_json((vexit("stat --json $many"))[1])->{all}{count};
    is($sum, $exits, 'no exit is counted twice or not at all');
    is($other, 1, 'the rest is summed up');
    like((vexit("stat --by=vcpu,reason,value,rip --top=3 $many"))[1],
        qr/^other: there were more groups than memory for them/m, 'and told');
    syscall(98, -1, $usage); # getrusage, of the children
    my $kilobytes = unpack 'x32 q', $usage;
    cmp_ok($kilobytes, '<', 64 * 1024, 'less than 64 MiB');
    diag("$kilobytes KiB at most");
};

subtest 'names of values' => sub {
    my ($head, @line) = split /\n/, (vexit("stat --names --csv --by=reason,detail,port,size $log"))[1];
    my ($io) = grep { /^1,IO_INSTRUCTION/ } @line;
    like($io, qr/^1,IO_INSTRUCTION,port=0x3fd COM1\+5,0x3fd COM1\+5,1,/,
        'behind the values of slots; parts of a qualification are words already');
    like((vexit("stat --names --by=port $log"))[1], qr/^port .*\n.*\n?0x3fd COM1\+5 +\d+ /m,
        'in the table');
    my $json = decode_json((vexit("stat --names --json --by=port $log"))[1]);
    ok((grep { ($_->{port} // '') eq '0x3fd COM1+5' } @{ $json->{groups} }), 'in JSON');
    unlike((vexit("stat --by=port $log"))[1], qr/COM1/, 'not without being asked');

    my $lines = log_of('lines', marked('0 vcpu0 exit CR_ACCESS rip=0x1000 qualification=0x4',
        '50 vcpu0 entry CR_ACCESS type=0x0 cr=4 value=0x620 qualification=0x4'));
    like((vexit("stat --names --by=cr,value $lines"))[1], qr/^4 +0x620 PAE\|OSFXSR\|OSXMMEXCPT +1 /m,
        'bits of the control register that is in another column');
    like((vexit("stat --names --by=value $lines"))[1], qr/^0x620 +1 /m, 'no bits without it');
};

subtest 'usage' => sub {
    for my $case ('--by=', '--by=a,,b', '--sort=x', '--top=0', '--top=x', '--unit=h') {
        my ($status, $out, $err) = vexit("stat $case $log");
        is($status, 64, "$case: wrong usage");
        like($err, qr/vexit.*\n.*--help/, 'and how to get help');
    }
};

done_testing();
