/* SPDX-License-Identifier: MIT */
/* From columns of time to pixels. */
'use strict';

const LEAST_MARKED = 4; /* pixels that a reason under the filter has in its column at least */

/* The colours of the kinds of time, as pixels. */
function kindPixels(run, filter, scheme) {
    const dim = filter.size > 0;
    const guest = dim ? mix(parts(scheme.guest), parts(scheme.back), 0.62) : parts(scheme.guest);

    return [pixel(guest), 0, ...run.reasons.map((reason, rank) =>
        pixel(!dim || filter.has(rank) ? parts(colourOfRank(rank))
            : scheme.muted(colourOfRank(rank))))];
}

/*
 * Paints the columns as stacks: the guest below, the VMM's reasons upon it, unknown time on top. What
 * is there is seen: a column with an exit has at least a pixel of its colour.
 */
function paintStacks(image, columns, filter, scheme) {
    const pixels = new Uint32Array(image.data.buffer), { width, height } = image;
    const colours = kindPixels(columns.run, filter, scheme), kinds = columns.kinds;
    const reasons = columns.run.reasons.length;
    const ranks = [...Array(reasons).keys()];

    if (filter.size)
        ranks.sort((a, b) => filter.has(a) - filter.has(b)); /* the filter's on top */
    for (let x = 0; x < columns.columns; x++) {
        const at = x * kinds, exits = x * reasons;
        let bottom = height, sum = 0, all = 0, most = -1;

        for (let kind = 0; kind < kinds; kind++)
            all += columns.share[at + kind];
        for (let rank = 0; rank < reasons; rank++)
            if (columns.exits[exits + rank] > 0 &&
                (most < 0 || columns.share[at + IN_VMM + rank] > columns.share[at + IN_VMM + most]))
                most = rank;
        if (!all && most < 0)
            continue;

        /* Where a vCPU's time begins or ends the column is full all the same. */
        const scale = all > 0 ? height / all : 0;
        const put = (kind, least, room) => {
            bottom = Math.max(bottom, least);
            sum += columns.share[at + kind] * scale;

            const top = Math.max(room, Math.min(Math.round(height - sum), bottom - least));

            for (let y = top; y < bottom; y++)
                pixels[y * width + x] = kind === UNKNOWN ? hatch(x, y, scheme) : colours[kind];
            bottom = top;
        };

        put(GUEST, 0, most < 0 ? 0 : 1);
        for (const rank of ranks) {
            const has = columns.exits[exits + rank] > 0;

            if (has || columns.share[at + IN_VMM + rank] > 0)
                put(IN_VMM + rank, has && filter.has(rank) ? LEAST_MARKED : +(rank === most), 0);
        }
        put(UNKNOWN, 0, 0);
        while (all > 0 && bottom-- > 0) /* what rounding left */
            pixels[bottom * width + x] = pixels[(bottom + 1) * width + x];
    }
}

function hatch(x, y, scheme) {
    return scheme.hatch[(x + y) % 9 < 3 ? 1 : 0];
}
