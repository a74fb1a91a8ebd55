#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit export as a command: which run, which frequency, targets that cannot be written, damaged logs.
# What is in the files is the business of export-formats.t.
use strict;
use warnings;
use lib 'tests/lib';
use File::Path qw(remove_tree);
use JSON::PP;
use Tool;

my @formats = qw(ctf xentrace trace-dat perf json);
my ($log, @frame) = make_log('-v 2 -j 90');
my $good = log_of('good', $log);
my ($status, $out, $err);
my $targets = 0;

# A name that is not there yet.
sub target {
    return "$dir/target" . $targets++;
}

sub events {
    my ($path) = @_;
    return grep { $_->{ph} ne 'M' } @{ decode_json(contents($path))->{traceEvents} };
}

subtest 'a whole log' => sub {
    my %path = map { $_ => target() } @formats;
    ($status, $out, $err) = vexit('export ' . join(' ', map { "--$_=$path{$_}" } @formats) . " $good");
    is($status, 0, 'complete');
    is("$out$err", '', 'nothing to say');
    ok(-e $path{$_}, "$_: is there") for @formats;
    my $again = target();
    vexit("export --json=$again - <$good");
    is(contents($again), contents($path{json}), 'the same from standard input');
};

subtest 'usage' => sub {
    for my $case ($good, "--json=$dir/x", "--run=0 --json=$dir/x $good", "--tsc-hz=x --json=$dir/x $good",
        "--reason=NONE --json=$dir/x $good") {
        is((vexit("export $case"))[0], 64, "export $case: wrong usage");
        ok(!-e "$dir/x", 'and nothing is written');
    }
};

subtest 'two formats for the same file' => sub {
    mkdir "$dir/pair" or die $!;
    symlink 'pair', "$dir/link" or die $!;
    for my $case (["pair/a", "pair/a"], ["pair/a", "pair/../pair//a"], ["pair/a", "link/a"], ["pair/a.part", "pair/a"],
        ["pair/a", "pair/a.part"]) {
        my ($json, $perf) = map { "$dir/$_" } @$case;
        ($status, $out, $err) = vexit("export --json=$json --perf=$perf $good");
        is($status, 64, "@$case: wrong usage");
        like($err, qr/^vexit: \Q$dir\E\S*: --\w+ and --\w+ would write the same file\n\z/, 'told in a line');
        is_deeply([glob "$dir/pair/*"], [], 'and nothing is written');
    }
    symlink 'nowhere', "$dir/dangling" or die $!;
    ($status, $out, $err) = vexit("export --json=$dir/dangling $good");
    is($err, "vexit: $dir/dangling: File exists already; export writes over nothing\n", 'a link to nowhere');
    is((vexit("export --json=$dir/pair/a --perf=$dir/a $good"))[0], 0, 'the same name elsewhere');
};

subtest 'targets that are there already' => sub {
    my $file = log_of('precious', 'kept');
    for my $format (@formats) {
        ($status, $out, $err) = vexit("export --$format=$file $good");
        is($status, 74, "$format: cannot be written");
        is($err, "vexit: $file: File exists already; export writes over nothing\n", 'told');
        is(contents($file), 'kept', 'untouched');
        ($status, $out, $err) = vexit("export --$format=$dir/none/x $good");
        is($status, 74, "$format: in no directory");
        is($err, "vexit: $dir/none/x.part: No such file or directory\n", 'told');
    }
    mkdir "$dir/full" or die $!;
    log_of('full/kept', 'kept');
    for my $there ($good, '/dev/full', "$dir/full", "$dir/full/") {
        ($status, $out, $err) = vexit("export --ctf=@{[target()]} --json=$there $good");
        is($status, 74, "$there: cannot be written");
        is($err, "vexit: $there: File exists already; export writes over nothing\n", 'told');
    }
    is(contents("$dir/full/kept"), 'kept', 'untouched');
    is(contents($good), $log, 'as is the log');
    my $path = target();
    open my $part, '>', "$path.part" or die $!;
    close $part or die $!;
    is((vexit("export --json=$path $good"))[2],
        "vexit: $path.part: File exists already; export writes over nothing\n", 'nor what another one began');
    ok(-e "$path.part", 'which stays');
};

subtest 'a directory with a slash' => sub {
    my $path = target();
    is((vexit("export --ctf=$path/ $good"))[0], 0, 'complete');
    ok(-s "$path/metadata", 'is there');
    is_deeply([glob "$path.*"], [], 'and nothing else');
};

# Ctrl-C ends reading, as anywhere.
subtest 'interrupted' => sub {
    my $path = target();
    my $pid = open my $pipe, '|-', "exec $vexit export --ctf=$path - 2>$dir/err" or die $!;
    $pipe->autoflush;
    print $pipe substr $log, 0, $frame[6][0];
    for (1 .. 100) {
        last if -e "$path.part/vcpu1";
        select undef, undef, undef, 0.05;
    }
    ok(!-e $path, 'not there before it is whole');
    kill INT => $pid;
    close $pipe;
    is($? >> 8, 1, 'incomplete');
    ok(-s "$path/vcpu1", 'what came is there');
    is_deeply([glob "$path.*"], [], 'and nothing else');
};

