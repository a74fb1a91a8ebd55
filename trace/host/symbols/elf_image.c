/* SPDX-License-Identifier: MIT */
/* Symbols, source lines and code from an ELF file, by libdw. */
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "trace/host/symbols/image.h"

/* What belongs to a file is in it: nothing is looked for elsewhere, least of all in the network. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                             const char *file, const char *link, GElf_Word crc, char **debug)
{
    (void)module;
    (void)data;
    (void)name;
    (void)base;
    (void)file;
    (void)link;
    (void)crc;
    (void)debug;
    return -1;
}

static int find_no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                       char **file, Elf **elf)
{
    (void)module;
    (void)data;
    (void)name;
    (void)base;
    (void)file;
    (void)elf;
    return -1;
}

static unsigned bits_of(Dwfl_Module *module)
{
    GElf_Addr bias;
    Elf *elf = dwfl_module_getelf(module, &bias);

    return elf && gelf_getclass(elf) == ELFCLASS32 ? 32 : 64;
}

bool elf_image_open(struct symbols_image *image, const char *path, char error[SYMBOL_TEXT])
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = find_no_elf,
        .find_debuginfo = find_no_debuginfo,
        .section_address = dwfl_offline_section_address,
    };

    image->dwfl = dwfl_begin(&callbacks);
    if (image->dwfl) {
        dwfl_report_begin(image->dwfl);
        image->module = dwfl_report_elf(image->dwfl, path, path, -1, 0, true);
        dwfl_report_end(image->dwfl, NULL, NULL);
    }
    if (!image->module || dwfl_module_getsymtab(image->module) <= 0) {
        const char *why = dwfl_errmsg(-1);

        snprintf(error, SYMBOL_TEXT, "%s: no symbols can be read from it: %s", path,
                 image->module ? "it has none; was it stripped?"
                 : why         ? why
                               : "no ELF file");
        return false;
    }
    image->bits = bits_of(image->module);
    return true;
}

bool elf_image_find(const struct symbols_image *image, uint64_t address, struct symbol *symbol)
{
    GElf_Sym elf_symbol;
    GElf_Off offset = 0;
    Dwarf_Addr start, end;

    dwfl_module_info(image->module, NULL, &start, &end, NULL, NULL, NULL, NULL);
    if (address < start || address >= end)
        return false;
    symbol->function =
        dwfl_module_addrinfo(image->module, address, &offset, &elf_symbol, NULL, NULL, NULL);
    if (!symbol->function || !*symbol->function)
        return false;
    symbol->offset = offset;

    Dwfl_Line *line = dwfl_module_getsrc(image->module, address);

    symbol->file = line ? dwfl_lineinfo(line, NULL, &symbol->line, NULL, NULL, NULL) : NULL;
    return true;
}

size_t elf_image_code(const struct symbols_image *image, uint64_t address,
                      uint8_t code[SYMBOL_CODE])
{
    Dwarf_Addr place = address, bias;
    Elf_Scn *section = dwfl_module_address_section(image->module, &place, &bias);
    GElf_Shdr header;

    if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS ||
        !(header.sh_flags & SHF_EXECINSTR))
        return 0;

    const Elf_Data *data = elf_rawdata(section, NULL);

    if (!data || !data->d_buf || place >= data->d_size)
        return 0;

    size_t n = data->d_size - place < SYMBOL_CODE ? data->d_size - place : SYMBOL_CODE;

    memcpy(code, (const char *)data->d_buf + place, n);
    return n;
}
