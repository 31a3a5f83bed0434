/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock: rules for files, TCP, signals and sockets (kernel: userspace-api/landlock). */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Names that the headers of Linux 6.1 lack, with the numbers of the kernel's interface
 * (include/uapi/linux/landlock.h, described in userspace-api/landlock).
 */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP	(1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL		    (1ULL << 1)
#endif

#define FIRST_VERSION                                                                              \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
	 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |                              \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
	 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                              \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                            \
	 LANDLOCK_ACCESS_FS_MAKE_SYM)
#define TO_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TO_WRITE                                                                                   \
	(TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_TRUNCATE)
/* Rights that a rule for something other than a folder may have. */
#define ON_A_FILE                                                                                  \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

/* What each version added. Version 7 has the same rights: it can write denials into the audit
 * log, and does so by itself. */
static const struct {
	int abi;
	struct fa_landlock adds;
} versions[] = {
	{1, {.fs = FIRST_VERSION}},
	{2, {.fs = LANDLOCK_ACCESS_FS_REFER}},
	{3, {.fs = LANDLOCK_ACCESS_FS_TRUNCATE}},
	{4, {.net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP}},
	{5, {.fs = LANDLOCK_ACCESS_FS_IOCTL_DEV}},
	{6, {.scoped = LANDLOCK_SCOPE_SIGNAL | LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET}},
};

static int in_force;

int fa_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0)
		return 0;
	return abi < FA_LANDLOCK_NEWEST ? (int)abi : FA_LANDLOCK_NEWEST;
}

bool fa_sandbox_has_landlock(void)
{
	return fa_landlock_abi() >= 1;
}

int fa_landlock_in_force(void)
{
	return in_force;
}

struct fa_landlock fa_landlock_all(int abi, bool abstract_sockets)
{
	struct fa_landlock all = {0};

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (versions[i].abi > abi)
			break;
		all.fs |= versions[i].adds.fs;
		all.net |= versions[i].adds.net;
		all.scoped |= versions[i].adds.scoped;
	}
	if (!abstract_sockets)
		all.scoped &= ~LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
	return all;
}

static int allow(int ruleset, const char *path, uint64_t rights, struct fa_diag *diag)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = rights};
	struct stat status;
	long result;
	int saved;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: %s", path, strerror(errno));
	if (fstat(beneath.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		beneath.allowed_access &= ON_A_FILE;
	result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	saved = errno;
	close(beneath.parent_fd);
	if (result != 0)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: landlock rule for %s: %s", path,
			       strerror(saved));
	return 0;
}

static int allow_all(int ruleset, uint64_t handled, const struct fa_sandbox_paths *paths,
		     const char *const *optional, struct fa_diag *diag)
{
	int error = 0;

	for (size_t i = 0; i < paths->writable_count && error == 0; i++)
		error = allow(ruleset, paths->writable[i], TO_WRITE & handled, diag);
	for (size_t i = 0; i < paths->readable_count && error == 0; i++)
		error = allow(ruleset, paths->readable[i], TO_READ & handled, diag);
	for (; optional != NULL && *optional != NULL && error == 0; optional++)
		if (access(*optional, F_OK) == 0)
			error = allow(ruleset, *optional, TO_READ & handled, diag);
	return error;
}

int fa_landlock_restrict(const struct fa_landlock *what, const struct fa_sandbox_paths *paths,
			 const char *const *optional, struct fa_diag *diag)
{
	/* An older kernel takes the longer structure when what it does not know is zero. */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, what, sizeof(*what), 0);
	int error;

	if (ruleset < 0)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: this kernel has no Landlock (%s)",
			       strerror(errno));
	error = allow_all(ruleset, what->fs, paths, optional, diag);
	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = fa_fail(diag, FA_EUNSUPPORTED, "sandbox: no_new_privs: %s",
				strerror(errno));
	if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		error = fa_fail(diag, FA_EUNSUPPORTED, "sandbox: landlock: %s", strerror(errno));
	if (error == 0)
		in_force = fa_landlock_abi();
	close(ruleset);
	return error;
}
