/* SPDX-License-Identifier: MIT */
/*
 * Random code, of prefixes and opcodes that a VMM has to do with above all, in each mode of the
 * processor, a few instructions each time, single-stepped. What each piece came to is printed, and is
 * the same on the bare machine. On the command line a mode's letter chooses it alone, digits another
 * sequence, and V prints code and registers.
 */
#include "tests/kernels/wild.h"
#include "tests/kernels/kernel.h"
#include "tests/kernels/random.h"

enum {
    ROUNDS = 100,
    CODE_BYTES = 24,
    STEPS = 24,
    RAM = 128 << 20,
    RAM_USED = 0x3000,
    STACK = 0x2f00
};
enum { FLAG_TF = 0x100, FLAG_FIXED = 2, FLAG_VM = 0x20000 };
enum { CR4_PSE = 0x10, IOAPIC_PIT_PIN = 0x10 + 2 * 2, DELIVER_NMI = 4 << 8, MASKED = 1 << 16 };
#define CR0_PAGED 0x80010011u /* with WP */
#define IOAPIC    0xfec00000u

static bool verbose;

/* --- Memory: the kernel for itself, 4 MiB for the code, nothing else ---------------------------- */

static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint64_t long_directories[512] __attribute__((aligned(4096)));
static uint64_t long_directory[512] __attribute__((aligned(4096)));

static void set_paging(void)
{
    uint32_t kernel = (uint32_t)directory >> 22;

    directory[kernel] = kernel << 22 | 0x83;
    directory[RAM >> 22] = RAM | 0x87;
    directory[0] = RAM | 0x87; /* what virtual-8086 mode can reach */
    wild_long_root[0] = (uint32_t)long_directories | 7;
    long_directories[0] = (uint32_t)long_directory | 7;
    for (uint32_t i = 0; i < 2; i++) {
        long_directory[2 * kernel + i] = (2 * kernel + i) << 21 | 0x83;
        long_directory[(RAM >> 21) + i] = (RAM + (i << 21)) | 0x87;
    }
}

/* --- The watchdog: an NMI from the timer, 50 ms after it was started --------------------------- */

static void redirect(uint32_t value)
{
    volatile uint32_t *select = (volatile uint32_t *)IOAPIC, *data = select + 4;

    *select = IOAPIC_PIT_PIN + 1;
    *data = 0;
    *select = IOAPIC_PIT_PIN;
    *data = value;
}

static void watchdog_start(void)
{
    outb(0x43, 0x30); /* channel 0, once */
    outb(0x40, 0xff);
    outb(0x40, 0xff);
    redirect(DELIVER_NMI);
}

static void watchdog_stop(void)
{
    redirect(MASKED);
}

/* --- Code --------------------------------------------------------------------------------------- */

static uint8_t *const code = (uint8_t *)RAM + 0x1000;

static const uint8_t prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e,
                                    0x36, 0x64, 0x65, 0x48, 0x41, 0x4c, 0x40 };
static const uint8_t plain[] = { 0xcc, 0xcd, 0xce, 0xcf, 0xf1, 0xfa, 0xfb, 0x9c, 0x9d, 0x9b,
                                 0x8e, 0x8c, 0x07, 0x17, 0x1f, 0x06, 0x16, 0x0e, 0xc4, 0xc5,
                                 0x62, 0x63, 0xea, 0x9a, 0xca, 0xcb, 0xff, 0xff, 0xd6, 0xc8,
                                 0xc9, 0xa4, 0xa5, 0xaa, 0xab, 0x90, 0x0f, 0xf6, 0xf7, 0xd9,
                                 0xdd, 0xdb, 0xc6, 0xc7, 0xe0, 0xe2, 0xe8, 0xc2 };
static const uint8_t two[] = { 0x00, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01, 0x02, 0x03, 0x05, 0x06,
                               0x07, 0x08, 0x09, 0x0b, 0x0d, 0x20, 0x20, 0x21, 0x22, 0x23, 0x34,
                               0x35, 0x37, 0x77, 0x78, 0x79, 0xa0, 0xa1, 0xa8, 0xa9, 0xaa, 0xae,
                               0xae, 0xb2, 0xb4, 0xb8, 0xc7, 0xc7, 0x18, 0x1a, 0x1b, 0x1e, 0x38 };

