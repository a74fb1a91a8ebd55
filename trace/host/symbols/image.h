/* SPDX-License-Identifier: MIT */
/* One image that symbols come from. Not for users of symbols.h. */
#ifndef TRACE_HOST_SYMBOLS_IMAGE_H
#define TRACE_HOST_SYMBOLS_IMAGE_H

#include <elfutils/libdwfl.h>

#include "trace/host/symbols/symbols.h"

struct symbols_image {
    struct symbols_image *next;
    uint64_t offset; /* added to addresses in the file */
    Dwfl *dwfl;      /* an ELF file */
    Dwfl_Module *module;
    unsigned bits;
    char *text; /* a list of symbols: its lines, with NULs for their ends */
    size_t n;
    struct list_symbol {
        uint64_t address;
        const char *name;
    } * list; /* by address */
};

/* Each opens a file of its kind. False with one line in `error`. */
bool elf_image_open(struct symbols_image *image, const char *path, char error[SYMBOL_TEXT]);
bool list_image_open(struct symbols_image *image, const char *path, char error[SYMBOL_TEXT]);

/* Each finds an address of the file. */
bool elf_image_find(const struct symbols_image *image, uint64_t address, struct symbol *symbol);
bool list_image_find(const struct symbols_image *image, uint64_t address, struct symbol *symbol);

size_t elf_image_code(const struct symbols_image *image, uint64_t address,
                      uint8_t code[SYMBOL_CODE]);

#endif
