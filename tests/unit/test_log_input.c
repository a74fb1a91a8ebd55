/* sources: trace memory input */
/* SPDX-License-Identifier: MIT */
/* Input from a serial port: every byte as it was sent, and the port left as it was found. */
#include <errno.h>
#include <pty.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tap.h"
#include "trace/host/log/log_input.h"

static void test_port(void)
{
    struct log_input input;
    struct termios before, during, after;
    unsigned char sent[256], got[256];
    char path[128];
    size_t n = 0;
    int master, slave;

    if (openpty(&master, &slave, path, NULL, NULL) < 0) {
        ok(true, "skipped: no pseudo terminals here # SKIP");
        return;
    }
    tcgetattr(slave, &before);
    ok(log_input_open(&input, path, 9600), "opens a terminal");
    ok(input.live, "which is live");
    tcgetattr(slave, &during);
    ok(cfgetispeed(&during) == B9600 && !(during.c_lflag & (ICANON | ECHO | ISIG)) &&
           (during.c_cflag & CLOCAL),
       "raw, at the rate asked for");
    for (unsigned i = 0; i < sizeof(sent); i++)
        sent[i] = (unsigned char)i;
    ok(write(master, sent, sizeof(sent)) == sizeof(sent) && log_input_ready(&input), "bytes wait");
    while (n < sizeof(got)) {
        long part = log_input_read(&input, got + n, sizeof(got) - n, 1000);

        if (part <= 0)
            break;
        n += (size_t)part;
    }
    ok(n == sizeof(got) && memcmp(got, sent, sizeof(got)) == 0, "all 256 bytes come as sent");
    is(log_input_read(&input, got, sizeof(got), 10), 0, "patience ends");
    log_input_close(&input);
    tcgetattr(slave, &after);
    ok(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag &&
           before.c_cflag == after.c_cflag,
       "closing leaves the port as it was");
    ok(!log_input_open(&input, path, 12345) && errno == EINVAL, "a rate that no port has");
    close(master);
    close(slave);
}

static void test_not_readable(void)
{
    struct log_input input;

    ok(!log_input_open(&input, "/nonexistent/log", 9600) && errno == ENOENT, "no such file");
    ok(!log_input_open(&input, "/", 9600) && errno == EISDIR, "a directory");
    ok(log_input_open(&input, "/dev/null", 9600) && !input.live, "a device that is no terminal");
    log_input_close(&input);
    ok(serial_rate_known(115200) && serial_rate_known(921600) && !serial_rate_known(0),
       "knows rates");
}

int main(void)
{
    test_port();
    test_not_readable();
    return tap_done();
}
