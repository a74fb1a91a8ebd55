/* sources: vmm/loader/bootinfo.c vmm/loader/boot_multiboot1.c vmm/loader/boot_multiboot2.c vmm/loader/memory_map.c vmm/format.c */
/* SPDX-License-Identifier: MIT */
/* Boot information of both kinds: read right, cut off at every byte, and damaged at random. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "vmm/loader/bootinfo.h"
#include "vmm/loader/multiboot.h"

enum { SPACE = 0x10000, INFO = 0x1000 };

static uint8_t *space;      /* physical memory from 0 on */
static uint64_t space_size; /* how much of it there is */
static struct boot_info boot;
static struct refusal why;

/* Memory is out of bounds until it was asked for. */
static void *at(uint64_t address, uint64_t length)
{
    if (address > space_size || length > space_size - address)
        return NULL;
    ASAN_UNPOISON_MEMORY_REGION(space + address, length);
    return space + address;
}

static bool parse(uint32_t magic)
{
    bool good;

    memset(&why, 0, sizeof(why));
    ASAN_POISON_MEMORY_REGION(space, SPACE);
    good = boot_info_parse(&boot, magic, INFO, at, &why);
    ASAN_UNPOISON_MEMORY_REGION(space, SPACE);
    return good;
}

static void reset(void)
{
    space_size = SPACE;
    memset(space, 0, SPACE);
}

static uint32_t put(uint32_t address, const void *from, size_t n)
{
    if (n)
        memcpy(space + address, from, n);
    return address;
}

static uint32_t put_string(uint32_t address, const char *text)
{
    return put(address, text, strlen(text) + 1);
}

/* Multiboot 1 information as GRUB leaves it, with everything that there is. */
static struct multiboot1_information *make_multiboot1(const char *loader)
{
    static const struct multiboot1_memory_map map[] = {
        { 20, 0, 0x9fc00, 1 },
        { 20, 0x9fc00, 0x400, 2 },
        { 20, 0x100000, 0x7f00000, 1 },
    };
    static const struct multiboot1_module modules[] = {
        { 0x200000, 0x210000, 0x3100, 0 },
        { 0x300000, 0x300000, 0, 0 },
    };
    struct multiboot1_information *info = (void *)(space + INFO);

    reset();
    *info = (struct multiboot1_information){
        .flags = 0x1e4f,
        .mem_lower = 639,
        .mem_upper = 65536,
        .boot_device = 0x8001ffff,
        .cmdline = put_string(0x3000, "exits=all ring=64K"),
        .mods_count = 2,
        .mods_addr = put(0x4000, modules, sizeof(modules)),
        .mmap_length = sizeof(map),
        .mmap_addr = put(0x5000, map, sizeof(map)),
        .boot_loader_name = put_string(0x6000, loader),
        .apm_table = 0x7000,
        .vbe_control_info = 0x8000,
        .vbe_mode_info = 0x8200,
        .vbe_mode = 0x118,
        .framebuffer_addr = 0xe0000000,
        .framebuffer_pitch = 4096,
        .framebuffer_width = 1024,
        .framebuffer_height = 768,
        .framebuffer_bpp = 32,
        .framebuffer_type = 1,
        .color_info = { 16, 8, 8, 8, 0, 8 },
    };
    put_string(0x3100, "kernel.bin root=/dev/ram");
    space[0x7000] = 1;
    space[0x8000] = 'V';
    space[0x82ff] = 0x55;
    return info;
}