# Writing beyond the largest size of a file fails as writing to a full disk does.
subtest 'no room' => sub {
    my $long = log_of('long', (make_log('-v 2 -n 10000 -q'))[0]);
    for my $format (@formats) {
        my $path = target();
        $err = `sh -c 'trap "" XFSZ; ulimit -f 200; exec $vexit export --$format=$path $long' 2>&1`;
        is($? >> 8, 74, "$format: exit status");
        like($err, qr/^vexit: \Q$path\E.part.*: File too large\n\z/, 'told once');
        is_deeply([glob "$path*"], [], 'leaves nothing');
    }
};

subtest 'logs that cannot be read' => sub {
    for my $case ("$dir/none", '/dev/null', $dir) {
        my $path = target();
        is((vexit("export --json=$path $case"))[0], 2, "$case: unreadable");
        ok(!-e $path, 'nothing is written');
    }
};

subtest 'several runs' => sub {
    my $two = log_of('two', (make_log('-n 100'))[0] . (make_log('-n 300'))[0]);
    my ($first, $second, $third) = (target(), target(), target());
    ($status, $out, $err) = vexit("export --json=$first $two");
    is($status, 0, 'the first run');
    is($err, "vexit: $two: the log holds 2 runs, and this is the first; --run=N takes another\n", 'told');
    is((vexit("export --json=$second --run=2 $two"))[2], '', 'the second: nothing to say');
    my ($one, $other) = map { scalar events($_) } $first, $second;
    is($one, 100, 'the exits of the first');
    is($other, 300, 'of the second');
    ($status, $out, $err) = vexit("export --json=$third --run=3 $two");
    is($status, 64, 'no third');
    is($err, "vexit: $two: there is no run 3: the log holds 2\n", 'told');
    ok(!-e $third, 'nothing is written');
    my $cut = log_of('cut and whole', substr($log, 0, $frame[3][0]) . $log) =~ s/ /\\ /gr;
    is((vexit("export --json=@{[target()]} $cut"))[0], 1, 'the exit status is that of the run: cut off');
    is((vexit("export --json=@{[target()]} --run=2 $cut"))[0], 0, 'and whole');
};

subtest 'frequency' => sub {
    my $late = log_of('late', substr $log, $frame[1][0]);
    my ($known, $unknown, $given) = (target(), target(), target());
    vexit("export --json=$known $good");
    ($status, $out, $err) = vexit("export --json=$unknown $late");
    is($status, 1, 'no START record: incomplete');
    like($err, qr/the TSC frequency is not known: one tick is shown as one nanosecond \(--tsc-hz=HZ sets it\)$/m, 'told');
    like($err, qr/no START record/, 'as is the verdict');
    my ($exact, $ticks) = map { (events($_))[0]{ts} } $known, $unknown;
    ok(abs($ticks - 2 * $exact) < 0.005, 'a tick is a nanosecond');
    vexit("export --json=$given --tsc-hz=2000000000 $late");
    is((events($given))[0]{ts}, $exact, '--tsc-hz');
};

subtest 'filters' => sub {
    my $path = target();
    vexit("export --json=$path --reason=PAUSE --vcpu=1 $good");
    my %names = map { ("$_->{name} $_->{tid}", 1) } events($path);
    is_deeply(\%names, { 'PAUSE 2' => 1 }, 'what passes, and no more');
    $path = target();
    is((vexit("export --ctf=$path --time=5-6 $good"))[0], 0, 'nothing passes');
    ok(-s "$path/metadata", 'a trace without events');
};

subtest 'words of the log' => sub {
    my $odd = log_of('odd', (make_log("-o 'a\"b\\c' -n 10"))[0]);
    my ($json, $ctf) = (target(), target());
    is((vexit("export --json=$json --ctf=$ctf $odd"))[0], 0, 'options with a quote and a backslash');
    is(decode_json(contents($json))->{otherData}{options}, 'a"b\\c', 'JSON keeps them');
    ok(contents("$ctf/metadata") =~ /vexit_options = "a\?b\?c";/, 'CTF shows question marks');
};

subtest 'damaged at random' => sub {
    my $all = (make_log('-a -v 2 -l -s -n 300'))[0];
    my $bad = 0;
    srand 3;
    for (1 .. 100) {
        my $bytes = $all;
        for (0 .. rand 8) {
            my $at = int rand length $bytes;
            if (rand() < 0.5) { substr($bytes, $at, 1) = chr int rand 256 }
            else { substr($bytes, $at, int rand 50) = '' }
        }
        my $to = target();
        mkdir $to or die $!;
        ($status) = vexit('export ' . join(' ', map { "--$_=$to/$_" } @formats) . ' '
            . log_of('damaged', $bytes));
        $bad++ unless $status =~ /^[01]$/;
        remove_tree($to);
    }
    is($bad, 0, 'always complete or incomplete');
};

done_testing();
