/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests of confined processes: every case runs in a child of its own; what kills the child or
 * what it exits with is the result.
 */
#ifndef FA_TESTS_SANDBOX_CHILDREN_H
#define FA_TESTS_SANDBOX_CHILDREN_H

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Exit statuses beside those of attempts, which are 0 or an errno value. */
enum { CANNOT = 200 /* the sandbox itself could not be made */, BROKEN = 201 };

/* Something that a confined process tries, and how it should end. */
struct attempt {
	const char *name;
	int (*fn)(void); /* exit status of the child */
	int expected;
};

void skip_if_sanitized(void);
void skip_without_landlock(void);

/* The wait status of a child that does what FN says under CONFINE (not 0: could not). */
int in_child(int (*confine)(void), int (*fn)(void));

/* Each attempt in a child of its own; fails with its name when it does not end as expected. */
void try_all(int (*confine)(void), const struct attempt *attempts, size_t count);

/* Two folders of the test, made by children_setup (a group setup), gone with children_teardown. */
extern char folder[64], elsewhere[64];
int children_setup(void **state);
int children_teardown(void **state);

/* Attempts: 0, or the error of the first call that failed. */
int makes_in_folder(void);	  /* makes, writes, reads and removes a file */
int makes_elsewhere(void);
int renames_in_folder(void);	  /* over another file */
int moves_elsewhere(void);	  /* a file from one folder to the other */
int truncates_elsewhere(void);	  /* ELSEWHERE/there, which children_setup made, with 4 bytes */
int reads_there(void);		  /* ELSEWHERE/there */
int writes_there(void);
int reads_elsewhere(void);	  /* /etc/passwd */
int lists_elsewhere(void);	  /* / */
int makes_a_link(void);		  /* a symbolic one in FOLDER */
int runs_a_program(void);
int has_no_new_privs(void);	  /* 0, 1 */
int makes_code(void);		  /* executable memory */
int turns_into_code(void);
int is_not_confined(void);	  /* a confinement that is none */

#endif
