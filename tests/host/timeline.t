#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# vexit timeline: the page, in a browser. What it holds is what decode and stat print; it is painted,
# zooms, filters, finds; and it says what is not in the log.
use strict;
use warnings;
use lib 'tests/lib';
use Tool;
use TimelinePage;

my $hostile = '</script><script>document.title="hostile"</script>';
my $frame_limit = 250;    # milliseconds, on a machine that does other things; `make bench` is strict

# page_of NAME, BYTES: makes the log and its page. Returns exit status, standard error, path.
sub page_of {
    my ($name, $bytes) = @_;
    my $log = log_of($name, $bytes);
    my ($status, undef, $err) = vexit("timeline $log -o $dir/$name.html");
    return ($status, $err, "$dir/$name.html");
}

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
link "$dir/a.log", "$dir/linked" or die "link: $!";
for my $case ("$dir/a.log", "- <$dir/a.log", "--memory $dir/a.log", "memory:$dir/a.log") {
    ($status, undef, $err) = vexit("timeline -o $dir/linked $case");
    is($status, 74, "timeline -o on the log itself, $case: status 74");
    is($err, "vexit: $dir/linked: is the log itself, which the page would overwrite\n", 'and why');
}
ok(contents("$dir/a.log") eq $bytes, 'and the log is what it was');

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

sub of_stat {
    my ($value) = @_;
    return { map { $_ => $value->($stat{$_}) } keys %stat };
}

is_deeply(of_page('r.count'), of_stat(sub { 0 + $_[0]{count} }), 'counts per reason are those of stat');
is_deeply(of_page('r.ticks'), of_stat(sub { 0 + $_[0]{total} }), 'and so are their times');
is_deeply(of_page('r.longest'), of_stat(sub { 0 + $_[0]{max} }), 'the longest ones');
for my $percent (50, 99) {
    is_deeply(of_page("timeline.sums.percentile(rank, $percent)"),
        of_stat(sub { 0 + $_[0]{"p$percent"} }), "and the percentile $percent");
}
is_deeply(of_page('barsOf(r.bucket).reduce((sum, bar) => sum + bar[2], 0)'),
    of_stat(sub { $_[0]{count} - $_[0]{stopped} }), 'the histograms have all exits that have a time');
ok(js('[0, 1, 63, 64, 127, 128, 129, 1000, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 12345, 2 ** 53]' .
    '.every(x => lowestOf(bucketOf(x)) <= x && x < lowestOf(bucketOf(x) + 1))'),
    'a value is in its bucket, however large');
isnt(js('document.title'), 'hostile', 'text of the log is never markup');
like(js('document.getElementById("facts").textContent'), qr{</script>}, 'and is shown as it is');

# What it shows

is(js('document.querySelectorAll("#legend tbody tr").length'), scalar keys %stat,
    'the legend has a row for each reason');
cmp_ok(pixels($guest), '>', 1000, 'time in the guest is red');
is(js('document.querySelector("#key span").textContent'), 'in the guest', 'and the key says so in plain words');
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

# Tables and charts follow what is shown

