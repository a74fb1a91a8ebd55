/* SPDX-License-Identifier: MIT */
/* IN, OUT, INS and OUTS: sizes, directions, REP, segments, faults in the middle, the I/O bitmap. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/segments.h"
#include "guest/try.h"
#include "vmm/string.h"

enum {
    PORT_PIC2_MASK = 0xa1, /* reads back what was written */
    PORT_CMOS_INDEX = 0x70,
    PORT_CMOS_DATA = 0x71,
    PORT_POST = 0x80,
    PORT_PCI_ADDRESS = 0xcf8, /* a dword that reads back */
    PORT_PCI_DATA = 0xcfc,
    PORT_NOWHERE = 0x5f0,
};

enum { PCI_ENABLE = 1u << 31, CMOS_FREE_CELL = 0x7f };

static void check_sizes(void)
{
    uint64_t rax = 0x1122334455667788;
    uint8_t mask = inb(PORT_PIC2_MASK);

    outb(PORT_PIC2_MASK, 0xa5);
    check_equal(inb(PORT_PIC2_MASK), 0xa5, "OUT and IN of a byte by DX");
    __asm__ volatile("outb %%al, %[port]" : : "a"(0x5a), [port] "i"(PORT_PIC2_MASK));
    __asm__ volatile("inb %[port], %%al" : "+a"(rax) : [port] "i"(PORT_PIC2_MASK));
    check_equal(rax, 0x112233445566775a, "IN of a byte by an immediate keeps the rest of RAX");
    outb(PORT_PIC2_MASK, mask);

    outl(PORT_PCI_ADDRESS, PCI_ENABLE | 0x1234 << 2);
    rax = ~0ull;
    __asm__ volatile("inl %%dx, %%eax" : "+a"(rax) : "d"(PORT_PCI_ADDRESS));
    check_equal(rax, PCI_ENABLE | 0x1234 << 2, "IN of a dword clears the upper half of RAX");
    outl(PORT_PCI_ADDRESS, PCI_ENABLE);
    rax = ~0ull;
    __asm__ volatile("inw %%dx, %%ax" : "+a"(rax) : "d"(PORT_PCI_DATA));
    check_equal(rax, ~0xffffull | (inl(PORT_PCI_DATA) & 0xffff),
                "IN of a word keeps the rest of RAX");
    check_equal(inb(PORT_PCI_DATA + 1), inl(PORT_PCI_DATA) >> 8 & 0xff,
                "bytes, words and dwords of one port agree");
    outw(PORT_POST, 0x1234);
    outb(0xed, 0);
}

static void check_nowhere(void)
{
    check_equal(inb(PORT_NOWHERE), 0xff, "a byte from nowhere is all ones");
    check_equal(inw(PORT_NOWHERE), 0xffff, "a word from nowhere is all ones");
    check_equal(inl(PORT_NOWHERE), 0xffffffff, "a dword from nowhere is all ones");
    outb(PORT_NOWHERE, 1);
    outl(PORT_NOWHERE, 1);
}

static void check_cmos(void)
{
    uint8_t old;

    outb(PORT_CMOS_INDEX, CMOS_FREE_CELL);
    old = inb(PORT_CMOS_DATA);
    outb(PORT_CMOS_INDEX, CMOS_FREE_CELL);
    outb(PORT_CMOS_DATA, 0x96);
    outb(PORT_CMOS_INDEX, CMOS_FREE_CELL);
    check_equal(inb(PORT_CMOS_DATA), 0x96, "CMOS memory holds what was written");
    outb(PORT_CMOS_INDEX, CMOS_FREE_CELL);
    outb(PORT_CMOS_DATA, old);
}

/* The registers of a string instruction, before and after. */
struct string_io {
    uint64_t rsi, rdi, rcx;
    uint16_t port;
};

#define STRING_IO(instruction, s)                                                                  \
    TRY(instruction, ("+S"((s)->rsi), "+D"((s)->rdi), "+c"((s)->rcx)), ("d"((s)->port)), ())

static void check_moved(const struct string_io *s, const struct string_io *from, int64_t rsi,
                        int64_t rdi, uint64_t rcx, const char *what)
{
    check(s->rsi == from->rsi + (uint64_t)rsi && s->rdi == from->rdi + (uint64_t)rdi &&
              s->rcx == rcx,
          "%s leaves RSI, RDI and RCX right", what);
}

#define CHECK_STRING(instruction, s, rsi, rdi, rcx, what)                                          \
    do {                                                                                           \
        struct string_io from = *(s);                                                              \
        check_clean(STRING_IO(instruction, s), "%s", what);                                        \
        check_moved(s, &from, rsi, rdi, rcx, what);                                                \
    } while (0)

static uint32_t buffer[4];
static const uint32_t addresses[4] = { PCI_ENABLE, PCI_ENABLE | 0x100, PCI_ENABLE | 0x200,
                                       PCI_ENABLE | 0x300 };

