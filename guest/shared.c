/* SPDX-License-Identifier: MIT */
/* What the guest takes from the VMM's sources: text formatting and the memory functions. */
#include "vmm/format.c"
#include "vmm/string.c"
