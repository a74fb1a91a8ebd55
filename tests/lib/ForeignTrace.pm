# SPDX-License-Identifier: MIT
# Makes traces as other hypervisors' tools write them, byte by byte, for tests of `vexit import`.
#
#   use ForeignTrace;
#   my $bytes = trace_dat(cpus => [[event => 1000, kvm_exit => 1201, 0, 10, 0x401000, ...], ...]);
#   my $bytes = xentrace([0 => runstate(1000, 1, 0), vmexit(1100, 10, 0x401000), vmentry(1200)]);
package ForeignTrace;

use strict;
use warnings;
use Compress::Zlib qw(compress);
use Exporter 'import';

our @EXPORT = qw(trace_dat kvm_format xentrace runstate vmexit vmexit32 vmentry handler xen_lost xen_record leaves);

# KVM's events: name, number, fields (type, name, size), offsets as the kernel would place them.
my @common = (['unsigned short', 'common_type', 2], ['unsigned char', 'common_flags', 1],
    ['unsigned char', 'common_preempt_count', 1], ['int', 'common_pid', 4]);
my %kvm = (
    kvm_entry => [301, ['unsigned int', 'vcpu_id', 4], ['unsigned long', 'rip', 8],
        ['bool', 'immediate_exit', 1]],
    kvm_exit => [302, ['unsigned int', 'exit_reason', 4], ['unsigned long', 'guest_rip', 8],
        ['u32', 'isa', 4], ['u64', 'info1', 8], ['u64', 'info2', 8], ['u32', 'intr_info', 4],
        ['u32', 'error_code', 4], ['unsigned int', 'vcpu_id', 4], ['u64', 'requests', 8]],
    kvm_mmio => [310, ['u32', 'type', 4], ['u32', 'len', 4], ['u64', 'gpa', 8], ['u64', 'val', 8]],
    kvm_nested_vmexit => [311, ['unsigned int', 'exit_reason', 4], ['unsigned long', 'guest_rip', 8],
        ['u32', 'isa', 4], ['unsigned int', 'vcpu_id', 4]],
    kvm_cpuid => [303, ['unsigned int', 'function', 4], ['unsigned int', 'index', 4],
        ['unsigned long', 'rax', 8], ['unsigned long', 'rbx', 8], ['unsigned long', 'rcx', 8],
        ['unsigned long', 'rdx', 8], ['bool', 'found', 1], ['bool', 'used_max_basic', 1]],
    kvm_msr => [304, ['unsigned', 'write', 4], ['u32', 'ecx', 4], ['u64', 'data', 8],
        ['u8', 'exception', 1]],
    kvm_pio => [305, ['unsigned int', 'rw', 4], ['unsigned int', 'port', 4],
        ['unsigned int', 'size', 4], ['unsigned int', 'count', 4], ['unsigned int', 'val', 4]],
    kvm_cr => [306, ['unsigned int', 'rw', 4], ['unsigned int', 'cr', 4],
        ['unsigned long', 'val', 8]],
    kvm_page_fault => [307, ['unsigned int', 'vcpu_id', 4], ['unsigned long', 'guest_rip', 8],
        ['u64', 'fault_address', 8], ['u64', 'error_code', 8]],
    kvm_hypercall => [308, map({ ['unsigned long', $_, 8] } qw(nr a0 a1 a2 a3))],
    kvm_apic => [309, map({ ['unsigned int', $_, 4] } qw(rw reg)), ['u64', 'val', 8]],
);

my @letter = (undef, 'C', 'v', undef, 'V', undef, undef, undef, 'Q<');

our $long = 8; # bytes of an unsigned long, and of a commit

# Where each field is: [name, offset, size], and the size of all. On 32-bit x86 no field is aligned to
# more than 4 bytes.
sub layout {
    my (@fields) = @_;
    my ($offset, @at) = (0);
    for my $field (@fields) {
        my ($type, $name, $size) = @$field;
        $size = $long if $type eq 'unsigned long';
        $offset += -$offset % ($size < $long ? $size : $long);
        push @at, [$name, $offset, $size];
        $offset += $size;
    }
    return ($offset, @at);
}

# Fields beside the common ones; left_out: names that an older kernel does not have.
sub fields {
    my ($name, %left_out) = @_;
    my ($id, @own) = @{ $kvm{$name} };
    return ($id, @common, grep { !$left_out{ $_->[1] } } @own);
}

sub kvm_format {
    my ($name, %left_out) = @_;
    my ($id, @fields) = fields($name, %left_out);
    my (undef, @at) = layout(@fields);
    my $text = "name: $name\nID: $id\nformat:\n";
    for my $i (0 .. $#at) {
        $text .= "\tfield:$fields[$i][0] $at[$i][0];\toffset:$at[$i][1];\tsize:$at[$i][2];\tsigned:0;\n";
        $text .= "\n" if $i == 3;
    }
    return "$text\nprint fmt: \"%u\", REC->$at[-1][0]\n";
}

