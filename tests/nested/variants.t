#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# KVM as it may be set up, and the ways to start and to send: what vexit needs it names where it is
# missing, and does without the rest.
use strict;
use warnings;
use lib 'tests/lib';
use Nested;

my $iso = 'build/tests/nested-boot.iso';
system('mkdir', '-p', 'build/tests');
system(qw(tools/make-iso --bios --options), 'exits=all mode=lossless -- quiet', $iso) == 0 or die;

my $kernel = '-kernel /files/vexit32.elf -append';
my $rig = rig(
    files => ['build/vexit32.elf', 'build/guest.elf', $iso],
    job => [
        'kvm nested=0',
        "machine no-nesting $kernel ''",
        'kvm ept=0',
        "machine no-ept $kernel ''",
        'kvm enable_shadow_vmcs=0',
        "machine no-shadow $kernel 'exits=all mode=lossless -- only=boot,cpuid,cr,io quiet'",
        'kvm',
        "machine multiboot $kernel 'exits=cr' -initrd '/files/guest.elf only=boot'",
        "machine two-cpus -smp 2 -debugcon file:/trace $kernel"
            . " 'port=e9 exits=all mode=lossless -- only=cpuid,halt,interrupts quiet'",
        'mv /trace /out/two-cpus/vmm.log',
        'machine iso -cdrom /files/nested-boot.iso',
    ],
);

sub refuses {
    my ($name, $line) = @_;
    my $run = machine($rig, $name);
    expect_lines("$name: VMM's port", $run->{vmm_log}, 'vexit *', "vexit: $line");
    expect_lines("$name: guest's port", $run->{guest_log}, "vexit: $line");
}

refuses('no-nesting', 'no VMX (CPUID.01H:ECX.VMX = 0); * QEMU with -cpu host on KVM with nested=1');
refuses('no-ept', 'the processor does not offer "enable EPT" *, or a virtual machine whose nested VMX offers it');

for my $name (qw(no-shadow two-cpus iso)) {
    my $run = machine_ok($rig, $name);
    expect_lines("$name: guest log", $run->{guest_log}, 'done * checks, 0 failed');
}
my $run = machine_ok($rig, 'multiboot');
expect_lines('multiboot: guest log', $run->{guest_log}, 'ok boot EAX holds*', 'done * checks, 0 failed');
expect_lines('multiboot: trace', [decode("$run->{directory}/vmm.log")], 'entry CR_ACCESS type=0x0 cr=0 *');
done_testing();
