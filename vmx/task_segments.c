/* SPDX-License-Identifier: MIT */
/* The segment registers of a task that is being switched to. SDM: "Task Switching". */
#include "vmx/task_segments.h"

#include "vmx/descriptor.h"
#include "vmx/guest_mode.h"

enum { RIGHTS_V86 = 0xf3, LIMIT_V86 = 0xffff, CONFORMING = 1u << 2 };

/* What is to be loaded, once everything has been checked. */
struct loaded {
    bool null;
    struct descriptor d;
};

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
    bool conforming = code && (rights & CONFORMING);

    if (!(rights & ACCESS_RIGHTS_CODE_OR_DATA))
        return false;
    if (segment == SEGMENT_CS)
        return code && (conforming ? dpl(d) <= rpl : dpl(d) == rpl);
    if (segment == SEGMENT_SS)
        return !code && flag && dpl(d) == cpl && rpl == cpl;
    return (!code || flag) && (conforming || (dpl(d) >= cpl && dpl(d) >= rpl));
}

static bool check(const struct vcpu *vcpu, enum segment segment, uint16_t selector, unsigned cpl,
                  struct loaded *loaded, struct guest_fault *fault)
{
    loaded->null = is_null(selector);
    if (loaded->null && segment != SEGMENT_CS && segment != SEGMENT_SS)
        return true;
    if (loaded->null)
        return selector_fault(fault, EXCEPTION_TS, selector);
    if (!descriptor_read(vcpu, selector, DESCRIPTOR_BYTES, EXCEPTION_TS, &loaded->d, fault))
        return false;
    if (!acceptable(segment, selector, cpl, &loaded->d))
        return selector_fault(fault, EXCEPTION_TS, selector);
    if (!(descriptor_access_rights(&loaded->d) & ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, segment == SEGMENT_SS ? EXCEPTION_SS : EXCEPTION_NP, selector);
    return descriptor_set_type_bit(vcpu, &loaded->d, ACCESS_RIGHTS_TYPE_ACCESSED, true, fault);
}

static void load(enum segment segment, const struct loaded *loaded)
{
    if (loaded->null) {
        vmwrite(segment_access_rights(segment), ACCESS_RIGHTS_UNUSABLE);
        return;
    }
    vmwrite(segment_base(segment), descriptor_base(&loaded->d));
    vmwrite(segment_limit(segment), descriptor_limit(&loaded->d));
    vmwrite(segment_access_rights(segment), descriptor_access_rights(&loaded->d));
}

static void load_v86(enum segment segment, uint16_t selector)
{
    vmwrite(segment_base(segment), (uint64_t)selector << 4);
    vmwrite(segment_limit(segment), LIMIT_V86);
    vmwrite(segment_access_rights(segment), RIGHTS_V86);
}

static bool load_ldtr(const struct vcpu *vcpu, uint16_t selector, struct guest_fault *fault)
{
    const uint32_t kind =
        ACCESS_RIGHTS_TYPE_MASK | ACCESS_RIGHTS_CODE_OR_DATA | ACCESS_RIGHTS_PRESENT;
    struct loaded ldt = { .null = is_null(selector) };

    vmwrite(VMCS_GUEST_LDTR_ACCESS_RIGHTS, ACCESS_RIGHTS_UNUSABLE);
    vmwrite(VMCS_GUEST_LDTR_SELECTOR, selector);
    if (ldt.null)
        return true;
    if (selector & SELECTOR_LDT)
        return selector_fault(fault, EXCEPTION_TS, selector);
    if (!descriptor_read(vcpu, selector, DESCRIPTOR_BYTES, EXCEPTION_TS, &ldt.d, fault))
        return false;
    if ((descriptor_access_rights(&ldt.d) & kind) !=
        (ACCESS_RIGHTS_TYPE_LDT | ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, EXCEPTION_TS, selector);
    load(SEGMENT_LDTR, &ldt);
    return true;
}

bool task_load_segments(const struct vcpu *vcpu, const struct task_image *image,
                        struct guest_fault *fault)
{
    /* CS first: it gives the CPL that the others are checked against. */
    static const enum segment order[TASK_SEGMENTS] = { SEGMENT_CS, SEGMENT_SS, SEGMENT_DS,
                                                       SEGMENT_ES, SEGMENT_FS, SEGMENT_GS };
    struct loaded loaded[TASK_SEGMENTS];
    unsigned cpl = image->segment[SEGMENT_CS] & SELECTOR_RPL;

    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        vmwrite(segment_selector((enum segment)i), image->segment[i]);
    if (!load_ldtr(vcpu, image->ldt, fault))
        return false;
    if (image->eflags & RFLAGS_VM) {
        for (unsigned i = 0; i < TASK_SEGMENTS; i++)
            load_v86((enum segment)i, image->segment[i]);
        return true;
    }
    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        if (!check(vcpu, order[i], image->segment[order[i]], cpl, &loaded[order[i]], fault))
            return false;
    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        load((enum segment)i, &loaded[i]);
    return true;
}
