/* SPDX-License-Identifier: MIT */
/*
 * KVM's departures, seen with Linux 6.1: what it does itself for a guest's guest, because the VMM
 * does not intercept it. With exits=all none of them shows.
 */
#include "guest/departures.h"

#include <stddef.h>

#include "guest/command_line.h"
#include "vmm/string.h"

static const struct {
    const char *class, *text;
} kvm[] = {
    /* It makes the addresses canonical. */
    { "msr", "WRMSR of a non-canonical IA32_SYSENTER_ESP takes #GP(0x0)" },
    { "msr", "WRMSR of a non-canonical IA32_SYSENTER_EIP takes #GP(0x0)" },
    /* Its read shadow of CR0 keeps ET as it was written. */
    { "cr", "CR0.ET stays 1" },
    { "cr", "LMSW of a register sets TS and EM" },
    { "cr", "LMSW of memory clears MP, EM and TS, not PE, and nothing above them" },
    /* It knows no breakpoints on ports. */
    { "dr", "OUT takes #DB behind it with DR6.B3" },
};

bool departure_known(const char *class, const char *text)
{
    if (!command_line_has("kvm"))
        return false;
    for (size_t i = 0; i < sizeof(kvm) / sizeof(kvm[0]); i++)
        if (!strcmp(class, kvm[i].class) && !strcmp(text, kvm[i].text))
            return true;
    return false;
}
