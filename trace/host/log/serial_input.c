/* SPDX-License-Identifier: MIT */
/* A live serial port as input. */
#include "trace/host/log/serial_input.h"

#include <errno.h>
#include <stddef.h>
#include <sys/file.h>

/* termios knows rates by names only. */
/* clang-format off */
#define SERIAL_RATES(RATE)                                                                         \
    RATE(1200) RATE(2400) RATE(4800) RATE(9600) RATE(19200) RATE(38400) RATE(57600) RATE(115200)   \
    RATE(230400) RATE(460800) RATE(500000) RATE(576000) RATE(921600) RATE(1000000) RATE(1152000)   \
    RATE(1500000) RATE(2000000) RATE(2500000) RATE(3000000) RATE(3500000) RATE(4000000)
/* clang-format on */

static const struct {
    unsigned long baud;
    speed_t speed;
} rates[] = {
#define RATE(number) { number, B##number },
    SERIAL_RATES(RATE)
#undef RATE
};

static speed_t speed_of(unsigned long baud)
{
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        if (rates[i].baud == baud)
            return rates[i].speed;
    return B0;
}

bool serial_rate_known(unsigned long baud)
{
    return speed_of(baud) != B0;
}

bool serial_open(struct serial_input *serial, int fd, unsigned long baud)
{
    struct termios raw;
    speed_t speed = speed_of(baud);

    serial->fd = fd;
    if (speed == B0) {
        errno = EINVAL;
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        errno = EBUSY;
        return false;
    }
    if (tcgetattr(fd, &serial->before) < 0)
        return false;
    raw = serial->before;
    cfmakeraw(&raw);
    raw.c_iflag &= ~(tcflag_t)(INPCK | IXOFF | IXANY);
    raw.c_cflag |= CLOCAL | CREAD;
    raw.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (cfsetspeed(&raw, speed) < 0 || tcsetattr(fd, TCSANOW, &raw) < 0)
        return false;

    /* A port that cannot be so fast keeps the rate that it had, and no error comes of it. */
    if (tcgetattr(fd, &raw) == 0 && cfgetispeed(&raw) == speed && cfgetospeed(&raw) == speed)
        return true;
    serial_close(serial);
    errno = EINVAL;
    return false;
}

void serial_close(const struct serial_input *serial)
{
    tcsetattr(serial->fd, TCSANOW, &serial->before);
    flock(serial->fd, LOCK_UN);
}
