/* SPDX-License-Identifier: MIT */
/* The page without its data, as tools/make-page puts it together from page.html. */
#ifndef TRACE_HOST_TIMELINE_TEMPLATE_H
#define TRACE_HOST_TIMELINE_TEMPLATE_H

extern const char template_head[]; /* up to where the data go */
extern const char template_tail[]; /* behind them; begins where the head ends */
extern const char template_end[];

#endif
