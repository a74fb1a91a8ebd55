/* sources: vmm/guest_image.c vmm/guest_elf.c vmm/guest_flat.c vmm/guest_multiboot1.c vmm/guest_multiboot2.c vmm/guest_multiboot2_info.c vmm/guest_linux.c vmm/guest_linux_zero_page.c vmm/memory_map.c vmm/format.c */
/* SPDX-License-Identifier: MIT */
/* Multiboot guests of both versions: loaded right, refused right, truncated and damaged. */
#include <elf.h>

#include "tests/unit/guest_machine.h"
#include "vmm/multiboot.h"

enum {
    FILE_SIZE = 0x1000,
    HEADER_AT = 0x200, /* of the Multiboot header in each file */
    CODE_AT = 0x400,   /* 0x400 bytes */
    DATA_AT = 0x800,   /* 0x200 bytes, 0x1200 in memory */
    NAMES_AT = 0xa00,  /* a section without an address: 0x33 bytes */
    BASE = 0x200000,   /* physical, of the code */
};

static uint8_t file[FILE_SIZE];

static void put(size_t at, const void *from, size_t n)
{
    memcpy(file + at, from, n);
}

/* Bytes that tell where in the file they were. */
static void fill(void)
{
    for (size_t i = 0; i < sizeof(file); i++)
        file[i] = (uint8_t)(i * 7 + i / 256);
    memset(file + HEADER_AT, 0, 0x100);
}

static void put_multiboot1(uint32_t flags)
{
    const uint32_t words[] = { MULTIBOOT1_HEADER_MAGIC, flags, -(MULTIBOOT1_HEADER_MAGIC + flags) };

    put(HEADER_AT, words, sizeof(words));
}

static uint32_t header_used;

static void begin_multiboot2(void)
{
    memset(file + HEADER_AT, 0, 0x100);
    header_used = sizeof(struct multiboot2_header);
}

static void header_tag(uint16_t type, uint16_t flags, const void *payload, uint32_t n)
{
    const struct multiboot2_header_tag tag = { type, flags, (uint32_t)sizeof(tag) + n };

    header_used = (header_used + 7) & ~7u;
    put(HEADER_AT + header_used, &tag, sizeof(tag));
    if (n)
        put(HEADER_AT + header_used + sizeof(tag), payload, n);
    header_used += tag.size;
}

static void end_multiboot2(uint32_t architecture)
{
    struct multiboot2_header head = { MULTIBOOT2_HEADER_MAGIC, architecture, 0, 0 };

    header_tag(MULTIBOOT2_HEADER_END, 0, NULL, 0);
    head.header_length = header_used;
    head.checksum = -(head.magic + head.architecture + head.header_length);
    put(HEADER_AT, &head, sizeof(head));
}

/* Code at BASE and data a page after it, linked at 0xc0000000 and up; the entry is in the code. */
static void make_elf32(void)
{
    const size_t sections = FILE_SIZE - 3 * sizeof(Elf32_Shdr);
    const Elf32_Ehdr header = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = EM_386,
        .e_version = EV_CURRENT,
        .e_entry = 0xc0200010,
        .e_phoff = sizeof(header),
        .e_shoff = (Elf32_Off)sections,
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf32_Phdr),
        .e_phnum = 3,
        .e_shentsize = sizeof(Elf32_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
    };
    const Elf32_Phdr segments[3] = {
        { PT_LOAD, CODE_AT, 0xc0200000, BASE, 0x400, 0x400, PF_R | PF_X, 0x1000 },
        { PT_NOTE, 0, 0, 0, 0xffffffff, 0xffffffff, PF_R, 4 },
        { PT_LOAD, DATA_AT, 0xc0201000, BASE + 0x1000, 0x200, 0x1200, PF_R | PF_W, 0x1000 },
    };
    const Elf32_Shdr table[3] = {
        [1] = { 1, SHT_PROGBITS, SHF_ALLOC, 0xc0200000, CODE_AT, 0x400, 0, 0, 16, 0 },
        [2] = { 7, SHT_STRTAB, 0, 0, NAMES_AT, 0x33, 0, 0, 16, 0 },
    };

    fill();
    put(0, &header, sizeof(header));
    put(sizeof(header), segments, sizeof(segments));
    put(sections, table, sizeof(table));
    put_multiboot1(MULTIBOOT1_HEADER_ALIGN_MODULES | MULTIBOOT1_HEADER_MEMORY);
}

