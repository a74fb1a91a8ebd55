/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader's 32-bit protected mode to long mode and C.
 * The first 4 GiB are mapped identity, and once more IMAGE_OFFSET higher for the first GiB, where
 * the C code is linked. SDM: "Initializing IA-32e Mode".
 */
#define PAGE_PRESENT_WRITE 0x003
#define PAGE_LARGE         0x080
#define CR0_PG_WP          0x80010000
#define CR4_PAE            0x20
#define CR4_MCE_VMXE       0x2040
#define MSR_EFER           0xc0000080
#define EFER_LME_NXE       0x900
#define CPUID_LONG_MODE    29
#define CPUID_NX           20
#define COM1               0x3f8
#define LSR                5
#define LSR_THRE           0x20

    .section .boot.text, "ax"
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    movl $boot_stack_top, %esp
    movl %eax, %ebp             /* magic: which protocol */
    movl %ebx, %esi             /* its information structure */

    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    btl $CPUID_LONG_MODE, %edx
    jnc no_long_mode
    btl $CPUID_NX, %edx
    jnc no_long_mode

    movl $boot_pd, %edi         /* 2048 large pages: the first 4 GiB */
    movl $(PAGE_PRESENT_WRITE | PAGE_LARGE), %eax
    xorl %edx, %edx
1:  movl %eax, (%edi)
    movl %edx, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    jnc 1b

    movl $(boot_pd + PAGE_PRESENT_WRITE), %eax
    movl %eax, boot_pdpt
    movl %eax, boot_pdpt_high + 510 * 8
    addl $0x1000, %eax
    movl %eax, boot_pdpt + 8
    addl $0x1000, %eax
    movl %eax, boot_pdpt + 16
    addl $0x1000, %eax
    movl %eax, boot_pdpt + 24
    movl $(boot_pdpt + PAGE_PRESENT_WRITE), boot_pml4
    movl $(boot_pdpt_high + PAGE_PRESENT_WRITE), boot_pml4 + 511 * 8

    movl $boot_pml4, %eax
    movl %eax, %cr3
    movl %cr4, %eax             /* of the firmware's bits none counts: LA57 would add a level */
    andl $CR4_MCE_VMXE, %eax
    orl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME_NXE, %eax
    wrmsr
    movl %cr0, %eax
    orl $CR0_PG_WP, %eax
    movl %eax, %cr0
    lgdt boot_gdtr
    ljmp $0x08, $long_mode

no_long_mode:
    movl $no_long_mode_text, %esi
2:  lodsb
    testb %al, %al
    jz 4f
    movb %al, %bl
    movw $(COM1 + LSR), %dx
3:  inb %dx, %al
    testb $LSR_THRE, %al
    jz 3b
    movw $COM1, %dx
    movb %bl, %al
    outb %al, %dx
    jmp 2b
4:  hlt
    jmp 4b

    .code64
long_mode:
    movl $0x10, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movl %ebp, %edi
    movl %esi, %esi
    movabsq $boot_cpu_stack_top, %rsp
    movabsq $vmm_main, %rax
    callq *%rax
5:  cli
    hlt
    jmp 5b

    .section .boot.data, "aw"
no_long_mode_text:
    .asciz "vexit: this CPU has no 64-bit mode with execute-disable (CPUID 80000001H); vexit needs a 64-bit Intel CPU with VT-x\r\n"
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff    /* 0x08: 64-bit code */
    .quad 0x00cf93000000ffff    /* 0x10: data */
boot_gdtr:
    .word . - boot_gdt - 1
    .long boot_gdt
    .long 0

    .section .boot.bss, "aw", @nobits
    .balign 4096
boot_pml4:      .skip 4096
boot_pdpt:      .skip 4096
boot_pdpt_high: .skip 4096
boot_pd:        .skip 4 * 4096
    .skip 4096
boot_stack_top:

    .bss
    .balign 4096
    .skip 32768
    .globl boot_cpu_stack_top
boot_cpu_stack_top:

    .section .note.GNU-stack, "", @progbits
