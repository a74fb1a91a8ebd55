/* SPDX-License-Identifier: MIT */
/* Loads Linux and what else speaks its boot protocol (memtest86+), by the 32-bit entry. */
#include "vmm/loader/guest_linux.h"

#include "vmm/string.h"

enum { PAGE = 4096, SECTOR = 512, MIB = 1 << 20 };

/* The file's header, zero behind what it has of it, and what follows from it. */
struct linux_file {
    struct linux_header header;
    uint32_t header_length;
    uint64_t kernel_offset, kernel_length; /* the protected-mode part in the file */
    uint64_t run_address, run_length;      /* where it works from its first instruction on */
};

bool guest_is_linux(const struct guest_module *image)
{
    struct linux_header header;
    const size_t known = offsetof(struct linux_header, version);

    return guest_read(image, LINUX_HEADER_OFFSET, &header, known) &&
           header.boot_flag == LINUX_BOOT_FLAG && header.header == LINUX_MAGIC;
}

static bool truncated(const struct guest_module *image, const char *what, struct refusal *why)
{
    return refuse(why,
                  "guest image: the Linux file of %llu bytes ends within its %s; it is "
                  "truncated, copy it again",
                  (unsigned long long)image->length, what);
}

/* The least header that a version of the protocol has, from setup_sects on. */
static size_t least_header(uint16_t version)
{
    return version >= LINUX_VERSION_PREFERRED_ADDRESS
               ? offsetof(struct linux_header, handover_offset)
               : offsetof(struct linux_header, hardware_subarch);
}

static bool read_header(struct linux_file *file, const struct guest_module *image,
                        struct refusal *why)
{
    struct linux_header *header = &file->header;
    uint8_t end = 0;

    memset(file, 0, sizeof(*file));
    guest_read(image, LINUX_HEADER_END_OFFSET, &end, 1);
    file->header_length = 0x202u + end - LINUX_HEADER_OFFSET;
    if (file->header_length > sizeof(*header))
        file->header_length = sizeof(*header);
    if (!guest_read(image, LINUX_HEADER_OFFSET, header, file->header_length))
        return truncated(image, "setup header", why);
    if (header->version < LINUX_VERSION_COMMAND_LINE_SIZE)
        return refuse(why,
                      "guest image: Linux boot protocol %u.%u is older than 2.6; give a "
                      "kernel of 2.6.22 or later",
                      header->version >> 8, header->version & 0xffu);
    if (file->header_length < least_header(header->version))
        return refuse(why,
                      "guest image: Linux setup header of %u bytes is too short for protocol "
                      "%u.%u; check the file",
                      file->header_length, header->version >> 8, header->version & 0xffu);
    if (!(header->loadflags & LINUX_LOADED_HIGH))
        return refuse(why, "guest image: a Linux zImage, which is loaded low; build bzImage");
    if (!header->code32_start) /* iPXE, for one: a boot loader jumps there */
        return refuse(why,
                      "guest image: a Linux image that starts in real mode alone (code32_start "
                      "0); give one with a 32-bit entry");
    if (header->version < LINUX_VERSION_XLOADFLAGS)
        header->xloadflags = 0;
    return true;
}

/* A linker's rounding lets syssize exceed the file by less than its unit of 16 bytes. */
static bool find_kernel(struct linux_file *file, const struct guest_module *image,
                        struct refusal *why)
{
    uint64_t told = file->header.syssize * 16ULL;
    uint64_t sectors = file->header.setup_sects ? file->header.setup_sects : 4;

    file->kernel_offset = (sectors + 1) * SECTOR;
    if (!guest_has(image, file->kernel_offset, 1))
        return truncated(image, "setup code", why);
    file->kernel_length = image->length - file->kernel_offset;
    if (!told)
        return refuse(why, "guest image: the Linux header tells of no protected-mode kernel "
                           "(syssize 0); check the file");
    if (told > file->kernel_length + 15)
        return truncated(image, "protected-mode kernel", why);
    if (told < file->kernel_length)
        file->kernel_length = told;
    return true;
}

