/* SPDX-License-Identifier: MIT */
/* The processor apart from VMX: bits of its registers and the instructions that C does not have. */
#ifndef VMX_X86_H
#define VMX_X86_H

#include <stdbool.h>
#include <stdint.h>

/* CR0_PE and so on, CR4_VME and so on. */
enum {
#define CR_BIT(number, bit, name) CR##number##_##name = 1u << (bit),
#define CR_BIT_HIGH(number, bit, name)
#include "vmx/cr_bits.def"
};
#define CR4_FRED (UINT64_C(1) << 32)

/* RFLAGS: SDM "EFLAGS Register". */
enum {
    RFLAGS_CF = 1u << 0,
    RFLAGS_FIXED = 1u << 1, /* always 1 */
    RFLAGS_PF = 1u << 2,
    RFLAGS_AF = 1u << 4,
    RFLAGS_ZF = 1u << 6,
    RFLAGS_SF = 1u << 7,
    RFLAGS_TF = 1u << 8,
    RFLAGS_IF = 1u << 9,
    RFLAGS_DF = 1u << 10,
    RFLAGS_OF = 1u << 11,
    RFLAGS_IOPL = 3u << 12,
    RFLAGS_NT = 1u << 14,
    RFLAGS_RF = 1u << 16,
    RFLAGS_VM = 1u << 17,
    RFLAGS_AC = 1u << 18,
    RFLAGS_VIF = 1u << 19,
    RFLAGS_VIP = 1u << 20,
    RFLAGS_ID = 1u << 21,
};

/* IA32_EFER: SDM "Extended Feature Enable Register". */
enum {
    EFER_SCE = 1u << 0,
    EFER_LME = 1u << 8,
    EFER_LMA = 1u << 10,
    EFER_NXE = 1u << 11,
};

/* DR6 and DR7: SDM "Debug Registers". */
enum {
    DR6_FIXED = 0xffff0ff0,
    DR6_BUS_LOCK = 1u << 11, /* 0: a bus lock was detected */
    DR6_BD = 1u << 13,
    DR6_BS = 1u << 14,
    DR6_RTM = 1u << 16, /* 0: within a transaction */
    DR7_FIXED = 1u << 10,
    DR7_GD = 1u << 13,
};

/* Page-fault error code: SDM "Page-Fault Exceptions". */
enum {
    PAGE_FAULT_PRESENT = 1u << 0,
    PAGE_FAULT_WRITE = 1u << 1,
    PAGE_FAULT_USER = 1u << 2,
    PAGE_FAULT_RESERVED = 1u << 3,
    PAGE_FAULT_FETCH = 1u << 4,
};

/* Exception vectors: SDM "Exceptions and Interrupts". */
enum exception {
#define EXCEPTION(vector, name) EXCEPTION_##name = (vector),
#include "vmx/exceptions.def"
};

/* Memory types as in MTRRs, the PAT and EPT entries: SDM "Memory Type Range Registers". */
enum memory_type {
    MEMORY_TYPE_UC = 0,
    MEMORY_TYPE_WC = 1,
    MEMORY_TYPE_WT = 4,
    MEMORY_TYPE_WP = 5,
    MEMORY_TYPE_WB = 6,
};

/*
 * Instructions that may raise #GP in the VMM carry a row in the section x86_fixup: where the
 * fault happens and where to go on. Both are distances from the member itself, so that the table
 * needs no relocation when the VMM moves. The linker supplies the two symbols.
 */
struct x86_fixup {
    int32_t fault;
    int32_t resume;
};

extern const struct x86_fixup __start_x86_fixup[], __stop_x86_fixup[];

/* One row of the table, for use within inline assembly; both arguments are assembler labels. */
#define X86_FIXUP(fault, resume)                                                                   \
    "\n.pushsection x86_fixup, \"a\"\n.balign 4\n.long " fault " - .\n.long " resume               \
    " - .\n.popsection\n"

