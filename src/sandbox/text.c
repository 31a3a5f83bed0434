/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in force, in one line. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/text.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

enum { FILTER_MODE = 2 }; /* PR_GET_SECCOMP of a process with filters (prctl(2)) */

struct line {
	char *out;
	size_t size;
	size_t used;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(line->out + line->used, line->size - line->used, format, arguments);
	va_end(arguments);
	if (count > 0)
		line->used += (size_t)count;
	if (line->used >= line->size)
		line->used = line->size - 1;
}

static void add_folders(struct line *line, const struct fa_sandbox_paths *paths)
{
	char safe[256];

	for (size_t i = 0; i < paths->writable_count; i++)
		add(line, "%s%s", i == 0 ? " (" : ", ",
		    fa_text_safe(paths->writable[i], strlen(paths->writable[i]), safe,
				 sizeof(safe)));
	if (paths->writable_count > 0)
		add(line, ")");
}

static void add_supervisor(struct line *line, const char *who)
{
	bool filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == FILTER_MODE;
	int abi = fa_landlock_in_force();

	add(line, "sandbox: supervisor as ");
	if (who != NULL)
		add(line, "%s", who);
	else
		add(line, "uid %u", (unsigned)geteuid());
	if (filtered)
		add(line, ", seccomp");
	if (abi > 0)
		add(line, ", Landlock ABI %d", abi);
	if (!filtered && abi == 0)
		add(line, ", not confined");
}

void fa_sandbox_text(const char *who, const struct fa_sandbox_paths *auditor, char *out,
		     size_t out_size)
{
	struct line line = {.out = out, .size = out_size};
	int abi = fa_landlock_abi();

	if (out_size == 0)
		return;
	add_supervisor(&line, who);
	if (auditor == NULL) {
		add(&line, "; workers and auditor no more than that");
		return;
	}
	add(&line, "; workers seccomp; auditor seccomp");
	if (abi == 0) {
		add(&line, ", no Landlock in this kernel");
		return;
	}
	add(&line, ", Landlock ABI %d", abi);
	add_folders(&line, auditor);
}
