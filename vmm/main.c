/* SPDX-License-Identifier: MIT */
/* The VMM from its first line of C to the end of the guest's run, in order. */
#include <stdint.h>

#include "trace/statistics.h"
#include "vmm/clock.h"
#include "vmm/console.h"
#include "vmm/format.h"
#include "vmm/interrupts.h"
#include "vmm/loader/bootinfo.h"
#include "vmm/loader/guest_start.h"
#include "vmm/memory.h"
#include "vmm/options.h"
#include "vmm/panic.h"
#include "vmm/power.h"
#include "vmm/run.h"
#include "vmm/trace_out.h"
#include "vmm/version.h"
#include "vmx/capabilities.h"
#include "vmx/ept.h"
#include "vmx/exits.h"
#include "vmx/intercept.h"
#include "vmx/mtrr.h"
#include "vmx/vmcs_dump.h"
#include "vmx/vmcs_setup.h"

enum {
    EPT_PAGES = 256,          /* tables of the guest's memory map */
    BITS_PER_BYTE = 10,       /* on the line: with start and stop bit */
    TIMER_FALLBACK = 1 << 20, /* ticks, where the TSC's frequency is not known */
    LATE_PER_SECOND = 20,     /* drain=burst: looks at what waits */
};

void vmm_main(uint32_t magic, uint64_t info);

static struct boot_info boot;
static struct options options;
static struct vmx_capabilities caps;
static struct mtrr_state mtrrs;
static struct ept ept;
static struct vcpu vcpu;
static struct statistics statistics;
static struct intercepts intercepts;

static _Noreturn void refuse_to_start(const struct refusal *why)
{
    print("vexit: %s\n", why->line);
    power_end();
}

static void *boot_memory(uint64_t address, uint64_t length)
{
    return address < UINT64_C(1) << 32 && length <= (UINT64_C(1) << 32) - address ? (void *)address
                                                                                  : NULL;
}

/* COM2 if there, else COM1, unless the user chose, or wants none. */
static bool choose_port(struct refusal *why)
{
    if (options.memory)
        return true;
    if (options.port_given) {
        if (options.port.kind == SERIAL_DEBUG_CONSOLE || serial_present(options.port.port))
            return true;
        return refuse(why, "no UART answers at port %#x; choose another port=", options.port.port);
    }
    options.port.port = serial_standard_port[console_found(serial_standard_port[1]) ? 1 : 0];
    return console_found(options.port.port) ||
           refuse(why, "no serial port was found; give the machine one, or choose port=");
}

/* What the built-in guest is told: the user's words, which count first, and where not to find a UART. */
static const char *builtin_words(void)
{
    static char words[OPTION_TEXT_MAX + 24];

    format(words, sizeof(words), "%s hidden=%#x", options.guest,
           options.port.kind == SERIAL_UART ? options.port.port : 0);
    return words;
}

static uint64_t rsdp_address(void)
{
    return boot.rsdp_length ? virt_to_phys(boot.rsdp) : 0;
}

/* The guest's physical memory: the first 4 GiB at once, the rest gigabyte by gigabyte when touched. */
static bool map_guest(struct refusal *why)
{
    mtrr_read(&mtrrs);
    ept_init(&ept, memory_pages(EPT_PAGES), EPT_PAGES, caps.ept_vpid, &mtrrs, caps.maxphyaddr);
    if (ept_hide(&ept, memory_base(), memory_length()) && ept_map(&ept, 0, UINT64_C(4) << 30))
        return true;
    return refuse(why, "%d pages do not suffice for the guest's memory map", EPT_PAGES);
}

/* Ticks of the VMX-preemption timer for a time in TSC ticks; 0 where it is not to be used. */
static uint32_t timer_ticks(uint64_t tsc_ticks)
{
    uint64_t ticks = tsc_ticks >> (caps.misc & 31);

    if (!options.timer || options.memory ||
        !capabilities_allow(&caps, CONTROL_WORD_PIN, PIN_ACTIVATE_PREEMPTION_TIMER))
        return 0;
    return ticks && ticks <= UINT32_MAX ? (uint32_t)ticks : TIMER_FALLBACK;
}

/* Under a hypervisor each byte that goes out is an exit to it. */
static bool drains_in_bursts(void)
{
    bool guest_of_another = cpuid(1, 0).ecx >> 31;

    return options.drain == DRAIN_BURST || (options.drain == DRAIN_AUTO && guest_of_another);
}

static void start_trace(void)
{
    struct trace_out_options out = {
        .port = options.port,
        .baud = options.baud,
        .lossless = options.lossless,
        .text = options.text_wire,
        .memory = options.memory,
        .tsc_hz = clock_tsc_hz(),
        .version = VEXIT_VERSION,
        .options = options.text,
    };
    size_t pages = options.ring / PAGE_SIZE;
    void *header = memory_pages(1);

    out.burst = drains_in_bursts();
    out.timer_ticks = timer_ticks(out.tsc_hz * SERIAL_FIFO * BITS_PER_BYTE / options.baud);
    out.late_ticks = timer_ticks(out.tsc_hz / LATE_PER_SECOND);
    out.beat_ticks = timer_ticks(out.tsc_hz);
    out.timer_saves =
        capabilities_allow(&caps, CONTROL_WORD_EXIT, EXIT_SAVE_PREEMPTION_TIMER_VALUE);
    vcpu.tracing = options.trace;
    vcpu.statistics = &statistics;
    trace_out_start(&out, &vcpu, memory_pages(pages),
                    pages * PAGE_SIZE / sizeof(struct trace_element), header);
    if (options.memory)
        print("vexit: VMM keeps the trace in memory, header at %#lx\n", virt_to_phys(header));
}

static bool prepare(uint32_t magic, uint64_t info, struct guest_entry *entry, struct refusal *why)
{
    struct intercept_request request;

    return boot_info_parse(&boot, magic, info, boot_memory, why) &&
           options_parse(&options, boot.command_line, why) &&
           intercept_parse(options.exits, &request, why) && choose_port(why) &&
           capabilities_read(&caps, why) &&
           memory_take(&boot, options.ring + (uint64_t)(EPT_PAGES + 1) * PAGE_SIZE, why) &&
           (interrupts_init(), power_init(rsdp_address(), options.at_end), map_guest(why)) &&
           guest_start(&boot, builtin_words(), entry, why) && vmx_start(&caps, why) &&
           intercept_apply(&request, &caps, &options.port, &intercepts, why);
}

void vmm_main(uint32_t magic, uint64_t info)
{
    struct guest_entry entry = { 0 };
    struct refusal why;

    console_init();
    print("vexit " VEXIT_VERSION "\n");
    if (!prepare(magic, info, &entry, &why))
        refuse_to_start(&why);
    print("vexit: VMM at %#lx (%lu KiB), guest: %s at %#lx, exits=%s\n", memory_base(),
          memory_length() >> 10, entry.protocol, entry.rip, options.exits);
    vcpu.ept = &ept;
    vcpu.intercepts = &intercepts;
    exits_init(&vcpu, &caps, &mtrrs);
    start_trace();
    vmcs_set_up(&vcpu, &caps, &entry);
    trace_out_guest_starts();
    run(&vcpu);
    trace_out_finish(vcpu.stop_status, vcpu.stop_reason);
    print("vexit: guest stopped, status %u: %s\n", vcpu.stop_status, vcpu.stop_reason);
    if (vcpu.entry_failed)
        vmcs_dump(print);
    power_end();
}
