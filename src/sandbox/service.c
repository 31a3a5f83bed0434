/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What long-running processes of ours may ask of the kernel.
 *
 * The filter lists what is allowed, not what is forbidden: system calls that do not exist yet, and
 * those that nobody here thought of, are closed. The list is wide where the C library or SQLite may
 * choose (any way to read, write, wait, map memory or tell the time), so that another release of
 * them finds what it prefers. What is not on the list fails with ENOSYS, as on a kernel without it:
 * libraries are written to fall back then, while EPERM makes some give up and a kill would end a
 * capture of weeks for a call that hardly matters. What is forbidden on purpose fails with EPERM,
 * which is what a message should say.
 */
#include "sandbox/service.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
	/* files: Landlock says which */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat), SCMP_SYS(close), SCMP_SYS(close_range),
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(preadv2),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(pwritev2), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(stat), SCMP_SYS(stat64),
	SCMP_SYS(lstat), SCMP_SYS(lstat64), SCMP_SYS(fstat), SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(statfs),
	SCMP_SYS(statfs64), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(umask),
	SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fchown32), SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64), SCMP_SYS(truncate), SCMP_SYS(truncate64), SCMP_SYS(fallocate),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(syncfs), SCMP_SYS(sync_file_range), SCMP_SYS(msync),
	SCMP_SYS(fadvise64), SCMP_SYS(fadvise64_64), SCMP_SYS(readahead), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(flock), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	/* waiting */
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(select),
	SCMP_SYS(_newselect), SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64),
	SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd),
	SCMP_SYS(eventfd2), SCMP_SYS(signalfd), SCMP_SYS(signalfd4), SCMP_SYS(pipe),
	SCMP_SYS(pipe2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64), SCMP_SYS(timerfd_gettime), SCMP_SYS(futex),
	SCMP_SYS(futex_time64), SCMP_SYS(futex_waitv), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(pause),
	SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall),
	/* clocks */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_getres_time64), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(alarm),
	SCMP_SYS(setitimer), SCMP_SYS(getitimer), SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
	SCMP_SYS(timer_settime64), SCMP_SYS(timer_gettime), SCMP_SYS(timer_gettime64),
	SCMP_SYS(timer_getoverrun), SCMP_SYS(timer_delete), SCMP_SYS(times),
	/* memory; mmap and mprotect are below */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock),
	SCMP_SYS(mlock2), SCMP_SYS(mlockall), SCMP_SYS(munlock), SCMP_SYS(munlockall),
	SCMP_SYS(mincore), SCMP_SYS(membarrier),
	/* threads; clone is below */
	SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(set_tid_address),
	SCMP_SYS(rseq), SCMP_SYS(arch_prctl), SCMP_SYS(set_thread_area), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_max),
	SCMP_SYS(sched_get_priority_min), SCMP_SYS(getpriority), SCMP_SYS(setpriority),
	SCMP_SYS(getcpu),
	/* signals */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigtimedwait_time64), SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack),
	/* who and where we are */
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getpgrp),
	SCMP_SYS(getpgid), SCMP_SYS(getsid), SCMP_SYS(getuid), SCMP_SYS(getuid32),
	SCMP_SYS(geteuid), SCMP_SYS(geteuid32), SCMP_SYS(getgid), SCMP_SYS(getgid32),
	SCMP_SYS(getegid), SCMP_SYS(getegid32), SCMP_SYS(getresuid), SCMP_SYS(getresuid32),
	SCMP_SYS(getresgid), SCMP_SYS(getresgid32), SCMP_SYS(getgroups), SCMP_SYS(getgroups32),
	SCMP_SYS(capget), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
	SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(getrandom),
	/* sockets that are open, and AF_UNIX; socket is below */
	SCMP_SYS(connect), SCMP_SYS(send), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(recvmmsg_time64), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(shutdown),
	/* giving up more */
	SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(landlock_create_ruleset),
	SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self),
};

/* For a process with children, and with packet sockets that follow their interface. */
static const int supervising[] = {
	SCMP_SYS(fork), SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(tkill), SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_send_signal), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(waitpid),
	SCMP_SYS(bind),
};

static const int forbidden[] = {
	/* other programs, other processes, code */
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(pkey_mprotect),
	SCMP_SYS(memfd_create), SCMP_SYS(uselib), SCMP_SYS(personality),
	/* the kernel */
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(syslog), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(iopl),
	SCMP_SYS(ioperm), SCMP_SYS(modify_ldt), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	/* where files are, and whose */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(fsconfig), SCMP_SYS(mount_setattr), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(fanotify_init), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(symlink),
	SCMP_SYS(symlinkat), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(chmod),
	SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown), SCMP_SYS(fchownat),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
	/* privileges and namespaces */
	SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(capset), SCMP_SYS(setuid), SCMP_SYS(setgid),
	SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
	SCMP_SYS(setgroups), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	/* sockets for others to come to */
	SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
};

