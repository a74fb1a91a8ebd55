/* SPDX-License-Identifier: MIT */
/* Statistics as readable lines, and back. */
#include "trace/exit_reasons.h"
#include "trace/put.h"
#include "trace/scan.h"
#include "trace/text.h"

/* The name of a row; the last one is for exit reasons outside the table. */
static const char *row_name(unsigned number)
{
    return number < EXIT_REASONS ? exit_reason_name(number) : "OTHER";
}

static void put_field(struct put *put, const char *name, uint64_t value)
{
    put_string(put, name);
    put_decimal(put, value);
}

/* Numbers that no reason has yet share a name: their rows are told apart by number, as exits are. */
static bool is_nameless(unsigned number)
{
    return number < EXIT_REASONS && !exit_reasons[number].name;
}

/* " buckets=7:2,0,1": the first bucket that is not 0, then the counts up to the last such. */
static void put_buckets(struct put *put, const struct statistics_row *row)
{
    unsigned first = 0, limit = STATISTICS_BUCKETS;

    while (first < limit && !row->bucket[first])
        first++;
    while (limit > first && !row->bucket[limit - 1])
        limit--;
    put_field(put, " buckets=", first);
    for (unsigned i = first; i < limit; i++)
        put_field(put, i == first ? ":" : ",", row->bucket[i]);
}

size_t text_statistics(char *buf, size_t n, uint16_t vcpu, const struct statistics *statistics)
{
    struct put put;

    put_begin(&put, buf, n);
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *row = &statistics->row[i];

        if (!row->count)
            continue;
        put_field(&put, "statistics vcpu", vcpu);
        put_char(&put, ' ');
        put_string(&put, row_name(i));
        if (is_nameless(i)) {
            put_string(&put, " reason=");
            put_hex(&put, i);
        }
        put_field(&put, " count=", row->count);
        put_field(&put, " sum=", row->sum);
        put_field(&put, " min=", row->min);
        put_field(&put, " max=", row->max);
        put_buckets(&put, row);
        put_char(&put, '\n');
    }
    return put_end(&put);
}

static bool scan_buckets(struct scan *scan, struct statistics_row *row)
{
    uint64_t i;

    if (!scan_text(scan, " buckets=") || !scan_number(scan, &i))
        return false;
    for (const char *before = ":"; scan_text(scan, before); before = ",") {
        if (i >= STATISTICS_BUCKETS || !scan_number(scan, &row->bucket[i++]))
            return false;
    }
    return scan_empty(scan);
}

/* Takes a row's name, and the number of one that has none. STATISTICS_ROWS: there is no such row. */
static unsigned scan_row(struct scan *scan)
{
    struct scan name = scan_until(scan, ' ');
    unsigned number = 0;
    uint64_t told;

    while (number < STATISTICS_ROWS && !scan_is(&name, row_name(number)))
        number++;
    if (number == STATISTICS_ROWS || !is_nameless(number))
        return number;
    if (!scan_text(scan, "reason=") || !scan_number(scan, &told) || !scan_text(scan, " "))
        return STATISTICS_ROWS;
    return told < EXIT_REASONS && is_nameless((unsigned)told) ? (unsigned)told : STATISTICS_ROWS;
}

bool text_parse_statistics(const char *line, size_t n, uint16_t *vcpu,
                           struct statistics *statistics)
{
    struct scan scan = scan_begin(line, n);
    struct statistics_row row = { 0 };
    uint64_t number;

    if (!scan_text(&scan, "statistics vcpu") || !scan_number(&scan, &number) ||
        number > UINT16_MAX || !scan_text(&scan, " "))
        return false;

    unsigned place = scan_row(&scan);

    if (place == STATISTICS_ROWS || !scan_text(&scan, "count=") ||
        !scan_number(&scan, &row.count) || !scan_text(&scan, " sum=") ||
        !scan_number(&scan, &row.sum) || !scan_text(&scan, " min=") ||
        !scan_number(&scan, &row.min) || !scan_text(&scan, " max=") ||
        !scan_number(&scan, &row.max) || !scan_buckets(&scan, &row))
        return false;
    *vcpu = (uint16_t)number;
    statistics->row[place] = row;
    return true;
}
