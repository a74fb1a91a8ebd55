/* SPDX-License-Identifier: MIT */
/* vexit hot: the guest's instructions that exit most, or whose exits cost most. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/commands.h"
#include "trace/host/show/table.h"
#include "trace/host/stat/report.h"
#include "trace/host/symbols/disassembly.h"
#include "trace/host/symbols/symbols.h"

enum { HOT_TOP = 20 };

struct hot {
    struct report report; /* must be first: the functions below are given it */
    struct symbols symbols;
    char instruction[DISASSEMBLY_TEXT]; /* of the row that is told */
};

/* The instruction at an address; NULL: no image has it. */
static const char *instruction_at(struct hot *hot, uint64_t rip)
{
    uint8_t code[SYMBOL_CODE];
    unsigned bits;
    size_t n = symbols_code(&hot->symbols, rip, code, &bits);

    if (!n)
        return NULL;
    disassemble(code, n, rip, bits, hot->instruction);
    return hot->instruction;
}

/* Behind the figures of a RIP: which exit it is, and what stands there. */
static void more_cells(struct report *report, const struct group *group, struct table *table)
{
    struct hot *hot = (struct hot *)report;
    const char *instruction;
    char symbol[SYMBOL_TEXT];

    table_cell(table, "%s%s", schema_name(&report->schema.row[group->row]),
               group->mixed ? ", ..." : "");
    if (!hot->symbols.first)
        return;
    instruction = instruction_at(hot, group->value[0]);
    table_cell(table, "%s", instruction ? instruction : "");
    symbols_text(&hot->symbols, group->value[0], symbol);
    table_cell(table, "%s", symbol);
}

static struct figure text(const char *name, const char *value)
{
    return (
        struct figure){ .name = name, .form = value ? FIGURE_TEXT : FIGURE_NONE, .text = value };
}

static struct figure number(const char *name, bool known, uint64_t value)
{
    return (struct figure){ .name = name,
                            .form = known ? FIGURE_NUMBER : FIGURE_NONE,
                            .number = value };
}

/* The same, each in a figure of its own. */
static unsigned more_figures(struct report *report, const struct group *group,
                             struct figure figure[REPORT_MORE_FIGURES])
{
    struct hot *hot = (struct hot *)report;
    const char *reason = group ? schema_name(&report->schema.row[group->row]) : NULL;
    struct symbol symbol = { 0 };
    unsigned n = 0;

    figure[n++] = text("reason", reason);
    figure[n++] = number("other_reasons", group, group && group->mixed);
    if (!hot->symbols.first)
        return n;
    if (group)
        symbols_find(&hot->symbols, group->value[0], &symbol);
    figure[n++] = text("instruction", group ? instruction_at(hot, group->value[0]) : NULL);
    figure[n++] = text("function", symbol.function);
    figure[n++] = number("offset", symbol.function, symbol.offset);
    figure[n++] = text("file", symbol.file);
    figure[n++] = number("line", symbol.file, (uint64_t)symbol.line);
    return n;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct hot *hot = state->input;
    struct report *report = &hot->report;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &report->log;
        state->child_inputs[1] = &report->filter;
        state->child_inputs[2] = &hot->symbols;
        state->child_inputs[3] = report;
        return 0;
    default:
        (void)argument;
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct hot *hot, int argc, char **argv)
{
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { &symbols_argp, 0, NULL, 0 },
                                                  { &report_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .parser = parse,
        .args_doc = "LOG",
        .doc =
            "Prints which instructions of the guest exit, those first whose exits took most time "
            "(--sort=count: that exit most often), with what stands there in the guest's image.",
        .children = children,
    };

    argp_parse(&argp, argc, argv, 0, NULL, hot);
}

int hot_command(int argc, char **argv)
{
    static const char *const without_image[] = { "reason", NULL };
    static const char *const with_image[] = { "reason", "instruction", "function, line", NULL };
    struct hot *hot = calloc(1, sizeof(*hot));

    if (!hot || !report_begin(&hot->report)) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    hot->report.top = HOT_TOP;
    hot->report.only_groups = true;
    hot->report.more_cells = more_cells;
    hot->report.more_figures = more_figures;
    report_parse_by(&hot->report, "rip");
    parse_options(hot, argc, argv);
    hot->report.more_columns = hot->symbols.first ? with_image : without_image;

    int status = report_read(&hot->report);

    report_free(&hot->report);
    symbols_free(&hot->symbols);
    free(hot);
    return status;
}
