/* SPDX-License-Identifier: MIT */
/* What is under the pointer: a record with its slots, or the sum of what is in a pixel. */
'use strict';

const NEAR = 3; /* CSS pixels */

/*
 * The element of these kinds at a time, or the one nearest to it within `reach`; null where none is
 * drawn apart.
 */
function elementNear(vcpu, time, reach, kinds) {
    let best = null, distance = Infinity;

    walk(vcpu, time - reach, time + reach, 0, {
        node() {},
        element(times, n, before, block) {
            if (!kinds.includes(times.kind[n]))
                return;

            const d = Math.max(0, times.begin[n] - time, time - times.end[n]);

            if (d < distance) {
                distance = d;
                best = { vcpu, block, n, begin: times.begin[n], end: times.end[n] };
            }
        },
    });
    return distance <= reach ? best : null;
}

/* The stretch between two elements that has this time in it. */
function gapAt(vcpu, time) {
    let gap = null;

    walk(vcpu, time, time, 0, {
        node() {},
        element(times, n, before, block) {
            if (before <= time && time < times.begin[n])
                gap = { before, begin: times.begin[n], unknown: unknownBefore(times, n), block, n };
        },
    });
    return gap;
}

class Hover {
    constructor(box, timeline) {
        this.box = box;
        this.timeline = timeline;
    }

    recordWords(found) {
        const { run } = this.timeline, { vcpu, block, n, begin, end } = found;
        const element = elementOfFrame(block.frame, n), hz = run.facts.tsc_hz;
        const lines = decodedLines(run, vcpu.number, element);

        if (element.kind === EXIT_ENTRY)
            lines.push(`${duration(Number(element.end - element.begin), hz)} in the VMM, ` +
                `at ${place(begin, Math.max(1, end - begin), hz)}`);
        else if (element.kind === EXIT_ONLY)
            lines.push('this exit ended the run');
        return lines;
    }

    gapWords(vcpu, gap) {
        const { run } = this.timeline, hz = run.facts.tsc_hz;
        const length = duration(gap.begin - gap.before, hz);

        if (!gap.unknown)
            return [`VIRT vcpu ${vcpu.number}: ${length} in the guest`];
        if (!gap.n)
            return [`nothing is known of ${length}`];
        return [`nothing is known of ${length}: ` +
            gapWords(elementOfFrame(gap.block.frame, gap.n - 1))];
    }

    /* What a pixel holds where exits are too dense to be told apart. */
    sumWords(vcpu, from, to) {
        const { run } = this.timeline, hz = run.facts.tsc_hz;
        const sum = new Columns(run, from, to, 1);

        sum.add(vcpu);

        const exits = sum.exits.reduce((a, b) => a + b, 0);
        const lines = [`${place(from, to - from, hz)}, ${duration(to - from, hz)} wide: ` +
            counted(exits, 'exit'), `${percent(sum.share[GUEST])} VIRT vcpu ${vcpu.number}`];

        run.reasons.map((reason, rank) => [sum.share[IN_VMM + rank], sum.exits[rank], reason.name])
            .filter(([, n]) => n > 0).sort((a, b) => b[0] - a[0]).slice(0, 8)
            .forEach(([share, n, name]) =>
                lines.push(`${percent(share)} ${name}, ${count(Math.max(1, n))}`));
        if (sum.share[UNKNOWN] > 0)
            lines.push(`${percent(sum.share[UNKNOWN])} unknown`);
        return lines;
    }

    /* Shows what is at a place of the rows; x, y in CSS pixels of the canvas. */
    show(x, y, event) {
        const { rows, view } = this.timeline, vcpu = rows.vcpuAt(y);

        if (!vcpu || x < GUTTER) {
            this.hide();
            return;
        }

        const time = rows.timeAt(x), pixel = (view.to - view.from) / (rows.width - GUTTER);

        if (time < vcpu.start || time > vcpu.end) {
            this.hide();
            return;
        }

        const found = this.found(vcpu, x, y), gap = found ? null : gapAt(vcpu, time);
        const lines = found ? this.recordWords(found)
            : gap && gap.begin - gap.before > pixel ? this.gapWords(vcpu, gap)
            : this.sumWords(vcpu, time - pixel / 2, time + pixel / 2);

        this.box.textContent = lines.join('\n');
        this.box.hidden = false;
        this.box.style.left =
            `${Math.min(event.clientX + 14, window.innerWidth - this.box.offsetWidth - 8)}px`;
        this.box.style.top = event.clientY + 18 + this.box.offsetHeight > window.innerHeight
            ? `${event.clientY - this.box.offsetHeight - 12}px` : `${event.clientY + 18}px`;
    }

    /* The element at a place of the rows, where the exits around it are not more than pixels. */
    found(vcpu, x, y) {
        const { rows, view } = this.timeline, pixel = (view.to - view.from) / (rows.width - GUTTER);
        const time = rows.timeAt(x), flag = pixel * FLAG / 2;

        if (rows.isAmongFlags(vcpu, y))
            return elementNear(vcpu, time - flag, flag + pixel, [MARKER]);

        const sum = new Columns(this.timeline.run, time - NEAR * pixel, time + NEAR * pixel, 1);

        sum.add(vcpu);
        if (sum.exits.reduce((a, b) => a + b, 0) > 2 * NEAR)
            return null;
        return elementNear(vcpu, time, NEAR * pixel, [EXIT_ENTRY, EXIT_ONLY, MARKER]);
    }

    hide() {
        this.box.hidden = true;
    }
}
