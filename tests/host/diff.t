#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit diff from the outside: what it prints, and its exit status.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;

sub vexit_diff { return vexit("diff $_[0]") }

# A log as decode prints it, its lines changed by a subroutine that finds them in @_.
sub changed {
    my ($name, $log, $change) = @_;
    my @lines = split /(?<=\n)/, `$vexit decode $log`;
    $change->(\@lines);
    return log_of($name, join '', @lines);
}

my $one = made_log('one', '-v 2 -j 33');
my $other = made_log('other', '-v 2 -j 90 -f 2000');
my ($status, $out, $err);

subtest 'runs that differ in time only' => sub {
    ($status, $out, $err) = vexit_diff("$one $other");
    is($status, 0, 'the same, though frames and times differ');
    is($err, '', 'nothing to say');
    like($out, qr/^reason +count A +count B +B\/A +mean A +mean B +B\/A +total A +total B +B\/A$/m,
        'the heading');
    my ($row) = $out =~ /^(PAUSE .*)$/m;
    my (undef, @count) = split ' ', $row;
    is($count[0], $count[1], 'as many exits');
    is($count[2], '1.000', 'so the ratio is one');
    cmp_ok($count[4], '>', $count[3], 'that take longer');
    cmp_ok($count[5], '>', 1, 'and the ratio says so');
    like($out, qr/^the same: 2000$/m, q(the verdict: 990 exits and 10 markers of each vCPU));
    is((vexit_diff("--brief $one $other"))[1], "the same: 2000\n", '--brief: the verdict alone');
    is((vexit_diff("--all $one $other"))[0], 1, '--all: stamps in slots differ');
};

