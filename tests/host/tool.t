#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# build/vexit from the outside: what it prints for whole and damaged logs, and its exit status.
use strict;
use warnings;
use lib 'tests/lib';
use POSIX qw(mkfifo :sys_wait_h);
use Tool;

my ($log, @frame) = make_log('-v 2 -j 90');
my $good = log_of('good', $log);
my $all = 0;
$all += $_->[5] for @frame;
my ($status, $out, $err);

subtest 'a whole log' => sub {
    ($status, $out, $err) = vexit("decode $good");
    is($status, 0, 'complete');
    is($err, '', 'nothing to say');
    my @records = grep { / vcpu\d (exit|entry|stop|marker) ?/ } split /\n/, $out;
    is(@records, $all, 'a line a record');
    like($out, qr/^text: vexit 0\.0\.test$/m, 'text');
    like($out, qr/^start options=exits=all$/m, 'the START record');
    like($out, qr/^\d+ vcpu0 exit PAUSE rip=0x[0-9a-f]+\n\d+ vcpu0 entry PAUSE$/m, 'an exit');
    like($out, qr/^\d+ vcpu1 marker rbx=0x39 rcx=0x2 rdx=0x3 rsi=0x4$/m, 'a marker');
    like($out, qr/^statistics vcpu1 PAUSE count=\d+ sum=\d+ min=\d+ max=\d+/m, 'statistics');
    like($out, qr/^end status=0\nend reason=the guest stopped\n/m, 'the END record');
};

subtest 'ways in' => sub {
    my ($whole) = (vexit("decode $good"))[1];
    is((vexit("decode - <$good"))[1], $whole, 'standard input');
    is(`cat $good | $vexit decode -`, $whole, 'a pipe');
    mkfifo("$dir/fifo", 0600);
    system("cat $good >$dir/fifo &");
    is((vexit("decode $dir/fifo"))[1], $whole, 'a named pipe');
    is(`dd if=$good bs=7 status=none | $vexit decode -`, $whole, 'a few bytes at a time');
};

subtest 'a live serial port' => sub {
    my $sender = fork;
    exec $make_log, '-v', 2, '-j', 90, '-p', "$dir/port" if !$sender;
    select undef, undef, undef, 0.05 until -l "$dir/port" or waitpid $sender, WNOHANG;
    plan skip_all => 'no pseudo terminals here' if !-l "$dir/port";
    ($status, $out, $err) = vexit("decode --baud=921600 $dir/port");
    is($status, 0, 'complete: reading ends after the END record');
    is($out, (vexit("decode $good"))[1], 'the same as from a file');
    is($err, '', 'nothing to say');
    # --foreground: otherwise the signal comes twice, and the second one ends the program at once.
    my $interrupted = `timeout --foreground --signal=INT 1 $vexit stat $dir/port 2>&1; echo \$?`;
    like($interrupted, qr/empty/, 'an interrupt ends reading');
    kill 'TERM', $sender;
    waitpid $sender, 0;
};

subtest 'options of decode' => sub {
    my ($one, $other) = map { log_of("j$_", (make_log("-j $_"))[0]) } 33, 90;

    ($status, $out) = vexit("decode --no-time --no-text $good");
    is($status, 0, 'complete');
    unlike($out, qr/^\d+ vcpu/m, 'no stamps');
    unlike($out, qr/^text:/m, 'no text');
    unlike($out, qr/tsc_hz|statistics/, 'nothing else that tells time');
    like($out, qr/ value=\*/, 'no stamps in slots');
    my ($first, $second) = map { (vexit("decode --no-time --no-text $_"))[1] } $one, $other;
    is($first, $second, 'two runs that differ in time only are the same');
};

subtest 'record lines (wire=text)' => sub {
    my ($text) = make_log('-v 2 -j 90 -t');
    my $path = log_of('text', $text);

    ($status, $out, $err) = vexit("decode --no-text $path");
    is($status, 0, 'complete');
    my $frames = (vexit("decode --no-text $good"))[1];
    is(join("\n", sort split /\n/, $out), join("\n", sort split /\n/, $frames),
        'the same lines as from frames');

    my @lines = split /(?<=\n)/, $text;
    my @exits = grep { $lines[$_] =~ /exit PAUSE/ } 0 .. $#lines;
    my @dropped = @lines;
    splice @dropped, $exits[3], 1;
    ($status, $out, $err) = vexit('decode ' . log_of('dropped', join '', @dropped));
    is($status, 1, 'a line left out: incomplete');
    like($out, qr/^missing: line \d+\n\d+ vcpu\d entry PAUSE$/m, 'which one; its entry is there');
    like($err, qr/incomplete: ${\($all - 1)} records, 1 line missing, 1 record missing/,
        'the verdict');

    my @changed = @lines;
    $changed[$exits[3]] =~ s/exit/exot/;
    ($status, $out, $err) = vexit('stat ' . log_of('changed', join '', @changed));
    is($status, 1, 'a line changed: incomplete');
    like($out, qr/^damaged: a record line of \d+ bytes at offset \d+$/m, 'which one');
    ($status, $out) = vexit('decode ' . log_of('tilde', "~ # ls\r\n$log"));
    is($status, 0, 'a tilde at the beginning of a line of text is no damage');
};