# An event's bytes: its values come in the order of its fields.
sub kvm_event {
    my ($left_out, $name, $pid, @values) = @_;
    my ($id, @fields) = fields($name, %$left_out);
    my ($size, @at) = layout(@fields);
    my $bytes = "\0" x ($size + -$size % 4);
    @values = ($id, 0, 0, $pid, @values);
    for my $i (0 .. $#at) {
        substr($bytes, $at[$i][1], $at[$i][2]) = pack $letter[$at[$i][2]], $values[$i] // 0;
    }
    return $bytes;
}

our $page_size = 4096; # of the ring buffer

sub page {
    my ($time, $events, $missed) = @_;
    my $commit = length $events;
    my $tail = '';
    if (defined $missed) {
        $commit |= $missed ? 0xc0000000 : 0x80000000;
        $tail = pack $letter[$long], $missed if $missed;
    }
    my $bytes = pack("Q< $letter[$long]", $time, $commit) . $events . $tail;
    return $bytes . "\0" x ($page_size - length $bytes);
}

# A CPU's pages. Events: [event => TIME, NAME, PID, VALUES...], [missed => COUNT] (0: not told),
# [page => ] begins a page. What is after an event of more than 2^27 ticks gets a time extend.
sub pages {
    my ($left_out, @events) = @_;
    my ($pages, $events, $first, $time, $missed) = ('', '', undef, 0, undef);
    my $end = sub {
        $pages .= page($first, $events, $missed) if defined $first;
        ($events, $first, $missed) = ('', undef, undef);
    };
    for my $event (@events) {
        my ($what, $at, @rest) = @$event;
        $end->() if $what ne 'event';
        $missed = $at if $what eq 'missed';
        next if $what ne 'event';
        my $bytes = kvm_event($left_out, @rest);
        $end->() if length($events) + length($bytes) + 32 > $page_size - 32;
        ($first, $time) = ($at, $at) if !defined $first;
        my $delta = $at - $time;
        $events .= pack('V V', ($delta & 0x7ffffff) << 5 | 30, $delta >> 27) if $delta >> 27;
        $delta = 0 if $delta >> 27;
        my $words = length($bytes) / 4;
        $events .= $words <= 28 ? pack('V', $delta << 5 | $words) . $bytes
            : pack('V V', $delta << 5, length($bytes) + 4) . $bytes;
        $time = $at;
    }
    $end->();
    return $pages;
}

sub sized {
    my ($letter, $text) = @_;
    return pack($letter, length $text) . $text;
}

# Version 7, compressed by zlib in chunks of so many bytes each: the top buffer's CPUs, and sections by
# their numbers, which are options that say where, too.
sub compressed_dat {
    my ($chunk, $cpus, @sections) = @_;
    my $head = "\x17\x08\x44tracing7\0\0" . pack('C V', $long, $page_size) . "zlib\0001\0";
    my ($options, $data, $list) = ('', '', '');
    my $at = sub { return length($head) + 8 + length $data };
    my $packed = sub { my $bytes = compress($_[0]); return pack('V V', length $bytes, length $_[0]) . $bytes };
    my $section = sub {
        my ($id, $bytes) = @_;
        my $begin = $at->();
        $data .= pack('v v V', $id, 1, 0) . sized('Q<', $bytes);
        return pack 'Q<', $begin;
    };
    while (my ($id, $text) = splice @sections, 0, 2) {
        $options .= pack('v', $id) . sized('V', $section->($id, $packed->($text)));
    }
    my $buffer = $section->(3, '');
    for my $i (0 .. $#$cpus) {
        my @chunks = map { $packed->($_) } unpack "(a$chunk)*", $cpus->[$i];
        $list .= pack 'V Q< Q<', $i, $at->(), length join '', @chunks;
        $data .= pack('V', scalar @chunks) . join '', @chunks;
    }
    $options .= pack('v', 3) . sized('V', "$buffer\0local\0" . pack('V V', $page_size, scalar @$cpus) . $list)
        . pack('v V Q<', 0, 8, 0);
    my $begin = $section->(0, $packed->($options));
    return $head . $begin . $data;
}

