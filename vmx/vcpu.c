/* SPDX-License-Identifier: MIT */
/* One virtual CPU. */
#include "vmx/vcpu.h"

#include <stdarg.h>

#include "vmm/format.h"

void vcpu_stop(struct vcpu *vcpu, uint32_t status, const char *fmt, ...)
{
    va_list ap;

    vcpu->stop_status = status;
    va_start(ap, fmt);
    vformat(vcpu->stop_reason, sizeof(vcpu->stop_reason), fmt, ap);
    va_end(ap);
}