static void check_single_strings(void)
{
    struct string_io s = { (uint64_t)addresses, (uint64_t)buffer, 77, PORT_PCI_ADDRESS };

    CHECK_STRING("outsl", &s, 4, 0, 77, "OUTSD");
    CHECK_STRING("insl", &s, 0, 4, 77, "INSD");
    check_equal(buffer[0], addresses[0], "OUTSD and INSD move one dword");
    s.port = PORT_PCI_DATA;
    CHECK_STRING("insw", &s, 0, 2, 77, "INSW");
    check_equal(buffer[1], inw(PORT_PCI_DATA), "INSW moves one word");
    CHECK_STRING("insb", &s, 0, 1, 77, "INSB");
    check_equal(buffer[1] >> 16, inb(PORT_PCI_DATA), "INSB moves one byte");
}

static void check_repeated_strings(void)
{
    struct string_io s = { (uint64_t)addresses, (uint64_t)buffer, 4, PORT_PCI_ADDRESS };

    CHECK_STRING("rep outsl", &s, 16, 0, 0, "REP OUTSD");
    check_equal(inl(PORT_PCI_ADDRESS), addresses[3], "REP OUTSD ends with the last dword");
    s.rcx = 3;
    memset(buffer, 0, sizeof(buffer));
    CHECK_STRING("rep insl", &s, 0, 12, 0, "REP INSD");
    check(buffer[0] == addresses[3] && buffer[2] == addresses[3] && !buffer[3],
          "REP INSD moves as many dwords as RCX says");
    s.rcx = 0;
    CHECK_STRING("rep outsl", &s, 0, 0, 0, "REP OUTSD with RCX = 0");
    CHECK_STRING("rep insl", &s, 0, 0, 0, "REP INSD with RCX = 0");
    s.rcx = 3;
    s.rdi = (uint64_t)buffer;
    s.port = PORT_POST;
    s.rsi = (uint64_t)buffer;
    CHECK_STRING("rep outsb", &s, 3, 0, 0, "REP OUTSB");
    s.rcx = 2;
    CHECK_STRING("rep outsw", &s, 4, 0, 0, "REP OUTSW");
}

static void check_backwards(void)
{
    struct string_io s = { (uint64_t)&addresses[3], (uint64_t)&buffer[3], 4, PORT_PCI_ADDRESS };

    memset(buffer, 0, sizeof(buffer));
    CHECK_STRING("std\nrep outsl\ncld", &s, -16, 0, 0, "REP OUTSD backwards");
    check_equal(inl(PORT_PCI_ADDRESS), addresses[0], "REP OUTSD backwards ends with the first");
    s.rcx = 2;
    CHECK_STRING("std\nrep insl\ncld", &s, 0, -8, 0, "REP INSD backwards");
    check(!buffer[0] && !buffer[1] && buffer[2] == addresses[0] && buffer[3] == addresses[0],
          "REP INSD backwards fills from the end");
}

/* Address size 32 uses ESI, EDI and ECX and clears their upper halves; FS adds its base. */
static void check_addressing(void)
{
    uint32_t *based = (uint32_t *)segments_based_page;
    struct string_io s = { 0xf00000000 | (uint64_t)addresses, (uint64_t)buffer, 0x500000002,
                           PORT_PCI_ADDRESS };

    check_clean(STRING_IO("addr32 rep outsl", &s), "REP OUTSD with 32-bit addresses");
    check(s.rsi == (uint64_t)&addresses[2] && !s.rcx,
          "REP OUTSD with 32-bit addresses clears the upper halves of RSI and RCX");
    check_equal(inl(PORT_PCI_ADDRESS), addresses[1], "REP OUTSD with 32-bit addresses moves both");
    s.rdi |= 0xf00000000;
    s.rcx = 0x500000002;
    check_clean(STRING_IO("addr32 rep insl", &s), "REP INSD with 32-bit addresses");
    check(s.rdi == (uint64_t)&buffer[2] && !s.rcx,
          "REP INSD with 32-bit addresses clears the upper halves of RDI and RCX");

    based[3] = addresses[2];
    __asm__ volatile("mov %0, %%fs" : : "r"(SELECTOR_BASED_DATA));
    s.rsi = 12;
    check_clean(STRING_IO("fs outsl", &s), "OUTSD by way of FS");
    __asm__ volatile("mov %0, %%fs" : : "r"(0));
    check_equal(inl(PORT_PCI_ADDRESS), addresses[2], "OUTSD by way of FS adds its base");
}

static uint8_t pages[3][PAGE_SIZE] __attribute__((aligned(4096)));

