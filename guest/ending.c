/* SPDX-License-Identifier: MIT */
/* The ways in which the guest can end the run, each by its name for the word end=. */
#include "guest/ending.h"

#include <stddef.h>

#include "guest/check.h"
#include "guest/command_line.h"
#include "guest/hidden_memory.h"
#include "guest/vexit.h"

static void end_stop(unsigned status)
{
    if (surroundings.vexit)
        vexit_call(VEXIT_CALL_STOP, status);
}

/* Bochs ends when it sees these characters. */
static void end_shutdown(unsigned status)
{
    (void)status;
    for (const char *s = "Shutdown"; *s; s++)
        outb(0x8900, (uint8_t)*s);
}

/* Reset Control Register: SYS_RST, then RST_CPU beside it. */
static void end_cf9(unsigned status)
{
    (void)status;
    outb(0xcf9, 0x02);
    outb(0xcf9, 0x06);
}

/* Sleep enable in PM1a control, at its place in Bochs; sleep type 0 is S5 there. */
static void end_acpi(unsigned status)
{
    (void)status;
    outw(0xb004, 1 << 13);
}

/* Ends QEMU where it has this port; elsewhere nothing happens, and the next ending has its turn. */
static void end_debug_exit(unsigned status)
{
    (void)status;
    outb(0x501, 0);
}

/* The keyboard controller pulses the CPU's reset line. */
static void end_8042(unsigned status)
{
    (void)status;
    while (inb(0x64) & 2)
        ;
    outb(0x64, 0xfe);
}

/* Its output port, written by command 0xd1, has that line as bit 0. */
static void end_output_port(unsigned status)
{
    (void)status;
    while (inb(0x64) & 2)
        ;
    outb(0x64, 0xd1);
    while (inb(0x64) & 2)
        ;
    outb(0x60, 0xde);
}

static void end_port_92(unsigned status)
{
    (void)status;
    outb(0x92, inb(0x92) | 1);
}

/* An exception without an IDT is a double fault without one, and that a triple fault. */
static void end_triple_fault(unsigned status)
{
    const struct descriptor_table none = { 0, 0 };

    (void)status;
    lidt(&none);
    __asm__ volatile("ud2");
}

static void end_halt(unsigned status)
{
    (void)status;
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* Some seconds at Bochs' pace without an exit; then the next ending has its turn. */
static void end_spin_a_while(unsigned status)
{
    (void)status;
    for (unsigned n = 0; n < 120000000; n++)
        __asm__ volatile("");
}

/* Into the VMM's memory. */
static void end_execute_hidden(unsigned status)
{
    (void)status;
    ((void (*)(void))hidden_memory().base)();
}

static const struct {
    const char *name;
    void (*end)(unsigned status);
} endings[] = {
    { "spin-a-while", end_spin_a_while },
    { "debug-exit", end_debug_exit },
    { "acpi", end_acpi },
    { "stop", end_stop },
    { "shutdown", end_shutdown },
    { "cf9", end_cf9 },
    { "8042", end_8042 },
    { "output-port", end_output_port },
    { "port92", end_port_92 },
    { "triple-fault", end_triple_fault },
    { "halt", end_halt },
    { "execute-hidden", end_execute_hidden },
};

void ending(unsigned status)
{
    uint64_t asked = status;

    command_line_number("status", &asked);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (command_line_has("end") && command_line_selects("end", endings[i].name))
            endings[i].end((unsigned)asked);
    end_stop((unsigned)asked);
    end_shutdown((unsigned)asked);
    end_halt((unsigned)asked);
    __builtin_unreachable();
}
