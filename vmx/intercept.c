/* SPDX-License-Identifier: MIT */
/* What exits: always, and for the sake of tracing. */
#include "vmx/intercept.h"

#include <stddef.h>

#include "vmm/power.h"
#include "vmm/string.h"
#include "vmx/msr.h"
#include "vmx/mtrr.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

enum { VECTORS = 32, WORD_MAX = 16 };

/* Halves of the MSR bitmap: SDM "MSR-Bitmap Address". */
enum {
    MSR_BITMAP_READ = 0,
    MSR_BITMAP_WRITE = 2048,
    MSR_BITMAP_HIGH = 1024, /* 0xc0000000 to 0xc0001fff */
    MSR_BITMAP_RANGE = 0x2000,
};

static const struct {
    const char *name;
    uint32_t pin, primary, secondary;
} class_table[] = {
#define INTERCEPT_CLASS(id, name, pin, primary, secondary, words)                                  \
    [INTERCEPT_##id] = { name, pin, primary, secondary },
#include "vmx/intercept_classes.def"
};

/* "exc", or "exc=N". */
static bool parse_exceptions(const char *word, struct intercept_request *request)
{
    unsigned vector = 0;

    if (strncmp(word, "exc", 3))
        return false;
    if (!word[3]) {
        request->exceptions = UINT32_MAX;
        return true;
    }
    if (word[3] != '=' || !word[4])
        return false;
    for (const char *s = word + 4; *s; s++) {
        if (*s < '0' || *s > '9' || vector >= VECTORS)
            return false;
        vector = vector * 10 + (unsigned)(*s - '0');
    }
    if (vector >= VECTORS || vector == EXCEPTION_NMI) /* NMIs have a class of their own */
        return false;
    request->exceptions |= 1u << vector;
    return true;
}

static bool parse_word(const char *word, struct intercept_request *request)
{
    if (!strcmp(word, "default"))
        return true;
    if (!strcmp(word, "all")) {
        request->all = true;
        return true;
    }
    for (unsigned i = 0; i < INTERCEPT_CLASSES; i++)
        if (!strcmp(word, class_table[i].name)) {
            request->classes |= 1u << i;
            return true;
        }
    return parse_exceptions(word, request);
}

bool intercept_parse(const char *list, struct intercept_request *request, struct refusal *why)
{
    *request = (struct intercept_request){ 0 };
    for (;;) {
        char word[WORD_MAX];
        size_t n = 0, kept;

        while (list[n] && list[n] != ',')
            n++;
        kept = n < sizeof(word) - 1 ? n : sizeof(word) - 1;
        memcpy(word, list, kept);
        word[kept] = '\0';
        if (kept < n || !parse_word(word, request))
            return refuse(why, "exits=: \"%s\" is not a class of exits; docs/options.md lists them",
                          word);
        if (!list[n])
            return true;
        list += n + 1;
    }
}

static void intercept_port(struct intercepts *intercepts, uint16_t port)
{
    uint8_t *bitmap = port & 0x8000 ? intercepts->io_bitmap_b : intercepts->io_bitmap_a;
    unsigned bit = port & 0x7fff;

    bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

/* half: MSR_BITMAP_READ or MSR_BITMAP_WRITE. MSRs outside of both ranges exit anyway. */
static void intercept_msr(struct intercepts *intercepts, uint32_t msr, unsigned half)
{
    unsigned bit = msr & (MSR_BITMAP_RANGE - 1);
    uint8_t *bitmap = intercepts->msr_bitmap + half + (msr >> 31 ? MSR_BITMAP_HIGH : 0);

    bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

/* The VMM's port, and those that end the machine: the trace has to be sent before. */
static void always_ports(struct intercepts *intercepts, const struct serial *port)
{
    const uint16_t *ports;
    size_t n = power_ports(&ports);

    intercepts->own_port = port->port;
    intercepts->own_ports = serial_ports(port);
    for (unsigned i = 0; i < intercepts->own_ports; i++)
        intercept_port(intercepts, (uint16_t)(port->port + i));
    while (n > 0)
        intercept_port(intercepts, ports[--n]);
}

/* Registers that would show VMX, or whose change the VMM has to know of: see vmx/exit_msr.c. */
static void always_msrs(struct intercepts *intercepts)
{
    static const uint32_t hidden[] = { MSR_IA32_FEATURE_CONTROL, MSR_IA32_SMM_MONITOR_CTL,
                                       MSR_IA32_APIC_BASE };

    for (unsigned i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        intercept_msr(intercepts, hidden[i], MSR_BITMAP_READ);
        intercept_msr(intercepts, hidden[i], MSR_BITMAP_WRITE);
    }
    for (uint32_t msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_EXIT_CTLS2; msr++) {
        intercept_msr(intercepts, msr, MSR_BITMAP_READ);
        intercept_msr(intercepts, msr, MSR_BITMAP_WRITE);
    }
    for (uint32_t msr = MSR_IA32_RTIT_OUTPUT_BASE; msr <= MSR_IA32_RTIT_LAST; msr++) {
        intercept_msr(intercepts, msr, MSR_BITMAP_READ);
        intercept_msr(intercepts, msr, MSR_BITMAP_WRITE);
    }
    intercept_msr(intercepts, MSR_IA32_MISC_ENABLE, MSR_BITMAP_WRITE);
    intercept_msr(intercepts, MSR_IA32_TIME_STAMP_COUNTER, MSR_BITMAP_WRITE);
    intercept_msr(intercepts, MSR_IA32_TSC_ADJUST, MSR_BITMAP_WRITE);
    for (uint32_t msr = MSR_IA32_MTRR_PHYSBASE0; msr <= MSR_IA32_MTRR_DEF_TYPE; msr++)
        if (mtrr_owns(msr))
            intercept_msr(intercepts, msr, MSR_BITMAP_WRITE);
    intercept_msr(intercepts, MSR_IA32_BIOS_UPDT_TRIG, MSR_BITMAP_WRITE);
    intercept_msr(intercepts, MSR_IA32_PERF_GLOBAL_CTRL, MSR_BITMAP_WRITE);
}

void intercept_tsc(struct intercepts *intercepts)
{
    intercept_msr(intercepts, MSR_IA32_TSC_ADJUST, MSR_BITMAP_READ);
    intercept_msr(intercepts, MSR_IA32_TSC_DEADLINE, MSR_BITMAP_READ);
    intercept_msr(intercepts, MSR_IA32_TSC_DEADLINE, MSR_BITMAP_WRITE);
}

static bool has_class(uint32_t classes, enum intercept_class class)
{
    return classes >> class & 1;
}

/* The classes whose controls this CPU lacks: refused where the user named them. */
static bool add_controls(const struct intercept_request *request,
                         const struct vmx_capabilities *caps, struct intercepts *intercepts,
                         struct refusal *why)
{
    for (unsigned i = 0; i < INTERCEPT_CLASSES; i++) {
        if (!request->all && !has_class(request->classes, i))
            continue;
        if (has_class(request->classes, i) &&
            !(capabilities_require(caps, CONTROL_WORD_PIN, class_table[i].pin, why) &&
              capabilities_require(caps, CONTROL_WORD_PRIMARY, class_table[i].primary, why) &&
              capabilities_require(caps, CONTROL_WORD_SECONDARY, class_table[i].secondary, why)))
            return false;
        intercepts->pin |= class_table[i].pin;
        intercepts->primary |= class_table[i].primary;
        intercepts->secondary |= class_table[i].secondary;
    }
    return true;
}

/* Classes without controls of their own. */
static void add_bitmaps(uint32_t classes, struct intercepts *intercepts)
{
    if (has_class(classes, INTERCEPT_IO)) {
        memset(intercepts->io_bitmap_a, 0xff, BITMAP_BYTES);
        memset(intercepts->io_bitmap_b, 0xff, BITMAP_BYTES);
    }
    if (has_class(classes, INTERCEPT_MSR))
        memset(intercepts->msr_bitmap, 0xff, BITMAP_BYTES);
    if (has_class(classes, INTERCEPT_CR))
        intercepts->cr0_mask = intercepts->cr4_mask = ~UINT64_C(0);
    if (has_class(classes, INTERCEPT_XSAVES))
        intercepts->xss = ~UINT64_C(0);
}

bool intercept_apply(const struct intercept_request *request, const struct vmx_capabilities *caps,
                     const struct serial *port, struct intercepts *intercepts, struct refusal *why)
{
    memset(intercepts, 0, offsetof(struct intercepts, state));
    /* Bits that VMX fixes to 1, and VMX and SMX themselves, are shown as the guest set them. */
    intercepts->cr0_mask = caps->cr0_fixed0 & ~(uint64_t)(CR0_PE | CR0_PG);
    intercepts->cr4_mask = caps->cr4_fixed0 | CR4_VMXE | CR4_SMXE;
    intercepts->exceptions =
        (request->all ? UINT32_MAX : request->exceptions) & ~(1u << EXCEPTION_NMI);
    always_ports(intercepts, port);
    always_msrs(intercepts);
    add_bitmaps(request->all ? UINT32_MAX : request->classes, intercepts);
    return add_controls(request, caps, intercepts, why);
}
