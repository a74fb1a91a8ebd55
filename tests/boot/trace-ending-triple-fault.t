#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest loses itself in exceptions.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'triple-fault',
    last => 'stop TRIPLE_FAULT*',
    reason => 'triple fault at RIP *',
    status => 258,
);
