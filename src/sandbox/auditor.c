/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes that keep running: the auditor, and the first process of a live capture. */
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "sandbox/service.h"

/* Where the counters of interfaces are (libpcap asks there what the devices lost), and how many
 * processors there are. /sys/class/net has links into /sys/devices. */
static const char *const of_devices[] = {"/sys/class/net", "/sys/devices", NULL};

static int confine(const struct fa_landlock *what, const struct fa_sandbox_paths *paths,
		   const char *const *optional, bool supervises, struct fa_diag *diag)
{
	int error = fa_landlock_restrict(what, paths, optional, diag);
	int filtered;

	/* A kernel without Landlock can still filter. */
	if (error != 0 && error != FA_EUNSUPPORTED)
		return error;
	filtered = fa_service_filter(supervises, diag);
	return error != 0 ? error : filtered;
}

int fa_sandbox_auditor(const struct fa_sandbox_paths *paths, struct fa_diag *diag)
{
	const struct fa_landlock what = fa_landlock_all(fa_landlock_abi(), true);

	return confine(&what, paths, NULL, false, diag);
}

int fa_sandbox_supervisor(const struct fa_sandbox_paths *paths, struct fa_diag *diag)
{
	/* The socket of the service manager may be an abstract one (sd_notify(3)). */
	const struct fa_landlock what = fa_landlock_all(fa_landlock_abi(), false);

	return confine(&what, paths, of_devices, true, diag);
}
