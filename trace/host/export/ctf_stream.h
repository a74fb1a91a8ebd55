/* SPDX-License-Identifier: MIT */
/* A stream of a CTF trace: the events of a vCPU, in packets that are closed and indexed. */
#ifndef TRACE_HOST_EXPORT_CTF_STREAM_H
#define TRACE_HOST_EXPORT_CTF_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/export/ctf_metadata.h"
#include "trace/host/export/export_file.h"
#include "trace/host/export/pack.h"

struct ctf_stream;

/* Creates a file in the trace's directory. False after an error was told. */
bool ctf_create(struct export_file *file, const char *directory, const char *name, bool *failed);

/*
 * Creates the vCPU's stream and its index in the trace's directory, which has one named "index". NULL
 * after an error was told.
 */
struct ctf_stream *ctf_stream_new(const char *directory, const uint8_t uuid[CTF_UUID],
                                  uint16_t vcpu, bool *failed);

/* Begins an event; its fields come next, at most 100 bytes. Stamps do not go back. */
struct packed *ctf_stream_event(struct ctf_stream *stream, enum ctf_event id, uint64_t tsc);

/* Begins a packet that tells of events lost before the next one, from a stamp on. */
void ctf_stream_begin_loss(struct ctf_stream *stream, uint64_t since, uint64_t events);

/* Ends the packet in hand, if there is one. */
void ctf_stream_end_packet(struct ctf_stream *stream);

/* Completes its files. NULL is allowed. */
void ctf_stream_free(struct ctf_stream *stream);

#endif
