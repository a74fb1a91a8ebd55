# SPDX-License-Identifier: MIT
# What damage does to a real log: the records of one frame are gone, no others, and it is said.
package Damage;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw(one_bit_costs_one_frame);

my $dir = tempdir(CLEANUP => 1);

sub contents {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar <$file>;
}

# What `vexit stat` says of these bytes: records that were read, frames and records missing.
sub stat_of {
    my ($bytes) = @_;
    open my $file, '>:raw', "$dir/log" or die "$dir/log: $!";
    print $file $bytes;
    close $file or die "$dir/log: $!";
    my $text = `build/vexit stat $dir/log 2>&1`;
    my ($records) = $text =~ /^records: (\d+)/m;
    my ($frames) = $text =~ /^log: .* (\d+) frames? missing/m;
    my ($missing) = $text =~ /^log: .* (\d+) records? missing/m;
    return ($records // 0, $frames // 0, $missing // 0);
}

# Where the frames of an undamaged log are: begin, end, kind.
sub frames {
    my ($bytes) = @_;
    my (@frames, $at);
    for ($at = 0; ($at = index $bytes, "\xfe\xc1", $at) >= 0;) {
        my ($kind, $length) = unpack 'Cv', substr $bytes, $at + 2, 3;
        push @frames, [$at, $at + 6 + $length + 4, $kind & 15];
        $at += 6 + $length + 4;
    }
    return @frames;
}

# Flips a bit of each of $n TRACE frames, one at a time. The seed is the same in every run.
sub one_bit_costs_one_frame {
    my ($path, $n) = @_;
    my $bytes = contents($path);
    my @frames = grep { $_->[2] == 1 } frames($bytes);
    my ($all) = stat_of($bytes);
    my $exact = 0;

    srand 1;
    for (1 .. $n) {
        my ($begin, $end) = @{ $frames[rand @frames] };
        my ($before) = stat_of(substr $bytes, 0, $begin);
        my ($with) = stat_of(substr $bytes, 0, $end);
        my $damaged = $bytes;
        my $at = $begin + int rand($end - $begin);
        substr($damaged, $at, 1) ^= chr(1 << int rand 8);
        my ($records, $missing_frames, $missing) = stat_of($damaged);
        my $held = $with - $before;
        my $good = $held && $records == $all - $held && $missing == $held && $missing_frames == 1;
        diag("byte $at, in a frame of $held records: $records of $all read, $missing missing")
            unless $good;
        $exact += $good;
    }
    is($exact, $n, 'a flipped bit costs the records of its frame, which are counted, and no others');
    return;
}

1;
