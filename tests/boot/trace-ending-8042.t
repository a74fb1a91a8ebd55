#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest resets the machine by the keyboard controller, in either way.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => '8042',
    last => 'stop IO_INSTRUCTION port=0x64 eax_out=0xfe *',
    reason => 'reset by the keyboard controller',
    more => 1,
);
ending(
    end => 'output-port',
    last => 'stop IO_INSTRUCTION port=0x60 eax_out=0xde *',
    reason => 'reset by the keyboard controller',
);
