/* sources: loaders */
/* SPDX-License-Identifier: MIT */
/* Linux guests: a made-up kernel bent in every direction, and real files where they are. */
#include <glob.h>

#include "tests/unit/guest_machine.h"
#include "vmm/loader/linux_boot.h"

enum {
    SETUP = 2 * 512, /* bytes before the protected-mode kernel */
    KERNEL = 0x1800, /* its length */
    PREFERRED = 0x400000,
    INIT_SIZE = 0x300000,
};

static uint8_t file[SETUP + KERNEL];

static struct linux_header header(void)
{
    return (struct linux_header){
        .setup_sects = 1,
        .syssize = KERNEL / 16,
        .vid_mode = 0xffff,
        .boot_flag = LINUX_BOOT_FLAG,
        .jump = 0x6aeb,
        .header = LINUX_MAGIC,
        .version = 0x20f,
        .loadflags = LINUX_LOADED_HIGH,
        .code32_start = LINUX_HIGH_BASE,
        .initrd_addr_max = 0x7fffffff,
        .kernel_alignment = 0x200000,
        .relocatable_kernel = 1,
        .min_alignment = 16,
        .xloadflags = LINUX_XLF_KERNEL_64,
        .cmdline_size = 2047,
        .pref_address = PREFERRED,
        .init_size = INIT_SIZE,
    };
}

static void make(struct linux_header h)
{
    for (size_t i = 0; i < sizeof(file); i++)
        file[i] = (uint8_t)(i * 11 + i / 256);
    memcpy(file + LINUX_HEADER_OFFSET, &h, sizeof(h));
    file[LINUX_HEADER_END_OFFSET] = 0x6a;
}

static bool load_file(struct linux_header h)
{
    make(h);
    return machine_load_file(file, sizeof(file));
}

static const struct linux_boot_params *params(void)
{
    return (const struct linux_boot_params *)(ram + entry.rsi);
}

static bool kernel_is_at(uint64_t base)
{
    return entry.rip == base && !memcmp(ram + base, file + SETUP, KERNEL);
}

static void test_entry_state(void)
{
    static const uint64_t gdt[4] = { 0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };

    ok(load_file(header()), "a Linux kernel (%s)", why.line);
    ok(kernel_is_at(PREFERRED), "at its preferred address, entered at its first byte");
    ok(entry.code_selector == 0x10 && entry.data_selector == 0x18 && entry.gdt_limit == 31 &&
           !memcmp(ram + entry.gdt_base, gdt, sizeof(gdt)),
       "GDT as the protocol has it");
    ok(!entry.rax && !entry.rbx && !entry.rcx && !entry.rdx && !entry.rdi && !entry.rbp,
       "EBX, EBP, EDI are 0");
    ok(entry.rsi % 4096 == 0 && entry.rsi + 4096 <= 0x98000, "zero page below 640 KiB");
}

static void test_zero_page(void)
{
    const struct linux_boot_params *p;

    load_file(header());
    p = params();
    ok(!memcmp(&p->header.header, "HdrS", 4) && p->header.version == 0x20f &&
           p->header.kernel_alignment == 0x200000,
       "setup header is copied");
    ok(!p->header.handover_offset || p->header.handover_offset == header().handover_offset,
       "to its own end");
    is(p->header.type_of_loader, 0xff, "a loader without a number");
    is(p->header.code32_start, PREFERRED, "code32_start");
    ok(!strcmp(ram_text(p->header.cmd_line_ptr), "line"), "command line");
    ok(!p->header.ramdisk_image && !p->header.ramdisk_size, "no initrd");
    is(p->e820_entries, 4, "E820 entries");
    ok(p->e820[0].size == LOW_END && p->e820[3].addr == 0x100000 && p->e820[1].type == 2, "E820");
    is(p->alt_mem_k, (RAM_END - 0x100000) / 1024, "memory above 1 MiB");
    ok(p->screen.orig_video_is_vga == LINUX_VIDEO_VGA && p->screen.orig_video_cols == 80 &&
           p->screen.orig_video_lines == 25,
       "the text screen");
    ok(!p->acpi_rsdp_addr, "no RSDP where a BIOS has it");
}

