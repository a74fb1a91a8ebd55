/* SPDX-License-Identifier: MIT */
/*
 * CPUID: the processor's own answers, without VMX and what the VMM cannot offer, and with the
 * leaves of a hypervisor. SDM "CPUID--CPU Identification".
 */
#include "vmx/exit_cpuid.h"
#include "guest/vexit_call.h"
#include "vmm/memory.h"
#include "vmm/version.h"
#include "vmx/capabilities.h"
#include "vmx/exits.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"

enum {
    LEAF_FEATURES = 0x1,
    LEAF_CACHES = 0x4,
    LEAF_EXTENDED_FEATURES = 0x7,
    LEAF_TOPOLOGY = 0xb,
    LEAF_XSAVE = 0xd,
    LEAF_EXTENDED = 0x80000000,
    LEAF_EXTENDED_SIGNATURE = 0x80000001,
    LEAF_ADDRESS_SIZES = 0x80000008,
    HYPERVISOR_LEAVES = 0x100,
    SUBLEAVES_MAX = 8,
    EPT_ADDRESS_BITS = 48, /* what page walks of length 4 reach */
};

/* Leaf 1. */
#define ECX_VMX        (1u << 5)
#define ECX_SMX        (1u << 6)
#define ECX_OSXSAVE    (1u << 27)
#define ECX_HYPERVISOR (1u << 31)
#define EDX_APIC       (1u << 9)
/* Leaf 7, subleaf 0. */
#define EBX_INVPCID         (1u << 10)
#define EBX_PROCESSOR_TRACE (1u << 25)
#define ECX_OSPKE           (1u << 4)
#define ECX_WAITPKG         (1u << 5)
#define ECX_RDPID           (1u << 22)
#define ECX_KEY_LOCKER      (1u << 23)
#define ECX_ENQCMD          (1u << 29)
#define ECX_PKS             (1u << 31)
#define EDX_USER_INTERRUPTS (1u << 5)
#define EDX_PCONFIG         (1u << 18)
/* Leaf 7, subleaf 1. */
#define EAX_FRED          (1u << 17)
#define EAX_LAM           (1u << 26) /* linear-address masking */
#define EAX_MSR_LISTS     (1u << 27) /* RDMSRLIST, WRMSRLIST */
#define ECX_MSR_IMMEDIATE (1u << 5)  /* RDMSR and WRMSRNS with the number in the instruction */
#define EDX_USER_MSR      (1u << 15) /* URDMSR, UWRMSR */
#define EDX_APX           (1u << 21) /* registers R16 to R31 */
/* Leaf 0xd, subleaf 1. */
#define EAX_XSAVES (1u << 3)
/* Leaf 0x80000001. */
#define EDX_SYSCALL (1u << 11)
#define EDX_RDTSCP  (1u << 27)

/*
 * Leaves with one answer that nothing changes: those that are looked up by number. The others have
 * subleaves, or depend on the guest's state.
 */
static const uint32_t with_subleaves_or_state =
    1u << LEAF_FEATURES | 1u << LEAF_CACHES | 1u << LEAF_EXTENDED_FEATURES | 1u << LEAF_TOPOLOGY |
    1u << LEAF_XSAVE | 1u << 0xf | 1u << 0x10 | 1u << 0x12 | 1u << 0x14 | 1u << 0x17 | 1u << 0x18 |
    1u << 0x19 | 1u << 0x1b | 1u << 0x1d | 1u << 0x1e | 1u << 0x1f;

static uint32_t without(const struct vmx_capabilities *caps, uint32_t control, uint32_t feature)
{
    return capabilities_allow(caps, CONTROL_WORD_SECONDARY, control) ? 0 : feature;
}

/*
 * What the guest must not see: VMX and SMX; instructions that take #UD or exit for reasons unknown to
 * the VMM; state that the VMM does not switch; and what the injection of events or the operands of
 * instructions that the VMM carries out would have to know of (FRED, LAM, APX).
 */
