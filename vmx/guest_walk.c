/* SPDX-License-Identifier: MIT */
/* The walk of the guest's paging structures. Depends on memory alone, so that it runs hosted too.
 */
#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmx/guest_memory.h"

#define PTE_PRESENT    (UINT64_C(1) << 0)
#define PTE_WRITABLE   (UINT64_C(1) << 1)
#define PTE_USER       (UINT64_C(1) << 2)
#define PTE_ACCESSED   (UINT64_C(1) << 5)
#define PTE_DIRTY      (UINT64_C(1) << 6)
#define PTE_LARGE      (UINT64_C(1) << 7)
#define PTE_NO_EXECUTE (UINT64_C(1) << 63)
#define PTE_KEY(entry) ((unsigned)((entry) >> 59) & 15)
#define PTE_ADDRESS    UINT64_C(0x000ffffffffff000)

/* What the structures of each paging mode look like. */
struct shape {
    unsigned levels;     /* below the root: 2, 2 (PAE: PDPTEs are registers), 4 or 5 */
    unsigned index_bits; /* 10 or 9 */
    unsigned entry_size; /* 4 or 8 bytes */
};

struct walk {
    const struct guest_paging *paging;
    struct shape shape;
    uint64_t linear;
    unsigned access;
    uint64_t rights; /* the AND of the entries' writable and user bits */
    bool no_execute; /* the OR of their XD */
};

void guest_physical_read(uint64_t gpa, void *to, size_t size)
{
    if (guest_physical_allowed(gpa, size))
        memcpy(to, (const void *)(uintptr_t)gpa, size);
    else
        memset(to, 0xff, size);
}

void guest_physical_write(uint64_t gpa, const void *from, size_t size)
{
    if (guest_physical_allowed(gpa, size))
        memcpy((void *)(uintptr_t)gpa, from, size);
}

static bool long_mode(const struct guest_paging *paging)
{
    return paging->efer & EFER_LMA;
}

static struct shape shape_of(const struct guest_paging *paging)
{
    if (long_mode(paging))
        return (struct shape){ paging->cr4 & CR4_LA57 ? 5 : 4, 9, 8 };
    if (paging->cr4 & CR4_PAE)
        return (struct shape){ 2, 9, 8 };
    return (struct shape){ 2, 10, 4 };
}

static uint64_t read_entry(uint64_t gpa, unsigned size)
{
    uint64_t entry = 0;

    guest_physical_read(gpa, &entry, size);
    return entry;
}

/* Other CPUs and devices may change the entry at the same time: only these bits are set. */
static void set_flags(uint64_t gpa, uint8_t flags)
{
    if (guest_physical_allowed(gpa, 1))
        __atomic_fetch_or((uint8_t *)(uintptr_t)gpa, flags, __ATOMIC_RELAXED);
}

/* Bits that have to be 0 in an entry of that level (1 is the lowest). */
static uint64_t reserved_bits(const struct walk *walk, unsigned level, bool large)
{
    const struct guest_paging *paging = walk->paging;
    uint64_t reserved = PTE_ADDRESS & (~UINT64_C(0) << paging->physical_address_bits);

    if (walk->shape.entry_size == 4) /* PSE-36: bits 20:13 are bits 39:32 of the address */
        return large ? UINT64_C(1) << 21 : 0;
    if (!(paging->efer & EFER_NXE))
        reserved |= PTE_NO_EXECUTE;
    if (!long_mode(paging))
        reserved |= UINT64_C(0x7ff) << 52;
    if (large)
        reserved |= (UINT64_C(1) << (12 + 9 * (level - 1))) - (UINT64_C(1) << 13);
    else if (level > 3)
        reserved |= PTE_LARGE;
    return reserved;
}

static bool may_be_large(const struct walk *walk, unsigned level)
{
    if (walk->shape.entry_size == 4)
        return level == 2 && (walk->paging->cr4 & CR4_PSE);
    return level == 2 || (level == 3 && long_mode(walk->paging));
}

/* Protection keys of user pages: SDM "Protection Keys". */
static bool key_forbids(const struct walk *walk, uint64_t entry)
{
    uint32_t bits = walk->paging->pkru >> 2 * PTE_KEY(entry) & 3;
    bool write = walk->access & GUEST_WRITE;

    if (!long_mode(walk->paging) || !(walk->rights & PTE_USER) || (walk->access & GUEST_FETCH))
        return false;
    return (bits & 1) ||
           ((bits & 2) && write && ((walk->access & GUEST_USER) || (walk->paging->cr0 & CR0_WP)));
}

