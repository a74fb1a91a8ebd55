/* SPDX-License-Identifier: MIT */
/* What a page holds of one vCPU. */
#include "trace/host/timeline/vcpu_data.h"

#include <stdlib.h>

static void begin_frame(struct vcpu_data *data)
{
    wire_begin(&data->encoder, data->frame, sizeof(data->frame), 0, data->vcpu, data->records);
}

static void write_frame(struct vcpu_data *data)
{
    output_print(data->output, "<script type=\"text/plain\" class=\"frame\" data-vcpu=\"%u\">",
                 data->vcpu);
    block_bytes(&data->block, data->frame, wire_finish(&data->encoder));
    block_write(&data->block, data->output);
    output_print(data->output, "</script>\n");
}

static void take_node(void *context, unsigned level, const struct level_node *node)
{
    struct vcpu_data *data = context;

    block_number(data->index, data->vcpu);
    block_number(data->index, level);
    block_node(data->index, node);
    if (level == LEVELS_BLOCK) {
        block_times_write(&data->times, data->index);
        write_frame(data);
        begin_frame(data);
    }
}

struct vcpu_data *vcpu_data_new(uint16_t vcpu, struct output *output, struct block *index)
{
    struct vcpu_data *data = calloc(1, sizeof(*data));

    if (!data)
        return NULL;
    data->vcpu = vcpu;
    data->output = output;
    data->index = index;
    levels_begin(&data->levels, take_node, data);
    begin_frame(data);
    return data;
}

static void add(struct vcpu_data *data, const struct trace_element *element)
{
    if (!wire_add(&data->encoder, element)) {
        levels_cut(&data->levels); /* writes the frame and begins another */
        wire_add(&data->encoder, element);
    }
    data->records += trace_records(element->kind);
    if (element->kind == TRACE_EXIT_ENTRY)
        block_times_add(&data->times, schema_number(element->reason),
                        element->entry_tsc - element->exit_tsc);
    levels_add(&data->levels, element);
}

static void add_gap(struct vcpu_data *data, enum vcpu_data_gap why, uint64_t records)
{
    add(data, &(struct trace_element){ .kind = TRACE_LOST,
                                       .vcpu = data->vcpu,
                                       .exit_tsc = data->levels.now,
                                       .written = 1 << 0 | 1 << 1,
                                       .slot = { records, why } });
}

void vcpu_data_add(struct vcpu_data *data, const struct trace_element *element)
{
    if (data->left_out)
        add_gap(data, GAP_LEFT_OUT, 0);
    data->left_out = false;
    add(data, element);
}

void vcpu_data_gap(struct vcpu_data *data, enum vcpu_data_gap why, uint64_t records)
{
    if (why == GAP_LEFT_OUT)
        data->left_out = true;
    else
        add_gap(data, why, records);
}

void vcpu_data_finish(struct vcpu_data *data)
{
    levels_finish(&data->levels);
}

void vcpu_data_free(struct vcpu_data *data)
{
    if (data)
        block_free(&data->block);
    free(data);
}
