# SPDX-License-Identifier: MIT
# What tests of `vexit import` have in common: importing into $dir/log, and what is in it then.
package Import;

use strict;
use warnings;
use Exporter 'import';
use Tool;

our @EXPORT = (@Tool::EXPORT, qw(import_of decoded));

# Runs vexit import; returns exit status, standard output, standard error.
sub import_of {
    my ($arguments) = @_;

    unlink "$dir/log";
    return vexit("import $arguments -o $dir/log");
}

# The lines of the log, without those of its text; arguments of vexit decode.
sub decoded {
    my ($arguments) = @_;

    return (vexit('decode --no-text ' . ($arguments // '') . " $dir/log"))[1];
}

1;
