/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict text to number. */
#include "base/num.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"

/* Reads leading digits; returns how many characters were digits, 0 on none or overflow. */
static size_t read_digits(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; text[n] >= '0' && text[n] <= '9'; n++) {
		unsigned digit = (unsigned)(text[n] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	*out = value;
	return n;
}

int fa_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	size_t n = read_digits(text, &value);

	if (n == 0 || text[n] != '\0' || value < min || value > max)
		return FA_EINVAL;
	*out = value;
	return 0;
}

struct unit {
	const char *suffix;
	uint64_t factor;
};

static int parse_with_unit(const char *text, const struct unit *units, size_t count, uint64_t max,
			   uint64_t *out)
{
	uint64_t value = 0;
	size_t n = read_digits(text, &value);

	if (n == 0)
		return FA_EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text + n, units[i].suffix) != 0)
			continue;
		if (value > max / units[i].factor)
			return FA_EINVAL;
		*out = value * units[i].factor;
		return 0;
	}
	return FA_EINVAL;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int fa_parse_duration_ns(const char *text, int64_t *out_ns)
{
	static const uint64_t second = 1000000000u;
	const struct unit units[] = {
		{"", second},
		{"s", second},
		{"ms", second / 1000},
		{"m", 60 * second},
		{"h", 3600 * second},
		{"d", 86400 * second},
		{"w", 7 * 86400 * second},
	};
	uint64_t value;
	int error = parse_with_unit(text, units, COUNT(units), INT64_MAX, &value);

	if (error == 0)
		*out_ns = (int64_t)value;
	return error;
}

int fa_parse_size(const char *text, uint64_t *out_bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"K", 1024},
		{"M", 1024 * 1024},
		{"G", 1024ull * 1024 * 1024},
		{"T", 1024ull * 1024 * 1024 * 1024},
	};

	return parse_with_unit(text, units, COUNT(units), INT64_MAX, out_bytes);
}