static void make_elf64(void)
{
    const size_t sections = FILE_SIZE - 3 * sizeof(Elf64_Shdr);
    const Elf64_Ehdr header = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = BASE + 0x20,
        .e_phoff = sizeof(header),
        .e_shoff = sections,
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
    };
    const Elf64_Phdr segments[2] = {
        { PT_LOAD, PF_R | PF_X, CODE_AT, BASE, BASE, 0x400, 0x400, 0x1000 },
        { PT_LOAD, PF_R | PF_W, DATA_AT, BASE + 0x1000, BASE + 0x1000, 0x200, 0x1200, 0x1000 },
    };
    const Elf64_Shdr table[3] = {
        [1] = { 1, SHT_PROGBITS, SHF_ALLOC, BASE, CODE_AT, 0x400, 0, 0, 16, 0 },
        [2] = { 7, SHT_STRTAB, 0, 0, NAMES_AT, 0x33, 0, 0, 1, 0 },
    };

    fill();
    put(0, &header, sizeof(header));
    put(sizeof(header), segments, sizeof(segments));
    put(sections, table, sizeof(table));
    begin_multiboot2();
    end_multiboot2(MULTIBOOT2_ARCHITECTURE_I386);
}

static bool load_file(void)
{
    return machine_load_file(file, sizeof(file));
}

static bool segments_are_at(uint64_t base)
{
    static const uint8_t zeroes[0x1000];

    return !memcmp(ram + base, file + CODE_AT, 0x400) &&
           !memcmp(ram + base + 0x1000, file + DATA_AT, 0x200) &&
           !memcmp(ram + base + 0x1200, zeroes, sizeof(zeroes));
}

static void describe_machine(void)
{
    boot.has_boot_device = true;
    boot.boot_device[0] = 0x80;
    boot.boot_device[1] = 0;
    boot.boot_device[2] = UINT32_MAX;
    boot.framebuffer = (struct framebuffer){ .present = true,
                                             .bits_per_pixel = 16,
                                             .type = FRAMEBUFFER_TEXT,
                                             .address = 0xb8000,
                                             .pitch = 160,
                                             .width = 80,
                                             .height = 25 };
    boot.vbe.present = true;
    boot.vbe.mode = 3;
    boot.vbe.control[0] = 'V';
    boot.vbe.mode_information[255] = 77;
    boot.apm_length = 20;
    boot.apm[0] = 9;
    boot.rsdp_length = 36;
    memcpy(boot.rsdp, "RSD PTR ", 8);
    boot.smbios_length = 31;
    boot.smbios_version[0] = 3;
    boot.efi_system_table = 0x1234567890;
}

/* The file with two modules, on a machine with everything to tell of. */
static bool load_with_modules(void)
{
    static uint8_t first[5000], second[3];

    memset(first, 0x11, sizeof(first));
    memset(second, 0x22, sizeof(second));
    machine_reset(RAM_END);
    describe_machine();
    machine_module(file, sizeof(file), "kernel=line");
    machine_module(first, sizeof(first), "first module");
    machine_module(second, sizeof(second), "");
    return machine_load();
}

static bool module_is(uint32_t start, uint32_t end, uint8_t byte, uint32_t length)
{
    return end - start == length && start % 4096 == 0 && start >= 0x100000 &&
           memory_map_is_usable(&map, start, length) && ram[start] == byte && ram[end - 1] == byte;
}

static void test_entry_state(const char *name, uint32_t magic, uint64_t rip)
{
    is(entry.rip, rip, "%s: entry address", name);
    is(entry.rax, magic, "%s: EAX", name);
    ok(entry.rbx % 8 == 0 && entry.rbx < LOW_END, "%s: EBX below 640 KiB", name);
    is(entry.rsp, 0x7ff00, "%s: a stack", name);
    ok(!entry.gdt_base && entry.code_selector && entry.data_selector, "%s: no GDT", name);
    ok(!entry.rcx && !entry.rdx && !entry.rsi && !entry.rdi && !entry.rbp, "%s: the rest", name);
}

