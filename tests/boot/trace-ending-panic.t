#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The VMM itself breaks down in the middle of an exit.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

my $run = ending(
    end => 'stop',
    commands => intrude('exit_vmcall', 'begin', 'rip = 0x8'),
    last => 'stop VMCALL',
    reason => 'exception 14 error 0x11 in the VMM at 0x8, *',
    status => 255,
    more => 1,
);
expect_lines('the log', [decode("$run->{directory}/vmm.log")], 'text: vexit: panic: exception 14 *');
done_testing();
