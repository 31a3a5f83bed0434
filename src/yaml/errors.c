/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mistakes of one file. */
#include "yaml/errors.h"

#include <stdio.h>

static bool comes_before(const struct fa_yaml_error *a, const struct fa_yaml_error *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

void fa_yaml_verror(struct fa_yaml_errors *errors, unsigned line, unsigned column,
		    const char *format, va_list args)
{
	struct fa_yaml_error error = {.line = line, .column = column};
	size_t at;

	if (errors->count == FA_YAML_ERRORS_MAX) {
		errors->more = true;
		return;
	}
	error.text = fa_yaml_vformat(errors->arena, format, args);
	if (error.text == NULL)
		return;
	for (at = errors->count++; at > 0 && comes_before(&error, &errors->items[at - 1]); at--)
		errors->items[at] = errors->items[at - 1];
	errors->items[at] = error;
}

void fa_yaml_error(struct fa_yaml_errors *errors, unsigned line, unsigned column,
		   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fa_yaml_verror(errors, line, column, format, args);
	va_end(args);
}

void fa_yaml_errors_tell(const struct fa_yaml_errors *errors,
			 void (*tell)(void *context, const char *message), void *context)
{
	char message[2048];

	if (tell == NULL)
		return;
	for (size_t i = 0; i < errors->count; i++) {
		const struct fa_yaml_error *error = &errors->items[i];

		if (error->line == 0)
			snprintf(message, sizeof(message), "%s: %s", errors->file, error->text);
		else if (error->column == 0)
			snprintf(message, sizeof(message), "%s:%u: %s", errors->file, error->line,
				 error->text);
		else
			snprintf(message, sizeof(message), "%s:%u:%u: %s", errors->file,
				 error->line, error->column, error->text);
		tell(context, message);
	}
	if (!errors->more)
		return;
	snprintf(message, sizeof(message),
		 "%s: there are more errors, these are the first %d found", errors->file,
		 FA_YAML_ERRORS_MAX);
	tell(context, message);
}
