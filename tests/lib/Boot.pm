# SPDX-License-Identifier: MIT
# Boots a guest and checks what came of it; a test is one boot (or a comparison of two).
#
#   use lib 'tests/lib';
#   use Boot;
#   boot(
#       options => 'exits=all -- only=cpuid quiet',   # the VMM's command line
#       trace => ['exit CPUID rip=*', 'entry CPUID leaf=0x0 *'],
#   );
#
# Lines are expected in this order, others may lie between; * stands for anything, and a pattern
# need not reach to the line's end where it ends with *.
package Boot;

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(basename);
use Test::More;

our @EXPORT = (@Test::More::EXPORT, qw(boot run_guest decode lines steady is_same is_same_trace is_golden
    expect_lines without_lines));

# A directory of its own for each run, so that tests can run side by side.
my $runs = 0;

sub directory {
    my $name = basename($0, '.t') . ($runs ? "-$runs" : '');
    $runs++;
    return "build/tests/$name";
}

sub lines {
    my ($file) = @_;
    open my $handle, '<:raw', $file or return;
    my @lines = <$handle>;
    s/[\r\n]+\z// for @lines;
    return @lines;
}

# The decoded trace of a log, one record a line. What is missing in it is not said here.
sub decode {
    my ($log, @flags) = @_;
    open my $pipe, '-|', "build/vexit decode @flags $log 2> /dev/null" or die "build/vexit: $!";
    chomp(my @lines = <$pipe>);
    close $pipe;
    return @lines;
}

