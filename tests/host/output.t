#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What commands write: a file is whole or not there, and what could not be written is told.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

my $long = made_log('long', '-v 2 -n 10000 -q');
my $trace = 'tests/traces/kvm.dat';
my ($status, $out, $err);

# Writing beyond the largest size of a file fails as writing to a full disk does.
sub with_little_room {
    my ($arguments) = @_;
    $err = `sh -c 'trap "" XFSZ; ulimit -f 20; exec $vexit $arguments' 2>&1 >$dir/out`;
    return $? >> 8;
}

# How many bytes a process has read; as many as anybody wants once it is gone.
sub has_read {
    my ($pid) = @_;
    return contents("/proc/$pid/io") =~ /^rchar: (\d+)/ ? $1 : 'inf';
}

for my $command ("timeline $long", "import --force $trace") {
    my ($name) = $command =~ /(\w+)/;

    subtest "$name, over a file" => sub {
        my $path = log_of("$name.old", 'precious');
        is(with_little_room("$command -o $path"), 74, 'no room');
        like($err, qr/^vexit: \Q$path\E: File too large\n\z/, 'told once');
        is(contents($path), 'precious', 'the older file stays');
        is_deeply([glob "$dir/$name.*"], [$path], 'and nothing is left');

        chmod 0600, $path;
        symlink "$name.old", "$dir/$name-link" or die $!;
        is((vexit("$command -o $dir/$name-link"))[0], 0, 'with room, and by a link');
        cmp_ok(-s $path, '>', 10 * 1024, 'the file that it leads to is written');
        is((stat $path)[2] & 0777, 0600, 'and is as private as before');
        is_deeply([glob "$dir/$name.*"], [$path], 'and nothing is left');
    };

    subtest "$name, a new file" => sub {
        my $path = "$dir/new-$name";
        is(with_little_room("$command -o $path"), 74, 'no room');
        is_deeply([glob "$path*"], [], 'nothing is left');
        log_of("new-$name.part", 'of another one');
        ($status, $out, $err) = vexit("$command -o $path");
        is($status, 74, 'another one writes it');
        is($err, "vexit: $path.part: File exists; another vexit writes it, or was killed\n", 'told');
        is(contents("$path.part"), 'of another one', 'and its part stays');
        ok(!-e $path, 'nothing is written');
    };

    subtest "$name, standard output and devices" => sub {
        ($status, $out, $err) = vexit("$command -o - >/dev/full");
        is($status, 74, 'standard output is full');
        is($err, "vexit: standard output: No space left on device\n", 'told');
        ($status, $out, $err) = vexit("$command -o /dev/full");
        is($status, 74, 'a device is full');
        is($err, "vexit: /dev/full: No space left on device\n", 'told');
        is((vexit("$command -o $dir"))[0], 74, 'a directory');
    };
}

subtest 'import to standard output' => sub {
    vexit("import $trace -o $dir/kvm.log");
    ($status, $out, $err) = vexit("import $trace -o -");
    ok($out eq contents("$dir/kvm.log"), 'the log and nothing else');
    like($err, qr/^\d+ exits, 0 events lost/, 'what it holds is told beside it');
};

# A file that is not read to its end soon: behind the log is a hole.
subtest 'interrupted' => sub {
    my $bytes = contents($long);
    my $endless = log_of('endless', substr $bytes, 0, 0.9 * length $bytes);
    truncate $endless, 1 << 36 or plan skip_all => 'no files with holes here';
    for my $case ([timeline => "-o $dir/page"], [export => "--json=$dir/page"]) {
        my ($command, $target) = @$case;
        my $pid = fork // die $!;
        exec "exec $vexit $command $endless $target 2>$dir/err" or die $! if !$pid;
        select undef, undef, undef, 0.05 until has_read($pid) > 2 * length $bytes;
        ok(!-e "$dir/page", 'not there before it is whole');
        kill INT => $pid;
        waitpid $pid, 0;
        is($?, 1 << 8, 'Ctrl-C: incomplete');
        cmp_ok(-s "$dir/page", '>', 10 * 1024, 'what was read is there');
        is_deeply([glob "$dir/page.*"], [], 'and nothing else');
        unlink "$dir/page";
    }
};

# What every command prints, onto what takes nothing.
my $small = made_log('small', '-n 50');
my @printing = (
    '--help', '--usage', '--version', 'help',
    (map { ("help $_", "$_ --help", "$_ --usage", "$_ --version") } qw(decode stat timeline record live)),
    (map { "$_ $small" } 'decode', 'decode --json', 'decode --fields=rip', 'stat', 'stat --csv', 'stat --json', 'hot',
        'hot --csv', 'hot --json', "diff $long", 'timeline -o -', 'record --raw --until-end -o -'),
    "import $trace -o $dir/counted --force",
    "import $trace -o -",
);
for my $full (['>/dev/full', 'No space left on device'], ['>&-', 'Bad file descriptor']) {
    my ($to, $why) = @$full;

    subtest "onto $to" => sub {
        for my $command (@printing) {
            ($status, $out, $err) = vexit("$command $to");
            my @told = grep { !/recording to|good frames/ } split /\n/, $err;
            is($status, 74, $command);
            is_deeply(\@told, ["vexit: standard output: $why"], 'told in one line');
        }
    };
}

subtest 'into a pipe that nobody reads' => sub {
    for my $command (grep { !/^record/ } @printing) {
        my $told = `bash -c '(sleep 0.1; exec $vexit $command 2>$dir/err) | true; exit \${PIPESTATUS[0]}'`;
        is($? >> 8, 128 + 13, "$command: ends by SIGPIPE");
        is(contents("$dir/err"), '', 'and says nothing');
    }
};

subtest 'standard error that is closed' => sub {
    ($status) = vexit("timeline $long -o $dir/closed.html 2>&- 0<&- >&-");
    is($status, 0, 'a page is made all the same');
    ok(contents("$dir/closed.html") eq (vexit("timeline $long -o -"))[1], 'and there is nothing else in it');
};

subtest 'names that a terminal would act on' => sub {
    my $name = log_of("new\nline\e[31m", "no trace\n");
    for my $command ('stat', 'timeline -o -', 'import -o -', 'diff /dev/null') {
        (undef, undef, $err) = vexit("$command '$name'");
        is((split /\n/, $err)[-1] =~ s/m: .*/m/r, "vexit: $dir/new\\x0aline\\x1b[31m", $command);
    }
    my $word = "\e[31mnew\nline\x85";
    for my $option ("stat --by='$word'", "decode --fields='$word'", "decode --reason='$word'",
        "decode --symbols='$word'") {
        (undef, undef, $err) = vexit("$option $small");
        like($err, qr/^vexit: --\w+: [^\e\n]*\\x1b\[31mnew\\x0aline\\x85[^\e\n]*\n\z/, $option =~ s/=.*//sr);
    }
    my $same = log_of("same\e[31m", contents($small));
    like((vexit("diff '$same' $small"))[1], qr/^A: $dir\/same\\x1b\[31m: /m, 'a name in the report');
    is((vexit("stat --memory --at=$_ $small"))[0], 64, "--at=$_") for -1, '99999999999999999999', '';
};

done_testing();
