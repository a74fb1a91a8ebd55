/* SPDX-License-Identifier: MIT */
/* The header by which a reader of the memory finds the trace. */
#include "vmm/trace_memory.h"

#include "trace/crc32c.h"
#include "trace/memory.h"
#include "trace/statistics.h"
#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmm/trace_ring.h"

static struct trace_memory_end end;
static struct trace_memory_text text;

void trace_memory_begin(void *page, const struct vcpu *vcpu, const char *start, size_t n)
{
    struct trace_memory *header = page;
    const size_t checked = offsetof(struct trace_memory, length);

    *header = (struct trace_memory){
        .length = trace_memory_length(1),
        .version = TRACE_MEMORY_VERSION,
        .vcpus = 1,
        .address = virt_to_phys(page),
        .memory = memory_base(),
        .memory_length = memory_length(),
        .start = virt_to_phys(start),
        .start_length = n,
        .end = virt_to_phys(&end),
        .text = virt_to_phys(&text),
        .element_size = sizeof(struct trace_element),
        .statistics_size = sizeof(struct statistics),
    };
    header->ring[0] = (struct trace_memory_ring){
        .elements = virt_to_phys(vcpu->ring->base),
        .count = (uint64_t)(vcpu->ring->end - vcpu->ring->base),
        .position = virt_to_phys(&vcpu->element),
        .progress = virt_to_phys(&vcpu->ring->progress),
        .statistics = virt_to_phys(vcpu->statistics),
    };
    header->checksum = crc32c(0, (const uint8_t *)page + checked, header->length - checked);
    header->signature[0] = TRACE_MEMORY_SIGNATURE_0;
    header->signature[1] = TRACE_MEMORY_SIGNATURE_1;
}

void trace_memory_text(const struct vcpu *vcpu, const char *line, size_t n)
{
    struct trace_memory_line *to = &text.line[text.lines % TRACE_MEMORY_LINES];

    to->before = trace_ring_position(vcpu);
    to->vcpu = vcpu->id;
    to->length = (uint16_t)n;
    memcpy(to->text, line, n);
    __atomic_store_n(&text.lines, text.lines + 1, __ATOMIC_RELEASE);
}

const struct trace_memory_line *trace_memory_line(uint64_t n)
{
    return n < text.lines ? &text.line[n % TRACE_MEMORY_LINES] : NULL;
}

bool trace_memory_room(uint64_t n)
{
    return text.lines - n < TRACE_MEMORY_LINES;
}

void trace_memory_end(const char *payload, size_t n)
{
    __atomic_store_n(&end.length, 0, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memcpy(end.payload, payload, n);
    __atomic_store_n(&end.length, n, __ATOMIC_RELEASE);
}

__attribute__((noinline)) void trace_memory_complete(void)
{
    __asm__ volatile("");
}
