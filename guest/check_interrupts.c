/* SPDX-License-Identifier: MIT */
/* Interrupts: when they come, where RIP is then, what holds them back. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/interrupts.h"

/* Runs code with VECTOR_SELF pending; at = where the label 1 in it is. Interrupts end up off. */
#define WITH_PENDING(code, at)                                                                     \
    do {                                                                                           \
        interrupts_reset_counts();                                                                 \
        interrupts_send_self();                                                                    \
        __asm__ volatile("lea 1f(%%rip), %0\n" code "\ncli"                                        \
                         : "=&r"(at)                                                               \
                         :                                                                         \
                         : "rax", "rbx", "rcx", "rdx", "memory", "cc");                            \
    } while (0)

static void check_taken(uint64_t at, const char *what)
{
    check(interrupts_seen.self == 1 && interrupts_seen.rip == at, "%s", what);
}

static void check_pending(void)
{
    interrupts_reset_counts();
    interrupts_send_self();
    cpuid(0, 0);
    check(!interrupts_seen.self && interrupts_self_pending(), "waits while RFLAGS.IF is clear");
    __asm__ volatile("sti\ncli" : : : "memory");
    check(!interrupts_seen.self && interrupts_self_pending(), "does not come between STI and CLI");
    __asm__ volatile("sti\nnop\ncli" : : : "memory");
    check(interrupts_seen.self == 1 && !interrupts_self_pending(), "comes behind STI and NOP");
}

static void check_shadows(void)
{
    uint64_t at;

    WITH_PENDING("sti\nnop\n1:", at);
    check_taken(at, "comes right behind the instruction that follows STI");
    WITH_PENDING("xor %%eax, %%eax\nsti\ncpuid\n1:", at);
    check_taken(at, "comes right behind the CPUID that follows STI");
    WITH_PENDING("mov $0x277, %%ecx\nsti\nrdmsr\n1:", at);
    check_taken(at, "comes right behind the RDMSR that follows STI");
    WITH_PENDING("sti\noutb %%al, $0x80\n1:", at);
    check_taken(at, "comes right behind the OUT that follows STI");
    WITH_PENDING("mov %%ss, %%cx\nsti\nmov %%cx, %%ss\nnop\n1:", at);
    check_taken(at, "comes right behind the instruction that follows MOV SS");
    WITH_PENDING("xor %%eax, %%eax\nmov %%ss, %%cx\nsti\nmov %%cx, %%ss\ncpuid\n1:", at);
    check_taken(at, "comes right behind the CPUID that follows MOV SS");
    WITH_PENDING("pushfq\norl $0x200, (%%rsp)\npopfq\n1:", at);
    check_taken(at, "comes right behind POPF");
}

static void check_priority(void)
{
    uint64_t at;

    write_cr8(15);
    interrupts_reset_counts();
    interrupts_send_self();
    __asm__ volatile("sti\nnop\nnop\ncli" : : : "memory");
    check(!interrupts_seen.self && interrupts_self_pending(), "waits while CR8 is above it");
    __asm__ volatile("lea 1f(%%rip), %0\nsti\nnop\nmov %1, %%cr8\n1: nop\ncli"
                     : "=&r"(at)
                     : "r"(0ull)
                     : "memory");
    check_taken(at, "comes right behind the MOV to CR8 that lets it");
}

static void spin_until(volatile unsigned *count)
{
    enable_interrupts();
    for (unsigned i = 0; i < 100000000 && !*count; i++)
        ;
    disable_interrupts();
}

static void check_timers(void)
{
    interrupts_reset_counts();
    interrupts_start_timer(200);
    spin_until(&interrupts_seen.timer);
    interrupts_stop_timer();
    check_equal(interrupts_seen.timer, 1, "of the 8254 comes once while a loop spins");
    interrupts_reset_counts();
    interrupts_start_apic_timer(200);
    spin_until(&interrupts_seen.apic_timer);
    check_equal(interrupts_seen.apic_timer, 1, "of the APIC timer comes once while a loop spins");
}

static unsigned nmis, nmis_inside;

/* The second NMI is sent in here, and must wait for IRET, whatever exits come before. */
static void on_nested_nmi(struct trap_frame *frame)
{
    (void)frame;
    if (nmis++)
        return;
    interrupts_send_nmi();
    cpuid(0, 0);
    inb(0xa1);
    nmis_inside = nmis - 1;
}

static void check_nmi(void)
{
    interrupts_reset_counts();
    interrupts_send_nmi();
    check_equal(interrupts_seen.nmi, 1, "NMI comes while RFLAGS.IF is clear");
    nmis = nmis_inside = 0;
    trap_handle(EXCEPTION_NMI, on_nested_nmi);
    interrupts_send_nmi();
    trap_handle(EXCEPTION_NMI, NULL);
    check(!nmis_inside, "NMI waits while another is handled");
    check_equal(nmis, 2, "NMI comes when that one has returned");
}

void check_interrupts(void)
{
    interrupts_init();
    check_pending();
    check_shadows();
    check_priority();
    check_timers();
    check_nmi();
}
