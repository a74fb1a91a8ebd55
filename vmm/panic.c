/* SPDX-License-Identifier: MIT */
/* The end of the VMM itself. */
#include "vmm/panic.h"

#include <stdarg.h>
#include <stdbool.h>

#include "vmm/console.h"
#include "vmm/format.h"
#include "vmm/power.h"
#include "vmm/trace_out.h"

enum { STATUS_VMM_PANIC = 255 };

_Noreturn void stop_cpu(void)
{
    for (;;)
        asm volatile("cli\n\thlt");
}

_Noreturn void panic(const char *fmt, ...)
{
    static bool panicking;
    char text[160];
    va_list ap;

    asm volatile("cli");
    va_start(ap, fmt);
    vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!panicking) {
        panicking = true;
        trace_out_panic(STATUS_VMM_PANIC, text);
    }
    print("vexit: panic: %s\n", text);
    power_end();
}

_Noreturn void panic_trap(const struct trap_frame *frame)
{
    uint64_t cr2;

    asm volatile("mov %%cr2, %0" : "=r"(cr2));
    panic("exception %lu error %#lx in the VMM at %#lx, CR2 %#lx, RSP %#lx, RAX %#lx",
          frame->vector, frame->error_code, frame->rip, cr2, frame->rsp, frame->rax);
}
