# SPDX-License-Identifier: MIT
# A run that ends with the smallest ring full: whatever ends it, the trace is complete to the last
# exit. The emulator's own log says how many exits there were.
#
#   ending(end => 'cf9', last => 'stop IO_INSTRUCTION port=0xcf9 *', reason => 'reset by *');
package Ending;

use strict;
use warnings;
use Boot;
use Exporter 'import';

our @EXPORT = (@Boot::EXPORT, qw(ending last_words emulator_exits timer_exits intrude));

# The reasons of all VM exits that the emulator took.
sub emulator_exits {
    my ($run) = @_;
    return map { /VMEXIT reason = (\d+)/ ? $1 : () } lines("$run->{directory}/exits.log");
}

# Exits of the VMX-preemption timer: how many came while something waited to be sent, and how many after
# them, when nothing was left: these come a second apart, a second being 50 million instructions.
sub timer_exits {
    my ($run) = @_;
    my @stamps = map { /^(\d+)d.*VMEXIT reason = 52 / ? $1 : () } lines("$run->{directory}/exits.log");
    my $beats = 0;
    $beats++ while $beats < $#stamps && $stamps[-1 - $beats] - $stamps[-2 - $beats] > 45_000_000;
    return (@stamps - $beats, $beats);
}

# From a decoded trace: the last record's line, and what the last END record says.
sub last_words {
    my (@trace) = @_;
    my ($record) = grep { /^\d+ vcpu0 (exit|entry|stop|marker|lost) / } reverse @trace;
    my %end = map { /^end (\S+?)=(.*)/ || /^end (vcpu0) (.*)/ ? ($1 => $2) : () } @trace;
    return $record =~ s/^\d+ vcpu0 //r, \%end;
}

# What the VMM would never do by itself: commands for the emulator's debugger that stop the VMM where
# it first comes to a function, or to the place in it where it writes the guest's RIP, and then set
# registers. Returns the name of the file.
sub intrude {
    my ($function, $place, @settings) = @_;
    my ($inside, $next, $address);
    for (qx(objdump -d --no-show-raw-insn build/vexit.elf)) {
        $inside = $1 eq $function if /^[0-9a-f]+ <(\w+)>:/;
        next unless $inside && /^([0-9a-f]+):\s+(\S.*)/;
        $address //= $1 if $next || $place eq 'begin';
        $next = $2 =~ /\$0x681e,%eax/;
    }
    die "$function: no such place" unless $address;
    my $file = "build/tests/intrude-$$";
    mkdir 'build/tests';
    open my $handle, '>', $file or die "$file: $!";
    print $handle "lb 0x$address\nc\n", map({ "set $_\n" } @settings), "c\n";
    close $handle or die "$file: $!";
    return $file;
}

# Arguments: end and options of the guest; last, reason: patterns; status of the END record.
sub ending {
    my (%case) = @_;
    my $run = run_guest(
        options => "ring=64K timer=off -- only=cpuid quiet flood=3000 end=$case{end}",
        exit_log => 1, seconds => 60, commands => $case{commands});
    my ($last, $end) = last_words(decode("$run->{directory}/vmm.log"));
    my @exits = emulator_exits($run);
    my ($generated, $lost) = ($end->{'vcpu0'} // '') =~ /^generated=(\d+) lost=(\d+)/;
    expect_lines('the last record', [$last], $case{last});
    expect_lines('the end record', [$end->{reason} // ''], $case{reason});
    is($end->{status}, $case{status} // 0, 'its status');
    cmp_ok($lost, '>', 1000, 'records were lost');
    is($generated, 2 * @exits, 'each exit is among those generated');
    like($run->{output}, qr/^log: complete/m, 'the log is complete') or diag($run->{output});
    done_testing() unless $case{more};
    return $run;
}

1;