/* Old kernels do not tell what they grow to: thrice their size is what other loaders assume. */
static bool find_run_range(struct linux_file *file, struct refusal *why)
{
    const struct linux_header *header = &file->header;

    file->run_address = LINUX_HIGH_BASE;
    file->run_length = 3 * file->kernel_length;
    if (header->version >= LINUX_VERSION_PREFERRED_ADDRESS) {
        file->run_address = header->pref_address;
        file->run_length = header->init_size;
    }
    if (file->run_length < file->kernel_length)
        file->run_length = file->kernel_length;
    if (file->run_address < LINUX_HIGH_BASE || file->run_address >= GUEST_LIMIT ||
        file->run_length > GUEST_LIMIT - file->run_address)
        return refuse(why,
                      "guest image: Linux wants %#llx bytes at %#llx, which is not between "
                      "1 MiB and 4 GiB; check the file",
                      (unsigned long long)file->run_length, (unsigned long long)file->run_address);
    return true;
}

/*
 * Room at a multiple of align from the preferred address up; not below it, because the
 * decompressor moves a kernel that lies below to the preferred address.
 */
static uint8_t *place_aligned(struct guest_load *load, const struct linux_file *file,
                              uint64_t align, struct linux_layout *layout, struct refusal *why)
{
    const struct guest_window window = { file->run_address, GUEST_LIMIT, align, GUEST_LOWEST };

    return guest_place(load, &window, file->run_length, &layout->kernel, "Linux kernel", why);
}

/* The alignment may be relaxed to 1 << min_alignment where the better one leaves no room. */
static uint8_t *place_relocatable(struct guest_load *load, const struct linux_file *file,
                                  struct linux_layout *layout, struct refusal *why)
{
    const struct linux_header *header = &file->header;
    uint64_t align = header->kernel_alignment, least = align;
    uint8_t *to = NULL;

    if (header->version >= LINUX_VERSION_PREFERRED_ADDRESS && header->min_alignment < 32)
        least = 1ULL << header->min_alignment;
    if (!align || (align & (align - 1)) || least > align) {
        refuse(why, "guest image: Linux wants alignment %#x, at least %#llx; check the file",
               header->kernel_alignment, (unsigned long long)least);
        return NULL;
    }
    for (; !to && align >= least; align /= 2)
        to = place_aligned(load, file, align, layout, why);
    return to;
}

/* Loaded at 1 MiB, it still works at its preferred address: both must be free. */
static uint8_t *place_fixed(struct guest_load *load, const struct linux_file *file,
                            struct linux_layout *layout, struct refusal *why)
{
    uint64_t loaded_end = LINUX_HIGH_BASE + file->kernel_length;
    uint64_t run_end = file->run_address + file->run_length;
    uint64_t rest = file->run_address > loaded_end ? file->run_address : loaded_end;
    uint8_t *to = guest_claim(load, LINUX_HIGH_BASE, file->kernel_length, "Linux kernel", why);

    layout->kernel = LINUX_HIGH_BASE;
    if (to && run_end > rest && !guest_claim(load, rest, run_end - rest, "Linux kernel", why))
        return NULL;
    return to;
}

static bool load_kernel(struct guest_load *load, const struct linux_file *file,
                        struct linux_layout *layout, struct refusal *why)
{
    uint8_t *to = file->header.relocatable_kernel ? place_relocatable(load, file, layout, why)
                                                  : place_fixed(load, file, layout, why);

    if (to)
        memcpy(to, load->module[0].data + file->kernel_offset, file->kernel_length);
    return to != NULL;
}

/* Archives of an initramfs may follow each other at multiples of 4 bytes. */
static uint64_t padded(uint64_t length)
{
    return (length + 3) & ~3ULL;
}

static void copy_initrds(const struct guest_load *load, uint8_t *to)
{
    for (uint32_t i = 1; i < load->module_count; i++) {
        const struct guest_module *module = &load->module[i];

        memcpy(to, module->data, module->length);
        memset(to + module->length, 0, padded(module->length) - module->length);
        to += padded(module->length);
    }
}

/* A single initrd may stay where it is, if the kernel can reach it there. */
static bool may_stay(const struct guest_load *load, uint64_t below)
{
    const struct guest_module *module = &load->module[1];

    return load->module_count == 2 && module->address % PAGE == 0 && module->address < below &&
           module->length <= below - module->address &&
           memory_map_is_usable(load->map, module->address, module->length);
}