#define PICK(list) (list[below(sizeof(list))])

/*
 * What would differ from run to run, or leave nothing to go on with: ports, HLT, the time, MSRs, CPUID
 * (the hypervisor bit), VMCALL, random numbers; CR0, CR3, CR4, descriptor tables.
 */
static bool forbidden(const uint8_t *b)
{
    uint8_t reg = b[2] >> 3 & 7;

    if ((b[0] & 0xfc) == 0xe4 || (b[0] & 0xfc) == 0xec || (b[0] & 0xfc) == 0x6c || b[0] == 0xf4)
        return true;
    if (b[0] != 0x0f)
        return false;
    switch (b[1]) {
    case 0x01:
        return b[2] == 0xc1 || b[2] == 0xf9 || (b[2] & 0xf0) == 0xc0 || reg == 6 ||
               (b[2] < 0xc0 && (reg == 2 || reg == 3));
    case 0x00:
        return reg == 3 || reg == 1; /* LTR; STR tells which TSS a task switch left */
    case 0x22:
        return reg == 0 || reg == 3 || reg == 4;
    case 0x31:
    case 0x30:
    case 0x32:
    case 0x33:
    case 0xa2:
        return true;
    case 0xc7:
        return reg >= 6;
    case 0xae:
        return b[2] < 0xc0 && reg != 2 && reg != 3 && reg != 7;
    default:
        return false;
    }
}

static void make_code(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < 0x1000; i++)
        code[i] = i % 2 ? 0x0b : 0x0f; /* UD2 */
    while (n < CODE_BYTES) {
        while (below(3) == 0)
            code[n++] = PICK(prefixes);
        if (below(2)) {
            code[n++] = 0x0f;
            code[n++] = PICK(two);
        } else {
            code[n++] = below(2) ? PICK(plain) : (uint8_t)random();
        }
        code[n++] = (uint8_t)(below(2) ? random() : random() | 0xc0);
        while (below(3) == 0)
            code[n++] = (uint8_t)random();
    }
    while (n-- > 0) /* backwards, as what is replaced may belong to what begins before it */
        if (forbidden(code + n))
            code[n] = 0x90;
}

static uint32_t operand(void)
{
    static const uint32_t values[] = { 0, 1, 8, 0x10, 0x33, 0x2b, 0xffffffff, 0x80000000, 0xffff };

    switch (below(4)) {
    case 0:
        return values[below(sizeof(values) / sizeof(values[0]))];
    case 1:
        return random();
    default:
        return RAM + below(RAM_USED);
    }
}

/* --- Segments ----------------------------------------------------------------------------------- */

enum {
    USER_CODE = 0x20 | 3,
    USER_DATA = 0x28 | 3,
    CODE16 = 0x30,
    TASK = 0x38,
    FAULT_TASK = 0x40,
    CODE64 = 0x48,
    DATA16 = 0x50,
    CALL_GATE = 0x58,
    LONG_TASK = 0x60,
};

static struct task task, fault_task;
static struct long_task long_task;
static uint64_t long_idt[TRAPS][2];
static uint8_t kernel_stack[4096] __attribute__((aligned(16)));
static uint8_t fault_stack[4096] __attribute__((aligned(16)));

static uint64_t gate(uint32_t to, uint32_t selector, uint32_t type)
{
    return (to & 0xffff) | selector << 16 | (uint64_t)type << 40 |
           (uint64_t)(to & 0xffff0000) << 32;
}

