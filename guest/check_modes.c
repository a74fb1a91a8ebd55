/* SPDX-License-Identifier: MIT */
/* Protected mode without paging, PAE and 32-bit paging, tasks, real mode: modes.S, tasks.S. */
#include "guest/check.h"
#include "guest/compat.h"
#include "guest/modes.h"
#include "guest/segments.h"
#include "guest/tasks.h"

enum { PCI_ENABLE = 1u << 31 };

static void check_unpaged(uint32_t ebx)
{
    check(!(modes_seen.unpaged.cr0 & CR0_PG) && (modes_seen.unpaged.cr0 & CR0_PE),
          "CR0.PG clears in compatibility mode");
    check((modes_seen.unpaged.efer & (EFER_LME | EFER_LMA)) == EFER_LME,
          "IA32_EFER.LMA goes with CR0.PG, LME stays");
    check_equal(modes_seen.unpaged.cpuid_ebx, ebx, "CPUID without paging");
    check_equal(modes_seen.unpaged.port, PCI_ENABLE | 0x1110, "OUT and IN without paging");
    check_equal(modes_seen.unpaged.vmcall_vector, EXCEPTION_UD, "VMCALL without paging takes #UD");
    check_equal(modes_seen.unpaged.bad_pdpte_vector, EXCEPTION_GP,
                "CR0.PG with a reserved bit in a PDPTE takes #GP");
}

static void check_pae(uint32_t ebx)
{
    check((modes_seen.pae.cr0 & CR0_PG) && (modes_seen.pae.cr4 & CR4_PAE), "PAE paging is on");
    check_equal(modes_seen.pae.cell, modes_cell, "PAE paging translates by CR3's PDPTEs");
    check_equal(modes_seen.pae.stale_cell, modes_cell, "a PDPTE changed in memory does not count");
    check_equal(modes_seen.pae.reloaded_vector, EXCEPTION_PF, "it counts once CR3 is written");
    check_equal(modes_seen.pae.reloaded_cr2, (uint32_t)(uint64_t)&modes_cell + MODES_WINDOW,
                "CR2 has the address of that #PF");
    check_equal(modes_seen.pae.bad_pdpte_vector, EXCEPTION_GP,
                "MOV to CR3 with a reserved bit in a PDPTE takes #GP");
    check_equal(modes_seen.pae.cpuid_ebx, ebx, "CPUID with PAE paging");
}

static void check_paged32(uint32_t ebx)
{
    check((modes_seen.paged32.cr0 & CR0_PG) && !(modes_seen.paged32.cr4 & CR4_PAE),
          "32-bit paging is on");
    check_equal(modes_seen.paged32.cell, modes_cell, "32-bit paging translates by 4 MiB pages");
    check_equal(modes_seen.paged32.cpuid_ebx, ebx, "CPUID with 32-bit paging");
}

enum { TSS_AVAILABLE = 0x89, TSS_BUSY = 0x8b };

static void check_task(unsigned n, const char *way)
{
    const struct tasks_row *row = &tasks_seen.row[n];
    bool nested = n != TASKS_BY_JUMP;

    check(row->tr == SELECTOR_TASK_B && (row->cr0 & CR0_TS), "%s switches TR and sets CR0.TS", way);
    check(!(row->eflags & RFLAGS_NT) == !nested && (!nested || row->back_link == SELECTOR_TASK_A),
          "%s %s the old task", way, nested ? "nests in" : "leaves");
    check(row->new_type == TSS_BUSY && row->old_type == (nested ? TSS_BUSY : TSS_AVAILABLE),
          "%s marks the busy tasks", way);
}

static void check_tasks(void)
{
    const struct tasks_row *fault = &tasks_seen.row[TASKS_BY_FAULT];

    check_task(TASKS_BY_CALL, "CALL to a task");
    check_task(TASKS_BY_INTERRUPT, "INT by a task gate");
    check_task(TASKS_BY_JUMP, "JMP to a task");
    check_task(TASKS_BY_FAULT, "#GP by a task gate");
    check_equal(fault->error_code, TASKS_BAD_SELECTOR, "its error code is on the new stack");
    check(fault->old_eflags & RFLAGS_RF, "RF is set in the old task");
    check_equal(tasks_seen.runs, TASKS_ROWS, "the new task ran once for each switch");
    check_equal(tasks_seen.kept, TASKS_ROWS, "the old task has its registers after each");
    check_equal(tasks_seen.busy_vector, EXCEPTION_GP, "CALL to a busy task takes #GP");
}

static void check_real(uint32_t ebx)
{
    check(!(modes_seen.real.cr0 & (CR0_PE | CR0_PG)), "real mode is on");
    check_equal(modes_seen.real.cpuid_ebx, ebx, "CPUID in real mode");
    check_equal(modes_seen.real.port, PCI_ENABLE | 0x2220, "OUT and IN in real mode");
    check_equal(modes_seen.real.segment_cell, 0x5e9, "a segment's base in real mode");
    check_equal(modes_seen.real.interrupt, 0x60, "INT in real mode goes by the vector table");
    check_equal(modes_seen.real.ud2_count, 2, "UD2 and VMCALL in real mode take #UD");
    check_equal(modes_seen.real.smsw & 0xffff, modes_seen.real.cr0 & 0xffff, "SMSW in real mode");
}

static void check_compatibility(uint32_t ebx)
{
    struct trap t;

    check_equal(compat_call(compat_cpuid), ebx, "CPUID in compatibility mode");
    check_equal(compat_call(compat_outs), 1, "OUTSB in compatibility mode moves ESI");
    trap_arm();
    compat_call(compat_vmcall);
    t = trap_disarm();
    check_fault(t, EXCEPTION_UD, 0, "VMCALL in compatibility mode");
}

void check_modes(void)
{
    uint32_t ebx = cpuid(0, 0).ebx;

    modes_run();
    segments_init(); /* the tasks took TR and LDTR */
    check(true, "all modes were visited and long mode is back");
    check_unpaged(ebx);
    check_pae(ebx);
    check_paged32(ebx);
    check_tasks();
    check_real(ebx);
    check_compatibility(ebx);
}
