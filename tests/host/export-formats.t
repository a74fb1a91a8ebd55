#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit export, read back by the tools that the formats are for. Every format agrees with `vexit stat`
# on exits for each vCPU and reason, and tells as many lost records.
use strict;
use warnings;
use lib 'tests/lib';
use JSON::PP;
use Tool;
use Export;

my $every = log_of('every', (make_log('-a -v 3 -l -s -j 50'))[0]);
my $to = exports_agree('every reason, losses, a stop', $every);

exports_agree('lines', log_of('lines', (make_log('-a -v 2 -t -l -s -j 50'))[0]));
exports_agree('one vCPU', log_of('one', (make_log('-n 5000 -j 20'))[0]));
exports_agree('filtered', $every, '--vcpu=1-2 --reason=!PAUSE,57,CPUID');

# What each tool shows of one exit, beside counts. The texts are long: a failure does not print them.
sub shows {
    my ($text, $regex, $name) = @_;
    ok($text =~ $regex, $name);
}

subtest 'babeltrace2' => sub {
    my $text = output_of("babeltrace2 $to/ctf");
    shows($text, qr/\(\+[\d.]+\) vexit kvm_x86_exit: \{ cpu_id = 2 \}, \{ exit_reason = 51, guest_rip = 0xFFFFFFFF\w+, isa = 1, info1 = 0x\w+, info2 = 0x0, intr_info = 0x0, error_code = 0x0, vcpu_id = 2, basic_reason = \( "RDTSCP" : container = 51 \) \}/,
        'an exit as LTTng lays it out');
    shows($text, qr/kvm_x86_entry: .*"IO_INSTRUCTION" : container = 30 \), reason = 0x\w+, written = 0x\w+, slots = \{ \{ port = 0x\w+, eax_out = 0x\w+, eax_in = 0x\w+, qualification = 0x\w+ \}/,
        'an entry with its slots by name');
    shows($text, qr/"INVLPG" : container = 14 \), reason = 0x8000000E,/,
        'the full reason of a failed entry');
    shows($text, qr/vexit_marker: \{ cpu_id = 1 \}, \{ vcpu_id = 1, rbx = 0x39, rcx = 0x2, rdx = 0x3, rsi = 0x4 \}/,
        'a marker');
    is(() = $text =~ /vexit_stop: /g, 1, 'the exit that ended the run');
    is(() = $text =~ /vexit_lost: .* records = 10 /g, 3, 'lost records');
    my $details = output_of("babeltrace2 --component=sink.text.details $to/ctf");
    like($details, qr/Frequency \(Hz\): 2,000,000,000/, 'the clock');
};

# As read in its source: what makes a kernel trace, and the types and names that its analyses ask for.
subtest 'what Trace Compass asks for' => sub {
    my $metadata = contents("$to/ctf/metadata");
    like($metadata, qr/domain = "kernel";\s+tracer_name = "lttng-modules";\s+tracer_major = 2;\s+tracer_minor = 13;/,
        'a kernel trace of a version that it knows');
    my ($context) = $metadata =~ /struct packet_context (\{.*?\})/s;
    like($context, qr/uint32_t cpu_id;/, 'the CPU in the packet context');
    my ($exit) = $metadata =~ /name = "kvm_x86_exit";(.*?)\n\};/s;
    like($exit, qr/uint32_t _exit_reason;/, 'the exit reason is a number, not an enumeration');
    like($exit, qr/uint32_t _vcpu_id;/, 'as is the vCPU');
    for my $vcpu (0 .. 2) {
        mkdir "$to/one$vcpu" or die $!;
        system "cp $to/ctf/metadata $to/ctf/vcpu$vcpu $to/one$vcpu" and die 'cp';
        my ($first, @more) = split /\n/, output_of("babeltrace2 $to/one$vcpu");
        my $tid = 1000 + $vcpu;
        shows($first, qr/sched_switch: \{ cpu_id = $vcpu \}, \{ prev_comm = "swapper\/$vcpu", prev_tid = 0, prev_prio = 20, prev_state = 0, next_comm = "vcpu$vcpu", next_tid = $tid, next_prio = 20 \}/,
            "CPU $vcpu runs the vCPU's thread from its first event on");
        is((() = "@more" =~ /sched_switch/g), 0, 'and no other');
    }
};

