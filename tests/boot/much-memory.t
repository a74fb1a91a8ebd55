#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# RAM above 4 GiB: the VMM stays below it, and the guest's memory map has it.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    memory => 5120,
    options => '-- only=boot,memory',
    guest_log => ['done * checks, 0 failed'],
    no_guest_log => ['FAIL *'],
);
