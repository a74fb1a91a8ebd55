#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Completion in bash: commands, options, files, exit reasons.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;

my $build = abs_path($ENV{B} // 'build');
my $dir = tempdir(CLEANUP => 1);

mkdir "$dir/folder";
for ('file one', 'other') {
    open my $file, '>', "$dir/$_" or die "$_: $!";
}

# What these words may become; the last one is being typed. An equals sign is a word of its own.
sub completes {
    my (@words) = @_;
    my $script = 'source "$1" || exit 1
        shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _vexit; printf "%s\n" "${COMPREPLY[@]}"';

    chdir $dir;
    open my $bash, '-|', 'bash', '-c', $script, 'bash', "$build/vexit.bash", 'vexit', @words
        or die "bash: $!";
    my $out = join '', <$bash>;
    chdir '/';
    return [sort split /\n/, $out];
}

open my $table, '<', 'trace/host/commands.def' or die "commands.def: $!";
my @commands = join('', <$table>) =~ /^COMMAND\((\w+),/mg;
is_deeply(completes(''), [sort @commands], 'the commands');
is_deeply(completes('st'), ['stat'], 'a command that has begun');
is_deeply(completes('help', 'sta'), ['stat'], 'a command to be helped with');
is_deeply(completes('--h'), ['--help'], 'an option before the command');
is_deeply(completes('decode', '--no-'), ['--no-text', '--no-time'], 'options of the command');
is_deeply(completes('stat', '--baud', '115'), ['115200'], 'a rate');
is_deeply(completes('stat', '--baud', '=', '115'), ['115200'], 'behind an equals sign');
ok(@{completes('stat', '--baud', '=')} > 3, 'all that may stand there');
is_deeply(completes('stat', ''), ['file one', 'folder', 'other'], 'files');
is_deeply(completes('record', '-o', 'fi'), ['file one'], 'a file as an option');
is_deeply(completes('decode', '--reason', '=', 'XYZ'), [], 'no such exit reason');
is_deeply(completes('decode', '--reason', '=', 'CPU'), ['CPUID'], 'an exit reason');
is_deeply(completes('decode', '--reason', 'HLT,RDTSC'), ['HLT,RDTSC', 'HLT,RDTSCP'],
    'one more');
is_deeply(completes('decode', '--reason', '!CPU'), ['!CPUID'], 'all but one');

is_deeply(completes('stat', '--by', '=', 'reason,guest_ph'), ['reason,guest_physical'], 'a column');
is_deeply(completes('stat', '--by', 'detai'), ['detail'], 'the first');
is_deeply(completes('stat', '--unit', '=', ''), ['ticks', 'us'], 'one of a few words');

done_testing();
