/* SPDX-License-Identifier: MIT */
/* Prints docs/slots.md and docs/options.md from the tables that the code itself uses. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/exit_reasons.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SLOTS_NAMED = 4 };

struct slot {
    const char *name, *kind; /* NULL: empty */
};

static const struct reason {
    enum exit_reason number;
    const char *name, *words;
    bool has_qualification;
    struct slot slot[SLOTS_NAMED];
} reasons[] = {
/* clang-format off */
#define SLOT(name, kind) { name, #kind }
#define EMPTY { NULL, NULL }
#define EXIT_REASON(number, name, words, qualification, s1, s2, s3, s4)                            \
    { number, #name, words, qualification, { s1, s2, s3, s4 } },
#include "trace/exit_reasons.def"
    /* clang-format on */
};

static const struct note {
    enum exit_reason reason;
    const char *slot, *words;
} notes[] = {
#define SLOT_NOTE(reason, slot, words) { EXIT_REASON_##reason, slot, words },
#include "docs/slot_notes.def"
};

static const struct option {
    const char *name, *argument, *initial, *help;
} options[] = {
#define OPTION(id, name, argument, initial, help) { name, argument, initial, help },
#include "vmm/options.def"
};

static const struct exit_class {
    const char *name, *words;
} exit_classes[] = {
#define INTERCEPT_CLASS(id, name, pin, primary, secondary, words) { name, words },
#include "vmx/intercept_classes.def"
};

static const char slots_head[] =
    "# Exit reasons and their slots\n"
    "\n"
    "Made by `make docs` from `trace/exit_reasons.def` and `docs/slot_notes.def`; edit those.\n"
    "\n"
    "One row for each basic exit reason of the SDM's appendix \"VMX Basic Exit Reasons\". Entry "
    "and\n"
    "stop records carry five slots. Slot 0 is always the full exit reason, 32 bits with the SDM's\n"
    "flags; the row names slots 1-4. A slot that the handler had no value for was not written, "
    "and\n"
    "the record says so. *Qualification*: the exit record carries the exit qualification; for the\n"
    "other reasons the SDM defines none, and it is 0. Reasons that the VMM never asks for are in "
    "the\n"
    "table too: should one come, the run ends with an explanation.\n"
    "\n"
    "How a slot is printed: *dec* decimal; *hex* hexadecimal; *pair32* two 32-bit values, the low "
    "half\n"
    "first, named on either side of the colon; *tsc* a time stamp, near the exit's own;\n"
    "*qualification* the exit qualification once more.\n"
    "\n"
    "| | name | the SDM's words | qualification | slot 1 | slot 2 | slot 3 | slot 4 |\n"
    "|---|---|---|---|---|---|---|---|\n";

static const char notes_head[] = "\n"
                                 "## What the values mean\n"
                                 "\n"
                                 "| name | slot | | |\n"
                                 "|---|---|---|---|\n";

static const char options_head[] =
    "# Options\n"
    "\n"
    "Made by `make docs` from `vmm/options.def` and `vmx/intercept_classes.def`; edit those.\n"
    "\n"
    "Options are words on the VMM's command line, separated by blanks: after\n"
    "`multiboot2 /boot/vexit.elf` in GRUB, or in `ARGS=\"...\"` of `make run`. An option that is\n"
    "unknown or malformed is refused with one line, and the guest does not start. What follows a "
    "word\n"
    "`--` is the guest's command line in `ARGS`. In a `grub.cfg` of your own it is that of the "
    "built-in\n"
    "test guest; another guest has its own with its module.\n"
    "\n"
    "| option | default | |\n"
    "|---|---|---|\n";

static const char classes_head[] = "\n"
                                   "## Classes of `exits=`\n"
                                   "\n"
                                   "`default` alone intercepts what the VMM cannot do without: "
                                   "what the processor never lets a guest\n"
                                   "do without an exit (among others CPUID, GETSEC, INVD, XSETBV, "
                                   "the VMX instructions, task switches\n"
                                   "and triple faults), the VMM's own memory and I/O ports, the "
                                   "ports that switch the machine off or\n"
                                   "reset it, the MSRs that would show VMX, and writes to the "
                                   "memory-type registers. Each class adds\n"
                                   "to that; `all` adds every class that the processor offers. A "
                                   "class that is named and not offered\n"
                                   "is refused.\n"
                                   "\n"
                                   "| class | what exits |\n"
                                   "|---|---|\n"
                                   "| `exc=N` | the exception of vector N, 0 to 31 but 2 (NMIs "
                                   "have their own class); `exc` alone: all "
                                   "of them |\n";

/* Text for a cell of a table, where a bar would end the cell. */
static void put_cell(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\%c" : "%c", *text);
}

static void put_slot(const struct slot *slot)
{
    printf(" ");
    if (slot->name) {
        printf("`%s` ", slot->name);
        for (const char *c = slot->kind; *c; c++)
            putchar(tolower((unsigned char)*c));
        printf(" ");
    }
    printf("|");
}

static void put_reason(const struct reason *reason)
{
    printf("| %d | `%s` | %s |%s |", (int)reason->number, reason->name, reason->words,
           reason->has_qualification ? " yes" : "");
    for (unsigned i = 0; i < SLOTS_NAMED; i++)
        put_slot(&reason->slot[i]);
    printf("\n");
}

/* The slot of a reason by its name; 0 where it has none of that name. */
static unsigned slot_number(const struct reason *reason, const char *name)
{
    for (unsigned i = 0; i < SLOTS_NAMED; i++)
        if (reason->slot[i].name && !strcmp(reason->slot[i].name, name))
            return i + 1;
    return 0;
}

/* A note on a slot that the table does not have is a mistake in slot_notes.def. */
static bool put_note(const struct note *note)
{
    const struct reason *reason = reasons;
    unsigned slot;

    while (reason->number != note->reason)
        reason++;
    slot = slot_number(reason, note->slot);
    if (!slot) {
        fprintf(stderr, "tables: docs/slot_notes.def: %s has no slot \"%s\"\n", reason->name,
                note->slot);
        return false;
    }
    printf("| `%s` | %u | `%s` | ", reason->name, slot, note->slot);
    put_cell(note->words);
    printf(" |\n");
    return true;
}

static bool put_slots(void)
{
    printf("%s", slots_head);
    for (size_t i = 0; i < COUNT(reasons); i++)
        put_reason(&reasons[i]);
    printf("%s", notes_head);
    for (size_t i = 0; i < COUNT(notes); i++)
        if (!put_note(&notes[i]))
            return false;
    return true;
}

static bool put_options(void)
{
    printf("%s", options_head);
    for (size_t i = 0; i < COUNT(options); i++) {
        printf("| `%s=", options[i].name);
        put_cell(options[i].argument);
        printf("` | %s | ", options[i].initial);
        put_cell(options[i].help);
        printf(" |\n");
    }
    printf("%s", classes_head);
    for (size_t i = 0; i < COUNT(exit_classes); i++)
        printf("| `%s` | %s |\n", exit_classes[i].name, exit_classes[i].words);
    return true;
}

int main(int argc, char **argv)
{
    bool good;

    if (argc == 2 && !strcmp(argv[1], "slots")) {
        good = put_slots();
    } else if (argc == 2 && !strcmp(argv[1], "options")) {
        good = put_options();
    } else {
        fprintf(stderr, "usage: build/tables slots|options\n");
        return EXIT_FAILURE;
    }
    return good && !fflush(stdout) && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
