/* SPDX-License-Identifier: MIT */
/*
 * Debug exceptions over instructions that a VMM may have to carry out: each with single step and
 * without, at CPL 0 and 3, behind STI, MOV SS and a MOV SS that meets a data breakpoint, with
 * breakpoints on its data, its port, itself and what follows it, and with general detect. Which exceptions
 * came, where, with which flags and DR6, is told as one number for each instruction; with the word `v`,
 * run by run. The numbers are the same on the bare machine and under a VMM that is right.
 */
#include "tests/kernels/kernel.h"

enum { EXCEPTIONS_MAX = 14, TSS = 3, USER_CODE = 4, USER_DATA = 5, VECTORS = 50 };
enum { VECTOR_OPEN = 0x30, VECTOR_END = 0x31 };
enum { TF = 0x100, IOPL = 0x3000, RF = 0x10000 };
enum { DR6_BD = 1 << 13, DR6_BS = 1 << 14 };
#define DR6_CLEAR 0xffff0ff0

struct frame {
    uint32_t edi, esi, ebp, esp_, ebx, edx, ecx, eax;
    uint32_t vector, error, eip, cs, eflags, esp, ss;
};

static uint8_t code[64] __attribute__((aligned(64)));
static uint32_t scratch[64];
static uint16_t watched[2] __attribute__((aligned(4)));
static uint32_t tss[26];
static uint8_t ring0_stack[2048] __attribute__((aligned(16)));
static uint8_t user_stack[1024] __attribute__((aligned(16)));
static unsigned entries;
static uint32_t sum;
static bool verbose;
static uint32_t exec_mask;

uint32_t saved;
extern const uint32_t stubs[];
void run_code(uint32_t eflags, uint32_t cs, uint32_t ss, uint32_t esp, const uint32_t *regs);
bool note(struct frame *f);

__asm__(".text\n"
        ".altmacro\n"
        ".macro dstub n\n"
        "dtrap_\\n:\n"
        ".if (\\n == 8) || (\\n >= 10 && \\n <= 14) || (\\n == 17) || (\\n == 21)\n.else\n push "
        "$0\n.endif\n"
        "push $\\n\n jmp dtrap\n"
        ".pushsection .rodata\n.long dtrap_\\n\n.popsection\n"
        ".endm\n"
        ".pushsection .rodata\n.balign 4\n.globl stubs\nstubs:\n.popsection\n"
        ".set i, 0\n.rept 50\n dstub %i\n.set i, i + 1\n.endr\n"
        "dtrap: pusha\n"
        "mov $0x10, %eax\n mov %eax, %ds\n mov %eax, %es\n"
        "push %esp\n call note\n add $4, %esp\n"
        "test %al, %al\n jnz 1f\n"
        "popa\n add $8, %esp\n iret\n"
        "1: mov saved, %esp\n mov $0x10, %eax\n mov %eax, %ss\n mov %eax, %ds\n mov %eax, %es\n "
        "popa\n popf\n ret\n"
        /* run_code(eflags, cs, ss, esp, regs) */
        ".globl run_code\nrun_code:\n pushf\n pusha\n mov %esp, saved\n"
        "mov 40(%esp), %eax\n mov 44(%esp), %ecx\n mov 48(%esp), %edx\n mov 52(%esp), %ebx\n mov "
        "56(%esp), %esi\n"
        "cmp $8, %ecx\n je 2f\n push %edx\n push %ebx\n"
        "2: push %eax\n push %ecx\n push $code\n"
        "mov (%esi), %eax\n mov 4(%esi), %ecx\n mov 8(%esi), %edx\n mov 12(%esi), %ebx\n mov "
        "20(%esi), %edi\n mov 16(%esi), %esi\n"
        "iret\n");

static void log_word(uint32_t v)
{
    sum = (sum << 5 | sum >> 27) * 31 + v;
}

