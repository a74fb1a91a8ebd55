#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An ELF program for Linux is no kernel.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    guest => 'build/stamp',
    refusal => 'guest image is an ELF file without a Multiboot header; *',
);
