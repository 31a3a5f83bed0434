/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbered SQL files of schema/, built into the program by scripts/embed-sql. */
#ifndef FA_STORE_SCHEMA_H
#define FA_STORE_SCHEMA_H

#include <stddef.h>

struct fa_schema_step {
	int number;	  /* from 1, without gaps; user_version after it has run */
	const char *name; /* of the file */
	const char *text; /* the SQL */
};

extern const struct fa_schema_step fa_schema_steps[];
extern const size_t fa_schema_step_count;

#endif
