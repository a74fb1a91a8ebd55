/* SPDX-License-Identifier: MIT */
/* Caches and translations: INVD, WBINVD, INVLPG, INVPCID. */
#include "vmx/exits.h"
#include "vmx/flush.h"
#include "vmx/guest_memory.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/instruction_info.h"
#include "vmx/registers.h"

/* As WBINVD: what the VMM has not written back yet must not be lost with the guest's. */
enum verdict exit_invd(struct vcpu *vcpu)
{
    return exit_wbinvd(vcpu);
}

enum verdict exit_wbinvd(struct vcpu *vcpu)
{
    wbinvd();
    skip_instruction(vcpu);
    return RESUME;
}

enum verdict exit_invlpg(struct vcpu *vcpu)
{
    TRACE_VMEXIT(vcpu, 4, vcpu->element->qualification);
    flush_guest_address(vcpu, vcpu->element->qualification);
    skip_instruction(vcpu);
    return RESUME;
}

/* SDM "INVPCID--Invalidate Process-Context Identifier". */
enum invpcid_type { INVPCID_ADDRESS, INVPCID_CONTEXT, INVPCID_ALL, INVPCID_NOT_GLOBAL };

struct invpcid_descriptor {
    uint64_t pcid, linear;
};

static bool invpcid_valid(const struct vcpu *vcpu, uint64_t type,
                          const struct invpcid_descriptor *descriptor)
{
    if (type > INVPCID_NOT_GLOBAL || descriptor->pcid >> 12)
        return false;
    if (type <= INVPCID_CONTEXT && descriptor->pcid && !(guest_cr4(vcpu) & CR4_PCIDE))
        return false;
    return type != INVPCID_ADDRESS || guest_canonical(descriptor->linear);
}

/* INVVPID knows no PCIDs: more is forgotten than asked for, which is allowed. */
static void invpcid(struct vcpu *vcpu, uint64_t type, uint64_t linear)
{
    switch (type) {
    case INVPCID_ADDRESS:
        flush_guest_address(vcpu, linear);
        break;
    case INVPCID_ALL:
        flush_guest(vcpu);
        break;
    default:
        flush_guest_not_global(vcpu);
    }
}

enum verdict exit_invpcid(struct vcpu *vcpu)
{
    uint64_t info = vmread(VMCS_EXIT_INSTRUCTION_INFORMATION);
    uint64_t type = reg_read(vcpu, info_register2(info), guest_64bit() ? 8 : 4);
    uint64_t offset = operand_offset(vcpu, info, vcpu->element->qualification);
    struct invpcid_descriptor descriptor;

    TRACE_VMEXIT(vcpu, 1, type);
    if (!guest_read_operand(vcpu, info_segment(info), offset, &descriptor, sizeof(descriptor)))
        return RESUME;
    TRACE_VMEXIT(vcpu, 2, descriptor.pcid);
    TRACE_VMEXIT(vcpu, 3, descriptor.linear);
    if (!invpcid_valid(vcpu, type, &descriptor)) {
        TRACE_VMEXIT(vcpu, 4, EXCEPTION_GP);
        inject_gp0(vcpu);
        return RESUME;
    }
    invpcid(vcpu, type, descriptor.linear);
    skip_instruction(vcpu);
    return RESUME;
}