static void test_multiboot1(void)
{
    make_multiboot1("GRUB 2.06");
    ok(parse(MULTIBOOT1_BOOT_MAGIC), "Multiboot 1 information is read (%s)", why.line);
    ok(!strcmp(boot.command_line, "exits=all ring=64K"), "its command line");
    ok(!strcmp(boot.loader_name, "GRUB 2.06"), "its loader's name");
    ok(boot.module_count == 2 && boot.module[0].start == 0x200000 && boot.module[0].end == 0x210000,
       "its modules");
    ok(!strcmp(boot.module[0].command_line, "kernel.bin root=/dev/ram") &&
           !*boot.module[1].command_line,
       "and their command lines");
    ok(boot.map.count == 3 && boot.map.region[2].length == 0x7f00000, "its memory map");
    ok(boot.has_boot_device && boot.boot_device[0] == 0x80 && boot.boot_device[1] == 1 &&
           boot.boot_device[2] == UINT32_MAX,
       "its boot device");
    ok(boot.framebuffer.present && boot.framebuffer.address == 0xe0000000 &&
           boot.framebuffer.width == 1024 && boot.framebuffer.rgb[0] == 16,
       "its framebuffer");
    ok(boot.vbe.present && boot.vbe.mode == 0x118 && boot.vbe.control[0] == 'V' &&
           boot.vbe.mode_information[255] == 0x55,
       "its VBE information");
    ok(boot.apm_length == 20 && boot.apm[0] == 1, "its APM table");
    memset(space, 0xff, SPACE);
    ok(!strcmp(boot.command_line, "exits=all ring=64K"), "and keeps nothing of the loader's");
}

static void test_names(void)
{
    make_multiboot1("qemu");
    put_string(0x3000, "/build/vexit32.elf exits=all");
    ok(parse(MULTIBOOT1_BOOT_MAGIC) && !strcmp(boot.command_line, "exits=all") &&
           !strcmp(boot.module[0].command_line, "root=/dev/ram"),
       "QEMU's file names are dropped");
    put_string(0x3000, "vexit32.elf");
    ok(parse(MULTIBOOT1_BOOT_MAGIC) && !*boot.command_line, "where nothing follows, too");
}

static void test_multiboot1_variants(void)
{
    struct multiboot1_information *info = make_multiboot1("GRUB 2.06");

    info->flags = MULTIBOOT1_MEMORY;
    ok(parse(MULTIBOOT1_BOOT_MAGIC) && boot.map.count == 2 &&
           boot.map.region[0].length == 639 * 1024 && boot.map.region[1].length == 0x4000000,
       "memory sizes stand in for a map");
    ok(!*boot.command_line && !boot.module_count && !boot.framebuffer.present, "no flags, nothing");
    info->flags = 0;
    ok(!parse(MULTIBOOT1_BOOT_MAGIC) && strstr(why.line, "no memory map"), "no memory: refused");
    info = make_multiboot1("GRUB 2.06");
    info->mods_count = BOOT_MODULE_MAX + 1;
    ok(!parse(MULTIBOOT1_BOOT_MAGIC) && strstr(why.line, "modules"), "too many modules: refused");
    info->mods_count = 1;
    info->mods_addr = UINT32_MAX - 4;
    ok(!parse(MULTIBOOT1_BOOT_MAGIC) && strstr(why.line, "module list"), "a list out of memory");
    info = make_multiboot1("GRUB 2.06");
    memset(space + 0x3000, 'x', SPACE - 0x3000);
    ok(!parse(MULTIBOOT1_BOOT_MAGIC) && strstr(why.line, "bytes"), "a text without an end");
    ok(!parse(0x12345678) && strstr(why.line, "0x12345678"), "no Multiboot loader: refused");
}

/* Multiboot2 information, tag by tag. */
static uint32_t used;

static void tag(uint32_t type, const void *payload, uint32_t n)
{
    const struct multiboot2_tag head = { type, (uint32_t)sizeof(head) + n };

    used = (used + 7) & ~7u;
    put(INFO + used, &head, sizeof(head));
    put(INFO + used + (uint32_t)sizeof(head), payload, n);
    used += head.size;
    memcpy(space + INFO, &used, sizeof(used));
}

static void begin_multiboot2(void)
{
    reset();
    used = sizeof(struct multiboot2_information);
}

static void memory_tag(void)
{
    static const struct {
        struct multiboot2_memory_map head;
        struct multiboot2_memory_map_entry entry[3];
    } map = {
        { 24, 0 },
        { { 0, 0xa0000, 1, 0 }, { 0x100000, 0x3ff00000, 1, 0 }, { 0xfec00000, 0x1000, 2, 0 } }
    };

    tag(MULTIBOOT2_MEMORY_MAP, &map, sizeof(map));
}

