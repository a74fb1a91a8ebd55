/* SPDX-License-Identifier: MIT */
/* CRC-32C (Castagnoli): the checksum of frames and text lines. */
#ifndef TRACE_CRC32C_H
#define TRACE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of n bytes, continuing `crc`, the checksum of the bytes before them (0: none). */
uint32_t crc32c(uint32_t crc, const void *data, size_t n);

#endif
