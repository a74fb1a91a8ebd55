# SPDX-License-Identifier: MIT
# What tests of `vexit import` have in common: importing into $dir/log, and what is in it then.
package Import;

use strict;
use warnings;
use Exporter 'import';
use Tool;

our @EXPORT = (@Tool::EXPORT, qw(import_of import_takes decoded));

# Runs vexit import; returns exit status, standard output, standard error.
sub import_of {
    my ($arguments) = @_;

    unlink "$dir/log";
    return vexit("import $arguments -o $dir/log");
}

# What an import takes: exit status, kilobytes of memory at most, seconds of the processor in user mode.
sub import_takes {
    my ($arguments) = @_;
    # getrusage(RUSAGE_CHILDREN): ru_utime at the front, ru_maxrss behind both times.
    my $code = 'my $usage = "\0" x 144; my $status = system "$ARGV[0] > /dev/null 2>&1";'
        . 'syscall 98, -1, $usage; my ($s, $us, $kb) = unpack "q q x16 q", $usage;'
        . 'printf "%d %d %f", $status >> 8, $kb, $s + $us / 1e6';
    unlink "$dir/log";
    return split ' ', qx(perl -e '$code' '$vexit import $arguments -o $dir/log');
}

# The lines of the log, without those of its text; arguments of vexit decode.
sub decoded {
    my ($arguments) = @_;

    return (vexit('decode --no-text ' . ($arguments // '') . " $dir/log"))[1];
}

1;
