/* SPDX-License-Identifier: MIT */
/*
 * Task switches: every way into a task, into tasks that are well or not. What the switch left in both
 * TSSs, in the GDT and in the registers is told as one number for each kind of task; with the word
 * `v`, line by line. The numbers are the same on the bare machine and under a VMM that is right.
 *
 * Every exception goes to a task of its own, the catcher, whose stack has the error code; whoever
 * arrived somewhere says so by INT 0x31, which goes to one, too: so all of what a task had is in its
 * TSS when it is looked at.
 */
#include "tests/kernels/kernel.h"
#include "tests/kernels/task_tables.h"

enum { DOUBLE_FAULT = 8, PAGE_FAULT = 14 };

static uint32_t sum;
static bool verbose;
static unsigned only, counted; /* the one kind of task to be tried; 0: all */
static bool paged;

static void add(uint32_t value)
{
    sum = (sum << 5 | sum >> 27) + value * 31;
}

static void add_words(const char *name, const void *memory, unsigned bytes)
{
    const uint32_t *word = memory;

    for (unsigned i = 0; i < bytes / 4; i++) {
        add(word[i]);
        if (verbose && word[i])
            print(" %s%x:%x", name, i * 4, word[i]);
    }
}

static void page_of_b(uint32_t entry)
{
    table[(uint32_t)&task_b >> 12 & 1023] = entry;
    __asm__ volatile("invlpg %0" : : "m"(task_b));
}

static uint32_t linear_b(void)
{
    return (uint32_t)&task_b & ~0xfffu;
}

/* Runs in the catcher: looks at everything, and goes back to the first task for the next run. */
void task_caught(uint32_t esp)
{
    uint32_t tr, dr6, dr7;

    __asm__ volatile("str %0\n\tmov %%dr6, %1\n\tmov %%dr7, %2" : "=r"(tr), "=r"(dr6), "=r"(dr7));
    page_of_b(linear_b() | 3);

    unsigned n = tr / 8 - CATCHERS;
    uint32_t top = (uint32_t)(catcher_stacks[n] + STACK);

    if (n == DOUBLE_FAULT) /* the manual does not say what RF is then */
        task_b.wide.eflags &= 0xfffeffff;
    if (verbose)
        print(" caught %x error %x cr0 %x dr6 %x dr7 %x cr2 %x", n,
              esp != top ? *(uint32_t *)esp : 0xffff, read_cr(0), dr6, dr7, read_cr(2));
    add(n);
    add(top - esp);
    if (esp != top)
        add(*(uint32_t *)esp);
    add(read_cr(0));
    add(read_cr(2));
    add(dr6);
    add(dr7);
    add_words("a", &task_a, sizeof(task_a));
    add_words("b", &task_b, sizeof(task_b.wide));
    add_words("sb", stack_b + STACK - 4, 16);
    add_words("si", stack_inner + STACK - 8, 32);
    add(catchers[n].link);
    for (unsigned i = TASK_A; i < CATCHERS; i++) {
        add((uint32_t)(gdt[i] >> 32));
        if (verbose)
            print(" g%x:%x", i, (uint32_t)(gdt[i] >> 40) & 0xff);
    }
    if (verbose)
        print(" link %x\n", catchers[n].link);
    fill_tables();
    load_task(TASK_A);
    __asm__ volatile("clts\n\tlldt %w0\n\tmov %1, %%dr6\n\tmov %2, %%dr7"
                     :
                     : "r"(0), "r"(0xffff0ff0), "r"(0x400));
}

#define ROW(name_, bytes_) .name = name_, .bytes = bytes_, .n = sizeof(bytes_) - 1

