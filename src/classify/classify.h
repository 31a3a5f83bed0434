/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The classify stage: what does a flow speak? nDPI answers; catalogs' payload signatures and a
 * short table of known misjudgements come after it. One classifier per worker process.
 */
#ifndef FA_CLASSIFY_CLASSIFY_H
#define FA_CLASSIFY_CLASSIFY_H

#include <stddef.h>

#include "core/rule.h"
#include "core/sink.h"

struct fa_classifier;

struct fa_classifier_options {
	size_t max_states;	      /* flows under inspection at once */
	unsigned max_packets;	      /* with payload, per flow, before inspection gives up */
	const struct fa_rulebook *book; /* for its signatures; borrowed; may be NULL */
};

/* 100,000 states, 24 packets (as ndpiReader gives UDP flows), no rulebook. */
struct fa_classifier_options fa_classifier_options_default(void);

/* 0, FA_ENOMEM, or FA_EUNSUPPORTED when nDPI does not start. About 10 ms and 6 MB. */
int fa_classifier_new(struct fa_classifier **out, const struct fa_classifier_options *options);
void fa_classifier_free(struct fa_classifier *classifier);

/* The inspector to give to the flow stage; valid as long as the classifier. */
struct fa_inspector fa_classifier_inspector(struct fa_classifier *classifier);

/*
 * Every protocol name that nDPI can answer, sorted: what a catalog may name. Made once per
 * process; borrowed. Empty when nDPI does not start.
 */
struct fa_strings fa_classifier_protocols(void);

/* "4.2.0": the version of nDPI in use. */
const char *fa_classifier_version(void);

#endif
