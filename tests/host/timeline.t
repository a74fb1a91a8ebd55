#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit timeline: the page, in a browser. What it holds is what decode and stat print; it is painted,
# zooms, filters, finds; and it says what is not in the log.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;
use Browser;

my $hostile = '</script><script>document.title="hostile"</script>';
my $frame_limit = 250;    # milliseconds, on a machine that does other things; `make bench` is strict

# page_of NAME, BYTES: makes the log and its page. Returns exit status, standard error, path.
sub page_of {
    my ($name, $bytes) = @_;
    my $log = log_of($name, $bytes);
    my ($status, undef, $err) = vexit("timeline $log -o $dir/$name.html");
    return ($status, $err, "$dir/$name.html");
}

my $browser = Browser->new;

sub open_page {
    my ($path) = @_;
    $browser->open_file($path, '!!window.timeline && timeline.frames.length > 0');
    settle();
}

# Until what the view needs is unpacked and painted.
sub settle {
    $browser->wait_for('!timeline.waiting && !timeline.run.loading && !timeline.rows.coarse');
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

my $guest = 'pixel(parts(timeline.scheme.guest))';
my $hatching = 'timeline.scheme.hatch[1]';
sub rank { return "pixel(parts(colourOfRank($_[0])))" }

# The page without a browser

my ($bytes) = make_log("-v 3 -n 9000 -j 9 -s -o '$hostile'");
my ($status, $err, $page) = page_of('a.log', $bytes);
is($status, 0, 'a complete log: status 0');
is($err, '', 'and nothing to say');
my $html = contents($page);
unlike($html, qr/<(?:script|link|img)[^>]*(?:src|href)=/, 'the page refers to no other file');
like($html, qr/MIT-licenced/, "the library's licence is in it");
is((vexit("timeline $dir/a.log -o -"))[1], $html, '-o - prints the page');
log_of('longer.html', "$html$html");
vexit("timeline $dir/a.log -o $dir/longer.html");
is(contents("$dir/longer.html"), $html, 'nothing is left of a longer page');

log_of('text', "no trace in here\n");
log_of('old.html', 'old');
is((vexit("timeline $dir/text -o $dir/none.html"))[0], 2, 'no trace: status 2');
ok(!-e "$dir/none.html", 'and no page');
is((vexit("timeline $dir/text -o $dir/old.html"))[0], 2, 'no trace and an old page: status 2');
is(contents("$dir/old.html"), 'old', 'which stays as it was');
($status, undef, $err) = vexit("timeline $dir/a.log -o $dir/no/such.html");
is($status, 74, 'a page that cannot be written: status 74');
like($err, qr{^vexit: $dir/no/such.html: No such file}, 'and it is named');
($status, undef, $err) = vexit("timeline $dir/a.log -o /dev/full");
is($status, 74, 'a full disk: status 74');
like($err, qr{^vexit: /dev/full: No space left}, 'and it is named');
is((vexit("timeline $dir/a.log"))[0], 64, 'no -o: status 64');

# What the page holds

open_page($page);
my $lines = js(<<'END');
(async () => {
    const lines = [];
    for (const vcpu of timeline.run.vcpus)
        for (let i = 0; i < vcpu.blocks.length; i++) {
            const { frame } = await vcpu.load(i), reader = new FrameReader(frame, true);
            while (reader.next())
                lines.push(...decodedLines(timeline.run, vcpu.number, reader.element()));
        }
    return lines.sort().join('\n');
})()
END
my $decoded = join "\n", sort grep { /^\d+ vcpu/ } split /\n/, (vexit("decode --no-text $dir/a.log"))[1];
ok($lines eq $decoded, 'every record of the page is the one that decode prints');

# The columns of `stat --csv', by reason.
my ($titles, @rows) = map { [split /,/] } split /\n/, (vexit("stat --csv $dir/a.log"))[1];
my %stat = map { my %row; @row{@$titles} = @$_; ($row{reason} => \%row) } @rows;

sub of_page {
    my ($value) = @_;
    return js("Object.fromEntries(timeline.run.reasons.map(r => [r.name, $value]))");
}

sub of_stat {
    my ($value) = @_;
    return { map { $_ => $value->($stat{$_}) } keys %stat };
}

is_deeply(of_page('r.count'), of_stat(sub { 0 + $_[0]{count} }), 'counts per reason are those of stat');
is_deeply(of_page('r.ticks'), of_stat(sub { 0 + $_[0]{total} }), 'and so are their times');
is_deeply(of_page('r.longest'), of_stat(sub { 0 + $_[0]{max} }), 'the longest ones');
is_deeply(of_page('r.p99'), of_stat(sub { 0 + $_[0]{p99} }), 'and the percentiles');
is_deeply(of_page('r.times.reduce((sum, bar) => sum + bar[2], 0)'),
    of_stat(sub { $_[0]{count} - $_[0]{stopped} }), 'the histograms have all exits that have a time');
isnt(js('document.title'), 'hostile', 'text of the log is never markup');
like(js('document.getElementById("facts").textContent'), qr{</script>}, 'and is shown as it is');

# What it shows

is(js('document.querySelectorAll("#legend tbody tr").length'), scalar keys %stat,
    'the legend has a row for each reason');
cmp_ok(pixels($guest), '>', 1000, 'time in the guest is red');
cmp_ok(pixels(rank(0)), '>', 1000, 'time in the VMM has the colour of its reason');
is(pixels($hatching), 0, 'nothing is hatched where nothing is lost');
ok(js('document.getElementById("warning").hidden'), 'there is nothing to warn of');
cmp_ok(js('document.querySelectorAll("#charts canvas").length'), '>=', 2, 'there are two charts');

my ($x, $y) = js('(() => { const r = document.getElementById("rows").getBoundingClientRect();' .
    ' return [r.x, r.y]; })()')->@*;
my $row = $y + js('timeline.rows.rowTop(1) + timeline.rows.rowHeight / 2');
my $under = js("timeline.rows.timeAt(500 - $x)");
$browser->wheel(500, $row, -400) for 1 .. 4;
$browser->wait_for('timeline.view.to - timeline.view.from < timeline.run.end / 5');
settle();
ok(abs(js("timeline.rows.timeAt(500 - $x)") - $under) < js('timeline.run.end') / 500,
    'the wheel zooms in on what is under the pointer');

$browser->wheel(500, $row, -400) for 1 .. 4;
$browser->wait_for('timeline.view.to - timeline.view.from < 5000');
settle();
my $exit = js('(() => { const { view, run, rows } = timeline; let found;' .
    'walk(run.vcpus[1], view.from, view.to, 0, { node() {}, element(times, n, before, block) {' .
    '  if (times.kind[n] === EXIT_ENTRY && times.begin[n] > view.from && times.end[n] < view.to)' .
    "    found = [rows.xOf((times.begin[n] + times.end[n]) / 2) + $x," .
    '             ...decodedLines(run, 1, elementOfFrame(block.frame, n))]; } }); return found; })()');
$browser->mouse('mouseMoved', $exit->[0], $row);
my $hover = js('document.getElementById("hover").hidden ? "" : ' .
    'document.getElementById("hover").textContent');
is(join("\n", (split /\n/, $hover)[0, 1]), join("\n", @$exit[1, 2]),
    'an exit under the pointer is shown with its slots');
ok(index($decoded, $exit->[2]) >= 0, 'as decode prints it');
$browser->click($exit->[0], $row);
is(js('document.getElementById("record").textContent'), $hover, 'a click keeps it');
$browser->mouse('mouseMoved', 500, $row);

my $before = js('timeline.view.from');
$browser->mouse('mousePressed', 600, $row, button => 'left', buttons => 1, clickCount => 1);
$browser->mouse('mouseMoved', $_, $row, button => 'left', buttons => 1) for 550, 500, 450;
$browser->mouse('mouseReleased', 450, $row, button => 'left', clickCount => 1);
cmp_ok(js('timeline.view.from'), '>', $before, 'dragging to the left moves on in time');
$before = js('timeline.view.from');
$browser->key('ArrowLeft');
cmp_ok(js('timeline.view.from'), '<', $before, 'the left arrow moves back');
$browser->key('0');
cmp_ok(js('timeline.view.to - timeline.view.from'), '>=', js('timeline.run.end'), '0 shows all');
settle();

# Filter and search

js('timeline.keep(null)');
settle();
my $all = pixels(rank(0));
$browser->click($browser->place_of('#legend tbody tr:nth-child(2)'));
settle();
is(js('document.querySelectorAll("#legend tr.chosen").length'), 1, 'a click on a reason filters');
is(pixels(rank(0)), 0, 'the others fade');
cmp_ok(pixels(rank(1)), '>', 1000, 'it does not');
my $name = js('timeline.run.reasons[1].name');
$browser->key('n');
$browser->wait_for('timeline.kept');
like(js('document.getElementById("record").textContent'), qr/^\d+ vcpu\d exit $name /,
    'N finds the next exit of it');
my $first = js('timeline.kept.begin');
$browser->key('n');
$browser->wait_for("timeline.kept.begin > $first");
$browser->key('N');
$browser->wait_for("timeline.kept.begin === $first");
pass('N and Shift+N go on and back');

my $slowest = js('timeline.run.reasons[1].longest');
$browser->key('0');
js("document.getElementById('slower').value = $slowest / timeline.run.facts.tsc_hz * 1e6");
js('timeline.keep(null)');
$browser->click($browser->place_of('#next'));
$browser->wait_for('timeline.kept');
is(js('timeline.kept.end - timeline.kept.begin'), $slowest, 'a search for slow exits finds the slowest');
$browser->key('Escape');
is(js('timeline.filter.size'), 0, 'Escape shows all again');
$browser->key('0');
settle();
is(pixels(rank(0)), $all, 'as before');
js('timeline.keep(null)');
$browser->key('m');
$browser->wait_for('timeline.kept');
like(js('document.getElementById("record").textContent'), qr/^\d+ vcpu\d marker rbx=/,
    'M finds the next marker');

# Speed

my ($drawn) = $browser->frame_times(20, 2);
cmp_ok($drawn->[0.95 * @$drawn], '<', $frame_limit, 'frames are drawn while it zooms and moves');

# What is not in the log

my ($lossy) = make_log('-n 4000 -l');
($status, $err, $page) = page_of('lossy.log', $lossy);
is($status, 0, 'records that the VMM lost: status 0, as everywhere');
open_page($page);
like(js('document.getElementById("warning").textContent'), qr/the VMM had no room for 10 more/,
    'the page says so');
js(<<'END');
(() => {
    const vcpu = timeline.run.vcpus[0], i = vcpu.levels[0].unknown.findIndex(ticks => ticks > 0);
    timeline.show(vcpu.levels[0].begin(i), vcpu.levels[0].end[i]);
})()
END
settle();
cmp_ok(pixels($hatching), '>', 50, 'and hatches the time');

my ($whole, @map) = make_log('-n 6000 -f 512 -j 9');
my ($offset, $length) = @{$map[8]};
substr $whole, $offset + 20, 1, chr(0xff ^ ord substr $whole, $offset + 20, 1);
($status, $err, $page) = page_of('damaged.log', $whole);
is($status, 1, 'a damaged frame: status 1');
open_page($page);
like(js('document.getElementById("warning").textContent'),
    qr/incomplete.*records missing.*missing: vcpu0 records/s, 'the page says what is missing');
cmp_ok(pixels($hatching), '>', 50, 'and hatches the time');

my ($one) = make_log('-n 500');
my ($two) = make_log('-n 700 -v 2');
($status, $err, $page) = page_of('runs.log', $one . $two);
open_page($page);
is(js('timeline.runs.length'), 2, 'a log of two runs is two pictures');
js('(() => { const s = document.getElementById("runs"); s.value = 1;' .
    ' s.dispatchEvent(new Event("change")); })()');
is(js('timeline.run.vcpus.length'), 2, 'and one can choose');

my ($text) = make_log('-t -n 800 -v 2');
($status, $err, $page) = page_of('text.log', $text);
open_page($page);
is(js('timeline.run.exits'), () = $text =~ /vcpu\d exit /g, 'record lines make the same picture');

is_deeply([$browser->complaints], [], 'no page had an error or asked the network for anything');
done_testing();
