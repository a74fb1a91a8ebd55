/* SPDX-License-Identifier: MIT */
/*
 * Threads stay with a fuzz target from one input to the next. Each costs a stack and its shadow, mapped
 * anew and given back, which takes longer than what it does with an input of some hundred bytes. The
 * linker puts these functions in the place of the usual ones (--wrap).
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include "tests/fuzz/fuzz.h"

enum { THREADS = 4 };

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_join(pthread_t thread, void **result);

/* Used by the thread that creates and joins, and by the worker between start and end. */
static struct worker {
    pthread_t thread;
    bool made, busy;
    sem_t start, end;
    void *(*function)(void *);
    void *argument, *result;
} workers[THREADS];

static void *work(void *context)
{
    struct worker *worker = context;

    for (;;) {
        while (sem_wait(&worker->start))
            ;
        worker->result = worker->function(worker->argument);
        sem_post(&worker->end);
    }
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument)
{
    struct worker *worker = workers;

    while (worker < workers + THREADS && worker->busy)
        worker++;
    if (worker == workers + THREADS || attributes)
        return __real_pthread_create(thread, attributes, function, argument);
    if (!worker->made) {
        sem_init(&worker->start, 0, 0);
        sem_init(&worker->end, 0, 0);
        FUZZ_REQUIRE(__real_pthread_create(&worker->thread, NULL, work, worker) == 0);
        worker->made = true;
    }
    worker->busy = true;
    worker->function = function;
    worker->argument = argument;
    sem_post(&worker->start);
    *thread = worker->thread;
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    for (struct worker *worker = workers; worker < workers + THREADS; worker++)
        if (worker->busy && pthread_equal(worker->thread, thread)) {
            while (sem_wait(&worker->end))
                ;
            if (result)
                *result = worker->result;
            worker->busy = false;
            return 0;
        }
    return __real_pthread_join(thread, result);
}
