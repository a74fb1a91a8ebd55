# SPDX-License-Identifier: MIT
# What tests of build/vexit have in common: making logs, and running the tool on them.
package Tool;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = (@Test::More::EXPORT, qw($dir $vexit $make_log vexit contents log_of make_log made_log marked));

our $build = $ENV{B} // 'build';
our $vexit = "$build/vexit";
our $dir = tempdir(CLEANUP => 1);
our $make_log = "$build/host/make_log";

-x $make_log or BAIL_OUT("no $make_log: `make test-programs' builds it");

# Runs vexit; returns exit status, standard output, standard error.
sub vexit {
    my ($arguments) = @_;
    my $out = `$vexit $arguments 2>$dir/err`;
    my $status = $? & 127 ? "signal " . ($? & 127) : $? >> 8;

    return ($status, $out, contents("$dir/err"));
}

sub contents {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    my $bytes = <$file>;
    return $bytes // '';
}

sub log_of {
    my ($name, @bytes) = @_;

    open my $file, '>:raw', "$dir/$name" or die "$dir/$name: $!";
    print $file @bytes;
    close $file;
    return "$dir/$name";
}

# Makes a log (tests/host/make_log.c). Returns its bytes, and for each frame its offset, length,
# kind, sequence number, vCPU and number of records.
sub make_log {
    my ($arguments) = @_;
    my $bytes = `$make_log -m $dir/map $arguments`;
    my @map = map { [split] } split /\n/, contents("$dir/map");

    return ($bytes, @map);
}

# The path of such a log in a file of its own.
sub made_log {
    my ($name, $arguments) = @_;

    return log_of($name, (make_log($arguments))[0]);
}

# CRC-32C, as docs/trace-format.md has it.
sub crc32c {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $_[0]) {
        $crc ^= $byte;
        $crc = $crc & 1 ? $crc >> 1 ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}

# Marked lines (wire=text) of any contents.
sub marked {
    my $number = 0;
    return join '', map {
        my $line = sprintf "~%s ~%02x%04x\r\n", $_, $number, crc32c($_ . chr $number) & 0xffff;
        $number = $number + 1 & 0xff;
        $line;
    } @_;
}

1;
