/* SPDX-License-Identifier: MIT */
/*
 * External interrupts, where exits=intr asks for them. They are not acknowledged by the exit: a
 * guest that cannot take one must not lose it to the VMM, nor get it later than devices expect. So
 * the VMM takes one in root operation exactly when the guest can have it. SDM: "External-Interrupt
 * Exiting", "Interrupt-Window Exiting".
 */
#include "vmm/interrupts.h"
#include "vmx/exits.h"
#include "vmx/inject.h"

/*
 * While the guest cannot take interrupts they stay pending as on the bare machine
 * (external-interrupt exiting is off, and the guest's own RFLAGS.IF holds them back); the window
 * tells when it can.
 */
static void await_window(bool waiting)
{
    control_set(VMCS_PIN_BASED_CONTROLS, PIN_EXTERNAL_INTERRUPT_EXITING, !waiting);
    control_set(VMCS_PRIMARY_CONTROLS, PRIMARY_INTERRUPT_WINDOW_EXITING, waiting);
}

/* The vector, or -1 if none was pending after all. */
static int pass_on(struct vcpu *vcpu)
{
    int vector = take_interrupt();

    if (vector >= 0)
        inject_interrupt(vcpu, (uint8_t)vector);
    return vector;
}

enum verdict exit_external_interrupt(struct vcpu *vcpu)
{
    int vector;

    if (!guest_takes_interrupts()) {
        await_window(true);
        return RESUME;
    }
    vector = pass_on(vcpu);
    if (vector >= 0)
        TRACE_VMEXIT(vcpu, 1, vector);
    return RESUME;
}

enum verdict exit_interrupt_window(struct vcpu *vcpu)
{
    await_window(false);
    if (guest_takes_interrupts())
        pass_on(vcpu);
    return RESUME;
}
