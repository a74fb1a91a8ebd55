/* sources: vmx/guest_walk.c */
/* longest: 200 */
/* SPDX-License-Identifier: MIT */
/*
 * A walk of the guest's page tables, which are whatever the guest likes. An input is a struct walk,
 * then entries with their places. No memory may be touched but what was allowed, and a walk that
 * succeeds once does so again, its flags set.
 */
#include <string.h>
#include <sys/mman.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/memory.h"
#include "vmx/guest_memory.h"
#include "vmx/x86.h"

/* Guest memory lies at its own address: 64 KiB from 64 KiB on, the first that Linux maps. */
enum { GUEST_BASE = 0x10000, GUEST_SIZE = 0x10000 };

struct walk_input {
    struct guest_paging paging;
    uint64_t linear;
    uint8_t access;
};

struct entry_input {
    uint16_t place; /* in units of 4 bytes */
    uint8_t value[8];
} __attribute__((packed));

bool guest_physical_allowed(uint64_t gpa, uint64_t length)
{
    return gpa >= GUEST_BASE && length <= GUEST_SIZE && gpa - GUEST_BASE <= GUEST_SIZE - length;
}

static uint8_t *guest_memory(void)
{
    static uint8_t *memory;

    if (!memory)
        memory = mmap((void *)(uintptr_t)GUEST_BASE, GUEST_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    FUZZ_REQUIRE(memory == (uint8_t *)(uintptr_t)GUEST_BASE);
    return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *memory = guest_memory();
    struct walk_input input;
    struct entry_input entry;
    uint64_t gpa = 0, again = 0;
    uint32_t error = 0;

    if (size < sizeof(input))
        return 0;
    memcpy(&input, data, sizeof(input));
    input.paging.explicit_smap_on = data[offsetof(struct walk_input, paging.explicit_smap_on)] & 1;
    input.paging.physical_address_bits &= 63;
    input.access &= 15;
    memset(memory, 0, GUEST_SIZE);
    for (size_t at = sizeof(input); at + sizeof(entry) <= size; at += sizeof(entry)) {
        memcpy(&entry, data + at, sizeof(entry));
        memcpy(memory + entry.place * 4u % (GUEST_SIZE - 8), entry.value, sizeof(entry.value));
    }
    if (!guest_walk(&input.paging, input.linear, input.access, &gpa, &error))
        return 0;
    FUZZ_REQUIRE(!((gpa ^ input.linear) & 0xfff));
    if (!(input.paging.cr0 & CR0_PG))
        FUZZ_REQUIRE(gpa == input.linear);
    else if (guest_walk(&input.paging, input.linear, input.access, &again, &error))
        FUZZ_REQUIRE(!((again ^ gpa) & 0xfff));
    return 0;
}
