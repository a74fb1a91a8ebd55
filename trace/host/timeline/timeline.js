/* SPDX-License-Identifier: MIT */
/* The page: what it shows at the moment, and what changes that. */
'use strict';

const LEAST_SPAN = 20; /* ticks that the rows show at least, */
const LEAST_SHARE = 2 ** -40; /* and of the run: doubles have no finer times there */
const FRAMES_KEPT = 240;
const SETTLED = 90; /* milliseconds without a change */
const REFINEMENTS = 20; /* as many details may ask for more blocks than are kept */
const PRACTICE = { pictures: 160, columns: 160, height: 40 };

class Timeline {
    constructor(runs) {
        const by = id => document.getElementById(id);

        this.runs = runs;
        this.scheme = new Scheme();
        this.filter = new Set(); /* ranks of reasons; empty: all */
        this.kept = null;        /* the element that was clicked on or found */
        this.frames = [];        /* how long the last ones took to draw, in milliseconds */
        this.rows = new Rows(by('rows'), this);
        this.overview = new Overview(by('overview'), this);
        this.charts = new Charts(this);
        this.legend = new Legend(by('legend'), this);
        this.hover = new Hover(by('hover'), this);
        runs.forEach((run, i) => by('runs').add(new Option(`run ${i + 1} of ${runs.length}`, i)));
        by('runs').hidden = runs.length < 2;
    }

    /* What is shown */

    showRun(i) {
        this.run = this.runs[i];
        this.run.onload = () => {
            this.redraw();
            if (this.charts.coarse && this.refinements > 0)
                this.soon();
        };
        this.view = { from: 0, to: this.run.end };
        this.filter.clear();
        this.kept = null;
        document.getElementById('record').textContent = '';
        document.getElementById('found').textContent = '';
        this.sums = this.run.sums; /* of what is shown, once it has settled, */
        this.flags = [];           /* and its markers, where they are few: findFlags() */
        describeRun(this.run);
        this.legend.fill();
        this.later();
        this.resize();
    }

    get leastSpan() {
        return Math.max(LEAST_SPAN, this.run.end * LEAST_SHARE);
    }

    show(from, to) {
        const span = Math.min(Math.max(to - from, this.leastSpan), this.run.end * 1.02);
        const margin = this.run.end * 0.01;
        const middle = (from + to) / 2;

        from = Math.max(-margin, Math.min(middle - span / 2, this.run.end + margin - span));
        this.view = { from, to: from + span };
        this.redraw();
        this.later();
    }

    /* A change of the view or the filter: tables and charts follow once it has settled. */
    later() {
        this.refinements = REFINEMENTS; /* times that they are drawn anew as details come in */
        this.soon();
    }