static struct multiboot1_information information(void)
{
    struct multiboot1_information info;

    memcpy(&info, ram + entry.rbx, sizeof(info));
    return info;
}

static void test_multiboot1_information(void)
{
    struct multiboot1_information info;
    struct multiboot1_module modules[2];
    struct multiboot1_memory_map entries[4];
    Elf32_Shdr names;

    make_elf32();
    ok(load_with_modules(), "Multiboot 1 ELF kernel with modules (%s)", why.line);
    ok(segments_are_at(BASE), "its segments are in place, the rest is zero");
    test_entry_state("Multiboot 1", MULTIBOOT1_BOOT_MAGIC, BASE + 0x10);
    info = information();
    is(info.flags, 0x1e6f, "all that there is to tell is told");
    ok(!strcmp(ram_text(info.cmdline), "kernel=line") &&
           !strcmp(ram_text(info.boot_loader_name), "vexit"),
       "command line, loader name");
    ok(info.mem_lower == 639 && info.mem_upper == (RAM_END - 0x100000) / 1024, "memory sizes");
    is(info.boot_device, 0x8000ffff, "boot device");
    memcpy(modules, ram + info.mods_addr, sizeof(modules));
    ok(info.mods_count == 2 && module_is(modules[0].mod_start, modules[0].mod_end, 0x11, 5000) &&
           module_is(modules[1].mod_start, modules[1].mod_end, 0x22, 3),
       "modules");
    ok(!strcmp(ram_text(modules[0].string), "first module") && !*ram_text(modules[1].string),
       "their command lines");
    is(info.mmap_length, sizeof(entries), "length of the memory map");
    memcpy(entries, ram + info.mmap_addr, sizeof(entries));
    ok(entries[0].size == 20 && entries[0].length == LOW_END && entries[3].base_addr == 0x100000 &&
           entries[2].type == MEMORY_RESERVED,
       "memory map");
    ok(info.framebuffer_addr == 0xb8000 && info.framebuffer_type == FRAMEBUFFER_TEXT, "screen");
    ok(ram[info.vbe_control_info] == 'V' && ram[info.vbe_mode_info + 255] == 77, "VBE");
    is(ram[info.apm_table], 9, "APM table");
    memcpy(&names, ram + info.elf.addr + 2 * sizeof(names), sizeof(names));
    ok(info.elf.num == 3 && info.elf.size == sizeof(names) && info.elf.shndx == 2 &&
           names.sh_addr % 16 == 0 && !memcmp(ram + names.sh_addr, file + NAMES_AT, 0x33),
       "ELF sections");
}

/* The tag of one type, or NULL; checks on the way that all tags are in their place. */
static const struct multiboot2_tag *find_tag(uint32_t type)
{
    const struct multiboot2_tag *found = NULL;
    uint32_t total = ram32(entry.rbx);

    for (uint32_t at = 8; at < total;) {
        const struct multiboot2_tag *tag = (const void *)(ram + entry.rbx + at);

        if (tag->type == type && !found)
            found = tag;
        if (tag->type == MULTIBOOT2_END)
            return at + 8 == total ? found : NULL;
        at += (tag->size + 7) & ~7u;
    }
    return NULL;
}

static const void *tag_payload(uint32_t type, uint32_t length)
{
    static const uint32_t nothing[256];
    const struct multiboot2_tag *tag = find_tag(type);

    return tag && tag->size == length + 8 ? (const void *)(tag + 1) : nothing;
}

