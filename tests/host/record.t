#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit record, and the sources that all commands share: ports, pipes, sockets, and lines that break.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(mkfifo :sys_wait_h);
use Test::More;

my $build = $ENV{B} // 'build';
my $vexit = "$build/vexit";
my $make_log = "$build/host/make_log";
my $dir = tempdir(CLEANUP => 1);
my $log = `$make_log -v 2 -j 90`;
my @started;

sub contents {
    my ($path) = @_;

    open my $file, '<:raw', $path or return '';
    local $/;
    return <$file> // '';
}

# Waits until the condition holds, but not forever.
sub soon {
    my ($condition) = @_;

    for (1 .. 200) {
        return 1 if $condition->();
        select undef, undef, undef, 0.05;
    }
    return 0;
}

sub start {
    my ($command) = @_;
    my $pid = fork // die "fork: $!";

    exec '/bin/sh', '-c', "exec $command" if !$pid;
    push @started, $pid;
    return $pid;
}

# Ends with its status, or is ended with -1.
sub status {
    my ($pid) = @_;
    my $done = soon(sub { waitpid($pid, WNOHANG) == $pid });

    return $? & 127 ? "signal " . ($? & 127) : $? >> 8 if $done;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return -1;
}

# Starts recording; what it says is in $dir/NAME.err.
sub record {
    my ($name, $arguments) = @_;

    unlink "$dir/$name.err";
    return start("$vexit record -o $dir/$name $arguments 2>$dir/$name.err");
}

sub said {
    my ($name, $pattern) = @_;

    return soon(sub { contents("$dir/$name.err") =~ $pattern });
}

# Whether a recording has this log's bytes behind the line that says where they come from.
sub holds {
    my ($name, $bytes) = @_;

    return contents("$dir/$name") =~ /\Avexit record: [^\r\n]+ UTC\r\n/
        && substr(contents("$dir/$name"), $+[0]) eq $bytes;
}

END { kill 'KILL', grep { kill 0, $_ } @started if @started; }

subtest 'a pipe' => sub {
    my $pid = start("$make_log -v 2 -j 90 | $vexit record - -o $dir/pipe 2>$dir/pipe.err");
    is(status($pid), 0, 'complete');
    ok(holds('pipe', $log), 'every byte, behind one line of its own');
    like(contents("$dir/pipe.err"),
        qr/pipe: (\d+) good frames, 0 missing, 0 damaged; 3980 records, ${\length $log} bytes, /,
        'how many frames were good')
        or diag contents("$dir/pipe.err");
    is(system("$vexit stat $dir/pipe >/dev/null"), 0, 'stat reads it');
    unlike(`$vexit decode --no-time $dir/pipe`, qr/vexit record/, 'what differs by run is left out');
    like(`$vexit decode $dir/pipe`, qr/^text: vexit record: standard input, 20/, 'or shown');
};

subtest 'files that are there' => sub {
    my $there = contents("$dir/pipe");
    is(status(start("echo | $vexit record - -o $dir/pipe 2>$dir/err")), 74, 'refused');
    like(contents("$dir/err"), qr/File exists; --force overwrites it, --append adds to it/, 'told');
    is(contents("$dir/pipe"), $there, 'and not touched');
    is(status(start("$make_log -v 2 -j 90 | $vexit record - -a -o $dir/pipe 2>/dev/null")), 0,
        '--append');
    is(substr(contents("$dir/pipe"), 0, length $there), $there, 'adds');
    is(scalar(() = `$vexit stat $dir/pipe` =~ /^log: complete/mg), 2, 'and both runs are there');
    is(status(start("$make_log -v 2 -j 90 | $vexit record - --raw -f -o $dir/pipe 2>/dev/null")), 0,
        '--force');
    is(contents("$dir/pipe"), $log, 'overwrites; --raw adds nothing');
    is(status(start("echo | $vexit record - --raw -a -o $dir/pipe 2>/dev/null")), 2, '--raw -a');
    is(contents("$dir/pipe"), "$log\n", 'adds only');
    is(status(start("$make_log -v 2 -j 90 | $vexit record - --raw -f -o $dir/pipe 2>/dev/null")), 0,
        '--force again');
    is(status(start("$vexit record $dir/pipe -f -o $dir/pipe 2>$dir/err")), 74, 'the source itself');
    is(contents("$dir/pipe"), $log, 'is left alone');
    is(status(start("$make_log | $vexit record - -o /dev/full -f 2>$dir/err")), 74, 'a full disk');
    like(contents("$dir/err"), qr{/dev/full: No space left}, 'told');
};

subtest 'a port that goes away and comes back' => sub {
    my $port = "$dir/port";
    my $sender = start("$make_log -v 2 -j 90 -p $port");
    soon(sub { -l $port }) or plan skip_all => 'no pseudo terminals here';
    my $pid = record('twice', "$port -b 921600 --every 1");
    ok(soon(sub { holds('twice', $log) }), 'each byte is in the file when it has come');
    ok(said('twice', qr/twice: \d+ good frames, 0 missing/), 'how many were good, now and then');
    like(contents("$dir/twice"), qr/\Avexit record: \Q$port\E, 921600 baud 8N1, 20/, 'the settings');
    kill 'KILL', $sender;
    ok(said('twice', qr/waiting for it to come back/), 'a break is told');
    unlink $port;
    $sender = start("$make_log -v 2 -j 90 -p $port");
    ok(said('twice', qr/back after \d+\.\d s/), 'and its end');
    ok(soon(sub { holds('twice', $log . $log) }), 'what comes then is there');
    kill 'INT', $pid;
    is(status($pid), 0, 'Ctrl-C ends it: complete');
    like(contents("$dir/twice.err"), qr/7960 records, .*, 1 break of the line\n\z/, 'the sum');
    $pid = record('ended', "$port --until-end");
    said('ended', qr/recording to/);
    kill 'KILL', $sender;
    unlink $port;
    $sender = start("$make_log -v 2 -j 90 -p $port");
    is(status($pid), 0, '--until-end: a silent line after the END record');
    kill 'KILL', $sender;
};

