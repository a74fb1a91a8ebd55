#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The smallest ring holds the guest back, and nothing is lost, as frames or as lines.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

for my $wire (qw(frames text)) {
    my $run = run_guest(exit_log => 1,
        options => "mode=lossless ring=64K wire=$wire -- only=vmcall quiet flood=3000");
    my $exits = () = emulator_exits($run);
    is($run->{status}, 0, "$wire: success, and a complete log") or diag($run->{output});
    like($run->{output}, qr/^lost: 0$/m, "$wire: nothing lost");
    my ($markers) = $run->{output} =~ /^markers: (\d+)$/m;
    my ($records) = $run->{output} =~ /^records: (\d+)$/m;
    # Two exits switch the trace off and on, and those between them are not in it.
    is($records, 2 * ($exits - 2) + $markers, "$wire: records of $exits exits, $markers markers");
    like($run->{output}, qr/^The VMM's own statistics are the same/m, "$wire: the same statistics");
}
done_testing();
