/* SPDX-License-Identifier: MIT */
/* Where SYSCALL and SYSENTER of check_msr.c lead: each leaves a mark in RAX and goes back. */
#include "guest/system_calls.h"

    .text
    .globl system_call_entry
system_call_entry:
    mov $SYSCALL_MARK, %eax
    sysretq

    .globl system_enter_entry
system_enter_entry:
    mov $SYSENTER_MARK, %eax
    sysexitq

    .section .note.GNU-stack, "", @progbits
