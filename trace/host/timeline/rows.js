/* SPDX-License-Identifier: MIT */
/* The rows of the vCPUs, and the time axis above them. */
'use strict';

const GUTTER = 84, AXIS = 26, ROW_GAP = 14; /* in CSS pixels */
const FLAG = 9, FLAG_HEIGHT = 12; /* of a marker; above the row */

/* Round steps of the time axis: about one in `wanted` ticks. */
function axisStep(wanted, hz) {
    const unit = hz || 1, size = 10 ** Math.floor(Math.log10(wanted / unit));

    return [1, 2, 5, 10].map(n => n * size * unit).find(step => step >= wanted);
}

class Rows {
    constructor(canvas, timeline) {
        this.canvas = canvas;
        this.timeline = timeline;
        this.context = canvas.getContext('2d');
    }

    /* The layout, in CSS pixels. */
    measure() {
        const { run } = this.timeline, scroll = this.canvas.parentElement;
        const rows = Math.max(1, run.vcpus.length);

        this.width = scroll.clientWidth;
        this.rowHeight = Math.max(18, Math.min(150, 420 / rows - ROW_GAP));
        this.height = AXIS + rows * (this.rowHeight + ROW_GAP) + 4;
        this.ratio = window.devicePixelRatio || 1;
        this.canvas.width = Math.round(this.width * this.ratio);
        this.canvas.height = Math.round(this.height * this.ratio);
        this.canvas.style.height = `${this.height}px`;
        this.columns = Math.max(1, Math.round((this.width - GUTTER) * this.ratio));
        this.image = new ImageData(this.columns, Math.max(1, Math.round(this.rowHeight * this.ratio)));
    }

    rowTop(i) {
        return AXIS + i * (this.rowHeight + ROW_GAP) + ROW_GAP;
    }

    /* The vCPU at a place of the canvas, or undefined. */
    vcpuAt(y) {
        return this.timeline.run.vcpus.find((_, i) =>
            y >= this.rowTop(i) - ROW_GAP && y < this.rowTop(i) + this.rowHeight);
    }

    /* Whether a place of the canvas is above a vCPU's row, where the flags are. */
    isAmongFlags(vcpu, y) {
        return y < this.rowTop(this.timeline.run.vcpus.indexOf(vcpu));
    }

    timeAt(x) {
        const { from, to } = this.timeline.view;

        return from + (x - GUTTER) / (this.width - GUTTER) * (to - from);
    }

    xOf(time) {
        const { from, to } = this.timeline.view;

        return GUTTER + (time - from) / (to - from) * (this.width - GUTTER);
    }

    draw() {
        const { context, timeline } = this, { run, scheme, view } = timeline;
        const scroll = this.canvas.parentElement;

        context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
        context.fillStyle = scheme.back;
        context.fillRect(0, 0, this.width, this.height);
        this.drawAxis();
        this.coarse = false;
        run.vcpus.forEach((vcpu, i) => {
            const top = this.rowTop(i);

            if (top + this.rowHeight < scroll.scrollTop ||
                top - ROW_GAP > scroll.scrollTop + scroll.clientHeight)
                return;

            const columns = new Columns(run, view.from, view.to, this.columns);

            columns.add(vcpu, 44 * this.ratio);
            this.coarse ||= columns.coarse;
            this.drawRow(vcpu, top, columns);
        });
        this.drawKept();
    }

