/* SPDX-License-Identifier: MIT */
/* Debug registers: MOV, the aliases DR4 and DR5, general detect, breakpoints of each kind. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/debug_registers.h"
#include "guest/try.h"

static void check_values(void)
{
    uint64_t value;

    write_dr0(0x1111111111111111);
    write_dr1(0x2222222222222222);
    write_dr2(0x3333333333333333);
    write_dr3(0x4444444444444444);
    check(read_dr0() == 0x1111111111111111 && read_dr1() == 0x2222222222222222 &&
              read_dr2() == 0x3333333333333333 && read_dr3() == 0x4444444444444444,
          "DR0 to DR3 hold what was written");
    __asm__ volatile("mov %%rsp, %%rbx\n"
                     "mov %%dr2, %%rsp\n"
                     "mov %%rsp, %0\n"
                     "mov %%rbx, %%rsp"
                     : "=r"(value)
                     :
                     : "rbx", "memory");
    check_equal(value, 0x3333333333333333, "MOV from DR2 to RSP");
    __asm__ volatile("mov %1, %%r14\nmov %%r14, %%dr3\nmov %%dr3, %%r13\nmov %%r13, %0"
                     : "=r"(value)
                     : "r"(0x5555ull)
                     : "r13", "r14");
    check_equal(value, 0x5555, "MOV of DR3 by R14 and R13");
    write_dr6(0);
    check_equal(read_dr6(), DR6_CLEAR, "DR6 keeps its fixed bits");
    write_dr6(DR6_CLEAR | 0xe00f);
    check_equal(read_dr6(), DR6_CLEAR | 0xe00f, "DR6 holds what was written");
    write_dr6(DR6_CLEAR);
    write_dr7(0);
    check_equal(read_dr7(), DR7_FIXED, "DR7 keeps its fixed bit");
    write_dr7(0x03330700);
    check_equal(read_dr7(), 0x03330700, "DR7 holds what was written");
    write_dr7(DR7_FIXED);
    check_fault(try_write_dr6(1ull << 32), EXCEPTION_GP, 0, "DR6 above 32 bits");
    check_fault(try_write_dr7(1ull << 32), EXCEPTION_GP, 0, "DR7 above 32 bits");
}

static void check_aliases(void)
{
    uint64_t cr4 = read_cr4(), value = 0;

    check_clean(TRY("mov %%db4, %0", ("=r"(value)), (), ()), "MOV from DR4 without CR4.DE");
    check_equal(value, read_dr6(), "DR4 is DR6 without CR4.DE");
    check_clean(TRY("mov %%db5, %0", ("=r"(value)), (), ()), "MOV from DR5 without CR4.DE");
    check_equal(value, read_dr7(), "DR5 is DR7 without CR4.DE");
    write_cr4(cr4 | CR4_DE);
    check_fault(TRY("mov %%db4, %0", ("=r"(value)), (), ()), EXCEPTION_UD, 0,
                "MOV from DR4 with CR4.DE");
    check_fault(TRY("mov %0, %%db5", (), ("r"(value)), ()), EXCEPTION_UD, 0,
                "MOV to DR5 with CR4.DE");
    write_cr4(cr4);
}

static void check_general_detect(void)
{
    uint64_t value;
    struct trap t;

    write_dr7(DR7_FIXED | DR7_GD);
    t = TRY("mov %%dr3, %0", ("=r"(value)), (), ());
    check(t.vector == EXCEPTION_DB && t.place == TRAP_AT && (t.dr6 & DR6_BD),
          "MOV from DR3 with DR7.GD takes #DB with DR6.BD");
    check_equal(read_dr7(), DR7_FIXED, "#DB clears DR7.GD");
    write_dr6(DR6_CLEAR);
}

AT_USER(read_dr0_at_user, "mov %%dr0, %%rax", (), (), ("rax"))
AT_USER(write_dr7_at_user, "mov %0, %%dr7", (), ("r"((uint64_t)DR7_FIXED)), ())

static void check_user(void)
{
    check_fault(try_at_user(read_dr0_at_user), EXCEPTION_GP, 0, "MOV from DR0 at CPL 3");
    check_fault(try_at_user(write_dr7_at_user), EXCEPTION_GP, 0, "MOV to DR7 at CPL 3");
}

static volatile uint32_t cell;

static void check_breakpoint(struct trap t, enum trap_place place, unsigned n, const char *what)
{
    check(t.vector == EXCEPTION_DB && t.place == place && (t.dr6 & 0xf) == 1u << n &&
              !(t.rflags & RFLAGS_RF) == (place == TRAP_BEHIND),
          "%s takes #DB %s it with DR6.B%u", what, place == TRAP_AT ? "at" : "behind", n);
    write_dr6(DR6_CLEAR);
}

static void check_data_breakpoints(void)
{
    write_dr1((uint64_t)&cell);
    write_dr7(breakpoint_enable(1, BREAKPOINT_WRITE, 4));
    check_breakpoint(TRY("movl $1, %0", ("=m"(cell)), (), ()), TRAP_BEHIND, 1, "a write");
    check_clean(TRY("cmpl $1, %0", (), ("m"(cell)), ()), "a read passes a breakpoint on writes");
    write_dr2((uint64_t)&cell);
    write_dr7(breakpoint_enable(2, BREAKPOINT_ACCESS, 4));
    check_breakpoint(TRY("cmpl $1, %0", (), ("m"(cell)), ()), TRAP_BEHIND, 2, "a read");
    write_dr7(DR7_FIXED);
}

/*
 * An instruction breakpoint on CPUID or NOP: a fault before the instruction, which RFLAGS.RF then
 * lets pass.
 */
