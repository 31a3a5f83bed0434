/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP ask for an orderly end; the second one for an end at once. In a live
 * capture SIGHUP asks for catalogs, site and waivers of now, and SIGUSR1 for figures. */
#include "pipeline/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "base/time.h"

/* timeout(1) sends its signal to the program and then to the program's group: that is one wish. */
#define SAME_WISH_NS (200 * 1000000ll)

static volatile sig_atomic_t stop, reload, statistics;
static int64_t first_ns; /* of the handler alone: it does not interrupt itself */

static void on_signal(int number)
{
	(void)number;
	if (stop == 0) {
		first_ns = fa_monotonic_ns();
		stop = 1;
	} else if (fa_monotonic_ns() - first_ns > SAME_WISH_NS) {
		stop = 2;
	}
}

static void on_reload(int number)
{
	(void)number;
	reload = 1;
}

static void on_statistics(int number)
{
	(void)number;
	statistics = 1;
}

/* SIGUSR1 has nothing to say in a replay, and must not end a long run by accident. */
static const struct {
	int number;
	void (*handler)(int number);
	void (*live)(int number);
} signals[] = {
	{SIGINT, on_signal, on_signal},
	{SIGTERM, on_signal, on_signal},
	{SIGHUP, on_signal, on_reload},
	{SIGUSR1, SIG_IGN, on_statistics},
};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction before[SIGNALS];

static void catch_all(bool live)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&action.sa_mask, signals[i].number);
	stop = 0;
	reload = 0;
	statistics = 0;
	for (size_t i = 0; i < SIGNALS; i++) {
		/* without SA_RESTART: waits end */
		action.sa_handler = live ? signals[i].live : signals[i].handler;
		sigaction(signals[i].number, &action, &before[i]);
		/* nohup and the like want it so; a service manager's reload comes all the same */
		if (before[i].sa_handler == SIG_IGN)
			sigaction(signals[i].number, &before[i], NULL);
	}
}

void fa_signals_catch(void)
{
	catch_all(false);
}

void fa_signals_catch_live(void)
{
	catch_all(true);
}

void fa_signals_leave(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

void fa_signals_restore(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i].number, &before[i], NULL);
}

/* Taken back only when it was there: one that comes between the two is not lost. */
static bool take(volatile sig_atomic_t *asked)
{
	if (*asked == 0)
		return false;
	*asked = 0;
	return true;
}

bool fa_signals_take_reload(void)
{
	return take(&reload);
}

bool fa_signals_take_statistics(void)
{
	return take(&statistics);
}

bool fa_signals_stop(void)
{
	return stop != 0;
}

bool fa_signals_insist(void)
{
	return stop > 1;
}
