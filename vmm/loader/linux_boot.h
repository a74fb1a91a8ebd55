/* SPDX-License-Identifier: MIT */
/* The structures of "The Linux/x86 Boot Protocol", from the documentation of the kernel. */
#ifndef VMM_LOADER_LINUX_BOOT_H
#define VMM_LOADER_LINUX_BOOT_H

#include <stddef.h>
#include <stdint.h>

enum {
    LINUX_HEADER_OFFSET = 0x1f1,     /* of the setup header, in the file and in the zero page */
    LINUX_HEADER_END_OFFSET = 0x201, /* byte that says where the header ends, counted from 0x202 */
    LINUX_BOOT_FLAG = 0xaa55,
    LINUX_MAGIC = 0x53726448, /* "HdrS" */
    LINUX_E820_MAX = 128,
    LINUX_LOADER_UNDEFINED = 0xff, /* type_of_loader without a number of its own */
    LINUX_HIGH_BASE = 0x100000,    /* where a kernel that is not relocatable goes */
};

/* loadflags */
enum { LINUX_LOADED_HIGH = 1 << 0 };

/* xloadflags */
enum { LINUX_XLF_KERNEL_64 = 1 << 0, LINUX_XLF_ABOVE_4G = 1 << 1 };

/* Versions of the protocol, by what they brought. */
enum {
    LINUX_VERSION_COMMAND_LINE_SIZE = 0x206, /* the oldest that is loaded here */
    LINUX_VERSION_PREFERRED_ADDRESS = 0x20a, /* min_alignment, pref_address, init_size too */
    LINUX_VERSION_XLOADFLAGS = 0x20c,
};

/* Segment selectors of "32-bit Boot Protocol" */
enum { LINUX_BOOT_CS = 0x10, LINUX_BOOT_DS = 0x18 };

struct linux_header {
    uint8_t setup_sects; /* 512-byte sectors after the first one; 0 means 4 */
    uint16_t root_flags;
    uint32_t syssize; /* 16-byte units of the protected-mode kernel */
    uint16_t ram_size, vid_mode, root_dev, boot_flag, jump;
    uint32_t header;
    uint16_t version;
    uint32_t realmode_swtch;
    uint16_t start_sys_seg, kernel_version;
    uint8_t type_of_loader, loadflags;
    uint16_t setup_move_size;
    uint32_t code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
    uint16_t heap_end_ptr;
    uint8_t ext_loader_ver, ext_loader_type;
    uint32_t cmd_line_ptr, initrd_addr_max, kernel_alignment;
    uint8_t relocatable_kernel, min_alignment;
    uint16_t xloadflags;
    uint32_t cmdline_size, hardware_subarch;
    uint64_t hardware_subarch_data;
    uint32_t payload_offset, payload_length;
    uint64_t setup_data, pref_address;
    uint32_t init_size, handover_offset, kernel_info_offset;
    uint8_t later[0x290 - 0x26c]; /* room for what later versions add */
} __attribute__((packed));

/* The screen as the kernel finds it. */
struct linux_screen {
    uint8_t orig_x, orig_y;
    uint16_t ext_mem_k, orig_video_page;
    uint8_t orig_video_mode, orig_video_cols;
    uint16_t unused2, orig_video_ega_bx, unused3;
    uint8_t orig_video_lines, orig_video_is_vga;
    uint16_t orig_video_points;
    uint16_t lfb_width, lfb_height, lfb_depth;
    uint32_t lfb_base, lfb_size;
    uint16_t cl_magic, cl_offset, lfb_linelength;
    uint8_t rgb_reserved[8]; /* size and position of red, green, blue, reserved */
    uint16_t vesapm_seg, vesapm_off, pages, vesa_attributes;
    uint32_t capabilities, ext_lfb_base;
    uint8_t reserved[2];
} __attribute__((packed));

/* orig_video_is_vga, and a bit of capabilities */
enum { LINUX_VIDEO_VGA = 0x22, LINUX_VIDEO_VESA = 0x23, LINUX_VIDEO_EFI = 0x70 };
enum { LINUX_VIDEO_64BIT_BASE = 1 << 1 };

struct linux_e820_entry {
    uint64_t addr, size;
    uint32_t type;
} __attribute__((packed));

/* The zero page. */
struct linux_boot_params {
    struct linux_screen screen;
    uint8_t apm[20], pad1[0x70 - 0x54];
    uint64_t acpi_rsdp_addr;
    uint8_t pad2[0xc0 - 0x78];
    uint32_t ext_ramdisk_image, ext_ramdisk_size, ext_cmd_line_ptr;
    uint8_t pad3[0x1e0 - 0xcc];
    uint32_t alt_mem_k;
    uint8_t pad4[4], e820_entries, pad5[0x1f1 - 0x1e9];
    struct linux_header header;
    uint8_t pad6[0x2d0 - 0x290];
    struct linux_e820_entry e820[LINUX_E820_MAX];
    uint8_t pad7[0x1000 - 0xcd0];
} __attribute__((packed));

_Static_assert(sizeof(struct linux_screen) == 0x40, "screen_info");
_Static_assert(offsetof(struct linux_boot_params, acpi_rsdp_addr) == 0x70, "acpi_rsdp_addr");
_Static_assert(offsetof(struct linux_boot_params, ext_ramdisk_image) == 0xc0, "ext_ramdisk_image");
_Static_assert(offsetof(struct linux_boot_params, alt_mem_k) == 0x1e0, "alt_mem_k");
_Static_assert(offsetof(struct linux_boot_params, e820_entries) == 0x1e8, "e820_entries");
_Static_assert(offsetof(struct linux_boot_params, header.header) == 0x202, "header");
_Static_assert(offsetof(struct linux_boot_params, header.initrd_addr_max) == 0x22c, "initrd_addr");
_Static_assert(offsetof(struct linux_boot_params, header.pref_address) == 0x258, "pref_address");
_Static_assert(offsetof(struct linux_boot_params, e820) == 0x2d0, "e820_table");
_Static_assert(sizeof(struct linux_boot_params) == 0x1000, "the zero page is a page");

#endif
