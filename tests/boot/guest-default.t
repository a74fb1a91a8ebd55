#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The built-in guest with what must be intercepted, as `make run` does it.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    trace => ['exit CPUID *', 'entry CPUID leaf=0x0 subleaf=0x0 *'],
    guest_log => ['ok boot EAX holds the loader*', 'done * checks, 0 failed'],
    no_guest_log => ['FAIL *'],
    vmm_log => ['vexit 0.*', 'vexit: VMM at *, exits=default'],
);
