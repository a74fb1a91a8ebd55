/* SPDX-License-Identifier: MIT */
/*
 * Writes an image of a machine's memory with a trace in it to standard output, for tests of the tool.
 *
 *   make_memory [-n EXITS] [-r ELEMENTS] [-c] [-2] [-l FILE]
 *
 *   -n  exits (1000)                   -c  cut off in the middle of the run, without its end
 *   -r  elements of the ring (2000)    -2  with a second trace behind it
 *   -l  FILE is the machine's memory, as far as the ring goes: it starts when a line comes on standard
 *       input, and runs until the next one
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/memory_machine.h"

/* From here on the machine's memory is that file. */
static bool share(const char *path)
{
    uint8_t *image = machine_image();
    size_t length =
        (memory_length() + TRACE_MEMORY_ALIGNMENT - 1) & ~(TRACE_MEMORY_ALIGNMENT - 1ul);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    void *at = (void *)(uintptr_t)memory_base();

    return image && fd >= 0 && ftruncate(fd, (off_t)length) == 0 &&
           pwrite(fd, image, memory_length(), 0) == (ssize_t)memory_length() &&
           mmap(at, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at;
}

static bool run_live(const char *path)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    struct trace_memory *header = malloc(sizeof(*header));
    char line[16];

    if (!header || !memcpy(header, &machine.header, sizeof(*header)))
        return false;
    memset(&machine.header, 0, sizeof(machine.header));
    if (!share(path) || read(STDIN_FILENO, line, sizeof(line)) <= 0)
        return false;
    memcpy(&machine.header, header, sizeof(*header));
    while (poll(&input, 1, 1) == 0)
        for (unsigned i = 0; i < 10; i++)
            machine_exit(false, 0);
    machine_end();
    return true;
}

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
    const char *live = NULL;

    for (int option; (option = getopt(argc, argv, "n:r:c2l:")) != -1;) {
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
        case 'l':
            live = optarg;
            break;
        default:
            return 64;
        }
    }
    machine_begin(elements, true);
    if (live)
        return !run_live(live);
    for (unsigned long i = 0; i < exits; i++)
        machine_exit(i % 10 == 0, 0);
    if (!cut)
        machine_end();

    uint8_t *image = machine_image();
    bool good = fwrite(image, memory_length(), 1, stdout) == 1 && (!second || write_second());

    free(image);
    return !good;
}
