/* sources: loaders */
/* SPDX-License-Identifier: MIT */
/* What Multiboot guests of both versions find: registers, boot information, modules. */
#include "tests/unit/multiboot_file.h"

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

int main(void)
{
    test_multiboot1_information();
    test_multiboot2_information();
    free(ram);
    return tap_done();
}
