/* SPDX-License-Identifier: MIT */
/* Nodes of one level of detail that follow each other in time (levels.h). */
'use strict';

class Nodes {
    /*
     * start: when the first one begins, in ticks since the run's epoch; below: the nodes of the level
     * below this one, or null
     */
    constructor(start, below) {
        this.below = below;
        this.length = 0;
        this.taken = 0; /* children that have a parent */
        this.start = start;
        this.end = [];
        this.child = []; /* the first node below; a level's nodes are read after those below them */
        this.guest = [];
        this.unknown = [];
        this.markers = [];
        this.lost = [];
        this.first = [0]; /* of a node's reasons, in the arrays that follow */
        this.row = [];
        this.count = [];
        this.ticks = [];
        this.longest = [];
    }

    begin(i) {
        return i ? this.end[i - 1] : this.start;
    }

    /* The first of node i's children, and the one after the last. */
    children(i) {
        return [this.child[i], this.child[i + 1] ?? this.taken];
    }

    /* Appends a node that block_node() wrote. */
    read(reader) {
        const guest = reader.number(), unknown = reader.number();
        let end = this.begin(this.length) + guest + unknown;

        this.child.push(this.taken);
        this.taken = this.below ? this.below.length : 0;
        this.guest.push(guest);
        this.unknown.push(unknown);
        this.markers.push(reader.number());
        this.lost.push(reader.number());
        for (let reasons = reader.number(); reasons; reasons--) {
            this.row.push(reader.number());
            this.count.push(reader.number());

            const ticks = reader.number();

            this.ticks.push(ticks);
            this.longest.push(reader.number());
            end += ticks;
        }
        this.first.push(this.row.length);
        this.end.push(end);
        this.length++;
    }
}