/* In them 0x20 is the new task, 0x28 its gate, 0x60 an absent segment; offsets of tasks do not count. */
static const struct way {
    const char *name, *bytes;
    unsigned n;
    int vector; /* whose gate is the new task's, too; 0 for none, 64 for vector 0 */
    uint32_t eflags;
    bool user, nested, interrupt;
} ways[] = {
    { ROW("call", "\x9a\x00\x00\x00\xf4\x20\x00") },
    { ROW("jmp", "\xea\x00\x00\x00\xf4\x20\x00") },
    { ROW("call16", "\x66\x9a\x00\xf4\x20\x00") },
    { ROW("call gate", "\x9a\x00\x00\x00\xf4\x28\x00") },
    { ROW("jmp gate", "\xea\x00\x00\x00\xf4\x28\x00") },
    { ROW("call rpl", "\x9a\x00\x00\x00\xf4\x23\x00") },
    { ROW("call user", "\x9a\x00\x00\x00\xf4\x20\x00"), .user = true },
    { ROW("call gate user", "\x9a\x00\x00\x00\xf4\x2b\x00"), .user = true },
    { ROW("jmp gate user", "\xea\x00\x00\x00\xf4\x2b\x00"), .user = true },
    { ROW("int", "\xcd\x30") },
    { ROW("int prefix", "\x2e\x2e\xcd\x30") },
    { ROW("int user", "\xcd\x30"), .user = true },
    { ROW("int step", "\xcd\x30"), .eflags = EFLAGS_TF },
    { ROW("int mov ss", "\x8c\xd5\x8e\xd5\xcd\x30") },
    { ROW("int3", "\xcc"), .vector = 3 },
    { ROW("int3 user", "\xcc"), .vector = 3, .user = true },
    { ROW("int1", "\xf1"), .vector = 1 },
    { ROW("int 8", "\xcd\x08"), .vector = 8 },
    { ROW("int 13", "\xcd\x0d"), .vector = 13 },
    { ROW("int 2", "\xcd\x02"), .vector = 2 },
    { ROW("into", "\xb0\x7f\x04\x7f\xce"), .vector = 4 },
    { ROW("into prefix", "\xb0\x7f\x04\x7f\x67\xce"), .vector = 4 },
    { ROW("step", "\x90\x90"), .vector = 1, .eflags = EFLAGS_TF },
    { ROW("step cpuid", "\x0f\xa2\x90"), .vector = 1, .eflags = EFLAGS_TF },
    { ROW("ud2", "\x0f\x0b"), .vector = 6 },
    { ROW("ud2 user", "\x0f\x0b"), .vector = 6, .user = true },
    { ROW("vmcall", "\x0f\x01\xc1"), .vector = 6 },
    { ROW("div", "\x31\xdb\xf7\xf3"), .vector = 64 },
    { ROW("gp", "\xb8\xff\xff\x00\x00\x8e\xe0"), .vector = 13 },
    { ROW("gp wrmsr", "\xb9\x77\x02\x00\x00\xba\xff\xff\xff\xff\x0f\x30"), .vector = 13 },
    { ROW("np", "\xb8\x60\x00\x00\x00\x8e\xe0"), .vector = 11 },
    { ROW("pf", "\xa1\x00\x00\xc0\x7f"), .vector = 14 },
    { ROW("nmi", "\xc7\x05\x00\x03\xe0\xfe\x00\x04\x00\x00\x90\x90"), .vector = 2,
      .interrupt = true },
    { ROW("irq", "\xc7\x05\x00\x03\xe0\xfe\x30\x00\x04\x00\xfb\x90\x90"), .interrupt = true },
    { ROW("iret", "\xcf"), .eflags = EFLAGS_NT, .nested = true },
    { ROW("iret user", "\xcf"), .eflags = EFLAGS_NT, .nested = true, .user = true },
    { ROW("iret step", "\xcf"), .eflags = EFLAGS_NT | EFLAGS_TF, .nested = true },
    { ROW("iret not busy", "\xcf"), .eflags = EFLAGS_NT },
};

static void make_user_data(void)
{
    task_b.wide.ss = task_b.wide.ds = task_b.wide.es = task_b.wide.fs = USER_DATA * 8 | 3;
}

static void make_virtual_8086(void)
{
    const uint8_t ud2[] = { 0x0f, 0x0b };
    uint32_t at = LOW_CODE;

    __asm__("" : "+r"(at));
    for (unsigned i = 0; i < sizeof(ud2); i++)
        ((uint8_t *)at)[i] = ud2[i];
    task_b.wide.eflags = 2 | EFLAGS_VM;
    task_b.wide.cs = LOW_CODE >> 4;
    task_b.wide.eip = 0;
    task_b.wide.ss = 0x800;
    task_b.wide.esp = 0x800;
    task_b.wide.ds = 0x1234;
    task_b.wide.es = 0x2345;
    task_b.wide.ldt = LDT * 8;
}

/* The same task by a 16-bit TSS. */
static void make_narrow(void)
{
    gdt[TASK_B] = descriptor((uint32_t)&task_b, 0x2b, gdt[TASK_B] >> 40 & 2 ? 0x83 : 0x81);
    for (unsigned i = 0; i < 26; i++)
        ((uint32_t *)&task_b)[i] = 0x01010101 * (i + 1);
    task_b.narrow.ip = (uint16_t)((uint32_t)new_task & 0xfff);
    task_b.narrow.flags = 2;
    task_b.narrow.cs = NEAR_CODE * 8;
    task_b.narrow.ss = task_b.narrow.ds = task_b.narrow.es = DATA;
    task_b.narrow.ldt = 0;
}