static unsigned breakpoints_met;

static void go_on(struct trap_frame *frame)
{
    breakpoints_met++;
    frame->rflags |= RFLAGS_RF;
}

#define EXECUTE_OVER_BREAKPOINT(instruction)                                                       \
    do {                                                                                           \
        uint64_t at_;                                                                              \
        breakpoints_met = 0;                                                                       \
        __asm__ volatile("lea 1f(%%rip), %0\n"                                                     \
                         "mov %0, %%dr0\n"                                                         \
                         "mov %1, %%dr7\n"                                                         \
                         "xor %%eax, %%eax\n"                                                      \
                         "1: " instruction "\n"                                                    \
                         : "=&r"(at_)                                                              \
                         : "r"(breakpoint_enable(0, BREAKPOINT_EXECUTE, 1))                        \
                         : "rax", "rbx", "rcx", "rdx", "memory");                                  \
        write_dr7(DR7_FIXED);                                                                      \
    } while (0)

static void check_instruction_breakpoints(void)
{
    trap_handle(EXCEPTION_DB, go_on);
    EXECUTE_OVER_BREAKPOINT("nop");
    check(breakpoints_met == 1, "a breakpoint on NOP takes #DB once, RF lets it pass");
    EXECUTE_OVER_BREAKPOINT("cpuid");
    check(breakpoints_met == 1, "a breakpoint on CPUID takes #DB once, RF lets it pass");
    EXECUTE_OVER_BREAKPOINT("cpuid\nnop");
    check(breakpoints_met == 1, "a breakpoint on CPUID takes #DB once, NOP behind it none");
    trap_handle(EXCEPTION_DB, NULL);
    check(read_dr6() & 1, "a breakpoint on an instruction sets DR6.B0");
    write_dr6(DR6_CLEAR);
}

static void check_breakpoint_behind_exit(void)
{
    trap_handle(EXCEPTION_DB, go_on);
    breakpoints_met = 0;
    __asm__ volatile("lea 1f(%%rip), %%rax\n"
                     "mov %%rax, %%dr0\n"
                     "mov %0, %%dr7\n"
                     "xor %%eax, %%eax\n"
                     "cpuid\n"
                     "1: nop"
                     :
                     : "r"(breakpoint_enable(0, BREAKPOINT_EXECUTE, 1))
                     : "rax", "rbx", "rcx", "rdx", "memory");
    write_dr7(DR7_FIXED);
    trap_handle(EXCEPTION_DB, NULL);
    check(breakpoints_met == 1, "a breakpoint on the instruction behind CPUID takes #DB");
    write_dr6(DR6_CLEAR);
}

enum { PORT_POST = 0x80 };

static void check_io_breakpoint(void)
{
    uint64_t cr4 = read_cr4();

    write_cr4(cr4 | CR4_DE);
    write_dr3(PORT_POST);
    write_dr7(breakpoint_enable(3, BREAKPOINT_IO, 1));
    check_breakpoint(TRY("outb %%al, $0x80", (), ("a"(0)), ()), TRAP_BEHIND, 3, "OUT");
    check_clean(TRY("outb %%al, $0xed", (), ("a"(0)), ()),
                "OUT to another port passes a breakpoint");
    write_dr7(DR7_FIXED);
    write_cr4(cr4);
}

void check_dr(void)
{
    check_values();
    check_aliases();
    check_general_detect();
    check_user();
    check_data_breakpoints();
    check_instruction_breakpoints();
    check_breakpoint_behind_exit();
    check_io_breakpoint();
    write_dr0(0);
    write_dr1(0);
    write_dr2(0);
    write_dr3(0);
}
