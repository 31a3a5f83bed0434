/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live capture of an interface that goes and comes back: set down, deleted and made again, all
 * after the privileges are gone.
 */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/time.h"
#include "net.h"

#define NOBODY 65534

static struct got *got; /* in shared memory: who reads has no privileges, who changes links has */
static int sender = -1;

static int make_pair(void **state)
{
	(void)state;
	memset(got, 0, sizeof(*got));
	net_pair("v0", "v1");
	sender = net_sender("v1");
	return 0;
}

static int remove_pair(void **state)
{
	(void)state;
	live_close(got);
	close(sender);
	if (if_nametoindex("v0") != 0)
		net_ip("link del v0");
	return 0;
}

static void send_some(unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		net_send(sender, first + i, 1000, 2000, 60);
}

static void make_again(void)
{
	close(sender);
	net_pair("v0", "v1");
	sender = net_sender("v1");
}

static void assert_warnings(const char *first, const char *second)
{
	char *at = strstr(got->warnings, first);

	if (at == NULL || got->warning_count != 2 || strstr(at, second) == NULL)
		fail_msg("warnings: %s", got->warnings);
}

static void down_and_up(void **state)
{
	struct fa_capture_counts counts;

	(void)state;
	live_open_one(got, "v0");
	send_some(0, 10);
	net_ip("link set v0 down");
	assert_true(live_reach(got, FA_LIVE_DOWN, 5000));
	live_read(got, 1000, 300);
	fa_source_counts(got->source, &counts);
	assert_in_range(counts.down_ns, 150000000, 1000000000);
	net_ip("link set v0 up");
	assert_true(live_reach(got, FA_LIVE_UP, 5000));
	send_some(10, 10);
	live_read(got, 20, 1000);
	assert_int_equal(got->marked, 20);
	fa_source_counts(got->source, &counts);
	assert_in_range(counts.down_ns, 150000000, 1000000000);
	assert_warnings("v0 is down; waiting for it to be set up", "v0 is up, after 0.");
	live_drain(got);
	live_assert_accounted(got);
}

static void down_from_the_start(void **state)
{
	(void)state;
	net_ip("link set v0 down");
	live_open_one(got, "v0");
	assert_int_equal(got->warning_count, 1);
	live_read(got, 1, 250);
	assert_int_equal(got->warning_count, 1);
	net_ip("link set v0 up");
	assert_true(live_reach(got, FA_LIVE_UP, 5000));
	send_some(0, 10);
	live_read(got, 10, 1000);
	assert_int_equal(got->marked, 10);
	assert_warnings("v0 is down", "v0 is up");
}

static void link_lost(void **state)
{
	(void)state;
	live_open_one(got, "v0");
	net_ip("link set v1 down");
	assert_true(live_reach(got, FA_LIVE_DOWN, 5000));
	net_ip("link set v1 up");
	assert_true(live_reach(got, FA_LIVE_UP, 5000));
	assert_warnings("v0 has no link; waiting for it", "v0 is up");
}

/* An interface of a program, with a link or not; its descriptor. */
static int make_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR);

	if (fd < 0)
		return -1;
	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, TUNSETIFF, &request), 0);
	return fd;
}

static void set_link(int tap, int on)
{
	assert_int_equal(ioctl(tap, TUNSETCARRIER, &on), 0);
}

static void feed(int tap)
{
	uint8_t frame[64] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};

	assert_int_equal(write(tap, frame, sizeof(frame)), sizeof(frame));
}

/*
 * Drivers that do not tell of a link: packets do. They are read in any case. The kernel may keep the
 * news of a link for a second.
 */
static void packets_without_link(void **state)
{
	int tap = make_tap("tap0");

	(void)state;
	if (tap < 0) {
		puts("skipped: no /dev/net/tun");
		return;
	}
	net_ip("link set tap0 up");
	live_open_one(got, "tap0");
	set_link(tap, 0);
	feed(tap);
	assert_true(live_reach(got, FA_LIVE_DOWN, 5000));
	assert_int_equal(got->packets, 1);
	for (unsigned i = 0; i < 15 && fa_live_state(got->source, 0) == FA_LIVE_DOWN; i++) {
		feed(tap);
		live_read(got, 1, 100);
	}
	assert_int_equal(fa_live_state(got->source, 0), FA_LIVE_UP);
	assert_true(got->packets > 9); /* after a second */
	live_read(got, 1, 300);
	assert_int_equal(fa_live_state(got->source, 0), FA_LIVE_UP);
	assert_warnings("tap0 has no link", "tap0 is up, after 1.");
	close(tap);
}

