/* sources: loaders */
/* SPDX-License-Identifier: MIT */
/* Multiboot guests of both versions: loaded right, refused right, truncated and damaged. */
#include "tests/unit/multiboot_file.h"

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
