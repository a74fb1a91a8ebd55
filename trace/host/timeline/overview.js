/* SPDX-License-Identifier: MIT */
/* The whole run in a strip, all vCPUs together, and in it the part that the rows show. */
'use strict';

class Overview {
    static HEIGHT = 44;

    constructor(canvas, timeline) {
        this.canvas = canvas;
        this.timeline = timeline;
        this.context = canvas.getContext('2d');
    }

    measure() {
        this.width = this.canvas.clientWidth;
        this.ratio = window.devicePixelRatio || 1;
        this.canvas.width = Math.round(this.width * this.ratio);
        this.canvas.height = Math.round(Overview.HEIGHT * this.ratio);
        this.strip = null;
    }

    xOf(time) {
        return GUTTER + time / this.timeline.run.end * (this.width - GUTTER);
    }

    timeAt(x) {
        return (x - GUTTER) / (this.width - GUTTER) * this.timeline.run.end;
    }

    /* Painted anew only after a change of filter, scheme or size. */
    paint() {
        const { run, filter, scheme } = this.timeline;
        const width = Math.max(1, Math.round((this.width - GUTTER) * this.ratio));
        const image = new ImageData(width, Math.round((Overview.HEIGHT - 12) * this.ratio));
        const columns = new Columns(run, 0, run.end, width);

        for (const vcpu of run.vcpus)
            columns.add(vcpu);
        paintStacks(image, columns, filter, scheme);
        this.strip = new OffscreenCanvas(image.width, image.height);
        this.strip.getContext('2d').putImageData(image, 0, 0);
        if (columns.coarse)
            this.unfinished = true;
    }

    draw() {
        const { context, timeline } = this, { scheme, view } = timeline;

        if (!this.strip || this.unfinished) {
            this.unfinished = false;
            this.paint();
        }
        context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
        context.fillStyle = scheme.back;
        context.fillRect(0, 0, this.width, Overview.HEIGHT);
        context.globalAlpha = 0.35;
        context.drawImage(this.strip, GUTTER, 6, this.width - GUTTER, Overview.HEIGHT - 12);
        context.globalAlpha = 1;

        const left = this.xOf(view.from), width = Math.max(3, this.xOf(view.to) - left);

        context.save();
        context.beginPath();
        context.rect(left, 0, width, Overview.HEIGHT);
        context.clip();
        context.drawImage(this.strip, GUTTER, 6, this.width - GUTTER, Overview.HEIGHT - 12);
        context.restore();
        context.strokeStyle = scheme.ink;
        context.lineWidth = 1.5;
        context.strokeRect(left, 4, width, Overview.HEIGHT - 8);
        context.fillStyle = scheme.faint;
        context.font = '11px system-ui, sans-serif';
        context.textBaseline = 'middle';
        context.fillText('whole run', 8, Overview.HEIGHT / 2);
    }
}
