/* SPDX-License-Identifier: MIT */
/* CRC-32C, polynomial 0x1edc6f41, lowest bit first (0x82f63b78), one byte at a time by a table. */
#include "trace/crc32c.h"

/* The table is linear: an entry is the sum of those of its index's bits. */
/* clang-format off */
#define BIT(i, n, word) ((i) >> (n) & 1 ? (word) : 0u)
/* clang-format on */
#define ENTRY(i)                                                                                   \
    (BIT(i, 0, 0xf26b8303) ^ BIT(i, 1, 0xe13b70f7) ^ BIT(i, 2, 0xc79a971f) ^                       \
     BIT(i, 3, 0x8ad958cf) ^ BIT(i, 4, 0x105ec76f) ^ BIT(i, 5, 0x20bd8ede) ^                       \
     BIT(i, 6, 0x417b1dbc) ^ BIT(i, 7, 0x82f63b78))
#define ENTRIES_4(i)  ENTRY(i), ENTRY((i) + 1), ENTRY((i) + 2), ENTRY((i) + 3)
#define ENTRIES_16(i) ENTRIES_4(i), ENTRIES_4((i) + 4), ENTRIES_4((i) + 8), ENTRIES_4((i) + 12)
#define ENTRIES_64(i)                                                                              \
    ENTRIES_16(i), ENTRIES_16((i) + 16), ENTRIES_16((i) + 32), ENTRIES_16((i) + 48)

static const uint32_t table[256] = {
    ENTRIES_64(0),
    ENTRIES_64(64),
    ENTRIES_64(128),
    ENTRIES_64(192),
};

uint32_t crc32c(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;

    crc = ~crc;
    for (size_t i = 0; i < n; i++)
        crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
    return ~crc;
}
