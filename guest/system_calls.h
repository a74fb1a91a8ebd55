/* SPDX-License-Identifier: MIT */
/* The entry points of SYSCALL and SYSENTER and what they leave in RAX. */
#ifndef GUEST_SYSTEM_CALLS_H
#define GUEST_SYSTEM_CALLS_H

#define SYSCALL_MARK  0x5ca11
#define SYSENTER_MARK 0x5e27e2

#ifndef __ASSEMBLER__
void system_call_entry(void);
void system_enter_entry(void);
#endif

#endif
