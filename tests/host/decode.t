#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The other forms of vexit decode: names behind the lines, columns, JSON.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
use Tool;

my $log = log_of('log', (make_log('-v 2 -n 2000 -j 90 -l -s'))[0]);
my ($plain) = (vexit("decode $log"))[1];
my ($status, $out, $err);

subtest 'names' => sub {
    ($status, $out) = vexit("decode --names $log");
    is($status, 0, 'complete');
    like($out, qr/^\d+ vcpu\d exit IO_INSTRUCTION .* qualification=0x3fd0008  # direction=in size=1$/m,
        'parts of a qualification');
    like($out, qr/^\d+ vcpu\d entry IO_INSTRUCTION port=0x3fd .*  # port=COM1\+5$/m, 'a port');
    is($out =~ s/  # .*//gr, $plain, 'all else is as without them');
};

# The elements of the plain lines: an exit with its entry or stop is one.
my @elements;
for (split /\n/, $plain) {
    my ($tsc, $vcpu, $kind, $reason, $rest) = /^(\d+) vcpu(\d+) (\w+) ?([A-Z_]*)(.*)/ or next;
    my %field = $rest =~ /(\w+)=(\S+)/g;
    if ($kind =~ /entry|stop/) { @{ $elements[-1] }{ 'kind', 'end' } = ($kind, $tsc) }
    else { push @elements, { tsc => $tsc, vcpu => $vcpu, kind => $kind, reason => $reason } }
    $elements[-1]{slot} = \%field if $kind !~ /exit/;
    $elements[-1]{"exit_$_"} = $field{$_} for $kind eq 'exit' ? keys %field : ();
}

subtest 'JSON' => sub {
    ($status, $out) = vexit("decode --json --names $log");
    is($status, 0, 'complete');
    my @objects = map { decode_json($_) } split /\n/, $out;
    my @records = grep { $_->{record} } @objects;
    is(@records, @elements, 'an object for each element');
    my @wrong = grep {
        my ($got, $want) = ($records[$_], $elements[$_]);
        my %slot = %{ $got->{slots} // { map { $_ => $got->{$_} } grep { exists $got->{$_} }
            qw(rbx rcx rdx rsi count) } };
        $got->{tsc} != $want->{tsc} || $got->{vcpu} != $want->{vcpu}
            || ($got->{reason} // '') ne $want->{reason}
            || ($want->{end} && $want->{kind} eq 'entry'
                && $got->{ticks} != $want->{end} - $want->{tsc})
            || ($got->{rip} // '') ne ($want->{exit_rip} // '')
            || ($got->{qualification} // '') ne ($want->{exit_qualification} // '')
            || join(' ', map { "$_=$slot{$_}" } sort keys %slot)
                ne join(' ', map { "$_=$want->{slot}{$_}" } sort keys %{ $want->{slot} });
    } 0 .. $#records;
    ok(!@wrong, 'they say what the lines say') or diag(explain($records[$wrong[0]]));
    is_deeply([map { $_->{text} // () } @objects], [$plain =~ /^text: (.*)/mg], 'text');
    is((grep { $_->{start} } @objects)[0]{start}{options}, 'exits=all', 'START');
    is((grep { $_->{end} } @objects)[0]{end}{reason}, 'the guest stopped', 'END');
    ok((grep { $_->{stopped} } @records) == 1, 'an exit that ended the run');
    ok((grep { ($_->{names}{port} // '') eq 'COM1+5' } @records) > 0, 'names');
    unlike((vexit("decode --json --no-time $log"))[1], qr/"tsc"|tsc_hz|ticks|statistics/, 'no times');
    my $noise = log_of('noise', "a\xff\x01\"\\\n" . contents($log) . "\x80\n");
    for (split /\n/, (vexit("decode --json $noise"))[1]) {
        eval { decode_json($_); 1 } or fail("no JSON: $_");
    }
};

subtest 'columns' => sub {
    ($status, $out) = vexit("decode --fields=tsc,vcpu,reason,rip,ticks,port,direction $log");
    is($status, 0, 'complete');
    my ($head, @rows) = split /\n/, $out;
    my @exits = grep { $_->{kind} =~ /entry|stop/ } @elements;
    is($head, "# tsc\tvcpu\treason\trip\tticks\tport\tdirection", 'the heading');
    is(join("\n", map { s/\t[^\t]*$//r } @rows), join("\n", map {
        join "\t", @$_{qw(tsc vcpu reason exit_rip)},
            $_->{kind} eq 'stop' ? '-' : $_->{end} - $_->{tsc}, $_->{slot}{port} // '-'
    } @exits), 'the rows');
    like($out, qr/\t0x3fd\tin\n/, 'a part of the qualification');
    like((vexit("decode --names --fields=port $log"))[1], qr/^COM1\+5$/m, 'by name');
    ($status, $out, $err) = vexit("decode --fields=tsc,frob $log");
    is($status, 64, 'a name that the log does not know: wrong usage');
    like($err, qr/^vexit: --fields: the log knows nothing of the name 'frob'; there are vcpu, /, 'told');
    my ($bytes, @frame) = make_log('-v 2');
    substr($bytes, $frame[4][0], $frame[4][1]) = '';
    ($status, $out) = vexit('decode --fields=tsc ' . log_of('damaged', $bytes));
    is($status, 1, 'a missing frame: incomplete');
    like($out, qr/^# missing: frame 4$/m, 'told between the rows');
};

done_testing();
