#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A processor that has EPT and no unrestricted guest.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

boot(
    model => 'corei5_lynnfield_750',
    refusal => '*unrestricted guest*',
);