static void module_tag(uint32_t start, uint32_t end, const char *line)
{
    uint8_t payload[128];
    const uint32_t range[2] = { start, end };

    memcpy(payload, range, sizeof(range));
    memcpy(payload + 8, line, strlen(line) + 1);
    tag(MULTIBOOT2_MODULE, payload, 8 + (uint32_t)strlen(line) + 1);
}

static void make_multiboot2(void)
{
    static const uint32_t basic[2] = { 640, 1024 }, device[3] = { 0x80, 0, UINT32_MAX };
    static const struct multiboot2_framebuffer screen = {
        0x1e0000000, 3200, 800, 600, 32, FRAMEBUFFER_RGB, 0, { 16, 8, 8, 8, 0, 8 },
    };
    static const struct multiboot2_vbe vbe = { .mode = 0x115, .mode_info = { [255] = 9 } };
    static const uint64_t table = 0x7f000018;
    static const uint8_t smbios[8 + 31] = { 2, 8, [8] = '_' };

    begin_multiboot2();
    tag(MULTIBOOT2_COMMAND_LINE, "exits=cr,io", 12);
    tag(MULTIBOOT2_LOADER_NAME, "GRUB 2.06", 10);
    module_tag(0x800000, 0x900001, "console=ttyS0");
    module_tag(0xa00000, 0xa00000, "");
    tag(MULTIBOOT2_BASIC_MEMORY, basic, sizeof(basic));
    tag(MULTIBOOT2_BOOT_DEVICE, device, sizeof(device));
    memory_tag();
    tag(MULTIBOOT2_FRAMEBUFFER, &screen, sizeof(screen));
    tag(MULTIBOOT2_VBE, &vbe, sizeof(vbe));
    tag(MULTIBOOT2_EFI64_SYSTEM_TABLE, &table, sizeof(table));
    tag(MULTIBOOT2_SMBIOS, smbios, sizeof(smbios));
    tag(MULTIBOOT2_ACPI_NEW, "RSD PTR 2............................", 36);
    tag(MULTIBOOT2_ACPI_OLD, "RSD PTR 0............", 20);
    tag(MULTIBOOT2_APM, "apm table 20 bytes..", 20);
    tag(999, "from the future", 15);
    tag(MULTIBOOT2_END, NULL, 0);
}

static void test_multiboot2(void)
{
    make_multiboot2();
    ok(parse(MULTIBOOT2_BOOT_MAGIC), "Multiboot2 information is read (%s)", why.line);
    ok(!strcmp(boot.command_line, "exits=cr,io") && !strcmp(boot.loader_name, "GRUB 2.06"),
       "its texts");
    ok(boot.module_count == 2 && boot.module[0].end == 0x900001 &&
           !strcmp(boot.module[0].command_line, "console=ttyS0") && !*boot.module[1].command_line,
       "its modules");
    ok(boot.map.count == 3 && boot.map.region[1].base == 0x100000, "its memory map");
    ok(boot.has_boot_device && boot.boot_device[0] == 0x80 && boot.boot_device[1] == 0,
       "its boot device");
    ok(boot.framebuffer.present && boot.framebuffer.address == 0x1e0000000 &&
           boot.framebuffer.bits_per_pixel == 32 && boot.framebuffer.rgb[5] == 8,
       "its framebuffer");
    ok(boot.vbe.mode == 0x115 && boot.vbe.mode_information[255] == 9, "its VBE information");
    ok(boot.efi_system_table == 0x7f000018 && !boot.efi_32, "its EFI system table");
    ok(boot.smbios_length == 31 && boot.smbios_version[1] == 8 && boot.smbios[0] == '_',
       "its SMBIOS entry point");
    ok(boot.rsdp_length == 36 && boot.rsdp[8] == '2', "the newer RSDP of two");
    ok(boot.apm_length == 20, "its APM table");
    memset(space, 0xff, SPACE);
    ok(!strcmp(boot.module[0].command_line, "console=ttyS0"), "and keeps nothing of the loader's");
}