/* What was moved before the fault counts; the rest can go on after it. */
static void check_faults(void)
{
    uint32_t *last = (uint32_t *)pages[1] - 2;
    struct string_io s = { 0, (uint64_t)last, 4, PORT_PCI_ADDRESS };
    struct trap t;

    paging_set(pages[1], 0);
    t = STRING_IO("rep insl", &s);
    check_fault(t, EXCEPTION_PF, PAGE_FAULT_WRITE, "REP INSD into an absent page");
    check(t.cr2 == (uint64_t)pages[1], "REP INSD into an absent page sets CR2");
    check(s.rdi == (uint64_t)pages[1] && s.rcx == 2, "REP INSD stops where the fault is");
    paging_set(pages[1], (uint64_t)pages[1] | PAGE_PRESENT);
    check_fault(STRING_IO("rep insl", &s), EXCEPTION_PF, PAGE_FAULT_WRITE | PAGE_FAULT_PRESENT,
                "REP INSD into a read-only page");
    paging_reset(pages[1]);
    check_clean(STRING_IO("rep insl", &s), "REP INSD goes on when the page is there");
    check(last[0] == last[3] && last[3] == inl(PORT_PCI_ADDRESS) && !s.rcx,
          "REP INSD has then moved all");

    last[0] = last[1] = addresses[1];
    s = (struct string_io){ (uint64_t)last, 0, 4, PORT_PCI_ADDRESS };
    paging_set(pages[1], 0);
    check_fault(STRING_IO("rep outsl", &s), EXCEPTION_PF, 0, "REP OUTSD from an absent page");
    paging_reset(pages[1]);
    check(s.rsi == (uint64_t)pages[1] && s.rcx == 2, "REP OUTSD stops where the fault is");
    check_equal(inl(PORT_PCI_ADDRESS), addresses[1], "REP OUTSD has moved what was before");

    s = (struct string_io){ 1ull << 63, 0, 1, PORT_POST };
    check_fault(STRING_IO("outsb", &s), EXCEPTION_GP, 0, "OUTSB from a non-canonical address");
    s.rdi = 1ull << 63;
    check_fault(STRING_IO("insb", &s), EXCEPTION_GP, 0, "INSB to a non-canonical address");
    check_fault(TRY(".byte 0xf0\noutb %%al, $0x80", (), (), ()), EXCEPTION_UD, 0, "OUT with LOCK");
}

/* A dword across two pages that do not follow each other in physical memory. */
static void check_crossing(void)
{
    uint8_t *start = pages[1] - 2;
    struct string_io s = { (uint64_t)start, 0, 1, PORT_PCI_ADDRESS };
    uint32_t value = PCI_ENABLE | 0x2468 << 2;

    paging_set(pages[1], (uint64_t)pages[2] | PAGE_ALL);
    memcpy(pages[0] + PAGE_SIZE - 2, &value, 2);
    memcpy(pages[2], (uint8_t *)&value + 2, 2);
    check_clean(STRING_IO("outsl", &s), "OUTSD across two pages");
    check_equal(inl(PORT_PCI_ADDRESS), value, "OUTSD across two pages reads both");
    memset(pages[2], 0, 2);
    s.rdi = (uint64_t)start;
    check_clean(STRING_IO("insl", &s), "INSD across two pages");
    check(!memcmp(pages[2], (uint8_t *)&value + 2, 2), "INSD across two pages writes both");
    paging_reset(pages[1]);
}

AT_USER(out_post_at_user, "outb %%al, %%dx", (), ("a"(0), "d"(PORT_POST)), ())
AT_USER(in_nowhere_at_user, "inb %%dx, %%al", (), ("d"(PORT_NOWHERE)), ("rax"))
AT_USER(out_word_at_user, "outw %%ax, %%dx", (), ("a"(0), "d"(PORT_POST)), ())

static void check_bitmap(void)
{
    uint8_t *map = &segments_tss.io_map[PORT_POST / 8];

    check_fault(try_at_user(out_post_at_user), EXCEPTION_GP, 0,
                "OUT at CPL 3 to a port closed by the I/O bitmap");
    check_fault(try_at_user(in_nowhere_at_user), EXCEPTION_GP, 0,
                "IN at CPL 3 from a port beyond the I/O bitmap");
    *map &= (uint8_t) ~(1u << PORT_POST % 8);
    check_clean(try_at_user(out_post_at_user), "OUT at CPL 3 to a port open in the I/O bitmap");
    check_fault(try_at_user(out_word_at_user), EXCEPTION_GP, 0,
                "OUT at CPL 3 of a word that is half open");
    *map |= 1u << PORT_POST % 8;
}

enum { UART_SCRATCH = 7 };

static void check_hidden_port(void)
{
    uint16_t scratch = surroundings.hidden_port + UART_SCRATCH;

    if (!surroundings.hidden_port)
        return;
    check_vexit_begin();
    outb(scratch, 0x5a);
    check_equal(inb(scratch), 0xff, "no UART answers at the VMM's port");
    check_equal(inb(surroundings.hidden_port), 0xff, "the VMM's port gives no data");
    outb(surroundings.hidden_port, '!');
    check_vexit_end();
}

void check_io(void)
{
    check_sizes();
    check_nowhere();
    check_cmos();
    check_single_strings();
    check_repeated_strings();
    check_backwards();
    check_addressing();
    check_faults();
    check_crossing();
    check_bitmap();
    if (surroundings.vexit)
        check_hidden_port();
}
