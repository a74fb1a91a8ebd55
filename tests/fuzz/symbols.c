/* sources: trace trace/host/show/complain.c trace/host/show/status_line.c trace/host/show/utf8.c trace/host/symbols/disassembly.c trace/host/symbols/elf_image.c trace/host/symbols/list_image.c trace/host/symbols/symbols.c */
/* longest: 4000 */
/* SPDX-License-Identifier: MIT */
/*
 * The way from an address to its function, line and instruction: an input is a file of symbols, an
 * ELF file or a list, and its bytes are code as well.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "trace/host/symbols/disassembly.h"
#include "trace/host/symbols/symbols.h"

static void look_up(struct symbols *symbols, uint64_t address)
{
    uint8_t code[SYMBOL_CODE];
    char text[SYMBOL_TEXT];
    unsigned bits = 0;
    struct symbol symbol;

    symbols_text(symbols, address, text);
    FUZZ_REQUIRE(strlen(text) < sizeof(text));
    if (symbols_find(symbols, address, &symbol) && symbol.function)
        FUZZ_REQUIRE(strlen(symbol.function) < SIZE_MAX);
    FUZZ_REQUIRE(symbols_code(symbols, address, code, &bits) <= sizeof(code));
}

static void try_code(const uint8_t *code, size_t size)
{
    for (size_t at = 0; at < size && at < 4; at++) {
        char text[DISASSEMBLY_TEXT];

        if (!disassemble(code + at, size - at, at << 40 | at, at & 1 ? 32 : 64, text))
            FUZZ_REQUIRE(!*text);
        FUZZ_REQUIRE(strlen(text) < sizeof(text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    struct symbols symbols = { 0 };
    char path[40], error[SYMBOL_TEXT] = "";
    uint64_t address = 0;

    if (!file)
        file = fdopen(memfd_create("input", MFD_CLOEXEC), "w+");
    FUZZ_REQUIRE(file && ftruncate(fileno(file), 0) == 0 &&
                 pwrite(fileno(file), data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
    if (symbols_add(&symbols, path, 0, error)) {
        for (size_t at = 0; at + sizeof(address) <= size && at < 128; at += sizeof(address)) {
            memcpy(&address, data + at, sizeof(address));
            look_up(&symbols, address);
            look_up(&symbols, at * 0x1000);
        }
        look_up(&symbols, UINT64_MAX);
    } else {
        FUZZ_REQUIRE(*error);
    }
    symbols_free(&symbols);
    try_code(data, size);
    return 0;
}
