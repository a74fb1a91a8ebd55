#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest resets the machine by the reset control register.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'cf9',
    last => 'stop IO_INSTRUCTION port=0xcf9 eax_out=0x6 *',
    reason => 'reset by port 0xcf9',
);
