/* SPDX-License-Identifier: MIT */
/*
 * Reads a trace.dat by libkshark, as KernelShark does, and prints a line for each row of its table:
 * CPU, task, exit_reason (-1 where the event has no such field), event, words.
 *
 *   kshark_entries FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "libkshark.h"

static void print_entry(const struct kshark_entry *entry)
{
    char *task = kshark_get_task(entry);
    char *event = kshark_get_event_name(entry);
    char *words = kshark_get_info(entry);
    int64_t reason;

    if (kshark_read_event_field_int(entry, "exit_reason", &reason) != 0)
        reason = -1;
    printf("%d %s %lld %s: %s\n", entry->cpu, task, (long long)reason, event, words);
    free(words);
    free(event);
    free(task);
}

int main(int argc, char **argv)
{
    struct kshark_context *context = NULL;
    struct kshark_entry **entries = NULL;

    if (argc != 2 || !kshark_instance(&context))
        return EXIT_FAILURE;

    int stream = kshark_open(context, argv[1]);
    ssize_t n = stream < 0 ? -1 : kshark_load_entries(context, stream, &entries);

    for (ssize_t i = 0; i < n; i++) {
        print_entry(entries[i]);
        free(entries[i]);
    }
    free(entries);
    kshark_close_all(context);
    kshark_free(context);
    return n < 0 || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
