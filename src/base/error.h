/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors: one code for the program's decisions, one message for the person.
 *
 * A function that can fail returns 0 or a negative enum fa_error. The function at the boundary
 * that knows the file, line, interface or packet number writes the message, once.
 */
#ifndef FA_BASE_ERROR_H
#define FA_BASE_ERROR_H

#include <stddef.h>

enum fa_error {
	FA_OK = 0,
	FA_ENOMEM = -1,	      /* no memory, or a limit of ours on memory */
	FA_EINVAL = -2,	      /* an argument or a value that makes no sense */
	FA_EIO = -3,	      /* the operating system could not read or write */
	FA_ENOENT = -4,	      /* no such file, run, rule ... */
	FA_EPERM = -5,	      /* not allowed */
	FA_EFORMAT = -6,      /* the bytes are not what they should be: not a capture, bad YAML ... */
	FA_ETRUNCATED = -7,   /* the input ends in the middle of something */
	FA_EUNSUPPORTED = -8, /* well-formed, but not something we can handle */
	FA_ETIMEDOUT = -9,    /* the wait was over before the event came */
	FA_ECORRUPT = -10,    /* shared memory or database contents break their own rules */
	FA_EBUSY = -11,	      /* somebody else holds it */
	FA_EVERSION = -12,    /* made by a newer program */
	FA_EFULL = -13,	      /* disk full, or table at its cap */
	FA_EDEAD = -14,	      /* the process on the other side is gone */
	FA_EINTERRUPTED = -15 /* a signal asked us to stop */
};

/* The message of the first failure. Zero-initialise before use. */
struct fa_diag {
	char text[768];
};

/* Short English description of a code; never NULL. */
const char *fa_strerror(int error);

/*
 * Writes the message unless one is there already (the first cause wins) and returns ERROR, so
 * that "return fa_fail(diag, FA_EIO, ...)" is one line. DIAG may be NULL.
 */
int fa_fail(struct fa_diag *diag, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the message that is there (or makes one from the code); returns ERROR. */
int fa_fail_in(struct fa_diag *diag, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Maps an errno value to the nearest code. */
int fa_error_from_errno(int errnum);

#endif
