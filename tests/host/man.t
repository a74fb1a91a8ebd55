#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The manual: a page for each command with prose of its own; the options that the command has, and
# no others; nothing that renders with a warning.
use strict;
use warnings;
use Test::More;

my $build = $ENV{B} // 'build';

sub contents {
    my ($path) = @_;

    open my $file, '<', $path or return '';
    local $/;
    return <$file> // '';
}

# The long options by --usage, which the pages are not made from.
sub options {
    my ($command) = @_;
    my %options = map { $_ => 1 } `$build/vexit $command --usage` =~ /\[(--[\w-]+)/g;

    return \%options;
}

my @commands = contents('trace/host/commands.def') =~ /^COMMAND\((\w+),/mg;
my %known = map { %{options($_)} } '', @commands;

ok(@commands > 1, 'there are commands');
for my $command ('', @commands) {
    my $name = join '-', 'vexit', $command || ();
    my $path = "$build/man/$name.1";

    subtest $name => sub {
        my $prose = 'docs/man/' . ($command || 'vexit') . '.man';
        my $page = contents($path) =~ s/\\-/-/gr;
        my %described = map { $_ => 1 } $page =~ /^\.TP\n(?:\\fB-.,\\fR )?\\fB(--[\w-]+)/mg;

        ok(-s $prose, "$prose: at least an example")
            or diag("write $prose, in the man macros, as those beside it");
        like(contents($prose), qr/^\.SH EXAMPLES$/m, 'with one') if -s $prose;
        is_deeply(\%described, options($command), 'the options of --usage');
        my @unknown = grep { !$known{$_} } contents($prose) =~ s/\\-/-/gr =~ /(?<![\w-])(--\w[\w-]*)/g;
        is("@unknown", '', 'the prose names no option that does not exist');
        is(`mandoc -T lint -W warning $path 2>&1`, '', 'mandoc finds nothing to warn of');
        is(`MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z $path 2>&1 >/dev/null`, '',
            'man renders it without a warning');
        like(`MANWIDTH=80 man -l $path 2>&1`, qr/^NAME\n +\Q$name\E - /m, 'man shows it');
    };
}

my $whole = `man -l $build/man/vexit.1 2>&1`;
like($whole, qr/^ +\Q$_\E .*\n +\S/m, "vexit(1) tells of $_") for @commands;

done_testing();
