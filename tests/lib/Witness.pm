# SPDX-License-Identifier: MIT
# Compares the decoded trace of a run with what Bochs itself logged of every VM exit and entry.
#
# Bochs' lines, the number being its instruction counter, which is what RDTSC reads there:
#   00230660463d[CPU0  ] VMEXIT reason = 10 (CPUID) qualification=0x0
#   00230660523d[CPU0  ] VMRESUME VMCS ptr: 0x0000000000113000
package Witness;

use strict;
use warnings;
no warnings 'portable'; # 64-bit hexadecimal numbers
use Exporter 'import';

our @EXPORT_OK = qw(compare EXIT_DISTANCE ENTRY_DISTANCE);

# How far the VMM's stamps may lie from the emulator's, in instructions: the exit record's after the
# VM exit (the entry stub saves the registers first), the entry record's before the VM entry.
use constant { EXIT_DISTANCE => 32, ENTRY_DISTANCE => 96 };

# Reasons by name; the table is the one that the VMM and the tool are made from.
sub reasons {
    my %number;
    open my $table, '<', 'trace/exit_reasons.def' or die "trace/exit_reasons.def: $!";
    while (<$table>) {
        $number{$2} = $1 if /^EXIT_REASON\((\d+), (\w+),/;
    }
    return \%number;
}

# The emulator's exits, one at a time: {tsc, reason, qualification, entry (undef at the end)}.
sub emulator_exits {
    my ($file) = @_;
    open my $log, '<:raw', $file or die "$file: $!";
    my ($exit, $before);
    # Both readers return undef at the end, and are called in list context.
    return sub {
        while (my $line = <$log>) {
            if ($line =~ /^(\d+)d\[CPU0\s*\] VMEXIT reason = (\d+) .*qualification=0x([0-9a-f]+)/i) {
                my $done = $exit;
                # The guest's own VMLAUNCH or VMRESUME, which exits, is no entry.
                $done->{entry} = $done->{before}
                    if $done && ($2 == 20 || $2 == 24) && ($done->{entry} // -1) == $1;
                $exit = { tsc => $1 + 0, reason => $2 & 0xffff, qualification => hex $3 };
                return $done if $done;
            } elsif ($exit && $line =~ /^(\d+)d\[CPU0\s*\] VM(?:RESUME|LAUNCH)/) {
                # Attempts that fail come again; the last one before the next exit counts.
                ($exit->{before}, $exit->{entry}) = ($exit->{entry}, $1 + 0);
            }
        }
        (my $last, $exit) = ($exit, undef);
        return $last;
    };
}

# The trace's exits in the same form, with `switch` where the guest switched tracing off (2).
sub traced_exits {
    my ($log) = @_;
    my $number = reasons();
    open my $decoded, '-|', 'build/vexit', 'decode', $log or die "build/vexit: $!";
    my $exit;
    return sub {
        while (my $line = <$decoded>) {
            if ($line =~ /^(\d+) vcpu0 exit (\w+) rip=\S+(?: qualification=0x([0-9a-f]+))?(?: reason=0x([0-9a-f]+))?/) {
                $exit = {
                    tsc => $1 + 0,
                    reason => $number->{$2} // (hex($4 // 0) & 0xffff),
                    qualification => hex($3 // 0),
                };
            } elsif ($line =~ /^(\d+) vcpu0 entry \w+(.*)/) {
                $exit->{entry} = $1 + 0;
                $exit->{switch} = $1 if $2 =~ / function=0x7678000([12])\b/;
                return $exit;
            } elsif ($line =~ /^(\d+) vcpu0 stop /) {
                return $exit;
            }
        }
        return undef;
    };
}

sub describe {
    my ($exit) = @_;
    return sprintf '%d reason %d qualification 0x%x', @$exit{qw(tsc reason qualification)};
}

# How a pair differs: a list of words, empty where it does not.
sub differences {
    my ($traced, $seen, $distance) = @_;
    my @different;
    push @different, 'reason' if $traced->{reason} != $seen->{reason};
    push @different, 'qualification' if $traced->{qualification} != $seen->{qualification};
    if (defined $traced->{entry} != defined $seen->{entry}) {
        push @different, 'entry';
    } elsif (defined $traced->{entry}) {
        my $before = $seen->{entry} - $traced->{entry};
        push @different, "entry stamp by $before" if $before < 0 || $before > ENTRY_DISTANCE;
        $distance->{entry}{$before}++;
    }
    $distance->{exit}{ $traced->{tsc} - $seen->{tsc} }++;
    return @different;
}

# compare DIRECTORY: the run's vmm.log against its exits.log. Returns the counts {traced, emulator,
# differ, untraced}, the distances of stamps that came up, and the first differences as lines.
# `untraced`: exits while the guest itself had tracing switched off; the emulator alone has them.
sub compare {
    my ($directory) = @_;
    my $next_traced = traced_exits("$directory/vmm.log");
    my $next_seen = emulator_exits("$directory/exits.log");
    my %result = (traced => 0, emulator => 0, differ => 0, untraced => 0, lines => [],
        distance => {});
    my $off = 0;
    my $note = sub {
        $result{differ}++;
        push @{ $result{lines} }, $_[0] if @{ $result{lines} } < 20;
    };
    my ($traced, $seen) = ($next_traced->(), $next_seen->());
    while ($traced || $seen) {
        my $distance = $traced && $seen ? $traced->{tsc} - $seen->{tsc} : undef;
        if (!$traced || ($seen && $distance > EXIT_DISTANCE)) {
            $result{emulator}++;
            if ($off) {
                $result{untraced}++;
            } else {
                $note->('missing in the trace: ' . describe($seen));
            }
            $seen = $next_seen->();
        } elsif (!$seen || $distance < 0) {
            $result{traced}++;
            $note->('extra in the trace: ' . describe($traced));
            $traced = $next_traced->();
        } else {
            $result{traced}++;
            $result{emulator}++;
            my @different = differences($traced, $seen, $result{distance});
            $note->(describe($traced) . ': emulator ' . describe($seen) . ": differ in @different")
                if @different;
            # Both switches count from the next exit on: the exit that switches tracing on has no record.
            $off = ($traced->{switch} // 0) == 2;
            ($traced, $seen) = ($next_traced->(), $next_seen->());
        }
    }
    return \%result;
}

1;
