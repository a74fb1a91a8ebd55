/* SPDX-License-Identifier: MIT */
/* Bytes in a page. */
#include "trace/host/timeline/block.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "trace/wire_number.h"

static bool reserve(struct block *block, size_t n)
{
    if (block->room - block->used >= n)
        return true;

    size_t room = 2 * block->room + n;
    uint8_t *more = realloc(block->bytes, room);

    if (!more) {
        block->failed = true;
        return false;
    }
    block->bytes = more;
    block->room = room;
    return true;
}

void block_bytes(struct block *block, const void *bytes, size_t n)
{
    if (!n || !reserve(block, n))
        return;
    memcpy(block->bytes + block->used, bytes, n);
    block->used += n;
}

void block_number(struct block *block, uint64_t value)
{
    if (reserve(block, WIRE_NUMBER_MAX))
        block->used = (size_t)(wire_put_number(block->bytes + block->used, value) - block->bytes);
}

void block_node(struct block *block, const struct level_node *node)
{
    block_number(block, node->guest);
    block_number(block, node->unknown);
    block_number(block, node->markers);
    block_number(block, node->lost);
    block_number(block, node->reasons);
    for (unsigned i = 0; i < node->reasons; i++) {
        const struct level_reason *reason = &node->reason[node->row[i]];

        block_number(block, node->row[i]);
        block_number(block, reason->count);
        block_number(block, reason->ticks);
        block_number(block, reason->longest);
    }
}

static void write_base64(struct output *output, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)bytes[i] << 16;
        char *to = output_room(output, 4);

        if (left > 1)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            three |= bytes[i + 2];
        to[0] = digits[three >> 18];
        to[1] = digits[three >> 12 & 63];
        to[2] = left > 1 ? digits[three >> 6 & 63] : '=';
        to[3] = left > 2 ? digits[three & 63] : '=';
        output_advance(output, 4);
    }
}

void block_write(struct block *block, struct output *output)
{
    uLongf length = compressBound(block->used);
    Bytef *deflated = malloc(length);

    if (deflated &&
        compress2(deflated, &length, block->bytes, block->used, Z_BEST_COMPRESSION) == Z_OK)
        write_base64(output, deflated, length);
    else
        block->failed = true;
    free(deflated);
    block->used = 0;
}

void block_free(struct block *block)
{
    free(block->bytes);
    *block = (struct block){ 0 };
}
