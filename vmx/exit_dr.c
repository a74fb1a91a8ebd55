/* SPDX-License-Identifier: MIT */
/*
 * MOV to and from debug registers. The exit comes before every check but that of CPL, so that the
 * faults are made here. SDM: "MOV--Move to/from Debug Registers", "Debug Registers".
 */
#include "vmx/exits.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/registers.h"
#include "vmx/sanitize.h"

#define DR7_WRITABLE UINT64_C(0xffff2bff) /* bits 15, 14, 12 and 10 are fixed */

/* DR0 to DR3 and DR6 are the processor's own at all times; DR7 is in the VMCS. */
static uint64_t read_dr(unsigned dr)
{
    switch (dr) {
    case 0:
        return read_dr0();
    case 1:
        return read_dr1();
    case 2:
        return read_dr2();
    case 3:
        return read_dr3();
    case 6:
        return read_dr6();
    default:
        return vmread(VMCS_GUEST_DR7);
    }
}

static void write_dr(unsigned dr, uint64_t value)
{
    switch (dr) {
    case 0:
        write_dr0(value);
        break;
    case 1:
        write_dr1(value);
        break;
    case 2:
        write_dr2(value);
        break;
    case 3:
        write_dr3(value);
        break;
    case 6:
        write_dr6(value); /* the processor itself keeps the fixed bits */
        break;
    default:
        vmwrite(VMCS_GUEST_DR7, (value & DR7_WRITABLE) | DR7_FIXED);
    }
}

enum verdict exit_dr_access(struct vcpu *vcpu)
{
    uint64_t qualification = vcpu->element->qualification, value;
    unsigned dr = qualification & 7, type = qualification & 0x10, gpr = qualification >> 8 & 15;
    unsigned size = guest_64bit() ? 8 : 4;

    TRACE_VMEXIT(vcpu, 1, type);
    TRACE_VMEXIT(vcpu, 2, dr);
    TRACE_VMEXIT(vcpu, 4, qualification);
    if ((dr == 4 || dr == 5) && (guest_cr4(vcpu) & CR4_DE)) {
        inject_ud(vcpu);
        return RESUME;
    }
    if (sanitize_privilege()) {
        inject_gp0(vcpu);
        return RESUME;
    }
    if (vmread(VMCS_GUEST_DR7) & DR7_GD) {
        inject_debug(vcpu, DR6_BD);
        return RESUME;
    }
    if (dr == 4 || dr == 5) /* without debug extensions: other names of DR6 and DR7 */
        dr += 2;
    value = type ? read_dr(dr) : reg_read(vcpu, gpr, size);
    TRACE_VMEXIT(vcpu, 3, value);
    if (type) {
        reg_write(vcpu, gpr, size, value);
    } else if (dr >= 6 && value >> 32) {
        inject_gp0(vcpu);
        return RESUME;
    } else {
        write_dr(dr, value);
    }
    skip_instruction(vcpu);
    return RESUME;
}
