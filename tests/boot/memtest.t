#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# memtest86+ comes up to its running screen and finds no errors.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

for my $exits (qw(default all)) {
    my $run = run_guest(
        guest => 'memtest',
        options => "exits=$exits",
        until => 'Status: Testing',
    );
    is($run->{status}, 0, "exits=$exits: it runs") or diag($run->{output});
    my $screen = join '', @{ $run->{guest_log} };
    like($screen, qr/Errors: 0/, 'without errors');
}
done_testing();
