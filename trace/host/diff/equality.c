/* SPDX-License-Identifier: MIT */
/* When two exits are equal. */
#include "trace/host/diff/equality.h"

#include <stdio.h>
#include <string.h>

#include "trace/scan.h"

/* Names that are ignored unless all is compared: they depend on time, or on chance. */
static const char *const unsteady_names[] = {
    "EXTERNAL_INTERRUPT", "INTERRUPT_WINDOW", "RDRAND.value", "RDSEED.value", "RDPMC.value",
};

/* MSRs that hold times: IA32_TIME_STAMP_COUNTER, IA32_MPERF, IA32_APERF, IA32_TSC_DEADLINE. */
static const uint32_t unsteady_msrs[] = { 0x10, 0xe7, 0xe8, 0x6e0 };

/* "leaf" of the piece " leaf=0x", as a word. */
static struct scan piece_name(const struct piece *piece)
{
    struct scan scan = scan_begin(piece->text, piece->length);

    scan_text(&scan, " ");
    return scan_until(&scan, '=');
}

/* Whether a name stands for the slot of this name: "eax" and "CPUID.eax" do for CPUID's. */
static bool names_slot(const char *name, const char *reason, struct scan slot)
{
    size_t n = strlen(reason);

    return scan_is(&slot, name) ||
           (strncmp(name, reason, n) == 0 && name[n] == '.' && scan_is(&slot, name + n + 1));
}

static void ignore_name(struct equality_row *row, const struct schema_row *schema, const char *name)
{
    const char *reason = schema_name(schema);

    if (strcmp(name, reason) == 0)
        row->passed_over = true;
    for (int i = 1; i < TRACE_SLOTS; i++) {
        const struct schema_slot *slot = &schema->slot[i];
        bool pair = slot->kind == SLOT_PAIR32;

        if (slot->kind == SLOT_EMPTY)
            continue;
        if (names_slot(name, reason, piece_name(&slot->low)))
            row->mask[i] &= pair ? ~(uint64_t)UINT32_MAX : 0;
        if (pair && names_slot(name, reason, piece_name(&slot->high)))
            row->mask[i] &= UINT32_MAX;
    }
}

static void begin_row(struct equality_row *row, const struct equality *equality,
                      const struct schema_row *schema)
{
    *row = (struct equality_row){ 0 };
    for (int i = 1; i < TRACE_SLOTS; i++) {
        enum slot_kind kind = schema->slot[i].kind;
        bool ignored = equality->no_slots || (kind == SLOT_TSC && !equality->all) ||
                       (kind == SLOT_QUALIFICATION && equality->no_qualification);

        row->mask[i] = ignored ? 0 : UINT64_MAX;
        row->pairs |= (uint8_t)((kind == SLOT_PAIR32) << i);
    }
    for (unsigned i = 0; i < equality->names; i++)
        ignore_name(row, schema, equality->name[i]);
    if (equality->all)
        return;
    for (size_t i = 0; i < sizeof(unsteady_names) / sizeof(unsteady_names[0]); i++)
        ignore_name(row, schema, unsteady_names[i]);

    struct scan slot_1 = piece_name(&schema->slot[1].low);

    row->vmm_timer = strcmp(schema->name, "PREEMPTION_TIMER") == 0 && scan_is(&slot_1, "owner");
    row->msr = strncmp(schema->name, "MSR_", 4) == 0 && scan_is(&slot_1, "ecx");
}

void equality_begin(struct equality_rows *rows, const struct equality *equality,
                    const struct schema *schema)
{
    rows->equality = equality;
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++)
        begin_row(&rows->row[i], equality, &schema->row[i]);
}

/* Tokens */

