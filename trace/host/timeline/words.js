/* SPDX-License-Identifier: MIT */
/* Times, counts and records in words. */
'use strict';

const UNITS = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];

/* Digits after the point that tell x from x + step. */
function digitsFor(step) {
    return Math.max(0, Math.min(9, Math.ceil(-Math.log10(step) - 1e-9)));
}

/* The unit for times as long as this one, where the TSC's frequency is known. */
function unitFor(seconds) {
    return UNITS.find(([size]) => seconds >= size) ?? UNITS[UNITS.length - 1];
}

function count(n) {
    return Math.round(n).toLocaleString('en');
}

/* Two or three digits that matter: 0.123, 1.23, 12.3, 123, 12,345 */
function threeDigits(x) {
    return x >= 100 || x === 0 ? count(x) : x.toFixed(x >= 10 ? 1 : x >= 1 ? 2 : 3);
}

/* 1.2 k, 35 M: for axes */
function shortCount(n) {
    const [size, name] = n >= 1e6 ? [1e6, ' M'] : n >= 1e3 ? [1e3, ' k'] : [1, ''];

    return `${Number((n / size).toPrecision(3)).toLocaleString('en')}${name}`;
}

/* "1 exit", "1,575 exits" */
function counted(n, thing) {
    return `${count(n)} ${thing}${Math.round(n) === 1 ? '' : 's'}`;
}

function duration(ticks, hz) {
    if (!hz)
        return `${count(ticks)} ticks`;

    const [size, name] = unitFor(ticks / hz);

    return `${threeDigits(ticks / hz / size)} ${name}`;
}

/* A place in time, exact to `step` ticks, in the unit that suits times up to `upTo`. */
function place(ticks, step, hz, upTo = Math.abs(ticks)) {
    if (!hz)
        return `+${count(ticks)}`;

    const [size, name] = unitFor(Math.max(upTo, step) / hz);

    return `${(ticks / hz / size).toFixed(digitsFor(step / hz / size))} ${name}`;
}

function percent(share) {
    return share > 0 && share < 0.0005 ? '<0.1 %'
        : share >= 0.9995 ? '100 %' : `${(100 * share).toFixed(1)} %`;
}

function hex(value) {
    return `0x${value.toString(16)}`;
}

/* "leaf=0x0", or a line for each half of a pair. */
function slotWords({ name, kind }, value) {
    switch (kind) {
    case 'pair32': {
        const [low, high] = name.split(':');

        return [`${low}=${hex(value & 0xffffffffn)}`, `${high}=${hex(value >> 32n)}`];
    }
    case 'dec':
    case 'tsc':
        return [`${name}=${value}`];
    default:
        return [`${name}=${hex(value)}`];
    }
}

const MARKER_NAMES = ['rbx', 'rcx', 'rdx', 'rsi'];

/* Why nothing is known after a lost element: vcpu_data.h */
function gapWords({ written, slot: [records, why] }) {
    if (!(written & 2))
        return `${records} records lost by the VMM`;
    if (why === 2n)
        return 'the guest switched the trace off';
    if (why === 3n)
        return 'the filter that the page was made with left exits out';
    return records ? `${records} records missing in the log` : 'records missing in the log';
}

/* The lines that `vexit decode` prints of an element. */
function decodedLines(run, vcpu, element) {
    const { kind, reason, rip, written, slot, begin, end } = element;
    const facts = run.reasons[run.rank[rowOfReason(reason)]];

    if (kind === LOST)
        return [`${begin} vcpu${vcpu} ` +
            (written & 2 ? gapWords(element) : `lost count=${slot[0]}`)];
    if (kind === MARKER)
        return [[`${begin} vcpu${vcpu} marker`, ...MARKER_NAMES
            .map((name, i) => `${name}=${hex(slot[i])}`).filter((_, i) => written >> i & 1)]
            .join(' ')];

    const first = [`${begin} vcpu${vcpu} exit ${facts.name}`, `rip=${hex(rip)}`];
    const second = [kind === EXIT_ENTRY ? `${end} vcpu${vcpu} entry ${facts.name}`
        : `${begin} vcpu${vcpu} stop ${facts.name}`];

    if (facts.has_qualification || element.qualification)
        first.push(`qualification=${hex(element.qualification)}`);
    if (facts.name === 'UNKNOWN' || reason > 0xffff)
        first.push(`reason=${hex(reason)}`);
    for (let i = 1; i < 5; i++)
        if (written >> i & 1)
            second.push(...slotWords(facts.slots[i - 1], slot[i]));
    return [first.join(' '), second.join(' ')];
}
