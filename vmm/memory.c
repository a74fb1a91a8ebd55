/* SPDX-License-Identifier: MIT */
/* The VMM's own memory. SDM: "4-Level Paging". */
#include "vmm/memory.h"

#include "vmm/panic.h"
#include "vmm/string.h"
#include "vmx/x86.h"

#define IMAGE_OFFSET UINT64_C(0xffffffff80000000) /* as in linker.ld */
#define LARGE_PAGE   (UINT64_C(1) << 21)
#define GIGABYTE     (UINT64_C(1) << 30)
#define REACH_MAX    (UINT64_C(512) * GIGABYTE) /* of the identity map: one entry of the top table */

enum { PAGE_PRESENT = 1, PAGE_WRITE = 2, PAGE_LARGE = 0x80, TABLE_ENTRIES = 512 };
#define PAGE_NO_EXECUTE (UINT64_C(1) << 63)
#define PAGE_ADDRESS    UINT64_C(0x000ffffffffff000)

extern const char image_start[], text_start[], text_end[], rodata_end[], image_end[];

static uint64_t base, length, next;
static uint64_t reach = REACH_MAX;  /* what lies beyond is not mapped */
static uint64_t image_physical = 0; /* of image_start; 0: still where the loader put it */

uint64_t memory_base(void)
{
    return base;
}

uint64_t memory_length(void)
{
    return length;
}

uint64_t virt_to_phys(const void *object)
{
    uint64_t address = (uint64_t)object;

    if (address < (uint64_t)image_start)
        return address;
    if (!image_physical)
        return address - IMAGE_OFFSET;
    return address - (uint64_t)image_start + image_physical;
}

bool guest_physical_allowed(uint64_t gpa, uint64_t n)
{
    return gpa < reach && n <= reach - gpa && !ranges_overlap(gpa, n, base, length);
}

void *memory_pages(size_t n)
{
    uint64_t pages = next;

    ASSERT(n <= (base + length - next) / PAGE_SIZE);
    next += n * PAGE_SIZE;
    return memset((void *)pages, 0, n * PAGE_SIZE);
}

/* The entry for va at a level (4: top, 1: page), making tables on the way. */
static uint64_t *entry_for(uint64_t *table, uint64_t va, unsigned level)
{
    for (unsigned at = 4;; at--) {
        uint64_t *entry = &table[va >> (12 + 9 * (at - 1)) & (TABLE_ENTRIES - 1)];

        if (at == level)
            return entry;
        if (!*entry)
            *entry = (uint64_t)memory_pages(1) | PAGE_PRESENT | PAGE_WRITE;
        table = (uint64_t *)(*entry & PAGE_ADDRESS);
    }
}

static void map_image(uint64_t *top, uint64_t physical)
{
    for (const char *at = image_start; at < image_end; at += PAGE_SIZE) {
        uint64_t access = PAGE_PRESENT;

        if (at >= rodata_end)
            access |= PAGE_WRITE;
        if (at < text_start || at >= text_end)
            access |= PAGE_NO_EXECUTE;
        *entry_for(top, (uint64_t)at, 1) = (physical + (uint64_t)(at - image_start)) | access;
    }
}

/* The processor has this many bits of physical address; more in an entry are a page fault. */
static unsigned physical_address_bits(void)
{
    return cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
}

/* With 1 GiB pages as far as one top entry reaches, else with 2 MiB pages as far as RAM does. */
static void map_identity(uint64_t *top, uint64_t ram_end)
{
    bool gigabyte_pages = cpuid(0x80000001, 0).edx >> 26 & 1;
    uint64_t step = gigabyte_pages ? GIGABYTE : LARGE_PAGE;
    uint64_t end = gigabyte_pages ? REACH_MAX : ram_end > 4 * GIGABYTE ? ram_end : 4 * GIGABYTE;
    uint64_t limit = UINT64_C(1) << physical_address_bits();

    reach = end < limit ? end : limit;
    if (reach > REACH_MAX)
        reach = REACH_MAX;
    for (uint64_t at = 0; at < reach; at += step)
        *entry_for(top, at, gigabyte_pages ? 3 : 2) =
            at | PAGE_PRESENT | PAGE_WRITE | PAGE_LARGE | PAGE_NO_EXECUTE;
}

/* Copies the image, stack and all, and goes on in the copy. */
static void move_image(uint64_t to, const uint64_t *top)
{
    const void *from = image_start;
    uint64_t n = (uint64_t)(image_end - image_start);

    asm volatile("rep movsb\n\tmov %[top], %%cr3"
                 : "+D"(to), "+S"(from), "+c"(n)
                 : [top] "r"(top)
                 : "memory");
}

static uint64_t paging_bytes(uint64_t ram_end)
{
    bool gigabyte_pages = cpuid(0x80000001, 0).edx >> 26 & 1;

    return (16 + (gigabyte_pages ? 0 : ram_end / GIGABYTE + 5)) * PAGE_SIZE;
}

bool memory_take(const struct boot_info *boot, uint64_t extra, struct refusal *why)
{
    uint64_t image = (uint64_t)(image_end - image_start), loaded = virt_to_phys(image_end);
    uint64_t ram_end = memory_map_usable_end(&boot->map);
    static struct memory_avoid avoid;

    memory_avoid_add(&avoid, 0, loaded);
    for (uint32_t i = 0; i < boot->module_count; i++)
        memory_avoid_add(&avoid, boot->module[i].start,
                         boot->module[i].end - boot->module[i].start);
    length = (image + paging_bytes(ram_end) + extra + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    if (!memory_map_find_top(&boot->map, 0, 4 * GIGABYTE, length, LARGE_PAGE, &avoid, &base))
        return refuse(why,
                      "no %lu KiB of free memory in one piece below 4 GiB (%lu KiB of RAM in all); "
                      "give the machine more memory or choose a smaller ring=",
                      length >> 10, memory_map_usable_total(&boot->map) >> 10);
    next = base + image;

    uint64_t *top = memory_pages(1);

    map_image(top, base);
    map_identity(top, ram_end);
    image_physical = base;
    move_image(base, top);
    memset((void *)UINT64_C(0x200000), 0, loaded - 0x200000);
    return true;
}
