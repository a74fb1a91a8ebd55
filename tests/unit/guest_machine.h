/* SPDX-License-Identifier: MIT */
/* A machine to load guests into: 16 MiB of RAM whose unasked-for bytes are out of bounds. */
#ifndef TESTS_UNIT_GUEST_MACHINE_H
#define TESTS_UNIT_GUEST_MACHINE_H

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "vmm/loader/guest_image.h"

enum { LOW_END = 0x9fc00, RAM_END = 0x1000000 };

static uint8_t *ram;
static uint64_t ram_size;
static struct memory_map map, untouched; /* what the loader has; what the machine has */
static struct boot_info boot;
static struct guest_load load;
static struct guest_entry entry;
static struct refusal why;
static unsigned strayed; /* accesses outside usable memory */

static void *guest_at(uint64_t address, uint64_t length)
{
    if (!memory_map_is_usable(&untouched, address, length) || address + length > ram_size) {
        strayed++;
        return NULL;
    }
    ASAN_UNPOISON_MEMORY_REGION(ram + address, length);
    return ram + address;
}

/* A PC with size bytes of RAM. */
static inline void machine_reset(uint64_t size)
{
    if (size != ram_size) {
        free(ram);
        ram = malloc(size);
        ram_size = size;
    }
    memset(&map, 0, sizeof(map));
    memory_map_add(&map, 0, LOW_END, MEMORY_USABLE);
    memory_map_add(&map, LOW_END, 0x400, MEMORY_RESERVED);
    memory_map_add(&map, 0xf0000, 0x10000, MEMORY_RESERVED);
    memory_map_add(&map, 0x100000, size - 0x100000, MEMORY_USABLE);
    untouched = map;
    memset(&boot, 0, sizeof(boot));
    memset(&load, 0, sizeof(load));
    load.boot = &boot;
    load.map = &map;
    load.at = guest_at;
    strayed = 0;
    ASAN_POISON_MEMORY_REGION(ram, ram_size);
}

/* Gives the guest a file that lies outside of its memory. */
static inline struct guest_module *machine_module(const void *data, uint64_t length,
                                                  const char *line)
{
    struct guest_module *module = &load.module[load.module_count++];

    *module = (struct guest_module){ data, length, 0xff000000, line };
    return module;
}

/* Loads; all RAM may be looked at afterwards. The modules' files must be exact allocations. */
static inline bool machine_load(void)
{
    bool good;

    memset(&why, 0, sizeof(why));
    good = guest_load(&load, &entry, &why);
    ASAN_UNPOISON_MEMORY_REGION(ram, ram_size);
    return good;
}

/* machine_load() of one file in a fresh machine, the file being a copy of exactly n bytes. */
static inline bool machine_load_file(const uint8_t *file, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    bool good;

    memcpy(copy, file, n);
    machine_reset(RAM_END);
    machine_module(copy, n, "line");
    good = machine_load();
    free(copy);
    return good;
}

static inline uint32_t ram32(uint64_t address)
{
    uint32_t value;

    memcpy(&value, ram + address, sizeof(value));
    return value;
}

static inline const char *ram_text(uint64_t address)
{
    return (const char *)ram + address;
}

static inline bool refused(const char *word)
{
    bool found = strstr(why.line, word) && strchr(why.line, ';');

    if (!found)
        printf("# the line is: %s\n", why.line);
    return found;
}

/* Either a refusal with a line, or an entry into usable memory; nothing ever outside of that. */
static inline bool sound(bool good)
{
    if (strayed)
        return false;
    return good ? memory_map_is_usable(&map, entry.rip, 1) : *why.line && strchr(why.line, ';');
}

/* Every shorter file is refused. */
static inline void test_truncation(const uint8_t *file, size_t n, size_t needed, const char *name)
{
    size_t good = 0;

    for (size_t i = 0; i < needed; i++) {
        bool loaded = machine_load_file(file, i);

        if (!loaded && sound(loaded))
            good++;
        else if (good == i)
            printf("# first at %zu: %s\n", i, why.line);
    }
    is(good, needed, "%s, truncated at every byte: refused", name);
    ok(machine_load_file(file, n), "%s, whole: loaded", name);
}

/* Words of the first reach bytes replaced by others of any size. */
static inline void test_damage(const uint8_t *file, size_t n, size_t reach, const char *name)
{
    uint64_t state = n;
    unsigned good = 0, loaded = 0;
    uint8_t *copy = malloc(n);

    for (unsigned i = 0; i < 3000; i++) {
        memcpy(copy, file, n);
        for (uint64_t j = 1 + random_below(&state, 3); j; j--) {
            uint64_t value = random_wild(&state);
            size_t at = random_below(&state, reach), bytes = 1 + random_below(&state, 8);

            memcpy(copy + at, &value, bytes < n - at ? bytes : n - at);
        }
        bool success = machine_load_file(copy, n);

        good += sound(success);
        loaded += success;
    }
    free(copy);
    is(good, 3000, "%s, damaged at random: refused or loaded into usable memory", name);
    ok(loaded > 0 && loaded < 3000, "%s, damaged at random: %u of 3000 loaded", name, loaded);
}

#endif
