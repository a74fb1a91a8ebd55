#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A value out of range names what the option takes.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    options => 'ring=3M3',
    refusal => 'option ring=3M3 is not understood; it takes SIZE',
);