subtest 'forms of a log' => sub {
    my $text = made_log('text', '-v 2 -j 33 -t');
    my $decoded = log_of('decoded', `$vexit decode $one`);
    my $no_time = log_of('no_time', `$vexit decode --no-time --no-text $one`);
    is((vexit_diff("-q $one $text"))[0], 0, 'frames and lines');
    is((vexit_diff("-q --all $one $decoded"))[0], 0, 'frames and what decode printed');
    ($status, $out) = vexit_diff("$no_time $one");
    is($status, 0, 'without times');
    unlike($out, qr/mean/, 'times are not compared then');
    my $masked = changed('masked', $one, sub { s/ rip=\S+//, s/0x5c12../0x...../ for @{$_[0]} });
    is((vexit_diff("-q $masked $one"))[0], 1, 'without RIPs it differs');
    is((vexit_diff("-q --ignore=rip $masked $one"))[0], 0, 'but for --ignore=rip');
    is(system("cat $one | $vexit diff -q --vcpu=1 - $other >$dir/out"), 0, 'standard input');
};

subtest 'a difference' => sub {
    my $eax = changed('eax', $one, sub {
        my ($n, $at) = (0);
        for (0 .. $#{$_[0]}) { $at = $_ if $_[0][$_] =~ /vcpu1 entry IO.* eax_in=0x0/ && ++$n == 20 }
        $_[0][$at] =~ s/eax_in=0x0/eax_in=0x77/;
    });
    ($status, $out, $err) = vexit_diff("$one $eax");
    is($status, 1, 'is told by the status');
    is($err, '', 'nothing else to say');
    like($out, qr/^\@\@\ vcpu1\ A:\ exit\ \d+\ at\ TSC\ (\d+),\ B:\ exit\ \d+\ at\ TSC\ \g1\ \@\@\n
        (\ \ vcpu1\ .*\n){4,8}-\ vcpu1\ exit\ IO_INSTRUCTION\ .*\n-\ vcpu1\ entry\ .*eax_in=0x0\ .*\n
        \+\ vcpu1\ exit\ IO_INSTRUCTION\ .*\n\+\ vcpu1\ entry\ .*eax_in=0x77\ .*\n(\ \ vcpu1\ .*\n){4,8}\n/xm,
        'where, what was before and after, and what differs');
    like($out, qr/^different: 1999 the same, 1 only in A, 1 only in B, in 1 place$/m, 'the verdict');
    is((vexit_diff("-q --ignore=eax_in $one $eax"))[0], 0, '--ignore=SLOT');
    is((vexit_diff("-q --ignore=IO_INSTRUCTION.eax_in $one $eax"))[0], 0, '--ignore=REASON.SLOT');
    is((vexit_diff("-q --ignore=HLT,IO_INSTRUCTION $one $eax"))[0], 0, '--ignore=REASON');
    is((vexit_diff("-q --ignore=rip,CPUID $one $eax"))[0], 1, 'other words do not hide it');
    is((vexit_diff("-q --vcpu=0 $one $eax"))[0], 0, '--vcpu: another vCPU is the same');
    ($status, $out, $err) = vexit_diff("-q --vcpu=9 $one $one");
    is($status, 2, 'a vCPU that neither log has: no verdict');
    is("$out$err", "vexit: --vcpu: neither log has a record of vCPU 9\n", 'told');
    is((vexit_diff("-q --moved=0x70-0x7f $one $eax"))[0], 1, '--moved: only one in the range');
    is((vexit_diff("-q --moved=0-0x7f $one $eax"))[0], 0, '--moved: both in the range');
};

subtest 'exits added and removed' => sub {
    my $long = made_log('long', '-n 20000 -q');
    my $edited = changed('edited', $long, sub {
        my @at = grep { $_[0][$_] =~ /vcpu0 exit/ } 0 .. $#{$_[0]};
        my @copy = @{$_[0]}[$at[1000] .. $at[4000] - 1];
        splice @{$_[0]}, $at[15000], $at[17000] - $at[15000];
        splice @{$_[0]}, $at[9000], 0, @copy;
        splice @{$_[0]}, $at[500], 2;
    });
    ($status, $out) = vexit_diff("--places=9 --context=0 $long $edited");
    is($status, 1, 'different');
    like($out, qr/^different: \d+ the same, 2\d\d\d only in A, 30\d\d only in B, in 3 places$/m,
        'one removed, 3000 added, 2000 removed');
    is(() = $out =~ /^\@\@ /mg, 3, '--places: all are shown');
    like($out, qr/^\+ \.\.\. and \d+ more only in B$/m, 'though not whole');
    unlike($out, qr/^  vcpu/m, '--context=0: nothing beside');
    like((vexit_diff("$long $edited"))[1], qr/^\.\.\. and 2 more places/m, 'else the first one');
};

subtest 'how the runs ended' => sub {
    my $failed = changed('failed', $one, sub { s/^end status=0/end status=3/ for @{$_[0]} });
    ($status, $out) = vexit_diff("$one $failed");
    is($status, 1, 'another end status is a difference');
    like($out, qr/^A ended with status 0, B with status 3$/m, 'told');
};

subtest 'what is missing' => sub {
    my $bytes = contents($one);
    my $cut = log_of('cut', substr($bytes, 0, length($bytes) - 2500));
    ($status, $out, $err) = vexit_diff("$one $cut");
    is($status, 2, 'a log that breaks off');
    like($err, qr/^vexit: $cut: incomplete: .*no END record$/m, 'is named');
    like($out, qr/^different: /m, 'what is there is compared');
    my $lost = made_log('lost', '-l');
    ($status, $out, $err) = vexit_diff("$lost $lost");
    is($status, 2, 'records that the VMM lost');
    like($err, qr/^vexit: $lost: the VMM lost 10 records$/m, 'are named');
    like($out, qr/^the same: \d+, as far as they are there$/m, 'and the verdict says so');
    my $half = changed('half', $one, sub { splice @{$_[0]}, 100, 1 });
    ($status, $out, $err) = vexit_diff("-q $one $half");
    is($status, 2, 'decoded text that lacks a line');
    like($err, qr/^vexit: $half: line \d+ is /m, 'which one');
    for my $bad ('/dev/null', "$dir/none", $dir, log_of('noise', "\x00\xff" x 5000)) {
        is((vexit_diff("-q $one $bad"))[0], 2, "unreadable: $bad");
        is((vexit_diff("-q $bad $one"))[0], 2, "... on either side");
    }
    $err = `cat $other | $vexit diff -q $one - 2>&1 >$dir/out`;
    is($? >> 8, 2, 'a pipe with several vCPUs');
    like($err, qr/standard input: can be read only once.*--vcpu/, 'is refused, and the remedy named');
};

subtest 'damaged at random' => sub {
    srand 1;
    my $wrong = 0;
    my $decoded = contents(log_of('d', `$vexit decode $one`));
    for my $round (1 .. 60) {
        my $bytes = $round % 2 ? contents($one) : $decoded;
        for (0 .. rand 8) {
            substr($bytes, int rand length $bytes, int rand 30) = join '', map { chr rand 256 } 1 .. rand 30;
        }
        my ($got) = vexit_diff("-q $one " . log_of('fuzz', $bytes));
        $wrong++ unless $got =~ /^[012]$/;
    }
    is($wrong, 0, 'always one of the three statuses');
};

subtest 'usage' => sub {
    for my $case ('', $one, "$one $one $one", "--ignore=HALT $one $one", "--moved=7 $one $one",
        "--places=x $one $one", "--context=99 $one $one", "--baud=5 $one $one", '--frob a b') {
        ($status, $out, $err) = vexit_diff($case);
        is($status, 64, "diff $case: wrong usage");
    }
    is((vexit_diff("$one $one >/dev/full"))[0], 74, 'output that cannot be written');
    is((vexit_diff("--help"))[0], 0, '--help');
};

done_testing();
