#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit live on a terminal: keys are pressed and the screen is read.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IO::Handle;
use POSIX qw(:sys_wait_h);
use lib 'tests/lib';
use Terminal;
use Test::More;

my $build = abs_path($ENV{B} // 'build');
my $vexit = "$build/vexit";
my $dir = tempdir(CLEANUP => 1);
my @senders;
my $log = `$build/host/make_log -v 2 -j 90 -n 3000`;
my $half = int(length($log) / 2);

sub append {
    my ($name, $bytes) = @_;

    open my $file, '>>:raw', "$dir/$name" or die "$name: $!";
    print $file $bytes;
    close $file;
}

# A port that sends a log of two vCPUs.
sub send_to_port {
    my $sender = fork // die "fork: $!";

    exec "$build/host/make_log", '-v', 2, '-p', "$dir/port" if !$sender;
    push @senders, $sender;
    for (1 .. 200) {
        return 1 if -l "$dir/port" || waitpid $sender, WNOHANG;
        select undef, undef, undef, 0.05;
    }
}

sub unplug {
    my $sender = pop @senders;

    kill 'KILL', $sender;
    waitpid $sender, 0;
    unlink "$dir/port";
}

END { kill 'KILL', @senders }

subtest 'a file that grows' => sub {
    append('log', '');
    begin($dir, 110, 34, "$vexit live log");
    shows(qr/^vexit live  log$/m, 'a title');
    shows(qr/nothing yet/, 'nothing has come');
    append('log', substr($log, 0, $half));
    shows(qr/^vexit 0\.0\.test  2 vCPUs  exits [\d.]+k?, [\d.]+[kM]\/s  in the VMM \d+\.\d%/m,
        'the run, as it comes');
    shows(qr/^PAUSE +\S+ +[\d.]+k +\d+\.\d\d% +\d+\.\d% +[\d.]+ns +[\d.]+ns$/m, 'a reason');
    shows(qr/^slowest exits *\n +[\d.]+ns vcpu\d IO_INSTRUCTION rip=0x\w+ .* port=0x3f/m,
        'the slowest exits, with slots');
    shows(qr/^a line of the guest$/m, 'text');
    shows(qr/frames \d+ good, 0 missing, 0 damaged/, 'no losses');
    shows(qr/  silent$/m, 'then it is silent');
    append('log', "\xfe\xc1damaged" . substr($log, $half));
    shows(qr/^vexit live  log  ended: status 0, the guest stopped$/m, 'the rest, and the end');
    shows(qr/^frames \d+ good, 1 missing, [1-9]\d* damaged .*  missing: vcpu\d records /m, 'losses');
};

subtest 'keys' => sub {
    keys_('f');
    shows(qr/^reasons with: _$/m, 'f asks');
    keys_('i', 'o', '_', 'Enter');
    shows(qr/by rate  with io_\n(?:IO_\S+ .*\n)+\n/, 'and filters');
    shows(qr/slowest exits *\n( +[\d.]+ns vcpu\d IO_\S+ .*\n)+text/, 'the slowest, too');
    keys_('/', 'C-u', 'Enter');
    shows(qr/^PAUSE/m, 'no filter again');
    keys_('s', 's');
    shows(qr/  by count$/m, 's sorts');
    keys_('v', 'v', 'v');
    shows(qr/^text of guest and VMM *\n(.*\n){25}/m, 'v shows a part alone');
    unlike(screen(), qr/^PAUSE/m, 'without the others');
    keys_('v', 'h');
    shows(qr/^q +quit$/m, 'h helps');
    keys_('h', 'p');
    shows(qr/ PAUSED/, 'p pauses');
    my ($before) = screen() =~ /exits (\S+),/;
    append('log', $log);
    shows(qr/ PAUSED/, 'another run comes');
    like(screen(), qr/exits \Q$before\E,/, 'and is not shown yet');
    keys_('p');
    shows(qr/^run 2  vexit/m, 'p goes on');
    keys_('r');
    shows(qr/exits 0,/, 'r counts from 0');
};

subtest 'sizes' => sub {
    for my $size ([20, 6], [1, 1], [3, 2], [200, 50], [80, 24]) {
        resize(@$size);
        select undef, undef, undef, 0.3;
        next if $size->[0] == 1; # which shows nothing, but does no harm
        shows($size->[0] > 10 ? qr/^vexit live.*\n.*\n.*\nreason/ : qr/^v/, "$size->[0] x $size->[1]");
    }
    shows(qr/^text of guest and VMM/m, 'all is back');
    resize(30, 7);
    keys_('h');
    shows(qr/^q +quit\np space/m, 'help on a small terminal');
    keys_(('j') x 20);
    shows(qr/^j k .*\nh \? .*\nq quit/m, 'is scrolled to its end,');
    keys_('k');
    shows(qr/^v tab/m, 'and no further');
    keys_('h');
    resize(80, 24);
};

subtest 'writing to a file' => sub {
    append('log', substr($log, 0, $half));
    shows(qr/^run 3/m, 'in the middle of a run');
    keys_('w', 'C-u', 's', 'a', 'v', 'e', 'd', 'Enter');
    shows(qr/saving to saved$/m, 'w begins');
    append('log', substr($log, $half));
    shows(qr/ended: status 0/, 'while it is watched');
    keys_('w');
    shows(qr/^saved: \d+ bytes saved/m, 'w ends');
    my $saved = `$vexit stat $dir/saved`;
    like($saved, qr/^vexit 0\.0\.test, 2 vCPUs, TSC 2000000000 Hz$/m, 'the START record is there');
    like($saved, qr/^missing: frames 1 to \d+ /m, 'then a gap');
    like($saved, qr/^end: status 0 /m, 'then the rest');
    keys_('w', 'C-u', 's', 'a', 'v', 'e', 'd', 'Enter');
    shows(qr/^saved: File exists/m, 'no file is overwritten');
    keys_('w', 'C-u', '-', 'Enter');
    shows(qr/^-: Invalid argument/m, 'nor the screen');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
};

subtest 'text that a terminal would act on' => sub {
    my $name = "we\e]0;x\airdly\tnamed";
    append($name, "$log\r\nfirst\r\n" . "line\n" x 40 . "a\e[2Jb\x9b31m\x07c\bd\n");
    begin($dir, 80, 24, "$vexit live we*");
    shows(qr/^vexit live  we\?\]0;x\?irdly\?named  ended/m, 'the name of a file');
    shows(qr/^a\\x1b\[2Jb\\x9b31m\\x07c\\x08d$/m, 'and text of the guest are harmless');
    keys_('v', 'v', 'v', ('k') x 60);
    shows(qr/^first$/m, 'k leads to what came before');
    keys_(('j') x 60);
    shows(qr/^a\\x1b/m, 'and j back');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
};

subtest 'lines that break' => sub {
    send_to_port();
    plan skip_all => 'no pseudo terminals here' if !-l "$dir/port";
    begin($dir, 100, 30, "$vexit live --vcpu=1 -o kept port");
    shows(qr/ended: status 0/, 'a port');
    shows(qr/^ +[\d.]+ns vcpu1 /m, 'one vCPU');
    unlike(screen(), qr/vcpu0/, 'and not the other');
    unplug();
    shows(qr/^vexit live  port  .*; waiting for it, \d+ s  saving to kept$/m, 'is pulled out');
    send_to_port();
    shows(qr/^run 2/m, 'and put back');
    keys_('C-c');
    shows(qr/^status 0$/m, 'Ctrl-C quits');
    is(() = `$vexit stat $dir/kept` =~ /^log: complete/mg, 2, '-o: both runs are saved');
    unplug();
};

subtest 'ways in' => sub {
    begin($dir, 100, 30, "cat log | $vexit live -");
    shows(qr/^vexit live  standard input  closed/m, 'a pipe, with keys from the terminal');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
    begin($dir, 100, 30, "$vexit live --reason=NONE log");
    shows(qr/no exit reason 'NONE'.*\nstatus 64$/m, 'a filter that makes no sense');
    begin($dir, 100, 30, "$vexit live none");
    shows(qr/^vexit: none: No such file or directory\nstatus 2$/m, 'no such file');
    begin($dir, 100, 30, "$vexit live -w none");
    shows(qr/No such file or directory; waiting for it, \d+ s/, 'which one can wait for');
    keys_('q');
    shows(qr/^status 2$/m, 'in vain');
    begin($dir, 100, 30, "TERM=none $vexit live log");
    shows(qr/^vexit: live: the terminal \(TERM=none\) cannot be drawn on.*\nstatus 64$/m,
        'a terminal that is not known');
    begin($dir, 100, 30, "TERM=dumb $vexit live log");
    shows(qr/^vexit: live: the terminal \(TERM=dumb\) cannot be drawn on.*\nstatus 64$/m, 'or that only prints on');
    append('old', $log);
    begin($dir, 100, 30, "$vexit live old");
    shows(qr/ended: status 0/, 'a file');
    truncate "$dir/old", 0;
    select undef, undef, undef, 0.3;
    append('old', substr($log, 0, $half));
    shows(qr/^run 2  vexit/m, 'that is cut off and written again');
    rename "$dir/old", "$dir/older";
    append('old', $log);
    shows(qr/^run 3  vexit/m, 'that is moved away for a new one');
    unlink "$dir/old";
    select undef, undef, undef, 0.5;
    shows(qr/^run 3  vexit/m, 'that is deleted: what came stays');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
    is(`$vexit live $dir/log 2>&1`,
        "vexit: live: needs a terminal to show things on; stat and decode do without\n",
        'no terminal');
    is($? >> 8, 64, 'and its status');
};

subtest 'the memory of a machine that runs' => sub {
    begin($dir, 110, 34, "$vexit live --wait --memory ram");
    shows(qr/^vexit live  ram  No such file or directory; waiting for it/m, 'no machine yet');
    open my $machine, '|-', "$build/host/make_memory -l $dir/ram" or die "make_memory: $!";
    $machine->autoflush;
    select undef, undef, undef, 0.05 until -s "$dir/ram";
    shows(qr/^vexit live  ram  no trace in it yet; waiting for it/m, 'no VMM yet');
    print $machine "start\n";
    shows(qr/^vexit 0\.0\.test  1 vCPU  exits [\d.]+k, /m, 'the run, as it comes');
    shows(qr/^frames \d+ good, 0 missing, 0 damaged /m, 'nothing missing');
    print $machine "end\n";
    close $machine;
    shows(qr/^vexit live  ram  ended: status 0, the guest stopped$/m, 'and its end');
    keys_('q');
    shows(qr/^status 0$/m, 'q quits');
};

done_testing();
