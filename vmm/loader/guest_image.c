/* SPDX-License-Identifier: MIT */
/* Recognises a guest kernel, hands it to its loader; room in guest memory for all loaders. */
#include "vmm/loader/guest_image.h"

#include "vmm/loader/guest_elf.h"
#include "vmm/loader/guest_loaders.h"
#include "vmm/string.h"

enum {
    PAGE = 4096,
    MIB = 1 << 20,
    STACK_TOP = 0x7ff00, /* as GRUB's Multiboot loader has it */
    STACK_SIZE = 0xf00,
    /*
     * Below it boot structures are safe from Linux's decompressor: it clears the two pages right
     * under the EBDA as a trampoline before it reads them.
     */
    STRUCTURES_END = 0x98000,
};

bool guest_has(const struct guest_module *image, uint64_t offset, uint64_t n)
{
    return offset <= image->length && n <= image->length - offset;
}

bool guest_read(const struct guest_module *image, uint64_t offset, void *to, size_t n)
{
    if (!guest_has(image, offset, n))
        return false;
    memcpy(to, image->data + offset, n);
    return true;
}

/* Notes the range as taken and gives the pointer. */
static uint8_t *take(struct guest_load *load, uint64_t base, uint64_t length, const char *what,
                     struct refusal *why)
{
    uint8_t *memory = load->at(base, length);

    if (!memory)
        refuse(why, "%s at %#llx, %#llx bytes: not in guest memory; give the machine more", what,
               (unsigned long long)base, (unsigned long long)length);
    else if (!memory_avoid_add(&load->taken, base, length))
        refuse(why, "%s is one piece more than the %d that fit into this build; join modules", what,
               MEMORY_AVOID_MAX);
    else
        return memory;
    return NULL;
}

uint8_t *guest_claim(struct guest_load *load, uint64_t base, uint64_t length, const char *what,
                     struct refusal *why)
{
    if (!memory_map_is_usable(load->map, base, length))
        refuse(why,
               "%s needs %#llx bytes at %#llx, which are not all usable memory; link the "
               "guest elsewhere (by ld -n, if it is its ELF header), or give the machine more",
               what, (unsigned long long)length, (unsigned long long)base);
    else if (memory_avoid_touches(&load->taken, base, length))
        refuse(why,
               "%s needs %#llx bytes at %#llx, where something else lies already; check the "
               "guest's segments for overlap, or give the machine more memory",
               what, (unsigned long long)length, (unsigned long long)base);
    else
        return take(load, base, length, what, why);
    return NULL;
}

static bool find(const struct guest_load *load, const struct guest_window *w, uint64_t length,
                 uint64_t *base)
{
    return (w->side == GUEST_HIGHEST ? memory_map_find_top : memory_map_find_bottom)(
        load->map, w->from, w->below, length, w->align, &load->taken, base);
}

uint8_t *guest_place(struct guest_load *load, const struct guest_window *window, uint64_t length,
                     uint64_t *base, const char *what, struct refusal *why)
{
    if (find(load, window, length, base))
        return take(load, *base, length, what, why);
    refuse(why,
           "no room for %#llx bytes of %s between %#llx and %#llx; give the machine more "
           "memory",
           (unsigned long long)length, what, (unsigned long long)window->from,
           (unsigned long long)window->below);
    return NULL;
}

uint8_t *guest_place_structures(struct guest_load *load, uint64_t length, uint64_t *base,
                                struct refusal *why)
{
    const struct guest_window low = { PAGE, STRUCTURES_END, PAGE, GUEST_HIGHEST };
    const struct guest_window high = { MIB, GUEST_LIMIT, PAGE, GUEST_HIGHEST };
    const char *what = "boot information";
    uint64_t ignored;

    return guest_place(load, find(load, &low, length, &ignored) ? &low : &high, length, base, what,
                       why);
}

static bool may_stay(const struct guest_load *load, const struct guest_module *module)
{
    return module->address % PAGE == 0 && module->address < GUEST_LIMIT &&
           module->length <= GUEST_LIMIT - module->address &&
           memory_map_is_usable(load->map, module->address, module->length);
}

