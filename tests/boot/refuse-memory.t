#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Too little memory for the ring that was asked for.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    memory => 64,
    options => 'ring=128M',
    refusal => '*memory*',
);
