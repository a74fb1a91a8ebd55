#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest resets the machine by system control port A.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'port92',
    last => 'stop IO_INSTRUCTION port=0x92 *',
    reason => 'reset by port 0x92',
);
