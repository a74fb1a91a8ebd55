/* SPDX-License-Identifier: MIT */
/* Bytes in a page: gathered, then deflated and written as base64. */
#ifndef TRACE_HOST_TIMELINE_BLOCK_H
#define TRACE_HOST_TIMELINE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/show/output.h"
#include "trace/host/timeline/levels.h"

struct block {
    uint8_t *bytes;
    size_t used, room;
    bool failed; /* without memory: something was left out */
};

/* Appends n bytes. */
void block_bytes(struct block *block, const void *bytes, size_t n);

/* Appends a number, as trace/wire_number.h has them. */
void block_number(struct block *block, uint64_t value);

/*
 * Appends a node as numbers: guest, unknown, markers, lost, how many reasons, and for each of these
 * its row, count, ticks and longest.
 */
void block_node(struct block *block, const struct level_node *node);

/* Writes what was gathered, deflated (RFC 1950) and as base64 (RFC 4648), and empties the block. */
void block_write(struct block *block, struct output *output);

void block_free(struct block *block);

#endif
