/* SPDX-License-Identifier: MIT */
/*
 * What a stretch of time looks like in columns of equal width: how much of each column was spent in
 * the guest, with nothing known, and in the VMM by reason; how many exits; markers.
 */
'use strict';

const GUEST = 0, UNKNOWN = 1, IN_VMM = 2; /* kinds of time; from IN_VMM on by rank of the reason */

class Columns {
    constructor(run, from, to, columns) {
        this.run = run;
        this.from = from;
        this.to = to;
        this.columns = columns;
        this.scale = columns / (to - from);
        this.kinds = IN_VMM + run.reasons.length;
        this.share = new Float32Array(columns * this.kinds); /* of a column's width */
        this.exits = new Float32Array(columns * run.reasons.length);
        this.marks = new Uint8Array(columns);
        this.labels = []; /* of exits and stays in the guest that are wide enough for words */
        this.coarse = false; /* whether a leaf is a blur, as its block is not there yet */
    }

    /* Takes a vCPU's time. Widths of text, in columns, are asked for in `labels`. */
    add(vcpu, labels = Infinity) {
        this.vcpu = vcpu;
        this.labelWidth = labels;
        walk(vcpu, this.from, this.to, 1 / this.scale, this);
    }

    /* Puts time of one kind that fills begin to end. */
    fill(kind, begin, end) {
        let first = (begin - this.from) * this.scale, last = (end - this.from) * this.scale;

        first = Math.max(first, 0);
        last = Math.min(last, this.columns);
        for (let column = Math.floor(first); column < last; column++)
            this.share[column * this.kinds + kind] +=
                Math.min(column + 1, last) - Math.max(column, first);
        return last - first;
    }

    node(nodes, i) {
        const first = (nodes.begin(i) - this.from) * this.scale;
        const last = (nodes.end[i] - this.from) * this.scale, width = last - first;
        let column = Math.max(0, Math.floor(first));

        if (width > BLURRED)
            this.coarse = true;
        if (width <= 0) {
            if (first >= 0 && column < this.columns)
                this.addPart(nodes, i, column, 1);
            return;
        }
        for (const end = Math.min(last, this.columns); column < end; column++)
            this.addPart(nodes, i, column,
                         (Math.min(column + 1, last) - Math.max(column, first)) / width);
    }

    addPart(nodes, i, column, part) {
        const { share, exits, scale } = this, { rank, reasons } = this.run;
        const at = column * this.kinds, time = part * scale;

        share[at + GUEST] += nodes.guest[i] * time;
        share[at + UNKNOWN] += nodes.unknown[i] * time;
        for (let k = nodes.first[i], end = nodes.first[i + 1]; k < end; k++) {
            const r = rank[nodes.row[k]];

            share[at + IN_VMM + r] += nodes.ticks[k] * time;
            exits[column * reasons.length + r] += nodes.count[k] * part;
        }
        if (nodes.markers[i])
            this.marks[column] = 1;
    }

    element(times, n, before, block) {
        const begin = times.begin[n], end = times.end[n], kind = times.kind[n];
        const unknown = unknownBefore(times, n);
        const column = Math.floor((begin - this.from) * this.scale);
        const inside = column >= 0 && column < this.columns;

        if (begin > before && this.fill(unknown ? UNKNOWN : GUEST, before, begin) > this.labelWidth)
            this.labels.push({ begin: before, end: begin, rank: -1, unknown });
        if (kind === MARKER && inside)
            this.marks[column] = 1;
        if (kind > EXIT_ONLY)
            return;

        const rank = this.run.rank[rowOfReason(times.reason[n])];

        if (this.fill(IN_VMM + rank, begin, end) > this.labelWidth)
            this.labels.push({ begin, end, rank, unknown: false });
        if (inside)
            this.exits[column * this.run.reasons.length + rank]++;
    }
}
