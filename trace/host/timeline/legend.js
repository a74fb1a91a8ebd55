/* SPDX-License-Identifier: MIT */
/*
 * The table of reasons: what the colours mean, and how often they came in what is shown, how long they
 * took. A click filters.
 */
'use strict';

class Legend {
    constructor(table, timeline) {
        this.table = table;
        this.timeline = timeline;
    }

    /* Of another run. */
    fill() {
        const { run } = this.timeline;

        this.table.tHead.querySelectorAll('.time').forEach(cell => {
            cell.textContent = cell.dataset.words + (run.facts.tsc_hz ? '' : ', ticks');
        });
        this.table.tBodies[0].replaceChildren(...run.reasons.map((reason, rank) => {
            const row = document.createElement('tr'), colour = document.createElement('i');

            row.tabIndex = 0;
            row.dataset.reason = reason.name;
            for (let i = 0; i < this.table.tHead.rows[0].cells.length; i++)
                row.insertCell();
            row.cells[0].textContent = reason.name;
            colour.style.background = colourOfRank(rank);
            row.cells[0].prepend(colour);
            row.addEventListener('click', () => this.timeline.toggleReason(rank));
            row.addEventListener('keydown', event => {
                if (event.key === 'Enter' || event.key === ' ') {
                    event.preventDefault();
                    this.timeline.toggleReason(rank);
                }
            });
            return row;
        }));
        this.show();
    }

    /* The figures of a reason, in words; none where it did not come. */
    figures(rank) {
        const { sums, run } = this.timeline, reason = sums.reasons[rank], hz = run.facts.tsc_hz;
        const time = ticks => isNaN(ticks) ? '' : hz ? duration(ticks, hz) : count(ticks);

        if (!reason.count)
            return ['', '', '', ''];
        return [count(reason.count), percent(reason.ticks / (sums.ticks || 1)),
            time(sums.percentile(rank, 50)), time(sums.percentile(rank, 99))];
    }

    title(rank) {
        const { sums, run } = this.timeline, reason = sums.reasons[rank], hz = run.facts.tsc_hz;

        return `${percent(reason.count / (sums.exits || 1))} of the exits, ` +
            `${duration(reason.ticks, hz)} in all, ${duration(reason.longest, hz)} at most`;
    }

    /* What is summed up at the moment, and which reasons the filter has. */
    show() {
        const { filter, sums, run } = this.timeline;

        this.table.caption.textContent =
            sums === run.sums ? 'in the whole run' : `in what is shown: ${counted(sums.exits, 'exit')}`;
        this.table.classList.toggle('filtered', filter.size > 0);
        [...this.table.tBodies[0].rows].forEach((row, rank) => {
            row.classList.toggle('chosen', filter.has(rank));
            row.setAttribute('aria-selected', filter.has(rank));
            row.classList.toggle('absent', !sums.reasons[rank].count);
            row.title = this.title(rank);
            this.figures(rank).forEach((words, i) => { row.cells[i + 1].textContent = words; });
        });
    }
}
