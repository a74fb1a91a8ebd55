#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# at-end= says what becomes of the machine, when the last word has left the port.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

my %said = (
    halt => qr/WARNING: HLT instruction with IF=0!/,
    poweroff => qr/Shutdown port: shutdown requested/,
    reset => qr/^0*[1-9]\d{7,}i.*Reset\(HARDWARE\) called/, # another than at power on
);

for my $end (sort keys %said) {
    my $run = run_guest(options => "at-end=$end -- only=cpuid quiet");
    is($run->{status}, 0, "$end: success") or diag($run->{output});
    my @machine = lines("$run->{directory}/machine.log");
    for my $what (sort keys %said) {
        my $times = grep { /$said{$what}/ } @machine;
        # A machine that resets boots again, and may come to its next reset before it is stopped.
        ok($what eq $end ? $times > 0 : $times == 0, "$end: the emulator tells of $times $what");
    }
    my @log = decode("$run->{directory}/vmm.log");
    ok(scalar(grep { /^text: vexit: guest stopped, status 0/ } @log), "$end: the last line is there");
}
done_testing();
