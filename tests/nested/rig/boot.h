/* SPDX-License-Identifier: MIT */
/* Where things lie in the rig's memory; tools/nested-rig reads these lines too. */
#ifndef TESTS_NESTED_RIG_BOOT_H
#define TESTS_NESTED_RIG_BOOT_H

#define ROM_ADDRESS 0xd0000

#define RIG_BLOCK        0x20000    /* in which Bochs hands out memory */
#define RIG_BOOT         0x00f00000 /* one block: what is found at the offsets below */
#define RIG_KERNEL       0x01000000
#define RIG_INITRAMFS    0x04000000
#define RIG_SCRATCH      0x30000000 /* touched to use up the padding */
#define RIG_SCRATCH_END  0x38000000
#define RIG_MEMORY       0x40000000
#define RIG_LAST_PADDING 0x44415056 /* marks the last padding block */

#define RIG_BOOT_TABLE      0x0 /* pairs of address and number of blocks, ended by 0, 0 */
#define RIG_BOOT_PAGES      0x1000
#define RIG_BOOT_PARAMETERS 0x4000
#define RIG_BOOT_WORDS      0x5000 /* the kernel's command line */

#endif