bool note(struct frame *f)
{
    uint32_t dr6, where = f->eip - (uint32_t)code;

    __asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
    __asm__ volatile("mov %0, %%dr6" : : "r"(DR6_CLEAR));
    if (dr6 & DR6_BD) { /* Bochs 2.7 reports BS, too, and does not set RF for this fault */
        dr6 &= ~(uint32_t)DR6_BS;
        f->eflags |= RF;
    }
    log_word(f->vector);
    log_word(f->error);
    log_word(where);
    log_word(f->eflags);
    log_word(dr6);
    if (verbose)
        print(" %x@%x/%x f%x d%x", f->vector, where, f->error, f->eflags, dr6 ^ DR6_CLEAR);
    if (f->vector == 1 && (dr6 & exec_mask))
        f->eflags |= RF;
    if (++entries >= EXCEPTIONS_MAX ||
        (f->vector != 1 && f->vector != 3 && f->vector != 4 && f->vector != VECTOR_OPEN)) {
        log_word(f->eax);
        log_word(f->ecx);
        log_word(f->edx);
        log_word(f->esi);
        log_word(f->edi);
        return true;
    }
    return false;
}

struct instruction {
    const char *name, *bytes;
    uint32_t n, eax, ecx, edx;
    bool repeated, debug, int1;
};
#define X(name_, bytes_, ...)                                                                      \
    {                                                                                              \
        .name = name_, .bytes = bytes_, .n = sizeof(bytes_) - 1, ##__VA_ARGS__                     \
    }
