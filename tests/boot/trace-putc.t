#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the guest prints by VMCALL comes as a line of text, among records as frames and as lines.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

for my $wire (qw(frames text)) {
    boot(
        options => "wire=$wire -- only=vmcall quiet",
        # A frame may stand before it on the same line, and end with any byte.
        vmm_log => [qr/the test guest was here$/],
        trace => ['text: the test guest was here', 'end status=0'],
        no_trace => ['text: *the test guest was here*the test guest*'],
        more => 1,
    );
}
done_testing();
