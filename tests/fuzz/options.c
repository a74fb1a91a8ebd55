/* sources: vmm/options.c vmm/serial.c vmm/format.c vmx/intercept.c vmx/mtrr.c */
/* longest: 300 */
/* SPDX-License-Identifier: MIT */
/* The VMM's command line, and the list of classes in it. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/options.h"
#include "vmx/intercept.h"

/* What the class list's neighbours need, and its parsing does not. */
size_t power_ports(const uint16_t **ports)
{
    *ports = NULL;
    return 0;
}

bool capabilities_require(const struct vmx_capabilities *caps, enum control_word which,
                          uint32_t bits, struct refusal *why)
{
    (void)caps;
    (void)which;
    (void)why;
    return !bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options, again;
    struct intercept_request request;
    struct refusal why;
    char *line = malloc(size + 1);

    memcpy(line, data, size);
    line[size] = '\0';
    memset(&why, 0, sizeof(why));
    if (!options_parse(&options, line, &why)) {
        FUZZ_REQUIRE(memchr(why.line, '\0', sizeof(why.line)) && strchr(why.line, ';'));
    } else {
        FUZZ_REQUIRE(options.ring >= 64 << 10 && options.ring <= 1 << 30 && options.baud);
        FUZZ_REQUIRE(memchr(options.text, '\0', sizeof(options.text)));
        /* The words that are kept as given say the same once more. */
        FUZZ_REQUIRE(options_parse(&again, options.text, &why));
        FUZZ_REQUIRE(again.ring == options.ring && again.baud == options.baud &&
                     !strcmp(again.exits, options.exits));
    }
    memset(&why, 0, sizeof(why));
    if (!intercept_parse(line, &request, &why))
        FUZZ_REQUIRE(memchr(why.line, '\0', sizeof(why.line)) && strchr(why.line, ';'));
    free(line);
    return 0;
}