static void test_multiboot2_information(void)
{
    const uint32_t *words;
    Elf64_Shdr names;

    make_elf64();
    ok(load_with_modules(), "Multiboot2 ELF64 kernel with modules (%s)", why.line);
    ok(segments_are_at(BASE), "its segments are in place, the rest is zero");
    test_entry_state("Multiboot2", MULTIBOOT2_BOOT_MAGIC, BASE + 0x20);
    ok(!strcmp(tag_payload(MULTIBOOT2_COMMAND_LINE, 12), "kernel=line"), "command line");
    ok(!strcmp(tag_payload(MULTIBOOT2_LOADER_NAME, 6), "vexit"), "loader name");
    words = tag_payload(MULTIBOOT2_MODULE, 21);
    ok(module_is(words[0], words[1], 0x11, 5000) &&
           !strcmp((const char *)(words + 2), "first module"),
       "first module");
    words = tag_payload(MULTIBOOT2_BASIC_MEMORY, 8);
    ok(words[0] == 639 && words[1] == (RAM_END - 0x100000) / 1024, "memory sizes");
    words = tag_payload(MULTIBOOT2_MEMORY_MAP, 8 + 4 * 24);
    ok(words[0] == 24 && words[1] == 0 && words[4] == LOW_END && words[6] == MEMORY_USABLE,
       "memory map");
    ok(!memcmp(tag_payload(MULTIBOOT2_BOOT_DEVICE, 12), boot.boot_device, 12), "boot device");
    words = tag_payload(MULTIBOOT2_FRAMEBUFFER, 30);
    ok(words[0] == 0xb8000 && words[2] == 160 && words[3] == 80, "screen");
    ok(((const uint8_t *)tag_payload(MULTIBOOT2_VBE, 776))[8] == 'V', "VBE");
    ok(*(const uint8_t *)tag_payload(MULTIBOOT2_APM, 20) == 9, "APM table");
    ok(!memcmp(tag_payload(MULTIBOOT2_EFI64_SYSTEM_TABLE, 8), &boot.efi_system_table, 8), "EFI");
    ok(*(const uint8_t *)tag_payload(MULTIBOOT2_SMBIOS, 39) == 3, "SMBIOS");
    ok(!memcmp(tag_payload(MULTIBOOT2_ACPI_NEW, 36), "RSD PTR ", 8), "RSDP");
    ok(!find_tag(MULTIBOOT2_ACPI_OLD) && !find_tag(MULTIBOOT2_LOAD_BASE), "nothing else");
    words = tag_payload(MULTIBOOT2_ELF_SECTIONS, 12 + 3 * sizeof(names));
    memcpy(&names, (const uint8_t *)words + 12 + 2 * sizeof(names), sizeof(names));
    ok(words[0] == 3 && words[2] == 2 && !memcmp(ram + names.sh_addr, file + NAMES_AT, 0x33),
       "ELF sections");
}

/* Not an ELF file: loaded from CODE_AT on, by the header's own fields. */
static void make_flat1(uint32_t header, uint32_t start, uint32_t end, uint32_t bss,
                       uint32_t entry_at)
{
    const uint32_t fields[] = { header, start, end, bss, entry_at };

    fill();
    put_multiboot1(MULTIBOOT1_HEADER_ADDRESSES);
    put(HEADER_AT + 12, fields, sizeof(fields));
}

static void test_flat1(void)
{
    make_flat1(BASE + 0x100, BASE, BASE + 0x800, BASE + 0x2000, BASE + 0x300);
    ok(load_file() && entry.rip == BASE + 0x300, "Multiboot 1 with address fields (%s)", why.line);
    ok(!memcmp(ram + BASE, file + HEADER_AT - 0x100, 0x800) && !ram[BASE + 0x800] &&
           !ram[BASE + 0x1fff],
       "its bytes are in place, the rest is zero");
    make_flat1(BASE + HEADER_AT, BASE, 0, 0, BASE);
    ok(load_file() && !memcmp(ram + BASE, file, sizeof(file)), "without ends: the whole file");
    make_flat1(BASE, BASE + 1, 0, 0, BASE + 1);
    ok(!load_file() && refused("does not fit"), "a header before the start");
    make_flat1(BASE + HEADER_AT + 1, BASE, 0, 0, BASE);
    ok(!load_file() && refused("does not fit"), "a start before the file");
    make_flat1(BASE + HEADER_AT, BASE, BASE + FILE_SIZE + 1, 0, BASE);
    ok(!load_file() && refused("truncated"), "an end behind the file");
    make_flat1(BASE + HEADER_AT, BASE, BASE - 1, 0, BASE);
    ok(!load_file() && refused("ascend"), "an end before the start");
    make_flat1(BASE + HEADER_AT, BASE, BASE + 0x800, BASE + 0x7ff, BASE);
    ok(!load_file() && refused("ascend"), "zeroes that end before they start");
    make_flat1(BASE + HEADER_AT, BASE, 0, 0, BASE + FILE_SIZE);
    ok(!load_file() && refused("entry"), "an entry behind the image");
    make_flat1(RAM_END + HEADER_AT, RAM_END, 0, 0, RAM_END);
    ok(!load_file() && refused("usable"), "an address behind memory");
    make_flat1(LOW_END - 0x800 + HEADER_AT, LOW_END - 0x800, 0, 0, LOW_END - 0x800);
    ok(!load_file() && refused("usable"), "an image that runs over the end of low memory");
    make_flat1(0xfffff000 + HEADER_AT, 0xfffff000, 0, 0xfffffff0, 0xfffff000);
    ok(!load_file() && strchr(why.line, ';'), "an image at the end of 4 GiB");
}