static void test_efi(void)
{
    const struct linux_boot_params *p;

    make(header());
    machine_reset(RAM_END);
    boot.efi_system_table = 0x1000;
    boot.rsdp_length = 36;
    memcpy(boot.rsdp, "RSD PTR ", 8);
    boot.framebuffer = (struct framebuffer){ .present = true,
                                             .type = FRAMEBUFFER_RGB,
                                             .bits_per_pixel = 32,
                                             .pitch = 4096,
                                             .width = 1024,
                                             .height = 768,
                                             .address = 0x4e0000000,
                                             .rgb = { 16, 8, 8, 7, 0, 6 } };
    machine_module(file, sizeof(file), "");
    ok(machine_load(), "a Linux kernel on an EFI machine (%s)", why.line);
    p = params();
    ok(!memcmp(ram + p->acpi_rsdp_addr, "RSD PTR ", 8), "a copy of the RSDP");
    ok(!memory_map_is_usable(&map, p->acpi_rsdp_addr, 1) && p->e820_entries == map.count,
       "which the map keeps safe");
    ok(p->screen.orig_video_is_vga == LINUX_VIDEO_EFI && p->screen.lfb_base == 0xe0000000 &&
           p->screen.ext_lfb_base == 4 && p->screen.capabilities == LINUX_VIDEO_64BIT_BASE &&
           p->screen.lfb_size == 768 * 4096 && p->screen.lfb_linelength == 4096,
       "the framebuffer");
    ok(!memcmp(p->screen.rgb_reserved, "\x08\x10\x07\x08\x06\x00", 6), "and its colours");
    machine_reset(RAM_END);
    boot.efi_system_table = 0x1000;
    machine_module(file, sizeof(file), "");
    ok(machine_load() && !params()->screen.orig_video_is_vga, "no screen that was not told of");
}

static void test_kernel_placement(void)
{
    struct linux_header h = header();

    make(h);
    machine_reset(RAM_END);
    memory_map_reserve(&map, PREFERRED + 0x1000, 0x1000);
    untouched = map;
    machine_module(file, sizeof(file), "");
    ok(machine_load() && kernel_is_at(0x600000), "the next aligned address where there is a hole");
    machine_reset(RAM_END);
    memory_map_reserve(&map, PREFERRED + 0x1000, 0x1000);
    memory_map_reserve(&map, 0x750000, RAM_END - 0x750000);
    untouched = map;
    machine_module(file, sizeof(file), "");
    ok(machine_load() && kernel_is_at(0x440000), "a lesser alignment where that leaves no room");
    machine_reset(RAM_END);
    memory_map_reserve(&map, PREFERRED, RAM_END - PREFERRED);
    untouched = map;
    machine_module(file, sizeof(file), "");
    ok(!machine_load() && refused("no room"), "never below the preferred address");
    h.relocatable_kernel = 0;
    ok(load_file(h) && kernel_is_at(LINUX_HIGH_BASE), "at 1 MiB where it is not relocatable");
    make(h);
    machine_reset(RAM_END);
    memory_map_reserve(&map, PREFERRED, 0x1000);
    untouched = map;
    machine_module(file, sizeof(file), "");
    ok(!machine_load() && refused("usable"), "and not if it would unpack over something");
    h.pref_address = LINUX_HIGH_BASE;
    h.init_size = 1;
    ok(load_file(h) && kernel_is_at(LINUX_HIGH_BASE), "one that unpacks in place");
    h.version = 0x206;
    h.pref_address = UINT64_MAX;
    ok(load_file(h) && kernel_is_at(LINUX_HIGH_BASE), "one of the oldest protocol");
}

static void test_initrd(void)
{
    static uint8_t first[4097], second[6];
    const uint64_t below = 0x800000;
    struct linux_header h = header();
    const struct linux_boot_params *p;

    memset(first, 1, sizeof(first));
    memset(second, 2, sizeof(second));
    h.initrd_addr_max = (uint32_t)below - 1;
    make(h);
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(first, sizeof(first), "");
    ok(machine_load() && params()->header.ramdisk_image == below - 0x2000 &&
           params()->header.ramdisk_size == sizeof(first) &&
           !memcmp(ram + below - 0x2000, first, sizeof(first)),
       "an initrd right below the kernel's limit (%s)", why.line);
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(first, sizeof(first), "");
    machine_module(second, sizeof(second), "");
    ok(machine_load(), "two of them");
    p = params();
    ok(p->header.ramdisk_size == 4100 + 8 &&
           !memcmp(ram + p->header.ramdisk_image, first, sizeof(first)) &&
           !ram[p->header.ramdisk_image + 4097] &&
           !memcmp(ram + p->header.ramdisk_image + 4100, second, sizeof(second)),
       "joined");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(ram + 0x100000, 0x280000, "")->address = 0x100000;
    ok(machine_load() && params()->header.ramdisk_image == 0x100000 && load.taken.count &&
           params()->header.ramdisk_size == 0x280000,
       "one that stays for want of room");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(ram, 0x500000, "");
    ok(!machine_load() && refused("initrd"), "one that does not fit below the limit");
}

/* RAM above 4 GiB is not looked at: at() gives the lower copy of it. */
static void *high_at(uint64_t address, uint64_t length)
{
    return guest_at(address & 0xffffffff, length);
}