subtest 'stat' => sub {
    ($status, $out, $err) = vexit("stat $good");
    is($status, 0, 'complete');
    is($err, '', 'nothing to say');
    like($out, qr{^reason +count +exits/s +%exits +total +%time +min +mean +p50 +p95 +p99 +max$}m,
        'the heading');
    like($out, qr/^PAUSE +\d+ +[\d.]+ +\d+\.\d\d% +\d+ +\d+\.\d\d% +60( +\d+){5}$/m, 'a row');
    like($out, qr/^The VMM's own statistics are the same\.$/m, 'the VMM agrees');
    like($out, qr/^markers: 20$/m, 'markers');
    like($out, qr/^lost: 0$/m, 'lost');
    like($out, qr/^end: status 0 \(success\): the guest stopped$/m, 'end');
    like($out, qr/^log: complete: $all records$/m, 'the verdict');
    ($status, $out) = vexit("stat --unit=us --sort=reason $good");
    like($out, qr/^IO_INSTRUCTION.*\nPAUSE.* 0\.030 .*\n/m, 'microseconds, by reason');

    my ($wrong) = make_log('-x');
    ($status, $out) = vexit('stat ' . log_of('wrong', $wrong));
    is($status, 1, 'statistics that differ: not complete');
    like($out, qr/^differs: vcpu0 HLT; VMM 1 exits, 1234 ticks, 1234 to 1234; log 0 exits$/m,
        'and where');
    my ($lost) = make_log('-l -s');
    my $path = log_of('lost', $lost);
    ($status, $out) = vexit("stat $path");
    is($status, 0, 'what the VMM itself lost does not make the log incomplete');
    like($out, qr/^lost: 10$/m, 'but it is told');
    like($out, qr/^stopped: 1 \w+ exit ended the run/m, 'an exit without entry has no time');
    like((vexit("decode $path"))[1], qr/^\d+ vcpu0 lost count=10$/m, 'decode: the lost record');
    like((vexit("decode $path"))[1], qr/^(\d+) vcpu0 exit (\w+) .*\n\g1 vcpu0 stop \g2/m,
        'decode: the stop record');
};

subtest 'frames damaged, left out, doubled, out of order' => sub {
    my ($offset, $length, $kind, $sequence, $vcpu, $records) = @{$frame[4]};
    my $last = $offset + $length - 1;
    my $bytes = $log;

    substr($bytes, $offset + 20, 1) ^= "\x10";
    my $path = log_of('flipped', $bytes);
    ($status, $out, $err) = vexit("decode $path");
    is($status, 1, 'a changed bit: incomplete');
    like($out, qr/^damaged: $length bytes at offset $offset$/m, 'which bytes');
    like($out, qr/^missing: frame $sequence$/m, 'which frame');
    like($out, qr/^missing: vcpu$vcpu records \d+ to \d+ \($records\)$/m, 'which records');
    is($err, "vexit: $path: incomplete: ${\($all - $records)} records, 1 frame missing, "
        . "$records records missing, $length bytes damaged\n", 'the verdict');
    ($status, $out) = vexit("stat $path");
    is($status, 1, 'stat: incomplete too');
    like($out, qr/^The VMM's own statistics, complete/m, q(stat: the VMM's own statistics));
    like($out, qr/^missing: frame $sequence$/m, 'stat: which frame');

    ($bytes = $log) =~ s/\Q${\substr($log, $offset, $length)}\E//;
    ($status, $out) = vexit('decode ' . log_of('without', $bytes));
    is($status, 1, 'a frame left out: incomplete');
    like($out, qr/^missing: frame $sequence$/m, 'which frame');

    $bytes = $log;
    substr($bytes, $last + 1, 0) = substr($log, $offset, $length);
    ($status, $out) = vexit('decode ' . log_of('twice', $bytes));
    is($status, 0, 'a frame twice: complete');
    like($out, qr/^odd: frame $sequence came twice; passed over$/m, 'but told');

    $bytes = $log;
    substr($bytes, $offset, $length + $frame[5][1]) =
        substr($log, $frame[5][0], $frame[5][1]) . substr($log, $offset, $length)
        if $frame[5][0] == $last + 1;
    ($status, $out) = vexit('decode ' . log_of('swapped', $bytes));
    is($status, 0, 'two frames in the wrong order: complete');
    like($out, qr/^odd: frame $sequence came late$/m, 'but told');
};

