#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# build/vexit on images of a machine's memory: what it reads, and what it says where it cannot.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $build = $ENV{B} // 'build';
my $dir = tempdir(CLEANUP => 1);

system("make --no-print-directory -s $build/host/make_memory") == 0 or BAIL_OUT('no make_memory');

# Runs vexit; returns exit status, standard output, standard error.
sub vexit {
    my ($arguments) = @_;
    my $out = `$build/vexit $arguments 2> $dir/err`;
    my $status = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    open my $handle, '<', "$dir/err" or die "$dir/err: $!";
    return ($status, $out, join '', <$handle>);
}

# An image by make_memory.
sub image {
    my ($arguments, $name) = @_;
    my $file = "$dir/" . ($name // 'image');
    system("$build/host/make_memory $arguments > $file") == 0 or die 'make_memory failed';
    return $file;
}

# unreadable ARGUMENTS, REGEX, NAME
sub unreadable {
    my ($arguments, $regex, $name) = @_;
    my ($status, $out, $err) = vexit("decode $arguments");
    is($status, 2, "$name: status 2");
    is($out, '', "$name: nothing on standard output");
    like($err, qr/^vexit: \S+: $regex\n\z/, "$name: says so in a line");
}

my $whole = image('', 'whole');
my ($status, $out, $err) = vexit("decode --memory $whole");
is($status, 0, 'a whole run: status 0');
is($err, '', 'and no complaint');
is(scalar(() = $out =~ / exit CPUID /g), 1000, 'all exits');
is(scalar(() = $out =~ / marker /g), 100, 'all markers');
like($out, qr/^end vcpu0 generated=2100 lost=0$/m, 'the balance');
my (undef, $named) = vexit("decode memory:$whole");
is($named, $out, 'memory:IMAGE is the same');
($status, $out) = vexit("stat --memory $whole");
like($out, qr/^The VMM's own statistics are the same/m, 'statistics agree');
like($out, qr/^log: complete: 2100 records$/m, 'stat says complete');

($status, $out, $err) = vexit('stat --memory ' . image('-n 100000'));
is($status, 0, 'the last records of many: status 0');
my ($records) = $out =~ /^records: (\d+)/m;
my ($lost) = $out =~ /^lost: (\d+)/m;
is($records + $lost, 210000, 'generated = decoded + lost');
(undef, $out) = vexit("decode --memory $dir/image");
like($out, qr/^statistics vcpu0 CPUID count=100000 /m, 'statistics of all');
like($out, qr/^0 vcpu0 lost count=$lost\n\d+ vcpu0 /m, 'the lost record stands before those that are left');

($status, $out, $err) = vexit('decode --memory ' . image('-c'));
is($status, 1, 'a run that was cut off: status 1');
is(scalar(() = $out =~ / exit CPUID /g), 1000, 'with all that there is');
like($err, qr/incomplete: 2100 records, no END record/, 'says what is missing');

my $two = image('-2', 'two');
unreadable("--memory $two", qr/several traces in it, choose one by --at=ADDRESS: 0x.*/, 'two traces');
my (undef, undef, $which) = vexit("decode --memory $two");
unreadable("--memory --at=0x1000 $two", qr/no trace in it: no page with that address .*/, 'at a wrong one');

my $size = -s $whole;
system("head -c $_ $whole > $dir/cut") == 0 or die for int($size / 2);
unreadable("--memory $dir/cut", qr/(?:truncated: .*|no trace in it: .*)/, 'half an image');
system(": > $dir/empty; head -c 100000 /dev/zero > $dir/zero; printf 'KDUMP   ' > $dir/kdump");
unreadable("--memory $dir/empty", qr/empty/, 'an empty image');
unreadable("--memory $dir/zero", qr/no trace in it: .*/, 'an image of nothing');
unreadable("--memory $dir/kdump", qr/a dump in kdump's .*/, 'a compressed dump');
unreadable("--memory $dir/none", qr/No such file or directory/, 'no image');
unreadable("--memory $dir", qr/Is a directory/, 'a directory');
unreadable('--memory /dev/null', qr/an image of memory has to be a file, .*/, 'a device');
unreadable("--memory $build/vexit", qr/an ELF file, but not a core .*/, 'a program');

($status) = vexit("decode --at=0x1000 $whole");
is($status, 64, '--at without --memory: wrong usage');
done_testing();
