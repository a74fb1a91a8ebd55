/* SPDX-License-Identifier: MIT */
/* How the machine ends. ACPI specification: "RSDP", "FADT", "PM1 Control Registers", "Reset Register". */
#include "vmm/power.h"

#include "vmm/console.h"
#include "vmm/memory.h"
#include "vmm/panic.h"
#include "vmm/string.h"
#include "vmm/trace_out.h"
#include "vmx/a20.h"
#include "vmx/x86.h"

enum {
    PORT_KEYBOARD_DATA = 0x60,
    PORT_KEYBOARD_COMMAND = 0x64,
    PORT_SYSTEM_CONTROL_A = 0x92,
    PORT_PCI_ADDRESS = 0xcf8, /* for 4 bytes at once alone */
    PORT_RESET_CONTROL = 0xcf9,
    PORT_BOCHS_SHUTDOWN = 0x8900,
    PORT_QEMU_EXIT = 0xf4,
    PORT_QEMU_EXIT_ISA = 0x501,
    PORT_QEMU_PM1A = 0x604,
    PORT_OLD_QEMU_PM1A = 0xb004,
    KEYBOARD_PULSE_RESET =
        0xfe, /* bit 0 of the pulsed lines, as of the output port, is the reset */
    RESET_CONTROL_CPU = 1 << 2,
    SYSTEM_CONTROL_A_RESET = 1 << 0,
    PM1_SLEEP_ENABLE = 1 << 13,
    QEMU_PM1_OFF = PM1_SLEEP_ENABLE, /* sleep type 0 is S5 there */
    PORTS_MAX = 16,
};

enum {
    FADT_PM1A_CONTROL = 64,
    FADT_PM1B_CONTROL = 68,
    FADT_FLAGS = 112,
    FADT_RESET_REGISTER = 116, /* generic address: space, width, offset, access, address */
    FADT_RESET_SUPPORTED = 1 << 10,
    GENERIC_ADDRESS_IO = 1,
};

static const char shutdown_word[] = "Shutdown";

static uint16_t ports[PORTS_MAX] = {
    PORT_KEYBOARD_COMMAND,
    PORT_SYSTEM_CONTROL_A,
    PORT_RESET_CONTROL,
};
static size_t port_count = 3;
static uint16_t pm1a, pm1b, reset_port;
static bool emulator; /* Bochs' and QEMU's own ports mean what they mean there */
static enum power_at_end chosen;
static size_t shutdown_seen; /* letters of the word that the guest has written */

static void watch(uint16_t port)
{
    for (size_t i = 0; i < port_count; i++)
        if (ports[i] == port)
            return;
    ASSERT(port_count < PORTS_MAX);
    ports[port_count++] = port;
}

/* A PM1 control register of 16 bits: sleep enable is in its upper byte. */
static void watch_pm1(uint16_t port)
{
    if (!port)
        return;
    watch(port);
    watch((uint16_t)(port + 1));
}

static bool pm1_sleeps(uint16_t control, uint16_t port, uint8_t value)
{
    return control && port == control + 1 && value & PM1_SLEEP_ENABLE >> 8;
}

static uint32_t read32(uint64_t address)
{
    uint32_t value;

    memcpy(&value, (const void *)address, sizeof(value));
    return value;
}

static uint64_t read64(uint64_t address)
{
    return read32(address) | (uint64_t)read32(address + 4) << 32;
}

static uint64_t search_rsdp(void)
{
    for (uint64_t at = 0xe0000; at < 0x100000; at += 16)
        if (!memcmp((const void *)at, "RSD PTR ", 8))
            return at;
    return 0;
}

/* The FADT's address, by the root table of either kind; 0 where there is none within reach. */
static uint64_t find_fadt(uint64_t rsdp)
{
    bool extended = *(const uint8_t *)(rsdp + 15) >= 2 && read64(rsdp + 24);
    uint64_t root = extended ? read64(rsdp + 24) : read32(rsdp + 16);

    if (!guest_physical_allowed(root, 36))
        return 0;
    emulator = !memcmp((const void *)(root + 10), "BOCHS ", 6);

    uint32_t length = read32(root + 4), step = extended ? 8 : 4;

    for (uint64_t at = root + 36; at + step <= root + length; at += step) {
        uint64_t table = extended ? read64(at) : read32(at);

        if (guest_physical_allowed(table, 244) && !memcmp((const void *)table, "FACP", 4))
            return table;
    }
    return 0;
}

