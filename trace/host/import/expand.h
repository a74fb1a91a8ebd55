/* SPDX-License-Identifier: MIT */
/* The compression that trace-cmd uses in its files. */
#ifndef TRACE_HOST_IMPORT_EXPAND_H
#define TRACE_HOST_IMPORT_EXPAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum expand_kind { EXPAND_NONE, EXPAND_ZLIB, EXPAND_ZSTD };

/* The kind of this name. False for one that is not known. */
bool expand_kind(const char *name, enum expand_kind *kind);

/* Expands n bytes to exactly to_n. False if they are not what becomes that. */
bool expand(enum expand_kind kind, const uint8_t *from, size_t n, uint8_t *to, size_t to_n);

#endif
