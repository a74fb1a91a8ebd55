#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A Multiboot kernel as GRUB's module, with a command line and a module of its own.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    guest => 'build/guest.elf',
    options => 'exits=cr -- only=boot',
    modules => ['Makefile a b'],
    trace => ['exit CR_ACCESS *', 'entry CR_ACCESS type=0x0 cr=0 *'],
    guest_log => ['ok boot EAX holds*', 'done * checks, 0 failed'],
    vmm_log => ['vexit: VMM at *, guest: Multiboot 1 at *'],
);