static void renamed(void **state)
{
	(void)state;
	live_open_one(got, "v0");
	net_ip("link set v0 down");
	net_ip("link set v0 name w0");
	net_ip("link set w0 up");
	live_read(got, 1, 250);
	assert_int_equal(fa_live_state(got->source, 0), FA_LIVE_UP);
	send_some(0, 10);
	live_read(got, 10, 1000);
	assert_int_equal(got->marked, 10);
	net_ip("link set w0 down");
	net_ip("link set w0 name v0");
}

static void back_as_another_kind(void **state)
{
	(void)state;
	if (access("/dev/net/tun", R_OK | W_OK) != 0) {
		puts("skipped: no /dev/net/tun");
		return;
	}
	live_open_one(got, "v0");
	net_ip("link del v0");
	net_ip("tuntap add v0 mode tun");
	net_ip("link set v0 up");
	live_read(got, 1, 500);
	assert_int_equal(fa_live_state(got->source, 0), FA_LIVE_GONE);
	assert_warnings("v0 is gone", "v0 is there again, but of another kind");
}

/* What the unprivileged reader is to do next, and whether it has. */
static volatile int *step;

static void wait_for(int value)
{
	for (unsigned i = 0; i < 500 && *step != value; i++)
		usleep(10000);
	assert_int_equal(*step, value);
}

/* The reader: in a process of its own, from opening on as nobody. Exits with what went wrong. */
static int read_unprivileged(bool shared)
{
	const char *name = "v0";
	struct fa_live_options options = live_options(got, &name, 1);
	int group = FA_LIVE_NEW_GROUP;

	if (shared)
		options.fanout_groups = &group;
	if (live_open(got, &options) != FA_OK)
		return 1;
	if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return 2;
	if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EPERM)
		return 3;
	*step = 1;
	if (!live_reach(got, FA_LIVE_GONE, 3000))
		return 4;
	*step = 2;
	if (!live_reach(got, FA_LIVE_UP, 3000))
		return 5;
	*step = 3;
	live_read(got, 30, 3000);
	live_drain(got);
	live_assert_accounted(got);
	live_close(got);
	return got->marked == 30 ? 0 : 6;
}

static bool is_promiscuous(void)
{
	return system("ip -d link show v0 | grep -q 'promiscuity 1'") == 0;
}

static void deleted_and_made_again(bool shared)
{
	int status;
	pid_t reader;

	*step = 0;
	reader = fork();
	if (reader == 0)
		_exit(read_unprivileged(shared));
	wait_for(1);
	assert_true(is_promiscuous());
	send_some(0, 10);
	net_ip("link del v0");
	wait_for(2);
	make_again();
	wait_for(3);
	assert_true(is_promiscuous());
	send_some(10, 20);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_warnings("v0 is gone; waiting for an interface of that name", "v0 is up, after ");
}

static void made_again_without_privileges(void **state)
{
	(void)state;
	deleted_and_made_again(false);
}

static void made_again_and_shared_out(void **state)
{
	(void)state;
	deleted_and_made_again(true);
}

/* Between two looks: it was never seen without, but what came meanwhile is lost, so it is told. */
static void deleted_and_made_again_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		live_open_one(got, "v0");
		net_ip("link del v0");
		make_again();
		live_read(got, 1, 250);
		assert_int_equal(fa_live_state(got->source, 0), FA_LIVE_UP);
		assert_warnings("v0 is gone", "v0 is up");
		send_some(0, 10);
		live_read(got, 10, 1000);
		assert_int_equal(got->marked, 10);
		live_close(got);
	}
}

static void many_times(void **state)
{
	(void)state;
	live_open_one(got, "v0");
	for (unsigned i = 0; i < 5; i++) {
		net_ip("link del v0");
		assert_true(live_reach(got, FA_LIVE_GONE, 5000));
		make_again();
		assert_true(live_reach(got, FA_LIVE_UP, 5000));
		send_some(0, 10);
		live_read(got, 10 * (i + 1), 1000);
		assert_int_equal(got->marked, 10 * (i + 1));
	}
	live_drain(got);
	live_assert_accounted(got);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, remove_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(down_and_up),
		WITH_PAIR(down_from_the_start),
		WITH_PAIR(link_lost),
		WITH_PAIR(packets_without_link),
		WITH_PAIR(renamed),
		WITH_PAIR(back_as_another_kind),
		WITH_PAIR(made_again_without_privileges),
		WITH_PAIR(made_again_and_shared_out),
		WITH_PAIR(deleted_and_made_again_at_once),
		WITH_PAIR(many_times),
	};

	net_enter();
	got = mmap(NULL, sizeof(*got), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	step = mmap(NULL, sizeof(*step), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (got == MAP_FAILED || step == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
