#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What keeps a host from running vexit under KVM is named, with its remedy.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

use constant NOBODY => 65534;

# A host's /proc, /sys and /dev: the first thing that is missing counts.
sub host {
    my (%has) = (vendor => 'GenuineIntel', flags => 'fpu vmx', module => 1, nested => 'Y',
        ept => 'Y', device => 0666, @_);
    my $root = tempdir(CLEANUP => 1);
    my $write = sub {
        my ($file, $text) = @_;
        make_path("$root/$file" =~ s{/[^/]*$}{}r);
        open my $handle, '>', "$root/$file" or die "$file: $!";
        print $handle $text;
    };
    chmod 0755, $root;
    $write->('proc/cpuinfo', "processor\t: 0\nvendor_id\t: $has{vendor}\nflags\t\t: $has{flags}\n");
    if ($has{module}) {
        $write->("sys/module/kvm_intel/parameters/$_", "$has{$_}\n") for qw(nested ept);
    }
    if ($has{device}) {
        $write->('dev/kvm', '');
        chmod $has{device}, "$root/dev/kvm";
    }
    return $root;
}

# As a user without rights of its own: root may write everywhere.
sub check {
    my ($root) = @_;
    my $child = open my $pipe, '-|';
    unless ($child) {
        ($(, $)) = (NOBODY, NOBODY . ' ' . NOBODY) if $> == 0;
        ($<, $>) = (NOBODY, NOBODY) if $> == 0;
        open STDERR, '>&', \*STDOUT;
        exec 'sh', 'tools/check-nested', $root;
    }
    my $output = join '', <$pipe>;
    close $pipe;
    return ($? >> 8, $output);
}

sub says {
    my ($what, $pattern, @has) = @_;
    my ($status, $output) = check(host(@has));
    is($status, 1, "$what: no");
    like($output, qr/^check-nested: [^\n]*$pattern[^\n]*\n\z/, "$what: one line says why");
}

is_deeply([check(host())], [0, ''], 'a host that has it all');
is_deeply([check(host(nested => 1))], [0, ''], 'older kernels say 1 for Y');
says('an AMD host', qr/not Intel's \(vendor: AuthenticAMD\).*MACHINE=bochs/, vendor => 'AuthenticAMD',
    flags => 'fpu svm');
says('VT-x off', qr/does not show VMX: switch VT-x on/, flags => 'fpu');
says('no module', qr/not loaded: as root, `modprobe kvm_intel nested=1`/, module => 0);
says('nesting off', qr/nesting is switched off.*modprobe -r kvm_intel && modprobe kvm_intel nested=1/,
    nested => 'N');
says('EPT off', qr/EPT is switched off/, ept => 'N');
says('no device', qr{there is no /dev/kvm}, device => 0);
says('no right', qr{may not write to /dev/kvm: as root, `usermod -a -G \S+ \S+`}, device => 0600);
done_testing();
