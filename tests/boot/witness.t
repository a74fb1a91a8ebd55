#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The emulator's own log of VM exits says what the trace says, exit by exit.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

use Witness qw(compare);

for my $case (['test', 'exits=all mode=lossless -- quiet'], ['build/kernels/instructions.elf', 'exits=all mode=lossless']) {
    my ($guest, $options) = @$case;
    my $run = run_guest(guest => $guest, options => $options, exit_log => 1);
    is($run->{status}, 0, "$guest: success") or diag($run->{output});
    my $result = compare($run->{directory});
    cmp_ok($result->{traced}, '>', 1000, "$guest: $result->{traced} exits");
    is($result->{emulator} - $result->{untraced}, $result->{traced}, "$guest: as many in the emulator's log");
    is($result->{differ}, 0, "$guest: none missing, extra or different")
        or diag(join "\n", @{ $result->{lines} });
}
done_testing();