static bool place_module(struct guest_load *load, struct guest_module *module, struct refusal *why)
{
    const struct guest_window window = { MIB, GUEST_LIMIT, PAGE, GUEST_LOWEST };
    uint64_t base;
    uint8_t *memory;

    if (!module->length) {
        module->address = 0;
        return true;
    }
    if (!find(load, &window, module->length, &base) && may_stay(load, module))
        return true;
    memory = guest_place(load, &window, module->length, &base, "guest module", why);
    if (!memory)
        return false;
    memcpy(memory, module->data, module->length);
    module->address = base;
    return true;
}

bool guest_place_modules(struct guest_load *load, struct refusal *why)
{
    for (uint32_t i = 1; i < load->module_count; i++)
        if (!place_module(load, &load->module[i], why))
            return false;
    return true;
}

uint64_t guest_stack(struct guest_load *load)
{
    const uint64_t base = STACK_TOP - STACK_SIZE;

    if (!memory_map_is_usable(load->map, base, STACK_SIZE) ||
        memory_avoid_touches(&load->taken, base, STACK_SIZE) ||
        !memory_avoid_add(&load->taken, base, STACK_SIZE))
        return 0;
    return STACK_TOP;
}

uint64_t guest_block_put(struct guest_block *block, const void *from, size_t n, size_t align)
{
    uint64_t at = (block->used + align - 1) & ~((uint64_t)align - 1);

    if (block->memory && from)
        memcpy(block->memory + at, from, n);
    else if (block->memory)
        memset(block->memory + at, 0, n);
    block->used = at + n;
    return block->base + at;
}

static uint32_t kib(uint64_t bytes, uint32_t most)
{
    return bytes / 1024 < most ? (uint32_t)(bytes / 1024) : most;
}

uint32_t guest_lower_kib(const struct memory_map *map)
{
    return kib(memory_map_usable_from(map, 0), 640);
}

uint32_t guest_upper_kib(const struct memory_map *map)
{
    return kib(memory_map_usable_from(map, MIB), UINT32_MAX);
}

static bool unknown_image(const struct guest_module *image, struct refusal *why)
{
    if (!image->length)
        return refuse(why, "guest image is empty; give a kernel as the first module");
    if (image->length >= 2 && image->data[0] == 0x1f && image->data[1] == 0x8b)
        return refuse(why, "guest image is compressed by gzip; give it uncompressed");
    if (elf_recognise(image))
        return refuse(why, "guest image is an ELF file without a Multiboot header; give a "
                           "Multiboot kernel, or Linux as bzImage instead of vmlinux");
    return refuse(why,
                  "guest image of %llu bytes is no Multiboot kernel and no Linux bzImage; "
                  "check the first module",
                  (unsigned long long)image->length);
}

/* Where modules lie in the guest's own memory, nothing may be put before they are copied. */
static bool protect_modules(struct guest_load *load, struct refusal *why)
{
    for (uint32_t i = 0; i < load->module_count; i++) {
        const struct guest_module *module = &load->module[i];

        if (!memory_avoid_add(&load->taken, module->address, module->length))
            return refuse(why, "more than %d modules; join some of them", MEMORY_AVOID_MAX);
    }
    return true;
}

bool guest_load(struct guest_load *load, struct guest_entry *entry, struct refusal *why)
{
    const struct guest_module *image = &load->module[0];
    int64_t multiboot1, multiboot2;

    if (!load->module_count)
        return refuse(why, "no guest image; give a kernel as the first module");
    memset(entry, 0, sizeof(*entry));
    if (!protect_modules(load, why))
        return false;
    multiboot2 = guest_find_multiboot2(image);
    multiboot1 = guest_find_multiboot1(image);
    if (guest_is_linux(image))
        return guest_load_linux(load, entry, why);
    if (multiboot2 >= 0)
        return guest_load_multiboot2(load, (uint64_t)multiboot2, entry, why);
    if (multiboot1 >= 0)
        return guest_load_multiboot1(load, (uint64_t)multiboot1, entry, why);
    return unknown_image(image, why);
}
