/* SPDX-License-Identifier: MIT */
/* Guest memory by the guest's own addresses. */
#include "vmx/guest_memory.h"

#include "vmx/inject.h"
#include "vmx/intercept.h"
#include "vmx/x86.h"

enum { PAGE_BYTES = 4096 };

/* RDPKRU needs CR4.PKE, which the VMM does not use for itself. */
static uint32_t read_pkru(void)
{
    uint64_t cr4 = read_cr4();
    uint32_t pkru, high;

    write_cr4(cr4 | CR4_PKE);
    __asm__ volatile("rdpkru" : "=a"(pkru), "=d"(high) : "c"(0));
    write_cr4(cr4);
    return pkru;
}

/* The guest's present state. */
static void guest_paging_now(const struct vcpu *vcpu, struct guest_paging *paging)
{
    *paging = (struct guest_paging){
        .cr0 = vmread(VMCS_GUEST_CR0),
        .cr3 = vmread(VMCS_GUEST_CR3),
        .cr4 = vmread(VMCS_GUEST_CR4),
        .efer = vmread(VMCS_GUEST_IA32_EFER),
        .explicit_smap_on = !(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_AC),
        .physical_address_bits = vcpu->intercepts->state.caps->maxphyaddr,
    };
    if (!(paging->efer & EFER_LMA) && (paging->cr4 & CR4_PAE))
        for (unsigned i = 0; i < 4; i++)
            paging->pdpte[i] = vmread((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i));
    if (paging->cr4 & CR4_PKE)
        paging->pkru = read_pkru();
}

bool guest_map(const struct vcpu *vcpu, uint64_t linear, size_t size, unsigned access,
               struct guest_span *span, struct guest_fault *fault)
{
    struct guest_paging paging;
    uint64_t mask = vmread(VMCS_GUEST_IA32_EFER) & EFER_LMA ? ~UINT64_C(0) : 0xffffffff;
    size_t first = PAGE_BYTES - (size_t)(linear % PAGE_BYTES);

    guest_paging_now(vcpu, &paging);
    span->size[0] = size < first ? size : first;
    span->size[1] = size - span->size[0];
    span->gpa[1] = 0;
    for (unsigned i = 0; i < 2 && span->size[i]; i++) {
        uint64_t at = (linear + (i ? first : 0)) & mask;

        if (!guest_walk(&paging, at, access, &span->gpa[i], &fault->error_code)) {
            fault->vector = EXCEPTION_PF;
            fault->address = at;
            return false;
        }
    }
    return true;
}

void guest_span_read(const struct guest_span *span, void *to)
{
    guest_physical_read(span->gpa[0], to, span->size[0]);
    if (span->size[1])
        guest_physical_read(span->gpa[1], (uint8_t *)to + span->size[0], span->size[1]);
}

void guest_span_write(const struct guest_span *span, const void *from)
{
    guest_physical_write(span->gpa[0], from, span->size[0]);
    if (span->size[1])
        guest_physical_write(span->gpa[1], (const uint8_t *)from + span->size[0], span->size[1]);
}

bool guest_linear_read(const struct vcpu *vcpu, uint64_t linear, void *to, size_t size,
                       unsigned access, struct guest_fault *fault)
{
    struct guest_span span;

    if (!guest_map(vcpu, linear, size, access, &span, fault))
        return false;
    guest_span_read(&span, to);
    return true;
}

bool guest_linear_write(const struct vcpu *vcpu, uint64_t linear, const void *from, size_t size,
                        unsigned access, struct guest_fault *fault)
{
    struct guest_span span;

    if (!guest_map(vcpu, linear, size, access | GUEST_WRITE, &span, fault))
        return false;
    guest_span_write(&span, from);
    return true;
}

/* #SS for the stack segment, #GP for the others, with error code 0. */
static bool segment_fault(enum segment segment, struct guest_fault *fault)
{
    *fault = (struct guest_fault){ .vector = segment == SEGMENT_SS ? EXCEPTION_SS : EXCEPTION_GP };
    return false;
}

static bool within_limit(uint64_t rights, uint64_t limit, uint64_t offset, size_t size)
{
    uint64_t last = offset + size - 1;
    bool data = !(rights & ACCESS_RIGHTS_TYPE_CODE), expand_down = rights & 1u << 2;

    if (data && expand_down)
        return offset > limit && last <= (rights & ACCESS_RIGHTS_DB ? 0xffffffff : 0xffff);
    return last <= limit;
}

static bool type_allows(uint64_t rights, unsigned access)
{
    bool code = rights & ACCESS_RIGHTS_TYPE_CODE, flag = rights & ACCESS_RIGHTS_TYPE_WRITABLE;

    return access & GUEST_WRITE ? !code && flag : !code || flag;
}

static bool segment_64bit(enum segment segment, uint64_t offset, size_t size, uint64_t *linear,
                          struct guest_fault *fault)
{
    *linear = offset;
    if (segment == SEGMENT_FS || segment == SEGMENT_GS)
        *linear += vmread(segment_base(segment));
    if (!guest_canonical(*linear) || !guest_canonical(*linear + size - 1))
        return segment_fault(segment, fault);
    return true;
}

bool guest_segment(enum segment segment, uint64_t offset, size_t size, unsigned access,
                   uint64_t *linear, struct guest_fault *fault)
{
    uint64_t rights;

    if (guest_64bit())
        return segment_64bit(segment, offset, size, linear, fault);
    rights = vmread(segment_access_rights(segment));
    if ((rights & ACCESS_RIGHTS_UNUSABLE) ||
        (guest_protected() && !guest_virtual_8086() && !type_allows(rights, access)) ||
        !within_limit(rights, vmread(segment_limit(segment)), offset, size))
        return segment_fault(segment, fault);
    *linear = (vmread(segment_base(segment)) + offset) & 0xffffffff;
    return true;
}

unsigned guest_access_now(unsigned kind)
{
    return kind | (guest_cpl() == 3 ? GUEST_USER : 0);
}

/* SDM "Alignment Check Exception (#AC)". */
static bool alignment_checked(void)
{
    return guest_cpl() == 3 && (guest_cr0() & CR0_AM) && (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_AC);
}

bool guest_map_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, size_t size,
                       unsigned kind, struct guest_span *span)
{
    struct guest_fault fault;
    uint64_t linear;

    if (guest_segment(segment, offset, size, kind, &linear, &fault)) {
        if (linear % size && !(size & (size - 1)) && alignment_checked())
            fault = (struct guest_fault){ .vector = EXCEPTION_AC };
        else if (guest_map(vcpu, linear, size, guest_access_now(kind), span, &fault))
            return true;
    }
    inject_fault(vcpu, &fault);
    return false;
}

bool guest_read_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, void *to,
                        size_t size)
{
    struct guest_span span;

    if (!guest_map_operand(vcpu, segment, offset, size, GUEST_READ, &span))
        return false;
    guest_span_read(&span, to);
    return true;
}

bool guest_write_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, const void *from,
                         size_t size)
{
    struct guest_span span;

    if (!guest_map_operand(vcpu, segment, offset, size, GUEST_WRITE, &span))
        return false;
    guest_span_write(&span, from);
    return true;
}

bool guest_fetch(const struct vcpu *vcpu, void *to, size_t size)
{
    struct guest_fault fault;
    uint64_t linear = vmread(VMCS_GUEST_RIP);

    if (!guest_64bit())
        linear = (vmread(VMCS_GUEST_CS_BASE) + linear) & 0xffffffff;
    return guest_linear_read(vcpu, linear, to, size, guest_access_now(GUEST_FETCH), &fault);
}