static bool load_initrds(struct guest_load *load, const struct linux_file *file,
                         struct linux_layout *layout, struct refusal *why)
{
    const uint64_t below = (uint64_t)file->header.initrd_addr_max + 1;
    struct guest_window window = { MIB, below, PAGE, GUEST_HIGHEST };
    uint8_t *to;

    for (uint32_t i = 1; i < load->module_count; i++)
        layout->initrd_length += padded(load->module[i].length);
    if (!layout->initrd_length)
        return true;
    if (load->module_count == 2)
        layout->initrd_length = load->module[1].length;
    to = guest_place(load, &window, padded(layout->initrd_length), &layout->initrd, "initrd", why);
    if (!to && may_stay(load, below)) {
        layout->initrd = load->module[1].address;
        return true;
    }
    if (!to && file->header.xloadflags & LINUX_XLF_ABOVE_4G) {
        window.below = UINT64_MAX;
        to = guest_place(load, &window, padded(layout->initrd_length), &layout->initrd, "initrd",
                         why);
    }
    if (to)
        copy_initrds(load, to);
    return to != NULL;
}

/*
 * On a machine that did not start by a BIOS, nothing is where Linux would look for the ACPI
 * tables. It gets a copy of their root in a page that the map keeps it from using.
 */
static bool place_rsdp(struct guest_load *load, struct linux_layout *layout, struct refusal *why)
{
    const struct boot_info *boot = load->boot;
    uint8_t *to;

    if (!boot->efi_system_table || !boot->rsdp_length)
        return true;
    to = guest_place_structures(load, PAGE, &layout->rsdp, why);
    if (!to)
        return false;
    memcpy(to, boot->rsdp, boot->rsdp_length);
    return memory_map_set(load->map, layout->rsdp, PAGE, MEMORY_ACPI) ||
           refuse(why, "memory map of more than %d regions; this build has no room for it",
                  MEMORY_MAP_MAX);
}

/* Flat segments at the selectors of the protocol, marked accessed as a processor would. */
static const uint64_t boot_gdt[] = {
    [LINUX_BOOT_CS / 8] = 0x00cf9b000000ffff,
    [LINUX_BOOT_DS / 8] = 0x00cf93000000ffff,
};

/* The zero page, then the GDT, then the command line. */
static bool load_structures(struct guest_load *load, const struct linux_file *file,
                            struct linux_layout *layout, struct guest_entry *entry,
                            struct refusal *why)
{
    const char *line = load->module[0].command_line;
    size_t length = strlen(line) + 1;
    struct guest_block block = { 0 };
    struct linux_boot_params *params;

    block.memory =
        guest_place_structures(load, sizeof(*params) + sizeof(boot_gdt) + length, &block.base, why);
    if (!block.memory)
        return false;
    params = (struct linux_boot_params *)block.memory;
    entry->rsi = guest_block_put(&block, NULL, sizeof(*params), PAGE);
    entry->gdt_base = guest_block_put(&block, boot_gdt, sizeof(boot_gdt), 8);
    entry->gdt_limit = sizeof(boot_gdt) - 1;
    layout->command_line = guest_block_put(&block, line, length, 1);
    memcpy(&params->header, &file->header, file->header_length);
    linux_fill_zero_page(params, load, layout);
    return true;
}

static bool check_command_line(const struct linux_file *file, const char *line, struct refusal *why)
{
    size_t length = strlen(line);

    if (length <= file->header.cmdline_size)
        return true;
    return refuse(why, "guest command line of %lu bytes, and this kernel takes %u; shorten it",
                  (unsigned long)length, file->header.cmdline_size);
}

bool guest_load_linux(struct guest_load *load, struct guest_entry *entry, struct refusal *why)
{
    const struct guest_module *image = &load->module[0];
    struct linux_layout layout = { 0 };
    struct linux_file file;

    if (!read_header(&file, image, why) || !find_kernel(&file, image, why) ||
        !find_run_range(&file, why) || !check_command_line(&file, image->command_line, why) ||
        !load_kernel(load, &file, &layout, why))
        return false;
    *entry = (struct guest_entry){ .protocol = "Linux",
                                   .code_selector = LINUX_BOOT_CS,
                                   .data_selector = LINUX_BOOT_DS,
                                   .rip = layout.kernel,
                                   .rsp = guest_stack(load) };
    return load_initrds(load, &file, &layout, why) && place_rsdp(load, &layout, why) &&
           load_structures(load, &file, &layout, entry, why);
}
