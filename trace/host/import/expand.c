/* SPDX-License-Identifier: MIT */
/* The compression that trace-cmd uses in its files. */
#include "trace/host/import/expand.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

bool expand_kind(const char *name, enum expand_kind *kind)
{
    static const struct {
        const char *name;
        enum expand_kind kind;
    } kinds[] = { { "none", EXPAND_NONE }, { "zlib", EXPAND_ZLIB }, { "zstd", EXPAND_ZSTD } };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

bool expand(enum expand_kind kind, const uint8_t *from, size_t n, uint8_t *to, size_t to_n)
{
    uLongf length = to_n;

    switch (kind) {
    case EXPAND_ZLIB:
        return uncompress(to, &length, from, n) == Z_OK && length == to_n;
    case EXPAND_ZSTD:
        return ZSTD_decompress(to, to_n, from, n) == to_n;
    case EXPAND_NONE:
        break;
    }
    return false;
}
