/* SPDX-License-Identifier: MIT */
/*
 * What exits a stretch of time holds, by reason: how many, how long they took all together and at
 * most, and the histogram of that (show/histogram.h).
 */
'use strict';

const STEP_BITS = 6, STEPS = 2 ** STEP_BITS; /* histogram.h */
const BUCKETS = (65 - STEP_BITS) * STEPS;

function bucketOf(ticks) {
    if (ticks < STEPS)
        return ticks;

    const high = Math.floor(ticks / 2 ** 32);
    const exponent = high ? 63 - Math.clz32(high) : 31 - Math.clz32(ticks);
    const shift = exponent - STEP_BITS;

    return shift * STEPS + Math.floor(ticks / 2 ** shift);
}

function shiftOf(bucket) {
    return bucket < 2 * STEPS ? 0 : Math.floor(bucket / STEPS) - 1;
}

/* The lowest value of a bucket. */
function lowestOf(bucket) {
    const shift = shiftOf(bucket);

    return (bucket - shift * STEPS) * 2 ** shift;
}

function middleOf(bucket) {
    return lowestOf(bucket) + Math.floor((2 ** shiftOf(bucket) - 1) / 2);
}

/* The histogram of a block, as block_times_write() wrote it: a key and a count in turn. */
function readTimes(reader) {
    const times = new Uint32Array(2 * reader.number());
    let key = 0;

    for (let i = 0; i < times.length; i += 2) {
        key += reader.number();
        times[i] = key;
        times[i + 1] = reader.number();
    }
    return times;
}

class Sums {
    constructor(run) {
        this.run = run;
        this.reasons = run.reasons.map(() => ({
            count: 0, ticks: 0, longest: 0, timed: 0, bucket: new Uint32Array(BUCKETS),
        }));
    }

    get exits() {
        return this.reasons.reduce((sum, reason) => sum + reason.count, 0);
    }

    get ticks() {
        return this.reasons.reduce((sum, reason) => sum + reason.ticks, 0);
    }

    addTime(reason, bucket, n) {
        reason.bucket[bucket] += n;
        reason.timed += n;
    }

    /* All of block i. */
    addBlock(vcpu, i) {
        const nodes = vcpu.level(BLOCK_LEVEL), times = vcpu.times[i], { rank } = this.run;

        for (let k = nodes.first[i]; k < nodes.first[i + 1]; k++) {
            const reason = this.reasons[rank[nodes.row[k]]];

            reason.count += nodes.count[k];
            reason.ticks += nodes.ticks[k];
            reason.longest = Math.max(reason.longest, nodes.longest[k]);
        }
        for (let at = 0; at < times.length; at += 2)
            this.addTime(this.reasons[rank[Math.floor(times[at] / BUCKETS)]], times[at] % BUCKETS,
                         times[at + 1]);
    }

    /* Those exits of a block that are between two times, be it in part. */
    addElements(times, from, to) {
        for (let n = 0; n < times.kind.length; n++) {
            if (times.kind[n] > EXIT_ONLY || times.end[n] < from || times.begin[n] > to)
                continue;

            const reason = this.reasons[this.run.rank[rowOfReason(times.reason[n])]];
            const ticks = times.end[n] - times.begin[n];

            reason.count++;
            reason.ticks += ticks;
            reason.longest = Math.max(reason.longest, ticks);
            if (times.kind[n] === EXIT_ENTRY)
                this.addTime(reason, bucketOf(ticks), 1);
        }
    }

    /* Nearest rank, within half a bucket; NaN where no exit has a time. */
    percentile(rank, percent) {
        const { bucket, timed, longest } = this.reasons[rank];
        const least = Math.max(1, Math.ceil(timed * percent / 100));
        let seen = 0;

        for (let i = 0; timed && i < BUCKETS; i++) {
            seen += bucket[i];
            if (seen >= least)
                return Math.min(middleOf(i), longest);
        }
        return NaN;
    }
}

/* Of the whole run. */
function sumsOfRun(run) {
    const sums = new Sums(run);

    for (const vcpu of run.vcpus)
        vcpu.blocks.forEach((_, i) => sums.addBlock(vcpu, i));
    return sums;
}

/* Of the exits between two times; blocks at the ends are inflated for that. */
async function sumsBetween(run, from, to) {
    const sums = new Sums(run), inPart = [];

    for (const vcpu of run.vcpus) {
        const nodes = vcpu.level(BLOCK_LEVEL);

        for (let i = 0; i < nodes.length; i++) {
            if (nodes.end[i] < from || nodes.begin(i) > to)
                continue;
            if (nodes.begin(i) >= from && nodes.end[i] <= to)
                sums.addBlock(vcpu, i);
            else
                inPart.push(vcpu.load(i).then(({ times }) => sums.addElements(times, from, to)));
        }
    }
    await Promise.all(inPart);
    return sums;
}
