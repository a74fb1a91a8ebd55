/* SPDX-License-Identifier: MIT */
/* Where the VMM's own words go. */
#include "vmm/console.h"

#include <stdarg.h>

#include "vmm/format.h"

enum { VGA_COLUMNS = 80, VGA_ROWS = 25, VGA_WHITE = 0x0700 };

static volatile uint16_t *const vga_text = (volatile uint16_t *)0xb8000;

static struct serial found[4];
static unsigned found_count;
static struct serial claimed;
static bool is_claimed;
static unsigned vga_row, vga_column;

void console_init(void)
{
    for (unsigned i = 0; i < 4; i++) {
        if (!serial_present(serial_standard_port[i]))
            continue;
        found[found_count].port = serial_standard_port[i];
        serial_init(&found[found_count], 115200);
        found_count++;
    }
    for (unsigned i = 0; i < VGA_COLUMNS * VGA_ROWS; i++)
        vga_text[i] = VGA_WHITE | ' ';
}

bool console_found(uint16_t port)
{
    for (unsigned i = 0; i < found_count; i++)
        if (found[i].port == port)
            return true;
    return false;
}

void console_flush(void)
{
    if (is_claimed)
        serial_flush(&claimed);
    for (unsigned i = 0; i < found_count && !is_claimed; i++)
        serial_flush(&found[i]);
}

void console_claim(const struct serial *serial)
{
    console_flush();
    claimed = *serial;
    is_claimed = true;
}

static void vga_newline(void)
{
    vga_column = 0;
    if (++vga_row < VGA_ROWS)
        return;
    vga_row = VGA_ROWS - 1;
    for (unsigned i = 0; i < VGA_COLUMNS * (VGA_ROWS - 1); i++)
        vga_text[i] = vga_text[i + VGA_COLUMNS];
    for (unsigned i = 0; i < VGA_COLUMNS; i++)
        vga_text[VGA_COLUMNS * vga_row + i] = VGA_WHITE | ' ';
}

static void vga_put(char c)
{
    if (c == '\n') {
        vga_newline();
    } else if (c != '\r') {
        vga_text[VGA_COLUMNS * vga_row + vga_column] = (uint16_t)(VGA_WHITE | (uint8_t)c);
        if (++vga_column == VGA_COLUMNS)
            vga_newline();
    }
}

static void write_all(const char *text, size_t n)
{
    if (is_claimed) {
        serial_write(&claimed, text, n);
        return;
    }
    for (unsigned i = 0; i < found_count; i++)
        serial_write(&found[i], text, n);
    for (size_t i = 0; i < n; i++)
        vga_put(text[i]);
}

void print(const char *fmt, ...)
{
    char text[240];
    va_list ap;

    va_start(ap, fmt);
    vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (const char *s = text; *s;) {
        size_t n = 0;

        while (s[n] && s[n] != '\n')
            n++;
        write_all(s, n);
        if (s[n] == '\n') {
            write_all("\r\n", 2);
            n++;
        }
        s += n;
    }
}
