/* SPDX-License-Identifier: MIT */
/*
 * Instructions that a VMM may have to carry out, with operands at random, one after the other: what
 * each left in the registers or which exception it met is printed, after the control registers as the
 * kernel found them. The lines are the same on the bare machine and under a VMM that is right.
 */
#include "tests/kernels/kernel.h"
#include "tests/kernels/random.h"

enum { ROUNDS = 600, FEW_ROUNDS = 200, PAGE = 4096 };

static bool verbose;

/*
 * The root for 32-bit and for PAE paging at once: four PDPTEs in the place of the eight PDEs that
 * map the first 32 MiB, where the kernel is not. All else is mapped to itself.
 */
static union {
    uint32_t pde[1024];
    uint64_t pdpte[4];
} root __attribute__((aligned(PAGE)));
static uint64_t directory[4][512] __attribute__((aligned(PAGE)));
static uint8_t scratch[PAGE] __attribute__((aligned(PAGE)));
static uint8_t code[64];

static void set_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        root.pde[i] = i << 22 | 0x83;
    for (uint32_t i = 0; i < 4; i++) {
        root.pdpte[i] = (uint32_t)directory[i] | 1;
        for (uint32_t j = 0; j < 512; j++)
            directory[i][j] = (uint64_t)(i << 30 | j << 21) | 0x83;
    }
}

static unsigned length;

static void emit(const char *bytes, unsigned n)
{
    while (n--)
        code[length++] = (uint8_t)*bytes++;
}

#define EMIT(bytes) emit(bytes, sizeof(bytes) - 1)

static void emit_byte(unsigned byte)
{
    code[length++] = (uint8_t)byte;
}

static void emit_long(uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        emit_byte(value >> 8 * i & 0xff);
}

/* Values that are a little wrong rather than wildly. */
static uint32_t mutate(uint32_t value)
{
    switch (below(4)) {
    case 0:
        return value ^ 1u << below(32);
    case 1:
        return value ^ 1u << below(32) ^ 1u << below(32);
    case 2:
        return value ^ 1u << below(8);
    default:
        return value;
    }
}

#define CR0_PG 0x80000000u

enum { CR0_BASE = 0x11, CR4_PSE = 0x10, CR4_PAE = 0x20 };
#define CR0_PAGED (CR0_PG | CR0_BASE)

/* mov %eax, %crN; mov %crN, %ebx; mov %crN, back from ESI. */
static const char *make_cr(void)
{
    static const char *const names[] = { "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7" };
    static const uint8_t often[] = { 0, 0, 0, 3, 3, 4, 4, 4, 2, 1, 5, 6, 7 };
    unsigned n = often[below(sizeof(often))];
    uint32_t now = n == 0 ? read_cr(0) : n == 3 ? read_cr(3) : n == 4 ? read_cr(4) : 0;
    static const uint32_t cr4_bits[] = { 0x10,    0x20,    0x80,     0x30,     0xb0,     4,
                                         8,       0x100,   0x200,    0x600,    0x400,    0x10000,
                                         0x20000, 0x40000, 0x100000, 0x200000, 0x400000, 0x800000,
                                         0x1000,  0x800,   0x40,     1,        2 };

    trial.eax =
        n == 4 ? now ^ cr4_bits[below(sizeof(cr4_bits) / sizeof(cr4_bits[0]))] : mutate(now);
    if (n == 3 && (read_cr(0) & CR0_PG)) /* another root has nothing to go on with */
        trial.eax = now ^ 1u << below(12);
    if (n == 4 && (read_cr(0) & CR0_PG) && !(trial.eax & (CR4_PSE | CR4_PAE)))
        trial.eax |= CR4_PSE; /* the root's entries are large pages */
    trial.esi = now;
    EMIT("\x0f\x22");
    emit_byte(0xc0 | n << 3);
    EMIT("\x0f\x20");
    emit_byte(0xc3 | n << 3);
    EMIT("\x0f\x22");
    emit_byte(0xc6 | n << 3);
    return names[n];
}

static const char *make_msw(void)
{
    trial.eax = below(16) | (random() & 0xfff0);
    trial.esi = read_cr(0);
    if (below(2))
        EMIT("\x0f\x01\xf0\x0f\x20\xc3\x0f\x22\xc6"); /* lmsw; mov %cr0, %ebx; back */
    else
        EMIT("\x0f\x06\x0f\x01\xe3"); /* clts; smsw %ebx */
    return "msw";
}

