/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live capture of one interface: opening, reading, the kernel's cut and its counts. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/time.h"
#include "net.h"

static struct got got;
static int sender;

static int make_pair(void **state)
{
	(void)state;
	net_pair("v0", "v1");
	sender = net_sender("v1");
	return 0;
}

static int remove_pair(void **state)
{
	(void)state;
	live_close(&got);
	close(sender);
	net_ip("link del v0");
	return 0;
}

static void assert_said(const char *text)
{
	if (strstr(got.diag.text, text) == NULL)
		fail_msg("\"%s\" does not have \"%s\"", got.diag.text, text);
}

static int open_names(const char *const *names, size_t count, const char *filter)
{
	struct fa_live_options options = live_options(&got, names, count);

	options.filter = filter;
	return live_open(&got, &options);
}

static void names_are_checked(void **state)
{
	(void)state;
	assert_int_equal(open_names((const char *[]){"v00"}, 1, NULL), FA_ENOENT);
	assert_said(
		"there is no interface \"v00\"; did you mean \"v0\"?; there are v0, v1, any, lo");
	assert_int_equal(open_names((const char *[]){"far-too-long-for-a-name"}, 1, NULL),
			 FA_ENOENT);
	assert_int_equal(open_names((const char *[]){"v0", "v1", "v0"}, 3, NULL), FA_EINVAL);
	assert_said("interface v0 is named twice");
	assert_int_equal(open_names((const char *[]){"v0", "any"}, 2, NULL), FA_EINVAL);
	assert_said("name it alone");
	assert_int_equal(open_names(NULL, 0, NULL), FA_EINVAL);
}

static void down_ones_come_last(void **state)
{
	char text[256];

	(void)state;
	net_ip("link set v0 down");
	assert_int_equal(fa_interfaces_text(text, sizeof(text)), 3);
	assert_string_equal(text, "v1, any, lo, v0 (down)");
}

/* 0 when all is as it should be for somebody without privileges, else which check failed. */
static int check_unprivileged(void)
{
	char text[256];

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	if (open_names((const char *[]){"v0"}, 1, NULL) != FA_EPERM)
		return 2;
	if (strstr(got.diag.text, "setcap cap_net_raw=ep") == NULL)
		return 3;
	if (open_names((const char *[]){"v9"}, 1, NULL) != FA_ENOENT)
		return 4;
	if (fa_interfaces_text(text, sizeof(text)) != 3)
		return 5;
	return strcmp(text, "v0, v1, any, lo") == 0 ? 0 : 6;
}

