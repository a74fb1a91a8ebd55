/* SPDX-License-Identifier: MIT */
/* Task switches of 32-bit protected mode, in each of the four ways, and what the new task saw. */
#ifndef GUEST_TASKS_H
#define GUEST_TASKS_H

#define TASK_BYTES 104

/* The rows of tasks_seen. */
#define TASKS_BY_CALL      0 /* and back by IRET */
#define TASKS_BY_INTERRUPT 1 /* INT by a task gate, and back by IRET */
#define TASKS_BY_JUMP      2 /* and back by JMP */
#define TASKS_BY_FAULT     3 /* #GP by a task gate, and back by IRET */
#define TASKS_ROWS         4

/* The selector that raises that #GP: beyond the GDT. */
#define TASKS_BAD_SELECTOR 0x2000

#ifndef __ASSEMBLER__

#include <stdint.h>

struct tasks_row {
    uint32_t eflags, tr, cr0;
    uint32_t back_link;  /* of the new task's TSS */
    uint32_t old_type;   /* access byte of the old task's descriptor */
    uint32_t new_type;   /* and of the new one's */
    uint32_t error_code; /* from the new task's stack; by fault only */
    uint32_t old_eflags; /* in the old task's TSS */
};

extern struct tasks_seen {
    struct tasks_row row[TASKS_ROWS];
    uint32_t runs;        /* of the new task */
    uint32_t kept;        /* times that the old task found its registers again */
    uint32_t busy_vector; /* the fault of a call to a busy task */
} tasks_seen;

/* The two 32-bit task-state segments. */
extern uint8_t tasks_a[TASK_BYTES], tasks_b[TASK_BYTES];

#endif
#endif