/* A bijection that spreads every bit over the whole word. */
static uint64_t spread(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

static uint64_t add(uint64_t token, uint64_t value)
{
    return spread(token * UINT64_C(0x9e3779b97f4a7c15) + value);
}

/* The first number of the range that a number is in, if any: it stands for all of them. */
static uint64_t moved(const struct equality *equality, uint64_t value)
{
    for (unsigned i = 0; i < equality->ranges; i++)
        if (value >= equality->range[i].first && value <= equality->range[i].last)
            return equality->range[i].first;
    return value;
}

static bool is_unsteady(uint64_t msr)
{
    for (size_t i = 0; i < sizeof(unsteady_msrs) / sizeof(unsteady_msrs[0]); i++)
        if (unsteady_msrs[i] == msr)
            return true;
    return false;
}

static uint64_t slot_value(const struct equality *equality, const struct equality_row *row, int i,
                           uint64_t value)
{
    value &= row->mask[i];
    if (!(row->pairs >> i & 1))
        return moved(equality, value);
    return moved(equality, value >> 32) << 32 | moved(equality, (uint32_t)value);
}

static uint64_t exit_token(const struct equality_rows *rows, const struct equality_row *row,
                           const struct trace_element *element)
{
    const struct equality *equality = rows->equality;
    bool time = row->msr && is_unsteady(element->slot[1]);
    uint64_t token = add(element->kind, element->reason);

    if (!equality->no_rip)
        token = add(token, moved(equality, element->rip));
    if (!equality->no_qualification)
        token = add(token, moved(equality, element->qualification));
    if (!equality->no_slots)
        token = add(token, element->written);
    for (int i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1 && row->mask[i] && !(time && (i == 2 || i == 3)))
            token = add(token, slot_value(equality, row, i, element->slot[i]));
    return token;
}

bool equality_token(const struct equality_rows *rows, const struct trace_element *element,
                    uint64_t *token)
{
    uint32_t basic = element->reason & EXIT_REASON_BASIC;
    const struct equality_row *row = &rows->row[basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS];

    if (element->kind <= TRACE_EXIT_ONLY) {
        if (row->passed_over || (row->vmm_timer && element->slot[1] == 1))
            return false;
        *token = exit_token(rows, row, element);
        return true;
    }
    if (element->kind != TRACE_MARKER || rows->equality->no_markers)
        return false;
    *token = add(element->kind, element->written);
    for (int i = 0; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1)
            *token = add(*token, moved(rows->equality, element->slot[i]));
    return true;
}

/* What to ignore */

/* Whether the built-in table has a reason or slot of this name. */
static bool is_known(const char *name)
{
    static struct schema schema;
    struct equality_row row = { 0 };

    schema_begin(&schema);
    for (unsigned i = 0; i < EXIT_REASONS; i++) {
        for (int s = 1; s < TRACE_SLOTS; s++)
            row.mask[s] = UINT64_MAX;
        ignore_name(&row, &schema.row[i], name);
        if (row.passed_over)
            return true;
        for (int s = 1; s < TRACE_SLOTS; s++)
            if (row.mask[s] != UINT64_MAX)
                return true;
    }
    return false;
}

static bool ignore_word(struct equality *equality, const char *word)
{
    struct {
        const char *word;
        bool *flag;
    } flags[] = {
        { "rip", &equality->no_rip },
        { "qualification", &equality->no_qualification },
        { "slots", &equality->no_slots },
        { "markers", &equality->no_markers },
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (strcmp(word, flags[i].word) == 0) {
            *flags[i].flag = true;
            return true;
        }
    if (equality->names == EQUALITY_NAMES || !is_known(word))
        return false;
    snprintf(equality->name[equality->names++], sizeof(equality->name[0]), "%s", word);
    return true;
}

const char *equality_ignore(struct equality *equality, const char *list, char *wrong, size_t n)
{
    struct scan rest = scan_string(list), word;

    do {
        word = scan_until(&rest, ',');
        scan_copy(&word, wrong, n);
        if (!ignore_word(equality, wrong))
            return wrong;
    } while (word.end != rest.end);
    return NULL;
}

bool equality_moved(struct equality *equality, const char *range)
{
    struct scan scan = scan_string(range);
    struct equality_range new;

    if (equality->ranges == EQUALITY_RANGES || !scan_number(&scan, &new.first) ||
        !scan_text(&scan, "-") || !scan_number(&scan, &new.last) || !scan_empty(&scan) ||
        new.first > new.last)
        return false;
    equality->range[equality->ranges++] = new;
    return true;
}
