#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest switches the emulator off by its own port.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'shutdown',
    last => 'stop IO_INSTRUCTION port=0x8900 eax_out=0x6e *',
    reason => 'power off by port 0x8900',
);
