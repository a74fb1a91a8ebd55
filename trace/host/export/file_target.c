/* SPDX-License-Identifier: MIT */
/* What formats have in common that are a single file. */
#include "trace/host/export/file_target.h"

#include <stdlib.h>

void *file_target_begin(size_t size, const char *path, const struct export_run *run)
{
    struct file_target *state = calloc(1, size);

    if (!state) {
        export_fail(path, run->failed);
        return NULL;
    }
    if (!export_file_create(&state->file, path, run->failed)) {
        free(state);
        return NULL;
    }
    state->run = run;
    return state;
}
