/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Giving up root and capabilities (capabilities(7), credentials(7)), and looking afterwards whether
 * they are really gone.
 */
#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "sandbox/sandbox.h"

struct identity {
	uid_t uid;
	gid_t gid;
	char name[64];	     /* "" when it has none */
	const char *root_of; /* the folder for which we stay root, or NULL */
};

/* Real, effective and saved. */
struct ids {
	uid_t uid[3];
	gid_t gid[3];
};

static void get_ids(struct ids *ids)
{
	getresuid(&ids->uid[0], &ids->uid[1], &ids->uid[2]);
	getresgid(&ids->gid[0], &ids->gid[1], &ids->gid[2]);
}

static bool are_all(const struct ids *ids, uid_t uid, gid_t gid)
{
	for (size_t i = 0; i < 3; i++)
		if (ids->uid[i] != uid || ids->gid[i] != gid)
			return false;
	return true;
}

static void set_name(struct identity *who, const struct passwd *entry)
{
	if (entry != NULL)
		fa_text_safe(entry->pw_name, strlen(entry->pw_name), who->name, sizeof(who->name));
}

static int find_user(const char *user, struct identity *who, struct fa_diag *diag)
{
	const struct passwd *entry = getpwnam(user);
	uint64_t number;
	char safe[64];

	if (entry == NULL && fa_parse_u64(user, 0, UINT32_MAX - 1, &number) == 0)
		entry = getpwuid((uid_t)number);
	if (entry == NULL)
		return fa_fail(diag, FA_ENOENT, "there is no user %s on this machine",
			       fa_text_safe(user, strlen(user), safe, sizeof(safe)));
	who->uid = entry->pw_uid;
	who->gid = entry->pw_gid;
	set_name(who, entry);
	return 0;
}

static int find_owner(const char *folder, struct identity *who, struct fa_diag *diag)
{
	const struct passwd *entry;
	struct stat status;

	if (folder == NULL)
		return fa_fail(diag, FA_EINVAL, "root is to become somebody, but nothing says who");
	if (stat(folder, &status) != 0)
		return fa_fail(diag, fa_error_from_errno(errno), "%s: %s", folder, strerror(errno));
	entry = getpwuid(status.st_uid);
	who->uid = status.st_uid;
	who->gid = entry != NULL ? entry->pw_gid : status.st_gid;
	who->root_of = status.st_uid == 0 ? folder : NULL;
	set_name(who, entry);
	return 0;
}

/* Whom to become. */
static int choose(const char *user, const char *folder, const struct ids *now, struct identity *who,
		  struct fa_diag *diag)
{
	if (user != NULL)
		return find_user(user, who, diag);
	if (are_all(now, 0, now->gid[0]))
		return find_owner(folder, who, diag);
	who->uid = now->uid[0];
	who->gid = now->gid[0];
	set_name(who, getpwuid(who->uid));
	return 0;
}

static bool may(unsigned capability)
{
	return capng_have_capability(CAPNG_PERMITTED, capability) == 1;
}

/* Groups and the bounding set need a capability of their own. Who lacks that keeps them: groups of
 * a user who is not root are his own, and with no_new_privs the bounding set bounds nothing. */
static int become(const struct identity *who, const struct ids *now, struct fa_diag *diag)
{
	bool stays = are_all(now, who->uid, who->gid);
	capng_flags_t flags = CAPNG_CLEAR_AMBIENT;
	int uid = stays && !may(CAP_SETUID) ? -1 : (int)who->uid;
	int gid = stays && !may(CAP_SETGID) ? -1 : (int)who->gid;
	int result;

	if (may(CAP_SETGID))
		flags |= CAPNG_DROP_SUPP_GRP;
	if (may(CAP_SETPCAP))
		flags |= CAPNG_CLEAR_BOUNDING;
	capng_clear(CAPNG_SELECT_ALL);
	result = capng_change_id(uid, gid, flags);
	if (result != 0 && !stays)
		return fa_fail(diag, FA_EPERM,
			       "cannot become uid %u%s%s: that needs root, or the capabilities "
			       "CAP_SETUID and CAP_SETGID",
			       (unsigned)who->uid, who->name[0] != '\0' ? " " : "", who->name);
	if (result != 0)
		return fa_fail(diag, FA_EPERM, "cannot give up capabilities (step %d)", -result);
	return 0;
}

/* Programs give us nothing more from now on, and nobody of our user can trace us. */
static int close_doors(struct fa_diag *diag)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fa_fail(diag, FA_EPERM, "cannot give up privileges for good: %s",
			       strerror(errno));
	return 0;
}

static bool has_capabilities(void)
{
	static const capng_type_t sets[] = {CAPNG_EFFECTIVE, CAPNG_PERMITTED, CAPNG_INHERITABLE,
					    CAPNG_AMBIENT};

	if (capng_get_caps_process() != 0)
		return true;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++)
			if (capng_have_capability(sets[i], capability) == 1)
				return true;
	return false;
}

/* Believes nothing. */
static int verify(const struct identity *who, struct fa_diag *diag)
{
	struct ids ids;

	get_ids(&ids);
	if (!are_all(&ids, who->uid, who->gid))
		return fa_fail(diag, FA_EPERM, "the change to uid %u had no effect",
			       (unsigned)who->uid);
	if (has_capabilities())
		return fa_fail(diag, FA_EPERM, "capabilities are left that should be gone");
	if (who->uid != 0 && setuid(0) == 0)
		return fa_fail(diag, FA_EPERM, "root could be had again");
	return 0;
}

static void describe(const struct identity *who, char *out, size_t size)
{
	char safe[256];

	if (who->root_of != NULL)
		snprintf(out, size, "uid 0 (root, since %s is root's), no capabilities",
			 fa_text_safe(who->root_of, strlen(who->root_of), safe, sizeof(safe)));
	else if (who->name[0] != '\0')
		snprintf(out, size, "uid %u (%s), no capabilities", (unsigned)who->uid, who->name);
	else
		snprintf(out, size, "uid %u, no capabilities", (unsigned)who->uid);
}

int fa_sandbox_drop_privileges(const char *user, const char *folder, char *who, size_t who_size,
			       struct fa_diag *diag)
{
	struct identity identity = {0};
	struct ids now;
	int error;

	get_ids(&now);
	if (capng_get_caps_process() != 0)
		return fa_fail(diag, FA_EPERM, "cannot read the capabilities of this process");
	error = choose(user, folder, &now, &identity, diag);
	if (error == 0)
		error = become(&identity, &now, diag);
	if (error == 0)
		error = close_doors(diag);
	if (error == 0)
		error = verify(&identity, diag);
	if (error == 0)
		describe(&identity, who, who_size);
	return error;
}
