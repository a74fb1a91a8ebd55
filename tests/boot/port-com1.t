#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The VMM takes COM1, and the guest finds COM2 and no COM1.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    options => 'port=com1 exits=io -- only=io quiet',
    trace => ['exit IO_INSTRUCTION *'],
);
