#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The trace in the machine's memory: of the same run it equals what the serial port gave; and it is all
# there where nothing was sent.
use strict;
use warnings;
use lib 'tests/lib';
use Ending;

my $guest = '-- only=cpuid,vmcall quiet';

# Decoded, without what the VMM says on its port only.
sub trace {
    return grep { !/^text: (vexit|.*VMM at)/ } decode(@_);
}

# The end of RAM is enough of an image: the VMM is there.
my ($place) = map { / T trace_memory_complete$/ ? split / / : () } qx(nm build/vexit.elf);
my $commands = "build/tests/trace-memory-commands-$$";
mkdir 'build/tests';
open my $handle, '>', $commands or die "$commands: $!";
print $handle "lb 0x$place\nc\nwritemem \"memory.img\" 0x3800000 0x800000\nc\n";
close $handle or die "$commands: $!";

my $run = run_guest(options => $guest, memory => 64, commands => $commands);
unlink $commands;
is($run->{status}, 0, 'a run that sends its trace') or diag($run->{output});
my @sent = trace("$run->{directory}/vmm.log");
is_same([trace('--memory', "$run->{directory}/memory.img")], \@sent,
    'memory and port tell the same, times and statistics and text in its place');
cmp_ok(scalar(@sent), '>', 200, 'which is something');

$run = run_guest(options => "trace=memory $guest", memory => 64);
is($run->{status}, 0, 'trace=memory: success, and a complete trace') or diag($run->{output});
my @kept = trace('--memory', "$run->{directory}/memory.img");
my $alike = sub { steady(map { s/^\d+ //r } grep { !/^text: |^end vcpu0/ } @_) };
is_same([$alike->(@kept)], [$alike->(@sent)], 'the same trace as was sent');
my @said = @{ $run->{vmm_log} };
ok(@said == 3 && $said[2] =~ /^vexit: VMM keeps the trace in memory, header at 0x/,
    'nothing came over the port but what was said before the guest started') or diag(join "\n", @said);

$run = run_guest(options => 'trace=memory ring=64K -- only=cpuid quiet flood=3000', memory => 64,
    exit_log => 1);
@kept = trace('--memory', "$run->{directory}/memory.img");
my ($last, $end) = last_words(@kept);
my ($generated, $lost) = $end->{vcpu0} =~ /^generated=(\d+) lost=(\d+)/;
like($run->{output}, qr/^log: complete/m, 'a ring that is too small: complete')
    or diag($run->{output});
like($last, qr/^stop VMCALL /, 'the last records are kept');
is($generated, 2 * emulator_exits($run), 'every exit is counted');
cmp_ok($generated - $lost, '>', 1400, 'the ring is full of the last ones');
done_testing();
