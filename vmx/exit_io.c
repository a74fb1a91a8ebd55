/* SPDX-License-Identifier: MIT */
/*
 * IN, OUT, INS and OUTS, performed on the real port; apart from the VMM's own port, where the guest
 * finds nothing, and writes that end the machine, before which the trace is sent.
 * SDM: "Exit Qualification for I/O Instructions".
 */
#include "vmm/power.h"
#include "vmx/a20.h"
#include "vmx/exits.h"
#include "vmx/guest_memory.h"
#include "vmx/inject.h"
#include "vmx/instruction_info.h"
#include "vmx/intercept.h"
#include "vmx/msr.h"
#include "vmx/registers.h"

/*
 * Iterations of a repeated instruction that are carried out in one exit. After as many the guest
 * executes the instruction again, so that its interrupts need not wait longer.
 */
enum { ITERATIONS_MAX = 4096 };

/* DR7: which breakpoints are enabled, and the one kind that is for ports. */
enum { DR7_ENABLES = 0xff, DR7_KIND_IO = 2 };

/* Exit qualification. */
static inline unsigned access_size(uint64_t qualification)
{
    return (unsigned)(qualification & 7) + 1;
}

static inline bool is_in(uint64_t qualification)
{
    return qualification >> 3 & 1;
}

static inline bool is_string(uint64_t qualification)
{
    return qualification >> 4 & 1;
}

static inline bool is_repeated(uint64_t qualification)
{
    return qualification >> 5 & 1;
}

static inline uint16_t port_of(uint64_t qualification)
{
    return (uint16_t)(qualification >> 16);
}

/* Whether the access touches the VMM's own port: to the guest no device answers there. */
static inline bool owned(const struct vcpu *vcpu, uint16_t port, unsigned size)
{
    const struct intercepts *in = vcpu->intercepts;

    return port < in->own_port + in->own_ports && in->own_port < port + size;
}

static uint32_t port_in(const struct vcpu *vcpu, uint16_t port, unsigned size)
{
    if (owned(vcpu, port, size))
        return (uint32_t)truncate(~UINT64_C(0), size);
    switch (size) {
    case 1:
        return inb(port);
    case 2:
        return inw(port);
    default:
        return inl(port);
    }
}

static void port_out(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value)
{
    if (owned(vcpu, port, size))
        return;
    power_watch(vcpu, port, size, value);
    value = a20_open(vcpu, port, size, value);
    switch (size) {
    case 1:
        outb(port, (uint8_t)value);
        break;
    case 2:
        outw(port, (uint16_t)value);
        break;
    default:
        outl(port, value);
    }
}

/*
 * The guest's I/O breakpoints that the access meets: DR7 is the VMM's own in root operation, so
 * that the processor does not report them. Returns PENDING_DEBUG_B0 to B3.
 */
static uint64_t breakpoints(uint16_t port, unsigned size)
{
    uint64_t dr7 = vmread(VMCS_GUEST_DR7), met = 0;

    if (!(dr7 & DR7_ENABLES))
        return 0;

    const uint64_t address[4] = { read_dr0(), read_dr1(), read_dr2(), read_dr3() };

    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = dr7 >> (16 + 4 * i) & 3, length = (dr7 >> (18 + 4 * i) & 3) + 1;
        uint64_t first = address[i] & ~(uint64_t)(length - 1);

        if ((dr7 >> 2 * i & 3) && kind == DR7_KIND_IO && length != 3 && port < first + length &&
            first < (uint64_t)port + size)
            met |= UINT64_C(1) << i;
    }
    return met;
}

/* Ports have breakpoints only with CR4.DE: KVM shadows CR4, but not DR7. */
static inline uint64_t breakpoints_met(uint16_t port, unsigned size)
{
    return vmread(VMCS_GUEST_CR4) & CR4_DE ? breakpoints(port, size) : 0;
}

static inline void pend_breakpoints_met(uint64_t met)
{
    if (__builtin_expect(met != 0, 0))
        pend_breakpoints(met);
}

/* The constant part of a string instruction. */
struct string_io {
    uint16_t port;
    unsigned size;
    bool in, repeated;
    unsigned address_size;
    enum segment segment;
};

