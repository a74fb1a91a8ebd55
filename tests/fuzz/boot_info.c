/* sources: vmm/loader/bootinfo.c vmm/loader/boot_multiboot1.c vmm/loader/boot_multiboot2.c vmm/loader/memory_map.c vmm/format.c */
/* longest: 1600 */
/* SPDX-License-Identifier: MIT */
/*
 * Boot information: the first byte says which of the two kinds, the others are physical memory from
 * INFO on, where it begins.
 */
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/loader/bootinfo.h"

enum { INFO = 0x1000, SPACE = 0x3000 };

static uint8_t space[SPACE];

/* Memory is out of bounds until it was asked for. */
static void *at(uint64_t address, uint64_t length)
{
    if (address > SPACE || length > SPACE - address)
        return NULL;
    ASAN_UNPOISON_MEMORY_REGION(space + address, length);
    return space + address;
}

/* Strings end within the text that was copied. */
static void check(const struct boot_info *boot)
{
    FUZZ_REQUIRE(boot->text_used <= BOOT_TEXT_MAX && boot->module_count <= BOOT_MODULE_MAX);
    FUZZ_REQUIRE(strlen(boot->command_line) < BOOT_TEXT_MAX);
    FUZZ_REQUIRE(strlen(boot->loader_name) < BOOT_TEXT_MAX);
    for (uint32_t i = 0; i < boot->module_count; i++) {
        FUZZ_REQUIRE(boot->module[i].start <= boot->module[i].end);
        FUZZ_REQUIRE(strlen(boot->module[i].command_line) < BOOT_TEXT_MAX);
    }
    for (uint32_t i = 1; i < boot->map.count; i++)
        FUZZ_REQUIRE(boot->map.region[i - 1].base + boot->map.region[i - 1].length <=
                     boot->map.region[i].base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info boot;
    struct refusal why = { "" };

    if (!size)
        return 0;

    uint32_t magic = *data & 1 ? MULTIBOOT2_BOOT_MAGIC : MULTIBOOT1_BOOT_MAGIC;
    size_t n = size - 1 < SPACE - INFO ? size - 1 : SPACE - INFO;

    memset(space, 0, sizeof(space));
    memcpy(space + INFO, data + 1, n);
    ASAN_POISON_MEMORY_REGION(space, SPACE);

    bool good = boot_info_parse(&boot, magic, INFO, at, &why);

    ASAN_UNPOISON_MEMORY_REGION(space, SPACE);
    if (good)
        check(&boot);
    else
        FUZZ_REQUIRE(*why.line);
    return 0;
}
