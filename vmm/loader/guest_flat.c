/* SPDX-License-Identifier: MIT */
/* Lays out images by the address fields of their Multiboot header. */
#include "vmm/loader/guest_flat.h"

#include "vmm/string.h"

/* Where in the file the loaded part begins, by the distance from the header in memory. */
static bool file_start(uint64_t header_offset, const struct multiboot2_header_address *fields,
                       uint64_t *load, uint64_t *start, struct refusal *why)
{
    bool from_beginning = fields->load_addr == UINT32_MAX;
    uint64_t before = from_beginning ? header_offset : fields->header_addr - fields->load_addr;

    if ((!from_beginning && fields->load_addr > fields->header_addr) || before > header_offset ||
        before > fields->header_addr)
        return refuse(why,
                      "guest image: Multiboot header at %#llx of the file and %#x in memory "
                      "does not fit load address %#x; check its address fields",
                      (unsigned long long)header_offset, fields->header_addr, fields->load_addr);
    *load = fields->header_addr - before;
    *start = header_offset - before;
    return true;
}

bool flat_open(struct flat_image *flat, const struct guest_module *image, uint64_t header_offset,
               const struct multiboot2_header_address *fields, uint32_t entry,
               struct guest_extent *extent, struct refusal *why)
{
    uint64_t start = 0, load_end;

    if (!file_start(header_offset, fields, &flat->load, &start, why))
        return false;
    load_end = fields->load_end_addr ? fields->load_end_addr : flat->load + (image->length - start);
    flat->end = fields->bss_end_addr > load_end ? fields->bss_end_addr : load_end;
    if (load_end < flat->load || (fields->bss_end_addr && fields->bss_end_addr < load_end) ||
        flat->end > GUEST_LIMIT)
        return refuse(why,
                      "guest image: Multiboot header has load %#llx, load end %#llx, bss end "
                      "%#x, which do not ascend; check its address fields",
                      (unsigned long long)flat->load, (unsigned long long)load_end,
                      fields->bss_end_addr);
    flat->length = load_end - flat->load;
    if (!guest_has(image, start, flat->length))
        return refuse(why,
                      "guest image: the header wants %#llx bytes loaded and the file has "
                      "%#llx; it is truncated, copy it again",
                      (unsigned long long)flat->length,
                      (unsigned long long)(image->length - start));
    if (entry < flat->load || entry >= flat->end)
        return refuse(why,
                      "guest image: entry address %#x lies outside of it, %#llx to %#llx; "
                      "check the Multiboot header",
                      entry, (unsigned long long)flat->load, (unsigned long long)flat->end);
    flat->data = image->data + start;
    *extent = (struct guest_extent){ entry, flat->load, flat->end };
    return true;
}

bool flat_load(const struct flat_image *flat, struct guest_load *load, uint64_t offset,
               struct refusal *why)
{
    uint8_t *to =
        guest_claim(load, flat->load + offset, flat->end - flat->load, "guest image", why);

    if (!to)
        return false;
    memcpy(to, flat->data, flat->length);
    memset(to + flat->length, 0, flat->end - flat->load - flat->length);
    return true;
}
