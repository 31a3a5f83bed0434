/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit evidence --crash: a packet that a worker of a live run died of. */
#ifndef FA_CMD_CRASH_H
#define FA_CMD_CRASH_H

#include "cmd/options.h"

/* Writes crash options->crash of the run that OPTIONS name as a pcap file. 0 or an error, said. */
int fa_evidence_crash(const struct fa_options *options);

#endif