static const struct instruction list[] = {
    X("nop", "\x90"),
    X("cpuid", "\x0f\xa2"),
    X("cpuid7", "\x0f\xa2", .eax = 7),
    X("cpuid-prefixes", "\x2e\x66\x0f\xa2"),
    X("lock-cpuid", "\xf0\x0f\xa2"),
    X("in", "\xec", .edx = 0x80),
    X("out", "\xee", .edx = 0x80),
    X("out-word", "\x66\xef", .edx = 0x7f),
    X("in-immediate", "\xe4\x80"),
    X("insb", "\x6c", .ecx = 3, .edx = 0x80),
    X("outsb", "\x6e", .ecx = 3, .edx = 0x80),
    X("rep-insb", "\xf3\x6c", .ecx = 3, .edx = 0x80, .repeated = true),
    X("rep-outsb", "\xf3\x6e", .ecx = 3, .edx = 0x80, .repeated = true),
    X("rep-insb-none", "\xf3\x6c", .edx = 0x80, .repeated = true),
    X("rep-insw-addr16", "\xf3\x67\x66\x6d", .ecx = 2, .edx = 0x80, .repeated = true),
    X("pause", "\xf3\x90"),
    X("rdtsc", "\x0f\x31\x31\xc0\x31\xd2"),
    X("rdtscp", "\x0f\x01\xf9\x31\xc0\x31\xd2"),
    X("rdpmc", "\x0f\x33\x31\xc0\x31\xd2"),
    X("mov-from-cr0", "\x0f\x20\xc0"),
    X("mov-to-cr0", "\x0f\x22\xc0", .eax = 0x11),
    X("mov-to-cr0-bad", "\x0f\x22\xc0", .eax = 0x80000010),
    X("mov-from-cr3", "\x0f\x20\xd8"),
    X("mov-to-cr3", "\x0f\x22\xd8"),
    X("mov-to-cr4", "\x0f\x22\xe0", .eax = 8),
    X("mov-from-cr4", "\x0f\x20\xe0"),
    X("clts", "\x0f\x06"),
    X("lmsw", "\x0f\x01\xf0", .eax = 1),
    X("smsw", "\x0f\x01\xe0", .eax = 1),
    X("mov-from-dr0", "\x0f\x21\xc0", .debug = true),
    X("mov-from-dr6", "\x0f\x21\xf0", .debug = true),
    X("mov-from-dr7", "\x0f\x21\xf8", .debug = true),
    X("mov-to-dr3", "\x0f\x23\xd8", .debug = true),
    X("mov-to-dr6", "\x0f\x23\xf0", .eax = 0xffff0ff0, .debug = true),
    X("mov-to-dr7-off", "\x0f\x23\xf8", .eax = 0x400, .debug = true),
    X("mov-from-dr4", "\x0f\x21\xe0", .debug = true),
    X("rdmsr", "\x0f\x32", .ecx = 0x277),
    X("rdmsr-bad", "\x0f\x32", .ecx = 0xc0002000),
    X("wrmsr", "\x0f\x30", .ecx = 0x174),
    X("wrmsr-bad", "\x0f\x30", .eax = 2, .ecx = 0x277),
    X("sgdt", "\x0f\x01\x07"),
    X("sidt", "\x0f\x01\x0f"),
    X("lidt", "\x0f\x01\x4f\x40"),
    X("lgdt", "\x0f\x01\x57\x50"),
    X("sldt", "\x0f\x00\xc0"),
    X("str", "\x0f\x00\xc8"),
    X("lldt", "\x0f\x00\xd0"),
    X("lldt-bad", "\x0f\x00\xd0", .eax = 0x10),
    X("ltr-bad", "\x0f\x00\xd8", .eax = 0x10),
    X("invlpg", "\x0f\x01\x3f"),
    X("invpcid", "\x66\x0f\x38\x82\x07", .eax = 2),
    X("wbinvd", "\x0f\x09"),
    X("invd", "\x0f\x08"),
    X("xsetbv", "\x0f\x01\xd1"),
    X("monitor", "\x0f\x01\xc8"),
    X("mwait-bad", "\x0f\x01\xc9", .ecx = 0x10),
    X("vmcall", "\x0f\x01\xc1"),
    X("vmxoff", "\x0f\x01\xc4"),
    X("rdrand", "\x0f\xc7\xf0\xb8\x00\x00\x00\x00"),
    X("int3", "\xcc"),
    X("int-3", "\xcd\x03"),
    X("int-1", "\xcd\x01"),
    X("int1", "\xf1", .int1 = true),
    X("int1-prefixes", "\x2e\x66\xf1", .int1 = true),
    X("int", "\xcd\x30"),
    X("int-prefix", "\x2e\xcd\x30"),
    X("into", "\xb0\x7f\x04\x7f\xce"),
    X("ud2", "\x0f\x0b"),
    X("div", "\xf7\xf1", .eax = 1),
    X("popf", "\x6a\x02\x9d"),
    X("read-watched", "\x8b\x03"),
    X("write-watched", "\x89\x03", .eax = 0x10),
    X("mov-ss", "\x8e\x13"),
    X("pop-ss", "\xff\x33\x17"),
    X("sti", "\xfb"),
    X("cli", "\xfa"),
    X("cpuid-cpuid", "\x0f\xa2\x31\xc0\x0f\xa2"),
    X("out-out", "\xee\xee", .edx = 0x80),
};

enum context { PLAIN, MOV_SS, WATCHED_SS, STI, AT, BEHIND, GD, CONTEXTS };
static const char *const contexts[] = {
    "plain", "mov-ss", "watched-ss", "sti", "at", "behind", "gd"
};

static unsigned length;
static void emit(const char *bytes, unsigned n)
{
    while (n--)
        code[length++] = (uint8_t)*bytes++;
}
#define EMIT(bytes) emit(bytes, sizeof(bytes) - 1)

