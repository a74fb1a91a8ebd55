/* SPDX-License-Identifier: MIT */
/* No signal that ends the program leaves a file behind that is not whole. */
#include "trace/host/log/part_guard.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
static const char *volatile guarded;

/* The signal is the default's by now, and comes when this returns. */
static void take_away(int number)
{
    unlink(guarded);
    raise(number);
}

static void mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(how, &set, NULL);
}

void part_guard_hold(void)
{
    mask(SIG_BLOCK);
}

void part_guard(const char *part)
{
    struct sigaction action = { .sa_handler = part ? take_away : SIG_DFL,
                                .sa_flags = (int)SA_RESETHAND };
    struct sigaction before;

    guarded = part;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup */
            sigaction(numbers[i], &action, NULL);
    mask(SIG_UNBLOCK);
}
