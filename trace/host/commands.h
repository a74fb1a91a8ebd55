/* SPDX-License-Identifier: MIT */
/* The tool's commands, and what their exit statuses mean. */
#ifndef TRACE_HOST_COMMANDS_H
#define TRACE_HOST_COMMANDS_H

/* Beside these: 64 (EX_USAGE) for wrong usage, which argp itself exits with. */
enum {
    STATUS_COMPLETE = 0,   /* every record of the log is there */
    STATUS_INCOMPLETE = 1, /* something is missing, and was named */
    STATUS_UNREADABLE = 2, /* not one frame or record could be read */
    STATUS_OUTPUT = 74,    /* EX_IOERR: the output could not be written */
};

/* Each parses its own options and arguments (argv[0] is the command) and returns an exit status. */
#define COMMAND(name, arguments, words) int name##_command(int argc, char **argv);
#include "trace/host/commands.def"

#endif
