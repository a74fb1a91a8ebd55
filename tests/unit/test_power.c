/* sources: vmm/power.c vmx/a20.c */
/* SPDX-License-Identifier: MIT */
/* Writes to ports that reset the machine or mask address line 20, however wide and wherever begun. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tap.h"
#include "vmm/console.h"
#include "vmm/memory.h"
#include "vmm/panic.h"
#include "vmm/power.h"
#include "vmm/trace_out.h"
#include "vmx/a20.h"
#include "vmx/intercept.h"

/* What of the VMM the two sources ask for. */
static const char *finished;

void trace_out_last_exit(struct vcpu *vcpu)
{
    (void)vcpu;
}

void trace_out_finish(uint32_t status, const char *reason)
{
    (void)status;
    finished = reason;
}

bool guest_physical_allowed(uint64_t pa, uint64_t length)
{
    (void)pa;
    (void)length;
    return false;
}

void console_flush(void)
{
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

void stop_cpu(void)
{
    abort();
}

static struct intercepts intercepts;
static struct vcpu vcpu = { .intercepts = &intercepts };

/* The byte goes to the port in a write of size bytes that begins before bytes earlier; else zeros. */
static void ends(uint16_t port, uint8_t byte, const char *reason)
{
    for (unsigned size = 1; size <= 4; size *= 2)
        for (unsigned before = 0; before < size; before++) {
            finished = NULL;
            ok(power_watch(&vcpu, (uint16_t)(port - before), size, (uint32_t)byte << 8 * before) &&
                   finished && !strcmp(finished, reason),
               "%u bytes from port 0x%x on: %s", size, port - before, reason);
        }
}

static void goes_on(uint16_t port, unsigned size, uint32_t value, const char *what)
{
    finished = NULL;
    ok(!power_watch(&vcpu, port, size, value) && !finished, "%s", what);
}

static void resets(void)
{
    ends(0x64, 0xfe, "reset by the keyboard controller");
    ends(0x92, 1, "reset by port 0x92");
    goes_on(0x63, 2, 0x20fe, "0xfe beside the keyboard controller's command");
    goes_on(0x91, 2, 0x0201, "bit 0 beside port 0x92");
    goes_on(0xcf8, 4, 0x80000400, "a PCI address that has 0xcf9's reset bit set");
    goes_on(0xcf8, 2, 0x0204, "bit 2 beside port 0xcf9");
    goes_on(0x60, 1, 0xde, "data for the keyboard");
    for (unsigned before = 0; before < 2; before++) {
        finished = NULL;
        ok(power_watch(&vcpu, (uint16_t)(0xcf9 - before), 2, 6u << 8 * before) && finished,
           "2 bytes from port 0x%x on reset", 0xcf9 - before);
    }
    ok(power_watch(&vcpu, 0xcf7, 4, 0x60000), "4 bytes that are no PCI address reset");
}

static void opens(uint16_t port, uint8_t byte, uint8_t opened)
{
    for (unsigned size = 1; size <= 4; size *= 2)
        for (unsigned before = 0; before < size; before++)
            is(a20_open(&vcpu, (uint16_t)(port - before), size, (uint32_t)byte << 8 * before),
               (uint32_t)opened << 8 * before, "%u bytes from port 0x%x on: A20", size,
               port - before);
}

/* The byte after command 0xd1 is the output port, which resets by bit 0 and masks A20 by bit 1. */
static void output_port(void)
{
    for (unsigned before = 0; before < 2; before++) {
        is(a20_open(&vcpu, (uint16_t)(0x64 - before), 2, 0xd1u << 8 * before), 0xd1u << 8 * before,
           "command 0xd1 is left as it is");
        ok(a20_output_port_next(&vcpu) && (intercepts.io_bitmap_a[0x60 / 8] & 1),
           "and the data port is watched");
        ok(power_watch(&vcpu, (uint16_t)(0x60 - before), 2, 0xdcu << 8 * before), "bit 0 resets");
        is(a20_open(&vcpu, (uint16_t)(0x60 - before), 2, 0xdcu << 8 * before), 0xdeu << 8 * before,
           "bit 1 is set");
        ok(!a20_output_port_next(&vcpu) && !(intercepts.io_bitmap_a[0x60 / 8] & 1),
           "the data port is left alone");
    }
}

int main(void)
{
    resets();
    opens(0x92, 0, 2);
    opens(0x64, 0xdd, 0xdf);
    output_port();
    return tap_done();
}
