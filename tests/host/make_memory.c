/* SPDX-License-Identifier: MIT */
/*
 * Writes an image of a machine's memory with a trace in it to standard output, for tests of the tool.
 *
 *   make_memory [-n EXITS] [-r ELEMENTS] [-c] [-2]
 *
 *   -n  exits (1000)                   -c  cut off in the middle of the run, without its end
 *   -r  elements of the ring (2000)    -2  with a second trace behind it
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/memory_machine.h"

/* The header once more, as a page that a machine left behind. */
static bool write_second(void)
{
    uint64_t rest = (0 - memory_length()) & (TRACE_MEMORY_ALIGNMENT - 1);
    static const uint8_t zero[TRACE_MEMORY_ALIGNMENT];

    return fwrite(zero, 1, rest, stdout) == rest &&
           fwrite(&machine.header, sizeof(machine.header), 1, stdout) == 1 &&
           fwrite(zero, 1, TRACE_MEMORY_ALIGNMENT, stdout) == TRACE_MEMORY_ALIGNMENT;
}

int main(int argc, char **argv)
{
    unsigned long exits = 1000, elements = 2000;
    bool cut = false, second = false;

    for (int option; (option = getopt(argc, argv, "n:r:c2")) != -1;) {
        switch (option) {
        case 'n':
            exits = strtoul(optarg, NULL, 10);
            break;
        case 'r':
            elements = strtoul(optarg, NULL, 10);
            break;
        case 'c':
            cut = true;
            break;
        case '2':
            second = true;
            break;
        default:
            return 64;
        }
    }
    machine_begin(elements, true);
    for (unsigned long i = 0; i < exits; i++)
        machine_exit(i % 10 == 0, 0);
    if (!cut)
        machine_end();

    uint8_t *image = machine_image();
    bool good = fwrite(image, memory_length(), 1, stdout) == 1 && (!second || write_second());

    free(image);
    return !good;
}
