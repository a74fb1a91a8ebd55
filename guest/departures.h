/* SPDX-License-Identifier: MIT */
/*
 * Where the machine itself departs from the SDM, the VMM being no part of it: the word `kvm` on the
 * command line says that the machine is KVM's (docs/nested.md), whose known departures are no
 * failures then.
 */
#ifndef GUEST_DEPARTURES_H
#define GUEST_DEPARTURES_H

#include <stdbool.h>

/* Whether the check of that class and text is known to fail on this machine. */
bool departure_known(const char *class, const char *text);

#endif
