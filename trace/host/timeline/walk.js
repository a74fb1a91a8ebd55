/* SPDX-License-Identifier: MIT */
/* From the levels of detail to what a stretch of time looks like. */
'use strict';

const BLURRED = 3; /* columns over which 64 exits may be an average */

/*
 * Visits what a vCPU has between two times, in order, as coarsely as `grain` (ticks) allows: a node
 * that is not longer is not looked into, nor a leaf whose block is not inflated; the block is asked
 * for where the leaf is longer than BLURRED times the grain. The visitor has
 *
 *   node(nodes, i)                      a node, as a whole
 *   element(times, n, before, block)    element n; `before`: where the one before it ended
 */
function walk(vcpu, from, to, grain, visitor) {
    const top = vcpu.top;

    if (top >= 0)
        walkNode(vcpu, top, 0, null, from, to, grain, visitor);
}

/* block: the one that node i is part of, null above that level */
function walkNode(vcpu, level, i, block, from, to, grain, visitor) {
    const nodes = vcpu.levels[level], begin = nodes.begin(i), end = nodes.end[i];

    if (end < from || begin > to)
        return;
    if (end - begin <= grain) {
        visitor.node(nodes, i);
    } else if (level === 0) {
        walkElements(vcpu, block, i, end - begin > BLURRED * grain, from, to, visitor);
    } else {
        const [first, last] = nodes.children(i);

        for (let child = first; child < last; child++)
            walkNode(vcpu, level - 1, child, level === BLOCK_LEVEL ? i : block, from, to, grain,
                     visitor);
    }
}

/* The elements of a leaf of block i; the leaf as a whole where the block is not inflated. */
function walkElements(vcpu, i, leaf, wanted, from, to, visitor) {
    const block = vcpu.block(i, wanted), leaves = vcpu.levels[0];

    if (!block) {
        visitor.node(leaves, leaf);
        return;
    }

    const groups = vcpu.levels[1], [firstGroup] = vcpu.levels[BLOCK_LEVEL].children(i);
    const { times } = block, first = LEAF * (leaf - groups.child[firstGroup]);
    const end = Math.min(first + LEAF, times.kind.length);
    let before = leaves.begin(leaf);

    for (let n = first; n < end; n++) {
        if (times.end[n] >= from && before <= to)
            visitor.element(times, n, before, block);
        before = times.end[n];
    }
}

/* Whether nothing is known of the time between element n - 1 and n of a block. */
function unknownBefore(times, n) {
    return n > 0 ? times.kind[n - 1] === LOST : times.startsUnknown;
}
