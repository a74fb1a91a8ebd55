#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A processor without VMX, started by GRUB on UEFI.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    machine => 'qemu-uefi',
    refusal => 'no VMX (CPUID.01H:ECX.VMX = 0); use *',
);
