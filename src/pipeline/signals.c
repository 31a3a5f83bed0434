/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP ask for an orderly end; the second one for an end at once. */
#include "pipeline/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	if (stop < 2)
		stop = stop + 1;
}

/* SIGUSR1 has nothing to say here, and must not end a long run by accident. */
static const struct {
	int number;
	void (*handler)(int number);
} signals[] = {
	{SIGINT, on_signal},
	{SIGTERM, on_signal},
	{SIGHUP, on_signal},
	{SIGUSR1, SIG_IGN},
};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction before[SIGNALS];

void fa_signals_catch(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	stop = 0;
	for (size_t i = 0; i < SIGNALS; i++) {
		action.sa_handler = signals[i].handler; /* without SA_RESTART: waits end */
		sigaction(signals[i].number, &action, &before[i]);
		if (before[i].sa_handler == SIG_IGN) /* nohup and the like want it so */
			sigaction(signals[i].number, &before[i], NULL);
	}
}

void fa_signals_restore(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i].number, &before[i], NULL);
}

bool fa_signals_stop(void)
{
	return stop != 0;
}

bool fa_signals_insist(void)
{
	return stop > 1;
}
