#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The guest stops with a status of its own.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

ending(
    end => 'stop status=7',
    last => 'stop VMCALL function=0x76780004 rbx=0x7 *',
    reason => 'the guest stopped with status 7',
    status => 7,
);
