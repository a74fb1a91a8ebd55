/* SPDX-License-Identifier: MIT */
/* What stands at an address of the guest. */
#include "trace/host/symbols/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "trace/host/show/complain.h"
#include "trace/host/symbols/image.h"
#include "trace/scan.h"

enum { OPTION_SYMBOLS = 0x2000, FOUND = 8192 };

/* By address: searching an image takes long, and few instructions exit. */
struct symbols_found {
    bool filled, known;
    uint64_t address;
    struct symbol symbol;
};

/* 1: an ELF file; 0: not; -1 with errno set. */
static int is_elf(const char *path)
{
    FILE *file = fopen(path, "rb");
    char magic[4] = { 0 };

    if (!file)
        return -1;

    size_t n = fread(magic, 1, sizeof(magic), file);
    int error = ferror(file) ? errno : 0;

    fclose(file);
    errno = error;
    return error ? -1 : n == sizeof(magic) && memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static void free_image(struct symbols_image *image)
{
    if (image->dwfl)
        dwfl_end(image->dwfl);
    free(image->text);
    free(image->list);
    free(image);
}

bool symbols_add(struct symbols *symbols, const char *path, uint64_t offset,
                 char error[SYMBOL_TEXT])
{
    struct symbols_image *image = calloc(1, sizeof(*image));
    int elf = is_elf(path);

    if (!image || elf < 0) {
        snprintf(error, SYMBOL_TEXT, "%s: %s", path, strerror(errno));
        free(image);
        return false;
    }
    image->offset = offset;
    if (!(elf ? elf_image_open(image, path, error) : list_image_open(image, path, error))) {
        free_image(image);
        return false;
    }
    if (!symbols->last)
        symbols->last = &symbols->first;
    *symbols->last = image;
    symbols->last = &image->next;
    return true;
}

static bool search(const struct symbols *symbols, uint64_t address, struct symbol *symbol)
{
    for (const struct symbols_image *image = symbols->first; image; image = image->next) {
        uint64_t place = address - image->offset;

        *symbol = (struct symbol){ 0 };
        if (image->dwfl ? elf_image_find(image, place, symbol)
                        : list_image_find(image, place, symbol))
            return true;
    }
    *symbol = (struct symbol){ 0 };
    return false;
}

bool symbols_find(struct symbols *symbols, uint64_t address, struct symbol *symbol)
{
    struct symbols_found *found;

    if (!symbols->found)
        symbols->found = calloc(FOUND, sizeof(*symbols->found));
    if (!symbols->found)
        return search(symbols, address, symbol);
    found = &symbols->found[(address ^ address >> 13) % FOUND];
    if (!found->filled || found->address != address) {
        found->filled = true;
        found->address = address;
        found->known = search(symbols, address, &found->symbol);
    }
    *symbol = found->symbol;
    return found->known;
}

size_t symbols_code(const struct symbols *symbols, uint64_t address, uint8_t code[SYMBOL_CODE],
                    unsigned *bits)
{
    for (const struct symbols_image *image = symbols->first; image; image = image->next) {
        size_t n = image->dwfl ? elf_image_code(image, address - image->offset, code) : 0;

        if (n) {
            *bits = image->bits;
            return n;
        }
    }
    return 0;
}

void symbols_text(struct symbols *symbols, uint64_t address, char text[SYMBOL_TEXT])
{
    struct symbol symbol;
    int n;

    text[0] = '\0';
    if (!symbols_find(symbols, address, &symbol))
        return;
    n = snprintf(text, SYMBOL_TEXT, "%.200s+0x%" PRIx64, symbol.function, symbol.offset);
    if (symbol.file)
        snprintf(text + n, SYMBOL_TEXT - (size_t)n, " %s:%d", symbol.file, symbol.line);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void symbols_free(struct symbols *symbols)
{
    for (struct symbols_image *image = symbols->first, *next; image; image = next) {
        next = image->next;
        free_image(image);
    }
    free(symbols->found);
    *symbols = (struct symbols){ 0 };
}

/* The option */

/* Cuts "@0x1000" off the end of FILE@OFFSET. An @ before anything else is part of the name. */
static uint64_t cut_offset(char *path)
{
    char *at = strrchr(path, '@');
    struct scan scan = scan_string(at ? at + 1 : "");
    bool negative = at && scan_text(&scan, "-");
    uint64_t offset;

    if (!at || !scan_whole_number(&scan, &offset))
        return 0;
    *at = '\0';
    return negative ? 0 - offset : offset;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct symbols *symbols = state->input;
    char error[SYMBOL_TEXT], *path;
    uint64_t offset;

    if (key != OPTION_SYMBOLS)
        return ARGP_ERR_UNKNOWN;
    path = strdup(argument);
    if (!path)
        return ENOMEM;
    offset = cut_offset(path);
    if (!symbols_add(symbols, path, offset, error)) {
        log_complain("--symbols", "%s", error);
        exit(EX_USAGE);
    }
    free(path);
    return 0;
}

static const struct argp_option option_rows[] = {
    { "symbols", OPTION_SYMBOLS, "FILE[@OFFSET]", 0,
      "Tell functions and source lines from this image of the guest: an ELF file, or a list as "
      "System.map; OFFSET is added to its addresses. May be given several times",
      2 },
    { 0 },
};

const struct argp symbols_argp = { .options = option_rows, .parser = parse };
