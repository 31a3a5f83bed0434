/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SIGINT and SIGTERM ask for an orderly end, a second one for an end at once; two that come together are
 * one. SIGHUP ends a
 * replay, too; a live capture reads its catalogs again, and tells its figures on SIGUSR1.
 */
#ifndef FA_PIPELINE_SIGNALS_H
#define FA_PIPELINE_SIGNALS_H

#include <stdbool.h>

/* Catches them from here on; fa_signals_restore gives them back. */
void fa_signals_catch(void);
void fa_signals_catch_live(void);
void fa_signals_restore(void);

/* Whether one has come since fa_signals_catch. */
bool fa_signals_stop(void);

/* Whether a second one has come: somebody does not want to wait for the orderly end. */
bool fa_signals_insist(void);

/* Live: whether SIGHUP, or SIGUSR1, came since it was last asked. */
bool fa_signals_take_reload(void);
bool fa_signals_take_statistics(void);

/* In a thread that leaves all of them to the first one. */
void fa_signals_leave(void);

#endif