static void without_privileges(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(check_unprivileged());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void bad_filter(void **state)
{
	(void)state;
	assert_int_equal(open_names((const char *[]){"v0"}, 1, "prot 80"), FA_EINVAL);
	assert_said("filter \"prot 80\": ");
	assert_said("(link type EN10MB, v0)");
}

static bool knows_nothing(int link_type)
{
	(void)link_type;
	return false;
}

static void link_type_that_nobody_decodes(void **state)
{
	const char *name = "v0";
	struct fa_live_options options = live_options(&got, &name, 1);

	(void)state;
	options.link_known = knows_nothing;
	assert_int_equal(live_open(&got, &options), FA_EUNSUPPORTED);
	assert_said("v0: its frames cannot be decoded: link type 1 (EN10MB)");
}

static void all_packets_in_order(void **state)
{
	struct timespec now;

	(void)state;
	live_open_one(&got, "v0");
	assert_true(fa_source_has_nanoseconds(got.source));
	for (unsigned i = 0; i < 1000; i++)
		net_send(sender, i, 1000, 2000, 60 + i);
	live_read(&got, 1000, 1000);
	assert_int_equal(got.marked, 1000);
	assert_int_equal(got.packets, 1000);
	assert_int_equal(got.numbers_back, 0);
	assert_int_equal(got.times_back, 0);
	assert_int_equal(got.link_type, 1);
	assert_int_equal(got.wire, 1059);
	assert_int_equal(got.captured, 1059);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(now.tv_sec * FA_NS_PER_SECOND - got.first_ns < 5 * FA_NS_PER_SECOND);
	assert_true(got.first_ns < got.last_ns);
	live_drain(&got);
	live_assert_accounted(&got);
}

static int refuse_third(void *context, const struct fa_frame *frame)
{
	unsigned *count = context;

	(void)frame;
	return ++*count == 3 ? -99 : 0;
}

static void sink_may_stop(void **state)
{
	unsigned count = 0;
	struct fa_frame_sink sink = {.fn = refuse_third, .context = &count};

	(void)state;
	live_open_one(&got, "v0");
	for (unsigned i = 0; i < 10; i++)
		net_send(sender, i, 1000, 2000, 60);
	while (fa_live_wait(got.source, 1000) == 0)
		continue;
	assert_int_equal(fa_source_read(got.source, 100, &sink, &got.diag), -99);
	assert_int_equal(count, 3);
	assert_int_equal(fa_source_read(got.source, 5, &sink, &got.diag), 5);
	live_read(&got, 2, 1000);
	assert_int_equal(got.marked, 2);
	assert_int_equal(got.last_number, 9);
}

static void wait_is_over_in_time(void **state)
{
	int64_t begun_ns;
	int64_t took_ns;

	(void)state;
	live_open_one(&got, "v0");
	begun_ns = fa_monotonic_ns();
	assert_int_equal(fa_live_wait(got.source, 250), 0);
	took_ns = fa_monotonic_ns() - begun_ns;
	assert_in_range(took_ns, 249000000, 600000000);
	net_send(sender, 1, 1000, 2000, 60);
	begun_ns = fa_monotonic_ns();
	assert_int_equal(fa_live_wait(got.source, 2000), 1);
	assert_true(fa_monotonic_ns() - begun_ns < 200000000);
	live_read(&got, 1, 0);
	assert_int_equal(got.marked, 1);
}

static void filter_is_the_kernels(void **state)
{
	struct fa_live_interface one;

	(void)state;
	assert_int_equal(open_names((const char *[]){"v0"}, 1, "udp port 2000"), FA_OK);
	for (unsigned i = 0; i < 10; i++)
		net_send(sender, i, 1000, (uint16_t)(2000 + i % 2), 60);
	live_read(&got, 5, 1000);
	live_drain(&got);
	assert_int_equal(got.packets, 5);
	fa_live_interface(got.source, 0, &one);
	assert_int_equal(one.seen_kernel, 5);
}

static void kernel_cuts(void **state)
{
	const char *name = "v0";
	struct fa_live_options options = live_options(&got, &name, 1);

	(void)state;
	options.snap_bytes = 100;
	assert_int_equal(live_open(&got, &options), FA_OK);
	net_send(sender, 1, 1000, 2000, 1514);
	live_read(&got, 1, 1000);
	assert_int_equal(got.captured, 100);
	assert_int_equal(got.wire, 1514);
}

static void ring_is_what_the_kernel_gave(void **state)
{
	const char *name = "v0";
	struct fa_live_options options = live_options(&got, &name, 1);

	(void)state;
	options.buffer_bytes = (1 << 20) - 5;
	assert_int_equal(live_open(&got, &options), FA_OK);
	assert_int_equal(fa_live_buffer_bytes(got.source, 0), 1 << 20);
	live_close(&got);
	options.buffer_bytes = 0;
	assert_int_equal(live_open(&got, &options), FA_OK);
	assert_int_equal(fa_live_buffer_bytes(got.source, 0), 64 << 20);
	assert_int_equal(got.warning_count, 0);
}

static bool has_ring(void)
{
	return system("grep -q socket: /proc/$PPID/maps") == 0;
}

static void children_have_no_ring(void **state)
{
	pid_t child;
	int status;

	(void)state;
	live_open_one(&got, "v0");
	assert_true(has_ring());
	child = fork();
	if (child == 0)
		_exit(has_ring());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Bursts into a ring of one block: what is not read is counted, to the packet. The kernel's counts
 * are read several times on the way. */
static void overflow_is_counted(void **state)
{
	const char *name = "v0";
	struct fa_live_options options = live_options(&got, &name, 1);
	struct fa_live_interface one;

	(void)state;
	options.buffer_bytes = 1;
	assert_int_equal(live_open(&got, &options), FA_OK);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 3000; i++)
			net_send(sender, i, 1000, 2000, 500);
		live_read(&got, UINT32_MAX, 600);
	}
	live_drain(&got);
	live_assert_accounted(&got);
	fa_live_interface(got.source, 0, &one);
	assert_int_equal(one.seen_kernel, 9000);
	assert_true(one.dropped_kernel > 4000);
	assert_true(one.packets > 100);
}

