/* SPDX-License-Identifier: MIT */
/* Sockets as input. */
#include "trace/host/log/socket_input.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
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

/*
 * Takes HOST:PORT apart. The host may be in brackets, as addresses of IPv6 have colons of their own, or
 * left out: this machine. False: there is no port.
 */
static bool split(char *address, char **host, char **port)
{
    char *end = strrchr(address, *address == '[' ? ']' : ':');

    if (!end)
        return false;
    *host = address;
    if (*end == ']') {
        *end++ = '\0';
        ++*host;
    }
    *port = end + 1;
    if (*end != ':' || !**port)
        return false;
    *end = '\0';
    return true;
}

/* Numbers that no port has; what is not a number may be the name of a service. */
static bool is_no_port(const char *port)
{
    size_t digits = strspn(port, "0123456789");
    unsigned long number = strtoul(port, NULL, 10);

    return !port[digits] && (number < 1 || number > UINT16_MAX);
}

static int open_tcp(const char *host, const char *port, bool server)
{
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM,
                                     .ai_flags = server ? AI_PASSIVE : 0 };
    struct addrinfo *addresses;
    int fd = -1;

    if (getaddrinfo(*host ? host : NULL, port, &wanted, &addresses) != 0) {
        errno = ENXIO;
        return -1;
    }
    for (const struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next)
        fd = socket_at(a->ai_addr, a->ai_addrlen, server);

    int error = errno;

    freeaddrinfo(addresses);
    errno = error;
    return fd;
}

/* What a name says, with NULs in its copy where its parts end. */
struct parts {
    bool is_unix;
    char *host, *port; /* where it is not */
    char address[ADDRESS_MAX];
};

/* Takes a name apart. NULL, or what is wrong with it. */
static const char *parse(struct parts *parts, const char *name)
{
    size_t head = strlen(begins(name, UNIX) ? UNIX : TCP);
    size_t n = strlen(name) - head - (socket_is_server(name) ? strlen(SERVER) : 0);

    parts->is_unix = begins(name, UNIX);
    if (n >= ADDRESS_MAX)
        return strerror(ENAMETOOLONG);
    memcpy(parts->address, name + head, n);
    parts->address[n] = '\0';
    if (parts->is_unix)
        return n ? NULL : "no path: unix:PATH";
    if (!split(parts->address, &parts->host, &parts->port))
        return "no port: tcp:HOST:PORT";
    return is_no_port(parts->port) ? "the port is a number from 1 to 65535" : NULL;
}

int socket_open(const char *name)
{
    struct parts parts;
    bool server = socket_is_server(name);

    if (parse(&parts, name)) {
        errno = EDESTADDRREQ;
        return -1;
    }
    return parts.is_unix ? open_unix(parts.address, server)
                         : open_tcp(parts.host, parts.port, server);
}

const char *socket_why(const char *name, int error)
{
    struct parts parts;

    if (error == EDESTADDRREQ)
        return parse(&parts, name);
    return error == ENXIO ? "no such host or port" : strerror(error);
}
