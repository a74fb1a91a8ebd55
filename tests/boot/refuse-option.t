#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An option that does not exist: no guess, no boot.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    options => 'exitz=all',
    refusal => 'option exitz is unknown; docs/options.md lists them all',
);
