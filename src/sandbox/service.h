/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system call filter of the first process of a live capture, and of the auditor. */
#ifndef FA_SANDBOX_SERVICE_H
#define FA_SANDBOX_SERVICE_H

#include <stdbool.h>

#include "base/error.h"

/*
 * SUPERVISES: may fork, signal and wait for processes, and bind sockets. Otherwise threads only.
 * Filters add up: what the one of a process forbids, no child of it can do. FA_EUNSUPPORTED when
 * the kernel has no seccomp.
 */
int fa_service_filter(bool supervises, struct fa_diag *diag);

#endif
