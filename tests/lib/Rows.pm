# SPDX-License-Identifier: MIT
# The rows of `vexit stat', compared with times of handling that come from elsewhere.
package Rows;

use strict;
use warnings;
use Exporter 'import';
use Tool;

our @EXPORT = qw(csv rows_agree);

# The rows of a command's --csv, as hashes.
sub csv {
    my ($arguments) = @_;
    my ($status, $out) = vexit($arguments);
    my ($head, @lines) = split /\n/, $out;
    my @names = split /,/, $head;

    is($status, 0, $arguments);
    return map { my %row; @row{@names} = split /,/, $_, -1; \%row } @lines;
}

# Nearest rank.
sub percentile {
    my ($percent, @sorted) = @_;
    my $rank = int((@sorted * $percent + 99) / 100);

    return $sorted[($rank || 1) - 1];
}

sub near {
    my ($got, $expected) = @_;

    return abs($got - $expected) <= $expected / 128;
}

# Every row of stat --by has the figures of the exits that are expected in it, and no row is missing.
# expected: by the row's values in the columns of `by', times of handling; undef: it ended the run.
sub rows_agree {
    my ($log, $by, $filter, %expected) = @_;
    my $wrong = 0;
    my @rows = csv("stat --csv --by=$by $filter $log");

    for my $row (@rows) {
        my $key = join ' ', map { $row->{$_} } split /,/, $by;
        my $exits = delete $expected{$key} || [];
        my @ticks = sort { $a <=> $b } grep { defined } @$exits;
        my $sum = 0;
        $sum += $_ for @ticks;
        $wrong++ unless $row->{count} == @$exits && $row->{stopped} == @$exits - @ticks
            && (!@ticks || $row->{total} == $sum && $row->{min} == $ticks[0]
                && $row->{max} == $ticks[-1] && abs($row->{mean} - $sum / @ticks) < 0.001
                && near($row->{p50}, percentile(50, @ticks))
                && near($row->{p95}, percentile(95, @ticks))
                && near($row->{p99}, percentile(99, @ticks)));
    }
    ok(@rows && !$wrong && !%expected, "by $by $filter: as decode says")
        or diag("$wrong wrong rows, not there: " . join ', ', keys %expected);
}

1;
