/* SPDX-License-Identifier: MIT */
/* Exceptions and interrupts of the guest. */
#include "guest/trap.h"

#include <stddef.h>

#include "guest/check.h"
#include "guest/segments.h"
#include "guest/user.h"

enum { STUB_BYTES = 16, VECTORS = 256 };

extern const uint8_t trap_vectors[VECTORS][STUB_BYTES];
void trap_dispatch(struct trap_frame *frame);

struct gate trap_gates[VECTORS] __attribute__((aligned(16)));

static trap_handler *handlers[VECTORS];
static volatile bool armed;
static struct trap taken;

static void set_gate(unsigned vector, const void *entry, unsigned type, unsigned ist)
{
    uint64_t offset = (uint64_t)entry;

    trap_gates[vector] = (struct gate){
        .offset_low = (uint16_t)offset,
        .selector = SELECTOR_CODE64,
        .ist = (uint8_t)ist,
        .type = (uint8_t)(GATE_PRESENT | GATE_INTERRUPT | type),
        .offset_middle = (uint16_t)(offset >> 16),
        .offset_high = (uint32_t)(offset >> 32),
    };
}

void trap_init(void)
{
    const struct descriptor_table idt = { sizeof(trap_gates) - 1, (uint64_t)trap_gates };

    for (unsigned i = 0; i < VECTORS; i++)
        set_gate(i, trap_vectors[i], 0, 0);
    set_gate(EXCEPTION_DF, trap_vectors[EXCEPTION_DF], 0, 1);
    set_gate(EXCEPTION_BP, trap_vectors[EXCEPTION_BP], GATE_DPL3, 0);
    set_gate(EXCEPTION_OF, trap_vectors[EXCEPTION_OF], GATE_DPL3, 0);
    set_gate(VECTOR_USER_RETURN, user_return, GATE_DPL3, 0);
    set_gate(VECTOR_USER_OPEN, trap_vectors[VECTOR_USER_OPEN], GATE_DPL3, 0);
    set_gate(VECTOR_SMALL_TSS, trap_vectors[VECTOR_SMALL_TSS], GATE_DPL3, 7);
    lidt(&idt);
}

void trap_handle(unsigned vector, trap_handler *handler)
{
    handlers[vector] = handler;
}

const char *trap_name(unsigned vector)
{
    static const char *const names[] = {
        "#DE", "#DB", "NMI", "#BP", "#OF",       "#BR", "#UD", "#NM", "#DF", "interrupt", "#TS",
        "#NP", "#SS", "#GP", "#PF", "interrupt", "#MF", "#AC", "#MC", "#XM", "#VE",       "#CP",
    };

    return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : "interrupt";
}

void trap_arm(void)
{
    taken = (struct trap){ .vector = NO_TRAP };
    armed = true;
}

struct trap trap_disarm(void)
{
    armed = false;
    return taken;
}

static bool catch (struct trap_frame *frame)
{
    uint64_t resume = armed ? x86_fixup_find(frame->rip) : 0;

    if (!resume)
        return false;
    armed = false;
    taken = (struct trap){
        .vector = (int)frame->vector,
        .place = resume == frame->rip ? TRAP_BEHIND : TRAP_AT,
        .error_code = frame->error_code,
        .rflags = frame->rflags,
        .cr2 = frame->vector == EXCEPTION_PF ? read_cr2() : 0,
        .dr6 = frame->vector == EXCEPTION_DB ? read_dr6() : 0,
        .rsp = frame->rsp,
        .cs = (uint16_t)frame->cs,
    };
    frame->rip = resume;
    frame->rflags &= ~(uint64_t)(RFLAGS_RF | RFLAGS_TF);
    return true;
}

void trap_dispatch(struct trap_frame *frame)
{
    if (handlers[frame->vector])
        handlers[frame->vector](frame);
    else if (!catch (frame))
        check_abort("unexpected %s (vector %lu, error code %#lx) at %#lx, CR2 %#lx",
                    trap_name((unsigned)frame->vector), frame->vector, frame->error_code,
                    frame->rip, read_cr2());
}
