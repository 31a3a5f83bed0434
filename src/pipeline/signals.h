/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT, SIGTERM and SIGHUP ask for an orderly end; the second one for an end at once. */
#ifndef FA_PIPELINE_SIGNALS_H
#define FA_PIPELINE_SIGNALS_H

#include <stdbool.h>

/* Catches them from here on; fa_signals_restore gives them back. */
void fa_signals_catch(void);
void fa_signals_restore(void);

/* Whether one has come since fa_signals_catch. */
bool fa_signals_stop(void);

/* Whether a second one has come: somebody does not want to wait for the orderly end. */
bool fa_signals_insist(void);

#endif
