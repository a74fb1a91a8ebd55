/* SPDX-License-Identifier: MIT */
/*
 * What stands at an address of the guest: function, source line and code, from its ELF file (symbol
 * table, DWARF), or from a list of symbols as nm and Linux' System.map have them.
 */
#ifndef TRACE_HOST_SYMBOLS_SYMBOLS_H
#define TRACE_HOST_SYMBOLS_SYMBOLS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOL_TEXT = 512, SYMBOL_CODE = 15 /* bytes of the longest instruction */ };

/* All images that were given. Zeroed: none. */
struct symbols {
    struct symbols_image *first;
    struct symbols_image **last; /* where the next one goes */
    struct symbols_found
        *found; /* what was found before: the same addresses come again and again */
};

/* What is known of an address. Strings are good as long as the symbols. */
struct symbol {
    const char *function; /* NULL: nothing is known */
    uint64_t offset;      /* from the function's beginning */
    const char *file;     /* NULL: no source line is known */
    int line;
};

/* Parses --symbols=FILE[@OFFSET], which may come several times; the input is a struct symbols. */
extern const struct argp symbols_argp;

/*
 * Adds an image. `offset` is added to the addresses in the file: how far the guest's kernel was
 * moved (KASLR), or where a position-independent image lies. False, with one line in `error`, where
 * it cannot be read.
 */
bool symbols_add(struct symbols *symbols, const char *path, uint64_t offset,
                 char error[SYMBOL_TEXT]);

/* Finds an address. False: no image knows it. */
bool symbols_find(struct symbols *symbols, uint64_t address, struct symbol *symbol);

/*
 * The image's bytes at an address, at most SYMBOL_CODE. Returns how many there are; *bits is the
 * width of the image's code, 32 or 64, by the class of the file.
 */
size_t symbols_code(const struct symbols *symbols, uint64_t address, uint8_t code[SYMBOL_CODE],
                    unsigned *bits);

/* "function+0x1f file.c:34", as far as it is known; an empty text where nothing is. */
void symbols_text(struct symbols *symbols, uint64_t address, char text[SYMBOL_TEXT]);

void symbols_free(struct symbols *symbols);

#endif
