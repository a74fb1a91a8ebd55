/* SPDX-License-Identifier: MIT */
/* An element's lines, fast. */
#include "trace/host/show/record_line.h"

#include <string.h>

#define DIGITS_10(tens)                                                                            \
    tens "0" tens "1" tens "2" tens "3" tens "4" tens "5" tens "6" tens "7" tens "8" tens "9"

/* "00" "01" ... "99" */
static const char two_digits[] = DIGITS_10("0") DIGITS_10("1") DIGITS_10("2") DIGITS_10("3")
    DIGITS_10("4") DIGITS_10("5") DIGITS_10("6") DIGITS_10("7") DIGITS_10("8") DIGITS_10("9");

static char *put_decimal(char *p, uint64_t value)
{
    char reversed[20];
    char *begin = reversed + sizeof(reversed);

    while (value >= 100) {
        begin -= 2;
        memcpy(begin, two_digits + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        begin -= 2;
        memcpy(begin, two_digits + value * 2, 2);
    } else {
        *--begin = (char)('0' + value);
    }

    size_t n = (size_t)(reversed + sizeof(reversed) - begin);

    memcpy(p, begin, n);
    return p + n;
}

/* Eight hexadecimal digits, the highest first, as the bytes of a number. */
static uint64_t hex_digits(uint32_t value)
{
    uint64_t nibbles = __builtin_bswap32(value);

    nibbles = (nibbles | nibbles << 16) & 0x0000ffff0000ffff;
    nibbles = (nibbles | nibbles << 8) & 0x00ff00ff00ff00ff;
    nibbles = (nibbles >> 4 & 0x000f000f000f000f) | (nibbles & 0x000f000f000f000f) << 8;

    uint64_t letters = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;

    return nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10);
}

/* Without "0x", which is the end of the piece before. */
static char *put_hex(char *p, uint64_t value)
{
    unsigned digits = value ? (67 - (unsigned)__builtin_clzll(value)) / 4 : 1;
    char all[32];
    uint64_t high = hex_digits((uint32_t)(value >> 32)), low = hex_digits((uint32_t)value);

    memcpy(all, &high, 8);
    memcpy(all + 8, &low, 8);
    memcpy(p, all + 16 - digits, 16);
    return p + digits;
}

static char *put_piece(char *p, const struct piece *piece)
{
    memcpy(p, piece->text, sizeof(piece->text));
    return p + piece->length;
}

/* A string constant. */
#define PUT_TEXT(p, string) (memcpy(p, string, sizeof(string) - 1), (p) + sizeof(string) - 1)

/* "1250 vcpu0" */
static char *put_head(char *p, uint64_t tsc, uint16_t vcpu, bool no_time)
{
    if (!no_time) {
        p = put_decimal(p, tsc);
        *p++ = ' ';
    }
    return put_decimal(PUT_TEXT(p, "vcpu"), vcpu);
}

static char *put_slot(char *p, const struct schema_slot *slot, uint64_t value, bool no_time)
{
    p = put_piece(p, &slot->low);
    switch (slot->kind) {
    case SLOT_PAIR32:
        p = put_piece(put_hex(p, (uint32_t)value), &slot->high);
        return put_hex(p, value >> 32);
    case SLOT_TSC:
        if (!no_time)
            return put_decimal(p, value);
        *p = '*';
        return p + 1;
    case SLOT_DEC:
        return put_decimal(p, value);
    default:
        return put_hex(p, value);
    }
}

static char *put_exit(char *p, const struct schema *schema, const struct trace_element *element,
                      bool no_time)
{
    const struct schema_row *row = schema_row(schema, element->reason);
    bool entered = element->kind == TRACE_EXIT_ENTRY;

    p = put_head(p, element->exit_tsc, element->vcpu, no_time);
    p = put_hex(put_piece(p, &row->exit), element->rip);
    if (row->has_qualification || element->qualification)
        p = put_hex(PUT_TEXT(p, " qualification=0x"), element->qualification);
    if (!row->name[0] || element->reason > EXIT_REASON_BASIC)
        p = put_hex(PUT_TEXT(p, " reason=0x"), element->reason);
    *p++ = '\n';
    p = put_head(p, entered ? element->entry_tsc : element->exit_tsc, element->vcpu, no_time);
    p = put_piece(p, entered ? &row->entry : &row->stop);
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1)
            p = put_slot(p, &row->slot[i], element->slot[i], no_time);
    *p++ = '\n';
    return p;
}

static char *put_marker(char *p, const struct trace_element *element, bool no_time)
{
    static const char *const name[] = { " rbx=0x", " rcx=0x", " rdx=0x", " rsi=0x" };

    p = PUT_TEXT(put_head(p, element->exit_tsc, element->vcpu, no_time), " marker");
    for (unsigned i = 0; i < 4; i++)
        if (element->written >> i & 1) {
            memcpy(p, name[i], 7);
            p = put_hex(p + 7, element->slot[i]);
        }
    *p++ = '\n';
    return p;
}

static char *put_lost(char *p, const struct trace_element *element, bool no_time)
{
    p = put_head(p, element->exit_tsc, element->vcpu, no_time);
    p = put_decimal(PUT_TEXT(p, " lost count="), element->slot[0]);
    *p++ = '\n';
    return p;
}

size_t record_line(char *to, const struct schema *schema, const struct trace_element *element,
                   bool no_time)
{
    char *end;

    if (element->kind == TRACE_MARKER)
        end = put_marker(to, element, no_time);
    else if (element->kind == TRACE_LOST)
        end = put_lost(to, element, no_time);
    else
        end = put_exit(to, schema, element, no_time);
    return (size_t)(end - to);
}
