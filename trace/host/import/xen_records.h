/* SPDX-License-Identifier: MIT */
/* Records of Xen's public/trace.h that matter here. */
#ifndef TRACE_HOST_IMPORT_XEN_RECORDS_H
#define TRACE_HOST_IMPORT_XEN_RECORDS_H

enum {
    XEN_LOST = 0x0001f001,
    XEN_CONTINUE = 0x00021002, /* the vCPU that was chosen is the one that ran before */
    XEN_RUNSTATE = 0x00021001, /* with the old state in bits 11:8, the new one in bits 7:4 */
    XEN_RUNSTATE_STATES = 0xff0,
    XEN_RUNNING = 0,    /* a state */
    XEN_NESTED = 0x400, /* of the records that follow: for a guest of the domain */
    XEN_VMENTRY = 0x00081001,
    XEN_VMEXIT = 0x00081002,
    XEN_VMEXIT64 = 0x00081102,
    XEN_SVM_EXIT = 0x00081003,
    XEN_SVM_EXIT64 = 0x00081103,
    XEN_HANDLER = 0x00082000, /* and the number of the handler */
    XEN_HANDLERS = 0xfff,
    XEN_HANDLER_64 = 0x100, /* values of 64 bits; also: the other direction of a port access */
};

#endif
