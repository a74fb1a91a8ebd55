/* SPDX-License-Identifier: MIT */
/* The charts beside the timeline: exits per second over the view, and handling times. */
'use strict';

const CHARTED = 6; /* reasons that get a line where no filter says which */
const RATE_COLUMNS = 240;

/* The reasons that are charted: the filter's, or the most frequent ones. */
function chartedRanks(run, filter) {
    if (filter.size)
        return [...filter].sort((a, b) => a - b);
    return run.reasons.map((reason, rank) => [reason.count, rank])
        .sort((a, b) => b[0] - a[0]).slice(0, CHARTED).map(([, rank]) => rank)
        .sort((a, b) => a - b);
}

/* Labels of a log axis stand at the powers of ten only, or at none where that is crowded. */
function powersOfTen(from, to) {
    const ticks = [];
    const first = Math.ceil(Math.log10(from) - 1e-9), last = Math.floor(Math.log10(to) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / 8));

    for (let power = first; power <= last; power++)
        ticks.push({ v: 10 ** power, power, labelled: (power - first) % every === 0 });
    return ticks;
}

/* The unit of handling times on an axis: seconds where the frequency is known. */
function timeLabel(value, hz) {
    return hz ? duration(value * hz, hz).replace('.00', '').replace('.0', '')
        : value >= 1e4 ? `10^${Math.round(Math.log10(value))}` : count(value);
}

class Charts {
    constructor(timeline) {
        this.timeline = timeline;
        this.rate = this.times = null;
        this.timer = 0;
    }

    options(labels, colours) {
        const { scheme } = this.timeline;

        return {
            labels, colors: colours,
            gridLineColor: scheme.line, axisLineColor: scheme.line, axisLabelWidth: 62,
            strokeWidth: 1.5, highlightCircleSize: 3, legend: 'onmouseover',
            interactionModel: {}, animatedZooms: false,
        };
    }

    /* A change of the view or the filter: once it has settled. */
    later() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.draw(), 90);
    }

    draw() {
        this.drawRate();
        this.drawTimes();
    }

    drawRate() {
        const { run, view, filter } = this.timeline, hz = run.facts.tsc_hz || 1e6;
        const columns = new Columns(run, view.from, view.to, RATE_COLUMNS);
        const ranks = chartedRanks(run, filter), reasons = run.reasons.length;
        const seconds = (view.to - view.from) / RATE_COLUMNS / hz;

        for (const vcpu of run.vcpus)
            columns.add(vcpu);

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
            colours.unshift(this.timeline.scheme.faint);
        }

        const step = (view.to - view.from) / 100;

        this.rate = this.replace(this.rate, 'rate', data, {
            ...this.options(['time', ...names], colours),
            fillGraph: !filter.size && false, includeZero: true,
            axes: {
                x: { axisLabelFormatter: t => place(t, step, run.facts.tsc_hz), pixelsPerLabel: 90,
                     valueFormatter: t => place(t, step, run.facts.tsc_hz) },
                y: { axisLabelFormatter: threeDigits, valueFormatter: threeDigits },
            },
        });
        document.getElementById('rate-unit').textContent =
            run.facts.tsc_hz ? 'second' : 'million ticks';
    }

    /* Dygraph cannot take other series than it began with. */
    replace(old, id, data, options) {
        old?.destroy();
        return new Dygraph(document.getElementById(id), data, options);
    }

    drawTimes() {
        const { run, filter } = this.timeline, hz = run.facts.tsc_hz;
        const ranks = chartedRanks(run, filter).filter(rank => run.reasons[rank].times.length);
        const key = `${run.facts.log} ${ranks} ${this.timeline.scheme.back}`;

        if (key === this.timesKey || !ranks.length)
            return;
        this.timesKey = key;

        const bars = new Map(); /* where a bar begins -> counts by position in ranks */
        const at = x => {
            if (!bars.has(x))
                bars.set(x, ranks.map(() => 0));
            return bars.get(x);
        };

        ranks.forEach((rank, i) => run.reasons[rank].times.forEach(([from, to, n]) => {
            at(Math.max(1, from))[i] += n;
            at(to);
        }));

        const scale = hz || 1;
        const data = [...bars].sort((a, b) => a[0] - b[0])
            .map(([x, counts]) => [x / scale, ...counts.map(n => n || 0.5)]);
        const most = Math.max(...data.flatMap(row => row.slice(1)));

        this.times = this.replace(this.times, 'times', data, {
            ...this.options(['time', ...ranks.map(rank => run.reasons[rank].name)],
                            ranks.map(colourOfRank)),
            stepPlot: true, fillGraph: true, fillAlpha: 0.12, logscale: true,
            valueRange: [0.5, most * 1.5],
            axes: {
                x: {
                    logscale: true,
                    ticker: (from, to) => powersOfTen(from, to).map(tick => ({
                        v: tick.v, label: tick.labelled ? timeLabel(tick.v, hz) : '' })),
                    valueFormatter: t => `from ${hz ? duration(t * hz, hz) : `${count(t)} ticks`}`,
                },
                y: {
                    ticker: (from, to) => powersOfTen(from, to).map(tick => ({
                        v: tick.v, label: tick.labelled ? count(tick.v) : '' })),
                    valueFormatter: n => n < 1 ? '0' : count(n),
                },
            },
        });
    }

    resize() {
        this.rate?.resize();
        this.times?.resize();
    }

    /* After a change of the scheme or the run. */
    forget() {
        this.timesKey = '';
        this.later();
    }
}
