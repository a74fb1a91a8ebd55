/* SPDX-License-Identifier: MIT */
/* vexit, the host tool: which command to run, and `vexit help'. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "vmm/version.h"

const char *argp_program_version = "vexit " VEXIT_VERSION;

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, arguments, words) { #name, name##_command },
#include "trace/host/commands.def"
};

static const struct argp_option command_rows[] = {
    { NULL, 0, NULL, 0, "Commands:", 0 },
#define COMMAND(name, arguments, words)                                                            \
    { #name " " arguments, 0, NULL, OPTION_DOC | OPTION_NO_USAGE, words, 0 },
#include "trace/host/commands.def"
    { 0 },
};

static const char documentation[] =
    "Reads the trace of VM exits that the vexit hypervisor sends over its serial port.\v"
    "LOG is a file, a pipe, a serial port, a socket (unix:PATH or tcp:HOST:PORT), or - for "
    "standard input. `vexit COMMAND --help' lists the options of a command, and vexit-COMMAND(1) "
    "says more.\n"
    "\n"
    "Exit status: 0 the log is complete; 1 something is missing, and was named; 2 no trace "
    "could be read from it; 64 wrong usage; 74 the output could not be written.";

struct selection {
    const struct command *command;
    int index; /* of the command's name in argv */
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct selection *selection = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        selection->command = find_command(argument);
        if (!selection->command)
            argp_error(state, "unknown command '%s'", argument);
        selection->index = state->next - 1;
        state->next = state->argc; /* the rest belongs to the command */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run(int argc, char **argv)
{
    static const struct argp argp = {
        .options = command_rows,
        .parser = parse,
        .args_doc = "COMMAND [OPTION...] LOG",
        .doc = documentation,
    };
    struct selection selection = { 0 };
    char name[64] = "vexit ";

    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &selection))
        return EXIT_FAILURE;

    /* The command's own usage and error lines begin with its full name. */
    argv[selection.index] = strncat(name, selection.command->name, sizeof(name) - sizeof("vexit "));
    return selection.command->run(argc - selection.index, argv + selection.index);
}

static error_t parse_help(int key, char *argument, struct argp_state *state)
{
    char **command = state->input;

    if (key != ARGP_KEY_ARG || *command)
        return ARGP_ERR_UNKNOWN;
    *command = argument;
    return 0;
}

/* The same words by another way: `vexit --help', or `vexit COMMAND --help'. */
int help_command(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = parse_help,
        .args_doc = "[COMMAND]",
        .doc = "Prints what COMMAND does and takes, or which commands there are.",
    };
    char name[] = "vexit", option[] = "--help";
    char *command = NULL;

    argp_parse(&argp, argc, argv, 0, NULL, &command);
    if (command)
        return run(3, (char *[]){ name, command, option, NULL });
    return run(2, (char *[]){ name, option, NULL });
}

/*
 * A standard stream that is closed stays without use: nothing else is opened in its place, where messages
 * or records would go into it.
 */
static void hold_standard_streams(void)
{
    static const int useless[] = { O_WRONLY, O_RDONLY, O_RDONLY };

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", useless[fd]);
}

/* What went through stdio, as help does, and could not be written; commands tell it of their own. */
static void check_written(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    log_complain("standard output", "%s", strerror(errno));
    _exit(STATUS_OUTPUT);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    atexit(check_written);
    return run(argc, argv);
}
