/* SPDX-License-Identifier: MIT */
/* Single step by RFLAGS.TF over instructions that exit: #DB comes right behind each. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/debug_registers.h"
#include "guest/segments.h"
#include "vmx/msr.h"

/* POPF takes effect behind the next instruction. */
#define SET_TF "pushfq\norl $0x100, (%%rsp)\npopfq\n"

static void check_stepped(struct trap t, const char *name)
{
    check(t.vector == EXCEPTION_DB && t.place == TRAP_BEHIND && (t.dr6 & DR6_BS) &&
              (t.rflags & RFLAGS_TF) && !(t.rflags & RFLAGS_RF),
          "over %s takes #DB right behind it with DR6.BS", name);
    write_dr6(DR6_CLEAR);
}

#define STEP(name, instruction, outputs, inputs, clobbers)                                         \
    check_stepped(TRY(SET_TF instruction, outputs, inputs, clobbers), name)

static void step_general(void)
{
    struct descriptor_table gdt = sgdt();
    uint32_t eax = 0, ecx = 0;

    STEP("NOP", "nop", (), (), ());
    STEP("CPUID", "cpuid", ("+a"(eax), "+c"(ecx)), (), ("rbx", "rdx"));
    STEP("CPUID with prefixes", ".byte 0x66, 0x48\ncpuid", ("+a"(eax), "+c"(ecx)), (),
         ("rbx", "rdx"));
    STEP("RDMSR", "rdmsr", (), ("c"(MSR_IA32_PAT)), ("rax", "rdx"));
    STEP("WRMSR", "wrmsr", (), ("c"(MSR_IA32_TSC_AUX), "a"(0), "d"(0)), ());
    STEP("RDTSC", "rdtsc", (), (), ("rax", "rdx"));
    STEP("RDTSCP", "rdtscp", (), (), ("rax", "rcx", "rdx"));
    STEP("PAUSE", "pause", (), (), ());
    STEP("WBINVD", "wbinvd", (), (), ());
    STEP("INVLPG", "invlpg (%%rsp)", (), (), ());
    STEP("SGDT", "sgdt -32(%%rsp)", (), (), ());
    STEP("LGDT", "lgdt %0", (), ("m"(gdt)), ());
    STEP("STR", "str %%ax", (), (), ("rax"));
    STEP("LLDT", "lldt %%ax", (), ("a"(SELECTOR_LDT)), ());
}

static void step_registers(void)
{
    STEP("MOV from CR0", "mov %%cr0, %%rax", (), (), ("rax"));
    STEP("MOV to CR0", "mov %%rax, %%cr0", (), ("a"(read_cr0())), ());
    STEP("MOV to CR3", "mov %%rax, %%cr3", (), ("a"(read_cr3())), ());
    STEP("MOV to CR4", "mov %%rax, %%cr4", (), ("a"(read_cr4())), ());
    STEP("MOV to CR8", "mov %%rax, %%cr8", (), ("a"(read_cr8())), ());
    STEP("CLTS", "clts", (), (), ());
    STEP("MOV from DR7", "mov %%dr7, %%rax", (), (), ("rax"));
    STEP("MOV to DR0", "mov %%rax, %%dr0", (), ("a"(0)), ());
}

enum { PORT_POST = 0x80 };

static void step_io(void)
{
    uint64_t rsi = (uint64_t)segments_gdt;

    STEP("OUT", "outb %%al, $0x80", (), ("a"(0)), ());
    STEP("IN", "inb $0xa1, %%al", (), (), ("rax"));
    STEP("OUTSB", "outsb", ("+S"(rsi)), ("d"(PORT_POST)), ());
}

/* Blocking by MOV SS holds the #DB back for one instruction. */
static void step_blocked(void)
{
    uint32_t eax = 0, ecx = 0;
    struct trap t = TRY("mov %%ss, %%cx\n" SET_TF "mov %%cx, %%ss\ncpuid", ("+a"(eax), "+c"(ecx)),
                        (), ("rbx", "rdx"));

    check_stepped(t, "MOV SS and CPUID together");
}

static unsigned steps;

static void count_step(struct trap_frame *frame)
{
    steps++;
    if (!(frame->rcx & 0xff))
        frame->rflags &= ~(uint64_t)RFLAGS_TF;
}

static void step_repeated(void)
{
    uint64_t rsi = (uint64_t)segments_gdt, rcx = 3;

    steps = 0;
    trap_handle(EXCEPTION_DB, count_step);
    __asm__ volatile(SET_TF "rep outsb" : "+S"(rsi), "+c"(rcx) : "d"(PORT_POST) : "memory", "cc");
    trap_handle(EXCEPTION_DB, NULL);
    check_equal(steps, 3, "over REP OUTSB takes #DB at each of three bytes");
    check(!rcx && rsi == (uint64_t)segments_gdt + 3, "over REP OUTSB moves all of them");
    write_dr6(DR6_CLEAR);
}

void check_step(void)
{
    step_general();
    step_registers();
    step_io();
    step_blocked();
    step_repeated();
}
