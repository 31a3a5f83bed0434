/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Learning proposes, people decide: which products' ports did the hosts of a run serve? The answer
 * is a site file to read, correct and keep; nothing reads it by itself.
 */
#ifndef FA_SITE_LEARN_H
#define FA_SITE_LEARN_H

#include <stddef.h>
#include <stdio.h>

#include "core/flow.h"
#include "core/rule.h"

struct fa_learning;

/* BOOK is borrowed and must outlive the learning. 0 or FA_ENOMEM. */
int fa_learning_new(struct fa_learning **out, const struct fa_rulebook *book);
void fa_learning_free(struct fa_learning *learning);

/*
 * Takes a conversation of the run; those of one server have to come together, as
 * fa_identity_compare orders them. Only what was answered counts, and only with a known direction.
 * 0 or FA_ENOMEM.
 */
int fa_learning_add(struct fa_learning *learning, const struct fa_identity *id,
		    const struct fa_counts *counts);

/* After the last conversation. 0 or FA_ENOMEM. */
int fa_learning_finish(struct fa_learning *learning);

/* Places that the proposal has uncommented: a host and a role. */
size_t fa_learning_count(const struct fa_learning *learning);

/*
 * Writes the proposal as a site file with its evidence in comments. What rests on one port only,
 * or could be several roles, stands there as a comment. SOURCE and RUN say where it comes from.
 */
void fa_learning_write(const struct fa_learning *learning, FILE *out, const char *source,
		       long long run);

#endif
