/* SPDX-License-Identifier: MIT */
/*
 * Finds the next element of a kind: exits of some reasons that took some time, or markers. Levels of
 * detail tell where there is none, so that only the blocks on the way to one are inflated.
 */
'use strict';

/* Of exits: ranks of reasons (empty: all), and the least handling time in ticks. */
function exitQuery(run, ranks, slower) {
    const wanted = row => !ranks.size || ranks.has(run.rank[row]);

    return {
        node(nodes, i) {
            for (let k = nodes.first[i]; k < nodes.first[i + 1]; k++)
                if (wanted(nodes.row[k]) && nodes.longest[k] >= slower)
                    return true;
            return false;
        },
        element(times, n) {
            return times.kind[n] <= EXIT_ONLY && wanted(rowOfReason(times.reason[n])) &&
                times.end[n] - times.begin[n] >= slower;
        },
    };
}

const markerQuery = {
    node: (nodes, i) => nodes.markers[i] > 0,
    element: (times, n) => times.kind[n] === MARKER,
};

/* 0 to n - 1, or the other way round. */
function* steps(n, direction) {
    for (let i = 0; i < n; i++)
        yield direction > 0 ? i : n - 1 - i;
}

/*
 * The first element that begins after `from` (direction 1) or the last one before it (-1), as
 * { vcpu, block, n, begin, end }; null: there is none.
 */
async function findElement(vcpu, from, direction, query) {
    return vcpu.top < 0 ? null : findBelow(vcpu, vcpu.top, 0, from, direction, query);
}

async function findBelow(vcpu, level, i, from, direction, query) {
    const nodes = vcpu.levels[level];
    const passed = direction > 0 ? nodes.end[i] < from : nodes.begin(i) > from;

    if (passed || !query.node(nodes, i))
        return null;
    if (level === BLOCK_LEVEL)
        return findInBlock(vcpu, await vcpu.load(i), from, direction, query);

    const [first, last] = nodes.children(i);

    for (const child of steps(last - first, direction)) {
        const found = await findBelow(vcpu, level - 1, first + child, from, direction, query);

        if (found)
            return found;
    }
    return null;
}

function findInBlock(vcpu, block, from, direction, query) {
    const times = block.times;

    for (const n of steps(times.kind.length, direction)) {
        const begin = times.begin[n];

        if ((direction > 0 ? begin > from : begin < from) && query.element(times, n))
            return { vcpu, block, n, begin, end: times.end[n] };
    }
    return null;
}

/* The same over all vCPUs of a run. */
async function findInRun(run, from, direction, query) {
    const found = await Promise.all(
        run.vcpus.map(vcpu => findElement(vcpu, from, direction, query)));

    return found.filter(one => one)
        .sort((a, b) => direction * (a.begin - b.begin))[0] ?? null;
}

const FLAGS_WITH_WORDS = 16; /* of a vCPU */

/* The first markers of each vCPU between two times, with the first value of each. */
async function findFlags(run, from, to) {
    const flags = [];

    for (const vcpu of run.vcpus) {
        let found = await findElement(vcpu, from, 1, markerQuery);

        for (let i = 0; i < FLAGS_WITH_WORDS && found && found.begin <= to; i++) {
            flags.push({ vcpu, begin: found.begin, words: found.block.markerWords(found.n) });
            found = await findElement(vcpu, found.begin, 1, markerQuery);
        }
    }
    return flags;
}