static void run_one(const struct instruction *x, enum context c, bool step, bool user)
{
    uint32_t regs[6] = {
        x->eax, x->ecx, x->edx, (uint32_t)watched, (uint32_t)scratch + 0x40, (uint32_t)scratch
    };
    uint32_t dr7 = 0x400, dr0 = (uint32_t)watched, dr1 = 0x80, dr2 = 0;
    uint16_t data = user ? USER_DATA * 8 | 3 : DATA;

    length = 0;
    watched[0] = data;
    *(struct table_pointer *)((uint8_t *)scratch + 0x40) =
        (struct table_pointer){ 256 * 8 - 1, (uint32_t)idt };
    *(struct table_pointer *)((uint8_t *)scratch + 0x50) =
        (struct table_pointer){ sizeof(gdt) - 1, (uint32_t)gdt };
    for (unsigned i = 0; i < sizeof(code); i++)
        code[i] = 0x90;
    if (c == MOV_SS)
        EMIT("\x8c\xd5\x8e\xd5");
    if (c == WATCHED_SS)
        EMIT("\x8e\x13");
    if (c == STI)
        EMIT("\xfb");
    if (c == AT)
        dr2 = (uint32_t)code + length;
    emit(x->bytes, x->n);
    if (c == BEHIND)
        dr2 = (uint32_t)code + length;
    EMIT("\x90\x90\xcd\x31");
    if (c == WATCHED_SS || c >= AT || c == MOV_SS)
        dr7 |= 0x000f0001 | 0x00200004; /* dr0: 4 bytes read/write; dr1: io 1 byte */
    exec_mask = 0;
    if (c == AT || c == BEHIND) {
        dr7 |= 0x10;
        exec_mask = 4;
    }
    if (c == GD)
        dr7 |= 0x2000;
    __asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr6"
                     :
                     : "r"(dr0), "r"(dr1), "r"(dr2), "r"(DR6_CLEAR));
    __asm__ volatile("mov %0, %%dr7" : : "r"(dr7));
    entries = 0;
    if (verbose)
        print("%s %s%s%s:", x->name, contexts[c], step ? " step" : "", user ? " user" : "");
    run_code(2 | IOPL | (step ? TF : 0), user ? USER_CODE * 8 | 3 : CODE, data,
             (uint32_t)user_stack + sizeof(user_stack), regs);
    __asm__ volatile("mov %0, %%dr7" : : "r"(0x400));
    write_crs(0x11, 0, 8);
    load_tables();
    if (verbose)
        print(" = %x\n", sum);
}

/* Where Bochs 2.7 itself departs from the manual. */
static bool left_out(const struct instruction *x, enum context c, bool user)
{
    if (x->repeated && c == AT) /* after an entry it reports both breakpoints at once */
        return true;
    if (x->int1 && c == GD) /* the handler of this debug exception finds GD still set there */
        return true;
    return x->debug && c == GD && user; /* general detect comes before the privilege there */
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    const char *words = information[0] & 4 ? (const char *)information[4] : "";

    (void)magic;
    console_init();
    for (; *words; words++)
        verbose |= *words == 'v';
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
    set_tables();
    gdt[USER_CODE] = descriptor(0, 0xfffff, 0xc0fb);
    gdt[USER_DATA] = descriptor(0, 0xfffff, 0xc0f3);
    gdt[TSS] = descriptor((uint32_t)tss, 0x67, 0x89);
    tss[1] = (uint32_t)ring0_stack + sizeof(ring0_stack);
    tss[2] = DATA;
    tss[25] = 0x680000;
    __asm__ volatile("ltr %w0" : : "r"(TSS * 8));
    for (unsigned i = 0; i < VECTORS; i++)
        idt[i] = (stubs[i] & 0xffff) | CODE << 16 | UINT64_C(0xee00) << 32 |
                 (uint64_t)(stubs[i] & 0xffff0000) << 32;
    write_crs(0x11, 0, 8);
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        for (unsigned user = 0; user < 2; user++) {
            sum = 0;
            for (unsigned c = 0; c < CONTEXTS; c++)
                for (unsigned step = 0; step < 2; step++) {
                    if (!left_out(&list[i], c, user))
                        run_one(&list[i], c, step, user);
                }
            print("%s%s %x\n", list[i].name, user ? " user" : "", sum);
        }
    }
    stop(0);
}
