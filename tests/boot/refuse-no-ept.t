#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A processor that has VMX and no EPT.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    model => 'core2_penryn_t9600',
    refusal => '*EPT*',
);
