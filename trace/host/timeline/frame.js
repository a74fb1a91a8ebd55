/* SPDX-License-Identifier: MIT */
/*
 * Reads the elements of a TRACE frame; docs/trace-format.md says how they are written. Times are
 * doubles, in ticks since the frame's base. RIP, qualification and slots need whole 64-bit numbers,
 * which are slow: they are read on demand only.
 */
'use strict';

const EXIT_ENTRY = 0, EXIT_ONLY = 1, MARKER = 2, LOST = 3;

class FrameReader {
    static HEADER = 10;
    static KEYS = 128;

    constructor(bytes, withValues) {
        const reader = new ByteReader(bytes, FrameReader.HEADER, bytes.length - 4);

        reader.number(); /* the vCPU */
        reader.number(); /* the first record */
        this.base = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(reader.at, true);
        reader.at += 8;
        this.reader = reader;
        this.withValues = withValues;
        this.keys = [];
        this.defined = 0;
        this.previous = 0;
        this.repeats = 0;
        this.now = 0;
        this.rip = 0n;
    }

    /* Steps to the next element: `key`, `begin` and `end` are then its. False: there is none. */
    next() {
        const reader = this.reader;

        if (this.repeats) {
            this.repeats--;
            return this.make(0, this.keys[this.previous].next);
        }
        if (!reader.more)
            return false;

        const mask = reader.byte();

        if (!mask) {
            this.repeats = reader.number();
            return this.make(0, this.keys[this.previous].next);
        }
        if (!(mask & 1))
            return this.make(mask, this.keys[this.previous].next);

        const place = reader.byte();

        return this.make(mask, place < 128 ? place : this.define(place));
    }

    /* The key defined last that has the same kind and reason. */
    relative(kind, reason) {
        for (let i = this.defined - 1; i >= 0 && i >= this.defined - FrameReader.KEYS; i--) {
            const key = this.keys[i % FrameReader.KEYS];

            if (key.kind === kind && key.reason === reason)
                return key;
        }
        return { gap: 0, handling: 0, value: [0n, 0n, 0n, 0n, 0n] };
    }

    define(byte) {
        const reader = this.reader, place = this.defined % FrameReader.KEYS;
        const kind = byte >> 5 & 3, relation = reader.byte(), reason = reader.number();
        const { gap, handling, value } = this.relative(kind, reason);
        let rip = 0n;

        if (this.withValues)
            rip = BigInt.asUintN(64, this.rip + reader.bigDifference());
        else
            reader.skip();
        this.keys[place] = {
            kind, reason, rip, relation, written: byte & 31, gap, handling, value: [...value],
            next: place, nextGap: gap,
        };
        this.defined++;
        return place;
    }

    make(mask, place) {
        const reader = this.reader, key = this.keys[place], before = this.keys[this.previous];
        let gap = before.next === place ? before.nextGap : key.gap;

        if (mask & 2)
            gap += reader.difference();
        if (mask & 4)
            key.handling += reader.difference();
        for (let i = 0; i < 5; i++)
            if (mask >> 3 + i & 1) {
                if (this.withValues)
                    key.value[i] = BigInt.asUintN(64, key.value[i] + reader.bigDifference());
                else
                    reader.skip();
            }
        this.key = key;
        this.begin = this.now + gap;
        this.end = key.kind === EXIT_ENTRY ? this.begin + key.handling : this.begin;
        before.next = place;
        before.nextGap = gap;
        key.gap = gap;
        this.previous = place;
        this.now = this.end;
        this.rip = key.rip;
        return true;
    }

    stamp(time) {
        return BigInt.asUintN(64, this.base + BigInt(time));
    }

    /* The element that next() stepped to, with all its values. */
    element() {
        const { kind, reason, rip, written, relation, value } = this.key;
        const relatives = [0n, this.stamp(this.begin), value[0], 0n];
        const slot = [kind <= EXIT_ONLY ? BigInt(reason) : value[0]];

        for (let i = 1; i < 5; i++)
            slot[i] = BigInt.asUintN(64, value[i] + relatives[relation >> 2 * (i - 1) & 3]);
        return {
            kind, reason, rip, written, slot, qualification: kind <= EXIT_ONLY ? value[0] : 0n,
            begin: this.stamp(this.begin), end: this.stamp(this.end),
        };
    }
}

/*
 * All elements of a frame for drawing: kind, reason, and the times that they take in the picture,
 * in ticks since `epoch`, by the rule of levels_add(): none begins before `now`, the end of the one
 * before it. `unknown`: the unknown time in the first leaf, from which follows whether there is any
 * before the first element.
 */
function timesOfFrame(bytes, epoch, now, unknown) {
    const reader = new FrameReader(bytes, false);
    const offset = Number(reader.base - epoch);
    const times = { kind: [], reason: [], begin: [], end: [], startsUnknown: false };

    for (let n = 0; reader.next(); n++) {
        const from = Math.max(now, offset + reader.begin);

        if (n > 0 && n < LEAF && times.kind[n - 1] === LOST)
            unknown -= from - now;
        now = Math.max(from, offset + reader.end);
        times.kind.push(reader.key.kind);
        times.reason.push(reader.key.reason);
        times.begin.push(from);
        times.end.push(now);
    }
    times.startsUnknown = unknown > 0;
    return times;
}

/* The first value of each marker of a frame, by its place. */
function markersOfFrame(bytes) {
    const reader = new FrameReader(bytes, true), markers = new Map();

    for (let n = 0; reader.next(); n++)
        if (reader.key.kind === MARKER)
            markers.set(n, reader.key.value[0]);
    return markers;
}

/* The n-th element of a frame. */
function elementOfFrame(bytes, n) {
    const reader = new FrameReader(bytes, true);

    for (let i = 0; i <= n; i++)
        if (!reader.next())
            return null;
    return reader.element();
}
