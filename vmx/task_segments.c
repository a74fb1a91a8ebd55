/* SPDX-License-Identifier: MIT */
/* The segment registers of a task that is being switched to. SDM: "Task Switching". */
#include "vmx/task_segments.h"

#include "vmx/descriptor.h"
#include "vmx/guest_mode.h"

enum { RIGHTS_V86 = 0xf3, LIMIT_V86 = 0xffff };
enum { TYPE_CONFORMING = 1u << 2, RIGHTS_CONFORMING = 0xc09f, LIMIT_FLAT = 0xffffffff };

static unsigned dpl(const struct descriptor *d)
{
    return descriptor_access_rights(d) >> ACCESS_RIGHTS_DPL_SHIFT & 3;
}

static bool is_null(uint16_t selector)
{
    return !(selector & ~SELECTOR_RPL);
}

/* The type and privilege rules of one segment register; CPL is the RPL of the new CS. */
static bool acceptable(enum segment segment, uint16_t selector, unsigned cpl,
                       const struct descriptor *d)
{
    uint32_t rights = descriptor_access_rights(d);
    unsigned rpl = selector & SELECTOR_RPL;
    bool code = rights & ACCESS_RIGHTS_TYPE_CODE, flag = rights & ACCESS_RIGHTS_TYPE_WRITABLE;
    bool conforming = code && (rights & TYPE_CONFORMING);

    if (!(rights & ACCESS_RIGHTS_CODE_OR_DATA))
        return false;
    if (segment == SEGMENT_CS)
        return code && (conforming ? dpl(d) <= rpl : dpl(d) == rpl);
    if (segment == SEGMENT_SS)
        return !code && flag && dpl(d) == cpl && rpl == cpl;
    return (!code || flag) && (conforming || (dpl(d) >= cpl && dpl(d) >= rpl));
}

static void set(enum segment segment, uint64_t base, uint64_t limit, uint64_t rights)
{
    vmwrite(segment_base(segment), base);
    vmwrite(segment_limit(segment), limit);
    vmwrite(segment_access_rights(segment), rights);
}

static void set_descriptor(enum segment segment, const struct descriptor *d)
{
    set(segment, descriptor_base(d), descriptor_limit(d), descriptor_access_rights(d));
}

/*
 * What the registers are until they are loaded, so that every state on the way is one in which a fault
 * can be delivered: CPL is 3, for the handler to be given the stack of its own level, as there may be
 * no other. CS cannot be unusable; a conforming segment goes with every CPL. SDM: "Checks on Guest
 * Segment Registers".
 */
static void unload(void)
{
    const uint32_t user = 3u << ACCESS_RIGHTS_DPL_SHIFT;

    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        vmwrite(segment_access_rights((enum segment)i), ACCESS_RIGHTS_UNUSABLE | user);
    set(SEGMENT_CS, 0, LIMIT_FLAT, RIGHTS_CONFORMING);
}

static bool load(const struct vcpu *vcpu, enum segment segment, uint16_t selector, unsigned cpl,
                 struct guest_fault *fault)
{
    struct descriptor d;

    if (is_null(selector))
        return (segment != SEGMENT_CS && segment != SEGMENT_SS) ||
               selector_fault(fault, EXCEPTION_TS, selector);
    if (!descriptor_read(vcpu, selector, DESCRIPTOR_BYTES, EXCEPTION_TS, &d, fault))
        return false;
    if (!acceptable(segment, selector, cpl, &d))
        return selector_fault(fault, EXCEPTION_TS, selector);
    if (!(descriptor_access_rights(&d) & ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, segment == SEGMENT_SS ? EXCEPTION_SS : EXCEPTION_NP, selector);
    if (!descriptor_set_type_bit(vcpu, &d, ACCESS_RIGHTS_TYPE_ACCESSED, true, fault))
        return false;
    set_descriptor(segment, &d);
    return true;
}

static bool load_ldtr(const struct vcpu *vcpu, uint16_t selector, struct guest_fault *fault)
{
    const uint32_t kind =
        ACCESS_RIGHTS_TYPE_MASK | ACCESS_RIGHTS_CODE_OR_DATA | ACCESS_RIGHTS_PRESENT;
    struct descriptor d;

    if (is_null(selector))
        return true;
    if (selector & SELECTOR_LDT)
        return selector_fault(fault, EXCEPTION_TS, selector);
    if (!descriptor_read(vcpu, selector, DESCRIPTOR_BYTES, EXCEPTION_TS, &d, fault))
        return false;
    if ((descriptor_access_rights(&d) & kind) != (ACCESS_RIGHTS_TYPE_LDT | ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, EXCEPTION_TS, selector);
    set_descriptor(SEGMENT_LDTR, &d);
    return true;
}

bool task_load_segments(const struct vcpu *vcpu, const struct task_image *image,
                        struct guest_fault *fault)
{
    /* SS before CS: the CPL is the former's DPL, which the latter's has to be. */
    static const enum segment order[TASK_SEGMENTS] = { SEGMENT_SS, SEGMENT_CS, SEGMENT_DS,
                                                       SEGMENT_ES, SEGMENT_FS, SEGMENT_GS };
    unsigned cpl = image->segment[SEGMENT_CS] & SELECTOR_RPL;
    bool virtual_8086 = image->eflags & RFLAGS_VM;

    unload();
    for (unsigned i = 0; i < TASK_SEGMENTS; i++) {
        vmwrite(segment_selector((enum segment)i), image->segment[i]);
        if (virtual_8086)
            set((enum segment)i, (uint64_t)image->segment[i] << 4, LIMIT_V86, RIGHTS_V86);
    }
    vmwrite(VMCS_GUEST_LDTR_ACCESS_RIGHTS, ACCESS_RIGHTS_UNUSABLE);
    vmwrite(VMCS_GUEST_LDTR_SELECTOR, image->ldt);
    if (!load_ldtr(vcpu, image->ldt, fault))
        return false;
    for (unsigned i = 0; i < TASK_SEGMENTS && !virtual_8086; i++)
        if (!load(vcpu, order[i], image->segment[order[i]], cpl, fault))
            return false;
    return true;
}
