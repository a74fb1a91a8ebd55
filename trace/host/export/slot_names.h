/* SPDX-License-Identifier: MIT */
/* The names of slots as other formats want them: bare. */
#ifndef TRACE_HOST_EXPORT_SLOT_NAMES_H
#define TRACE_HOST_EXPORT_SLOT_NAMES_H

#include "trace/host/show/schema.h"

/*
 * "leaf" of the piece " leaf=0x". Each character that is no letter, digit or underscore becomes an
 * underscore.
 */
void slot_name(char name[SCHEMA_NAME + 1], const struct piece *piece);

#endif
