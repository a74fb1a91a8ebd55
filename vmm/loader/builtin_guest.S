/* SPDX-License-Identifier: MIT */
/* The test guest that is part of the image. */
    .section .rodata
    .balign 16
    .globl builtin_guest, builtin_guest_end
builtin_guest:
    .incbin "build/guest.elf"
builtin_guest_end:

    .section .note.GNU-stack, "", @progbits
