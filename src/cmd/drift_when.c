/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in time as people write them. */
#include "cmd/drift_when.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"

#define DAY_NS (86400 * FA_NS_PER_SECOND)

/* Exactly COUNT digits as a number from LOW to HIGH. */
static bool take_number(const char **text, size_t count, int low, int high, int *out)
{
	*out = 0;
	for (size_t i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (**text - '0');
	}
	return *out >= low && *out <= high;
}

static bool take_char(const char **text, const char *any_of)
{
	if (**text == '\0' || strchr(any_of, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

/* "Z", "+01:00"; nothing is UTC. */
static bool take_offset(const char **text, int *seconds)
{
	bool west = **text == '-';
	int hours;
	int minutes;

	*seconds = 0;
	if (**text == '\0' || take_char(text, "Zz"))
		return true;
	if (!take_char(text, "+-") || !take_number(text, 2, 0, 23, &hours) ||
	    !take_char(text, ":") || !take_number(text, 2, 0, 59, &minutes))
		return false;
	*seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool take_time(const char **text, struct tm *tm, int *offset)
{
	*offset = 0;
	if (**text == '\0')
		return true;
	if (!take_char(text, "Tt ") || !take_number(text, 2, 0, 23, &tm->tm_hour) ||
	    !take_char(text, ":") || !take_number(text, 2, 0, 59, &tm->tm_min))
		return false;
	if (take_char(text, ":") && !take_number(text, 2, 0, 60, &tm->tm_sec))
		return false;
	return take_offset(text, offset);
}

static bool parse_date(const char *text, int64_t *out_ns)
{
	struct tm tm = {0};
	struct tm normal;
	int offset;
	time_t seconds;

	if (!take_number(&text, 4, 1970, 2200, &tm.tm_year) || !take_char(&text, "-") ||
	    !take_number(&text, 2, 1, 12, &tm.tm_mon) || !take_char(&text, "-") ||
	    !take_number(&text, 2, 1, 31, &tm.tm_mday) || !take_time(&text, &tm, &offset) ||
	    *text != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	normal = tm;
	seconds = timegm(&normal);
	/* The thirtieth of February is another day. */
	if (normal.tm_mday != tm.tm_mday)
		return false;
	*out_ns = ((int64_t)seconds - offset) * FA_NS_PER_SECOND;
	return true;
}

int fa_parse_when(const char *text, int64_t now_ns, int64_t *out_ns)
{
	int64_t today = fa_bucket_start(now_ns, DAY_NS);
	const struct {
		const char *word;
		int64_t ns;
	} words[] = {{"now", now_ns}, {"today", today}, {"yesterday", today - DAY_NS}};
	int64_t ago;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, text) == 0) {
			*out_ns = words[i].ns;
			return 0;
		}
	}
	if (parse_date(text, out_ns))
		return 0;
	/* A bare number is rather a mistake than so many seconds ago. */
	if (text[0] == '\0' || text[strspn(text, "0123456789")] == '\0' ||
	    fa_parse_duration_ns(text, &ago) != 0)
		return FA_EINVAL;
	*out_ns = now_ns - ago;
	return 0;
}