/* Every exception has a stack of its own, as RSP may be anything. */
static void set_long_segments(void)
{
    gdt[LONG_TASK / 8] = descriptor((uint32_t)&long_task, sizeof(long_task) - 1, 0x89);
    gdt[LONG_TASK / 8 + 1] = 0;
    for (uint32_t i = 0; i < TRAPS; i++)
        long_idt[i][0] =
            gate(wild_long_stub[i], CODE64, i == 3 || i == 4 ? 0xee : 0x8e) | UINT64_C(1) << 32;
    long_task = (struct long_task){ .ist[0] = (uint32_t)(kernel_stack + sizeof(kernel_stack)),
                                    .io_map = sizeof(long_task) };
    wild_long_idt = (struct table_pointer){ sizeof(long_idt) - 1, (uint32_t)long_idt };
}

static void set_segments(void)
{
    set_tables();
    set_long_segments();
    gdt[USER_CODE / 8] = descriptor(0, 0xfffff, 0xc0fb);
    gdt[USER_DATA / 8] = descriptor(0, 0xfffff, 0xc0f3);
    gdt[CODE16 / 8] = descriptor(RAM, 0xffff, 0x9b);
    gdt[DATA16 / 8] = descriptor(RAM, 0xffff, 0x93);
    gdt[CODE64 / 8] = descriptor(0, 0xfffff, 0xa09b);
    gdt[TASK / 8] = descriptor((uint32_t)&task, sizeof(task) - 1, 0x89);
    gdt[FAULT_TASK / 8] = descriptor((uint32_t)&fault_task, sizeof(fault_task) - 1, 0x89);
    gdt[CALL_GATE / 8] = gate((uint32_t)code, CODE, 0xec);
    for (uint32_t i = 0; i < TRAPS; i++)
        idt[i] = gate(wild_stub[i], CODE, i == 3 || i == 4 ? 0xee : 0x8e);
    idt[8] = gate(0, FAULT_TASK, 0x85);
    task = (struct task){ .esp0 = (uint32_t)(kernel_stack + sizeof(kernel_stack)),
                          .ss0 = DATA,
                          .io_map = sizeof(task) };
    fault_task = (struct task){ .cr3 = (uint32_t)directory,
                                .eip = (uint32_t)wild_fault,
                                .eflags = FLAG_FIXED,
                                .esp = (uint32_t)(fault_stack + sizeof(fault_stack)),
                                .cs = CODE,
                                .ss = DATA,
                                .ds = DATA,
                                .es = DATA,
                                .io_map = sizeof(fault_task) };
    load_tables();
    __asm__ volatile("ltr %w0" : : "r"(TASK));
}

/* --- A round ------------------------------------------------------------------------------------ */

struct mode {
    char letter;
    const char *name;
    uint16_t cs, ss, data;
    uint32_t flags, base; /* of the segments */
};

static const struct mode modes[] = {
    { 'k', "32-bit", CODE, DATA, DATA, 0, 0 },
    { 'l', "64-bit", CODE64, DATA, DATA, 0, 0 },
    { 'u', "user", USER_CODE, USER_DATA, USER_DATA, 0, 0 },
    { 's', "16-bit", CODE16, DATA, DATA16, 0, RAM },
    { 'v', "virtual-8086", 0, 0, 0, FLAG_VM, 0 },
    { 'w', "virtual-8086 IOPL 3", 0, 0, 0, FLAG_VM | 0x3000, 0 },
};

static uint32_t sum(const void *memory, uint32_t n)
{
    const uint32_t *words = memory;
    uint32_t result = 0;

    for (; n; n -= 4)
        result = result * 31 + *words++;
    return result;
}

static void prepare(const struct mode *mode)
{
    uint32_t offset = mode->flags & FLAG_VM || mode->base ? 0x1000 : (uint32_t)code;
    uint32_t stack = mode->flags & FLAG_VM ? STACK : RAM + STACK;
    struct frame *frame = mode->cs & 3 || mode->flags & FLAG_VM
                              ? &wild_frame
                              : (struct frame *)(RAM + STACK - sizeof(struct frame));

    for (uint32_t i = 0; i < 8; i++)
        wild_registers[i] = operand();
    *frame = (struct frame){ .eip = offset,
                             .cs = mode->cs,
                             .eflags = mode->flags | FLAG_FIXED | FLAG_TF | (random() & 0xcd5),
                             .esp = stack,
                             .ss = mode->ss };
    wild_stack = (uint32_t)frame;
    wild_data = mode->flags & FLAG_VM ? DATA : mode->data;
    wild_steps = STEPS;
    for (uint32_t i = 0; i < sizeof(wild_result) / 4; i++)
        ((uint32_t *)&wild_result)[i] = 0;
}

