/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock for the process that owns the database (kernel documentation, userspace-api/landlock). */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the first version of Landlock: what it can forbid, and what stays allowed in the folder. */
enum {
	HANDLED = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		  LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
		  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		  LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		  LANDLOCK_ACCESS_FS_MAKE_SYM,
	IN_FOLDER = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_MAKE_REG,
};

bool fa_sandbox_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static int allow_folder(int ruleset, const char *folder, struct fa_diag *diag)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = IN_FOLDER};
	long result;
	int saved;

	beneath.parent_fd = open(folder, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: %s", folder,
			       strerror(errno));
	result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	saved = errno;
	close(beneath.parent_fd);
	if (result != 0)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: landlock rule for %s: %s", folder,
			       strerror(saved));
	return 0;
}

int fa_sandbox_auditor(const char *folder, struct fa_diag *diag)
{
	const struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int error;

	if (ruleset < 0)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: this kernel has no Landlock (%s)",
			       strerror(errno));
	error = allow_folder(ruleset, folder, diag);
	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = fa_fail(diag, FA_EUNSUPPORTED, "sandbox: no_new_privs: %s",
				strerror(errno));
	if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		error = fa_fail(diag, FA_EUNSUPPORTED, "sandbox: landlock: %s", strerror(errno));
	close(ruleset);
	return error;
}