static const char *make_dr(void)
{
    unsigned n = below(8);

    trial.eax = n == 7 ? mutate(0x400) : n == 6 ? mutate(0xffff0ff0) : below(2) ? random() : 0;
    if (n == 4 || n == 6)
        trial.eax &= ~0x8000u; /* emulators and the manual differ on when BT is cleared */
    if (n == 7 || n == 5)
        trial.eax &= ~0xffff00ffu; /* GD at most: what breakpoints meet would depend on layout */
    EMIT("\x0f\x23");
    emit_byte(0xc0 | n << 3);
    EMIT("\x0f\x21");
    emit_byte(0xc3 | n << 3);
    return "dr";
}

/* Descriptors of all types, some of them damaged; the first eight are the kernel's own. */
static void fill_gdt(void)
{
    for (unsigned i = 8; i < GDT_ENTRIES; i++)
        gdt[i] = descriptor((uint32_t)scratch, below(4) ? 0x67 + below(16) : random(),
                            (below(8) ? 0x80 : 0) | (below(8) ? 0 : below(256) & 0x60) | below(16) |
                                (below(4) ? 0 : 0x10));
}

static uint32_t gdt_sum(void)
{
    uint32_t sum = 0;

    for (unsigned i = 8; i < GDT_ENTRIES; i++)
        sum = sum * 31 + (uint32_t)(gdt[i] >> 32);
    return sum;
}

/* lldt, ltr, sldt, str; the sum of the table shows what became busy. */
static const char *make_task_register(void)
{
    static const char which[][6] = { "\x0f\x00\xd0", "\x0f\x00\xd8", "\x0f\x00\xc3",
                                     "\x0f\x00\xcb" };
    unsigned n = below(4);

    trial.eax = below(8) ? below(GDT_ENTRIES + 2) << 3 | below(8) / 7 * below(8) : random();
    if (below(4) == 0)
        EMIT("\x66");
    emit(which[n], 3);
    EMIT("\x0f\x00\xc1\x0f\x00\xca"); /* sldt %ecx; str %edx */
    return n ? n == 1 ? "ltr" : n == 2 ? "sldt" : "str" : "lldt";
}

/* A segment with limit for FS, to meet its end. */
static uint32_t far_offset(void)
{
    static const uint32_t offsets[] = {
        0, 1, 0x67, 0x68, 0x66, 0xffff, 0x10000, 0xfffffffe, 60, 90
    };

    return offsets[below(sizeof(offsets) / sizeof(offsets[0]))];
}

static void emit_fs(void)
{
    EMIT("\x66\xb8"); /* mov $selector, %ax; mov %ax, %fs */
    emit_byte(8 * 8 & 0xff);
    emit_byte(0);
    EMIT("\x8e\xe0");
}

/* sgdt, sidt, lgdt, lidt with an operand in a small segment; then the registers are put back. */
static const char *make_tables(void)
{
    unsigned n = below(4);

    *(struct table_pointer *)(scratch + 60) =
        (struct table_pointer){ (uint16_t)random(), random() };
    gdt[8] = descriptor((uint32_t)scratch, 0x67, 0x4092 | (below(4) ? 0 : 4) | (below(4) ? 0 : 8));
    trial.edi = below(2) ? 60 : far_offset();
    if (n < 2 && trial.edi < 0x68) /* a store that begins within the limit may be done in part */
        trial.edi = 60;
    emit_fs();
    EMIT("\x64");
    if (below(2))
        EMIT("\x66");
    EMIT("\x0f\x01");
    emit_byte(0x07 | n << 3);
    EMIT("\x0f\x01\x05"); /* sgdt scratch + 128, sidt scratch + 144 */
    emit_long((uint32_t)scratch + 128);
    EMIT("\x0f\x01\x0d");
    emit_long((uint32_t)scratch + 144);
    EMIT("\x0f\x01\x15"); /* lgdt, lidt: the kernel's own */
    emit_long((uint32_t)scratch + 160);
    EMIT("\x0f\x01\x1d");
    emit_long((uint32_t)scratch + 176);
    return n ? n == 1 ? "sidt" : n == 2 ? "lgdt" : "lidt" : "sgdt";
}

static const char *make_string_io(void)
{
    static const uint8_t opcodes[] = { 0x6c, 0x6d, 0x6e, 0x6f };
    unsigned n = below(4);

    gdt[8] = descriptor((uint32_t)scratch, 0x67, 0x4090 | below(8));
    trial.edx = n < 2 ? 0x2f00 : 0x80;
    trial.ecx = below(5);
    trial.esi = trial.edi = far_offset();
    if (n < 2) { /* INS takes ES */
        EMIT("\x66\xb8\x40\x00\x8e\xc0");
    } else {
        emit_fs();
        EMIT("\x64");
    }
    if (below(2))
        EMIT("\xf3");
    if (below(3) == 0)
        EMIT("\x67");
    if (below(3) == 0)
        EMIT("\x66");
    emit_byte(opcodes[n]);
    return n < 2 ? "ins" : "outs";
}

