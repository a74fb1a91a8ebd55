#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The built-in guest under KVM: it passes; its trace is that of plain Bochs but for what KVM's
# machine is and offers; KVM's own trace points count the same exits; what the VMM reads and writes
# in an exit does not exit to KVM; and with trace=memory QEMU's memory tells what the port gave.
use strict;
use warnings;
use lib 'tests/lib';
use KvmTrace qw(kvm_trace vmcs_places);
use File::Basename qw(basename);
use Nested;
use Rig qw(libraries);

my $options = 'exits=all mode=lossless -- quiet';
my $plain = run_guest(options => $options, model => 'corei7_haswell_4770', memory => 128);
is($plain->{status}, 0, 'plain Bochs: success') or diag($plain->{output});

my $rig = rig(
    files => ['build/vexit32.elf', 'build/vexit', libraries('build/vexit'), '/lib/terminfo/l/linux'],
    job => [
        'kvm',
        q(watch 'kvm_exit=exit_reason==23||exit_reason==25' kvm_nested_vmexit_inject),
        "machine all -kernel /files/vexit32.elf -append '$options'",
        'watched all',
        'machine default -kernel /files/vexit32.elf -append "-- quiet kvm"',
        # `vexit live` on the rig's second screen, which is kept ten times a second.
        'mkdir -p /usr/share/terminfo/l /out/memory',
        'cp /files/linux /usr/share/terminfo/l',
        'truncate -s 128M /ram',
        q(openvt -c 2 sh -c 'sleep 2; TERM=linux LD_LIBRARY_PATH=/files exec /files/vexit live --memory /ram -o /out/memory/live.log'),
        'while sleep 0.1; do cat /dev/vcs2; echo; done > /out/memory/screens &',
        'screens=$!',
        'renice -n -10 -p $screens > /dev/null',
        "machine memory -kernel /files/vexit32.elf -append 'exits=all trace=memory -- quiet flood=3000'"
            . ' -object memory-backend-file,id=ram,size=128M,mem-path=/ram,share=on -machine memory-backend=ram',
        'sleep 1',
        'kill $screens',
        'killall -INT vexit',
        # The VMM is at the end of RAM.
        'dd if=/ram bs=1M skip=120 2> /dev/null | lzop -1 > /out/memory/image.lzo',
    ],
);
my $run = machine_ok($rig, 'all');
expect_lines('exits=all: guest log', $run->{guest_log}, 'done * checks, 0 failed');
without_lines('exits=all: guest log', $run->{guest_log}, 'FAIL *', 'known*');
my $default = machine_ok($rig, 'default');
expect_lines('exits=default: guest log', $default->{guest_log}, 'done * checks, 0 failed');

# --- The same trace as in plain Bochs ------------------------------------------------------------

# Differences that are stated: what becomes of an exit and its entry (one text) for the comparison;
# an empty one is left out. All are of the machine that KVM and QEMU make, none of vexit.
my @stated = (
    # KVM offers fewer features and has other registers; the firmware leaves other values.
    sub { s/(\nentry CPUID leaf=\S+ subleaf=\S+) .*/$1/ },
    sub { s/(\nentry MSR_\w+ ecx=\S+) .*/$1/ },
    sub { s/( port=0x[2a]1 eax_(in|out))=\S+/$1/ },
    sub { s/(\nentry INVPCID type=2) .*/$1/ },    # the operand is what lies at address 0
    # There are no performance counters.
    sub { s/(\nentry RDPMC counter=0x0).*/$1/ },
    # Not defined for register operands; Bochs leaves in it what an earlier instruction had.
    sub { s/^(exit LDTR_TR) .*/$1/ },
    # An NMI that comes while the VMM runs causes no exit.
    sub { $_ = '' if /\nentry EXCEPTION_NMI vector=2 / },
    # The guest prints other numbers of checks, and waits for the UART as long as that takes.
    sub { s/( port=0x3f8 eax_out)=\S+/$1/ },
    sub { $_ = '' if /\nentry \S+ port=0x3fd eax_in/ },
);

# MONITOR and MWAIT are not offered: the guest tries one MONITOR, where it waits for a timer
# elsewhere, which it programs by four OUTs before.
sub without_monitor {
    my ($before, @pairs) = @_;
    my @at = grep { $pairs[$_] =~ /^exit MONITOR/ } 0 .. $#pairs;
    splice @pairs, $at[0] - $before, $at[-1] - $at[0] + $before + 1;
    return @pairs;
}

