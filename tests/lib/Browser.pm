# SPDX-License-Identifier: MIT
# A page in headless Chromium, driven over a pipe (the DevTools protocol): real events, real frames.
package Browser;
use strict;
use warnings;
use File::Temp qw(tempdir);
use Fcntl qw(F_SETFD);
use IO::Select;
use JSON::PP;
use MIME::Base64;
use POSIX qw(dup2 _exit WNOHANG);
use Time::HiRes qw(time sleep);

my $patience = 120;    # seconds until an answer must have come
my $json = JSON::PP->new->utf8->canonical;

# Starts the browser. width, height: of the page; dark: the reader prefers a dark scheme.
sub new {
    my ($class, %want) = @_;
    my $self = bless {
        id => 0, events => [], unread => '',
        profile => tempdir(CLEANUP => 1),
        width => $want{width} // 1400, height => $want{height} // 900,
    }, $class;

    $self->start;
    my $target = $self->call('Target.createTarget', { url => 'about:blank' })->{targetId};
    $self->{session} =
        $self->call('Target.attachToTarget', { targetId => $target, flatten => \1 })->{sessionId};
    $self->call('Page.enable');
    $self->call('Runtime.enable');
    $self->call('Network.enable');
    $self->call('Emulation.setDeviceMetricsOverride',
        { width => $self->{width}, height => $self->{height},
          deviceScaleFactor => 1, mobile => \0 });
    $self->call('Emulation.setEmulatedMedia', { features =>
        [{ name => 'prefers-color-scheme', value => $want{dark} ? 'dark' : 'light' }] });
    return $self;
}

# The browser reads commands from descriptor 3 and answers on 4.
sub start {
    my ($self) = @_;
    pipe my $command_read, my $command_write or die "pipe: $!";
    pipe my $answer_read, my $answer_write or die "pipe: $!";
    my $pid = fork // die "fork: $!";

    if (!$pid) {
        # Away from 3 and 4 first, as either may be the other's.
        my @ends = map { POSIX::dup(fileno $_) } $command_read, $answer_write;
        my ($in, $out) = map { my $n = $_; $n = POSIX::dup($n) while $n < 5; $n } @ends;
        dup2($in, 3);
        dup2($out, 4);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$self->{profile}/output";
        open STDERR, '>&', \*STDOUT;
        $ENV{HOME} = $self->{profile};
        exec('chromium', qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
            --disable-background-networking --disable-component-update --disable-sync
            --remote-debugging-pipe --hide-scrollbars), "--user-data-dir=$self->{profile}/data") or _exit(127);
    }
    @$self{qw(pid to from)} = ($pid, $command_write, $answer_read);
    $self->{to}->autoflush(1);
    close $command_read;
    close $answer_write;
}

# The next message of the browser, a structure.
sub message {
    my ($self, $until) = @_;

    while ($self->{unread} !~ /\0/) {
        my $left = $until - time;
        die "the browser does not answer\n"
            if $left <= 0 || !IO::Select->new($self->{from})->can_read($left);
        sysread $self->{from}, $self->{unread}, 1 << 20, length $self->{unread}
            or die "the browser is gone: is the package chromium installed?\n";
    }
    $self->{unread} =~ s/^([^\0]*)\0//;
    return $json->decode($1);
}

