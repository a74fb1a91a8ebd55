/* SPDX-License-Identifier: MIT */
/* A task's state as its TSS holds it. */
#include "vmx/task_image.h"

/* Padding fields of 32-bit TSSs are kept as they are: only named fields are written. */
struct tss32 {
    uint16_t link, reserved0;
    uint32_t inner_stacks[6];
    uint32_t cr3, eip, eflags, gpr[TASK_REGISTERS];
    struct {
        uint16_t selector, reserved;
    } segment[TASK_SEGMENTS], ldt;
    uint16_t debug_trap, io_map;
};

enum { SEGMENTS_16 = 4 };

struct tss16 {
    uint16_t link, inner_stacks[6];
    uint16_t ip, flags, gpr[TASK_REGISTERS], segment[SEGMENTS_16], ldt;
};

_Static_assert(sizeof(struct tss32) == 0x68, "as the SDM draws it");
_Static_assert(sizeof(struct tss16) == 0x2c, "as the SDM draws it");

static void from32(const struct tss32 *tss, struct task_image *image)
{
    *image = (struct task_image){
        .cr3 = tss->cr3,
        .eip = tss->eip,
        .eflags = tss->eflags,
        .ldt = tss->ldt.selector,
        .debug_trap = tss->debug_trap & 1,
    };
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        image->gpr[i] = tss->gpr[i];
    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        image->segment[i] = tss->segment[i].selector;
}

static void to32(const struct task_image *image, struct tss32 *tss)
{
    tss->eip = image->eip;
    tss->eflags = image->eflags;
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        tss->gpr[i] = image->gpr[i];
    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        tss->segment[i].selector = image->segment[i];
}

/* The upper halves of the registers become ones: SDM "Task Switching", 16-bit TSSs. */
static void from16(const struct tss16 *tss, struct task_image *image)
{
    *image = (struct task_image){ .eip = tss->ip, .eflags = tss->flags, .ldt = tss->ldt };
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        image->gpr[i] = 0xffff0000 | tss->gpr[i];
    for (unsigned i = 0; i < SEGMENTS_16; i++)
        image->segment[i] = tss->segment[i];
}

static void to16(const struct task_image *image, struct tss16 *tss)
{
    tss->ip = (uint16_t)image->eip;
    tss->flags = (uint16_t)image->eflags;
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        tss->gpr[i] = (uint16_t)image->gpr[i];
    for (unsigned i = 0; i < SEGMENTS_16; i++)
        tss->segment[i] = image->segment[i];
}

bool task_load(const struct vcpu *vcpu, uint64_t linear, bool wide, struct task_image *image,
               struct guest_fault *fault)
{
    struct tss32 tss32;
    struct tss16 tss16;

    if (wide) {
        if (!guest_linear_read(vcpu, linear, &tss32, sizeof(tss32), GUEST_SYSTEM, fault))
            return false;
        from32(&tss32, image);
    } else {
        if (!guest_linear_read(vcpu, linear, &tss16, sizeof(tss16), GUEST_SYSTEM, fault))
            return false;
        from16(&tss16, image);
    }
    return true;
}

bool task_store(const struct vcpu *vcpu, uint64_t linear, bool wide, const struct task_image *image,
                struct guest_fault *fault)
{
    const unsigned access = GUEST_SYSTEM | GUEST_WRITE;
    struct guest_span span;
    struct tss32 tss32;
    struct tss16 tss16;

    if (!guest_map(vcpu, linear, wide ? sizeof(tss32) : sizeof(tss16), access, &span, fault))
        return false;
    if (wide) {
        guest_span_read(&span, &tss32);
        to32(image, &tss32);
        guest_span_write(&span, &tss32);
    } else {
        guest_span_read(&span, &tss16);
        to16(image, &tss16);
        guest_span_write(&span, &tss16);
    }
    return true;
}