static void hide(const struct vmx_capabilities *caps, uint32_t leaf, uint32_t subleaf,
                 struct cpuid *r)
{
    if (leaf == LEAF_FEATURES) {
        r->ecx = (r->ecx & ~(ECX_VMX | ECX_SMX)) | ECX_HYPERVISOR;
    } else if (leaf == LEAF_EXTENDED_FEATURES && subleaf == 0) {
        r->ebx &= ~(without(caps, SECONDARY_ENABLE_INVPCID, EBX_INVPCID) | EBX_PROCESSOR_TRACE);
        r->ecx &= ~(without(caps, SECONDARY_ENABLE_USER_WAIT_AND_PAUSE, ECX_WAITPKG) |
                    without(caps, SECONDARY_ENABLE_RDTSCP, ECX_RDPID) | ECX_KEY_LOCKER |
                    ECX_ENQCMD | ECX_PKS);
        r->edx &= ~(EDX_USER_INTERRUPTS | EDX_PCONFIG);
    } else if (leaf == LEAF_EXTENDED_FEATURES && subleaf == 1) {
        r->eax &= ~(EAX_FRED | EAX_LAM | EAX_MSR_LISTS);
        r->ecx &= ~ECX_MSR_IMMEDIATE;
        r->edx &= ~(EDX_USER_MSR | EDX_APX);
    } else if (leaf == LEAF_XSAVE && subleaf == 1) {
        r->eax &= ~without(caps, SECONDARY_ENABLE_XSAVES, EAX_XSAVES);
    } else if (leaf == LEAF_EXTENDED_SIGNATURE) {
        r->edx &= ~without(caps, SECONDARY_ENABLE_RDTSCP, EDX_RDTSCP);
    } else if (leaf == LEAF_ADDRESS_SIZES && (r->eax & 0xff) > EPT_ADDRESS_BITS) {
        r->eax = (r->eax & ~0xffu) | EPT_ADDRESS_BITS;
    }
}

static struct cpuid native(const struct exit_state *state, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r = cpuid(leaf, subleaf);

    hide(state->caps, leaf, subleaf, &r);
    return r;
}

/* Keeps the answer and returns EAX; where there is no room the processor is asked each time. */
static uint32_t keep(struct exit_state *state, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_table *table = &state->cpuid;
    struct cpuid r = native(state, leaf, subleaf);

    if (table->rows == CPUID_ROWS)
        return 0;
    table->row[table->rows].leaf = leaf;
    table->row[table->rows].subleaf = subleaf;
    table->row[table->rows++].row.reg = r;
    return r.eax;
}

/* As keep, to be found by number. */
static void keep_direct(struct exit_state *state, uint32_t leaf)
{
    struct cpuid_table *table = &state->cpuid;

    if (table->rows < CPUID_ROWS)
        table->direct[leaf] = &table->row[table->rows].row;
    keep(state, leaf, 0);
}

void cpuid_read_table(struct exit_state *state)
{
    struct cpuid_table *table = &state->cpuid;
    uint32_t features;

    *table = (struct cpuid_table){ 0 };
    table->max_basic = cpuid(0, 0).eax;
    table->max_extended = cpuid(LEAF_EXTENDED, 0).eax;
    for (uint32_t leaf = 0; leaf < CPUID_DIRECT && leaf <= table->max_basic; leaf++)
        if (!(with_subleaves_or_state >> leaf & 1))
            keep_direct(state, leaf);
    keep(state, LEAF_FEATURES, 0);
    if (table->max_basic >= LEAF_EXTENDED_FEATURES) {
        features = keep(state, LEAF_EXTENDED_FEATURES, 0); /* EAX: the last subleaf */
        for (uint32_t i = 1; i <= features && i < SUBLEAVES_MAX; i++)
            keep(state, LEAF_EXTENDED_FEATURES, i);
    }
    if (table->max_basic >= LEAF_CACHES)
        for (uint32_t i = 0; i < SUBLEAVES_MAX && (keep(state, LEAF_CACHES, i) & 0x1f); i++)
            ;
    for (uint32_t leaf = LEAF_EXTENDED; leaf <= table->max_extended && leaf <= LEAF_ADDRESS_SIZES;
         leaf++)
        keep(state, leaf, 0);
}

