#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit hot, and symbols in decode: on an image whose instructions are those of the synthetic log.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
use Tool;

# The addresses are those of tests/unit/synthetic.h, less its kernel's.
my $source = log_of('guest.s', <<'END');
	.text
	.globl spin, serial, delay
	.type spin, @function
	.org 0x0f1000
spin:	.fill 0x100, 1, 0x90
	pause
	jmp spin
	.size spin, . - spin
	.type delay, @function
	.org 0x4a2000
delay:	rdtscp
	.org 0x4a2014
	rdtscp
	.org 0x4a2020
	pause
	ret
	.size delay, . - delay
	.type serial, @function
	.org 0x5c1230
serial:	out %al, %dx
	.org 0x5c1234
	in %dx, %al
	ret
	.size serial, . - serial
END
my $image = "$dir/guest.elf";
system("gcc -g -nostdlib -static -no-pie -Wl,--build-id=none,-Ttext=0xffffffff81000000 -Wl,-e,0 "
    . "-o $image $source 2>$dir/err") == 0 or BAIL_OUT("no image: " . contents("$dir/err"));
my $log = log_of('log', (make_log('-v 2 -n 3000 -j 90'))[0]);
my ($status, $out, $err);

# Line numbers in the source of its instructions.
my %line;
{
    my $n = 0;
    for (split /\n/, contents($source)) {
        $n++;
        push @{ $line{$1} }, $n if /\b(pause|rdtscp|out|in) ?/ && !/type|globl/;
    }
}

