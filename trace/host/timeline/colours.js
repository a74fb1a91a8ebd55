/* SPDX-License-Identifier: MIT */
/*
 * Colours. Red is the guest's alone. The reasons' differ in lightness as well as in hue, so that
 * they can be told apart with any kind of colour vision; the ones with the most time come first.
 */
'use strict';

const REASON_COLOURS = [
    '#0072b2', '#e6a117', '#56b4e9', '#007a5a', '#f0e442', '#8a5cc2', '#7fd0a8', '#24448f',
    '#d98cb8', '#999933', '#00a3a3', '#6b4c9a', '#c9b27c', '#2f6f3a', '#a6cee3', '#7a7f2a',
];
const OTHER_COLOURS = ['#8c8c8c', '#6e7f8d', '#a39a86', '#5d6b5d'];

function colourOfRank(rank) {
    return REASON_COLOURS[rank] ?? OTHER_COLOURS[rank % OTHER_COLOURS.length];
}

function parts(colour) {
    return [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
}

/* As ImageData has pixels, on the little-endian machines that browsers run on. */
function pixel([red, green, blue]) {
    return (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
}

function mix(a, b, share) {
    return a.map((x, i) => Math.round(x + (b[i] - x) * share));
}

/* Dark or light, whichever can be read on the colour. */
function inkOn(colour) {
    const [red, green, blue] = parts(colour);

    return red * 0.3 + green * 0.59 + blue * 0.11 > 140 ? '#14181d' : '#ffffff';
}

/* The page's colours, which follow the reader's light or dark scheme. */
class Scheme {
    constructor() {
        const style = getComputedStyle(document.documentElement);
        const value = name => style.getPropertyValue(name).trim();

        this.back = value('--back');
        this.ink = value('--ink');
        this.faint = value('--faint');
        this.line = value('--line');
        this.guest = value('--guest');
        this.mark = value('--mark');
        this.total = value('--total');
        this.hatch = [value('--hatch-back'), value('--hatch-line')].map(c => pixel(parts(c)));
    }

    /* Of what the filter leaves out. */
    muted(colour) {
        return mix(parts(colour), parts(this.back), 0.78);
    }
}
