/* SPDX-License-Identifier: MIT */
/* The two ways in which a PC's software masks address line 20: port 0x92, the keyboard controller. */
#include "vmx/a20.h"

#include "vmx/intercept.h"

enum {
    PORT_KEYBOARD_DATA = 0x60,
    PORT_KEYBOARD_COMMAND = 0x64,
    PORT_SYSTEM_CONTROL_A = 0x92,
    COMMAND_WRITE_OUTPUT_PORT = 0xd1, /* the byte that comes to the data port next */
    COMMAND_MASK_A20 = 0xdd,
    COMMAND_OPEN_A20 = 0xdf,
    A20 = 1 << 1, /* in the output port as in port 0x92 */
};

/* Data written to the controller exits only when it is for the output port. */
static void intercept_data(struct vcpu *vcpu, bool on)
{
    struct intercepts *in = vcpu->intercepts;
    uint8_t *bits = &in->io_bitmap_a[PORT_KEYBOARD_DATA / 8], bit = 1 << PORT_KEYBOARD_DATA % 8;

    if (on && !(*bits & bit)) {
        *bits |= bit;
        in->state.data_port_added = true;
    } else if (!on && in->state.data_port_added) {
        *bits &= (uint8_t)~bit;
        in->state.data_port_added = false;
    }
    in->state.output_port_next = on;
}

static uint8_t keyboard_command(struct vcpu *vcpu, uint8_t command)
{
    intercept_data(vcpu, command == COMMAND_WRITE_OUTPUT_PORT);
    return command == COMMAND_MASK_A20 ? COMMAND_OPEN_A20 : command;
}

bool a20_output_port_next(const struct vcpu *vcpu)
{
    return vcpu->intercepts->state.output_port_next;
}

static uint8_t open_byte(struct vcpu *vcpu, uint16_t port, uint8_t value)
{
    switch (port) {
    case PORT_SYSTEM_CONTROL_A:
        return value | A20;
    case PORT_KEYBOARD_COMMAND:
        return keyboard_command(vcpu, value);
    case PORT_KEYBOARD_DATA:
        if (!a20_output_port_next(vcpu))
            return value;
        intercept_data(vcpu, false);
        return value | A20;
    default:
        return value;
    }
}

uint32_t a20_open(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value)
{
    uint32_t opened = 0;

    for (unsigned i = 0; i < size; i++)
        opened |= (uint32_t)open_byte(vcpu, (uint16_t)(port + i), (uint8_t)(value >> 8 * i))
                  << 8 * i;
    return opened;
}
