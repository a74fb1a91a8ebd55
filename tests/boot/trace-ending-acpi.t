#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest switches the machine off by ACPI.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'acpi',
    last => 'stop IO_INSTRUCTION port=0xb004 eax_out=0x2000 *',
    reason => 'sleep or power off by the ACPI PM1 control register',
);