static void nothing_new_after_the_stop(void **state)
{
	struct fa_live_interface one;

	(void)state;
	live_open_one(&got, "v0");
	for (unsigned i = 0; i < 100; i++)
		net_send(sender, i, 1000, 2000, 60);
	fa_live_stop(got.source);
	assert_false(fa_live_drained(got.source));
	for (unsigned i = 0; i < 100; i++)
		net_send(sender, 100 + i, 1000, 2000, 60);
	live_drain(&got);
	assert_int_equal(got.marked, 100);
	assert_int_equal(got.last_number, 99);
	live_assert_accounted(&got);
	fa_live_interface(got.source, 0, &one);
	assert_int_equal(one.seen_kernel, 100);
}

static void send_on_loopback(unsigned count)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in own = to;
	int receiver = socket(AF_INET, SOCK_DGRAM, 0); /* so that nothing is refused */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	own.sin_port = htons(9);
	assert_int_equal(bind(receiver, (struct sockaddr *)&own, sizeof(own)), 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
	close(receiver);
	close(fd);
}

static void loopback_once(void **state)
{
	(void)state;
	live_open_one(&got, "lo");
	send_on_loopback(50);
	live_drain(&got);
	assert_int_equal(got.packets, 50);
	live_assert_accounted(&got);
}

static void any_has_all(void **state)
{
	(void)state;
	live_open_one(&got, "any");
	assert_int_equal(fa_live_state(got.source, 0), FA_LIVE_UP);
	got.skip = 16;
	for (unsigned i = 0; i < 10; i++)
		net_send(sender, i, 1000, 2000, 60);
	send_on_loopback(50);
	live_drain(&got);
	assert_int_equal(got.link_type, 113);
	assert_int_equal(got.marked, 20); /* sent on v1, received on v0 */
	assert_int_equal(got.packets, 70);
	live_assert_accounted(&got);
}

static void idle_costs_nothing(void **state)
{
	struct timespec before;
	struct timespec after;
	int64_t used_ns;

	(void)state;
	live_open_one(&got, "v0");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	live_read(&got, 1, 500);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	used_ns =
		(after.tv_sec - before.tv_sec) * FA_NS_PER_SECOND + after.tv_nsec - before.tv_nsec;
	assert_true(used_ns < 50000000); /* a tenth: no busy loop, whatever the machine */
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, remove_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(names_are_checked),
		WITH_PAIR(down_ones_come_last),
		WITH_PAIR(without_privileges),
		WITH_PAIR(bad_filter),
		WITH_PAIR(link_type_that_nobody_decodes),
		WITH_PAIR(all_packets_in_order),
		WITH_PAIR(sink_may_stop),
		WITH_PAIR(wait_is_over_in_time),
		WITH_PAIR(filter_is_the_kernels),
		WITH_PAIR(kernel_cuts),
		WITH_PAIR(ring_is_what_the_kernel_gave),
		WITH_PAIR(children_have_no_ring),
		WITH_PAIR(overflow_is_counted),
		WITH_PAIR(nothing_new_after_the_stop),
		WITH_PAIR(loopback_once),
		WITH_PAIR(any_has_all),
		WITH_PAIR(idle_costs_nothing),
	};

	net_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
