/* SPDX-License-Identifier: MIT */
/* The guest's descriptor tables: selectors for C and assembly, and the task-state segment. */
#ifndef GUEST_SEGMENTS_H
#define GUEST_SEGMENTS_H

/* The order of the first seven is what SYSCALL, SYSRET, SYSENTER and SYSEXIT want. */
#define SELECTOR_CODE64      0x08
#define SELECTOR_DATA        0x10
#define SELECTOR_CODE32      0x18
#define SELECTOR_USER_DATA   0x20
#define SELECTOR_USER_CODE64 0x28
#define SELECTOR_USER_DATA2  0x30
#define SELECTOR_TSS         0x38 /* 16 bytes, as all system segments here */
#define SELECTOR_LDT         0x48
#define SELECTOR_SMALL_TSS   0x58 /* the same TSS, too short for its last IST entry */
#define SELECTOR_ABSENT      0x68 /* a data segment that is not present */
#define SELECTOR_CODE16      0x70
#define SELECTOR_DATA16      0x78
#define SELECTOR_BASED_DATA  0x80 /* 32-bit data, its base is the page segments_based_page */
#define SELECTOR_TASK_A      0x88 /* 32-bit TSSs, of tasks.S */
#define SELECTOR_TASK_B      0x90
#define SELECTOR_END         0x98

#ifndef __ASSEMBLER__

#include <stdint.h>

enum { IO_BITMAP_BYTES = 32 }; /* ports 0 to 0xff; those above are closed to CPL 3 */

/* SDM "64-Bit Task State Segment", with an I/O permission bitmap behind it. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* ist[0] is IST1 */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
    uint8_t io_map[IO_BITMAP_BYTES];
    uint8_t io_map_end; /* all ones, as the SDM asks */
} __attribute__((packed));

extern struct tss segments_tss;
extern uint64_t segments_gdt[SELECTOR_END / 8];
extern uint8_t segments_based_page[4096];

/* Loads GDT, LDTR, TR and the data segments; the stack of CPL 0 is not set yet. */
void segments_init(void);

/* Fetches TR anew; a busy TSS cannot be loaded, so the descriptor is made available first. */
void segments_load_tss(uint16_t selector);

#endif
#endif
