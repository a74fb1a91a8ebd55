#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit record, and the sources that all commands share: ports, pipes, sockets, and lines that break.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Handle;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(mkfifo :sys_wait_h);
use Test::More;

$SIG{HUP} = 'DEFAULT'; # also where the tests run under nohup, which vexit record would respect

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

subtest 'how a port is set' => sub {
    my $port = "$dir/set";
    my $sender = start("$make_log -p $port");
    soon(sub { -l $port }) or plan skip_all => 'no pseudo terminals here';
    system("stty -F $port 38400 ixon ixoff icanon istrip crtscts");
    my $before = `stty -g -F $port`;
    my $pid = record('set.log', "$port -b 230400");
    said('set.log', qr/recording to/);
    my $settings = `stty -a -F $port`;
    like($settings, qr/^speed 230400 baud/, 'its rate');
    like($settings, qr/(?<!\S)$_\b/, $_) for qw(-parenb cs8 -cstopb -crtscts -ixon -ixoff -istrip -icanon -echo -opost);
    is(status(record('busy', $port)), 2, 'another program at the same port');
    is(contents("$dir/busy.err"), "vexit: $port: Device or resource busy\n",
        'would take bytes away, and is refused');
    kill 'HUP', $pid;
    is(status($pid), 0, 'a terminal that hangs up ends it, too');
    like(contents("$dir/set.log.err"), qr/1990 records, .* 0 breaks of the line\n\z/, 'with the sum');
    is(`stty -g -F $port`, $before, 'and the port is set as it was');
    kill 'KILL', $sender;
};

subtest 'to a pipe' => sub {
    my $bytes = `$vexit record - --raw -o - <$dir/pipe 2>$dir/err`;
    is($bytes, $log, 'standard output');
    like(contents("$dir/err"), qr/^vexit: standard output: \d+ good frames, 0 missing/m, 'and what is said');
    is(`$vexit record - -o - <$dir/pipe 2>/dev/null | $vexit stat - | tail -n 1`,
        "log: complete: 3980 records\n", 'for another command to read');
    mkfifo("$dir/out", 0600);
    my $reader = start("cat $dir/out >$dir/copied");
    is(status(start("$vexit record - --raw -o $dir/out <$dir/pipe 2>/dev/null")), 0,
        'a named pipe, which is there and is no file');
    is(status($reader), 0, 'is read');
    is(contents("$dir/copied"), $log, 'every byte');
    my $pid = start("sh -c 'cat $dir/pipe $dir/pipe | { $vexit record - -o - 2>$dir/err; echo \$? >$dir/status; } | true'");
    ok(soon(sub { contents("$dir/status") ne '' }), 'a reader that goes away ends it');
    is(contents("$dir/status"), "74\n", 'as an error of writing');
    like(contents("$dir/err"), qr/^vexit: standard output: Broken pipe$/m, 'told');
};

