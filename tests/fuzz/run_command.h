/* SPDX-License-Identifier: MIT */
/* Runs a command of the tool in this process, on logs that are in memory. */
#ifndef TESTS_FUZZ_RUN_COMMAND_H
#define TESTS_FUZZ_RUN_COMMAND_H

#include <stddef.h>
#include <stdint.h>

enum { COMMAND_WORDS = 12, COMMAND_LOGS = 2 };

typedef int (*command_function)(int argc, char **argv);

/* A log as a file, one of COMMAND_LOGS; its name stays the same. Returns the name. */
const char *command_log(unsigned number, const uint8_t *log, size_t n);

/*
 * Runs it with these words, up to a NULL, and the names behind them. What it writes goes nowhere.
 * Returns its exit status.
 */
int command_run(command_function command, const char *const *words, const char *const *names);

#endif
