/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children that never outlive the process that supervises them. */
#include "sandbox/sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

void fa_sandbox_close_descriptors(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, ~0u, 0);
}

int fa_sandbox_tie_to_parent(int parent, const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* The parent may have died before the line above. */
	return getppid() == parent ? 0 : FA_EDEAD;
}