subtest 'the memory of a machine that runs' => sub {
    is(status(record('no-ram', "--memory $dir/ram")), 2, 'no machine');
    is(contents("$dir/no-ram.err"), "vexit: $dir/ram: No such file or directory; --wait waits for it\n", 'told');
    is(status(record('no-ram', "--memory --wait $dir")), 2, 'a directory is not waited for');
    my $early = record('early.log', "--memory --wait $dir/ram --until-end");
    ok(said('early.log', qr{ram: waiting for it, to record it to}), 'but a machine is');
    system("touch $dir/ram");
    select undef, undef, undef, 0.5;
    is(waitpid($early, WNOHANG), 0, 'also one that has no memory yet');
    open my $machine, '|-', "$build/host/make_memory -l $dir/ram" or die "make_memory: $!";
    $machine->autoflush;
    soon(sub { -s "$dir/ram" });
    my $pid = record('memory.log', "--memory $dir/ram --until-end");
    ok(said('memory.log', qr{ram: waiting for it, to record it to}), 'no VMM yet');
    print $machine "start\n";
    ok(soon(sub { -s "$dir/memory.log" }), 'its records, as they come');
    print $machine "end\n";
    close $machine;
    is(status($pid), 0, 'to the end of the run');
    is(status($early), 0, 'it was waited for');
    my ($last) = `$vexit decode memory:$dir/ram` =~ /^(\d+ vcpu0 exit .*)\n(?!.* exit )/m;
    like(`$vexit decode $dir/$_.log`, qr/^\Q$last\E$/m, "$_: up to the last one") for 'memory', 'early';
    is(status(record('ram', "-f --memory $dir/ram")), 74, 'the memory itself is never written to');
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
        [$inet, "tcp::$port"], [$inet, "tcp:[::ffff:127.0.0.1]:$port"], [$inet, "tcp:::ffff:127.0.0.1:$port"]) {
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
    for my $case (
        ['unix:', 'no path: unix:PATH'], ['unix:,server', 'no path: unix:PATH'],
        (map { [$_, 'no port: tcp:HOST:PORT'] } 'tcp:', 'tcp:,server', 'tcp:nowhere', 'tcp:nowhere:', 'tcp:[::1]',
            'tcp:[::1]:', 'tcp:[::1]4444'),
        (map { [$_, 'the port is a number from 1 to 65535'] } 'tcp:localhost:99999', 'tcp:localhost:0',
            'tcp::0,server', 'tcp:[::1]:65536', 'tcp:localhost:18446744073709551617'),
        ['tcp:localhost:-1', 'no such host or port'], ['tcp:no.such.host.invalid:4444', 'no such host or port'],
        ['tcp:' . 'x' x 600 . ':1', 'File name too long'])
    {
        my ($name, $why) = @$case;
        is(`timeout 10 $vexit stat $name 2>&1`, "vexit: $name: $why\n", "$name: $why");
        next if $why =~ /no such host/;
        is(`timeout 10 $vexit record --wait $name -o $dir/no 2>&1`, "vexit: $name: $why\n", 'not waited for');
    }
    like(`timeout 10 $vexit stat unix:$dir/none 2>&1`, qr/No such file/, 'no socket');
    my $long = 'x' x 200;
    like(`timeout 10 $vexit stat unix:$dir/$long 2>&1`, qr/File name too long/, 'a long name');
};

subtest 'a source that is not there yet' => sub {
    is(status(record('none', "$dir/later")), 2, 'is an error');
    like(contents("$dir/none.err"), qr{later: No such file or directory; --wait waits for it}, 'told');
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

subtest 'a file that is finished' => sub {
    my $followed = 'the file is followed as it grows, until Ctrl-C';
    my $pid = record('finished', "$dir/pipe");
    ok(soon(sub { holds('finished', $log) }), 'every byte');
    is(contents("$dir/finished.err"), "vexit: $dir/pipe: recording to $dir/finished; "
        . "$followed (--until-end: or the END record)\n", 'is followed, and that is said');
    is(waitpid($pid, WNOHANG), 0, 'it may grow');
    kill 'INT', $pid;
    is(status($pid), 0, 'until Ctrl-C');
    is(status(record('to-end', "--until-end $dir/pipe")), 0, 'or with --until-end');
    like(contents("$dir/to-end.err"), qr/; $followed or the END record\n/, 'as is said');
    is(status(record('input', "- <$dir/pipe")), 0, 'on standard input it ends');
    like(contents("$dir/input.err"), qr/; Ctrl-C ends it\n/, 'and is not followed');
    $pid = record('waited', "--wait --until-end $dir/appears");
    ok(said('waited', qr/to record it to .*; Ctrl-C ends it\n/), 'not there yet');
    system("cp $dir/pipe $dir/new") and die "cp";
    rename "$dir/new", "$dir/appears";
    is(status($pid), 0, 'and then');
    like(contents("$dir/waited.err"), qr/there after .* s; $followed or/, 'it is said when it is there');
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
    for my $case ('-', "- -o $dir/x --at 7", "- -o $dir/x -a -f", "- -o $dir/x --every=y", "- - -o $dir/x",
        "-o $dir/x -b 7 -") {
        is(status(start("$vexit record $case </dev/null 2>/dev/null")), 64, "record $case: usage");
    }
};

done_testing();