/* SDM "Determination of Access Rights". */
static bool rights_allow(const struct walk *walk)
{
    const struct guest_paging *paging = walk->paging;
    bool user_page = walk->rights & PTE_USER, writable = walk->rights & PTE_WRITABLE;
    bool write = walk->access & GUEST_WRITE, fetch = walk->access & GUEST_FETCH;

    if ((walk->access & GUEST_USER) && !(walk->access & GUEST_SYSTEM))
        return user_page && (writable || !write) && !(fetch && walk->no_execute);
    if (fetch)
        return !walk->no_execute && !(user_page && (paging->cr4 & CR4_SMEP));
    if (user_page && (paging->cr4 & CR4_SMAP) &&
        (paging->explicit_smap_on || (walk->access & GUEST_SYSTEM)))
        return false;
    return writable || !write || !(paging->cr0 & CR0_WP);
}

static uint32_t error_code(const struct walk *walk, uint32_t cause)
{
    const struct guest_paging *paging = walk->paging;
    bool nx = (paging->efer & EFER_NXE) && ((paging->cr4 & CR4_PAE) || long_mode(paging));

    if (walk->access & GUEST_WRITE)
        cause |= PAGE_FAULT_WRITE;
    if ((walk->access & GUEST_USER) && !(walk->access & GUEST_SYSTEM))
        cause |= PAGE_FAULT_USER;
    if ((walk->access & GUEST_FETCH) && (nx || (paging->cr4 & CR4_SMEP)))
        cause |= PAGE_FAULT_FETCH;
    return cause;
}

static uint64_t page_address(const struct walk *walk, uint64_t entry, unsigned level)
{
    uint64_t offset_mask = (UINT64_C(1) << (12 + walk->shape.index_bits * (level - 1))) - 1;
    uint64_t base = entry & PTE_ADDRESS;

    if (walk->shape.entry_size == 4 && level == 2)
        base = (entry & 0xffc00000) | (entry & 0x1fe000) << (32 - 13);
    return (base & ~offset_mask) | (walk->linear & offset_mask);
}

/* The entry that maps the page has been found. */
static bool finish(struct walk *walk, uint64_t entry, uint64_t entry_gpa, unsigned level,
                   uint64_t *gpa, uint32_t *error)
{
    enum { PROTECTION_KEY = 1u << 5 };
    uint8_t flags = walk->access & GUEST_WRITE ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;

    if (!rights_allow(walk)) {
        *error = error_code(walk, PAGE_FAULT_PRESENT);
        return false;
    }
    if (key_forbids(walk, entry)) {
        *error = error_code(walk, PAGE_FAULT_PRESENT | PROTECTION_KEY);
        return false;
    }
    if ((entry & flags) != flags)
        set_flags(entry_gpa, flags);
    *gpa = page_address(walk, entry, level);
    return true;
}

static bool walk_tables(struct walk *walk, uint64_t table, uint64_t *gpa, uint32_t *error)
{
    const struct shape *shape = &walk->shape;

    for (unsigned level = shape->levels;; level--) {
        unsigned shift = 12 + shape->index_bits * (level - 1);
        uint64_t index = walk->linear >> shift & ((1u << shape->index_bits) - 1);
        uint64_t at = table + index * shape->entry_size;
        uint64_t entry = read_entry(at, shape->entry_size);
        bool large = (entry & PTE_LARGE) && may_be_large(walk, level);

        if (!(entry & PTE_PRESENT)) {
            *error = error_code(walk, 0);
            return false;
        }
        if (entry & reserved_bits(walk, level, large)) {
            *error = error_code(walk, PAGE_FAULT_PRESENT | PAGE_FAULT_RESERVED);
            return false;
        }
        walk->rights &= entry;
        walk->no_execute |= shape->entry_size == 8 && (entry & PTE_NO_EXECUTE);
        if (level == 1 || large)
            return finish(walk, entry, at, level, gpa, error);
        if (!(entry & PTE_ACCESSED))
            set_flags(at, PTE_ACCESSED);
        table = entry & PTE_ADDRESS;
    }
}

bool guest_walk(const struct guest_paging *paging, uint64_t linear, unsigned access, uint64_t *gpa,
                uint32_t *error)
{
    struct walk walk = { paging, shape_of(paging), linear, access, PTE_WRITABLE | PTE_USER, false };
    uint64_t root = paging->cr3 & PTE_ADDRESS;

    if (!(paging->cr0 & CR0_PG)) {
        *gpa = linear;
        return true;
    }
    if (!long_mode(paging)) {
        walk.linear = linear & 0xffffffff;
        root &= 0xfffff000;
    }
    if (!long_mode(paging) && (paging->cr4 & CR4_PAE)) {
        uint64_t pdpte = paging->pdpte[walk.linear >> 30];

        if (!(pdpte & PTE_PRESENT)) {
            *error = error_code(&walk, 0);
            return false;
        }
        root = pdpte & PTE_ADDRESS;
    }
    return walk_tables(&walk, root, gpa, error);
}
