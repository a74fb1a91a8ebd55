#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The keys that docs/tool.md lists are those that `--json' prints, and all of them.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
use Tool;

# By object, what stands in its row in quotes, but for options and other objects.
my %listed;
my ($section) = contents('docs/tool.md') =~ /^## JSON\n(.*?)^## /ms;
for my $row ($section =~ /^\| (`.*) \|$/mg) {
    my ($objects, $keys) = split / \| /, $row;
    my @keys = grep { !/^--/ && $_ ne 'stat' } $keys =~ /`([^`]+)`/g;
    $objects = $objects =~ s/`decode`, `(\w+)`/`decode $1`/r;
    $listed{$_} = { map { ($_, 1) } @keys } for $objects =~ /`([^`]+)`/g;
}
my @figures = grep { $_ ne 'reason' } keys %{ $listed{'stat.groups[]'} };
my %more = map { ($_, 1) } grep { $_ ne 'rip' } keys %{ $listed{'hot.groups[]'} };
$listed{$_} = { map { ($_, 1) } @figures } for 'stat.other', 'stat.all';
$listed{hot} = $listed{stat};
$listed{'hot.groups[]'}{$_} = 1 for @figures;
$listed{$_} = { %more, map { ($_, 1) } @figures } for 'hot.other', 'hot.all';
$listed{"hot.$_"} = $listed{"stat.$_"} for qw(end vcpus[] vmm_statistics vmm_statistics.rows[]);

my %printed;

# What is below these is named by what is in the log.
my $named_by_log = qr/\.(?:slots|names|start|end)$/;

sub take {
    my ($path, $value) = @_;
    if (ref $value eq 'ARRAY') {
        take("${path}[]", $_) for grep { ref } @$value;
    } elsif (ref $value eq 'HASH') {
        return if $path =~ /^decode.*$named_by_log/;
        for my $key (keys %$value) {
            $printed{$path}{$key} = 1;
            take($path =~ s/ .*//r . ".$key", $value->{$key});
        }
    }
}

sub take_output {
    my ($command, $log, $options) = @_;
    for my $line (split /\n/, (vexit("$command --json $options $log"))[1]) {
        my $object = decode_json($line);
        if ($object->{record}) {
            $printed{decode}{record} = 1;
            take('decode ' . delete $object->{record}, $object);
        } else {
            take($command, $object);
        }
    }
}

my $log = made_log('log', '-v 2 -n 4000 -l');
my $cut = log_of('cut', substr contents($log), 0, 9000);
my ($real, $symbols) = ('tests/traces/vexit.log', "--symbols=$Tool::build/guest64.elf");
take_output('stat', $_, '') for $log, $cut;
take_output('hot', $real, $symbols);
take_output('decode', $_, "--names $symbols") for $log, $cut, $real;

is_deeply([sort keys %printed], [sort grep { !/^decode\.(start|end)$/ } keys %listed], 'the objects');
for my $object (sort keys %printed) {
    is_deeply([sort keys %{ $printed{$object} }], [sort keys %{ $listed{$object} }], "$object: its keys");
}
done_testing();
