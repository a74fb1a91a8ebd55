/* SPDX-License-Identifier: MIT */
/* What a file is that is no log. */
#ifndef TRACE_HOST_LOG_FOREIGN_H
#define TRACE_HOST_LOG_FOREIGN_H

#include <stddef.h>

/* What begins with these n bytes, and what to do with it; NULL where that is not known. */
const char *log_foreign(const void *bytes, size_t n);

#endif
