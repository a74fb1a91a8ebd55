#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What takes longer shows on a terminal how far it is, and leaves nothing of that behind.
use strict;
use warnings;
use Cwd qw(abs_path);
use lib 'tests/lib';
use Tool;
use Terminal;

my $tool = abs_path($vexit);
my $share = qr/^long: [1-9]\d? % of \d+\.\d MB, \d+\.\d MB\/s$/m;

made_log('long', '-n 150000 -v 4 -q -j 400');
log_of('slow', <<'END');
my $pause = 1.2;
while (sysread STDIN, my $bytes, 65536) {
    select undef, undef, undef, $pause;
    $pause = 0.002;
}
END

begin($dir, 100, 8, "$tool decode long | perl slow");
shows($share, 'decode, whose output goes elsewhere');
shows(qr/\A\s*status 0\s*\z/, 'and nothing of it at the end');

symlink 'long', "$dir/l\e[8mong" or die $!;
begin($dir, 100, 8, "$tool decode l*mong | perl slow");
shows(qr/^l\\x1b\[8mong: [1-9]\d? % of /m, 'a name that a terminal would act on');
shows(qr/\A\s*status 0\s*\z/, 'nothing of it at the end');

# Stopped for a while, so that it takes longer also on a fast machine.
my $targets = join ' ', map { "--$_=$_" } qw(ctf xentrace trace-dat perf json);
begin($dir, 100, 8, "$tool export $targets long & "
    . join '; ', map { "$_ \\\$!" } 'kill -STOP', 'sleep 1.2; kill -CONT', 'wait');
shows($share, 'export');
shows(qr/\A\s*status 0\s*\z/, 'nothing at the end');

begin($dir, 100, 8, "$tool decode long 2>said | perl slow");
shows(qr/status 0/, 'standard error is a file');
is(contents("$dir/said"), '', 'nothing is said there');
end_terminal();
done_testing();
