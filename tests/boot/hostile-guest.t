#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A guest that is after the VMM's memory gets ones and nothing else, and the VMM goes on.
use strict;
use warnings;
use lib 'tests/lib';
use Boot;

for my $exits (qw(default all)) {
    boot(
        guest => 'build/kernels/hostile.elf',
        options => "exits=$exits mode=lossless",
        guest_log => [
            'pages read as ones',
            map({ "$_: trap ff 0 value ffffffff" } 'read', 'write'),
            'across: trap ff 0 value ffff0000',
            map({ "$_: trap ff 0 value ffffffff" } 'clear', 'exchange', 'insb', 'insb across'),
            'execute: trap 6 0 *', 'stack: *', 'sgdt: trap ff 0 value ffffffff',
            'far read: trap ff 0 value ffffffff', 'guest stopped',
        ],
        trace => ['entry EPT_VIOLATION guest_physical=* action=*'],
        more => 1,
    );
}
# A page directory, a GDT, an IDT in the VMM's memory: no exception can be delivered.
for my $word (qw(t g i)) {
    boot(
        guest => 'build/kernels/hostile.elf',
        options => "exits=default mode=lossless -- $word",
        fails => 1,
        vmm_log => ['*triple fault at RIP *'],
        more => 1,
    );
}
# A processor without 1 GiB pages: the VMM maps less of physical memory there.
boot(
    guest => 'build/kernels/hostile.elf',
    model => 'corei7_ivy_bridge_3770k',
    options => 'exits=all mode=lossless',
    guest_log => ['far read: trap ff 0 value ffffffff', 'guest stopped'],
    more => 1,
);
# More address space, in smaller pieces, than there are EPT tables for; with and without 1 GiB pages.
for my $model ('corei7_skylake_x', 'corei7_ivy_bridge_3770k') {
    boot(
        guest => 'build/kernels/hostile.elf',
        model => $model,
        options => 'exits=default mode=lossless -- e',
        guest_log => ['everywhere *', 'striped', 'guest stopped'],
        more => 1,
    );
}
# Address line 20 masked: the VMM's own addresses would go astray.
boot(
    guest => 'build/kernels/hostile.elf',
    options => 'exits=default mode=lossless -- a',
    guest_log => ['A20 by port 92: trap ff 0 value 2', 'A20 by output port: trap ff 0 value 0',
        'A20 by command: trap ff 0 value 0', 'guest stopped'],
    trace => ['entry IO_INSTRUCTION port=0x92 *', 'entry IO_INSTRUCTION port=0x60 *'],
    more => 1,
);
# INIT to itself.
boot(
    guest => 'build/kernels/hostile.elf',
    options => 'exits=default mode=lossless -- n',
    fails => 1,
    vmm_log => ['*INIT signal at RIP *'],
    more => 1,
);
done_testing();
