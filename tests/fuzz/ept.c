/* sources: vmx/ept.c vmx/mtrr.c */
/* longest: 240 */
/* SPDX-License-Identifier: MIT */
/*
 * The identity map under any MTRRs. An input is the registers, then operations on the map. What is
 * mapped leads to itself, with the memory type of its page; what is hidden leads nowhere.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmx/ept.h"
#include "vmx/msr.h"

enum { PAGES = 48, WIDTH = 40, OPERATIONS = 10, VARIABLE = 4 };

struct mtrr_input {
    uint16_t capability, default_type;
    uint64_t fixed[MTRR_FIXED];
    uint64_t variable[VARIABLE][2];
};

struct operation {
    uint8_t kind; /* 0 map, 1 map a range, 2 hide, 3 a new default type, 4 redirect, 5 make room */
    uint8_t pages;
    uint32_t page;
} __attribute__((packed));

static struct ept_table pool[PAGES], spare;
static struct mtrr_state mtrr;
static struct ept ept;
static bool redirected;

/* Makes the lowest byte one of the types that a processor takes. */
static uint64_t with_type(uint64_t value)
{
    static const uint8_t type[] = { MEMORY_TYPE_UC, MEMORY_TYPE_WC, MEMORY_TYPE_WT, MEMORY_TYPE_WP,
                                    MEMORY_TYPE_WB };

    return (value & ~UINT64_C(0xff)) | type[value % 0x100 % sizeof(type)];
}

static void check(uint64_t gpa)
{
    uint64_t entry;
    unsigned level;
    bool uniform;

    if (!ept_lookup(&ept, gpa, &entry, &level) || redirected)
        return;

    uint64_t size = UINT64_C(4096) << 9 * (level - 1);

    FUZZ_REQUIRE(!ept_hidden(&ept, gpa));
    FUZZ_REQUIRE((entry & EPT_ADDRESS_MASK & ~(size - 1)) == (gpa & ~(size - 1)));
    FUZZ_REQUIRE((entry >> 3 & 7) == mtrr_type(&mtrr, gpa & ~UINT64_C(0xfff), 4096, &uniform) ||
                 (ept.coarse && level == 2 && (entry >> 3 & 7) == MEMORY_TYPE_UC));
}

static void operate(const struct operation *operation)
{
    uint64_t gpa = (uint64_t)operation->page << 12, length = (uint64_t)operation->pages << 12;

    switch (operation->kind % 6) {
    case 0:
        ept_map_gigabyte(&ept, gpa);
        break;
    case 1:
        ept_map(&ept, gpa, length << 8);
        break;
    case 2:
        ept_hide(&ept, gpa, length);
        redirected = false;
        break;
    case 3:
        mtrr.default_type = with_type(mtrr.default_type ^ operation->pages);
        ept_retype(&ept);
        redirected = false;
        break;
    case 4:
        redirected |= ept_redirect(&ept, gpa, (uintptr_t)&spare, EPT_READ);
        break;
    default:
        ept_make_room(&ept);
        redirected = false;
    }
    check(gpa);
    check(gpa + length);
    check(gpa ^ UINT64_C(1) << (12 + operation->pages % 28));
}

static void set_registers(const struct mtrr_input *input)
{
    memset(&mtrr, 0, sizeof(mtrr));
    mtrr.capability = input->capability;
    mtrr.default_type = with_type(input->default_type);
    for (unsigned i = 0; i < MTRR_FIXED; i++)
        for (unsigned byte = 0; byte < 8; byte++)
            mtrr.fixed[i] |= with_type(input->fixed[i] >> 8 * byte & 0xff) << 8 * byte;
    for (unsigned i = 0; i < VARIABLE; i++) {
        mtrr.variable[i].base = with_type(input->variable[i][0]);
        mtrr.variable[i].mask = input->variable[i][1];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mtrr_input input;
    struct operation operation;

    if (size < sizeof(input))
        return 0;
    memcpy(&input, data, sizeof(input));
    set_registers(&input);
    ept_init(&ept, pool, PAGES, EPT_CAP_2MIB | EPT_CAP_1GIB | EPT_CAP_POINTER_WB, &mtrr, WIDTH);
    redirected = false;
    size -= sizeof(input);
    data += sizeof(input);
    for (unsigned i = 0; i < OPERATIONS && size >= sizeof(operation); i++) {
        memcpy(&operation, data, sizeof(operation));
        operate(&operation);
        data += sizeof(operation);
        size -= sizeof(operation);
    }
    return 0;
}
