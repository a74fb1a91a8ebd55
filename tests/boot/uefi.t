#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Started by GRUB on UEFI firmware.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    machine => 'bochs-uefi',
    guest_log => ['done * checks, 0 failed'],
);
