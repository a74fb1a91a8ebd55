#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Guests other than the built-in one under KVM: Linux boots to its userland and switches the machine
# off; instructions at random do what they do in a guest of KVM itself; who is after the VMM's memory
# gets ones.
use strict;
use warnings;
use lib 'tests/lib';
use Nested;

my $vexit = '-kernel /files/vexit32.elf -append';
my $words = 'console=ttyS0,,115200 cryptomgr.notests panic=-1';
my $rig = rig(
    files => ['build/vexit32.elf', 'build/cache/vmlinuz', 'build/initramfs',
        map { "build/kernels/$_.elf" } qw(instructions hostile)],
    job => [
        'kvm',
        "machine bare -kernel /files/instructions.elf -append 1q -device isa-debug-exit,iobase=0x8900,iosize=1",
        "machine instructions $vexit '' -initrd '/files/instructions.elf 1q'",
        "machine memory $vexit 'trace=memory ring=64K' -initrd '/files/hostile.elf m'",
        "machine table $vexit '' -initrd '/files/hostile.elf g'",
        "limit=120 machine linux $vexit '' -initrd '/files/vmlinuz $words,/files/initramfs'",
    ],
);

# CR0.ET reads back as it was written, but in a guest of KVM itself: what the registers sum up to.
sub said {
    my ($name) = @_;
    return [map { s/ (msw|cr0)( .*) \S+$/ $1$2/r } grep { !/^vexit|^magic|^guest stopped/ }
        @{ machine($rig, $name)->{guest_log} }];
}

my $bare = said('bare');
cmp_ok(scalar @$bare, '>', 150, 'instructions at random run in a guest of KVM');
machine_ok($rig, 'instructions');
is_same(said('instructions'), $bare, 'and do the same in a guest of vexit');

my $run = machine($rig, 'memory');
expect_lines('guest that is after the VMM: guest log', $run->{guest_log},
    'pages read as ones',
    map({ "$_: trap ff 0 value ffffffff" } 'read', 'write'),
    'across: trap ff 0 value ffff0000',
    map({ "$_: trap ff 0 value ffffffff" } 'clear', 'exchange', 'insb', 'insb across'),
    'execute: trap 6 0 *', 'stack: *', 'sgdt: trap ff 0 value ffffffff', 'guest stopped');
expect_lines("guest that is after the VMM: VMM's port", $run->{vmm_log}, 'vexit: guest stopped, status 0: *');
expect_lines("a descriptor table in the VMM's memory", machine($rig, 'table')->{vmm_log}, '*triple fault at RIP *');

$run = machine_ok($rig, 'linux');
expect_lines('Linux: guest log', $run->{guest_log}, '* tsc: Detected *', 'userland reached', '* reboot: Power down');
without_lines('Linux: guest log', $run->{guest_log}, '*Kernel panic*', '*ttyS1*');
done_testing();
