# SPDX-License-Identifier: MIT
# A terminal of any size, by tmux: keys are pressed and the screen is read.
package Terminal;

use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(begin screen shows keys_ resize end_terminal);

my $tmux;
my $terminals = 0;

# Also what the command's status is afterwards stays as it was.
sub end_terminal {
    local $?;

    system("$tmux kill-server 2>/dev/null") if $tmux;
}

END { end_terminal() }

# Begins with a terminal of this size that runs the command in the directory, and says its status when
# it ends.
sub begin {
    my ($directory, $columns, $lines, $command) = @_;

    end_terminal();
    $tmux = "tmux -L vexit-$$-" . ++$terminals . ' -f /dev/null';
    system("cd $directory && $tmux new-session -d -s live -x $columns -y $lines "
        . "'sh -c \"trap : INT; $command; echo status \\\$?; exec sleep 60\"'") == 0 or BAIL_OUT('no tmux');
}

sub screen {
    return scalar `$tmux capture-pane -p -t live 2>&1`;
}

# Waits until the screen shows the pattern.
sub shows {
    my ($pattern, $name) = @_;
    my $screen;

    for (1 .. 100) {
        $screen = screen();
        return pass($name) if $screen =~ $pattern;
        select undef, undef, undef, 0.05;
    }
    fail($name);
    diag("the screen shows:\n$screen");
}

sub keys_ {
    my @keys = map { "'$_'" } @_;

    system("$tmux send-keys -t live @keys");
}

sub resize {
    my ($columns, $lines) = @_;

    system("$tmux resize-window -t live -x $columns -y $lines");
}

1;
