/* SPDX-License-Identifier: MIT */
/* What formats have in common that are a single file. */
#ifndef TRACE_HOST_EXPORT_FILE_TARGET_H
#define TRACE_HOST_EXPORT_FILE_TARGET_H

#include <stddef.h>

#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"

/* What the state of such a format begins with. */
struct file_target {
    const struct export_run *run;
    struct export_file file;
};

/*
 * Creates the file and a state of `size` bytes, zeroed but for its struct file_target. NULL after an
 * error was told.
 */
void *file_target_begin(size_t size, const char *path, const struct export_run *run);

#endif
