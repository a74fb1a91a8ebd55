#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A module that is no kernel.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    guest => 'README.md',
    refusal => 'guest image of * bytes is no Multiboot kernel and no Linux bzImage; check the first module',
);
