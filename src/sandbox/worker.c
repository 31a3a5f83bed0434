/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system call filter of processes that touch hostile bytes. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/*
 * What allocation, sleeping on a futex, clocks, messages and leaving need: measured on glibc 2.36,
 * with the calls that other releases of it use in their place.
 */
static const int allowed[] = {
	SCMP_SYS(futex),	   SCMP_SYS(brk),	     SCMP_SYS(munmap),
	SCMP_SYS(mremap),	   SCMP_SYS(madvise),
	SCMP_SYS(exit_group),	   SCMP_SYS(exit),	     SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),	     SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),  SCMP_SYS(getrandom),	     SCMP_SYS(restart_syscall),
	SCMP_SYS(gettid),	   SCMP_SYS(getpid),	     SCMP_SYS(getppid),
	SCMP_SYS(gettimeofday),	   SCMP_SYS(time),	     SCMP_SYS(sched_yield),
};

/* PROT_EXEC, PROT_WRITE: memory may be mapped, but never made executable, and what is shared for
 * reading never writable. The allocator has other ways when it is refused. */
enum { EXECUTABLE = 4, WRITABLE = 2 };

static int add_rules(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && error == 0; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, EXECUTABLE, 0));
	if (error == 0)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, EXECUTABLE | WRITABLE, 0));
	if (error == 0)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, EXECUTABLE | WRITABLE, WRITABLE));
	/* A failed assertion or allocator check may say so and end the process the usual way. */
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
					 SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
					 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	return error;
}

int fa_sandbox_worker(struct fa_diag *diag)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (filter == NULL)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: cannot make a system call filter");
	error = add_rules(filter);
	if (error == 0)
		error = seccomp_load(filter); /* sets no_new_privs too */
	seccomp_release(filter);
	if (error != 0)
		return fa_fail(diag, FA_EUNSUPPORTED,
			       "sandbox: the kernel refused the system call filter: %s",
			       strerror(-error));
	return 0;
}
