/* SPDX-License-Identifier: MIT */
/*
 * Large blocks of memory stay with a fuzz target from one input to the next. The address sanitizer
 * maps each anew and gives it back, with its shadow, which takes longer than most inputs. A block
 * that waits is poisoned, so that it is as much of a finding to touch it as one that was freed; it
 * is taken only for its own size, so that what lies around it still is what it was. The linker puts
 * these functions in the place of the usual ones (--wrap).
 */
#include <pthread.h>
#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum {
    LARGE = 64 * 1024,        /* smaller blocks are the sanitizer's business */
    BLOCKS = 64,              /* that wait, at most */
    BYTES = 64 * 1024 * 1024, /* and in all of them */
    POISONED = 1024 * 1024,   /* of a block that waits; more takes too long */
};

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *block, size_t n);
void __real_free(void *block);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *block, size_t n);
void __wrap_free(void *block);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What waits, the oldest first. */
static struct {
    void *block;
    size_t n;
} waiting[BLOCKS];
static size_t blocks, bytes;

static size_t poisoned(size_t n)
{
    return n < POISONED ? n : POISONED;
}

static void *take(size_t i)
{
    void *block = waiting[i].block;

    ASAN_UNPOISON_MEMORY_REGION(block, poisoned(waiting[i].n));
    bytes -= waiting[i].n;
    blocks--;
    memmove(&waiting[i], &waiting[i + 1], (blocks - i) * sizeof(waiting[0]));
    return block;
}

/* The last that was freed is the one that is in the processor's caches. */
static void *find(size_t n)
{
    void *block = NULL;

    pthread_mutex_lock(&lock);
    for (size_t i = blocks; i-- > 0 && !block;)
        if (waiting[i].n == n)
            block = take(i);
    pthread_mutex_unlock(&lock);
    return block;
}

static void keep(void *block, size_t n)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < blocks; i++)
        FUZZ_REQUIRE(waiting[i].block != block); /* freed twice */
    while (blocks == BLOCKS || bytes + n > BYTES)
        __real_free(take(0));
    waiting[blocks].block = block;
    waiting[blocks++].n = n;
    bytes += n;
    ASAN_POISON_MEMORY_REGION(block, poisoned(n));
    pthread_mutex_unlock(&lock);
}

void *__wrap_malloc(size_t n)
{
    void *block = n >= LARGE ? find(n) : NULL;

    return block ? block : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    size_t all;
    void *block = NULL;

    if (!__builtin_mul_overflow(count, n, &all) && all >= LARGE)
        block = find(all);
    return block ? memset(block, 0, all) : __real_calloc(count, n);
}

void __wrap_free(void *block)
{
    size_t n =
        block && __sanitizer_get_ownership(block) ? __sanitizer_get_allocated_size(block) : 0;

    if (n < LARGE || n > BYTES)
        __real_free(block);
    else
        keep(block, n);
}

void *__wrap_realloc(void *block, size_t n)
{
    size_t old = block ? __sanitizer_get_allocated_size(block) : 0;

    if (n < LARGE && old < LARGE)
        return __real_realloc(block, n);

    void *more = n ? __wrap_malloc(n) : NULL;

    if (more || !n) {
        if (more && block)
            memcpy(more, block, old < n ? old : n);
        __wrap_free(block);
    }
    return more;
}
