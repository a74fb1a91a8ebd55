/* SPDX-License-Identifier: MIT */
/* Mouse and keyboard. */
'use strict';

const CLICK = 4; /* CSS pixels that the pointer may move in a click */

function wheelZooms(canvas, timeline) {
    canvas.addEventListener('wheel', event => {
        event.preventDefault();

        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;

        if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
            timeline.pan(event.deltaX * lines / timeline.rows.width);
        else
            timeline.zoom(Math.exp(event.deltaY * lines * 0.002),
                          timeline.rows.timeAt(event.offsetX));
    }, { passive: false });
}

function dragPans(canvas, timeline) {
    let last = null, moved = 0;

    canvas.addEventListener('pointerdown', event => {
        if (event.button !== 0)
            return;
        last = event.clientX;
        moved = 0;
        canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', event => {
        if (last === null) {
            timeline.hover.show(event.offsetX, event.offsetY, event);
            return;
        }
        moved += Math.abs(event.clientX - last);
        if (moved > CLICK) {
            canvas.classList.add('dragging');
            timeline.hover.hide();
            timeline.pan((last - event.clientX) / (timeline.rows.width - GUTTER));
        }
        last = event.clientX;
    });
    canvas.addEventListener('pointerup', event => {
        if (last !== null && moved <= CLICK)
            timeline.keepAt(event.offsetX, event.offsetY);
        last = null;
        canvas.classList.remove('dragging');
    });
    canvas.addEventListener('pointerleave', () => timeline.hover.hide());
    canvas.addEventListener('dblclick', () => timeline.fit());
}

function overviewMoves(canvas, timeline) {
    const move = event => {
        const { from, to } = timeline.view, half = (to - from) / 2;

        timeline.show(timeline.overview.timeAt(event.offsetX) - half,
                      timeline.overview.timeAt(event.offsetX) + half);
    };

    canvas.addEventListener('pointerdown', event => {
        canvas.setPointerCapture(event.pointerId);
        move(event);
    });
    canvas.addEventListener('pointermove', event => {
        if (event.buttons & 1)
            move(event);
    });
    canvas.addEventListener('dblclick', () => timeline.fit());
}

function keyActions(timeline) {
    return {
        '+': () => timeline.zoom(1 / 1.5),
        '=': () => timeline.zoom(1 / 1.5),
        '-': () => timeline.zoom(1.5),
        ArrowLeft: () => timeline.pan(-0.15),
        ArrowRight: () => timeline.pan(0.15),
        0: () => timeline.fit(),
        Home: () => timeline.fit(),
        n: () => timeline.find(1),
        N: () => timeline.find(-1),
        m: () => timeline.findMarker(1),
        M: () => timeline.findMarker(-1),
        Escape: () => timeline.showAll(),
    };
}

function bindControls(timeline) {
    const by = id => document.getElementById(id), keys = keyActions(timeline);

    wheelZooms(by('rows'), timeline);
    dragPans(by('rows'), timeline);
    overviewMoves(by('overview'), timeline);
    document.addEventListener('keydown', event => {
        const action = keys[event.key];

        if (!action || event.ctrlKey || event.altKey || event.metaKey ||
            event.target.matches('input, select'))
            return;
        event.preventDefault();
        action();
    });
    by('all').addEventListener('click', () => timeline.showAll());
    by('previous').addEventListener('click', () => timeline.find(-1));
    by('next-marker').addEventListener('click', () => timeline.findMarker(1));
    by('search').addEventListener('submit', event => {
        event.preventDefault();
        timeline.find(1);
    });
    by('runs').addEventListener('change', event => timeline.showRun(Number(event.target.value)));
    by('scroll').addEventListener('scroll', () => timeline.redraw());
    window.addEventListener('resize', () => timeline.resize());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => timeline.recolour());
}