static void read_fadt(uint64_t fadt)
{
    uint32_t length = read32(fadt + 4);

    pm1a = (uint16_t)read32(fadt + FADT_PM1A_CONTROL);
    pm1b = (uint16_t)read32(fadt + FADT_PM1B_CONTROL);
    watch_pm1(pm1a);
    watch_pm1(pm1b);
    if (length < FADT_RESET_REGISTER + 13 || !(read32(fadt + FADT_FLAGS) & FADT_RESET_SUPPORTED) ||
        *(const uint8_t *)(fadt + FADT_RESET_REGISTER) != GENERIC_ADDRESS_IO)
        return;
    reset_port = (uint16_t)read64(fadt + FADT_RESET_REGISTER + 4);
    watch(reset_port);
}

void power_init(uint64_t rsdp, enum power_at_end at_end)
{
    uint64_t fadt;

    chosen = at_end;
    if (!rsdp)
        rsdp = search_rsdp();
    if (!rsdp)
        return;
    fadt = find_fadt(rsdp);
    if (fadt)
        read_fadt(fadt);
    if (!emulator)
        return;
    watch(PORT_BOCHS_SHUTDOWN);
    watch(PORT_QEMU_EXIT);
    watch(PORT_QEMU_EXIT_ISA);
    watch(PORT_QEMU_PM1A);
    watch(PORT_OLD_QEMU_PM1A);
}

size_t power_ports(const uint16_t **list)
{
    *list = ports;
    return port_count;
}

/* Whether the letter completes the word that switches Bochs off. */
static bool completes_shutdown(uint8_t letter)
{
    shutdown_seen = letter == shutdown_word[shutdown_seen] ? shutdown_seen + 1 : letter == 'S';
    if (shutdown_word[shutdown_seen])
        return false;
    shutdown_seen = 0;
    return true;
}

static bool keyboard_resets(const struct vcpu *vcpu, uint16_t port, uint8_t value)
{
    if (port == PORT_KEYBOARD_DATA)
        return a20_output_port_next(vcpu) && !(value & 1);
    return (value & 0xf1) == 0xf0;
}

/* A device of a PC takes the bytes that are its own, however wide the write and wherever it began. */
static const char *byte_does(const struct vcpu *vcpu, uint16_t port, uint8_t value)
{
    if (pm1_sleeps(pm1a, port, value) || pm1_sleeps(pm1b, port, value))
        return "sleep or power off by the ACPI PM1 control register";
    if (port == PORT_RESET_CONTROL)
        return value & RESET_CONTROL_CPU ? "reset by port 0xcf9" : NULL;
    if (reset_port && port == reset_port)
        return "reset by the ACPI reset register";
    if (port == PORT_KEYBOARD_COMMAND || port == PORT_KEYBOARD_DATA)
        return keyboard_resets(vcpu, port, value) ? "reset by the keyboard controller" : NULL;
    if (port == PORT_SYSTEM_CONTROL_A)
        return value & SYSTEM_CONTROL_A_RESET ? "reset by port 0x92" : NULL;
    return NULL;
}

/* An emulator gives its own ports those writes that begin there. */
static const char *emulator_does(uint16_t port, uint32_t value)
{
    if (port == PORT_BOCHS_SHUTDOWN)
        return completes_shutdown((uint8_t)value) ? "power off by port 0x8900" : NULL;
    if (port == PORT_QEMU_EXIT || port == PORT_QEMU_EXIT_ISA)
        return "exit by the emulator's debug port";
    if (port == PORT_QEMU_PM1A || port == PORT_OLD_QEMU_PM1A)
        return value & PM1_SLEEP_ENABLE ? "power off by the emulator's port" : NULL;
    return NULL;
}

static const char *what_it_does(const struct vcpu *vcpu, uint16_t port, unsigned size,
                                uint32_t value)
{
    const char *what = NULL;

    if (port == PORT_PCI_ADDRESS && size == 4)
        return NULL;
    for (unsigned i = 0; i < size && !what; i++)
        what = byte_does(vcpu, (uint16_t)(port + i), (uint8_t)(value >> 8 * i));
    return what || !emulator ? what : emulator_does(port, value);
}

bool power_watch(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value)
{
    const char *what = what_it_does(vcpu, port, size, value);

    if (!what)
        return false;
    trace_out_last_exit(vcpu);
    trace_out_finish(0, what);
    return true;
}

static void switch_off(void)
{
    if (!emulator)
        return;
    for (const char *s = shutdown_word; *s; s++)
        outb(PORT_BOCHS_SHUTDOWN, (uint8_t)*s);
    outb(PORT_QEMU_EXIT_ISA, 0);
    outb(PORT_QEMU_EXIT, 0);
    outw(PORT_QEMU_PM1A, QEMU_PM1_OFF);
    outw(PORT_OLD_QEMU_PM1A, QEMU_PM1_OFF);
}

_Noreturn void power_end(void)
{
    console_flush();
    if (chosen == POWER_OFF)
        switch_off();
    if (chosen == POWER_RESET) {
        outb(PORT_RESET_CONTROL, RESET_CONTROL_CPU | 2);
        outb(PORT_KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    }
    stop_cpu();
}
