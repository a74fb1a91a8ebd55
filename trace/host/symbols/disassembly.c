/* SPDX-License-Identifier: MIT */
/* One instruction of the guest as text, by Capstone. */
#include "trace/host/symbols/disassembly.h"

#include <capstone/capstone.h>
#include <stdio.h>

bool disassemble(const uint8_t *code, size_t n, uint64_t address, unsigned bits,
                 char text[DISASSEMBLY_TEXT])
{
    cs_insn *instruction = NULL;
    csh engine;

    text[0] = '\0';
    if (cs_open(CS_ARCH_X86, bits == 32 ? CS_MODE_32 : CS_MODE_64, &engine) != CS_ERR_OK)
        return false;

    size_t found = cs_disasm(engine, code, n, address, 1, &instruction);

    if (found) {
        snprintf(text, DISASSEMBLY_TEXT, "%s%s%s", instruction->mnemonic,
                 *instruction->op_str ? " " : "", instruction->op_str);
        cs_free(instruction, found);
    }
    cs_close(&engine);
    return found != 0;
}
