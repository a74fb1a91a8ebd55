/* SPDX-License-Identifier: MIT */
/* Prints the places where two logs differ. */
#include "trace/host/diff/places.h"

#include <inttypes.h>
#include <string.h>

#include "trace/host/show/record_line.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The lines of an element of one side, each with a mark before it. */
static void print_element(struct places *places, unsigned from, uint64_t n, const char *mark)
{
    struct side *side = places->side[from];
    char lines[RECORD_LINE_ROOM];

    pthread_mutex_lock(&side->lock);
    size_t length = record_line(lines, &side->schema, side_element(side, n), true);
    pthread_mutex_unlock(&side->lock);
    for (size_t at = 0; at < length;) {
        size_t line = (size_t)((char *)memchr(lines + at, '\n', length - at) - lines) + 1 - at;

        output_bytes(places->output, mark, strlen(mark));
        output_bytes(places->output, lines + at, line);
        at += line;
    }
}

/* "A: exit 1234 at TSC 20117" */
static void print_position(struct places *places, unsigned from, uint64_t n)
{
    struct side *side = places->side[from];

    output_print(places->output, " %c: ", "AB"[from]);
    if (align_has(&side->align, n))
        output_print(places->output, "exit %" PRIu64 " at TSC %" PRIu64, n + 1,
                     side_element(side, n)->exit_tsc);
    else
        output_print(places->output, "after the last exit");
}

static void print_head(struct places *places, uint64_t a, uint64_t b)
{
    output_print(places->output, "@@ vcpu%u", places->vcpu);
    print_position(places, 0, a);
    output_print(places->output, ",");
    print_position(places, 1, b);
    output_print(places->output, " @@\n");
    for (uint64_t i = least(places->context, least(a, b)); i; i--)
        print_element(places, 0, a - i, "  ");
}

/* What of a difference was too much to be shown. */
static void print_hidden(struct places *places)
{
    for (unsigned from = 0; from < 2; from++) {
        if (places->hidden[from])
            output_print(places->output, "%c ... and %" PRIu64 " more only in %c\n", "-+"[from],
                         places -> hidden[from], "AB"[from]);
        places->hidden[from] = places->shown[from] = 0;
    }
}

static void print_only(struct places *places, unsigned from, uint64_t at, uint64_t n)
{
    uint64_t shown = least(n, PLACES_SHOWN - places->shown[from]);

    for (uint64_t i = 0; i < shown; i++)
        print_element(places, from, at + i, from ? "+ " : "- ");
    places->shown[from] += shown;
    places->hidden[from] += n - shown;
}

void places_same(void *context, uint64_t a, uint64_t b, uint64_t n)
{
    struct places *places = context;

    (void)b;
    places->same += n;
    places->touching = false;
    if (!places->open)
        return;
    print_hidden(places);

    uint64_t shown = least(n, places->after);

    for (uint64_t i = 0; i < shown; i++)
        print_element(places, 0, a + i, "  ");
    places->after -= shown;
    places->open = places->after > 0;
}

void places_differ(void *context, uint64_t a, uint64_t na, uint64_t b, uint64_t nb)
{
    struct places *places = context;

    places->only[0] += na;
    places->only[1] += nb;
    if (!places->touching)
        places->places++;
    if (!places->open && !places->touching && places->output && places->places <= places->limit) {
        places->open = true;
        print_head(places, a, b);
    }
    places->touching = true;
    if (!places->open)
        return;
    print_only(places, 0, a, na);
    print_only(places, 1, b, nb);
    places->after = places->context;
}

void places_close(struct places *places)
{
    if (places->open)
        print_hidden(places);
    places->open = places->touching = false;
}