    drawAxis() {
        const { context, timeline } = this, { view, scheme, run } = timeline;
        const hz = run.facts.tsc_hz, span = view.to - view.from;
        const step = Math.max(1, axisStep(span / (this.width - GUTTER) * 110, hz));

        context.font = '11px system-ui, sans-serif';
        context.textBaseline = 'middle';
        context.textAlign = 'center';
        context.lineWidth = 1;
        for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
            const x = Math.round(this.xOf(t)) + 0.5;

            context.strokeStyle = scheme.line;
            context.beginPath();
            context.moveTo(x, AXIS - 6);
            context.lineTo(x, this.height);
            context.stroke();
            context.fillStyle = scheme.faint;
            if (x > GUTTER + 20 && x < this.width - 20)
                context.fillText(place(t, step, hz, view.to), x, AXIS / 2 - 1);
        }
    }

    drawRow(vcpu, top, columns) {
        const { context, image, timeline } = this, { scheme, filter } = timeline;
        const y = Math.round(top * this.ratio);

        new Uint32Array(image.data.buffer).fill(0);
        paintStacks(image, columns, filter, scheme);
        this.stacks ??= new OffscreenCanvas(1, 1);
        if (this.stacks.width !== image.width || this.stacks.height !== image.height) {
            this.stacks.width = image.width;
            this.stacks.height = image.height;
        }
        this.stacks.getContext('2d').putImageData(image, 0, 0);
        context.drawImage(this.stacks, GUTTER, y / this.ratio, image.width / this.ratio,
                          image.height / this.ratio);
        this.drawName(vcpu, top, columns);
        this.drawLabels(vcpu, top, columns.labels);
        this.drawMarks(top, columns.marks);
        this.drawFlagWords(vcpu, top);
        this.drawEnd(vcpu, top);
    }

    drawName(vcpu, top, columns) {
        const { context } = this, { scheme } = this.timeline, middle = top + this.rowHeight / 2;
        let guest = 0, all = 0;

        for (let at = 0; at < columns.share.length; at += columns.kinds)
            for (let kind = 0; kind < columns.kinds; kind++) {
                all += columns.share[at + kind];
                guest += kind === GUEST ? columns.share[at] : 0;
            }
        context.textAlign = 'left';
        context.fillStyle = scheme.ink;
        context.font = '600 13px system-ui, sans-serif';
        context.fillText(`vCPU ${vcpu.number}`, 8, this.rowHeight > 30 ? middle - 9 : middle);
        if (this.rowHeight <= 30 || !all)
            return;
        context.font = '11px system-ui, sans-serif';
        context.fillStyle = scheme.faint;
        context.fillText(`guest ${percent(guest / all)}`, 8, middle + 9);
    }

    drawLabels(vcpu, top, labels) {
        const { context } = this, { run, scheme, filter } = this.timeline;

        if (this.rowHeight < 16)
            return;
        context.font = '12px system-ui, sans-serif';
        context.textAlign = 'center';
        for (const { begin, end, rank, unknown } of labels) {
            const left = Math.max(GUTTER, this.xOf(begin)), right = Math.min(this.width, this.xOf(end));
            const words = unknown ? 'unknown' : rank < 0 ? `VIRT vcpu ${vcpu.number}`
                : run.reasons[rank].name;
            const muted = unknown || filter.size > 0 && !filter.has(rank);

            if (context.measureText(words).width > right - left - 8)
                continue;
            context.fillStyle = muted ? scheme.ink
                : inkOn(rank < 0 ? scheme.guest : colourOfRank(rank));
            context.fillText(words, (left + right) / 2, top + this.rowHeight / 2);
        }
    }

    /* Flags; where they would stand upon each other, one for all, and where many stand, no poles. */
    drawMarks(top, marks) {
        const { context } = this, { scheme } = this.timeline;
        const many = marks.reduce((sum, n) => sum + n, 0) > this.columns / 40;
        let last = -Infinity;

        context.fillStyle = scheme.mark;
        for (let column = 0; column < marks.length; column++) {
            const x = GUTTER + column / this.ratio;

            if (!marks[column] || x - last < (many ? 14 : 7))
                continue;
            last = x;
            context.fillRect(x, top - FLAG_HEIGHT, 1.2, FLAG_HEIGHT + (many ? 0 : this.rowHeight));
            context.beginPath();
            context.moveTo(x, top - FLAG_HEIGHT);
            context.lineTo(x + FLAG, top - FLAG_HEIGHT + 3.5);
            context.lineTo(x, top - FLAG_HEIGHT + 7);
            context.fill();
        }
    }

    /* What stands at the flags, where there is room before the next one. */
    drawFlagWords(vcpu, top) {
        const { context } = this, { scheme, flags } = this.timeline;
        const own = flags.filter(flag => flag.vcpu === vcpu);

        context.font = '11px system-ui, sans-serif';
        context.textAlign = 'left';
        context.fillStyle = scheme.ink;
        own.forEach(({ begin, words }, i) => {
            const x = this.xOf(begin) + FLAG + 3;
            const room = Math.min(this.width, i + 1 < own.length ? this.xOf(own[i + 1].begin) : Infinity);

            if (x > GUTTER && x + context.measureText(words).width < room - 3)
                context.fillText(words, x, top - FLAG_HEIGHT / 2 - 1);
        });
    }

    /* What stands where the vCPU's last record ends. */
    drawEnd(vcpu, top) {
        const { context } = this, x = this.xOf(vcpu.end);

        if (x < GUTTER || x > this.width + 1)
            return;
        context.fillStyle = this.timeline.scheme.ink;
        context.fillRect(Math.min(x, this.width - 2), top - 3, 2, this.rowHeight + 6);
    }

    /* A frame around the exit that was clicked on or found. */
    drawKept() {
        const { context, timeline } = this, { kept, run, scheme } = timeline;

        if (!kept)
            return;

        const i = run.vcpus.indexOf(kept.vcpu);
        const left = Math.max(GUTTER - 2, this.xOf(kept.begin)), right = this.xOf(kept.end);

        if (right < GUTTER || left > this.width)
            return;
        context.strokeStyle = scheme.ink;
        context.lineWidth = 2;
        context.strokeRect(left - 1, this.rowTop(i) - 2, Math.max(3, right - left + 2),
                           this.rowHeight + 4);
    }
}