# The rows of hot: RIP, count, total time, reason, and what stands there.
sub rows {
    my ($text) = @_;
    return map { /^(0x\w+) +(\d+) .*? ([A-Z]\w+)(?:  +(.*))?$/ ? [$1, $2, $3, $4 // ''] : () }
        split /\n/, $text;
}

subtest 'without an image' => sub {
    ($status, $out) = vexit("hot --sort=count $log");
    is($status, 0, 'complete');
    my (%count, $rip);
    for (split /\n/, (vexit("decode $log"))[1]) {
        $count{$1}++ if / exit .* ?rip=(\w+)/;
    }
    my @rows = rows($out);
    ok(@rows > 3, 'rows');
    is($_->[1], $count{ $_->[0] }, "$_->[0]: as often as decode says") for @rows;
    my @counts = map { $_->[1] } @rows;
    is("@counts", join(' ', sort { $b <=> $a } @counts), 'the most frequent first');
    like((vexit("hot --top=2 $log"))[1], qr/^\d+ more rows, which --top=\d+ shows$/m, 'not all');
    my @slow = rows((vexit("hot --reason=RDTSCP --vcpu=1 $log"))[1]);
    ok(@slow && !(grep { $_->[2] ne 'RDTSCP' } @slow), 'filters');
};

subtest 'with an image' => sub {
    ($status, $out) = vexit("hot --symbols=$image $log");
    is($status, 0, 'complete');
    my %at = map { $_->[0] => $_->[3] } rows($out);
    like($at{'0xffffffff810f1100'}, qr/^pause +spin\+0x100 \S*guest\.s:$line{pause}[0]$/, 'PAUSE');
    like($at{'0xffffffff814a2014'}, qr/^rdtscp +delay\+0x14 \S*guest\.s:$line{rdtscp}[1]$/, 'RDTSCP');
    like($at{'0xffffffff815c1234'}, qr/^in al, dx +serial\+0x4 \S*guest\.s:$line{in}[0]$/, 'IN');
    like($at{'0xffffffff815c1230'}, qr/^out dx, al +serial\+0x0 /, 'OUT');

    # The same image, moved; and one that lies elsewhere.
    like((vexit("hot --symbols=$image\@0x10 $log"))[1], qr/ delay\+0x4 /, 'an image that was moved');
    unlike((vexit("hot --symbols=$image\@0x10000000 $log"))[1], qr/spin|delay|serial/, 'and away');
    unlike((vexit("hot --symbols=$image\@-0x10000000 $log"))[1], qr/spin|delay|serial/, 'downwards');
};

subtest 'for programs' => sub {
    my ($head, @lines) = split /\n/, (vexit("hot --csv --symbols=$image $log"))[1];
    my ($json) = map { decode_json($_) } (vexit("hot --json --symbols=$image $log"))[1];
    my @names = split /,/, $head;
    my (%row, %group);

    for (@lines) {
        my @values = map { s/^"(.*)"$/$1/r =~ s/""/"/gr } /\G("(?:[^"]|"")*"|[^,]*)(?:,|$)/g;
        @{ $row{ $values[1] } }{@names} = @values;
    }
    $group{ $_->{rip} } = $_ for @{ $json->{groups} };
    is("@names[0 .. 2]", 'run rip count', 'a row is a RIP');
    my %in = %{ $row{'0xffffffff815c1234'} };
    is("@in{qw(reason other_reasons instruction function offset)}", 'IO_INSTRUCTION 0 in al, dx serial 4',
        'CSV: quoted where it has a comma');
    like("@in{qw(file line)}", qr/guest\.s $line{in}[0]$/, 'source line');
    is_deeply({ map { $_ => $group{'0xffffffff815c1234'}{$_} } grep { !/run|mean|share|per_second/ } @names },
        { map { $_ => $in{$_} } grep { !/run|mean|share|per_second/ } @names }, 'JSON: the same');
    my %count = map { $_->[0] => $_->[1] } rows((vexit("hot --top=1000 $log"))[1]);
    is_deeply({ map { $_ => $row{$_}{count} } keys %row }, \%count, 'the counts of the table');
    ok(exists $group{'0xffffffff814a2000'}{line}, 'JSON names what it has no value for, too');

    my ($plain) = split /\n/, (vexit("hot --csv $log"))[1];
    like($plain, qr/,reason,other_reasons$/, 'without an image no columns for it');
    my ($elsewhere) = map { decode_json($_) } (vexit("hot --json --symbols=$image\@0x10000000 $log"))[1];
    is($elsewhere->{groups}[0]{$_}, undef, "no $_ where no image has the address")
        for qw(instruction function file line);
    is($elsewhere->{all}{reason}, undef, 'nor for the sum');
};

subtest 'decode' => sub {
    my ($plain) = (vexit("decode $log"))[1];
    ($status, $out) = vexit("decode --symbols=$image $log");
    is($status, 0, 'complete');
    like($out, qr/^\d+ vcpu\d exit PAUSE rip=0xffffffff810f1100  # spin\+0x100 \S*guest\.s:$line{pause}[0]$/m,
        'function and line');
    is($out =~ s/  # .*//gr, $plain, 'all else is as without them');
    like((vexit("decode --names --symbols=$image $log"))[1],
        qr/rip=0xffffffff815c1234 .*  # serial\+0x4 \S+ direction=in size=1$/m, 'names, too');
    my @objects = map { decode_json($_) } split /\n/, (vexit("decode --json --symbols=$image $log"))[1];
    my ($pause) = grep { ($_->{rip} // '') eq '0xffffffff810f1100' } @objects;
    is($pause->{symbol}{function}, 'spin', 'JSON');
    is($pause->{symbol}{line}, $line{pause}[0], 'with the line');
    like((vexit("decode --fields=rip --symbols=$image $log"))[1],
        qr/^# rip\tsymbol\n.*^0xffffffff810f1100\tspin\+0x100 /ms, 'columns');
};

subtest 'a list of symbols' => sub {
    my $list = log_of('System.map', "ffffffff814a2000 T delay\nffffffff810f1000 t spin\n"
        . "                 U elsewhere\nffffffff815c1230 T serial\nffffffff81600000 T _etext\n");
    ($status, $out) = vexit("decode --symbols=$list $log");
    is($status, 0, 'complete');
    like($out, qr/rip=0xffffffff810f1100  # spin\+0x100$/m, 'functions');
    like($out, qr/rip=0xffffffff815c1234 .*  # serial\+0x4$/m, 'in whatever order they stand');
    my $sparse = log_of('sparse', "ffffffff810e1100 T far\nffffffff815b1235 T near\nffffffff81600000 T _etext\n");
    ($status, $out) = vexit("decode --symbols=$sparse $log");
    like($out, qr/rip=0xffffffff815c1234 .*  # near\+0xffff$/m, 'a name reaches 64 KiB');
    unlike($out, qr/# far\+0x10000/, 'and no further');
    like((vexit("hot --symbols=$list --symbols=$image $log"))[1], qr/^0xffffffff814a2020 .* pause +delay\+0x20$/m,
        'code from another image');
};

subtest 'no image' => sub {
    system("objcopy --strip-all $image $dir/stripped") == 0 or die 'objcopy';
    for my $case (["$dir/none", qr/No such file/], [$dir, qr/Is a directory/],
        [log_of('words', "what\n"), qr/neither an ELF file nor a list of symbols/],
        [log_of('nothing', ''), qr/neither an ELF file nor a list/],
        [log_of('magic', "\177ELF"), qr/no symbols can be read/],
        ["$dir/stripped", qr/stripped/]) {
        ($status, $out, $err) = vexit("hot --symbols=$case->[0] $log");
        is($status, 64, "$case->[0]: wrong usage");
        like($err, $case->[1], 'and why');
        is($err =~ tr/\n//, 1, 'in one line');
    }
    srand 2;
    my $small = log_of('small', (make_log('-n 30'))[0]);
    my $c = log_of('tiny.c', "int f(int x) { return x + 1; }\nint g(int x) { return f(x) * 2; }\n");
    system("gcc -g -O2 -nostdlib -static -no-pie -Wl,--build-id=none,-Ttext=0xffffffff814a2000 "
        . "-Wl,-e,0 -fno-pic -mcmodel=kernel -o $dir/tiny $c") == 0 or die 'gcc';
    my $tiny = contents("$dir/tiny");
    my $crashes = 0;
    for (1 .. 150) {
        my $damaged = $tiny;
        substr($damaged, int rand length $damaged, 1) = chr int rand 256 for 0 .. rand 30;
        substr($damaged, int rand length $damaged) = '' if rand > 0.7;
        my ($got) = vexit("hot --symbols=${\log_of('damaged', $damaged)} $small");
        $crashes++ unless $got =~ /^(0|64)$/;
    }
    is($crashes, 0, 'images damaged at random: read, or refused');
};

done_testing();
