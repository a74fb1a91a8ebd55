#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A Linux kernel that was cut off.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my ($kernel) = grep { -f } 'build/cache/vmlinuz', glob '/boot/vmlinuz-*-cloud-amd64';
plan skip_all => 'no Linux kernel: `make install-packages` fetches it' unless $kernel;
system('mkdir -p build/tests') == 0 or die;
system("head -c 1000000 $kernel > build/tests/truncated-kernel") == 0 or die;

boot(
    guest => 'build/tests/truncated-kernel',
    refusal => 'guest image: the Linux file of 1000000 bytes ends within its protected-mode kernel; it is truncated, copy it again',
);