/*
 * Processors that give no instruction information for INS and OUTS (IA32_VMX_BASIC bit 54) leave
 * the prefixes: then the defaults are taken, which is what compilers and kernels use.
 */
static void decode_string(const struct vcpu *vcpu, uint64_t qualification, struct string_io *io)
{
    uint64_t info = vmread(VMCS_EXIT_INSTRUCTION_INFORMATION);

    *io = (struct string_io){
        .port = port_of(qualification),
        .size = access_size(qualification),
        .in = is_in(qualification),
        .repeated = is_repeated(qualification),
        .address_size = info_address_size(info),
        .segment = is_in(qualification) ? SEGMENT_ES : info_segment(info),
    };
    if (vcpu->intercepts->state.caps->basic & VMX_BASIC_INS_OUTS_INFORMATION)
        return;
    io->segment = io->in ? SEGMENT_ES : SEGMENT_DS;
    io->address_size = guest_address_size();
}

/* One iteration: the memory operand is proved before a port is read, whose value would be lost. */
static bool transfer(struct vcpu *vcpu, const struct string_io *io)
{
    uint64_t offset = reg_read(vcpu, io->in ? RDI : RSI, io->address_size);
    uint32_t value = 0;

    if (io->in) {
        struct guest_span span;

        if (!guest_map_operand(vcpu, io->segment, offset, io->size, GUEST_WRITE, &span))
            return false;
        value = port_in(vcpu, io->port, io->size);
        guest_span_write(&span, &value);
    } else {
        if (!guest_read_operand(vcpu, io->segment, offset, &value, io->size))
            return false;
        port_out(vcpu, io->port, io->size, value);
    }
    return true;
}

static void advance(struct vcpu *vcpu, const struct string_io *io)
{
    unsigned index = io->in ? RDI : RSI;
    uint64_t step = vmread(VMCS_GUEST_RFLAGS) & RFLAGS_DF ? -(uint64_t)io->size : io->size;

    reg_write(vcpu, index, io->address_size, reg_read(vcpu, index, io->address_size) + step);
    if (io->repeated)
        reg_write(vcpu, RCX, io->address_size, reg_read(vcpu, RCX, io->address_size) - 1);
}

static enum verdict string_instruction(struct vcpu *vcpu, uint64_t qualification)
{
    struct string_io io;
    uint64_t met;
    bool traps;

    decode_string(vcpu, qualification, &io);
    met = breakpoints_met(io.port, io.size);
    traps = met || (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF);
    for (unsigned i = 0; !io.repeated || reg_read(vcpu, RCX, io.address_size); i++) {
        if (i == ITERATIONS_MAX)
            return RESUME;
        if (!transfer(vcpu, &io))
            return RESUME; /* the fault leaves the iterations before it done */
        advance(vcpu, &io);
        if (!io.repeated)
            break;
        if (traps && reg_read(vcpu, RCX, io.address_size)) {
            pause_instruction();
            pend_breakpoints_met(met);
            return RESUME;
        }
    }
    skip_instruction(vcpu);
    pend_breakpoints_met(met);
    return RESUME;
}

enum verdict exit_io_instruction(struct vcpu *vcpu)
{
    uint64_t qualification = vcpu->element->qualification;
    uint16_t port = port_of(qualification);
    unsigned size = access_size(qualification);

    TRACE_VMEXIT(vcpu, 1, port);
    TRACE_VMEXIT(vcpu, 4, qualification);
    if (is_string(qualification))
        return string_instruction(vcpu, qualification);
    if (is_in(qualification)) {
        uint32_t value = port_in(vcpu, port, size);

        TRACE_VMEXIT(vcpu, 3, value);
        reg_write(vcpu, RAX, size, value);
    } else {
        uint32_t value = (uint32_t)reg_read(vcpu, RAX, size);

        TRACE_VMEXIT(vcpu, 2, value);
        port_out(vcpu, port, size, value);
    }
    skip_instruction(vcpu);
    pend_breakpoints_met(breakpoints_met(port, size));
    return RESUME;
}