static void test_initrd_above_4g(void)
{
    struct linux_header h = header();
    uint8_t *initrd = calloc(1, 0xa00000);

    h.xloadflags |= LINUX_XLF_ABOVE_4G;
    make(h);
    machine_reset(RAM_END);
    memory_map_add(&map, 0x100100000, RAM_END - 0x100000, MEMORY_USABLE);
    load.at = high_at;
    machine_module(file, sizeof(file), "");
    machine_module(initrd, 0xa00000, "");
    ok(machine_load() && params()->ext_ramdisk_image == 1 &&
           params()->header.ramdisk_image == RAM_END - 0xa00000,
       "an initrd above 4 GiB where the kernel allows it (%s)", why.line);
    free(initrd);
}

static void test_refusals(void)
{
    struct linux_header h = header();
    char line[300];

    h.version = 0x205;
    ok(!load_file(h) && refused("2.5"), "too old a protocol");
    h = header();
    h.loadflags = 0;
    ok(!load_file(h) && refused("zImage"), "a zImage");
    h = header();
    h.code32_start = 0;
    ok(!load_file(h) && refused("real mode"), "an image without a 32-bit entry");
    h = header();
    h.syssize++;
    ok(!load_file(h) && refused("truncated"), "a kernel longer than the file");
    h.syssize = 0;
    ok(!load_file(h) && refused("syssize"), "a kernel of no length");
    h = header();
    h.setup_sects = 200;
    ok(!load_file(h) && refused("setup code"), "setup code longer than the file");
    h = header();
    h.kernel_alignment = 0;
    ok(!load_file(h) && refused("alignment"), "no alignment");
    h.kernel_alignment = 0x300000;
    ok(!load_file(h) && refused("alignment"), "a senseless alignment");
    h = header();
    h.pref_address = 0x100000000;
    ok(!load_file(h) && refused("4 GiB"), "a preferred address above 4 GiB");
    h.pref_address = 0xfffff000;
    ok(!load_file(h) && refused("4 GiB"), "a range that ends above 4 GiB");
    h.pref_address = 0;
    ok(!load_file(h) && refused("1 MiB"), "a preferred address below 1 MiB");
    h = header();
    make(h);
    file[LINUX_HEADER_END_OFFSET] = 0x61;
    ok(!machine_load_file(file, sizeof(file)) && refused("too short"),
       "a header that is too short");
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    h.cmdline_size = 255;
    make(h);
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), line);
    ok(!machine_load() && refused("takes 255"), "a command line that is too long");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), line + sizeof(line) - 256);
    ok(machine_load(), "one that just fits");
}

static uint8_t *read_whole(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;

    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    data = malloc(*n);
    *n = fread(data, 1, *n, f);
    fclose(f);
    return data;
}

/* A real file in a machine of 256 MiB, with an initrd; then cut off here and there. */
static void test_real(const char *name, const char *path, uint64_t address)
{
    static const uint8_t initrd[100000];
    size_t n = 0;
    uint8_t *data = path ? read_whole(path, &n) : NULL;

    if (!data) {
        ok(true, "%s # SKIP not installed", name);
        return;
    }
    machine_reset(256 << 20);
    machine_module(data, n, "console=ttyS0,115200");
    machine_module(initrd, sizeof(initrd), "");
    ok(machine_load() && entry.rip == address, "%s: loaded (%s)", name, why.line);
    ok(!memcmp(ram + address, data + (data[0x1f1] + 1) * 512, 4096), "%s: in place", name);
    ok(params()->header.ramdisk_image > address + params()->header.init_size &&
           !strcmp(ram_text(params()->header.cmd_line_ptr), "console=ttyS0,115200"),
       "%s: initrd and command line", name);
    for (size_t i = 0; i < 3; i++) {
        const size_t cuts[] = { 0x20a, n / 2, n - 8192 };

        machine_reset(256 << 20);
        machine_module(data, cuts[i], "");
        ok(!machine_load() && refused("truncated"), "%s: cut off at %zu", name, cuts[i]);
    }
    free(data);
}

static void test_real_files(void)
{
    glob_t found;
    bool any = !glob("/boot/vmlinuz-*-cloud-amd64", 0, NULL, &found);

    test_real("Debian's cloud kernel", any ? found.gl_pathv[0] : NULL, 0x1000000);
    test_real("memtest86+ x64", "/boot/memtest86+x64.bin", 0x100000);
    test_real("memtest86+ ia32", "/boot/memtest86+ia32.bin", 0x100000);
    globfree(&found);
}

int main(void)
{
    test_entry_state();
    test_zero_page();
    test_efi();
    test_kernel_placement();
    test_initrd();
    test_initrd_above_4g();
    test_refusals();
    make(header());
    test_truncation(file, sizeof(file), sizeof(file) - 15, "Linux");
    test_damage(file, sizeof(file), 0x270, "Linux");
    test_real_files();
    free(ram);
    return tap_done();
}
