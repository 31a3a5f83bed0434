/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT and SIGTERM ask for an orderly end. */
#include "pipeline/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t stop;
static struct sigaction before[2];
static const int numbers[2] = {SIGINT, SIGTERM};

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

void fa_signals_catch(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal; /* without SA_RESTART: waits end */
	stop = 0;
	for (size_t i = 0; i < 2; i++)
		sigaction(numbers[i], &action, &before[i]);
}

void fa_signals_restore(void)
{
	for (size_t i = 0; i < 2; i++)
		sigaction(numbers[i], &before[i], NULL);
}

bool fa_signals_stop(void)
{
	return stop != 0;
}