subtest 'a named pipe' => sub {
    mkfifo("$dir/fifo", 0600);
    my $pid = record('fifo.log', "$dir/fifo");
    for my $times (1, 2) {
        system("cat $dir/pipe >$dir/fifo");
        ok(soon(sub { holds('fifo.log', $log x $times) }), "writer $times");
    }
    kill 'TERM', $pid;
    is(status($pid), 0, 'complete');
};

# Sends the log to whoever connects, or to where it is told to connect.
sub serve {
    my ($listener) = @_;
    my $pid = fork // die "fork: $!";

    if (!$pid) {
        my $connection = $listener->accept;
        $connection->syswrite($log);
        sleep 60;
        POSIX::_exit(0);
    }
    push @started, $pid;
    return $pid;
}

subtest 'sockets' => sub {
    my $unix = IO::Socket::UNIX->new(Local => "$dir/socket", Listen => 1) or die "socket: $!";
    my $inet = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "socket: $!";
    my $port = $inet->sockport;
    my $whole = `$vexit stat $dir/pipe`;

    for my $case ([$unix, "unix:$dir/socket"], [$inet, "tcp:127.0.0.1:$port"],
        [$inet, "tcp:[::ffff:127.0.0.1]:$port"]) {
        my $server = serve($case->[0]);
        is(`$vexit stat $case->[1]`, $whole, "stat $case->[1]");
        kill 'KILL', $server;
    }
    my $server = serve($unix);
    is(status(record('socket.log', "unix:$dir/socket --until-end")), 0, 'record');
    ok(holds('socket.log', $log), 'every byte');
    kill 'KILL', $server;

    my $pid = record('server', "unix:$dir/mine,server --until-end");
    ok(soon(sub { -S "$dir/mine" }), 'a socket that waits for the other side');
    my $half = int(length($log) / 2);
    for my $part (substr($log, 0, $half), substr($log, $half)) {
        my $client = IO::Socket::UNIX->new(Peer => "$dir/mine") or die "connect: $!";
        $client->syswrite($part);
        $client->close;
    }
    is(status($pid), 0, 'a log in two connections: complete');
    ok(holds('server', $log), 'every byte');
    $pid = record('again', "unix:$dir/mine,server --until-end");
    ok(said('again', qr/waiting for it/), 'a socket left behind is taken over');
    kill 'INT', $pid;
    is(status($pid), 2, 'nothing came: no trace');
    is(`timeout 10 $vexit stat tcp:nowhere 2>&1`, "vexit: tcp:nowhere: Destination address required\n",
        'no port');
    is(`timeout 10 $vexit stat unix: 2>&1`, "vexit: unix:: Destination address required\n",
        'no path');
    like(`timeout 10 $vexit stat unix:$dir/none 2>&1`, qr/No such file/, 'no socket');
    my $long = 'x' x 200;
    like(`timeout 10 $vexit stat unix:$dir/$long 2>&1`, qr/File name too long/, 'a long name');
};

subtest 'a source that is not there yet' => sub {
    is(status(record('none', "$dir/later")), 2, 'is an error');
    like(contents("$dir/none.err"), qr{later: No such file}, 'told');
    ok(!-e "$dir/none", 'and leaves no file');
    my $pid = record('later.log', "--wait --until-end $dir/later");
    ok(said('later.log', qr/waiting for it, to record it/), 'unless one waits');
    my $unix = start("cat $dir/pipe >$dir/later");
    is(status($pid), 0, 'a file that grows, complete with its END record');
    ok(holds('later.log', $log), 'every byte');
    $pid = record('anew', "$dir/later");
    ok(soon(sub { holds('anew', $log) }), 'a file');
    unlink "$dir/later";
    system("cp $dir/pipe $dir/later");
    ok(said('anew', qr/the file was begun anew; .*\n.*back after/), 'that is replaced');
    ok(soon(sub { holds('anew', $log . $log) }), 'is read anew');
    kill 'INT', $pid;
    is(status($pid), 0, 'complete');
};

subtest 'what is no trace' => sub {
    is(status(start("echo hello | $vexit record - -o $dir/text 2>$dir/err")), 2, 'unreadable');
    like(contents("$dir/text"), qr/hello\n\z/, 'but saved');
    like(contents("$dir/err"), qr/: 0 good frames, 0 missing, /, 'told');
    my $cut = substr($log, 0, length($log) - 400);
    open my $pipe, '|-', "$vexit record - -o $dir/cut 2>/dev/null";
    print $pipe $cut;
    close $pipe;
    is($? >> 8, 1, 'a log that breaks off: incomplete');
    for my $case ('-', "- -o $dir/x -a -f", "- -o $dir/x --every=y", "- - -o $dir/x",
        "-o $dir/x -b 7 -") {
        is(status(start("$vexit record $case </dev/null 2>/dev/null")), 64, "record $case: usage");
    }
};

done_testing();
