/* SPDX-License-Identifier: MIT */
/* The segment registers of a task that is being switched to. */
#ifndef VMX_TASK_SEGMENTS_H
#define VMX_TASK_SEGMENTS_H

#include "vmx/task_image.h"

/*
 * task_load_segments - loads LDTR and ES to GS from their selectors in *image, with the checks of a
 * task switch; the mode (virtual-8086 or protected) is that of image->eflags.
 * On false all selectors are loaded, the segments only as far as they were found good; in a state that
 * the fault can be delivered in. SDM: "Invalid TSS Exception (#TS)".
 */
bool task_load_segments(const struct vcpu *vcpu, const struct task_image *image,
                        struct guest_fault *fault);

#endif
