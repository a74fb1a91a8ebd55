#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A processor without VMX: QEMU's own, started by GRUB on BIOS.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    machine => 'qemu',
    refusal => 'no VMX (CPUID.01H:ECX.VMX = 0); use *',
    vmm_log => ['vexit 0.*', 'vexit: no VMX *'],
    guest_log => ['vexit 0.*', 'vexit: no VMX *'],
);
