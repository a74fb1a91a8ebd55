/* SPDX-License-Identifier: MIT */
/* Formatted text without a C library. */
#include "vmm/format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    char *buf;
    size_t room; /* bytes of buf, the final NUL included */
    size_t length;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->room)
        out->buf[out->length] = c;
    out->length++;
}

static void put_padded(struct output *out, const char *s, size_t length, unsigned width, char pad)
{
    for (size_t i = length; i < width; i++)
        put(out, pad);
    for (size_t i = 0; i < length; i++)
        put(out, s[i]);
}

static void put_string(struct output *out, const char *s, unsigned width)
{
    size_t length = 0;

    while (s[length])
        length++;
    put_padded(out, s, length, width, ' ');
}

struct spec {
    bool alternate, zero;
    unsigned width;
    unsigned longs;
};

static void put_number(struct output *out, uint64_t value, unsigned base, bool negative,
                       const struct spec *spec)
{
    char digits[24];
    size_t n = sizeof(digits);
    bool prefix = spec->alternate && base == 16;

    do {
        digits[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (!spec->zero && prefix) {
        digits[--n] = 'x';
        digits[--n] = '0';
    } else if (prefix) {
        put(out, '0');
        put(out, 'x');
    }
    if (negative)
        digits[--n] = '-';
    unsigned used = spec->zero && prefix ? 2 : 0;
    put_padded(out, digits + n, sizeof(digits) - n, spec->width > used ? spec->width - used : 0,
               spec->zero ? '0' : ' ');
}

static const char *parse_spec(const char *fmt, struct spec *spec)
{
    for (;; fmt++) {
        if (*fmt == '#')
            spec->alternate = true;
        else if (*fmt == '0')
            spec->zero = true;
        else
            break;
    }
    while (*fmt >= '0' && *fmt <= '9')
        spec->width = spec->width * 10 + (unsigned)(*fmt++ - '0');
    while (*fmt == 'l' || *fmt == 'z') {
        spec->longs++;
        fmt++;
    }
    return fmt;
}

static void put_signed(struct output *out, int64_t value, const struct spec *spec)
{
    put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0, spec);
}

size_t vformat(char *buf, size_t n, const char *fmt, va_list ap)
{
    struct output out = { buf, n, 0 };

    for (; *fmt; fmt++) {
        struct spec spec = { 0 };

        if (*fmt != '%') {
            put(&out, *fmt);
            continue;
        }
        fmt = parse_spec(fmt + 1, &spec);
        switch (*fmt) {
        case 'c':
            put(&out, (char)va_arg(ap, int));
            break;
        case 's':
            put_string(&out, va_arg(ap, const char *), spec.width);
            break;
        case 'd':
            put_signed(&out, spec.longs ? va_arg(ap, long) : va_arg(ap, int), &spec);
            break;
        case 'u':
        case 'x':
            put_number(&out, spec.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned),
                       *fmt == 'x' ? 16 : 10, false, &spec);
            break;
        case '\0':
            fmt--;
            break;
        default:
            put(&out, *fmt);
        }
    }
    if (n)
        buf[out.length < n ? out.length : n - 1] = '\0';
    return out.length;
}

size_t format(char *buf, size_t n, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    size_t length = vformat(buf, n, fmt, ap);
    va_end(ap);
    return length;
}
