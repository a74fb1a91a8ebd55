#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A write that was to end the machine, and did not: the trace goes on behind its END record.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

my $run = ending(
    end => 'debug-exit,stop',
    last => 'stop VMCALL *',
    reason => 'the guest stopped with status 0',
    more => 1,
);
expect_lines('trace', [decode("$run->{directory}/vmm.log")],
    'lost count=*',
    'exit IO_INSTRUCTION *', 'stop IO_INSTRUCTION port=0x501 *',
    'end reason=exit by the emulator\'s debug port',
    'exit VMCALL *', 'stop VMCALL *',
    'end reason=the guest stopped with status 0');
done_testing();
