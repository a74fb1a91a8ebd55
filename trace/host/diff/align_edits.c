/* SPDX-License-Identifier: MIT */
/* Aligns what differs little: the fewest additions and removals. */
#include "trace/host/diff/align_parts.h"

static int32_t *path(struct aligner *aligner, int d, int k)
{
    return &aligner->reach[d * (d + 1) / 2 + (k + d) / 2];
}

/* Whether the best path of d edits to diagonal k ends in an addition (from diagonal k + 1). */
static bool by_addition(struct aligner *aligner, int d, int k)
{
    return k == -d || (k != d && *path(aligner, d - 1, k - 1) < *path(aligner, d - 1, k + 1));
}

/* Finds the path's end and returns how many equal tokens, `most` at most, lead there. */
static int32_t extend(struct aligner *aligner, int d, int k, int32_t most)
{
    int32_t x = 0;

    if (d)
        x = by_addition(aligner, d, k) ? *path(aligner, d - 1, k + 1)
                                       : *path(aligner, d - 1, k - 1) + 1;

    int32_t from = x;

    while (x - from < most && aligner_equal(aligner, x, x - k))
        x++;
    *path(aligner, d, k) = x;
    return x - from;
}

/* Whether a path's end lies within both sequences, their ends included. */
static bool inside(struct aligner *aligner, int32_t x, int32_t y)
{
    return (x == 0 || aligner_has(aligner, 0, x - 1)) && (y == 0 || aligner_has(aligner, 1, y - 1));
}

/* Tells the path of d edits that ends on diagonal k. */
static void tell_path(struct aligner *aligner, int d, int k)
{
    signed char edit[ALIGN_EDITS]; /* the edits: -1 an addition, 1 a removal */
    int32_t run[ALIGN_EDITS + 1];  /* equal tokens after each edit, [0] before the first */

    for (int i = d; i > 0; i--) {
        bool addition = by_addition(aligner, i, k);
        int before = addition ? k + 1 : k - 1;

        run[i] = *path(aligner, i, k) - *path(aligner, i - 1, before) - !addition;
        edit[i - 1] = addition ? -1 : 1;
        k = before;
    }
    run[0] = *path(aligner, 0, 0);
    aligner_same(aligner, (uint64_t)run[0]);
    for (int i = 1; i <= d;) {
        uint64_t removed = 0, added = 0;

        do {
            if (edit[i - 1] > 0)
                removed++;
            else
                added++;
        } while (run[i++] == 0 && i <= d);
        aligner_differ(aligner, removed, added);
        aligner_same(aligner, (uint64_t)run[i - 1]);
    }
}

bool aligner_furthest(struct aligner *aligner)
{
    const int d = ALIGN_EDITS;
    int best = 0;
    int64_t most = -1;

    for (int k = -d; k <= d; k += 2) {
        int32_t x = *path(aligner, d, k);

        if ((int64_t)x + x - k > most && inside(aligner, x, x - k)) {
            most = (int64_t)x + x - k;
            best = k;
        }
    }
    if (most < 2 * d)
        return false;
    tell_path(aligner, d, best);
    return true;
}

bool aligner_edits(struct aligner *aligner, int most, int32_t sync)
{
    for (int d = 0; d <= most; d++)
        for (int k = -d; k <= d; k += 2) {
            int32_t equals = extend(aligner, d, k, sync ? sync : ALIGN_WINDOW);
            int32_t x = *path(aligner, d, k);
            bool end = !aligner_has(aligner, 0, x) && !aligner_has(aligner, 1, x - k) &&
                       inside(aligner, x, x - k);

            if ((sync && equals == sync) || end) {
                tell_path(aligner, d, k);
                return true;
            }
        }
    return false;
}