# One command of the protocol; its result.
sub call {
    my ($self, $method, $parameters) = @_;
    my $id = ++$self->{id}, my $until = time + $patience;

    local $SIG{PIPE} = 'IGNORE';
    print { $self->{to} } $json->encode({ id => $id, method => $method,
        params => $parameters // {}, $self->{session} ? (sessionId => $self->{session}) : () }), "\0";
    for (;;) {
        my $message = $self->message($until);
        if (($message->{id} // 0) != $id) {
            push @{$self->{events}}, $message;
            next;
        }
        die "$method: $message->{error}{message}\n" if $message->{error};
        return $message->{result};
    }
}

# Loads a file and waits until the expression is true in it. Returns the seconds that took.
sub open_file {
    my ($self, $path, $ready) = @_;
    my $begin = time;

    $self->call('Page.navigate', { url => "file://$path" });
    $self->wait_for($ready);
    return time - $begin;
}

# What a JavaScript expression gives; a promise is waited for.
sub evaluate {
    my ($self, $expression) = @_;
    my $result = $self->call('Runtime.evaluate',
        { expression => $expression, returnByValue => \1, awaitPromise => \1 });

    die "$expression: ", $result->{exceptionDetails}{exception}{description} // 'exception', "\n"
        if $result->{exceptionDetails};
    return $result->{result}{value};
}

sub wait_for {
    my ($self, $expression) = @_;
    my $until = time + $patience;

    until ($self->evaluate("!!($expression)")) {
        die "it never became true: $expression\n" if time > $until;
        sleep 0.02;
    }
}

# The middle of the element that a CSS selector finds.
sub place_of {
    my ($self, $selector) = @_;
    my $place = $self->evaluate("(() => { const r = document.querySelector('$selector')"
        . '.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()');
    return @$place;
}

sub mouse {
    my ($self, $type, $x, $y, %more) = @_;
    $self->call('Input.dispatchMouseEvent', { type => $type, x => $x, y => $y, %more });
}

sub click {
    my ($self, $x, $y) = @_;
    $self->mouse('mouseMoved', $x, $y);
    $self->mouse('mousePressed', $x, $y, button => 'left', buttons => 1, clickCount => 1);
    $self->mouse('mouseReleased', $x, $y, button => 'left', clickCount => 1);
}

sub wheel {
    my ($self, $x, $y, $delta) = @_;
    $self->mouse('mouseWheel', $x, $y, deltaX => 0, deltaY => $delta);
}

sub key {
    my ($self, $key) = @_;
    $self->call('Input.dispatchKeyEvent', { type => 'keyDown', key => $key,
        length $key == 1 ? (text => $key) : () });
    $self->call('Input.dispatchKeyEvent', { type => 'keyUp', key => $key });
}

sub screenshot {
    my ($self, $path) = @_;
    my $image = $self->call('Page.captureScreenshot', { format => 'png' });
    open my $file, '>:raw', $path or die "$path: $!";
    print $file decode_base64($image->{data});
    close $file or die "$path: $!";
}

# Zooms a timeline from the whole run to its shortest view and back, in `steps` frames each way, and
# moves on where it is deepest; `rounds` times at different places. Milliseconds, in rising order:
# how long the page took to draw a frame, and how long it was from one frame to the next.
sub frame_times {
    my ($self, $steps, $rounds) = @_;
    my $times = $self->evaluate(<<"END");
(async () => {
    const frame = () => new Promise(requestAnimationFrame), drawn = [], apart = [];
    const factor = (timeline.run.end / timeline.leastSpan) ** (1 / $steps);
    let last;
    const step = async change => {
        change();
        await frame();
        drawn.push(timeline.frames.at(-1));
        apart.push(performance.now() - last);
        last = performance.now();
    };

    for (let round = 0; round < $rounds; round++) {
        const at = timeline.run.end * (round + 0.6) / $rounds;

        timeline.fit();
        await frame();
        last = performance.now();
        for (let i = 0; i < $steps; i++)
            await step(() => timeline.zoom(1 / factor, at));
        for (let i = 0; i < 10; i++)
            await step(() => timeline.pan(0.2));
        for (let i = 0; i < $steps; i++)
            await step(() => timeline.zoom(factor, at));
    }
    return [drawn, apart].map(times => times.sort((a, b) => a - b));
})()
END
    return @$times;
}

# What the page complained of, and what it asked the network for, since it was opened.
sub complaints {
    my ($self) = @_;
    $self->evaluate('0');    # so that what is on its way has come
    return map {
        my $p = $_->{params};
        $_->{method} eq 'Runtime.exceptionThrown' ? $p->{exceptionDetails}{exception}{description}
            : $_->{method} eq 'Runtime.consoleAPICalled' ? "console: $p->{args}[0]{value}"
            : $_->{method} eq 'Network.requestWillBeSent' && $p->{request}{url} !~ /^(file|blob|data):/
            ? "asked for $p->{request}{url}" : ();
    } @{$self->{events}};
}

sub DESTROY {
    my ($self) = @_;
    return if !$self->{pid};
    local ($?, $@);
    delete $self->{session};
    eval { $self->call('Browser.close') } or kill 'TERM', $self->{pid};
    for (1 .. 100) {
        return if waitpid($self->{pid}, WNOHANG);
        sleep 0.05;
    }
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