static void test_multiboot1_refusals(void)
{
    make_elf32();
    put_multiboot1(1 << 5);
    ok(!load_file() && refused("features 0x20"), "an unknown requirement");
    put_multiboot1(MULTIBOOT1_HEADER_VIDEO);
    ok(!load_file() && refused("video"), "a video mode where none is known");
    put_multiboot1(MULTIBOOT1_HEADER_VIDEO);
    ok(load_with_modules(), "a video mode where one is known");
    put_multiboot1(0);
    file[0] = 0;
    ok(!load_file() && refused("not ELF"), "neither ELF nor address fields");
    machine_reset(RAM_END);
    ok(!machine_load() && refused("no guest image"), "no module at all");
    ok(!machine_load_file(file, 0) && refused("empty"), "an empty file");
    fill();
    ok(!load_file() && refused("no Multiboot kernel"), "a file of unknown kind");
    file[0] = 0x1f;
    file[1] = 0x8b;
    ok(!load_file() && refused("gzip"), "a compressed file");
    make_elf32();
    memset(file + HEADER_AT, 0, 12);
    ok(!load_file() && refused("without a Multiboot header"), "ELF without a header");
}

static void put_byte(size_t at, uint8_t value)
{
    file[at] = value;
}

static void put_word(size_t at, uint32_t value)
{
    put(at, &value, sizeof(value));
}

/* Field of segment i of the 32-bit file. */
#define SEGMENT(i, field)                                                                          \
    (sizeof(Elf32_Ehdr) + (i) * sizeof(Elf32_Phdr) + offsetof(Elf32_Phdr, field))

static void test_elf_refusals(void)
{
    make_elf32();
    put_word(SEGMENT(2, p_paddr), BASE + 0x3ff);
    ok(!load_file() && refused("lies already"), "segments that overlap by a byte");
    put_word(SEGMENT(2, p_paddr), BASE + 0x400);
    ok(load_file(), "segments that touch");
    put_word(SEGMENT(2, p_paddr), 0xfffff000);
    ok(!load_file() && refused("4 GiB"), "a segment that wraps");
    put_word(SEGMENT(2, p_paddr), 0xf8000);
    ok(!load_file() && refused("usable"), "a segment in the BIOS");
    make_elf32();
    put_word(SEGMENT(0, p_filesz), 0x401);
    ok(!load_file() && refused("in memory"), "more in the file than in memory");
    put_word(SEGMENT(0, p_filesz), 0x400);
    put_word(SEGMENT(0, p_offset), FILE_SIZE - 0x3ff);
    ok(!load_file() && refused("truncated"), "a segment behind the file");
    put_word(SEGMENT(0, p_offset), 0xffffffff);
    ok(!load_file() && refused("truncated"), "a segment far behind it");
    make_elf32();
    put_word(offsetof(Elf32_Ehdr, e_entry), 0x1234);
    ok(!load_file() && refused("entry"), "an entry in no segment");
    put_word(offsetof(Elf32_Ehdr, e_entry), BASE + 0x1000);
    ok(load_file() && entry.rip == BASE + 0x1000, "a physical entry address");
    make_elf32();
    put_word(offsetof(Elf32_Ehdr, e_phoff), 0xfffffff0);
    ok(!load_file() && refused("program headers"), "program headers behind the file");
    make_elf32();
    put_byte(offsetof(Elf32_Ehdr, e_phentsize), 31);
    ok(!load_file() && refused("program headers"), "program headers that are too short");
    make_elf32();
    put_byte(offsetof(Elf32_Ehdr, e_machine), EM_ARM);
    ok(!load_file() && refused("machine 40"), "another machine");
    make_elf32();
    put_byte(offsetof(Elf32_Ehdr, e_type), ET_REL);
    ok(!load_file() && refused("executable"), "an object file");
    make_elf32();
    put_byte(offsetof(Elf32_Ehdr, e_phnum), 0);
    ok(!load_file() && refused("anything to load"), "nothing to load");
}

