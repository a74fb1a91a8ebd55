/* SPDX-License-Identifier: MIT */
/* What a file is that is no log: by how it begins. */
#include "trace/host/log/foreign.h"

#include <string.h>

static const struct {
    const char *begins;
    const char *is;
} kinds[] = {
    { "\x1f\x8b", "compressed by gzip: read it with `zcat FILE | vexit COMMAND -'" },
    { "\x28\xb5\x2f\xfd", "compressed by zstd: read it with `zstdcat FILE | vexit COMMAND -'" },
    { "\xfd"
      "7zXZ",
      "compressed by xz: read it with `xzcat FILE | vexit COMMAND -'" },
    { "BZh", "compressed by bzip2: read it with `bzcat FILE | vexit COMMAND -'" },
    { "PK\x03\x04", "a zip archive: unpack it" },
    { "\xff\xfe", "text in UTF-16: with wire=text, read it with `iconv -f UTF-16 -t UTF-8'" },
    { "\xfe\xff", "text in UTF-16: with wire=text, read it with `iconv -f UTF-16 -t UTF-8'" },
    { "\x17\x08\x44tracing", "a trace.dat of trace-cmd: `vexit import' makes a log of it" },
    { "\x7f"
      "ELF",
      "an ELF file: if it is an image of the machine's memory, --memory reads it" },
};

const char *log_foreign(const void *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t length = strlen(kinds[i].begins);

        if (length <= n && memcmp(bytes, kinds[i].begins, length) == 0)
            return kinds[i].is;
    }
    return NULL;
}