subtest 'CTF packets are indexed' => sub {
    my $stream = contents("$to/ctf/vcpu1");
    my $index = contents("$to/ctf/index/vcpu1.idx");
    my ($magic, $major, $minor, $length) = unpack 'N4', $index;
    is(sprintf('%x', $magic), 'c1f1dcc1', 'magic number');
    is("$major.$minor", '1.1', 'version');
    my ($offset, $discarded, $packets, $last) = (0, 0, 0, 0);
    for (my $at = 16; $at < length $index; $at += $length) {
        my @entry = unpack 'Q>9', substr $index, $at, $length;
        is($entry[0], $offset, "packet $packets begins where the one before ended");
        is(unpack('V', substr $stream, $offset, 4), 0xc1fc1fc1, 'and is one');
        is_deeply([@entry[3, 4, 1, 5]],
            [(unpack 'Q<6', substr $stream, $offset + 32, 48)[0, 1, 3, 5]], 'the same context');
        ok($entry[3] >= $last && $entry[4] >= $entry[3], 'stamps do not go back');
        $last = $entry[4];
        is($entry[8], $packets++, 'its number');
        ok($entry[2] > 8 * 84, 'it has an event');
        $offset += $entry[1] / 8;
        $discarded = $entry[5];
    }
    is($offset, length $stream, 'up to the end of the stream');
    is($discarded, 10, 'events discarded');
};

subtest 'xenalyze' => sub {
    my $summary = output_of("build/cache/xenalyze --cpu-hz=2000000000 --summary $to/xentrace");
    shows($summary, qr/^ CPUID +\d+ .*\n   cpuid +\d+/m, 'a handler below its reason');
    ok($summary !~ /no handler/, 'no exit without a handler');
    shows(output_of("build/cache/xenalyze --dump-all $to/xentrace"),
        qr/d1v1 vmexit exit_reason PAUSE_INSTRUCTION eip ffffffff/, 'an exit');
};

subtest 'trace-cmd' => sub {
    my $text = output_of("trace-cmd report $to/trace.dat");
    shows($text, qr/vcpu1-1001 +\[001\] +0\.000\d+: kvm_exit: +reason PAUSE_INSTRUCTION rip 0xffffffff/, 'an exit');
    shows($text, qr/kvm_entry: +vcpu 1 rip 0xffffffff/, 'an entry');
    shows($text, qr/marker: +vcpu 2 rbx 0x39 rcx 0x2 rdx 0x3 rsi 0x4/, 'a marker');
    shows($text, qr/^CPU:1 \[10 EVENTS DROPPED\]\n.*lost: +vcpu 1 records 10$/m, 'dropped events');
    my @filtered = grep { /kvm_exit/ }
        split /\n/, output_of("trace-cmd report -F 'kvm_exit: exit_reason==51 && vcpu_id==1' $to/trace.dat");
    my ($row) = (vexit("stat --by=vcpu,reason --csv $every"))[1] =~ /^1,1,RDTSCP,(\d+)/m;
    is(@filtered, $row, 'a filter by reason and vCPU');
};

subtest 'perf' => sub {
    output_of("perf kvm -i $to/perf.data stat report");
    my $script = output_of("perf script -i $to/perf.data");
    shows($script, qr/vcpu1 +1001 \[001\] +0\.000\d+: +kvm:kvm_exit: vcpu 1 reason RDTSCP rip 0x/, 'perf script');
};

