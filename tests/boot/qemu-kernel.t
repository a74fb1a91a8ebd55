#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The 32-bit image starts by QEMU's -kernel, and reads its command line there.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my @command = (qw(timeout 30 qemu-system-x86_64 -kernel build/vexit32.elf -m 256 -display none),
    qw(-monitor none -serial file:build/tests/qemu-kernel.log -append), 'exitz=all');
system('mkdir -p build/tests; rm -f build/tests/qemu-kernel.log');
my $child = fork // die;
unless ($child) {
    open STDERR, '>', '/dev/null';
    exec @command;
}
my $text = '';
for (1 .. 60) {
    select undef, undef, undef, 0.3;
    $text = join "\n", lines('build/tests/qemu-kernel.log');
    last if $text =~ /^vexit: /m;
}
kill TERM => $child;
waitpid $child, 0;
like($text, qr/^vexit: option exitz is unknown/m, 'started, and refuses the option');
done_testing();
