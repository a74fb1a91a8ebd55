/* SPDX-License-Identifier: MIT */
/*
 * A file that has its name only once it is whole: until then ".part" stands behind it. What goes
 * wrong halfway, as on a full disk, leaves alone what had the name before.
 */
#ifndef TRACE_HOST_LOG_PART_FILE_H
#define TRACE_HOST_LOG_PART_FILE_H

#include <stdbool.h>

struct part_file {
    int fd;
    const char *name; /* for messages: as it was given */
    char *path;       /* the same, links followed */
    char *part; /* what is written; NULL: what has the name, a pipe, a device or standard output */
    bool replace;
};

/*
 * Begins it; "-" is standard output, and the name must stay. `replace`: also where a file has the name by
 * the time it is whole. A part that is there stays as it is. False after an error was told.
 */
bool part_file_open(struct part_file *file, const char *path, bool replace);

/* Closes it and gives it its name. False after an error was told, and then it is taken away. */
bool part_file_keep(struct part_file *file);

/* Closes it and takes it away. */
void part_file_discard(struct part_file *file);

#define PART_SUFFIX ".part"

/* "x.part" of "x" and of "x/", which may be a directory. NULL with errno set. */
char *part_of(const char *path);

/* Gives a part its name. False with errno set; EEXIST: something has it, and not `replace`. */
bool part_rename(const char *part, const char *path, bool replace);

#endif
