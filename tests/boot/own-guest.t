#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest that the README shows, built as it says; and without ld's -n, which is refused.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;
use Test::More;

my $directory = 'build/tests/own-guest-source';
my ($source) = join("\n", lines('README.md')) =~ /^```\n(#include "guest.*?)^```$/ms or die 'README.md: no guest';
my ($command) = map { /^(gcc .* first\.S .*)/ } lines('README.md');
$command =~ s{first\.}{$directory/first.}g;
system('mkdir', '-p', $directory);
open my $file, '>', "$directory/first.S" or die $!;
print $file $source;
close $file;
is(system($command), 0, 'it is built as the README says');
boot(
    more => 1,
    guest => "$directory/first.elf",
    trace => ['exit CPUID *', 'entry CPUID leaf=0x0 *', 'marker rbx=0x4d2 *', 'stop VMCALL *'],
);
is(system($command =~ s/-Wl,-n,/-Wl,/r), 0, 'and without -n');
boot(
    guest => "$directory/first.elf",
    refusal => '* at 0xff000, which are not all usable memory; link the guest elsewhere (by ld -n, *',
);
