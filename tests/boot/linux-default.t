#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Debian's kernel boots to its userland and switches the machine off.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    guest => 'linux',
    seconds => 600,
    guest_log => ['* tsc: Detected *', 'userland reached', '* reboot: Power down'],
    no_guest_log => ['*Kernel panic*', '*ttyS1*'],
);
