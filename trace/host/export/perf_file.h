/* SPDX-License-Identifier: MIT */
/*
 * What is in a perf.data around its records: the head, and the features that perf kvm needs. A sample
 * has an identifier (enum kvm_event), thread, time, CPU and raw record; other records end with thread,
 * time, CPU and identifier.
 */
#ifndef TRACE_HOST_EXPORT_PERF_FILE_H
#define TRACE_HOST_EXPORT_PERF_FILE_H

#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"

/* Leaves room for the head in an empty file. Records come next. */
void perf_file_begin(struct export_file *file);

/* Completes a file that has all its records. */
void perf_file_end(struct export_file *file, const struct export_run *run);

#endif
