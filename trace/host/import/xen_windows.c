/* SPDX-License-Identifier: MIT */
/* Where each CPU's records are in a file of xentrace. */
#include "trace/host/import/xen_windows.h"

#include <stdlib.h>

enum { WINDOW_HEADER = 12 /* bytes of the record before a window */ };

/* Takes the next window off the front of *file, with its CPU. False: there is none. */
static bool next_window(struct bytes *file, uint32_t *cpu, uint32_t *size)
{
    if (file->n < WINDOW_HEADER || bytes_number(file, 4) != XEN_CPU_CHANGE_HEADER)
        return false;
    *cpu = (uint32_t)bytes_number(file, 4);
    *size = (uint32_t)bytes_number(file, 4);
    if (*size > file->n) { /* the last window may be cut off */
        file->ended = true;
        *size = (uint32_t)file->n;
    }
    bytes_take(file, *size);
    return true;
}

/* How many windows hold something. */
static uint64_t count(struct xen_windows *windows)
{
    struct bytes file = windows->file;
    uint32_t cpu, size;
    uint64_t n = 0;

    while (next_window(&file, &cpu, &size)) {
        reading_count(windows->reading, reading_around(WINDOW_HEADER + (uint64_t)size));
        n += size > 0;
    }
    windows->cut = file.ended || file.n;
    return n;
}

/* The CPU with this number; NULL where there are too many. */
static struct xen_cpu *cpu_of(struct xen_windows *windows, uint32_t number)
{
    uint32_t i = number % (2 * XEN_CPUS);

    for (; windows->place[i]; i = (i + 1) % (2 * XEN_CPUS))
        if (windows->cpu[windows->place[i] - 1].number == number)
            return &windows->cpu[windows->place[i] - 1];
    if (windows->cpus == XEN_CPUS)
        return NULL;
    windows->cpu[windows->cpus] = (struct xen_cpu){ .number = number };
    windows->place[i] = (uint16_t)++windows->cpus;
    return &windows->cpu[windows->cpus - 1];
}

enum xen_windows_result xen_windows_find(struct xen_windows *windows, struct bytes file,
                                         struct reading *reading)
{
    uint32_t number, size, n = 0;

    *windows = (struct xen_windows){ .file = file, .reading = reading };

    uint64_t all = count(windows);

    windows->window = all < UINT32_MAX ? calloc(all + 1, sizeof(*windows->window)) : NULL;
    if (!windows->window)
        return XEN_WINDOWS_NO_MEMORY;
    while (next_window(&file, &number, &size)) {
        struct xen_cpu *cpu = cpu_of(windows, number);

        reading_count(reading, reading_around(WINDOW_HEADER + (uint64_t)size));
        if (!cpu)
            return XEN_WINDOWS_MANY_CPUS;
        if (size == 0)
            continue;
        n++;
        windows->window[n].offset = (uint64_t)(file.at - windows->file.at) - size;
        windows->window[n].size = size;
        windows->window[cpu->last].next = n;
        if (!cpu->last)
            cpu->first = n;
        cpu->last = n;
    }
    return XEN_WINDOWS_FOUND;
}

void xen_windows_close(struct xen_windows *windows)
{
    free(windows->window);
    windows->window = NULL;
}