static const char *make_io(void)
{
    trial.edx = below(2) ? 0x2f00 : 0x80;
    trial.eax = random();
    if (below(3) == 0)
        EMIT("\x66");
    if (trial.edx == 0x2f00)
        emit_byte(0xec | below(2));
    else
        emit_byte(0xee | below(2));
    return "io";
}

/* Of everything that #UD, #GP or nothing is to be had from. */
static const char *make_other(void)
{
    static const struct {
        const char *name, *bytes;
        unsigned n;
    } list[] = {
#define ROW(name, bytes) { name, bytes, sizeof(bytes) - 1 }
        ROW("vmcall", "\x0f\x01\xc1"),
        ROW("vmlaunch", "\x0f\x01\xc2"),
        ROW("vmresume", "\x0f\x01\xc3"),
        ROW("vmxoff", "\x0f\x01\xc4"),
        ROW("vmread", "\x0f\x78\xc1"),
        ROW("vmwrite", "\x0f\x79\xc1"),
        ROW("vmfunc", "\x0f\x01\xd4"),
        ROW("vmxon", "\xf3\x0f\xc7\x37"),
        ROW("vmclear", "\x66\x0f\xc7\x37"),
        ROW("vmptrld", "\x0f\xc7\x37"),
        ROW("vmptrst", "\x0f\xc7\x3f"),
        ROW("invept", "\x66\x0f\x38\x80\x07"),
        ROW("invvpid", "\x66\x0f\x38\x81\x07"),
        ROW("getsec", "\x0f\x37"),
        ROW("invpcid", "\x66\x0f\x38\x82\x07"),
        ROW("xsetbv", "\x0f\x01\xd1"),
        ROW("xgetbv", "\x0f\x01\xd0"),
        ROW("invd", "\x0f\x08"),
        ROW("wbinvd", "\x0f\x09"),
        ROW("invlpg", "\x0f\x01\x3f"),
        ROW("rdpmc", "\x0f\x33"),
        ROW("pause", "\xf3\x90"),
        ROW("ud2", "\x0f\x0b"),
        ROW("int3", "\xcc"),
        ROW("int1", "\xf1"),
        ROW("int", "\xcd\x30"),
        ROW("into", "\xce"),
        ROW("div", "\xf7\xf1"),
        ROW("bound", "\x62\x07"),
        ROW("monitor", "\x0f\x01\xc8"),
        ROW("lock", "\xf0\x0f\x20\xc0"),
        ROW("rsm", "\x0f\xaa"),
        ROW("swapgs", "\x0f\x01\xf8"),
        ROW("xsaves", "\x0f\xc7\x2f"),
        ROW("xrstors", "\x0f\xc7\x1f"),
        ROW("lar", "\x0f\x02\xd9"),
        ROW("iret", "\xcf"),
        ROW("ptwrite", "\xf3\x0f\xae\xe0"),
        ROW("clac", "\x0f\x01\xca"),
#undef ROW
    };
    unsigned i = below(sizeof(list) / sizeof(list[0]));

    trial.eax = below(2) ? below(16) : random();
    trial.ecx = below(3) ? below(4) : random();
    trial.edx = below(3) ? 0 : random();
    trial.edi = (uint32_t)scratch;
    if (list[i].bytes[0] == (char)0xcf)
        return "iret"; /* what lies on the stack is no frame */
    emit(list[i].bytes, list[i].n);
    return list[i].name;
}

/* MSRs of which the value is the guest's own. */
static const char *make_msr(void)
{
    static const uint32_t msrs[] = { 0x174,      0x175,      0x176,      0x277,      0x1d9,
                                     0xc0000080, 0xc0000081, 0xc0000082, 0xc0000084, 0xc0000100,
                                     0xc0000101, 0xc0000102, 0xc0000103, 0x200,      0x201,
                                     0x250,      0x2ff,      0xfe,       0x3a };
    uint32_t msr = msrs[below(sizeof(msrs) / sizeof(msrs[0]))];

    if (msr == 0x3a) { /* locked: no write succeeds, but what it reads differs by design */
        EMIT("\x0f\x30");
        trial.ecx = msr;
        return "feature-control";
    }
    EMIT("\x0f\x32");         /* rdmsr */
    EMIT("\x89\xc6\x89\xd5"); /* kept in ESI and EBP */
    emit_byte(0x35);          /* xor $bits, %eax */
    emit_long(below(3) ? 1u << below(32) : 0);
    EMIT("\x81\xf2"); /* xor $bits, %edx */
    emit_long(below(3) ? 0 : 1u << below(32));
    EMIT("\x0f\x30\x0f\x32\x89\xc3\x89\xd7"); /* wrmsr; rdmsr; kept in EBX and EDI */
    EMIT("\x89\xf0\x89\xea\x0f\x30");         /* and back */
    trial.ecx = msr;
    return "msr";
}

