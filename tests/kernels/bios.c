/* SPDX-License-Identifier: MIT */
/*
 * What the BIOS says of memory, asked in real mode as guests do that do not trust their boot loader:
 * it must be what the loader says, so that none takes the VMM's memory for its own.
 */
#include "tests/kernels/kernel.h"
#include "tests/kernels/real_mode.h"

struct __attribute__((packed)) range {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
};

enum { SMAP = 0x534d4150, BUFFER = 0x5000, CARRY = 1, KIB = 1024 };

static uint32_t ask(uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
    real = (struct real_registers){ .eax = eax, .ebx = ebx, .ecx = ecx, .edx = edx, .edi = BUFFER };
    real_int15();
    return real.flags & CARRY;
}

static void print_range(const char *who, const struct range *range)
{
    print("%s %x%x %x%x type %x\n", who, (uint32_t)(range->base >> 32), (uint32_t)range->base,
          (uint32_t)(range->length >> 32), (uint32_t)range->length, range->type);
}

static bool same(const struct range *a, const struct range *b)
{
    return a->base == b->base && a->length == b->length && a->type == b->type;
}

/* The BIOS's map, entry by entry, beside the loader's. */
static void compare_maps(const uint32_t *information)
{
    const struct range *told = (const struct range *)information[12];
    const struct range *end = (const struct range *)(information[12] + information[11]);
    const struct range *asked = low(BUFFER - 4);
    bool good = true;
    uint32_t next = 0;

    do {
        bool failed = ask(0xe820, next, 20, SMAP);

        if (failed || real.eax != SMAP || real.ecx != 20 || told == end || !same(asked, told)) {
            print_range("BIOS:", asked);
            good = false;
        }
        next = real.ebx;
        if (told != end)
            told++;
    } while (next && good);
    print("map %s\n", good && told == end ? "as told" : "DIFFERS");
}

static uint64_t usable_from(const uint32_t *information, uint64_t base)
{
    const struct range *end = (const struct range *)(information[12] + information[11]);

    for (const struct range *told = (const struct range *)information[12]; told != end; told++)
        if (told->type == 1 && told->base <= base && base < told->base + told->length)
            return told->base + told->length - base;
    return 0;
}

/* Sizes as the older functions tell them. No region may end above what is usable. */
static void compare_sizes(const uint32_t *information)
{
    uint32_t upper = (uint32_t)usable_from(information, 0x100000) / KIB;
    uint32_t above = (uint32_t)usable_from(information, 0x1000000) / KIB;
    bool good = !ask(0xe801, 0, 0, 0) && (real.eax & 0xffff) <= 15 * KIB &&
                (real.ebx & 0xffff) * 64 <= above;

    print("E801 %s\n", good ? "within" : "BEYOND");
    print("88 %s\n", !ask(0x8800, 0, 0, 0) && (real.eax & 0xffff) <= upper ? "within" : "BEYOND");
    print("low memory %s\n",
          *(uint16_t *)low(0x413) * KIB <= usable_from(information, 0) ? "within" : "BEYOND");
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    console_init();
    print("magic %x\n", magic);
    set_tables();
    real_init();
    compare_maps(information);
    compare_sizes(information);
    print("too short %x\n", ask(0xe820, 0, 19, SMAP));
    print("beyond %x\n", ask(0xe820, 1000, 20, SMAP));
    print("not asked %x\n", ask(0xe820, 0, 20, 0));
    ask(0xc000, 0, 0, 0); /* the BIOS's own: where its table is */
    print("other %x %x\n", real.flags & CARRY, real.eax >> 8 & 0xff);
    stop(0);
}