# Runs a guest as tools/run does. Arguments: guest, machine, options, modules, bare, memory, model,
# seconds (300), until, exit_log. Returns the run: directory, status, output, trace, guest_log, vmm_log.
sub run_guest {
    my (%case) = @_;
    my %run = (directory => directory());
    for my $file (grep { defined && m{^build/} && !-e } $case{guest}) {
        BAIL_OUT("no $file: `make test-programs' builds it");
    }
    local %ENV = (%ENV, MACHINE => $case{machine} // 'bochs', GUEST => $case{guest} // 'test',
        ARGS => $case{options} // '');
    delete @ENV{qw(BARE MEMORY MODEL)};
    $ENV{BARE} = 1 if $case{bare};
    $ENV{MEMORY} = $case{memory} if $case{memory};
    $ENV{MODEL} = $case{model} if $case{model};
    my @command = ('tools/run', '-d', $run{directory}, '-t', $case{seconds} // 300,
        map({ ('-m', $_) } @{ $case{modules} // [] }), $case{exit_log} ? '-x' : (),
        map({ ('-c', $_) } $case{commands} // ()),
        defined $case{until} ? ('-u', $case{until}) : ());
    system('mkdir', '-p', $run{directory});
    my $words = join ' ', map { "'" . s/'/'\\''/gr . "'" } @command;
    $run{output} = qx($words 2>&1);
    $run{status} = $? >> 8;
    $run{vmm_log} = [lines("$run{directory}/vmm.log")];
    $run{guest_log} = [lines("$run{directory}/guest.log")];
    my $wanted = $case{trace} || $case{no_trace};
    $run{trace} = [$wanted ? decode("$run{directory}/vmm.log") : ()];
    return \%run;
}

# With these two runs of the built-in guest are the same, also when it was compiled anew; it maps
# itself once more 1 GiB higher.
my @steady_options = qw(--ignore=rip --moved=0x100000-0x1fffff --moved=0x40100000-0x401fffff);

# What stays the same from run to run, and when the guest or the VMM is compiled anew: no addresses
# within the guest (its second MiB), random numbers and times; no VMX-preemption timer exits, which
# are the VMM's own; no interrupts, which come between other exits as time has it.
sub steady {
    my (@lines) = @_;
    my $unsteady = qr/PREEMPTION_TIMER|EXTERNAL_INTERRUPT|INTERRUPT_WINDOW|^(?:text:|start|statistics|end) /;
    return grep { !/$unsteady/ } map {
        s/ rip=0x[0-9a-f]+//r =~ s/(RDRAND|RDSEED)(.*) value=0x[0-9a-f]+/$1$2 value=*/r
            =~ s/(MSR_READ ecx=0x10) .*/$1 eax=* edx=*/r =~ s/=0x1[0-9a-f]{5}\b/=0x1...../gr
            =~ s/=0x401[0-9a-f]{5}\b/=0x40100000/gr
    } @lines;
}

# The first differences between two lists of lines.
sub is_same {
    my ($got, $expected, $what) = @_;
    my @different = grep { ($got->[$_] // '') ne ($expected->[$_] // '') }
        0 .. (@$got > @$expected ? $#$got : $#$expected);
    ok(!@different, $what) or diag map {
        sprintf "line %d: %s\n expected: %s\n", $_ + 1, $got->[$_] // '(none)', $expected->[$_] // '(none)'
    } @different[0 .. (@different > 5 ? 4 : $#different)];
}

# Compares a log with a file of tests/golden/, which is what decode printed of another run, made
# steady; GOLDEN=write makes the file instead.
sub is_golden {
    my ($log, $name) = @_;
    my $file = "tests/golden/$name";
    if (($ENV{GOLDEN} // '') eq 'write') {
        open my $handle, '>', $file or die "$file: $!";
        print $handle map { "$_\n" } steady(decode($log, '--no-time'));
        close $handle or die "$file: $!";
    }
    is_same_trace($file, $log, "as in $file (GOLDEN=write prove ... makes it anew)", @steady_options);
}

# Two logs, or decoded traces, have the same exits, but for what these options of vexit diff ignore.
sub is_same_trace {
    my ($one, $other, $what, @options) = @_;
    my $output = qx(build/vexit diff @options $one $other 2>&1);
    is($? >> 8, 0, $what) or diag($output);
}

sub pattern {
    my ($text) = @_;
    return $text if ref $text;
    my $regex = join '.*', map { quotemeta } split /\*/, $text, -1;
    return qr/^$regex$/;
}

# Every pattern matches a line, each after the one before it. Stamps may be left out of patterns.
sub expect_lines {
    my ($what, $lines, @patterns) = @_;
    my $at = 0;
    for my $text (@patterns) {
        my $regex = pattern($text);
        my $from = $at;
        $at++ while $at < @$lines && ($lines->[$at] =~ s/^\d+ vcpu\d+ (?=\S)//r) !~ $regex;
        my $found = $at < @$lines;
        ok($found, "$what: $text");
        if ($found) {
            $at++;
        } else {
            diag("not after line $from of $what");
            $at = $from;
        }
    }
}

sub without_lines {
    my ($what, $lines, @patterns) = @_;
    for my $text (@patterns) {
        my $regex = pattern($text);
        my ($found) = grep { ($_ =~ s/^\d+ vcpu\d+ (?=\S)//r) =~ $regex } @$lines;
        is($found, undef, "$what: no $text");
    }
}

# One boot with its expectations:
#   trace, guest_log, vmm_log   patterns of lines, in order
#   no_trace, no_guest_log      patterns of lines that must not be there
#   refusal                     the VMM refuses with a line of this pattern, instead of running
#   fails                       the guest's run ends otherwise than with success
sub boot {
    my (%case) = @_;
    my $run = run_guest(%case);
    if ($case{refusal}) {
        isnt($run->{status}, 0, 'is refused');
        expect_lines('refusal', [split /\n/, $run->{output}], "vexit: $case{refusal}");
        unlike($run->{output}, qr/panic/, 'no panic');
    } elsif ($case{fails}) {
        isnt($run->{status}, 0, 'does not end with success');
    } else {
        is($run->{status}, 0, 'ends with success and a complete log') or diag($run->{output});
    }
    for my $what (qw(trace guest_log vmm_log)) {
        expect_lines($what, $run->{$what}, @{ $case{$what} // [] });
        without_lines($what, $run->{$what}, @{ $case{"no_$what"} // [] });
    }
    done_testing() unless $case{more};
    return $run;
}

1;
