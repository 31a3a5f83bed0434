/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packet time as text, and clocks. */
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b < 0 ? q - 1 : q;
}

char *fa_time_text(int64_t ts_ns, char *text)
{
	int64_t seconds = floor_div(ts_ns, FA_NS_PER_SECOND);
	/* From the remainder: the product may be before time begins. */
	long ns = (long)((ts_ns % FA_NS_PER_SECOND + FA_NS_PER_SECOND) % FA_NS_PER_SECOND);
	time_t t = (time_t)seconds;
	struct tm tm;
	size_t n;

	gmtime_r(&t, &tm);
	n = strftime(text, FA_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (ns % 1000 == 0)
		snprintf(text + n, FA_TIME_TEXT - n, ".%06ldZ", ns / 1000);
	else
		snprintf(text + n, FA_TIME_TEXT - n, ".%09ldZ", ns);
	return text;
}

char *fa_time_text_short(int64_t ts_ns, char *text)
{
	time_t t = (time_t)floor_div(ts_ns, FA_NS_PER_SECOND);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, FA_TIME_TEXT, "%Y-%m-%d %H:%M", &tm);
	return text;
}

static int64_t read_clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * FA_NS_PER_SECOND + ts.tv_nsec;
}

/* Below a minute. */
static void add_seconds(int64_t ns, char *text)
{
	int64_t seconds = ns / FA_NS_PER_SECOND;
	int64_t tenths = ns % FA_NS_PER_SECOND / (FA_NS_PER_SECOND / 10);

	if (seconds == 0)
		snprintf(text, FA_DURATION_TEXT, "%" PRId64 " ms", ns / 1000000);
	else if (seconds < 10 && tenths > 0)
		snprintf(text, FA_DURATION_TEXT, "%" PRId64 ".%" PRId64 " s", seconds, tenths);
	else
		snprintf(text, FA_DURATION_TEXT, "%" PRId64 " s", seconds);
}

char *fa_duration_text(int64_t ns, char *text)
{
	static const struct {
		int64_t seconds, part; /* of the unit, and of the smaller one beside it */
		const char *one, *many, *part_name;
	} units[] = {
		{86400, 3600, "day", "days", "h"},
		{3600, 60, "h", "h", "min"},
		{60, 1, "min", "min", "s"},
	};
	int64_t seconds = ns / FA_NS_PER_SECOND;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t whole = seconds / units[i].seconds;
		int64_t rest = seconds % units[i].seconds / units[i].part;
		const char *name = whole == 1 ? units[i].one : units[i].many;

		if (whole <= 0)
			continue;
		if (rest > 0)
			snprintf(text, FA_DURATION_TEXT, "%" PRId64 " %s %" PRId64 " %s", whole,
				 name, rest, units[i].part_name);
		else
			snprintf(text, FA_DURATION_TEXT, "%" PRId64 " %s", whole, name);
		return text;
	}
	add_seconds(ns < 0 ? 0 : ns, text);
	return text;
}

int64_t fa_monotonic_ns(void)
{
	return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t fa_wall_clock_ns(void)
{
	return read_clock_ns(CLOCK_REALTIME);
}

int64_t fa_bucket_start(int64_t ts_ns, int64_t bucket_ns)
{
	int64_t start;

	if (__builtin_mul_overflow(floor_div(ts_ns, bucket_ns), bucket_ns, &start))
		return INT64_MIN; /* it would begin before time does */
	return start;
}
