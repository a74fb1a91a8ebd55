/* SPDX-License-Identifier: MIT */
/* vexit's services: results, registers, what each CPL may ask for. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/try.h"
#include "guest/user.h"
#include "guest/vexit.h"

static void check_marker(void)
{
    uint64_t rax = VEXIT_CALL_SIGNATURE | VEXIT_CALL_MARKER, flags, before;
    uint64_t rbx = 0x1111, rcx = 0x2222, rdx = 0x3333, rsi = 0x4444;

    __asm__ volatile("pushfq\npop %[before]\nvmcall\npushfq\npop %[flags]"
                     : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx),
                       "+S"(rsi), [flags] "=&r"(flags), [before] "=&r"(before)
                     :
                     : "memory");
    check_equal(rax, VEXIT_CALL_DONE, "marker is done");
    check(rbx == 0x1111 && rcx == 0x2222 && rdx == 0x3333 && rsi == 0x4444,
          "marker changes no other register");
    check_equal(flags, before, "marker changes no flag");
    check_equal(vexit_marker(~0ull, 1ull << 63, 0, 0xfedcba9876543210), VEXIT_CALL_DONE,
                "marker takes 64-bit values");
}

static uint64_t marker_at_user(void *unused)
{
    (void)unused;
    return vexit_marker(3, 3, 3, 3);
}

AT_USER(trace_off_at_user, "vmcall", (), ("a"(VEXIT_CALL_SIGNATURE | VEXIT_CALL_TRACE_OFF)), ())
AT_USER(unknown_at_user, "vmcall", (), ("a"(VEXIT_CALL_SIGNATURE | 0xffff)), ())

static void check_user(void)
{
    check_equal(user_call(marker_at_user, NULL), VEXIT_CALL_DONE, "marker at CPL 3 is done");
    check_fault(try_at_user(trace_off_at_user), EXCEPTION_UD, 0, "trace off at CPL 3");
    check_fault(try_at_user(unknown_at_user), EXCEPTION_UD, 0, "an unknown function at CPL 3");
}

static bool tracing(void)
{
    return cpuid(VEXIT_CPUID_VERSION, 0).ebx & VEXIT_CPUID_FEATURE_TRACE;
}

static void check_switch(void)
{
    bool was = tracing();

    check_equal(vexit_call(VEXIT_CALL_TRACE_OFF, 0), VEXIT_CALL_DONE, "trace off is done");
    check(!tracing(), "CPUID tells that the trace is off");
    check_equal(vexit_call(VEXIT_CALL_TRACE_ON, 0), VEXIT_CALL_DONE, "trace on is done");
    check(tracing(), "CPUID tells that the trace is on");
    if (!was)
        vexit_call(VEXIT_CALL_TRACE_OFF, 0);
}

static void check_putc(void)
{
    bool done = true;

    for (const char *s = "the test guest was here\n"; *s; s++)
        done = vexit_call(VEXIT_CALL_PUTC, (uint8_t)*s) == VEXIT_CALL_DONE && done;
    check(done, "putc is done for each character of a line");
}

static void check_unknown(void)
{
    uint64_t rax = 0xffffffff00000000 | VEXIT_CALL_SIGNATURE | VEXIT_CALL_MARKER;

    check_equal(vexit_call(0x1234, 0), (uint64_t)VEXIT_CALL_UNKNOWN,
                "an unknown function gives all ones");
    check_clean(TRY("vmcall", ("+a"(rax)), ("b"(1), "c"(2), "d"(3), "S"(4)), ()),
                "the upper half of RAX does not matter");
    check_fault(TRY("vmcall", (), ("a"(0x76790000)), ()), EXCEPTION_UD, 0,
                "VMCALL with another signature");
    check_fault(TRY("vmcall", (), ("a"(0)), ()), EXCEPTION_UD, 0, "VMCALL without signature");
}

void check_vmcall(void)
{
    if (!surroundings.vexit)
        return;
    check_vexit_begin();
    check_marker();
    check_user();
    check_switch();
    check_putc();
    check_unknown();
    check_vexit_end();
}