# trace.dat of version 6, or 7 with chunk: bytes of each compressed part of the pages. cpus: events of each, as for pages(); clock; left_out: fields, by name; long: 4
# for a machine of 32 bits; page_size: of the ring buffer; instances: [name, cpus] of each; times: how
# often each CPU's pages are there.
sub trace_dat {
    my (%trace) = @_;
    local $long = $trace{long} // 8;
    local $page_size = $trace{page_size} // 4096;
    my %left_out = map { $_ => 1 } @{ $trace{left_out} // [] };
    my $page_text = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
        . "\tfield: local_t commit;\toffset:8;\tsize:$long;\tsigned:1;\n"
        . "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
        . sprintf("\tfield: char data;\toffset:%d;\tsize:%d;\tsigned:1;\n", 8 + $long, $page_size - 8 - $long);
    my $event_text = "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n"
        . "\tarray       :   32 bits\n\n\tpadding     : type == 29\n\ttime_extend : type == 30\n"
        . "\ttime_stamp : type == 31\n\tdata max type_len  == 28\n";
    my @names = @{ $trace{events} // [sort keys %kvm] };
    my @buffers = map { [map { pages(\%left_out, @$_) x ($trace{times} // 1) } @$_] } $trace{cpus},
        map { $_->[1] } @{ $trace{instances} // [] };
    my $cpus = @{ $buffers[0] };
    my $clock = sprintf '%s', join ' ', map { $_ eq ($trace{clock} // 'local') ? "[$_]" : $_ }
        qw(local global counter x86-tsc mono);
    my $pages = "header_page\0" . sized('Q<', $page_text) . "header_event\0" . sized('Q<', $event_text);
    my $formats = pack('V', 1) . "kvm\0" . pack('V', scalar @names)
        . join('', map { sized('Q<', kvm_format($_, %left_out)) } @names);
    my $threads = sized('Q<', $trace{names} // "1201 CPU 0/KVM\n1202 CPU 1/KVM\n");
    return compressed_dat($trace{chunk}, $buffers[0], 16 => $pages, 18 => $formats, 21 => $threads)
        if $trace{chunk};
    my $head = "\x17\x08\x44tracing6\0\0" . pack('C V', $long, $page_size)
        . $pages . pack('V', 0) . $formats . pack('V', 0) . pack('V', 0) . $threads . pack('V', $cpus)
        . "options  \0" . pack('v', 4) . sized('V', "$clock\0")
        . ($trace{conversion} ? pack('v V V V Q<', 14, 16, @{ $trace{conversion} }, 0) : '');
    my @names_of_instances = map { "$_->[0]\0" } @{ $trace{instances} // [] };

    # The list of each buffer's CPUs: the top one's here, the others' behind it; then all data.
    my $list_length = length("flyrecord\0") + 16 * $cpus;
    my $at = length($head) + 2 + $list_length;
    $at += 2 + 4 + 8 + length $_ for @names_of_instances;
    for my $i (0 .. $#names_of_instances) {
        $head .= pack('v', 3) . sized('V', pack('Q<', $at + $list_length * $i) . $names_of_instances[$i]);
    }
    $head .= pack('v', 0);
    $at += $list_length * @names_of_instances;
    $at += -$at % $page_size;
    my $data = '';
    for my $buffer (@buffers) {
        $head .= "flyrecord\0";
        for my $cpu (@$buffer) {
            $head .= pack 'Q< Q<', $at + length $data, length $cpu;
            $data .= $cpu;
        }
    }
    return $head . "\0" x (-length($head) % $page_size) . $data;
}

# Records of Xen: an event, words, a time unless it is undefined.
sub xen_record {
    my ($time, $event, @words) = @_;
    return pack('V', $event | @words << 28 | (defined $time ? 1 << 31 : 0))
        . (defined $time ? pack('Q<', $time) : '') . pack('V*', @words);
}

sub runstate { my ($time, $domain, $vcpu) = @_; return xen_record($time, 0x21101, $domain << 16 | $vcpu) }
# The vCPU that ran here is blocked from now on.
sub leaves { my ($time, $domain, $vcpu) = @_; return xen_record($time, 0x21021, $domain << 16 | $vcpu) }
sub vmexit { my ($time, $reason, $rip) = @_; return xen_record($time, 0x81102, $reason, $rip & 0xffffffff, $rip >> 32) }
sub vmexit32 { my ($time, $reason, $rip) = @_; return xen_record($time, 0x81002, $reason, $rip) }
sub vmentry { return xen_record($_[0], 0x81001) }
sub handler { my ($number, @words) = @_; return xen_record(undef, 0x82000 + $number, @words) }

sub xen_lost {
    my ($time, $count, $domain, $vcpu, $first) = @_;
    return xen_record($time, 0x1f001, $count, $domain | $vcpu << 16, $first & 0xffffffff, $first >> 32);
}

# A file of windows, each [CPU => RECORDS...].
sub xentrace {
    my (@windows) = @_;
    my $bytes = '';
    for my $window (@windows) {
        my ($cpu, @records) = @$window;
        my $records = join '', @records;
        $bytes .= xen_record(undef, 0x1f003, $cpu, length $records) . $records;
    }
    return $bytes;
}

1;