/* What may be the matter with the new task: name, words, and what makes it so. */
/* clang-format off */
#define KINDS(KIND) \
    KIND(plain, "plain", ) \
    KIND(returning, "returning", task_b.wide.eip = (uint32_t)new_task_iret) \
    KIND(jumping, "jumping", task_b.wide.eip = (uint32_t)new_task_jump) \
    KIND(trapping, "trapping", task_b.wide.trap = 1) \
    KIND(stepping, "stepping", task_b.wide.eflags = 2 | EFLAGS_TF) \
    KIND(all_flags, "all flags", task_b.wide.eflags = 0xffc0fed7) \
    KIND(with_ldt, "with an LDT", task_b.wide.ldt = LDT * 8; task_b.wide.ds = 8 | 7; task_b.wide.es = 8 | 4) \
    KIND(with_ldt_rpl, "with an LDT, RPL 3", task_b.wide.ldt = LDT * 8 | 3) \
    KIND(bad_ldt, "bad LDT", task_b.wide.ldt = DATA) \
    KIND(absent_ldt, "absent LDT", task_b.wide.ldt = LDT * 8; gdt[LDT] &= ~(UINT64_C(0x80) << 40)) \
    KIND(ldt_in_ldt, "LDT in LDT", task_b.wide.ldt = 4) \
    KIND(ldt_beyond, "LDT beyond", task_b.wide.ldt = 0xfff8) \
    KIND(ds_without_ldt, "DS without LDT", task_b.wide.ds = 8 | 4) \
    KIND(null_cs, "null CS", task_b.wide.cs = 0) \
    KIND(data_cs, "data CS", task_b.wide.cs = DATA) \
    KIND(absent_cs, "absent CS", task_b.wide.cs = ABSENT_CODE * 8) \
    KIND(cs_beyond, "CS beyond", task_b.wide.cs = 0xfff8) \
    KIND(cs_rpl, "CS RPL", task_b.wide.cs = CODE | 3) \
    KIND(cs_user, "CS user", task_b.wide.cs = USER_CODE * 8) \
    KIND(conforming_cs, "conforming CS", task_b.wide.cs = CONFORMING * 8 | 3; make_user_data()) \
    KIND(user, "user", task_b.wide.cs = USER_CODE * 8 | 3; make_user_data()) \
    KIND(user_with_kernel_ds, "user, kernel DS", task_b.wide.cs = USER_CODE * 8 | 3; task_b.wide.ss = USER_DATA * 8 | 3) \
    KIND(null_ss, "null SS", task_b.wide.ss = 0) \
    KIND(code_ss, "code SS", task_b.wide.ss = CODE) \
    KIND(read_only_ss, "read-only SS", task_b.wide.ss = READ_ONLY * 8) \
    KIND(absent_ss, "absent SS", task_b.wide.ss = ABSENT_DATA * 8) \
    KIND(ss_rpl, "SS RPL", task_b.wide.ss = DATA | 3) \
    KIND(ss_user, "SS user", task_b.wide.ss = USER_DATA * 8 | 3) \
    KIND(absent_ds, "absent DS", task_b.wide.ds = ABSENT_DATA * 8) \
    KIND(absent_gs, "absent GS", task_b.wide.gs = ABSENT_DATA * 8 | 3) \
    KIND(tss_ds, "TSS DS", task_b.wide.ds = TASK_A * 8) \
    KIND(conforming_ds, "conforming DS", task_b.wide.ds = CONFORMING * 8 | 3) \
    KIND(null_segments, "null segments", task_b.wide.ds = 3; task_b.wide.es = 0; task_b.wide.fs = 0) \
    KIND(no_stack, "no stack", task_b.wide.ss = SMALL_STACK * 8; task_b.wide.esp = 0x1004) \
    KIND(small, "small", gdt[TASK_B] = descriptor((uint32_t)&task_b, 0x66, 0x89)) \
    KIND(absent, "absent", gdt[TASK_B] &= ~(UINT64_C(0x80) << 40)) \
    KIND(busy, "busy", gdt[TASK_B] ^= UINT64_C(2) << 40) \
    KIND(not_a_task, "not a task", gdt[TASK_B] = descriptor((uint32_t)&task_b, 0x67, 0x92)) \
    KIND(link_beyond, "link beyond", task_a.link = 0xfff8) \
    KIND(link_in_ldt, "link in LDT", task_a.link = TASK_B * 8 | 4) \
    KIND(wide_gs, "wide GS", task_b.wide.gs = 0x10000 | DATA) \
    KIND(virtual_8086, "virtual 8086", make_virtual_8086()) \
    KIND(virtual_8086_bad_ldt, "virtual 8086, bad LDT", make_virtual_8086(); task_b.wide.ldt = DATA) \
    KIND(narrow, "16-bit", make_narrow()) \
    KIND(narrow_small, "16-bit, small", make_narrow(); gdt[TASK_B] = descriptor((uint32_t)&task_b, 0x2a, 0x81)) \
    KIND(narrow_bad_ss, "16-bit, bad SS", make_narrow(); task_b.narrow.ss = READ_ONLY * 8) \
    KIND(narrow_old, "16-bit old", gdt[TASK_A] = descriptor((uint32_t)&task_a, 0x2b, 0x81); load_task(TASK_A))