static const union cpuid_row *find(const struct cpuid_table *table, uint32_t leaf, uint32_t subleaf)
{
    bool many = leaf == LEAF_EXTENDED_FEATURES || leaf == LEAF_CACHES;

    for (unsigned i = 0; i < table->rows; i++)
        if (table->row[i].leaf == leaf && (!many || table->row[i].subleaf == subleaf))
            return &table->row[i].row;
    return NULL;
}

static struct cpuid hypervisor_leaf(const struct vcpu *vcpu, uint32_t leaf)
{
    if (leaf == VEXIT_CPUID_SIGNATURE)
        return (struct cpuid){ VEXIT_CPUID_VERSION, VEXIT_CPUID_EBX, VEXIT_CPUID_ECX,
                               VEXIT_CPUID_EDX };
    if (leaf == VEXIT_CPUID_VERSION)
        return (struct cpuid){ .eax = VEXIT_VERSION_MAJOR << 16 | VEXIT_VERSION_MINOR << 8 |
                                      VEXIT_VERSION_PATCH,
                               .ebx = vcpu->tracing ? VEXIT_CPUID_FEATURE_TRACE : 0,
                               .ecx = (uint32_t)(memory_base() / PAGE_SIZE),
                               .edx = (uint32_t)(memory_length() / PAGE_SIZE) };
    return (struct cpuid){ 0 };
}

/* Bits that mirror the guest's registers, which only hold in the guest itself. */
static void mirror(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, struct cpuid *r)
{
    if (leaf == LEAF_FEATURES) {
        r->ecx &= ~ECX_OSXSAVE;
        if (guest_cr4(vcpu) & CR4_OSXSAVE)
            r->ecx |= ECX_OSXSAVE;
        if (vcpu->intercepts->state.apic_off)
            r->edx &= ~EDX_APIC;
    } else if (leaf == LEAF_EXTENDED_FEATURES && subleaf == 0) {
        r->ecx &= ~ECX_OSPKE;
        if (guest_cr4(vcpu) & CR4_PKE)
            r->ecx |= ECX_OSPKE;
    } else if (leaf == LEAF_EXTENDED_SIGNATURE && !guest_64bit()) {
        r->edx &= ~EDX_SYSCALL; /* Intel processors show it in 64-bit mode alone */
    }
}

struct cpuid guest_cpuid(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf)
{
    const struct exit_state *state = &vcpu->intercepts->state;
    const struct cpuid_table *table = &state->cpuid;
    const union cpuid_row *row;
    struct cpuid r;

    if (leaf - VEXIT_CPUID_SIGNATURE < HYPERVISOR_LEAVES)
        return hypervisor_leaf(vcpu, leaf);
    /* Beyond the last leaf of either range the last basic one answers. */
    if (leaf > (leaf >= LEAF_EXTENDED ? table->max_extended : table->max_basic))
        leaf = table->max_basic;
    row = find(table, leaf, subleaf);
    r = row ? row->reg : native(state, leaf, subleaf);
    mirror(vcpu, leaf, subleaf, &r);
    return r;
}

enum verdict exit_cpuid(struct vcpu *vcpu)
{
    uint32_t leaf = (uint32_t)vcpu->reg[RAX], subleaf = (uint32_t)vcpu->reg[RCX];
    union cpuid_row row = { .reg = guest_cpuid(vcpu, leaf, subleaf) };

    trace_slots(vcpu, leaf, subleaf, row.slot.eax_ebx, row.slot.ecx_edx);
    cpuid_answer(vcpu, &row);
    skip_instruction(vcpu);
    return RESUME;
}
