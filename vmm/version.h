/* SPDX-License-Identifier: MIT */
/* The version of vexit: VMM and host tool alike. */
#ifndef VMM_VERSION_H
#define VMM_VERSION_H

#define VEXIT_VERSION_MAJOR 0
#define VEXIT_VERSION_MINOR 1
#define VEXIT_VERSION_PATCH 0
#define VEXIT_VERSION       "0.1.0"

#endif
