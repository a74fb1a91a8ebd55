/* SPDX-License-Identifier: MIT */
/* The words on top of the page. */
'use strict';

/* What is known of a run, on top of the page. */
function describeRun(run) {
    const by = id => document.getElementById(id), { facts, exits, vcpus, end } = run;
    const hz = facts.tsc_hz, words = [
        facts.filtered ? `${count(exits)} of ${counted(facts.exits, 'exit')} pass the filter`
            : counted(exits, 'exit'),
        counted(vcpus.length, 'vCPU'), duration(end, hz)];

    if (hz)
        words.push(`TSC ${count(hz)} Hz`);
    if (facts.version)
        words.push(`vexit ${facts.version}`);
    if (facts.options)
        words.push(facts.options);
    if (facts.end)
        words.push(facts.end);
    document.title = `vexit timeline: ${facts.log}`;
    by('log').textContent = facts.log;
    by('facts').textContent = words.join(' · ');
    by('slower-unit').textContent = hz ? 'µs' : 'ticks';
    warnOfRun(run);
}

/* What is not in the log is not in the picture, and that is said. */
function warnOfRun(run) {
    const box = document.getElementById('warning'), { facts, vcpus } = run;
    const lines = [];

    if (!vcpus.length)
        lines.push(facts.filtered ? 'There is nothing to show: no record passes the filter.'
            : 'There is nothing to show: the log has no exits.');
    if (!facts.complete || facts.lost)
        lines.push(`The log is ${facts.verdict}.`);
    if (!facts.complete) {
        const more = facts.note_count - facts.notes.length;

        lines.push(...facts.notes);
        if (more > 0)
            lines.push(`and ${count(more)} more such lines`);
    }
    box.textContent = lines.join('\n');
    box.hidden = !lines.length;
}