# "Trace Event Format", Google: JSON object format, complete, instant and metadata events.
subtest 'Chrome trace events' => sub {
    my $trace = decode_json(contents("$to/trace.json"));
    is(ref $trace->{traceEvents}, 'ARRAY', 'an object with traceEvents');
    is($trace->{displayTimeUnit}, 'ns', 'displayTimeUnit');
    my %wrong;
    my %end;
    for my $event (@{ $trace->{traceEvents} }) {
        my $phase = $event->{ph};
        $wrong{phase}++ unless $phase =~ /^[XiM]$/;
        $wrong{name}++ unless length $event->{name};
        $wrong{thread}++ unless $event->{pid} =~ /^\d+$/ && $event->{tid} =~ /^[1-9]\d*$/;
        $wrong{args}++ unless ref $event->{args} eq 'HASH';
        next if $phase eq 'M';
        $wrong{time}++ unless $event->{ts} =~ /^\d+(\.\d+)?$/;
        $wrong{scope}++ if $phase eq 'i' && $event->{s} ne 't';
        next if $phase ne 'X';
        $wrong{duration}++ unless $event->{dur} >= 0;
        $wrong{overlap}++ if $event->{ts} + 0.0005 < ($end{ $event->{tid} } // 0);
        $end{ $event->{tid} } = $event->{ts} + $event->{dur};
    }
    is_deeply(\%wrong, {}, 'every event has what its phase asks for; slices do not overlap');
    my ($name) = grep { $_->{name} eq 'thread_name' && $_->{tid} == 2 } @{ $trace->{traceEvents} };
    is($name->{args}{name}, 'vCPU 1', "a thread's name");
    my ($exit) = grep { $_->{name} eq 'RDTSCP' } @{ $trace->{traceEvents} };
    ok($exit->{args}{ticks} && $exit->{args}{rip} =~ /^0x/, "an exit's values");
};

# What is missing is told as lost: so many records, or that nobody knows how many.
subtest 'damaged logs' => sub {
    my ($log, @frame) = make_log('-v 2 -j 90');
    my ($offset, $length) = @{ $frame[4] };
    substr($log, $offset + 20, 1) ^= "\x10";
    exports_agree('a changed bit', log_of('flipped', $log), '', 1);
    exports_agree('cut off', log_of('cut', substr $log, 0, $frame[7][0] + 30), '', 1);

    my ($late, @place) = make_log('-v 2 -j 90');
    my ($first, $second) = @place[4, 5];
    substr($late, $first->[0], $first->[1] + $second->[1]) =
        substr($late, $second->[0], $second->[1]) . substr($late, $first->[0], $first->[1]);
    exports_agree('frames in the wrong order', log_of('late', $late));

    # Two frames of one vCPU: its stamps would go back.
    my ($back, @one) = make_log('-v 1 -j 90 -q');
    ($first, $second) = @one[4, 5];
    substr($back, $first->[0], $first->[1] + $second->[1]) =
        substr($back, $second->[0], $second->[1]) . substr($back, $first->[0], $first->[1]);
    my ($status, $out, $err) = vexit("export --ctf=$dir/back.ctf --trace-dat=$dir/back.dat "
        . log_of('back', $back));
    is($status, 0, 'frames of a vCPU in the wrong order: complete');
    like($err, qr/\d+ stamps were before those of the records before, or beyond .*, and were moved$/m, 'told');
    is(() = output_of("babeltrace2 $dir/back.ctf") =~ /kvm_x86_exit/g,
        () = output_of("trace-cmd report $dir/back.dat") =~ /kvm_exit/g, 'read to the end');
};

# Reasons without a name, some beyond what xenalyze counts each by itself; and more vCPUs than make_log has.
subtest 'reasons of no processor, many vCPUs' => sub {
    my (@lines, %records);
    my $tsc = 1000;
    for my $vcpu (0 .. 11) {
        for my $reason (42, 86, 255, 256, 349, 350, 1023, 1024, (65535) x $vcpu) {
            push @lines, sprintf('%d vcpu%d exit UNKNOWN rip=0x1000 reason=0x%x', $tsc, $vcpu, $reason),
                $tsc + 7 . " vcpu$vcpu entry UNKNOWN";
            $tsc += 10;
            $records{$vcpu} += 2;
        }
    }
    exports_agree('unknown reasons', log_of('unknown', marked('start version=0', 'start tsc_hz=1000000000',
        'start vcpus=12', 'start options=', @lines, 'end status=0', 'end reason=x',
        map { "end vcpu$_ generated=$records{$_} lost=0" } sort { $a <=> $b } keys %records)));
};

# Names that are words of CTF's language or come twice, and stamps of all sizes.
subtest 'a log of no VMM' => sub {
    my @stamps = (0, 1, 5, 5, 3, 1 << 27, 1 << 40, 4, 1 << 63, 18446744073709551615, 7);
    my @names = qw(event struct event string cpuid a.b a-b 9x UNKNOWN REASON_3 _);
    my @sdm = qw(EXCEPTION_NMI EXTERNAL_INTERRUPT TRIPLE_FAULT INIT SIPI IO_SMI OTHER_SMI
        INTERRUPT_WINDOW NMI_WINDOW TASK_SWITCH CPUID);
    for my $hz (0, 1, 2_000_000_000, 18446744073709551615) {
        my @lines = ("start version=a\"b\\c", "start tsc_hz=$hz", 'start vcpus=1', 'start options=%s');
        push @lines, "start slots $_ $names[$_] 1 event/hex event/dec a:a/pair32 9/tsc" for 0 .. $#names;
        for my $i (0 .. $#stamps) {
            push @lines, "$stamps[$i] vcpu0 exit $sdm[$i] rip=0x8000000000000000",
                "$stamps[$i] vcpu0 entry $sdm[$i]";
        }
        my $path = log_of("foreign$hz", marked(@lines, 'end status=0', 'end reason=x',
            'end vcpu0 generated=' . 2 * @stamps . ' lost=0'));
        my ($status, $at) = export_all($path);
        is($status, 0, "$hz Hz: complete");
        is(() = output_of("babeltrace2 $at/ctf") =~ /kvm_x86_exit/g, @stamps, 'babeltrace2 reads all');
        is(() = output_of("trace-cmd report $at/trace.dat") =~ /kvm_exit/g, @stamps, 'trace-cmd');
        my $count = 0;
        $count += $_ for values %{ read_xentrace("$at/xentrace")->{exits} };
        is($count, @stamps, 'xenalyze');
        $count = 0;
        $count += $_ for values %{ read_perf("$at/perf.data", 1)->{exits} };
        is($count, @stamps, 'perf');
        my @slices = grep { $_->{ph} eq 'X' } @{ decode_json(contents("$at/trace.json"))->{traceEvents} };
        is(@slices, @stamps, 'JSON');
    }
};

done_testing();
