/* SPDX-License-Identifier: MIT */
/* Symbols from lines "ffffffff81000000 T _text", as nm and Linux' System.map have them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/symbols/image.h"

enum {
    LARGEST = 256 << 20, /* bytes of a list: Linux' own is some 10 MiB */
    REACH = 64 << 10,    /* bytes from a symbol: few functions have as many */
};

/* The whole file, with a NUL behind it. NULL with errno set. */
static char *contents(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16;
    char *text = file ? malloc(room) : NULL;

    *n = 0;
    while (text && !feof(file) && !ferror(file)) {
        *n += fread(text + *n, 1, room - 1 - *n, file);
        if (*n < room - 1)
            continue;

        char *more = room < LARGEST ? realloc(text, room *= 2) : NULL;

        if (!more) {
            free(text);
            errno = EFBIG;
        }
        text = more;
    }
    if (text && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (text)
        text[*n] = '\0';
    if (file)
        fclose(file);
    return text;
}

/* Takes "ADDRESS T NAME"; undefined symbols of nm have no address. False: no such line. */
static bool take_line(char *line, struct list_symbol *symbol)
{
    char *end, *name;

    symbol->address = strtoull(line, &end, 16);
    if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ' || strspn(line, " -+"))
        return false;
    name = end + 3;
    name[strcspn(name, "\t\r ")] = '\0';
    symbol->name = name;
    return *name != '\0';
}

static int by_address(const void *left, const void *right)
{
    const struct list_symbol *a = left, *b = right;

    return (a->address > b->address) - (a->address < b->address);
}

bool list_image_open(struct symbols_image *image, const char *path, char error[SYMBOL_TEXT])
{
    size_t n, lines = 0;

    image->text = contents(path, &n);
    if (!image->text) {
        snprintf(error, SYMBOL_TEXT, "%s: %s", path, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < n; i++)
        lines += image->text[i] == '\n';
    image->list = calloc(lines + 1, sizeof(*image->list));
    for (char *line = image->text; image->list && line && *line;) {
        char *newline = strchr(line, '\n');

        if (newline)
            *newline = '\0';
        image->n += take_line(line, &image->list[image->n]);
        line = newline ? newline + 1 : NULL;
    }
    if (!image->n) {
        snprintf(error, SYMBOL_TEXT, "%s: neither an ELF file nor a list of symbols", path);
        return false;
    }
    qsort(image->list, image->n, sizeof(image->list[0]), by_address);
    return true;
}

bool list_image_find(const struct symbols_image *image, uint64_t address, struct symbol *symbol)
{
    size_t low = 0, high = image->n;

    /* The last one at or below the address; behind the last symbol of all nothing is known. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (image->list[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || (low == image->n && image->list[low - 1].address != address) ||
        address - image->list[low - 1].address >= REACH)
        return false;
    *symbol = (struct symbol){ .function = image->list[low - 1].name,
                               .offset = address - image->list[low - 1].address };
    return true;
}