static const struct multiboot2_header_relocatable anywhere = { 0x300000, 0xffffff, 0x10000,
                                                               MULTIBOOT2_LOAD_ANYWHERE };

static void make_relocatable(struct multiboot2_header_relocatable ask)
{
    const struct multiboot2_header_address fields = { BASE + 0x100, BASE, BASE + 0x800,
                                                      BASE + 0x2000 };
    const uint32_t entry_at = BASE + 0x300;

    fill();
    begin_multiboot2();
    header_tag(MULTIBOOT2_HEADER_ADDRESS, 0, &fields, sizeof(fields));
    header_tag(MULTIBOOT2_HEADER_ENTRY_ADDRESS, 0, &entry_at, sizeof(entry_at));
    header_tag(MULTIBOOT2_HEADER_RELOCATABLE, 0, &ask, sizeof(ask));
    end_multiboot2(MULTIBOOT2_ARCHITECTURE_I386);
}

static bool loaded_at(uint64_t base)
{
    return load_file() && entry.rip == base + 0x300 &&
           *(const uint32_t *)tag_payload(MULTIBOOT2_LOAD_BASE, 4) == base &&
           !memcmp(ram + base, file + HEADER_AT - 0x100, 0x800) && !ram[base + 0x1fff];
}

static void test_relocation(void)
{
    struct multiboot2_header_relocatable ask = anywhere;

    make_relocatable(ask);
    ok(loaded_at(0x300000), "relocated to the lowest place of the window (%s)", why.line);
    ask.preference = MULTIBOOT2_LOAD_HIGHEST;
    make_relocatable(ask);
    ok(loaded_at(0xff0000), "to the highest one");
    ask = (struct multiboot2_header_relocatable){ 0, UINT32_MAX, 0x1000, MULTIBOOT2_LOAD_LOWEST };
    make_relocatable(ask);
    ok(loaded_at(0x1000), "to the lowest one, but not on the BIOS data area");
    ask.preference = MULTIBOOT2_LOAD_ANYWHERE;
    make_relocatable(ask);
    ok(loaded_at(BASE), "to its link address without a preference");
    ask.max_addr = ask.min_addr = BASE;
    make_relocatable(ask);
    ok(!load_file() && refused("no room"), "a window that is too small");
    ask = anywhere;
    ask.align = 3;
    make_relocatable(ask);
    ok(!load_file() && refused("power of two"), "a senseless alignment");
    make_elf64();
    begin_multiboot2();
    ask = anywhere;
    header_tag(MULTIBOOT2_HEADER_RELOCATABLE, 0, &ask, sizeof(ask));
    end_multiboot2(MULTIBOOT2_ARCHITECTURE_I386);
    ok(load_file() && entry.rip == 0x300020 && segments_are_at(0x300000), "ELF, relocated");
}