static const char *(*const makers[])(void) = {
    make_cr,        make_cr, make_msw,   make_dr,    make_task_register, make_tables,
    make_string_io, make_io, make_other, make_other, make_msr,
};

/* A single-step trap right after the next instruction, blocked by MOV SS or not. */
static void emit_step(bool move_ss)
{
    EMIT("\x9c\x81\x0c\x24\x00\x01\x00\x00"); /* pushf; orl $0x100, (%esp) */
    if (move_ss)
        EMIT("\x8c\xd5\x9d\x8e\xd5"); /* mov %ss, %ebp; popf; mov %ebp, %ss */
    else
        EMIT("\x9d");
}

static uint32_t sum(const void *memory, unsigned n)
{
    const uint8_t *bytes = memory;
    uint32_t result = 0;

    while (n--)
        result = result * 31 + *bytes++;
    return result;
}

static void prepare(void)
{
    length = 0;
    trial = (struct trial){ 0 };
    for (unsigned i = 0; i < PAGE; i++)
        scratch[i] = (uint8_t)(i * 7);
    *(struct table_pointer *)(scratch + 160) =
        (struct table_pointer){ sizeof(gdt) - 1, (uint32_t)gdt };
    *(struct table_pointer *)(scratch + 176) = (struct table_pointer){ 256 * 8 - 1, (uint32_t)idt };
    fill_gdt();
}

/* What the trial may have left behind. */
static void restore(uint32_t cr0, uint32_t cr3, uint32_t cr4)
{
    write_crs(cr0, cr3, cr4);
    load_tables();
    __asm__ volatile("mov %0, %%dr7\n\tlldt %w1" : : "r"(0x400), "r"(0));
}

static void one_round(uint32_t n)
{
    static const uint32_t cr0s[] = { CR0_BASE, CR0_PAGED, CR0_PAGED | 0x10020 };
    static const uint32_t cr4s[] = { CR4_PSE, CR4_PSE | 0x20, 0x20, CR4_PSE };
    uint32_t cr0 = cr0s[below(3)], cr4 = cr4s[below(4)], cr3 = (uint32_t)&root, dr6;
    unsigned step = below(6);
    const char *name;

    write_crs(cr0, cr3, cr4);
    prepare();
    __asm__ volatile("mov %0, %%dr6" : : "r"(0xffff0ff0));
    if (step < 2)
        emit_step(step);
    name = makers[below(sizeof(makers) / sizeof(makers[0]))]();
    if (step < 2 && name[0] == 'c' && name[1] == 'r' && name[2] == '0') {
        length = 0; /* a trap with PE clear has no way back */
        name = "none";
    }
    emit_byte(0xc3);
    try_code(code);
    __asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
    restore(cr0, cr3, cr4);
    print("%x %s%s %x:%x ", n, name, step < 2 ? step ? " mov-ss" : " step" : "", cr0, cr4);
    if (trial.vector == NO_TRAP)
        print("done");
    else
        print("trap %x %x at %x", trial.vector, trial.error_code, trial.eip - (uint32_t)code);
    if (verbose)
        print(" eax %x ebx %x ecx %x edx %x esi %x edi %x ebp %x dr6 %x gdt %x memory %x",
              trial.eax, trial.ebx, trial.ecx, trial.edx, trial.esi, trial.edi, trial.ebp, dr6,
              gdt_sum(), sum(scratch, PAGE));
    print(" %x\n", sum(&trial, 32) + 31 * (dr6 + 31 * (gdt_sum() + 31 * sum(scratch, PAGE))));
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    const char *words = information[0] & 4 ? (const char *)information[4] : "";
    uint32_t rounds = ROUNDS;

    console_init();
    print("magic %x\n", magic);
    for (; *words; words++) {
        if (*words == 'q')
            rounds = FEW_ROUNDS;
        verbose |= *words == 'v'; /* all registers, instead of their sum */
        if (*words >= '0' && *words <= '9')
            seed = seed * 10 + (uint32_t)(*words - '0'); /* another sequence */
    }
    print("at first cr0 %x cr4 %x\n", read_cr(0), read_cr(4));
    set_tables();
    set_paging();
    for (uint32_t n = 0; n < rounds; n++)
        one_round(n);
    stop(0);
}
