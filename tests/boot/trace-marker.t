#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Markers hold the guest's four values, from CPL 3 too, and stand before the exit that made them.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    options => '-- only=vmcall quiet',
    trace => [
        'marker rbx=0x1111 rcx=0x2222 rdx=0x3333 rsi=0x4444',
        'exit VMCALL *',
        'entry VMCALL function=0x76780000 rbx=0x1111 rcx=0x2222 result=0x0',
        'marker rbx=0xffffffffffffffff rcx=0x8000000000000000 rdx=0x0 rsi=0xfedcba9876543210',
        'marker rbx=0x3 rcx=0x3 rdx=0x3 rsi=0x3',
        'entry VMCALL function=0x76780003 rbx=0x74 *', # the first letter of the text
        'entry VMCALL function=0x76780003 rbx=0xa *',
        'marker rbx=0x1 rcx=0x2 rdx=0x3 rsi=0x4',
        'stop VMCALL function=0x76780004 rbx=0x0 *',
    ],
);
