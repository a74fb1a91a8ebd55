/* SPDX-License-Identifier: MIT */
/*
 * A run of the VMM as the page holds it: facts, vCPUs, their levels of detail, and their blocks: the
 * frames, which are inflated when single elements of them are looked at.
 */
'use strict';

const LEAF = 64, BLOCK_LEVEL = 2; /* levels.h */
const ROWS = 256; /* of the schema; the row after them is for other reasons */
const BLOCKS_KEPT = 400;
const BLOCKS_AT_ONCE = 6; /* that are being inflated */

function rowOfReason(reason) {
    return Math.min(reason & 0xffff, ROWS);
}

class Block {
    constructor(element) {
        this.element = element;
        this.frame = null; /* bytes */
        this.times = null; /* of timesOfFrame() */
        this.loading = null;
        this.used = 0; /* the picture that used it last */
        this.markers = null; /* of markersOfFrame() */
    }

    /* The first value of element n, a marker. */
    markerWords(n) {
        this.markers ??= markersOfFrame(this.frame);
        return hex(this.markers.get(n));
    }

    async load(begin, unknown, epoch) {
        const frame = await inflate(this.element.textContent);

        this.times = timesOfFrame(frame, epoch, begin, unknown);
        this.frame = frame;
    }

    forget() {
        this.frame = this.times = this.loading = this.markers = null;
    }
}

class Vcpu {
    constructor(run, { vcpu, start, end }) {
        this.run = run;
        this.number = vcpu;
        this.start = Number(BigInt(start) - run.epoch);
        this.end = Number(BigInt(end) - run.epoch);
        this.levels = []; /* Nodes */
        this.blocks = [];
        this.times = []; /* of the exits of each block: readTimes() */
    }

    /* Takes the next node of the index. */
    read(reader) {
        const level = reader.number();

        this.level(level).read(reader);
        if (level === BLOCK_LEVEL)
            this.times.push(readTimes(reader));
    }

    level(level) {
        for (let i = this.levels.length; i <= level; i++)
            this.levels.push(new Nodes(this.start, this.levels[i - 1] ?? null));
        return this.levels[level];
    }

    /* The lowest level that has one node: that of all. */
    get top() {
        return this.levels.findIndex((nodes, i) => i >= BLOCK_LEVEL && nodes.length === 1);
    }

    /* Block i with its contents, or null: then it is asked for, if it is wanted. */
    block(i, wanted) {
        const block = this.blocks[i];

        block.used = this.run.pictures;
        if (block.times)
            return block;
        if (wanted)
            this.run.wanted.set(block, () => this.load(i));
        return null;
    }

    async load(i) {
        const block = this.blocks[i], nodes = this.level(BLOCK_LEVEL);

        block.loading ??= block.load(nodes.begin(i), this.unknownInLeaf(nodes.children(i)[0]),
                                     this.run.epoch);
        await block.loading;
        block.used = this.run.pictures;
        this.run.keep(block);
        return block;
    }

    /* The unknown time in the leaf with which a group begins. */
    unknownInLeaf(group) {
        return this.level(0).unknown[this.level(1).children(group)[0]];
    }
}

class Run {
    constructor(facts) {
        const starts = facts.vcpus.map(vcpu => BigInt(vcpu.start));

        this.facts = facts;
        this.epoch = starts.reduce((a, b) => a < b ? a : b, starts[0] ?? 0n);
        this.vcpus = facts.vcpus.map(vcpu => new Vcpu(this, vcpu));
        this.end = Math.max(1, ...this.vcpus.map(vcpu => vcpu.end));
        this.pictures = 0;
        this.wanted = new Map(); /* blocks that the last picture would have had use of, their load() */
        this.loading = 0;
        this.kept = new Set();
        this.onload = () => {};
    }

    /* A picture begins: what the last one wanted matters no more. */
    beginPicture() {
        this.pictures++;
        this.wanted = new Map();
    }

    /* Inflates what is wanted, a few blocks at a time. */
    fetch() {
        while (this.loading < BLOCKS_AT_ONCE && this.wanted.size) {
            const [block, load] = this.wanted.entries().next().value;

            this.wanted.delete(block);
            this.loading++;
            load().finally(() => {
                this.loading--;
                this.onload();
                this.fetch();
            });
        }
    }

    keep(block) {
        this.kept.add(block);
        if (this.kept.size <= BLOCKS_KEPT)
            return;
        for (const old of [...this.kept].sort((a, b) => a.used - b.used).slice(0, BLOCKS_KEPT / 4))
            if (old !== block) {
                old.forget();
                this.kept.delete(old);
            }
    }

    /* Ranks the run's reasons, the one with the most time in the VMM first, and sums them up. */
    sumUp() {
        const ticks = new Array(ROWS + 1).fill(0), count = new Array(ROWS + 1).fill(0);

        for (const vcpu of this.vcpus) {
            const nodes = vcpu.levels[vcpu.top];

            nodes.row.forEach((row, k) => {
                ticks[row] += nodes.ticks[k];
                count[row] += nodes.count[k];
            });
        }
        this.reasons = this.facts.reasons.sort(
            (a, b) => ticks[b.row] - ticks[a.row] || count[b.row] - count[a.row]);
        this.rank = new Array(ROWS + 1).fill(0); /* of a row's reason in that order */
        this.reasons.forEach((reason, i) => { this.rank[reason.row] = i; });
        this.sums = sumsOfRun(this);
        this.exits = this.sums.exits;
    }
}

/* The runs of the page, from the elements that page.h lists. */
async function readRuns() {
    const runs = [];
    let blocks = new Map(), index = [];

    for (const element of document.querySelectorAll('script.frame, script.index, script.run')) {
        if (element.className === 'frame') {
            const number = Number(element.dataset.vcpu);

            if (!blocks.has(number))
                blocks.set(number, []);
            blocks.get(number).push(new Block(element));
        } else if (element.className === 'index') {
            index.push(inflate(element.textContent));
        } else {
            const run = new Run(JSON.parse(element.textContent));
            const vcpus = new Map(run.vcpus.map(vcpu => [vcpu.number, vcpu]));

            for (const bytes of await Promise.all(index)) {
                const reader = new ByteReader(bytes);

                while (reader.more)
                    vcpus.get(reader.number()).read(reader);
            }
            for (const [number, list] of blocks)
                vcpus.get(number).blocks = list;
            run.sumUp();
            runs.push(run);
            blocks = new Map();
            index = [];
        }
    }
    return runs;
}
