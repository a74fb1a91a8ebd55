/* SPDX-License-Identifier: MIT */
/* The page, as data of the tool. */
    .section .rodata
    .globl template_head, template_tail, template_end
template_head:
    .incbin "build/page/head.html"
template_tail:
    .incbin "build/page/tail.html"
template_end:

    .section .note.GNU-stack, "", @progbits
