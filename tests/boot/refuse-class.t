#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A class of exits that does not exist.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    options => 'exits=io,iou',
    refusal => 'exits=: "iou" is not a class of exits; docs/options.md lists them',
);