/* x86_fixup_find - where to go on after a #GP at rip; 0 where no row knows it. */
static inline uint64_t x86_fixup_find(uint64_t rip)
{
    for (const struct x86_fixup *row = __start_x86_fixup; row < __stop_x86_fixup; row++)
        if ((uint64_t)&row->fault + (uint64_t)(int64_t)row->fault == rip)
            return (uint64_t)&row->resume + (uint64_t)(int64_t)row->resume;
    return 0;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* rdmsr_safe - false, and *value untouched, where the processor raises #GP. */
static inline bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t low, high;

    __asm__ volatile goto("1: rdmsr" X86_FIXUP("1b", "%l[fault]")
                          : "=a"(low), "=d"(high)
                          : "c"(msr)
                          :
                          : fault);
    *value = (uint64_t)high << 32 | low;
    return true;
fault:
    return false;
}

/* wrmsr_safe - false where the processor raises #GP. */
static inline bool wrmsr_safe(uint32_t msr, uint64_t value)
{
    __asm__ volatile goto("1: wrmsr" X86_FIXUP("1b", "%l[fault]")
                          :
                          : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                          : "memory"
                          : fault);
    return true;
fault:
    return false;
}

static inline uint64_t xgetbv(uint32_t xcr)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(xcr));
    return (uint64_t)high << 32 | low;
}

/* xsetbv_safe - false where the processor raises #GP; needs CR4.OSXSAVE. */
static inline bool xsetbv_safe(uint32_t xcr, uint64_t value)
{
    __asm__ volatile goto("1: xsetbv" X86_FIXUP("1b", "%l[fault]")
                          :
                          : "c"(xcr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                          : "memory"
                          : fault);
    return true;
fault:
    return false;
}

/* rdpmc_safe - false, and *value untouched, where the processor raises #GP. */
static inline bool rdpmc_safe(uint32_t counter, uint64_t *value)
{
    uint32_t low, high;

    __asm__ volatile goto("1: rdpmc" X86_FIXUP("1b", "%l[fault]")
                          : "=a"(low), "=d"(high)
                          : "c"(counter)
                          :
                          : fault);
    *value = (uint64_t)high << 32 | low;
    return true;
fault:
    return false;
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %w[port], %[value]" : [value] "=a"(value) : [port] "Nd"(port));
    return value;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %w[port], %[value]" : [value] "=a"(value) : [port] "Nd"(port));
    return value;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %w[port], %[value]" : [value] "=a"(value) : [port] "Nd"(port));
    return value;
}

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %[value], %w[port]" : : [value] "a"(value), [port] "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %[value], %w[port]" : : [value] "a"(value), [port] "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %[value], %w[port]" : : [value] "a"(value), [port] "Nd"(port));
}

/* read_cr0() ... write_dr7(): moves from and to control and debug registers. */
#define X86_REGISTER(name)                                                                         \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value));                                     \
        return value;                                                                              \
    }                                                                                              \
                                                                                                   \
    static inline void write_##name(uint64_t value)                                                \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");                            \
    }

X86_REGISTER(cr0)
X86_REGISTER(cr2)
X86_REGISTER(cr3)
X86_REGISTER(cr4)
X86_REGISTER(cr8)
X86_REGISTER(dr0)
X86_REGISTER(dr1)
X86_REGISTER(dr2)
X86_REGISTER(dr3)
X86_REGISTER(dr6)
X86_REGISTER(dr7)
#undef X86_REGISTER

/* The operand of LGDT, LIDT, SGDT and SIDT in 64-bit mode. */
struct descriptor_table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static inline void lgdt(const struct descriptor_table *table)
{
    __asm__ volatile("lgdt %0" : : "m"(*table) : "memory");
}

static inline void lidt(const struct descriptor_table *table)
{
    __asm__ volatile("lidt %0" : : "m"(*table) : "memory");
}

static inline struct descriptor_table sgdt(void)
{
    struct descriptor_table table;

    __asm__ volatile("sgdt %0" : "=m"(table));
    return table;
}

static inline struct descriptor_table sidt(void)
{
    struct descriptor_table table;

    __asm__ volatile("sidt %0" : "=m"(table));
    return table;
}

static inline void ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

static inline void invlpg(const void *address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void enable_interrupts(void)
{
    __asm__ volatile("sti" : : : "memory");
}

#endif
