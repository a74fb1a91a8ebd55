/* SPDX-License-Identifier: MIT */
/* Sockets as input. */
#include "trace/host/log/socket_input.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX   "unix:"
#define TCP    "tcp:"
#define SERVER ",server"

enum { ANSWER_SECONDS = 2, ADDRESS_MAX = 512 };

static bool begins(const char *name, const char *word)
{
    return strncmp(name, word, strlen(word)) == 0;
}

bool socket_is_name(const char *name)
{
    return begins(name, UNIX) || begins(name, TCP);
}

bool socket_is_server(const char *name)
{
    size_t n = strlen(name), tail = strlen(SERVER);

    return socket_is_name(name) && n >= tail && strcmp(name + n - tail, SERVER) == 0;
}

/* A socket at this address: connected to it, or listening. Takes nothing but the address. */
static int socket_at(const struct sockaddr *address, socklen_t length, bool server)
{
    struct timeval patience = { .tv_sec = ANSWER_SECONDS };
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    if (fd < 0)
        return -1;
    if (server) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, address, length) == 0 && listen(fd, 1) == 0)
            return fd;
    } else {
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(fd, address, length) == 0)
            return fd;
    }

    int error = errno == EINPROGRESS ? ETIMEDOUT : errno;

    close(fd);
    errno = error;
    return -1;
}

/* A socket file that a server before left behind would keep this one from its place. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    int fd;

    if (stat(address->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
        return;
    fd = socket_at((const struct sockaddr *)address, sizeof(*address), false);
    if (fd >= 0)
        close(fd);
    else if (errno == ECONNREFUSED)
        unlink(address->sun_path);
}

static int open_unix(const char *path, bool server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    if (server)
        remove_stale(&address);
    return socket_at((struct sockaddr *)&address, sizeof(address), server);
}

/* rest: HOST:PORT; the host may be in brackets, as addresses of IPv6 have colons of their own. */
static int open_tcp(char *rest, bool server)
{
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM,
                                     .ai_flags = server ? AI_PASSIVE : 0 };
    struct addrinfo *addresses;
    char *colon = strrchr(rest, ':');
    int fd = -1;

    if (!colon || !colon[1]) {
        errno = EDESTADDRREQ;
        return -1;
    }
    *colon = '\0';
    if (rest[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        rest++;
    }
    if (getaddrinfo(*rest ? rest : NULL, colon + 1, &wanted, &addresses) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    for (const struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next)
        fd = socket_at(a->ai_addr, a->ai_addrlen, server);

    int error = errno;

    freeaddrinfo(addresses);
    errno = error;
    return fd;
}

int socket_open(const char *name)
{
    bool server = socket_is_server(name), is_unix = begins(name, UNIX);
    const char *rest = name + strlen(is_unix ? UNIX : TCP);
    int n = (int)(strlen(rest) - (server ? strlen(SERVER) : 0));
    char address[ADDRESS_MAX];

    if (n <= 0 || snprintf(address, sizeof(address), "%.*s", n, rest) >= ADDRESS_MAX) {
        errno = n <= 0 ? EDESTADDRREQ : ENAMETOOLONG;
        return -1;
    }
    return is_unix ? open_unix(address, server) : open_tcp(address, server);
}
