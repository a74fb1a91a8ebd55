/* SPDX-License-Identifier: MIT */
/* Names of the values in a record: ports, MSRs, exceptions, bits of qualifications and of CRs. */
#ifndef TRACE_HOST_SHOW_NAMES_H
#define TRACE_HOST_SHOW_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

enum {
    NAMES_ROOM = 512,  /* bytes that are always enough for either line, NUL included */
    NAMES_CR_SLOT = 2, /* the slot that says whose bits the value of a control register has */
};

/*
 * What an exit's qualification says: "direction=in size=1 rep". Empty where there is nothing to say.
 */
void names_of_exit(char text[NAMES_ROOM], const struct trace_element *element);

/* What the slots say: "port=COM1+5". Empty where there is nothing to say. */
void names_of_entry(char text[NAMES_ROOM], const struct schema *schema,
                    const struct trace_element *element);

/*
 * The name of a slot's value ("COM1+5") for a basic exit reason and slot name; false where it has
 * none. cr: the number in NAMES_CR_SLOT, for the values of control registers.
 */
bool names_of_value(char *text, size_t n, uint32_t reason, const char *slot, uint64_t value,
                    uint64_t cr);

#endif