static void test_multiboot2_tags(void)
{
    static const uint32_t all[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
    static const uint32_t future[] = { 6, 22 };
    static const uint32_t console = MULTIBOOT2_CONSOLE_REQUIRED, entry_at = BASE + 0x40;
    static const struct {
        uint16_t type, flags;
        const uint32_t *payload;
        uint32_t length;
        const char *refusal; /* NULL: loads */
        const char *name;
    } tags[] = {
        { 1, 0, all, sizeof(all), NULL, "all information there is, required" },
        { 1, 0, future, sizeof(future), "information 22", "unknown information, required" },
        { 1, 1, future, sizeof(future), NULL, "unknown information, optional" },
        { 3, 0, &entry_at, 4, NULL, "an entry address" },
        { 3, 0, &entry_at, 3, "too few", "an entry address of three bytes" },
        { 4, 0, &console, 4, "console", "a console where none is known" },
        { 5, 0, all, 12, NULL, "a preferred video mode" },
        { 6, 0, NULL, 0, NULL, "module alignment" },
        { 7, 0, NULL, 0, NULL, "EFI boot services" },
        { 9, 0, &entry_at, 4, NULL, "an entry for EFI" },
        { 11, 0, NULL, 0, "unknown tag 11", "an unknown tag" },
        { 11, 1, NULL, 0, NULL, "an unknown optional tag" },
        { 2, 0, all, 16, "entry address tag", "addresses without an entry" },
    };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        bool good;

        make_elf64();
        begin_multiboot2();
        header_tag(tags[i].type, tags[i].flags, tags[i].payload, tags[i].length);
        end_multiboot2(MULTIBOOT2_ARCHITECTURE_I386);
        good = load_file();
        ok(tags[i].refusal ? !good && refused(tags[i].refusal) : good, "Multiboot2 header with %s",
           tags[i].name);
        if (tags[i].type == 3 && good)
            is(entry.rip, BASE + 0x40, "which is used");
    }
    make_elf64();
    begin_multiboot2();
    end_multiboot2(4);
    ok(!load_file() && refused("architecture 4"), "Multiboot2 for another architecture");
}

/* Modules in the guest's own memory. */
static void test_placement(void)
{
    static uint8_t module[0x1000];
    struct guest_module *kernel;

    make_elf32();
    machine_reset(RAM_END);
    kernel = machine_module(file, sizeof(file), "");
    kernel->address = BASE + 0x300;
    ok(!machine_load() && refused("lies already"), "a kernel on top of its own file");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(module, sizeof(module), "")->address = 0x100000;
    ok(machine_load() && load.module[1].address == 0x101000, "a module that is moved");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    memory_map_reserve(&map, 0x100000, BASE - 0x100000);
    memory_map_reserve(&map, BASE + 0x3000, 0xd00000 - (BASE + 0x3000));
    memory_map_reserve(&map, 0xd04000, RAM_END - 0xd04000);
    untouched = map;
    machine_module(ram + 0xd00000, 0x3000, "")->address = 0xd00000;
    ok(machine_load() && load.module[1].address == 0xd00000,
       "a module that stays for want of room");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    machine_module(ram, RAM_END, "")->address = UINT64_MAX - RAM_END;
    ok(!machine_load() && refused("no room"), "a module that is larger than memory");
    machine_reset(RAM_END);
    machine_module(file, sizeof(file), "");
    memory_map_reserve(&map, 0, 0x98000);
    untouched = map;
    ok(machine_load() && entry.rbx >= 0x100000 && !entry.rsp, "structures above 1 MiB for want of "
                                                              "low memory");
}

int main(void)
{
    test_multiboot1_information();
    test_multiboot2_information();
    test_flat1();
    test_multiboot1_refusals();
    test_elf_refusals();
    test_relocation();
    test_multiboot2_tags();
    test_placement();
    make_elf32();
    test_truncation(file, FILE_SIZE, FILE_SIZE, "Multiboot 1 ELF");
    test_damage(file, FILE_SIZE, 0x210, "Multiboot 1 ELF");
    test_damage(file, FILE_SIZE, FILE_SIZE, "Multiboot 1 ELF, anywhere");
    make_elf64();
    test_truncation(file, FILE_SIZE, FILE_SIZE, "Multiboot2 ELF");
    test_damage(file, FILE_SIZE, 0x210, "Multiboot2 ELF");
    make_flat1(BASE + 0x100, BASE, BASE + 0x800, BASE + 0x2000, BASE + 0x300);
    test_truncation(file, FILE_SIZE, HEADER_AT - 0x100 + 0x800, "Multiboot 1 with address fields");
    test_damage(file, FILE_SIZE, HEADER_AT + 0x20, "Multiboot 1 with address fields");
    make_relocatable(anywhere);
    test_truncation(file, FILE_SIZE, HEADER_AT - 0x100 + 0x800, "Multiboot2, relocatable");
    test_damage(file, FILE_SIZE, HEADER_AT + 0x80, "Multiboot2, relocatable");
    free(ram);
    return tap_done();
}
