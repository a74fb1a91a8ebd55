# SPDX-License-Identifier: MIT
# The page of `vexit timeline' in a browser: what it holds and what it paints.
package TimelinePage;

use strict;
use warnings;
use Exporter 'import';
use Browser;

our @EXPORT = qw($browser open_page settle js pixels rank of_page $guest $hatching);

our $browser;

END { undef $browser }

# Opens a page, in the browser that all of a test have in common.
sub open_page {
    my ($path) = @_;
    $browser //= Browser->new;
    $browser->open_file($path, '!!window.timeline && timeline.frames.length > 0');
    settle();
}

# Until what the view needs is unpacked, summed up and painted.
sub settle {
    $browser->wait_for('timeline.settled === timeline.view && !timeline.waiting' .
        ' && !timeline.run.loading && !timeline.rows.coarse && !timeline.charts.coarse');
}

sub js {
    my ($expression) = @_;
    return $browser->evaluate($expression);
}

# How many pixels of the rows have the colour of the guest, of a reason's rank, or of the hatching.
sub pixels {
    my ($colour) = @_;
    return js(<<"END");
(() => {
    const { canvas, context } = timeline.rows;
    const all = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const colour = $colour;
    return all.reduce((n, pixel) => n + (pixel === colour), 0);
})()
END
}

our $guest = 'pixel(parts(timeline.scheme.guest))';
our $hatching = 'timeline.scheme.hatch[1]';
sub rank { return "pixel(parts(colourOfRank($_[0])))" }

# A value of each reason r of what is shown, which is of this rank; by its name.
sub of_page {
    my ($value) = @_;
    return js('Object.fromEntries(timeline.run.reasons.map(({ name }, rank) => {' .
        " const r = timeline.sums.reasons[rank]; return [name, $value]; }))");
}

1;