/* The same, with paging. */
#define PAGED_KINDS(KIND) \
    KIND(paged_plain, "paged, plain", ) \
    KIND(paged_other_cr3, "paged, other CR3", task_b.wide.cr3 = (uint32_t)other_root | 0x18) \
    KIND(paged_low_cr3_bits, "paged, low bits of CR3", task_b.wide.cr3 = (uint32_t)root | 0xfe7) \
    KIND(paged_absent_page, "paged, absent page", page_of_b(0)) \
    KIND(paged_user, "paged, user", task_b.wide.cs = USER_CODE * 8 | 3; make_user_data()) \
    KIND(paged_null_ss, "paged, user, bad SS", task_b.wide.ss = 0)
/* clang-format on */

#define KIND(name, words, ...)                                                                     \
    static void name(void)                                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }
KINDS(KIND)
PAGED_KINDS(KIND)
#undef KIND

#define KIND(name, words, ...) { words, name },
static const struct kind {
    const char *words;
    void (*change)(void);
} kinds[] = { KINDS(KIND) }, paged_kinds[] = { PAGED_KINDS(KIND) };
#undef KIND

static void run_way(const struct way *way, void (*change)(void))
{
    static const uint8_t end[] = { 0x90, 0x90, 0xcd, VECTOR_END };
    unsigned length = 0;

    fill_tables();
    fill_tasks(paged ? (uint32_t)root : 0);
    fill_gates();
    if (way->vector)
        idt[way->vector & 63] = idt[VECTOR_SWITCH];
    if (way->nested)
        gdt[TASK_B] |= UINT64_C(2) << 40;
    task_a.link = way->eflags & EFLAGS_NT ? TASK_B * 8 : 0;
    for (unsigned i = 0; i < STACK; i++)
        stack_b[i] = stack_inner[i] = 0;
    change();
    if (way->interrupt && change == trapping)
        return; /* Bochs 2.7 takes the trap one instruction late */
    while (length < way->n) {
        code[length] = (uint8_t)way->bytes[length];
        length++;
    }
    for (unsigned i = 0; i < sizeof(end); i++)
        code[length++] = end[i];
    if (verbose)
        print("  %s:", way->name);
    __asm__ volatile("mov %0, %%dr7" : : "r"(0x755)); /* what a switch clears a part of */
    run_here(code, way->user ? USER_CODE * 8 | 3 : CODE, 2 | IOPL_3 | way->eflags,
             way->user ? USER_DATA * 8 | 3 : DATA, (uint32_t)(stack_user + STACK));
    outb(0x80, 0);
    *(volatile uint32_t *)0xfee000b0 = 0;
}

static void try_kind(const struct kind *kind)
{
    sum = 0;
    if (only && ++counted != only)
        return;
    if (verbose)
        print("%s\n", kind->words);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (ways[i].vector != PAGE_FAULT || paged)
            run_way(&ways[i], kind->change);
    print("%s %x\n", kind->words, sum);
}

static void set_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        root[i] = i << 22 | 0x83;
    for (uint32_t i = 0; i < 1024; i++)
        table[i] = ((uint32_t)&task_b & 0xffc00000) | i << 12 | 3;
    root[(uint32_t)&task_b >> 22] = (uint32_t)table | 7;
    root[0x7fc00000 >> 22] = 0;
    for (uint32_t i = 0; i < 1024; i++)
        other_root[i] = root[i];
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    const char *words = information[0] & 4 ? (const char *)information[4] : "";

    console_init();
    print("magic %x\n", magic);
    for (; *words; words++) {
        verbose |= *words == 'v';
        if (*words >= '0' && *words <= '9')
            only = only * 10 + (unsigned)(*words - '0');
    }
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
    *(volatile uint32_t *)0xfee000f0 = 0x1ff;
    set_tables();
    write_crs(0x11, 0, 0);
    set_paging();
    fill_tables();
    load_task(TASK_A);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        try_kind(&kinds[i]);
    paged = true;
    write_crs(0x80010011, (uint32_t)root, CR4_PSE);
    for (unsigned i = 0; i < sizeof(paged_kinds) / sizeof(paged_kinds[0]); i++)
        try_kind(&paged_kinds[i]);
    stop(0);
}
