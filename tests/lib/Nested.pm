# SPDX-License-Identifier: MIT
# Tests in the rig: one boot of it runs a job, of which each `machine` is a QEMU with KVM and vexit.
#
#   my $rig = rig(
#       files => ['build/vexit32.elf'],
#       job => ['kvm', 'machine quiet -kernel /files/vexit32.elf -append "-- quiet"'],
#   );
#   my $run = machine($rig, 'quiet');    # directory, status, output, vmm_log, guest_log
package Nested;

use strict;
use warnings;
use Boot;
use Exporter 'import';
use File::Basename qw(basename);
use Rig qw(write_file);

our @EXPORT = (@Boot::EXPORT, qw(rig machine machine_ok));

# Boots the rig once. Arguments: files, job: lines of shell; seconds. Returns its directory.
sub rig {
    my (%case) = @_;
    my $directory = 'build/tests/nested-' . basename($0, '.t');
    my $job = "$directory.job";
    system('mkdir', '-p', 'build/tests');
    write_file($job, map { "$_\n" } @{ $case{job} });
    my $seconds = $case{seconds} // 600;
    my $output = qx(tools/run-nested -d $directory -t $seconds $job @{$case{files}} 2>&1);
    is($?, 0, 'the rig runs its job and ends') or BAIL_OUT($output);
    return $directory;
}

# What a machine of the job left, and what `vexit stat` says of its log; status is that of stat.
sub machine {
    my ($rig, $name) = @_;
    my $directory = "$rig/$name";
    my $output = qx(build/vexit stat $directory/vmm.log 2>&1);
    my $status = $? >> 8;
    return {
        directory => $directory,
        output => $output . join("\n", lines("$directory/qemu.out")),
        status => $status,
        vmm_log => [lines("$directory/vmm.log")],
        guest_log => [lines("$directory/guest.log")],
    };
}

# A machine whose guest has to stop with success, and whose log has to be complete.
sub machine_ok {
    my ($rig, $name) = @_;
    my $run = machine($rig, $name);
    is($run->{status}, 0, "$name: the log is complete") or diag($run->{output});
    like($run->{output}, qr/^end: status 0 /m, "$name: the guest ends with success")
        or diag($run->{output}, map { "$_\n" } @{ $run->{guest_log} });
    return $run;
}

1;
