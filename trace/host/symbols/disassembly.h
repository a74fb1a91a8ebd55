/* SPDX-License-Identifier: MIT */
/* One instruction of the guest as text. */
#ifndef TRACE_HOST_SYMBOLS_DISASSEMBLY_H
#define TRACE_HOST_SYMBOLS_DISASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISASSEMBLY_TEXT = 200 };

/*
 * "in al, dx": the first instruction of n bytes of code of 32 or 64 bits that stand at `address`.
 * False, with an empty text, where it is none.
 */
bool disassemble(const uint8_t *code, size_t n, uint64_t address, unsigned bits,
                 char text[DISASSEMBLY_TEXT]);

#endif
