/* SPDX-License-Identifier: MIT */
/* A new file that an exporter writes: what goes wrong is told once, and ends the export. */
#ifndef TRACE_HOST_EXPORT_EXPORT_FILE_H
#define TRACE_HOST_EXPORT_EXPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct export_file {
    char *path; /* for messages */
    int fd;
    uint64_t size;
    bool *failed; /* set by the first error of any file that shares it; then nothing is written */
};

/* Tells what is wrong with a path (errno) and sets *failed. */
void export_fail(const char *path, bool *failed);

/* Creates a file that is not there yet. False after an error was told. */
bool export_file_create(struct export_file *file, const char *path, bool *failed);

/* The same for a file without a name, on the file system where `path` is to be. */
bool export_file_create_unnamed(struct export_file *file, const char *path, bool *failed);

/* Appends n bytes. */
void export_file_write(struct export_file *file, const void *bytes, size_t n);

/* Writes over n bytes that are there already. */
void export_file_write_at(struct export_file *file, uint64_t offset, const void *bytes, size_t n);

/* Appends all of another one. */
void export_file_append(struct export_file *file, struct export_file *from);

/* Closes and forgets it; closing may be what tells of a full disk. */
void export_file_close(struct export_file *file);

#endif
