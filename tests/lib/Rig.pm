# SPDX-License-Identifier: MIT
# What the builder of the rig and those who run it share: its memory layout, and files.
package Rig;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(%rig whole write_file blocks libraries);

# The constants of boot.h.
our %rig = map { /^#define (\w+)\s+(0x[0-9a-f]+)/ ? ($1 => hex $2) : () }
    split /\n/, whole(__FILE__ =~ s{lib/Rig\.pm$}{nested/rig/boot.h}r);

sub whole {
    my ($file) = @_;
    open my $handle, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$handle>;
}

sub write_file {
    my ($file, @parts) = @_;
    open my $handle, '>:raw', $file or die "$file: $!\n";
    print $handle @parts;
    close $handle or die "$file: $!\n";
}

# What ldd names, each under its own path.
sub libraries {
    my ($program) = @_;
    return map { m{(/\S+) \(0x} ? $1 : () } qx(ldd $program);
}

# Filled up to whole blocks.
sub blocks {
    my ($bytes) = @_;
    return $bytes . "\0" x (-length($bytes) % $rig{RIG_BLOCK});
}

1;
