# SPDX-License-Identifier: MIT
# What every command says of a trace that was taken, against the lines that decode prints of it.
package Reports;

use strict;
use warnings;
no warnings 'portable'; # 64-bit numbers in hexadecimal
use Digest::MD5;
use Exporter 'import';
use JSON::PP;
use Export;
use Rows;
use Terminal;
use TimelinePage;
use Tool;

our @EXPORT = qw(reports_agree);

# The lines of a command, one after the other; the log may be long.
sub each_line {
    my ($arguments, $code) = @_;
    open my $lines, '-|', "$vexit $arguments 2>$dir/err" or die "$vexit: $!";
    while (<$lines>) { chomp; $code->() }
    return close $lines;
}

sub digest_of {
    my ($arguments, $code) = @_;
    my $digest = Digest::MD5->new;
    each_line($arguments, sub { my $text = $code->(); $digest->add("$text\n") if defined $text });
    return $digest->hexdigest;
}

# The trace by the lines of decode: of its exits, in columns, stamp, address, reason, ticks (undef: it
# ended the run) and CPUID leaf, port or vector; its markers; a digest of the lines, and of the columns.
sub read_trace {
    my ($log) = @_;
    my %trace = (map { $_ => [] } qw(tsc rip reason ticks detail markers));
    my ($lines, $columns) = (Digest::MD5->new, Digest::MD5->new);
    my (%exit, %name);

    each_line("decode --no-text $log", sub {
        $lines->add("$_\n");
        if (/^(\d+) vcpu(\d+) exit (\w+) rip=0x(\w+)/) {
            $exit{$2} = [$1, hex $4, $name{$3} //= \"$3"];
        } elsif (/^(\d+) vcpu(\d+) (entry|stop) \w+(?:.* (?:leaf|port|vector)=(\w+))?/) {
            my ($stamp, $vcpu, $kind, $detail) = ($1, $2, $3, $4);
            my ($tsc, $rip, $reason) = @{ $exit{$vcpu} };
            my $ticks = $kind eq 'entry' ? $stamp - $tsc : undef;
            push @{ $trace{tsc} }, $tsc;
            push @{ $trace{rip} }, $rip;
            push @{ $trace{reason} }, $reason;
            push @{ $trace{ticks} }, $ticks;
            push @{ $trace{detail} }, $detail;
            # It switches the trace off, until the next exit.
            $trace{off}{ $#{ $trace{tsc} } } = 1 if / VMCALL function=0x76780002 /;
            $columns->add(sprintf "%d %d %s 0x%x %s\n", $tsc, $vcpu, $$reason, $rip, $ticks // '-');
        } elsif (/^(\d+) vcpu\d+ marker rbx=(\w+)/) {
            push @{ $trace{markers} }, [$1, $2];
        }
    });
    $trace{lines} = $lines->hexdigest;
    $trace{columns} = $columns->hexdigest;
    $trace{exits} = @{ $trace{tsc} };
    return \%trace;
}

# The times of handling, by a key, of the exits (by number) that pass.
sub times_by {
    my ($trace, $key, $passes) = @_;
    my %times;

    for my $i (0 .. $trace->{exits} - 1) {
        push @{ $times{ $key->($i) } }, $trace->{ticks}[$i] if !$passes || $passes->($i);
    }
    return %times;
}

sub check_decode {
    my ($log, $trace) = @_;

    is(digest_of("decode --fields=tsc,vcpu,reason,rip,ticks $log", sub { /^\d/ ? tr/\t/ /r : undef }),
        $trace->{columns}, '--fields: as the lines say');
    my ($lines, $bad) = (0, 0);
    is(digest_of("decode --json $log", sub {
        $bad += !eval { decode_json($_) } if $lines++ % 997 == 0;
        return undef if !/^\{"record":"exit","tsc":(\d+),"vcpu":(\d+),"reason":"(\w+)".*?,"rip":"(\w+)"(?:.*?"ticks":(\d+))?/;
        return join ' ', $1, $2, $3, $4, $5 // '-';
    }), $trace->{columns}, '--json: as well');
    is($bad, 0, 'and is JSON');
    my (%named, %nameless);
    is(digest_of("decode --no-text --names $log", sub {
        for my $case ([qr/ port=0x3f8 /, qr/# .*port=COM1\b/], [qr/ ecx=0xc0000080 /, qr/# ecx=IA32_EFER/],
            [qr/ cr=0 value=0x8\w+3 /, qr/# value=PE\|MP.*PG/], [qr/ exit EPT_VIOLATION .*=0x181/, qr/# read linear translated/]) {
            (/$case->[1]/ ? \%named : \%nameless)->{ $case->[0] }++ if /$case->[0]/;
        }
        return s/  # .*//r;
    }), $trace->{lines}, '--names: the same lines');
    ok(keys %named >= 3 && !%nameless, 'with names of ports, MSRs, bits behind them');
    my ($exits, $stamps) = (0, 0);
    each_line("decode --no-time $log", sub { $exits += / exit /; $stamps += /^\d|tsc_hz/ });
    is("$exits $stamps", "$trace->{exits} 0", '--no-time: every exit, and no stamp');
}

# Conditions by the filters' options, on the numbers of exits.
sub filters {
    my ($trace) = @_;
    my ($tsc, $rip, $ticks) = @$trace{qw(tsc rip ticks)};
    my $most = ${ $trace->{reason}[ $trace->{exits} / 2 ] };
    my ($from, $to) = map { $tsc->[ $_ * $trace->{exits} ] } 1 / 3, 2 / 3;
    my @slow = sort { $a <=> $b } grep { defined } @$ticks;
    my $slow = $slow[0.9 * @slow];
    my $low = $rip->[ $trace->{exits} / 2 ];
    my ($open, $close) = @{ $trace->{markers} }[0, -1];

    return (
        ["--reason=$most", sub { ${ $trace->{reason}[ $_[0] ] } eq $most }],
        ["'--reason=!$most'", sub { ${ $trace->{reason}[ $_[0] ] } ne $most }],
        ["--time=$from-$to", sub { $tsc->[ $_[0] ] >= $from && $tsc->[ $_[0] ] <= $to }],
        ["--slower=$slow", sub { ($ticks->[ $_[0] ] // 0) > $slow }],
        [sprintf('--rip=0x%x-0x%x', $low, $low + 255),
            sub { $rip->[ $_[0] ] >= $low && $rip->[ $_[0] ] <= $low + 255 }],
        # The VMCALLs that made the two markers are outside.
        ["--between=$open->[1],$close->[1]",
            sub { $tsc->[ $_[0] ] > $open->[0] && $tsc->[ $_[0] ] < $close->[0] }],
    );
}

sub check_stat {
    my ($log, $trace) = @_;
    my $reason = sub { ${ $trace->{reason}[ $_[0] ] } };

    rows_agree($log, 'reason', '', times_by($trace, $reason));
    for my $slot (qw(leaf port vector)) {
        my %has = (leaf => 'CPUID', port => 'IO_INSTRUCTION', vector => 'EXTERNAL_INTERRUPT');
        rows_agree($log, $slot, "--reason=$has{$slot}", times_by($trace,
            sub { $trace->{detail}[ $_[0] ] // '-' }, sub { ${ $trace->{reason}[ $_[0] ] } eq $has{$slot} }));
    }
    rows_agree($log, 'reason', $_->[0], times_by($trace, $reason, $_->[1])) for filters($trace);

    my $run = decode_json((vexit("stat --json $log"))[1]);
    my ($guest, $vmm, $unknown, $last) = (0, 0, 0);
    for my $i (0 .. $trace->{exits} - 1) {
        my ($tsc, $ticks) = ($trace->{tsc}[$i], $trace->{ticks}[$i] // 0);
        $_ += $tsc - ($last // $tsc) for $trace->{off}{ $i - 1 } ? $unknown : $guest;
        $vmm += $ticks;
        $last = $tsc + $ticks;
    }
    is_deeply([@{ $run->{vcpus}[0] }{qw(exits guest vmm unknown)}], [$trace->{exits}, $guest, $vmm, $unknown],
        'time in guest and VMM');
    is($run->{vmm_statistics}{verdict}, 'same', "the VMM's own statistics are the same");
    my %rip;
    for my $i (0 .. $trace->{exits} - 1) {
        my $row = $rip{ sprintf '0x%x', $trace->{rip}[$i] } //= [0, 0];
        $row->[0]++;
        $row->[1] += $trace->{ticks}[$i] // 0;
    }
    is_deeply({ map { $_->{rip} => [0 + $_->{count}, 0 + $_->{total}] } csv("hot --csv $log") }, \%rip,
        'hot: exits and time of each RIP');
}

# A frame is gone: the figures that lack its records say so, and the VMM's own statistics are whole.
sub check_losses {
    my ($log, $frame) = @_;
    my $bytes = contents($log);
    my %whole = map { $_->{reason} => $_ } csv("stat --csv $log");

    substr($bytes, $frame->[0], $frame->[1] - $frame->[0]) = '';
    my $damaged = log_of('damaged', $bytes);
    my ($status, $out) = vexit("stat $damaged");
    is($status, 1, 'a frame is missing: incomplete');
    my ($table) = $out =~ /^reason .*\n((?:.+\n)+)/m;
    my $marked = qr/^\w+ +\d+\+ +[\d.]+\+ +[\d.]+%~ +\d+\+ +[\d.]+%~( +\d+~){5} +\d+\+$/;
    my @unmarked = grep { !/$marked/ } split /\n/, $table;
    is_deeply(\@unmarked, [], 'every figure has its mark');
    my $own = decode_json((vexit("stat --json $damaged"))[1])->{vmm_statistics};
    my @wrong = grep {
        my $row = $whole{ $_->{reason} };
        $_->{count} != $row->{count} - $row->{stopped} || $_->{total} != $row->{total};
    } @{ $own->{rows} };
    ok(@{ $own->{rows} } && !@wrong, "the VMM's own statistics are those of the whole log")
        or diag(explain(\@wrong));
    my $absent = 0;
    $absent += $_->{count} - $_->{count_in_log} for @{ $own->{rows} };
    my ($missing) = $out =~ /(\d+) records missing/;
    ok($absent > 0 && 2 * $absent <= $missing && $missing <= 2 * $absent + 4,
        'and how many exits are not in the log');
}

sub check_diff {
    my ($log, $trace) = @_;
    my @expected;

    each_line("decode --no-time --no-text $log", sub { push @expected, $_ });
    my ($status, $out) = vexit("diff --brief ${\log_of('expected', map { qq($_\n) } @expected)} $log");
    is("$status $out" =~ s/\d+\n/N/r, '0 the same: N', 'what decode printed and the log');
    my ($at) = grep { $expected[$_] =~ / exit IO_INSTRUCTION / } @expected / 2 .. $#expected;
    splice @expected, $at, 2;
    ($status, $out) = vexit("diff ${\log_of('expected', map { qq($_\n) } @expected)} $log");
    is($status, 1, 'an exit less');
    like($out, qr/^different: \d+ the same, 0 only in A, 1 only in B, in 1 place$/m, 'is found');
    like($out, qr/^\@\@ vcpu0 A: .*\n(?:  .*\n)*\+ .* exit IO_INSTRUCTION .*\n\+ .* entry /m, 'shown, with what is around it');
    my ($a, $b) = $out =~ /^IO_INSTRUCTION +(\d+) +(\d+) /m;
    is($b - $a, 1, 'and counted');
}

sub check_record_and_live {
    my ($log, $trace, $rows) = @_;
    my $bytes = contents($log);

    unlink "$dir/recorded";
    my ($status, undef, $err) = vexit("record --raw - -o $dir/recorded <$log");
    is($status, 0, 'record: complete');
    ok(contents("$dir/recorded") eq $bytes, 'every byte');
    like($err, qr/: [1-9]\d* good frames, 0 missing, 0 damaged; \d+ records, ${\length $bytes} bytes\b/, 'and how many frames');
    symlink $log =~ m{^/} ? $log : "$ENV{PWD}/$log", "$dir/taken";
    begin($dir, 150, 40, "$ENV{PWD}/$vexit live taken");
    shows(qr/^vexit live  taken  ended: status 0, /m, 'live: the end');
    shows(qr/^frames [1-9]\d* good, 0 missing, 0 damaged  records 0 lost by the VMM, 0 missing/m, 'no losses');
    keys_('s', 's');
    for my $row ((sort { $b->{count} <=> $a->{count} } @$rows)[0 .. 2]) {
        my $share = sprintf '%.2f%%', 100 * $row->{count} / $trace->{exits};
        shows(qr/^$row->{reason} .* \Q$share\E /m, "the share of $row->{reason}");
    }
    my ($slowest) = sort { $b->{max} <=> $a->{max} } @$rows;
    shows(qr/^slowest exits *\n +\S+ vcpu0 $slowest->{reason} rip=/m, 'the slowest exit first');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
    end_terminal();
}

sub check_timeline {
    my ($log, $trace, $rows) = @_;

    is((vexit("timeline $log -o $dir/page.html"))[0], 0, 'complete');
    open_page("$dir/page.html");
    my %figure = (count => 'r.count', total => 'r.ticks', max => 'r.longest');
    for my $name (sort keys %figure) {
        is_deeply(of_page($figure{$name}), { map { $_->{reason} => 0 + $_->{$name} } @$rows }, "$name of each reason");
    }
    for my $percent (50, 99) {
        my $got = of_page("timeline.sums.percentile(rank, $percent)");
        my @far = grep { abs($got->{ $_->{reason} } - $_->{"p$percent"}) > $_->{"p$percent"} / 128 } @$rows;
        is_deeply(\@far, [], "percentile $percent of each reason");
    }
    cmp_ok(pixels($guest), '>', 1000, 'time in the guest is painted');
    is(js('timeline.flags.length'), scalar @{ $trace->{markers} }, 'a flag for each marker');

    # One exit in the middle: zoom to it, hover, and ask decode for it.
    my $middle = $trace->{exits} / 2;
    my ($tsc, $ticks) = map { $trace->{$_}[$middle] } qw(tsc ticks);
    js("timeline.show($tsc - Number(timeline.run.epoch) - $ticks, $tsc - Number(timeline.run.epoch) + 2 * $ticks)");
    settle();
    my ($left, $y) = js('(() => { const r = document.getElementById("rows").getBoundingClientRect();' .
        ' return [r.x, r.y + timeline.rows.rowTop(0) + timeline.rows.rowHeight / 2]; })()')->@*;
    $browser->mouse('mouseMoved', $left + js("timeline.rows.xOf($tsc - Number(timeline.run.epoch) + $ticks / 2)"), $y);
    my $shown = join "\n", (split /\n/, js('document.getElementById("hover").textContent'))[0, 1];
    my ($record) = (vexit("decode --no-text --time=$tsc-$tsc $log"))[1] =~ /^(\d+ vcpu0 exit .*\n.*)/m;
    is($shown, $record, 'an exit under the pointer is the one that decode prints');
    my $reason = ${ $trace->{reason}[$middle] };
    $browser->key('0');
    js("document.querySelector('[data-reason=$reason]').click()");
    settle();
    is(js('[...timeline.filter].map(rank => timeline.run.reasons[rank].name).join()'), $reason, 'a click on a reason filters');
    $browser->key('Escape');
    my ($drawn) = $browser->frame_times(20, 1);
    cmp_ok($drawn->[0.95 * @$drawn], '<', 250, 'zooming from the whole run to 20 ticks and back is smooth');
    is_deeply([$browser->complaints], [], 'no error, nothing from the network');
}

# What other tools say of times, and logs made of the exports; `to` has the exports of the log.
sub check_exports {
    my ($log, $trace, $rows, $to) = @_;
    my %cycles;

    my $summary = output_of("$ENV{PWD}/build/cache/xenalyze --summary $to/xentrace");
    $cycles{ renamed('xenalyze', $1) } = $2 while $summary =~ /^ ([A-Z_]+) +\d+ +[\d.]+s +[\d.]+% +(\d+) cyc/mg;
    my @wrong = grep {
        my $mean = $cycles{ $_->{reason} };
        defined $mean && abs($mean - $_->{mean}) > 1;
    } @$rows;
    ok(keys %cycles > 5 && !@wrong, "the mean times of xenalyze's summary are ours");
    # A dump of xentrace cuts RIPs that are not canonical, and does not say that an exit ended the run.
    my $others = 1 + grep { ($_ >> 47) % 0x1ffff } @{ $trace->{rip} };
    for my $case (['trace.dat', '', 'slots,markers,PREEMPTION_TIMER'],
        ['xentrace', '--tsc-hz=1000000000', 'slots,qualification,markers,PREEMPTION_TIMER']) {
        my ($file, $options, $ignored) = @$case;
        is((vexit("import --force $options $to/$file -o $dir/again.log"))[0], 0, "import of $file");
        my ($said) = (vexit("diff --brief --ignore=$ignored $log $dir/again.log"))[1] =~ /^(.*)/;
        like($said, $file eq 'xentrace' ? qr/^different: \d+ the same, $others only in A, $others only in B/ : qr/^the same/,
            'has the same exits');
    }
}

# Everything, for a complete log; exports: the directory of its exports, frame: where one of its
# frames with records begins and ends.
sub reports_agree {
    my ($name, $log, %know) = @_;
    my $trace = read_trace($log);
    my @rows = csv("stat --csv $log");

    subtest "$name: decode" => sub { check_decode($log, $trace) };
    subtest "$name: stat and hot" => sub { check_stat($log, $trace) };
    subtest "$name: losses" => sub { check_losses($log, $know{frame}) };
    subtest "$name: diff" => sub { check_diff($log, $trace) };
    subtest "$name: record and live" => sub { check_record_and_live($log, $trace, \@rows) };
    subtest "$name: timeline" => sub { check_timeline($log, $trace, \@rows) };
    subtest "$name: other tools" => sub { check_exports($log, $trace, \@rows, $know{exports}) };
}

1;