subtest 'logs cut off' => sub {
    my $end = $frame[-1];
    ($status, $out, $err) = vexit('decode ' . log_of('cut', substr($log, 0, $end->[0])));
    is($status, 1, 'no END record: incomplete');
    like($out, qr/^missing: the END record/m, 'told');
    like($err, qr/incomplete: $all records, no END record$/m, 'the verdict');
    ($status, $out, $err) = vexit('stat ' . log_of('half', substr($log, 0, $frame[7][0] + 30)));
    is($status, 1, 'in the middle of a frame: incomplete');
    like($out, qr/^damaged: 30 bytes at offset $frame[7][0]$/m, 'told');
    ($status, $out, $err) = vexit('decode ' . log_of('late', substr($log, $frame[2][0])));
    is($status, 1, 'begun late: incomplete');
    like($out, qr/^missing: frames 0 to 1 \(2\)$/m, 'the frames before');
    like($err, qr/no START record/, 'no START record');
    my @twice = vexit('stat ' . log_of('runs', substr($log, 0, $frame[3][0]) . $log));
    is($twice[0], 1, 'two runs, the first one cut off: incomplete');
    like($twice[1], qr/^log: incomplete.*^run 2\n.*^log: complete/ms, 'a report for each');
};

subtest 'garbage' => sub {
    srand 1;
    my $noise = join '', map { chr int rand 256 } 1 .. 5000;
    ($status, $out, $err) = vexit('decode ' . log_of('noise', $noise));
    is($status, 2, 'noise: unreadable');
    like($err, qr/no trace in it/, 'told');
    ($status, $out, $err) = vexit('decode ' . log_of('inside',
        substr($log, 0, $frame[5][0]) . $noise . substr($log, $frame[5][0])));
    is($status, 1, 'noise inside a log: incomplete');
    unlike($out, qr/^missing/m, 'yet no frame is missing');
    ($status, $out, $err) = vexit('decode ' . log_of('around', $noise . $log . $noise));
    is($status, 0, 'noise before the first frame and after the last one costs nothing');
    is($err, '', 'and so it does not matter');
    my $crashes = 0;
    for my $round (1 .. 300) {
        my $bytes = $log;
        for (0 .. rand 8) {
            my $at = int rand length $bytes;
            my $what = int rand 3;
            if ($what == 0) { substr($bytes, $at, 1) = chr int rand 256 }
            elsif ($what == 1) { substr($bytes, $at, int rand 50) = '' }
            else { substr($bytes, $at, 0) = substr($noise, int(rand 4000), int rand 500) }
        }
        my $command = $round % 2 ? 'stat' : 'decode';
        my ($got) = vexit("$command ${\log_of('fuzz', $bytes)} >/dev/null");
        $crashes++ unless $got =~ /^[012]$/;
    }
    is($crashes, 0, 'damaged at random: always one of the three statuses');
};

subtest 'no log at all' => sub {
    for my $case (['/dev/null', qr/empty/], [log_of('empty', ''), qr/empty/],
        [$dir, qr/Is a directory/], ["$dir/none", qr/No such file/],
        [log_of('text only', "vexit: no VMX\r\n") =~ s/ /\\ /r, qr/no trace in it/]) {
        for my $command (qw(decode stat)) {
            ($status, $out, $err) = vexit("$command $case->[0]");
            is($status, 2, "$command $case->[0]: unreadable");
            like($err, $case->[1], 'and why');
        }
    }
};

subtest 'usage' => sub {
    for my $case ('', 'frob', 'decode', 'decode a b', 'stat', "stat --unit=h $good",
        "stat --sort=x $good", "decode --baud=5 $good", "decode --frob $good", '--frob',
        'help frob', 'help stat decode', 'help --frob') {
        ($status, $out, $err) = vexit($case);
        is($status, 64, "vexit $case: wrong usage");
        like($err, qr/vexit.*\n.*--help/, 'and how to get help');
    }
    for my $case ('--help', 'decode --help', 'stat --help') {
        ($status, $out) = vexit($case);
        is($status, 0, "vexit $case");
        like($out, qr/^Usage: vexit/, 'helps');
    }
    for my $command ('', 'stat', 'help') {
        is_deeply([vexit("help $command")], [vexit("$command --help")], "help $command: as --help");
    }
    like((vexit('help frob'))[2], qr/^vexit: unknown command 'frob'$/m, 'help frob: no such command');
    like((vexit('--version'))[1], qr/^vexit \d+\.\d+\.\d+$/, 'vexit --version');
};

subtest 'output that cannot be written' => sub {
    ($status, $out, $err) = vexit("decode $good >/dev/full");
    is($status, 74, 'a full device');
    like($err, qr/standard output: No space left/, 'told');
    is(system("$vexit decode $good | head -1 >/dev/null"), 0, 'a reader that goes away');
};

done_testing();
