/* SPDX-License-Identifier: MIT */
/* An image of a machine's memory: from physical addresses to bytes of a file. */
#ifndef TRACE_HOST_LOG_MEMORY_IMAGE_H
#define TRACE_HOST_LOG_MEMORY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The image's bytes, wherever they are. */
struct memory_bytes {
    /* Reads n bytes at an offset, all within `size`. False where that fails. */
    bool (*read)(void *context, uint64_t offset, void *to, size_t n);
    void *context;
    uint64_t size;
};

/* A stretch of physical memory in the image. */
struct memory_segment {
    uint64_t physical, offset, length;
};

struct memory_image {
    struct memory_bytes bytes;
    struct memory_segment *segment;
    size_t segments;
    bool raw;       /* nothing but memory: where its first byte belongs the image does not say */
    bool truncated; /* less bytes than its own headers promise */
};

enum { MEMORY_WHY = 256 }; /* room for a message that says why not */

/*
 * Looks at the image's format: an ELF core says which physical memory lies where, anything else is
 * taken for the memory alone, from address 0. False with the reason in `why`.
 */
bool memory_image_open(struct memory_image *image, const struct memory_bytes *bytes,
                       char why[MEMORY_WHY]);

/* Reads n bytes of physical memory. False where the image does not hold them all. */
bool memory_image_read(const struct memory_image *image, uint64_t physical, void *to, size_t n);

/* The same where all of them are known to lie in the segment. */
bool memory_segment_read(const struct memory_image *image, const struct memory_segment *segment,
                         uint64_t physical, void *to, size_t n);

/* Whether it holds them. */
bool memory_image_holds(const struct memory_image *image, uint64_t physical, uint64_t n);

void memory_image_close(struct memory_image *image);

#endif
