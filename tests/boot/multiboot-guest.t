#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A Multiboot kernel as GRUB's module, packed by gzip, with a command line and a module of its own.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my $packed = 'build/tests/guest.elf.gz';
system('mkdir -p build/tests && gzip -c build/guest.elf > ' . $packed) == 0 or die 'gzip';
boot(
    guest => $packed,
    options => 'exits=cr -- only=boot',
    modules => ['Makefile a b'],
    trace => ['exit CR_ACCESS *', 'entry CR_ACCESS type=0x0 cr=0 *'],
    guest_log => ['ok boot EAX holds*', 'done * checks, 0 failed'],
    vmm_log => ['vexit: VMM at *, guest: Multiboot 1 at *'],
);