sub pairs {
    my ($log, @flags) = @_;
    my @lines = map { s/^vcpu0 //r } steady(decode($log, '--no-time', @flags));
    my @pairs = split /\n(?=exit|marker|stop)/, join "\n", @lines;
    for my $difference (@stated) {
        $difference->() for @pairs;
    }
    return grep { $_ ne '' } @pairs;
}

my @sent = pairs("$run->{directory}/vmm.log");
is_same([without_monitor(0, @sent)], [without_monitor(4, pairs("$plain->{directory}/vmm.log"))],
    'the trace is that of plain Bochs');

# --- trace=memory ---------------------------------------------------------------------------------

# Of the END record, what is not the number of records, some of which come from waiting.
sub ending { return grep { /^end (status|reason)=/ } decode(@_) }

# The guest tries the port that the VMM keeps, where there is one.
sub without_port { return grep { !/ port=0x2f[89a-f] / } @_ }

# So many exits in a row give `vexit live` time. The last of them is left in RCX.
sub without_flood {
    my $all = join "\0", @_;
    $all =~ s/(\0exit CPUID\nentry CPUID leaf=0x0 subleaf=0x0){3000}//;
    return split /\0/, $all =~ s/\0(stop VMCALL .*) rcx=\S+$/\0$1/r;
}

my $memory = machine($rig, 'memory');
my ($image, $live) = map { "$memory->{directory}/$_" } qw(image live.log);
system("busybox lzop -dc $image.lzo > $image");
for ([$image, '--memory'], [$live]) {
    my ($file, @flags) = @$_;
    my $name = 'trace=memory: ' . basename($file);
    is(system("build/vexit stat @flags $file > $file.stat 2>&1"), 0, "$name is complete")
        or diag(lines("$file.stat"));
    is_same([without_flood(without_port(pairs($file, @flags)))], [without_flood(without_port(@sent))],
        "$name: the trace is that which the port gave");
    is_deeply([ending($file, @flags)], [ending("$run->{directory}/vmm.log")], "$name: and its end");
}
is_deeply([grep { !/^vexit/ } @{ $memory->{vmm_log} }], [], 'trace=memory: the port gave none of it');

# What `vexit live` showed: nothing, a trace that grows, its end.
my @screens = split /^(?=vexit live )/m, join "\n", lines("$memory->{directory}/screens");
like($screens[1] // '', qr/no trace in it yet; waiting for it/, 'vexit live waits for the trace');
my @running = grep { /1 vCPU  exits [1-9]/ && !/ended: / } @screens;
cmp_ok(scalar(@running), '>', 1, 'sees the guest run: ' . @running . ' screens of ' . @screens);
my ($exits) = map { /^all +(\d+)/ ? sprintf '%.2fk', $1 / 1000 : () } lines("$image.stat");
like($screens[-1], qr/^vexit live  \S+  ended: status 0, .*exits \Q$exits\E,/, 'and end, with all exits');

# --- KVM's own words -----------------------------------------------------------------------------

my $kvm = kvm_trace("$run->{directory}/trace");
my %traced;
for (decode("$run->{directory}/vmm.log", '--no-time')) {
    $traced{$1}++ if /^vcpu0 (?:exit|stop) (\w+)/;
}
$traced{CPUID}++; # while the guest had switched tracing off
is_deeply(\%traced, $kvm->{given}, 'KVM gave as many exits of each reason as are in the trace');

# --- Fields that KVM does not shadow --------------------------------------------------------------

# Each exit to KVM is a VMREAD or VMWRITE of one. Where they are needed: for any reason, then by it.
my %any = map { $_ => 1 } (
    'GUEST_PENDING_DEBUG_EXCEPTIONS', 'GUEST_IA32_DEBUGCTL',    # a step with RFLAGS.TF set
    'GUEST_IA32_EFER',    # the guest's mode, where RIP is below 4 GiB
);
my %needed = (
    (map { $_ => qr/^GUEST_ACTIVITY_STATE$/ } qw(HLT NMI_WINDOW INTERRUPT_WINDOW EXTERNAL_INTERRUPT)),
    # Whether the guest has halted for good; and the timer goes off where the guest is not traced.
    PREEMPTION_TIMER => qr/^(GUEST_ACTIVITY_STATE|EXIT_CONTROLS)$/,
    # Debug exceptions, registers and breakpoints on ports.
    (map { $_ => qr/^GUEST_DR7$/ } qw(EXCEPTION_NMI DR_ACCESS)),
    # Changes of mode, and what PAE paging loads.
    CR_ACCESS => qr/^(ENTRY_CONTROLS|GUEST_TR_ACCESS_RIGHTS|GUEST_PDPTE\d|load_pdptes\(\))$/,
    # The registers themselves.
    MSR_READ => qr/^(exit_msr_read\(\)|ENTRY_CONTROLS)$/,
    MSR_WRITE => qr/^(exit_msr_write\(\)|ENTRY_CONTROLS)$/,
    # Operands in memory, of which only the instruction information and the segments tell.
    IO_INSTRUCTION => qr/^(GUEST_DR7|EXIT_INSTRUCTION_INFORMATION|guest_\w+\(\))$/,
    (map { $_ => qr/./ } qw(GDTR_IDTR LDTR_TR INVPCID MONITOR RDRAND RDSEED TASK_SWITCH)),
);
my $place = vmcs_places();
my (%beyond, %exits);
for my $reason (grep { $_ ne 'none' } sort keys %{ $kvm->{touched} }) {
    for my $touch (@{ $kvm->{touched}{$reason} }) {
        my $field = $place->{ $touch->[0] } // "address $touch->[0]";
        $exits{$reason}{ $touch->[1] } = 1 unless $field eq 'GUEST_IA32_EFER';
        next if $any{$field} || ($needed{$reason} && $field =~ $needed{$reason});
        $beyond{"$reason: $field"}++;
    }
}
is_deeply(\%beyond, {}, 'every other VMREAD and VMWRITE in an exit is of a field that KVM shadows');

# Exits that are frequent in any guest touch no other field, but for single steps and the rare forms.
for my $reason (qw(CPUID CR_ACCESS INVLPG IO_INSTRUCTION MSR_WRITE PAUSE VMCALL EPT_VIOLATION
    EXTERNAL_INTERRUPT NMI_WINDOW)) {
    my ($all, $touching) = ($kvm->{given}{$reason}, scalar keys %{ $exits{$reason} // {} });
    cmp_ok($touching, '<', $all * 0.35, "$reason: $touching of $all exits touch another field");
}
done_testing();