static uint64_t long_operand(void)
{
    switch (below(6)) {
    case 0:
        return (uint64_t)random() << 32 | random();
    case 1:
        return ~UINT64_C(0) << below(64);
    default:
        return operand();
    }
}

static void run_long(void)
{
    const struct wild_long_result *result = &wild_long_result;

    for (uint32_t i = 0; i < 15; i++)
        wild_long_registers[i] = long_operand();
    wild_long_frame =
        (struct long_frame){ (uint32_t)code, CODE64, FLAG_FIXED | FLAG_TF | (random() & 0xcd5),
                             RAM + STACK, DATA };
    wild_enter_long();
    for (uint32_t i = 0; i < 8; i++)
        wild_result.regs[i] = (uint32_t)result->regs[i + 7];
    wild_result.vector = (uint32_t)result->vector;
    wild_result.error = (uint32_t)result->error;
    wild_result.eip = (uint32_t)result->rip;
    wild_result.cs = (uint32_t)result->cs;
    wild_result.eflags = (uint32_t)result->rflags ^ sum(result, sizeof(*result));
}

static void show(uint32_t n, const struct wild_result *result)
{
    uint32_t memory = sum((void *)RAM, RAM_USED);

    print("%x ", n);
    if (verbose)
        for (uint32_t i = 0; i < CODE_BYTES; i++)
            print("%x%s", code[i], i < CODE_BYTES - 1 ? "." : ": ");
    if (result->vector == 2) {
        print("timeout\n");
        return;
    }
    print("trap %x %x at %x", result->vector, result->error, result->eip - (uint32_t)code);
    if (verbose) {
        print(" cs %x flags %x left %x memory %x regs", result->cs, result->eflags, wild_steps,
              memory);
        for (uint32_t i = 0; i < 8; i++)
            print(" %x", result->regs[i]);
    }
    print(" %x\n", sum(result, sizeof(*result)) + wild_steps + 31 * memory);
}

static void restore(void)
{
    set_segments();
    __asm__ volatile("lldt %w0\n\tmov %1, %%dr7\n\tmov %0, %%dr0\n\tmov %0, %%dr1\n\t"
                     "mov %0, %%dr2\n\tmov %0, %%dr3\n\tmov %2, %%dr6\n\tfninit"
                     :
                     : "r"(0), "r"(0x400), "r"(0xffff0ff0));
}

static void one_round(uint32_t n, const struct mode *mode)
{
    make_code();
    prepare(mode);
    watchdog_start();
    if (mode->cs == CODE64) {
        run_long();
    } else {
        write_crs(CR0_PAGED, (uint32_t)directory, CR4_PSE | 0x600);
        wild_enter();
        write_crs(0x11, 0, 0);
    }
    watchdog_stop();
    restore();
    show(n, &wild_result);
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    const char *words = information[0] & 4 ? (const char *)information[4] : "";
    char only = 0;

    console_init();
    print("magic %x\n", magic);
    for (; *words; words++) {
        if (*words == 'V')
            verbose = true;
        else if (*words >= '0' && *words <= '9')
            seed = seed * 10 + (uint32_t)(*words - '0');
        else if (*words >= 'a')
            only = *words;
    }
    outb(0x21, 0xff); /* no interrupts but the watchdog */
    outb(0xa1, 0xff);
    set_segments();
    set_paging();
    for (uint32_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (only && only != modes[i].letter)
            continue;
        print("%s\n", modes[i].name);
        for (uint32_t n = 0; n < ROUNDS; n++)
            one_round(n, &modes[i]);
    }
    stop(0);
}