/*
 * Of terminals and files what the C library asks, of sockets what names and state of interfaces
 * need. A list again: TIOCSTI, which types into the terminal, is one of those not on it.
 */
static const uint32_t requests[] = {
	TCGETS,	      0x802c542a /* TCGETS2, which glibc 2.42 uses (asm-generic/ioctls.h) */,
	TIOCGWINSZ,   FIONREAD,	   FIONBIO,	 FIOCLEX,	FIONCLEX,
	SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFFLAGS, SIOCGIFHWADDR, SIOCGIFMTU,
	SIOCGIFADDR,  SIOCGIFCONF, SIOCETHTOOL,	 SIOCGSTAMP,
};

enum {
	/* New namespaces, whose owner has every capability in them. */
	NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
		     CLONE_NEWPID | CLONE_NEWNET,
};

/* Which argument of clone has the flags: the first, but on s390 (clone(2)). */
#ifdef __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

static int add_list(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++)
		error = seccomp_rule_add(filter, action, calls[i], 0);
	return error;
}

/* Allowed when all MASK bits of the argument are as in VALUE. */
static int add_masked(scmp_filter_ctx filter, int call, unsigned arg, uint64_t mask,
		      uint64_t value)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
				SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/*
 * clone3 has its flags in memory, where a filter cannot look: it does not exist, and C libraries
 * take clone. A process that does not supervise may make threads only.
 */
static int add_clone(scmp_filter_ctx filter, bool supervises)
{
	uint64_t mask = supervises ? NAMESPACES : NAMESPACES | CLONE_THREAD;

	return add_masked(filter, SCMP_SYS(clone), CLONE_FLAGS, mask,
			  supervises ? 0 : CLONE_THREAD);
}

/* Memory is never made executable. */
static int add_memory(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)};
	int error = 0;

	for (size_t i = 0; i < COUNT(calls) && error == 0; i++) {
		error = add_masked(filter, calls[i], 2, PROT_EXEC, 0);
		if (error == 0)
			error = seccomp_rule_add(
				filter, SCMP_ACT_ERRNO(EPERM), calls[i], 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	}
	return error;
}

/* Local sockets only, for notices to the service manager and for events. */
static int add_sockets(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
					 SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
	if (error == 0)
		error = add_masked(filter, SCMP_SYS(socketpair), 0, UINT32_MAX, AF_UNIX);
	return error;
}

static int add_arguments(scmp_filter_ctx filter, bool supervises)
{
	int error = add_memory(filter);

	if (error == 0)
		error = add_clone(filter, supervises);
	if (error == 0)
		error = add_sockets(filter);
	for (size_t i = 0; i < COUNT(requests) && error == 0; i++)
		error = add_masked(filter, SCMP_SYS(ioctl), 1, UINT32_MAX, requests[i]);
	/* Limits of this process, not of another one. */
	if (error == 0)
		error = add_masked(filter, SCMP_SYS(prlimit64), 0, UINT32_MAX, 0);
	/* A failed assertion may end the process the usual way. */
	if (error == 0 && !supervises)
		error = add_masked(filter, SCMP_SYS(tgkill), 0, UINT32_MAX, (uint64_t)getpid());
	return error;
}

static int add_rules(scmp_filter_ctx filter, bool supervises)
{
	int error = add_list(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));

	if (error == 0 && supervises)
		error = add_list(filter, SCMP_ACT_ALLOW, supervising, COUNT(supervising));
	if (error == 0)
		error = add_list(filter, SCMP_ACT_ERRNO(EPERM), forbidden, COUNT(forbidden));
	if (error == 0)
		error = add_arguments(filter, supervises);
	/* A tree: as fast for the last number as for the first. */
	if (error == 0)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return error;
}

int fa_service_filter(bool supervises, struct fa_diag *diag)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error;

	if (filter == NULL)
		return fa_fail(diag, FA_EUNSUPPORTED, "sandbox: cannot make a system call filter");
	error = add_rules(filter, supervises);
	if (error == 0)
		error = seccomp_load(filter); /* sets no_new_privs too */
	seccomp_release(filter);
	if (error != 0)
		return fa_fail(diag, FA_EUNSUPPORTED,
			       "sandbox: the kernel refused the system call filter: %s",
			       strerror(-error));
	return 0;
}
