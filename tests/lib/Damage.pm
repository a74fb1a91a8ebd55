# SPDX-License-Identifier: MIT
# What damage does to a real log: the records of one frame are gone, no others, and it is said.
package Damage;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw(trace_frames one_bit_costs_one_frame frames_are_told_apart);

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

# Where the frames with records are in an undamaged log: begin and end of each.
sub trace_frames {
    my ($path) = @_;
    return grep { $_->[2] == 1 } frames(contents($path));
}

# Where all frames are: begin, end, kind.
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
    my @frames = trace_frames($path);
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

# A frame that is not there, that comes twice or after the next one, and a log that breaks off: the
# records that are read are those of the frames that are there, each once, and the others are counted.
sub frames_are_told_apart {
    my ($path, $n) = @_;
    my $bytes = contents($path);
    my @frames = trace_frames($path);
    my ($all) = stat_of($bytes);
    my %wrong = map { $_ => 0 } qw(dropped twice late cut);

    srand 2;
    for (1 .. $n) {
        my $i = int rand $#frames;
        my ($begin, $end) = @{ $frames[$i] };
        my ($before) = stat_of(substr $bytes, 0, $begin);
        my ($with) = stat_of(substr $bytes, 0, $end);
        my $held = $with - $before;
        my $frame = substr $bytes, $begin, $end - $begin;
        my ($next, $after) = @{ $frames[$i + 1] };
        my $head = substr $bytes, 0, $begin;

        my @dropped = stat_of($head . substr $bytes, $end);
        $wrong{dropped}++ unless "@dropped" eq join ' ', $all - $held, 1, $held;
        my @twice = stat_of($head . $frame . substr $bytes, $begin);
        $wrong{twice}++ unless "@twice" eq "$all 0 0";
        my @late = stat_of($head . substr($bytes, $end, $after - $end) . $frame . substr $bytes, $after);
        $wrong{late}++ unless "@late" eq "$all 0 0";
        my ($cut) = stat_of(substr $bytes, 0, $begin + 1 + int rand length($frame) - 1);
        $wrong{cut}++ unless $cut == $before;
    }
    is_deeply(\%wrong, { map { $_ => 0 } keys %wrong },
        'frames that are dropped, come twice or late, and a log that is cut: exactly what is there');
    return;
}

1;
