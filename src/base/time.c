/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packet time as text, and clocks. */
#include "base/time.h"

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
