/* SPDX-License-Identifier: MIT */
/* The exits that took longest to handle. */
#include "trace/host/live/slowest.h"

void slowest_add(struct slowest *slowest, const struct trace_element *element)
{
    uint64_t time = slowest_time(element);
    unsigned at = slowest->count;

    if (at == SLOWEST_MAX && time <= slowest_time(&slowest->element[at - 1]))
        return;
    if (at == SLOWEST_MAX)
        at--;
    else
        slowest->count++;
    for (; at && slowest_time(&slowest->element[at - 1]) < time; at--)
        slowest->element[at] = slowest->element[at - 1];
    slowest->element[at] = *element;
}
