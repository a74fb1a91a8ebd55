/* SPDX-License-Identifier: MIT */
/* Exits as Linux's kvm_exit tracepoint shows them. */
#include "trace/host/export/kvm_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/exit_reasons.h"

/* SDM volume 3, "Format of the VM-Exit Interruption-Information Field" */
enum {
    INTERRUPTION_NMI = 2 << 8,
    INTERRUPTION_EXCEPTION = 3 << 8,
    INTERRUPTION_SOFTWARE = 6 << 8, /* INT3, INTO */
    INTERRUPTION_ERROR_CODE = 1 << 11,
    VECTOR_NMI = 2,
    VECTOR_BREAKPOINT = 3,
    VECTOR_OVERFLOW = 4,
};
#define INTERRUPTION_VALID 0x80000000u

static uint32_t exception_type(uint32_t vector)
{
    if (vector == VECTOR_NMI)
        return INTERRUPTION_NMI;
    return vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW ? INTERRUPTION_SOFTWARE
                                                                    : INTERRUPTION_EXCEPTION;
}

struct kvm_exit kvm_exit_of(const struct trace_element *element)
{
    struct kvm_exit exit = { .exit_reason = element->reason & EXIT_REASON_BASIC };
    uint32_t vector = element->slot[1] & 0xff;
    bool has_vector = element->written & 1 << 1, has_error = element->written & 1 << 3;

    if (exit.exit_reason == EXIT_REASON_EXTERNAL_INTERRUPT && has_vector)
        exit.intr_info = INTERRUPTION_VALID | vector;
    if (exit.exit_reason == EXIT_REASON_EXCEPTION_NMI && has_vector) {
        exit.intr_info = INTERRUPTION_VALID | exception_type(vector) | vector;
        if (has_error) {
            exit.intr_info |= INTERRUPTION_ERROR_CODE;
            exit.error_code = (uint32_t)element->slot[3];
        }
    }
    return exit;
}

/* Records */

static void put_common(struct packed *bytes, enum kvm_event event, uint32_t thread)
{
    pack_u16(bytes, event);
    pack_u16(bytes, 0); /* flags, preempt count */
    pack_u32(bytes, thread);
}

void kvm_put_exit(struct packed *bytes, const struct trace_element *element, uint32_t thread)
{
    struct kvm_exit exit = kvm_exit_of(element);

    put_common(bytes, KVM_EVENT_EXIT, thread);
    pack_u64(bytes, exit.exit_reason); /* and 4 bytes of padding */
    pack_u64(bytes, element->rip);
    pack_u64(bytes, KVM_ISA_VMX); /* and padding */
    pack_u64(bytes, element->qualification);
    pack_u64(bytes, 0);
    pack_u32(bytes, exit.intr_info);
    pack_u32(bytes, exit.error_code);
    pack_u64(bytes, element->vcpu); /* and padding */
}

void kvm_put_entry(struct packed *bytes, const struct trace_element *element, uint32_t thread)
{
    put_common(bytes, element->kind == TRACE_EXIT_ONLY ? KVM_EVENT_STOP : KVM_EVENT_ENTRY, thread);
    pack_u64(bytes, element->vcpu); /* and padding */
    pack_u64(bytes, element->rip);
    pack_u32(bytes, 0); /* immediate_exit, and padding */
    pack_u32(bytes, element->written);
    pack_u64(bytes, element->reason);
    for (int i = 1; i < TRACE_SLOTS; i++)
        pack_u64(bytes, element->slot[i]);
}

void kvm_put_marker(struct packed *bytes, const struct trace_element *element, uint32_t thread)
{
    put_common(bytes, KVM_EVENT_MARKER, thread);
    pack_u64(bytes, element->vcpu); /* and padding */
    for (int i = 0; i < 4; i++)
        pack_u64(bytes, element->slot[i]);
}

void kvm_put_loss(struct packed *bytes, const struct export_loss *loss, uint32_t thread)
{
    put_common(bytes, KVM_EVENT_LOST, thread);
    pack_u64(bytes, loss->vcpu); /* and padding */
    pack_u64(bytes, loss->records);
}

/* Formats, as the kernel's files under tracing/events and tracing/events/header_* have them */

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
                                  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
                                  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
                                  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";

static const char header_event[] = "# compressed entry header\n"
                                   "\ttype_len    :    5 bits\n"
                                   "\ttime_delta  :   27 bits\n"
                                   "\tarray       :   32 bits\n"
                                   "\n"
                                   "\tpadding     : type == 29\n"
                                   "\ttime_extend : type == 30\n"
                                   "\ttime_stamp : type == 31\n"
                                   "\tdata max type_len  == 28\n";

static const char common_fields[] =
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n";

#define FIELD32(name, offset)                                                                      \
    "\tfield:unsigned int " name ";\toffset:" #offset ";\tsize:4;\tsigned:0;\n"
