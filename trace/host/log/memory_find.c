/* SPDX-License-Identifier: MIT */
/* Finds the trace's header in an image of a machine's memory. */
#include "trace/host/log/memory_find.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/crc32c.h"
#include "trace/record.h"
#include "trace/start.h"
#include "trace/statistics.h"

enum {
    BLOCK = 1 << 16, /* read at a time */
    PAGE = TRACE_MEMORY_ALIGNMENT,
    CANDIDATES_MAX = 8, /* more are only counted */
};

/* Headers that were seen on the way through the image. */
struct search {
    const uint64_t *at;
    struct candidate {
        struct trace_memory header;
        uint64_t physical; /* where it was found */
    } candidate[CANDIDATES_MAX];
    unsigned candidates;
    unsigned damaged; /* with the signature, and nothing behind it that makes sense */
    bool unreadable;
    uint8_t block[BLOCK];
};

/* Whether the page's header is whole. `physical` is where the image says that the page lies. */
static bool is_whole(const uint8_t *page, const struct memory_image *image, uint64_t physical)
{
    const size_t checked = offsetof(struct trace_memory, length);
    struct trace_memory header;

    memcpy(&header, page, sizeof(header));
    return header.length >= trace_memory_length(1) && header.length <= PAGE &&
           header.checksum == crc32c(0, page + checked, header.length - checked) &&
           (image->raw || header.address == physical);
}

static void look_at_page(struct search *search, const struct memory_image *image,
                         const uint8_t *page, uint64_t physical)
{
    const uint64_t signature[2] = { TRACE_MEMORY_SIGNATURE_0, TRACE_MEMORY_SIGNATURE_1 };
    struct candidate *candidate;

    if (memcmp(page, signature, sizeof(signature)) != 0)
        return;
    if (!is_whole(page, image, physical)) {
        search->damaged++;
        return;
    }
    if (search->candidates == CANDIDATES_MAX)
        return;
    candidate = &search->candidate[search->candidates];
    memcpy(&candidate->header, page, sizeof(candidate->header));
    candidate->physical = physical;
    if (!search->at || *search->at == candidate->header.address)
        search->candidates++;
}

static void search_segment(struct search *search, const struct memory_image *image,
                           const struct memory_segment *segment)
{
    uint64_t end = segment->physical + segment->length;

    for (uint64_t at = (segment->physical + PAGE - 1) & ~(uint64_t)(PAGE - 1);
         at - segment->physical < segment->length && end - at >= PAGE;) {
        size_t n = end - at < BLOCK ? (size_t)(end - at) & ~(size_t)(PAGE - 1) : BLOCK;

        if (memory_segment_read(image, segment, at, search->block, n)) {
            for (size_t page = 0; page < n; page += PAGE)
                look_at_page(search, image, search->block + page, at + page);
        } else {
            search->unreadable = true;
        }
        at += n;
    }
}

/*
 * Of several headers in raw memory those that lie where they say are the machine's own; others are
 * copies, in a file's cache or in the memory of a machine within the machine.
 */
static void prefer_own(struct search *search)
{
    unsigned own = 0;

    for (unsigned i = 0; i < search->candidates; i++)
        if (search->candidate[i].header.address == search->candidate[i].physical)
            search->candidate[own++] = search->candidate[i];
    if (own)
        search->candidates = own;
}

static enum memory_found complain_of_none(const struct search *search,
                                          const struct memory_image *image, char *why)
{
    if (search->damaged) {
        snprintf(why, MEMORY_WHY, "the header of a trace is there, but it is damaged");
        return MEMORY_USELESS;
    }
    snprintf(why, MEMORY_WHY, "no trace in it: no page %sbegins with vexit's signature%s",
             search->at ? "with that address " : "",
             search->unreadable || image->truncated ? "; parts of the image cannot be read" : "");
    return MEMORY_NONE;
}

static enum memory_found complain_of_several(const struct search *search, char *why)
{
    int used = snprintf(why, MEMORY_WHY, "several traces in it, choose one by --at=ADDRESS:");

    for (unsigned i = 0; i < search->candidates && used < MEMORY_WHY; i++)
        used += snprintf(why + used, (size_t)(MEMORY_WHY - used), " %#" PRIx64,
                         search->candidate[i].header.address);
    return MEMORY_USELESS;
}

