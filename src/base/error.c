/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error codes and messages. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *fa_strerror(int error)
{
	/* No default: the compiler names a forgotten code. */
	switch ((enum fa_error)error) {
	case FA_OK:
		return "success";
	case FA_ENOMEM:
		return "out of memory";
	case FA_EINVAL:
		return "invalid value";
	case FA_EIO:
		return "input/output error";
	case FA_ENOENT:
		return "not found";
	case FA_EPERM:
		return "permission denied";
	case FA_EFORMAT:
		return "not in the expected format";
	case FA_ETRUNCATED:
		return "ends in the middle";
	case FA_EUNSUPPORTED:
		return "not supported";
	case FA_ETIMEDOUT:
		return "timed out";
	case FA_ECORRUPT:
		return "corrupt";
	case FA_EBUSY:
		return "in use by somebody else";
	case FA_EVERSION:
		return "made by a newer version";
	case FA_EFULL:
		return "full";
	case FA_EDEAD:
		return "the other process is gone";
	case FA_EINTERRUPTED:
		return "interrupted";
	}
	return "unknown error";
}

int fa_fail(struct fa_diag *diag, int error, const char *format, ...)
{
	va_list args;

	if (diag == NULL || diag->text[0] != '\0')
		return error;
	va_start(args, format);
	vsnprintf(diag->text, sizeof(diag->text), format, args);
	va_end(args);
	return error;
}

int fa_fail_in(struct fa_diag *diag, int error, const char *format, ...)
{
	struct fa_diag old;
	va_list args;
	size_t used;
	int n;

	if (diag == NULL)
		return error;
	old = *diag;
	va_start(args, format);
	n = vsnprintf(diag->text, sizeof(diag->text), format, args);
	va_end(args);
	used = n < 0 ? 0 : (size_t)n;
	if (used + 2 < sizeof(diag->text)) {
		fa_text_copy(diag->text + used, sizeof(diag->text) - used, ": ");
		fa_text_copy(diag->text + used + 2, sizeof(diag->text) - used - 2,
			     old.text[0] != '\0' ? old.text : fa_strerror(error));
	}
	return error;
}

int fa_error_from_errno(int errnum)
{
	switch (errnum) {
	case 0:
		return FA_OK;
	case ENOMEM:
		return FA_ENOMEM;
	case ENOENT:
	case ENOTDIR:
		return FA_ENOENT;
	case EACCES:
	case EPERM:
	case EROFS:
		return FA_EPERM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return FA_EFULL;
	case EBUSY:
	case EAGAIN:
		return FA_EBUSY;
	case EINTR:
		return FA_EINTERRUPTED;
	case EINVAL:
		return FA_EINVAL;
	default:
		return FA_EIO;
	}
}
