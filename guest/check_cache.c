/* SPDX-License-Identifier: MIT */
/* Caches and translations: WBINVD, INVD, INVLPG, INVPCID. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/try.h"

enum { LEAF7_EBX_INVPCID = 1u << 10 };

static volatile uint8_t pages[2][PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t window[PAGE_SIZE] __attribute__((aligned(4096)));

static void check_caches(void)
{
    pages[0][0] = 0x77;
    check_clean(TRY("wbinvd", (), (), ()), "WBINVD");
    check_equal(pages[0][0], 0x77, "WBINVD loses nothing");
    if (!surroundings.vexit)
        return;

    /* On a bare machine INVD would lose what is not in memory yet; vexit writes it back. */
    check_vexit_begin();
    pages[0][0] = 0x78;
    check_clean(TRY("invd", (), (), ()), "INVD");
    check_equal(pages[0][0], 0x78, "INVD loses nothing");
    check_vexit_end();
}

/* Turns the window to the other page; what its translation was is in the processor still. */
static uint8_t turn(unsigned n)
{
    uint8_t seen = *(volatile uint8_t *)window;

    *paging_entry(window) = (uint64_t)pages[n] | PAGE_ALL;
    return seen;
}

static void check_invlpg(void)
{
    pages[0][0] = 0xa0;
    pages[1][0] = 0xa1;
    turn(0);
    invlpg(window);
    check_equal(*(volatile uint8_t *)window, 0xa0, "INVLPG shows a page's new place");
    turn(1);
    __asm__ volatile("addr32 invlpg 16(%%eax, %%ecx, 2)" : : "a"(window), "c"(8) : "memory");
    check_equal(*(volatile uint8_t *)window, 0xa1, "INVLPG by base, index and displacement");
    check_clean(TRY("invlpg (%0)", (), ("c"(NONCANONICAL)), ()),
                "INVLPG of a non-canonical address");
    turn(0);
    write_cr3(read_cr3());
    check_equal(*(volatile uint8_t *)window, 0xa0, "MOV to CR3 shows a page's new place");
}

struct invpcid_descriptor {
    uint64_t pcid, address;
};

static struct trap try_invpcid(uint64_t type, uint64_t pcid, uint64_t address)
{
    struct invpcid_descriptor descriptor = { pcid, address };

    return TRY("invpcid %0, %1", (), ("m"(descriptor), "r"(type)), ());
}

static void check_invpcid(void)
{
    static const char *const types[] = { "0: an address", "1: one PCID", "2: all, globals too",
                                         "3: all but globals" };
    uint64_t cr4 = read_cr4();

    for (unsigned type = 0; type < 4; type++) {
        turn(1 - type % 2);
        check_clean(try_invpcid(type, 0, (uint64_t)window), "INVPCID of type %s", types[type]);
        check_equal(*(volatile uint8_t *)window, 0xa1 - type % 2,
                    "INVPCID of type %u shows a page's new place", type);
    }
    check_fault(try_invpcid(4, 0, 0), EXCEPTION_GP, 0, "INVPCID of type 4");
    check_fault(try_invpcid(1, 1 << 12, 0), EXCEPTION_GP, 0, "INVPCID of a PCID above 12 bits");
    check_fault(try_invpcid(0, 0, NONCANONICAL), EXCEPTION_GP, 0,
                "INVPCID of a non-canonical address");
    check_fault(try_invpcid(1, 1, 0), EXCEPTION_GP, 0, "INVPCID of PCID 1 without CR4.PCIDE");
    write_cr4(cr4 | CR4_PCIDE);
    check_clean(try_invpcid(1, 1, 0), "INVPCID of PCID 1 with CR4.PCIDE");
    write_cr4(cr4);
    check_fault(TRY("invpcid (%0), %1", (), ("c"(PAGING_NOWHERE), "r"(2ull)), ()), EXCEPTION_PF, 0,
                "INVPCID with its descriptor in an absent page");
}

AT_USER(wbinvd_at_user, "wbinvd", (), ("a"(0), "c"(2ull)), ())
AT_USER(invd_at_user, "invd", (), ("a"(0), "c"(2ull)), ())
AT_USER(invlpg_at_user, "invlpg (%%rax)", (), ("a"(0), "c"(2ull)), ())
AT_USER(invpcid_at_user, "invpcid (%%rax), %%rcx", (), ("a"(0), "c"(2ull)), ())

static void check_user(bool has_invpcid)
{
    check_fault(try_at_user(wbinvd_at_user), EXCEPTION_GP, 0, "WBINVD at CPL 3");
    check_fault(try_at_user(invd_at_user), EXCEPTION_GP, 0, "INVD at CPL 3");
    check_fault(try_at_user(invlpg_at_user), EXCEPTION_GP, 0, "INVLPG at CPL 3");
    if (!has_invpcid)
        return;
    check_fault(try_at_user(invpcid_at_user), EXCEPTION_GP, 0, "INVPCID at CPL 3");
}

void check_cache(void)
{
    bool has_invpcid = cpuid(7, 0).ebx & LEAF7_EBX_INVPCID;

    check_caches();
    check_invlpg();
    if (has_invpcid)
        check_invpcid();
    else
        check_fault(try_invpcid(2, 0, 0), EXCEPTION_UD, 0, "INVPCID where CPUID has it not");
    check_user(has_invpcid);
    paging_reset(window);
}
