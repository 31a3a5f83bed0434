/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of drift. */
#include "core/drift.h"

#define FA_X(name, text) text,
static const char *const sections[] = {FA_DRIFT_SECTIONS(FA_X)};
static const char *const aspects[] = {FA_DRIFT_ASPECTS(FA_X)};
static const char *const causes[] = {FA_DRIFT_CAUSES(FA_X)};
#undef FA_X

const char *fa_drift_section_text(enum fa_drift_section section)
{
	return sections[section];
}

const char *fa_drift_aspect_text(enum fa_drift_aspect aspect)
{
	return aspects[aspect];
}

const char *fa_drift_cause_text(enum fa_drift_cause cause)
{
	return causes[cause];
}
