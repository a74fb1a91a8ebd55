/* SPDX-License-Identifier: MIT */
/* The table of reasons: what the colours mean, how often and how long; a click filters. */
'use strict';

class Legend {
    constructor(table, timeline) {
        this.table = table;
        this.timeline = timeline;
    }

    /* Of another run. */
    fill() {
        const { run } = this.timeline, hz = run.facts.tsc_hz;
        const body = this.table.tBodies[0];

        body.replaceChildren(...run.reasons.map((reason, rank) => {
            const row = document.createElement('tr'), colour = document.createElement('i');
            const cells = [reason.name, count(reason.count), percent(reason.ticks / (run.ticks || 1)),
                duration(reason.p50, hz), duration(reason.p99, hz)];

            row.tabIndex = 0;
            row.dataset.reason = reason.name;
            row.title = `${percent(reason.count / (run.exits || 1))} of the exits, ` +
                `${duration(reason.ticks, hz)} in all, ${duration(reason.longest, hz)} at most`;
            row.append(...cells.map(words => {
                const cell = document.createElement('td');

                cell.textContent = words;
                return cell;
            }));
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

    /* Which reasons the filter has. */
    show() {
        const { filter } = this.timeline;

        this.table.classList.toggle('filtered', filter.size > 0);
        [...this.table.tBodies[0].rows].forEach((row, rank) => {
            row.classList.toggle('chosen', filter.has(rank));
            row.setAttribute('aria-selected', filter.has(rank));
        });
    }
}
