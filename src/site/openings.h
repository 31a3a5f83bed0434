/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The documented openings of a site, worked out of the rules that are bound to it. */
#ifndef FA_SITE_OPENINGS_H
#define FA_SITE_OPENINGS_H

#include "base/error.h"
#include "core/opening.h"

/*
 * All openings of POLICY, which has a site, is borrowed and must outlive them. Every bound rule
 * leads to at least one, if only to say why nothing is opened. 0 or FA_ENOMEM.
 */
int fa_openings_make(const struct fa_policy *policy, struct fa_openings *out);

/* Also of openings that are all zero. */
void fa_openings_deinit(struct fa_openings *openings);

#endif
