/* SPDX-License-Identifier: MIT */
/* The metadata of a CTF trace: the text that tells readers what its streams are made of. */
#ifndef TRACE_HOST_EXPORT_CTF_METADATA_H
#define TRACE_HOST_EXPORT_CTF_METADATA_H

#include <stdint.h>

#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"

enum { CTF_STREAM_CLASS = 0, CTF_UUID = 16 };

/* Ids of the events; below 31, as the compact header has 5 bits for them. */
enum ctf_event { CTF_ENTRY, CTF_EXIT, CTF_STOP, CTF_MARKER, CTF_LOST, CTF_SWITCH };

enum { CTF_COMM = 16 }; /* bytes of a thread's name */

void ctf_metadata_write(struct export_file *file, const uint8_t uuid[CTF_UUID],
                        const struct export_run *run);

#endif
