/* SPDX-License-Identifier: MIT */
/* The ways in which the guest can end the run. */
#ifndef GUEST_ENDING_H
#define GUEST_ENDING_H

/*
 * ending - ends the run as the command line's word end=NAME says (the names: ending.c), by default
 * by VMCALL stop with that status, and on a machine without vexit by Bochs' shutdown port. Where an
 * ending does nothing, the CPU halts for good.
 */
void ending(unsigned status) __attribute__((noreturn));

#endif
