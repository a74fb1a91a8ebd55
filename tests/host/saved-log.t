#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Logs as other programs save them: terminals change line ends and add to lines, and files come compressed.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

my ($log) = make_log('-v 2 -n 200 -t');
my $whole = (vexit('decode --no-text ' . log_of('whole', $log)))[1];
my $records = () = $whole =~ /^\d+ vcpu\d (?:exit|entry|stop|marker)\b/mg;

sub by_line {
    my ($change) = @_;
    my $changed = $log;

    $changed =~ s/^([^\r\n]*)\r\n/$change->($1)/mge;
    return $changed;
}

my %saved = (
    'LF'                   => sub { "$_[0]\n" },
    'CR'                   => sub { "$_[0]\r" },
    'CR CR LF'             => sub { "$_[0]\r\r\n" },
    'a time before each'   => sub { "[2026-01-02 03:04:05] $_[0]\n" },
    'blanks behind each'   => sub { "$_[0]  \t\r\n" },
    'escape codes'         => sub { "\e[1;32m$_[0]\e[0m\e[K\r\n" },
    'a time, escape codes' => sub { "03:04:05.678 > $_[0]\e[0m\n" },
);
for (sort keys %saved) {
    my ($status, $out, $err) = vexit('decode --no-text ' . log_of('saved', by_line($saved{$_})));
    is($status, 0, "lines with $_: complete");
    is($out, $whole, 'the same records');
}

for (['LF', "\n"], ['CR', "\r"], ['CR LF', "\r\n"]) {
    my ($name, $end) = @$_;
    my $changed = by_line(sub { "$_[0]$end" });

    for my $noise ("\xff", "\0", "\0\xff\x80\xfe") {
        my @lines = split /(?<=$end)/, $changed;
        $lines[@lines / 2] =~ s/^.{20}\K/$noise/;
        my ($status, undef, $err) = vexit('decode ' . log_of('noise', join '', @lines));
        is($status, 1, "noise in a line that ends with $name: incomplete");
        like($err, qr/incomplete: ${\($records - 1)} records, 1 line missing, 1 record missing/,
            'one line is lost');
    }
}

my $nul = by_line(sub { "$_[0]\0\n" });
my ($status, $out, $err) = vexit('decode --no-text ' . log_of('nul', $nul));
like($err, qr/: incomplete: $records records, \d+ bytes damaged$/,
    'a NUL behind each line costs no record');

my ($frames) = make_log('-n 10 -q');
for (['C1 controls', "a\x9b31mb\xc2\x9b31mc", 'a\x9b31mb\xc2\x9b31mc'],
    ['escape codes', "a\e[31mb\tc", "a\\x1b[31mb\tc"],
    ['UTF-8',        "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xc2\xa0", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xc2\xa0"],
    ['Latin-1',      "\xe9t\xe9 ", '\xe9t\xe9 '],
    ['the last bytes of a line', "\xe2\x82", '\xe2\x82']) {
    my ($name, $text, $printed) = @$_;
    ($status, $out) = vexit('decode ' . log_of('characters', "$text\r\n$frames"));
    is((split /\n/, $out)[0], "text: $printed", "text: $name");
}

my %foreign = (
    "\x1f\x8b\x08"       => qr/gzip/,
    "\x28\xb5\x2f\xfd"   => qr/zstd/,
    "\xfd7zXZ\0"         => qr/xz/,
    "BZh9"               => qr/bzip2/,
    "PK\3\4"             => qr/zip archive/,
    "\xff\xfev\0e\0"     => qr/UTF-16/,
    "\x17\x08Dtracing6"  => qr/trace-cmd.*vexit import/,
    "\x7fELF"            => qr/ELF file.*--memory/,
    "firmware's text\r\n" => qr/no trace in it/,
);
for (sort keys %foreign) {
    ($status, $out, $err) = vexit('stat ' . log_of('foreign', $_ . 'x' x 100));
    is($status, 2, 'another file');
    like($err, qr/\Avexit: \S+: .*$foreign{$_}.*\n\z/, "what it is: $foreign{$_}");
}

done_testing;
