/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that reports print, to be copied into a shell. */
#include "report/command.h"

#include <stdlib.h>

#include "base/text.h"

void fa_command_add(struct fa_buffer *line, const char *verb, const struct fa_history *history)
{
	char *word;

	fa_buffer_addf(line, "flowaudit %s", verb);
	if (history->database == NULL)
		return;
	word = fa_text_shell(history->database);
	if (word == NULL)
		line->failed = true;
	else
		fa_buffer_addf(line, " --db %s", word);
	free(word);
}