static void test_multiboot2_variants(void)
{
    static const uint32_t basic[2] = { 640, 1024 };
    const struct multiboot2_memory_map odd = { 8, 0 };
    static const char text[BOOT_TEXT_MAX];
    const uint32_t huge = UINT32_MAX;

    begin_multiboot2();
    tag(MULTIBOOT2_BASIC_MEMORY, basic, sizeof(basic));
    tag(MULTIBOOT2_END, NULL, 0);
    ok(parse(MULTIBOOT2_BOOT_MAGIC) && boot.map.count == 2 && boot.map.region[1].length == 0x100000,
       "memory sizes stand in for a map");
    begin_multiboot2();
    memory_tag();
    ok(!parse(MULTIBOOT2_BOOT_MAGIC) && strstr(why.line, "end tag"), "no end tag: refused");
    begin_multiboot2();
    tag(MULTIBOOT2_MEMORY_MAP, &odd, sizeof(odd));
    ok(!parse(MULTIBOOT2_BOOT_MAGIC), "memory map entries that are too short: refused");
    begin_multiboot2();
    module_tag(0x2000, 0x1fff, "");
    ok(!parse(MULTIBOOT2_BOOT_MAGIC) && strstr(why.line, "before"), "a module that ends too early");
    begin_multiboot2();
    memory_tag();
    tag(MULTIBOOT2_COMMAND_LINE, text, sizeof(text));
    memset(space + INFO + used - sizeof(text), 'x', sizeof(text));
    tag(MULTIBOOT2_END, NULL, 0);
    ok(!parse(MULTIBOOT2_BOOT_MAGIC) && strstr(why.line, "shorten"), "too much text: refused");
    begin_multiboot2();
    memcpy(space + INFO, &huge, sizeof(huge));
    ok(!parse(MULTIBOOT2_BOOT_MAGIC), "a size beyond memory: refused");
}

/* Each shorter piece of memory is refused with a line; what is not there is never touched. */
static void test_cut(uint32_t magic, uint64_t end)
{
    unsigned refused = 0;

    for (space_size = INFO; space_size < end; space_size++)
        refused += !parse(magic) && *why.line;
    is(refused, end - INFO, "cut off at every byte: refused with a line");
    space_size = SPACE;
}

/* total_size itself cut down at every byte. */
static void test_short_total(void)
{
    unsigned refused = 0;

    make_multiboot2();
    for (uint32_t total = 0; total < used; total++) {
        memcpy(space + INFO, &total, sizeof(total));
        refused += !parse(MULTIBOOT2_BOOT_MAGIC) && *why.line;
    }
    is(refused, used, "each shorter total size is refused");
}

static bool plausible(bool good)
{
    if (!good)
        return *why.line;
    for (uint32_t i = 0; i < boot.module_count; i++)
        if (boot.module[i].end < boot.module[i].start ||
            strlen(boot.module[i].command_line) > SPACE)
            return false;
    return boot.command_line && boot.loader_name && memory_map_usable_total(&boot.map) > 0;
}

static void test_damage(uint32_t magic)
{
    uint64_t state = magic;
    unsigned good = 0;

    for (unsigned i = 0; i < 20000; i++) {
        if (magic == MULTIBOOT1_BOOT_MAGIC)
            make_multiboot1("GRUB 2.06");
        else
            make_multiboot2();
        for (uint64_t n = 1 + random_below(&state, 4); n; n--) {
            uint32_t value = (uint32_t)random_wild(&state);
            uint64_t where = random_below(&state, magic == MULTIBOOT1_BOOT_MAGIC ? 29 : used / 4);

            memcpy(space + INFO + where * 4, &value, 1 + random_below(&state, 4));
        }
        good += plausible(parse(magic));
    }
    is(good, 20000, "random damage gives a refusal or something plausible");
}

int main(void)
{
    space = malloc(SPACE);
    test_multiboot1();
    test_names();
    test_multiboot1_variants();
    test_multiboot2();
    test_multiboot2_variants();
    make_multiboot1("GRUB 2.06");
    test_cut(MULTIBOOT1_BOOT_MAGIC, 0x8300);
    make_multiboot2();
    test_cut(MULTIBOOT2_BOOT_MAGIC, INFO + used);
    test_short_total();
    test_damage(MULTIBOOT1_BOOT_MAGIC);
    test_damage(MULTIBOOT2_BOOT_MAGIC);
    free(space);
    return tap_done();
}
