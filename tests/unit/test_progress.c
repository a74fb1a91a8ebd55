/* sources: trace memory input trace/host/log/progress.c trace/host/show/status_line.c trace/host/show/utf8.c */
/* SPDX-License-Identifier: MIT */
/* How far a file has been read: shown on a terminal, after a while, and nowhere else. */
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/tap.h"
#include "trace/host/log/progress.h"
#include "trace/host/show/status_line.h"

enum { MEGABYTE = 1000000, LONG_US = 1100 * 1000, SHORT_US = 250 * 1000 };

static int terminal; /* the side of it that shows */
static struct output output;

/* What the terminal was sent since it was last asked. */
static const char *shown(void)
{
    static char text[512];
    ssize_t n = read(terminal, text, sizeof(text) - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void resize(unsigned short columns)
{
    ioctl(STDERR_FILENO, TIOCSWINSZ, &(struct winsize){ .ws_row = 24, .ws_col = columns });
}

static void begin(struct progress *progress, bool file)
{
    progress_begin(progress, &(struct log_input){
                                 .name = "a log", .file = file, .size = file ? 10 * MEGABYTE : 0 });
}

static void test_file(void)
{
    struct progress progress;

    begin(&progress, true);
    progress_update(&progress, 1 * MEGABYTE, &output);
    ok(*shown() == '\0', "nothing at first");
    usleep(LONG_US);
    progress_update(&progress, 5 * MEGABYTE, &output);

    const char *text = shown();

    ok(strncmp(text, "\r\033[Ka log: 50 % of 10.0 MB, ", 27) == 0, "after a second the share: %s",
       text + 4);
    progress_update(&progress, 5 * MEGABYTE, &output);
    ok(*shown() == '\0', "the next update takes its time");
    usleep(SHORT_US);
    resize(12);
    progress_update(&progress, 20 * MEGABYTE, &output);
    ok(strcmp(shown(), "\r\033[Ka log: 100 ") == 0, "cut to the width; never more than all");
    progress_end(&progress);
    ok(strcmp(shown(), "\r\033[K") == 0, "and taken away");
    resize(80);
}

static void test_silent(void)
{
    struct progress progress, other;

    begin(&progress, false);
    begin(&other, true);
    usleep(LONG_US);
    progress_update(&progress, 5 * MEGABYTE, &output);
    ok(*shown() == '\0', "nothing for what is no file");
    output.fd = STDERR_FILENO;
    output.used = 1;
    progress_update(&other, 5 * MEGABYTE, &output);
    ok(*shown() == '\0', "nothing between lines of output on the same terminal");
    setenv("TERM", "dumb", 1);
    ok(!status_line_possible(), "nothing on a terminal that cannot take a line back");
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    setenv("TERM", "xterm", 1);
    ok(!status_line_possible(), "nothing where there is no terminal");
}

int main(void)
{
    int slave;

    output.fd = open("/dev/null", O_WRONLY);
    if (openpty(&terminal, &slave, NULL, NULL, NULL) < 0) {
        ok(true, "skipped: no pseudo terminals here # SKIP");
        return tap_done();
    }
    setenv("TERM", "xterm", 1);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    dup2(slave, STDERR_FILENO);
    resize(80);
    test_file();
    test_silent();
    return tap_done();
}