static bool is_known(const struct trace_memory *header)
{
    return header->version == TRACE_MEMORY_VERSION &&
           header->element_size == sizeof(struct trace_element) &&
           header->statistics_size == sizeof(struct statistics);
}

/* Whether n bytes lie in the VMM's memory, as all that the header names does. */
static bool lies_inside(const struct trace_memory *header, uint64_t address, uint64_t n)
{
    uint64_t at = address - header->memory;

    return at <= header->memory_length && n <= header->memory_length - at;
}

static bool names_good_ring(const struct trace_memory *header, const struct trace_memory_ring *ring)
{
    return ring->count && ring->count <= UINT32_MAX &&
           lies_inside(header, ring->elements, ring->count * sizeof(struct trace_element)) &&
           lies_inside(header, ring->position, sizeof(uint64_t)) &&
           lies_inside(header, ring->progress, sizeof(struct trace_memory_progress)) &&
           lies_inside(header, ring->statistics, sizeof(struct statistics));
}

static bool makes_sense(const struct trace_memory *header)
{
    bool good = header->vcpus && header->vcpus <= TRACE_MEMORY_VCPUS &&
                header->length >= trace_memory_length(header->vcpus) &&
                header->start_length <= START_PAYLOAD_MAX &&
                lies_inside(header, header->start, header->start_length) &&
                lies_inside(header, header->end, sizeof(struct trace_memory_end)) &&
                lies_inside(header, header->text, sizeof(struct trace_memory_text));

    for (uint32_t i = 0; good && i < header->vcpus; i++)
        good = names_good_ring(header, &header->ring[i]);
    return good;
}

static bool image_holds(const struct memory_image *image, const struct trace_memory *header)
{
    bool holds = memory_image_holds(image, header->start, header->start_length) &&
                 memory_image_holds(image, header->end, sizeof(struct trace_memory_end)) &&
                 memory_image_holds(image, header->text, sizeof(struct trace_memory_text));

    for (uint32_t i = 0; holds && i < header->vcpus; i++) {
        const struct trace_memory_ring *ring = &header->ring[i];

        holds =
            memory_image_holds(image, ring->elements, ring->count * sizeof(struct trace_element)) &&
            memory_image_holds(image, ring->position, sizeof(uint64_t)) &&
            memory_image_holds(image, ring->progress, sizeof(struct trace_memory_progress)) &&
            memory_image_holds(image, ring->statistics, sizeof(struct statistics));
    }
    return holds;
}

static enum memory_found take(struct memory_image *image, const struct candidate *candidate,
                              struct trace_memory *header, char *why)
{
    *header = candidate->header;
    if (!is_known(header)) {
        snprintf(why, MEMORY_WHY,
                 "the trace at %#" PRIx64 " was laid out by another version of vexit (format "
                 "%" PRIu32 "); use the tool of that version",
                 header->address, header->version);
        return MEMORY_USELESS;
    }
    if (!makes_sense(header)) {
        snprintf(why, MEMORY_WHY, "the header of the trace at %#" PRIx64 " makes no sense",
                 header->address);
        return MEMORY_USELESS;
    }
    if (image->raw)
        image->segment[0].physical += header->address - candidate->physical;
    if (image_holds(image, header))
        return MEMORY_FOUND;
    snprintf(why, MEMORY_WHY,
             "truncated: the trace at %#" PRIx64 " needs the memory from %#" PRIx64 " to %#" PRIx64
             ", and the image does not hold all of it",
             header->address, header->memory, header->memory + header->memory_length);
    return MEMORY_USELESS;
}

static enum memory_found conclude(struct search *search, struct memory_image *image,
                                  struct trace_memory *header, char *why)
{
    prefer_own(search);
    if (!search->candidates)
        return complain_of_none(search, image, why);
    if (search->candidates > 1)
        return complain_of_several(search, why);
    return take(image, &search->candidate[0], header, why);
}

enum memory_found memory_find(struct memory_image *image, const uint64_t *at,
                              struct trace_memory *header, char why[MEMORY_WHY])
{
    struct search *search = calloc(1, sizeof(*search));
    enum memory_found found;

    if (!search) {
        snprintf(why, MEMORY_WHY, "%s", strerror(ENOMEM));
        return MEMORY_USELESS;
    }
    search->at = at;
    for (size_t i = 0; i < image->segments; i++)
        search_segment(search, image, &image->segment[i]);
    found = conclude(search, image, header, why);
    free(search);
    return found;
}