js('timeline.show(timeline.run.end * 0.2, timeline.run.end * 0.7)');
settle();
{
    my ($from, $to) = map { js($_) } 'Number(timeline.run.epoch) + timeline.view.from',
        'Number(timeline.run.epoch) + timeline.view.to';
    my (%begin, %shown);
    for my $line (map { [/^(\d+) vcpu(\d+) (\w+) (\S+)/] }
        grep { / (?:exit|entry|stop) / } split /\n/, (vexit("decode $dir/a.log"))[1]) {
        my ($tsc, $vcpu, $kind, $name) = @$line;
        if ($kind eq 'exit') {
            $begin{$vcpu} = $tsc;
        } elsif ($begin{$vcpu} <= $to && $tsc >= $from) {
            push @{ $shown{$name} }, $tsc - $begin{$vcpu};
        }
    }
    my %expected = (map { $_ => 0 } keys %stat);
    $expected{$_} = @{ $shown{$_} } for keys %shown;
    is_deeply(of_page('r.count'), \%expected, 'the exits of the part that is shown are counted');
    my ($most) = sort { $expected{$b} <=> $expected{$a} } keys %expected;
    my @sorted = sort { $a <=> $b } @{ $shown{$most} };
    my $median = js("timeline.sums.percentile(timeline.run.reasons.findIndex(r => r.name === '$most'), 50)");
    ok(abs($median - $sorted[int((@sorted + 1) / 2) - 1]) <= $median / 128, 'and so is their median');
    my $digits = js("[...document.querySelectorAll('#legend tbody tr')]" .
        ".find(row => row.dataset.reason === '$most').cells[1].textContent");
    is($digits =~ s/,//gr, $expected{$most}, 'the table says so');
    like(js('document.querySelector("#legend caption").textContent'), qr/^in what is shown: [\d,]+ exits$/,
        'and what it counts');
    my ($bars) = js('timeline.charts.times.rawData_.map(row => row.slice(1)).flat()' .
        '.filter(n => n >= 1).reduce((sum, n) => sum + n, 0)');
    my $charted = 0;
    $charted += $_ for (sort { $b <=> $a } values %expected)[0 .. 5];
    is($bars, $charted, 'the histogram shows the same exits');
}
$browser->key('0');
settle();
is(js('document.querySelector("#legend caption").textContent'), 'in the whole run', 'or the whole run');

# What stands at the axes of the charts: each in one line, beside each other, and no number twice.
for my $span (20, 70, 600, 5000, 50000) {
    js("timeline.show(timeline.run.end * 0.7, timeline.run.end * 0.7 + $span)");
    settle();
    my ($high, $over, $twice) = js(<<'END')->@*;
(() => {
    const labels = of => [...document.querySelectorAll(of)].filter(label => label.textContent);
    const boxes = labels('#rate .dygraph-axis-label-x').map(label => {
        const text = document.createRange();
        text.selectNodeContents(label);
        return text.getBoundingClientRect();
    });
    const counts = labels('#times .dygraph-axis-label-y').map(label => label.textContent);
    return [boxes.some(box => box.height > 20), boxes.some((box, i) => i && box.left < boxes[i - 1].right + 4),
            new Set(counts).size !== counts.length].map(Number);
})()
END
    is("$high $over $twice", '0 0 0', "labels of the charts for $span ticks: wrapped, overlapping, twice");
}
$browser->key('0');
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

my $slowest = js('timeline.run.sums.reasons[1].longest');
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

# Markers are flags with their first value beside them, and with all of them under the pointer.

my ($few) = make_log('-n 400 -z 0 -v 2 -d 20000');
($status, $err, $page) = page_of('few.log', $few);
open_page($page);
is_deeply(js('timeline.flags.filter(flag => flag.vcpu.number === 0).map(flag => flag.words)'),
    [map { (/^\d+ vcpu0 marker rbx=(\w+)/) } split /\n/, (vexit("decode $dir/few.log"))[1]],
    'a flag has the first value of its marker');
$browser->mouse('mouseMoved', js("timeline.rows.xOf(timeline.flags[0].begin) + $x + 4"),
    js('document.getElementById("rows").getBoundingClientRect().y + timeline.rows.rowTop(0) - 8'));
like(js('document.getElementById("hover").hidden || document.getElementById("hover").textContent'),
    qr/^\d+ vcpu0 marker rbx=0x39 rcx=0x2 rdx=0x3 rsi=0x4$/, 'and all of them under the pointer');

# A log without the frequency of the TSC, whose vCPUs do not agree on the time either.

like(js('document.getElementById("facts").textContent'), qr/[\d,]+ ticks/, 'times are ticks');
like(js('document.querySelector("#legend thead").textContent'), qr/p99, ticks/, 'everywhere');
is(js('document.getElementById("rate-unit").textContent'), 'million ticks', 'rates, too');
is(js('timeline.run.vcpus[1].start'), 0, 'what is earliest stands first');
cmp_ok(js('timeline.run.vcpus[0].start'), '>', 19000, 'and what is late, late');

# Hardly anything, and nothing at all

for my $case (['-n 1', qr/^1 exit \x{b7} 1 vCPU \x{b7}/, qr/^$/],
    ['-n 0', qr/^0 exits \x{b7} 0 vCPUs \x{b7}/, qr/^There is nothing to show: the log has no exits/]) {
    my ($bytes) = make_log($case->[0]);
    ($status, $err, $page) = page_of('small.log', $bytes);
    is($status, 0, "make_log $case->[0]: status 0");
    open_page($page);
    like(js('document.getElementById("facts").textContent'), $case->[1], 'a page');
    like(js('document.getElementById("warning").textContent'), $case->[2], 'that says what there is');
    $browser->key($_) for '+', 'n', 'm', '0';
    settle();
}

# A page of a part of the log

sub filtered {
    my ($filter) = @_;
    my ($status) = vexit("timeline $filter $dir/a.log -o $dir/part.html");
    is($status, 0, "timeline $filter");
    open_page("$dir/part.html");
}

for my $filter ('--reason=PAUSE,RDTSC --vcpu=0,2', '--slower=75', '--time=100us-300us', '--between=0x39,0x9d') {
    my ($titles, @rows) = map { [split /,/] } split /\n/, (vexit("stat --csv $filter $dir/a.log"))[1];
    filtered($filter);
    is_deeply(of_page('r.count'), { map { $_->[1] => 0 + $_->[2] } @rows }, 'the exits that pass');
    like(js('document.getElementById("facts").textContent'),
        qr/^@{[js('timeline.run.exits.toLocaleString("en")')]} of 26,\d+ exits pass the filter/, 'and how many');
}
filtered('--reason=RDTSC');
cmp_ok(pixels($hatching), '>', 50, 'time of which exits are left out is hatched');
filtered('--vcpu=1');
is(pixels($hatching), 0, 'but not where all of a vCPU is there');
is_deeply(js('timeline.run.vcpus.map(vcpu => vcpu.number)'), [1], 'which has the only row');
filtered('--rip=0');
like(js('document.getElementById("warning").textContent'),
    qr/^There is nothing to show: no record passes the filter/, 'nothing passes: that is said');
($status, undef, $err) = vexit("timeline --reason=NONE $dir/a.log -o $dir/no.html");
is($status, 64, 'a reason that the log does not know: wrong usage');
like($err, qr/^vexit: --reason: the log knows no exit reason 'NONE'/, 'told');
ok(!-e "$dir/no.html", 'and no page');

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