#define FIELD64(name, offset)                                                                      \
    "\tfield:unsigned long " name ";\toffset:" #offset ";\tsize:8;\tsigned:0;\n"

static const char entry_fields[] = FIELD32("vcpu_id", 8)
    FIELD64("rip", 16) "\tfield:bool immediate_exit;\toffset:24;\tsize:1;\tsigned:0;\n" FIELD32(
        "written", 28) FIELD64("slot0", 32) FIELD64("slot1", 40) FIELD64("slot2", 48)
        FIELD64("slot3", 56) FIELD64("slot4", 64);

static const char exit_fields[] = FIELD32("exit_reason", 8) FIELD64("guest_rip", 16)
    FIELD32("isa", 24) FIELD64("info1", 32) FIELD64("info2", 40) FIELD32("intr_info", 48)
        FIELD32("error_code", 52) FIELD32("vcpu_id", 56);

static const char marker_fields[] = FIELD32("vcpu_id", 8) FIELD64("rbx", 16) FIELD64("rcx", 24)
    FIELD64("rdx", 32) FIELD64("rsi", 40);

static const char lost_fields[] = FIELD32("vcpu_id", 8) FIELD64("records", 16);

static const char print_slots[] =
    "\"vcpu %u slots 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx written 0x%x\", REC->vcpu_id, REC->slot0, "
    "REC->slot1, REC->slot2, REC->slot3, REC->slot4, REC->written";

static const char print_marker[] =
    "\"vcpu %u rbx 0x%lx rcx 0x%lx rdx 0x%lx rsi 0x%lx\", REC->vcpu_id, REC->rbx, REC->rcx, "
    "REC->rdx, REC->rsi";

static const char print_lost[] = "\"vcpu %u records %lu\", REC->vcpu_id, REC->records";

void kvm_write_number(FILE *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fputc((int)(value >> 8 * i & 0xff), to);
}

/* A text with its length, of 64 bits, before it. */
static void write_text(FILE *to, const char *text, size_t n)
{
    kvm_write_number(to, n, 8);
    fwrite(text, 1, n, to);
}

/* The exit's words, with the reasons by the names of the log's schema. */
static void write_print_exit(FILE *to, const struct schema *schema)
{
    fputs("\"vcpu %u reason %s rip 0x%lx info 0x%lx 0x%lx intr_info 0x%x error_code 0x%x\", "
          "REC->vcpu_id, __print_symbolic(REC->exit_reason",
          to);
    for (unsigned i = 0; i < SCHEMA_ROWS; i++)
        if (schema->row[i].name[0])
            fprintf(to, ", { %u, \"%s\" }", i, schema->row[i].name);
    fputs("), REC->guest_rip, REC->info1, REC->info2, REC->intr_info, REC->error_code", to);
}

/* print: NULL for kvm_exit, whose words depend on the schema. */
static void write_format(FILE *to, const char *name, enum kvm_event event, const char *fields,
                         const char *print, const struct schema *schema)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);

    if (!memory)
        return;
    fprintf(memory, "name: %s\nID: %d\n%s%s\nprint fmt: ", name, event, common_fields, fields);
    if (print)
        fputs(print, memory);
    else
        write_print_exit(memory, schema);
    fputc('\n', memory);
    fclose(memory);
    write_text(to, text, n);
    free(text);
}

static void write_string(FILE *to, const char *string)
{
    fwrite(string, 1, strlen(string) + 1, to);
}

void kvm_write_formats(FILE *to, const char *version, const struct schema *schema)
{
    fputs("\x17\x08\x44tracing", to);
    write_string(to, version);
    kvm_write_number(to, 0, 1);    /* little endian */
    kvm_write_number(to, 8, 1);    /* bytes of a long */
    kvm_write_number(to, 4096, 4); /* of a page */
    write_string(to, "header_page");
    write_text(to, header_page, sizeof(header_page) - 1);
    write_string(to, "header_event");
    write_text(to, header_event, sizeof(header_event) - 1);
    kvm_write_number(to, 0, 4); /* ftrace's own events */
    kvm_write_number(to, 2, 4); /* systems */
    write_string(to, "kvm");
    kvm_write_number(to, 2, 4);
    write_format(to, "kvm_entry", KVM_EVENT_ENTRY, entry_fields, print_slots, schema);
    write_format(to, "kvm_exit", KVM_EVENT_EXIT, exit_fields, NULL, schema);
    write_string(to, "vexit");
    kvm_write_number(to, 3, 4);
    write_format(to, "stop", KVM_EVENT_STOP, entry_fields, print_slots, schema);
    write_format(to, "marker", KVM_EVENT_MARKER, marker_fields, print_marker, schema);
    write_format(to, "lost", KVM_EVENT_LOST, lost_fields, print_lost, schema);
    kvm_write_number(to, 0, 4); /* kallsyms */
    kvm_write_number(to, 0, 4); /* printk formats */
}
