/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a capture: the machine's clock as if somebody set it, for this program alone. What
 * is set stands in a file that a test writes and all processes have mapped, so that it is heard of
 * where nothing can be opened: FA_CLOCK_STEP names it, see the class Clock in test_live_clock.py.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND INT64_C(1000000000)

enum { STEPS_MAX = 64 };

struct clock_file {
	_Atomic int64_t slept_ns; /* the clock that nobody sets went on by this */
	_Atomic int64_t count;
	struct {
		int64_t at_ns;	   /* real time from which on it counts, ascending */
		int64_t offset_ns; /* shown then: this more than the real time */
	} steps[STEPS_MAX];
};

/* As pcap/pcap.h has it. */
struct packet_header {
	struct timeval ts;
	uint32_t captured, wire;
};

typedef void packet_handler(unsigned char *user, const struct packet_header *header,
			    const unsigned char *bytes);

struct handler {
	packet_handler *fn;
	unsigned char *user;
};

static const struct clock_file *shown;
static int (*next_dispatch)(void *pcap, int count, packet_handler *fn, unsigned char *user);

__attribute__((constructor)) static void map_file(void)
{
	const char *path = getenv("FA_CLOCK_STEP");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *mapped = MAP_FAILED;

	if (fd >= 0) {
		mapped = mmap(NULL, sizeof(*shown), PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (mapped == MAP_FAILED)
		_exit(99);
	shown = mapped;
	*(void **)&next_dispatch = dlsym(RTLD_NEXT, "pcap_dispatch");
}

static int64_t offset_at(int64_t real_ns)
{
	int64_t i = shown == NULL ? 0 : shown->count;

	while (i > 0 && shown->steps[i - 1].at_ns > real_ns)
		i--;
	return i == 0 ? 0 : shown->steps[i - 1].offset_ns;
}

static int64_t real_ns(void)
{
	struct timespec ts = {0};

	syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static int64_t shown_ns(void)
{
	int64_t now_ns = real_ns();

	return now_ns + offset_at(now_ns);
}

static void add(struct timespec *ts, int64_t ns)
{
	int64_t sum_ns = ts->tv_sec * NS_PER_SECOND + ts->tv_nsec + ns;

	ts->tv_sec = sum_ns / NS_PER_SECOND;
	ts->tv_nsec = sum_ns % NS_PER_SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int result = (int)syscall(SYS_clock_gettime, clock, ts);

	if (result != 0 || shown == NULL)
		return result;
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		add(ts, offset_at(ts->tv_sec * NS_PER_SECOND + ts->tv_nsec));
	else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
		 clock == CLOCK_BOOTTIME)
		add(ts, shown->slept_ns);
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	int64_t ns = shown_ns();

	(void)zone;
	*tv = (struct timeval){.tv_sec = ns / NS_PER_SECOND, .tv_usec = ns % NS_PER_SECOND / 1000};
	return 0;
}

time_t time(time_t *out)
{
	time_t seconds = (time_t)(shown_ns() / NS_PER_SECOND);

	if (out != NULL)
		*out = seconds;
	return seconds;
}

/* The kernel's clock, for which the program waits, did not go on. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict until)
{
	struct timespec real = *until;

	if (shown != NULL)
		add(&real, -shown->slept_ns);
	return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &real);
}

/* The kernel would have put that time on the packet. Nanoseconds, which the program asks for. */
static void take(unsigned char *user, const struct packet_header *header,
		 const unsigned char *bytes)
{
	const struct handler *handler = (const struct handler *)(const void *)user;
	struct packet_header changed = *header;
	int64_t ts_ns = header->ts.tv_sec * NS_PER_SECOND + header->ts.tv_usec;

	ts_ns += offset_at(ts_ns);
	changed.ts.tv_sec = ts_ns / NS_PER_SECOND;
	changed.ts.tv_usec = ts_ns % NS_PER_SECOND;
	handler->fn(handler->user, &changed, bytes);
}

int pcap_dispatch(void *pcap, int count, packet_handler *fn, unsigned char *user);
int pcap_dispatch(void *pcap, int count, packet_handler *fn, unsigned char *user)
{
	struct handler handler = {fn, user};

	return next_dispatch(pcap, count, take, (unsigned char *)&handler);
}
