/* SPDX-License-Identifier: MIT */
/*
 * The built-in test guest: provokes every VM exit that the machine can deliver, in a fixed order,
 * and checks from the inside that each instruction did what it should.
 *
 * Words on its command line:
 *   only=CLASS[,CLASS..]   run these classes only (CHECK_CLASSES in check.h)
 *   quiet                  print failures and the sums only
 *   kvm                    the machine is KVM's: see departures.h
 *   hidden=0xPORT          the serial port that the VMM keeps, 0 for none: the VMM's own last word,
 *                          0x2f8 where not given
 *   bench[=NAME]           measure what exits cost instead: see bench.c
 *   flood=N                N CPUID exits in a row before the end, to fill the trace
 *   end=NAME               the way to end the run: see ending.c
 *   status=N               the status to end with, whatever the checks said
 */
#include <stddef.h>

#include "guest/bench.h"
#include "guest/check.h"
#include "guest/command_line.h"
#include "guest/console.h"
#include "guest/ending.h"
#include "guest/entry.h"
#include "guest/paging.h"
#include "guest/segments.h"
#include "guest/vexit.h"
#include "vmm/loader/multiboot.h"

static const struct {
    const char *name;
    void (*run)(void);
} classes[] = {
#define CLASS(name) { #name, check_##name },
    CHECK_CLASSES(CLASS)
#undef CLASS
};

static void read_surroundings(void)
{
    const struct multiboot1_information *info = (const void *)(uint64_t)entry_state.ebx;
    uint64_t port = 0x2f8;

    surroundings.multiboot = info;
    if (info->flags & MULTIBOOT1_COMMAND_LINE)
        command_line_set((const char *)(uint64_t)info->cmdline);
    surroundings.vexit = vexit_present();
    surroundings.quiet = command_line_has("quiet");
    command_line_number("hidden", &port);
    surroundings.hidden_port = (uint16_t)port;
}

static void flood(void)
{
    uint64_t n = 0;

    command_line_number("flood", &n);
    while (n--)
        cpuid(0, 0);
}

void guest_main(void);

void guest_main(void)
{
    unsigned failed = 0;

    segments_init();
    trap_init();
    paging_init();
    console_init();
    read_surroundings();
    if (command_line_has("bench")) {
        bench();
    } else {
        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
            if (!command_line_selects("only", classes[i].name))
                continue;
            check_class(classes[i].name);
            classes[i].run();
        }
        failed = check_summary();
    }
    flood();
    console_flush();
    ending(failed);
}
