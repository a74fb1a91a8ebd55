/* SPDX-License-Identifier: MIT */
/* HLT, PAUSE, MONITOR and MWAIT. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/interrupts.h"
#include "guest/try.h"
#include "vmx/msr.h"

enum { LEAF1_ECX_MONITOR = 1u << 3 };

/* HLT with interrupts on: the next instruction is where the interrupt comes. */
static uint64_t halt(void)
{
    uint64_t behind;

    __asm__ volatile("lea 1f(%%rip), %0\nsti\nhlt\n1: cli" : "=&r"(behind) : : "memory");
    return behind;
}

static void check_hlt(void)
{
    uint64_t behind;

    interrupts_reset_counts();
    interrupts_start_timer(500);
    behind = halt();
    interrupts_stop_timer();
    check(interrupts_seen.timer == 1 && interrupts_seen.rip == behind,
          "HLT waits for the 8254's interrupt and goes on behind it");
    interrupts_reset_counts();
    interrupts_start_apic_timer(500);
    behind = halt();
    check(interrupts_seen.apic_timer == 1 && interrupts_seen.rip == behind,
          "HLT waits for the APIC timer's interrupt and goes on behind it");
    interrupts_reset_counts();
    interrupts_send_self();
    behind = halt();
    check(interrupts_seen.self == 1 && interrupts_seen.rip == behind,
          "HLT goes on at once where an interrupt waits");
    for (unsigned i = 0; i < 3; i++) {
        interrupts_start_timer(100);
        halt();
    }
    interrupts_stop_timer();
    check_equal(interrupts_seen.timer, 3, "HLT three times takes three interrupts");
}

static void check_pause(void)
{
    uint64_t before, after;

    __asm__ volatile("pushfq\npop %0\npause\npause\npushfq\npop %1"
                     : "=&r"(before), "=r"(after)
                     :
                     : "memory");
    check_equal(after, before, "PAUSE changes no flag");
    for (unsigned i = 0; i < 10; i++)
        cpu_pause();
    check(true, "PAUSE ten times");
}

AT_USER(hlt_at_user, "hlt", (), ("a"(0), "c"(0), "d"(0)), ())
AT_USER(pause_at_user, "pause", (), ("a"(0), "c"(0), "d"(0)), ())
AT_USER(monitor_at_user, "monitor", (), ("a"(0), "c"(0), "d"(0)), ())
AT_USER(mwait_at_user, "mwait", (), ("a"(0), "c"(0), "d"(0)), ())

static void check_user(void)
{
    check_fault(try_at_user(hlt_at_user), EXCEPTION_GP, 0, "HLT at CPL 3");
    check_clean(try_at_user(pause_at_user), "PAUSE at CPL 3");
    check_fault(try_at_user(monitor_at_user), EXCEPTION_UD, 0, "MONITOR at CPL 3");
    check_fault(try_at_user(mwait_at_user), EXCEPTION_UD, 0, "MWAIT at CPL 3");
}

static volatile uint64_t watched[8] __attribute__((aligned(64)));

/* A processor without it has no such opcode; KVM, which hides it, carries it out as a NOP. */
static void check_no_monitor(void)
{
    struct trap t = TRY("monitor", (), ("a"(watched), "c"(0), "d"(0)), ());

    if (t.vector != NO_TRAP)
        check_fault(t, EXCEPTION_UD, 0, "MONITOR where CPUID has it not");
}

static void check_monitor(void)
{
    if (!(cpuid(1, 0).ecx & LEAF1_ECX_MONITOR)) {
        check_no_monitor();
        return;
    }
    interrupts_reset_counts();
    interrupts_start_timer(500);
    enable_interrupts();
    while (!interrupts_seen.timer) {
        __asm__ volatile("monitor" : : "a"(watched), "c"(0), "d"(0) : "memory");
        if (!interrupts_seen.timer)
            __asm__ volatile("mwait" : : "a"(0), "c"(0) : "memory");
    }
    disable_interrupts();
    interrupts_stop_timer();
    check_equal(interrupts_seen.timer, 1, "MWAIT waits for the 8254's interrupt");
    check_fault(TRY("monitor", (), ("a"(watched), "c"(0x10), "d"(0)), ()), EXCEPTION_GP, 0,
                "MONITOR with an unknown extension");
    check_fault(TRY("mwait", (), ("a"(0), "c"(0x10)), ()), EXCEPTION_GP, 0,
                "MWAIT with an unknown extension");
    check_fault(TRY("monitor", (), ("a"(NONCANONICAL), "c"(0), "d"(0)), ()), EXCEPTION_GP, 0,
                "MONITOR of a non-canonical address");
}

void check_halt(void)
{
    interrupts_init();
    check_hlt();
    check_pause();
    check_user();
    check_monitor();
}