    soon() {
        this.settled = null; /* the view that tables and charts tell of */
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.settle(), SETTLED);
    }

    async settle() {
        this.refinements--;

        const { run, view } = this, whole = view.from <= 0 && view.to >= run.end;
        const sums = whole ? run.sums : await sumsBetween(run, view.from, view.to);

        if (view !== this.view)
            return;
        this.sums = sums;
        this.legend.show();
        this.charts.draw();

        const flags = await findFlags(run, view.from, view.to);

        if (view !== this.view)
            return;
        this.flags = flags;
        this.settled = view;
        this.redraw();
    }

    fit() {
        this.show(0, this.run.end);
    }

    zoom(factor, at = (this.view.from + this.view.to) / 2) {
        const { from, to } = this.view;

        if ((to - from) * factor < this.leastSpan)
            factor = this.leastSpan / (to - from);
        this.show(at - (at - from) * factor, at + (to - at) * factor);
    }

    /* By a share of what is shown. */
    pan(share) {
        const { from, to } = this.view, by = share * (to - from);

        this.show(from + by, to + by);
    }

    /* Filter */

    toggleReason(rank) {
        if (!this.filter.delete(rank))
            this.filter.add(rank);
        this.filterChanged();
    }

    showAll() {
        this.filter.clear();
        this.keep(null);
        this.filterChanged();
    }

    filterChanged() {
        this.overview.strip = null;
        this.legend.show();
        this.later();
        this.redraw();
    }

    /* Single elements */

    keepAt(x, y) {
        const vcpu = this.rows.vcpuAt(y);

        this.keep(vcpu && x >= GUTTER ? this.hover.found(vcpu, x, y) : null);
    }

    keep(found) {
        this.kept = found;
        document.getElementById('record').textContent =
            found ? this.hover.recordWords(found).join('\n') : '';
        this.redraw();
    }

    /* Where a search goes on: at the kept element, or at the beginning of what is shown. */
    get searchFrom() {
        const { kept, view } = this;

        return kept && kept.begin >= view.from && kept.begin <= view.to ? kept.begin : view.from;
    }

    async goTo(query, direction, what) {
        const output = document.getElementById('found');

        output.textContent = 'searching…';

        const found = await findInRun(this.run, this.searchFrom, direction, query);

        output.textContent = found ? '' : `no ${what} ${direction > 0 ? 'after' : 'before'} this`;
        if (!found)
            return;

        /* Near enough that it can be seen, and no nearer than it was. */
        const length = Math.max(found.end - found.begin, this.leastSpan);
        const span = Math.min(this.view.to - this.view.from, length * 60);
        const middle = (found.begin + found.end) / 2;

        this.show(middle - Math.max(span, length * 2) / 2, middle + Math.max(span, length * 2) / 2);
        this.keep(found);
    }

    find(direction) {
        const hz = this.run.facts.tsc_hz;
        const typed = Number(document.getElementById('slower').value) || 0;
        const slower = hz ? typed * hz / 1e6 : typed;

        return this.goTo(exitQuery(this.run, this.filter, slower), direction, 'such exit');
    }

    findMarker(direction) {
        return this.goTo(markerQuery, direction, 'marker');
    }

    /* Drawing */

    redraw() {
        this.waiting ||= requestAnimationFrame(() => this.draw());
    }

    draw() {
        const begin = performance.now();

        this.waiting = 0;
        this.run.beginPicture();
        this.rows.draw();
        this.overview.draw();
        this.run.fetch();
        this.frames.push(performance.now() - begin);
        if (this.frames.length > FRAMES_KEPT)
            this.frames.shift();
        this.showStatus();
    }

    /*
     * Paints pictures that nobody sees while there is nothing else to do: a browser compiles what has
     * run often, and the first zoom should not have to wait for that.
     */
    practise(done = 0) {
        const { columns, height } = PRACTICE, { run } = this;
        const image = new ImageData(columns, height);

        requestIdleCallback(deadline => {
            for (; done < PRACTICE.pictures && deadline.timeRemaining() > 3; done++) {
                const half = run.end / 2 ** (1 + done % 16), middle = run.end * ((done % 7) + 1) / 8;
                const picture = new Columns(run, middle - half, middle + half, columns);

                picture.add(run.vcpus[done % run.vcpus.length]);
                paintStacks(image, picture, this.filter, this.scheme);
            }
            this.practised = done >= PRACTICE.pictures;
            if (!this.practised)
                this.practise(done);
        });
    }

    showStatus() {
        const { from, to } = this.view, { run } = this;

        document.getElementById('status').textContent =
            `shown: ${duration(to - from, run.facts.tsc_hz)}` +
            (this.rows.coarse ? ', details are being unpacked' : '');
    }

    resize() {
        this.rows.measure();
        this.overview.measure();
        this.charts.resize();
        this.redraw();
    }

    recolour() {
        this.scheme = new Scheme();
        this.overview.strip = null;
        this.later();
        this.redraw();
    }
}

/* Called at the end of the page, when all data are there. */
async function startTimeline() {
    try {
        const timeline = new Timeline(await readRuns());

        bindControls(timeline);
        timeline.showRun(0);
        if (timeline.run.vcpus.length)
            timeline.practise();
        window.timeline = timeline;
    } catch (error) {
        const box = document.getElementById('warning');

        box.textContent = `The page cannot be shown: ${error.message}`;
        box.hidden = false;
        throw error;
    }
}
