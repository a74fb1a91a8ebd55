/* SPDX-License-Identifier: MIT */
/* Runs a function at CPL 3. */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <stdint.h>

/*
 * user_call - calls function(argument) at CPL 3, on a stack of its own, and returns its result.
 * All of the guest's memory is open to it. One call at a time.
 */
uint64_t user_call(uint64_t (*function)(void *argument), void *argument);

/* The gate by which user_call comes back. */
void user_return(void);

#endif
