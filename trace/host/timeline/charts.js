/* SPDX-License-Identifier: MIT */
/* The charts of what is shown: exits per second over time, and handling times. */
'use strict';

const CHARTED = 6; /* reasons that get a line where no filter says which */
const RATE_COLUMNS = 240;
const STEPS_A_BAR = STEPS / 8; /* eight bars to a power of two */
const Y_LABEL_WIDTH = 66, X_LABEL_WIDTH = 110, X_DIGIT_WIDTH = 7; /* pixels */

/* The reasons that are charted: the filter's, or the ones that came most often. */
function chartedRanks({ sums, filter }) {
    if (filter.size)
        return [...filter].sort((a, b) => a - b);
    return sums.reasons.map((reason, rank) => [reason.count, rank]).filter(([n]) => n > 0)
        .sort((a, b) => b[0] - a[0]).slice(0, CHARTED).map(([, rank]) => rank)
        .sort((a, b) => a - b);
}

/* A histogram as [where a bar begins, where it ends, how many]; in ticks. */
function barsOf(bucket) {
    const bars = [];

    for (let i = 0; i < BUCKETS; i += STEPS_A_BAR) {
        const n = bucket.subarray(i, i + STEPS_A_BAR).reduce((sum, more) => sum + more, 0);

        if (n)
            bars.push([Math.max(1, lowestOf(i)), lowestOf(i + STEPS_A_BAR), n]);
    }
    return bars;
}

/* Where a log axis has lines: at powers of ten; the shorter it is, at more between them. */
function logTicks(from, to, words) {
    const first = Math.floor(Math.log10(from)), last = Math.ceil(Math.log10(to));
    const between = last - first > 3 ? [1] : to > 5 * from ? [1, 2, 5]
        : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
    const every = Math.ceil((last - first) / 8), ticks = [];

    for (let power = first; power <= last; power++)
        for (const n of between) {
            const v = n * 10 ** power;

            if (v >= from * 0.999 && v <= to * 1.001)
                ticks.push({ v, label: (power - first) % every ? '' : words(v) });
        }
    return ticks;
}

/* A handling time on an axis: of seconds, or of ticks where the frequency is not known. */
function timeLabel(value, hz) {
    return hz ? duration(value * hz, hz).replace(/\.0+ /, ' ') : shortCount(value);
}

class Charts {
    constructor(timeline) {
        this.timeline = timeline;
        this.rate = this.times = null;
        this.coarse = false; /* whether the rate is to be drawn again: Columns.coarse */
    }

    options(labels, colours) {
        const { scheme } = this.timeline;

        return {
            labels, colors: colours,
            gridLineColor: scheme.line, axisLineColor: scheme.line, axisLabelWidth: Y_LABEL_WIDTH, rightGap: 24,
            strokeWidth: 1.5, highlightCircleSize: 3, legend: 'onmouseover',
            interactionModel: {}, animatedZooms: false,
        };
    }

    draw() {
        this.drawRate();
        this.drawTimes();
    }

    drawRate() {
        const { run, view, filter } = this.timeline, hz = run.facts.tsc_hz || 1e6;
        const columns = new Columns(run, view.from, view.to, RATE_COLUMNS);
        const ranks = chartedRanks(this.timeline), reasons = run.reasons.length;
        const seconds = (view.to - view.from) / RATE_COLUMNS / hz;

        for (const vcpu of run.vcpus)
            columns.add(vcpu);
        this.coarse = columns.coarse;
        run.fetch();

        const data = [];

        for (let x = 0; x < RATE_COLUMNS; x++) {
            const exits = columns.exits.subarray(x * reasons, (x + 1) * reasons);
            const row = ranks.map(rank => exits[rank] / seconds);

            if (!filter.size)
                row.unshift(exits.reduce((sum, n) => sum + n, 0) / seconds);
            data.push([(view.from + (x + 0.5) / columns.scale), ...row]);
        }

        const names = ranks.map(rank => run.reasons[rank].name);
        const colours = ranks.map(colourOfRank);

        if (!filter.size) {
            names.unshift('all');
            colours.unshift(this.timeline.scheme.total);
        }

        const step = (view.to - view.from) / 100;

        this.rate = this.replace(this.rate, 'rate', data, {
            ...this.options(['time', ...names], colours),
            series: { all: { fillGraph: true, strokeWidth: 1 } }, includeZero: true,
            axes: {
                x: { ticker: (from, to) => this.timeTicks(from, to), axisLabelWidth: X_LABEL_WIDTH,
                     valueFormatter: t => place(t, step, run.facts.tsc_hz, view.to) },
                y: { axisLabelFormatter: shortCount, valueFormatter: threeDigits },
            },
        });
        document.getElementById('rate-unit').textContent =
            run.facts.tsc_hz ? 'second' : 'million ticks';
    }

    /* As the rows have them, but fewer: as many as have room. */
    timeTicks(from, to) {
        const hz = this.timeline.run.facts.tsc_hz, ticks = [];
        const wide = document.getElementById('rate').clientWidth - Y_LABEL_WIDTH;
        let step = axisStep((to - from) / 6, hz);

        while ((to - from) / step * X_DIGIT_WIDTH * (place(to, step, hz, to).length + 2) > wide)
            step = axisStep(step * 1.5, hz);

        for (let v = Math.ceil(from / step) * step; v <= to; v += step)
            ticks.push({ v, label: place(v, step, hz, to) });
        return ticks;
    }

    /* Dygraph cannot take other series than it began with. */
    replace(old, id, data, options) {
        old?.destroy();
        return new Dygraph(document.getElementById(id), data, options);
    }

    drawTimes() {
        const { run, sums } = this.timeline, hz = run.facts.tsc_hz;
        const ranks = chartedRanks(this.timeline).filter(rank => sums.reasons[rank].timed);

        if (!ranks.length) {
            this.times?.destroy();
            this.times = null;
            return;
        }

        const bars = new Map(); /* where a bar begins -> counts by position in ranks */
        const at = x => {
            if (!bars.has(x))
                bars.set(x, ranks.map(() => 0));
            return bars.get(x);
        };

        ranks.forEach((rank, i) => barsOf(sums.reasons[rank].bucket).forEach(([from, to, n]) => {
            at(from)[i] += n;
            at(to);
        }));

        const scale = hz || 1;
        const data = [...bars].sort((a, b) => a[0] - b[0])
            .map(([x, counts]) => [x / scale, ...counts.map(n => n || 0.5)]);
        const most = Math.max(...data.flatMap(row => row.slice(1)));

        this.times = this.replace(this.times, 'times', data, {
            ...this.options(['time', ...ranks.map(rank => run.reasons[rank].name)],
                            ranks.map(colourOfRank)),
            dateWindow: [data[0][0] / 1.05, data[data.length - 1][0] * 1.05],
            stepPlot: true, fillGraph: true, fillAlpha: 0.12, logscale: true,
            valueRange: [0.5, most * 1.5],
            axes: {
                x: {
                    logscale: true,
                    ticker: (from, to) => logTicks(from, to, value => timeLabel(value, hz)),
                    valueFormatter: t => `from ${hz ? duration(t * hz, hz) : `${count(t)} ticks`}`,
                },
                y: {
                    ticker: (from, to) => logTicks(Math.max(1, from), to, count)
                        .filter(({ v }) => Number.isInteger(v)),
                    valueFormatter: n => n < 1 ? '0' : count(n),
                },
            },
        });
    }

    resize() {
        this.rate?.resize();
        this.times?.resize();
    }
}
