/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in pcapng blocks about interfaces, losses and names. */
#include "capture/pcapng_blocks.h"

#include "base/text.h"
#include "base/time.h"

/* Options (draft-ietf-opsawg-pcapng sections 3.5, 4.2, 4.3, 4.6). */
enum {
	END = 0,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	IF_TSOFFSET = 14,
	EPB_DROPCOUNT = 4,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
};

/* Records of names (section 4.5); they end as options do. */
enum { NAMES_IP4 = 1, NAMES_IP6 = 2 };

enum {
	TSRESOL_BINARY = 0x80,	/* the exponent is one of 2, not of 10 */
	TSRESOL_DEFAULT = 6,	/* microseconds */
	EXPONENT_MAX = 19,	/* 10^19 fits 64 bits */
	BINARY_MAX = 63,
	BINARY_KEPT = 34, /* more than a nanosecond needs; times 10^9 it fits 64 bits */
	NANO = 9,
};

/* An option, or a record of names. */
struct item {
	uint16_t code;
	uint16_t len;
	const uint8_t *value;
};

/* Takes the next one. False at the end, and where its length is more than is left: C has failed. */
static bool take(struct fa_cursor *c, bool swapped, struct item *out)
{
	const uint8_t *head;

	if (fa_cursor_left(c) == 0)
		return false;
	head = fa_cursor_take(c, 4);
	if (head == NULL)
		return false;
	out->code = fa_ng_16(head, swapped);
	out->len = fa_ng_16(&head[2], swapped);
	if (out->code == END)
		return false;
	out->value = fa_cursor_take(c, out->len);
	if (out->value == NULL)
		return false;
	/* Padded to 32 bits; the last one may lack that. */
	if (fa_cursor_left(c) > 0)
		fa_cursor_skip(c, (4u - out->len % 4u) % 4u);
	return true;
}

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static bool set_resolution(struct fa_ng_clock *clock, uint8_t resolution)
{
	unsigned exponent = resolution & ~TSRESOL_BINARY;

	*clock = (struct fa_ng_clock){.offset_s = clock->offset_s};
	if (resolution & TSRESOL_BINARY) {
		clock->shift = exponent;
		return exponent <= BINARY_MAX;
	}
	if (exponent > EXPONENT_MAX)
		return false;
	clock->units = power_of_ten(exponent);
	if (exponent > NANO) {
		clock->divisor = power_of_ten(exponent - NANO);
		return true;
	}
	clock->multiplier = power_of_ten(NANO - exponent);
	clock->limit = FA_NG_FARTHEST_S * FA_NS_PER_SECOND / clock->multiplier;
	return true;
}

static void set_offset(struct fa_ng_clock *clock, int64_t offset_s)
{
	if (offset_s > FA_NG_FARTHEST_S)
		offset_s = FA_NG_FARTHEST_S;
	if (offset_s < -FA_NG_FARTHEST_S)
		offset_s = -FA_NG_FARTHEST_S;
	clock->offset_s = offset_s;
}

/* Both are so small that their sum cannot overflow. */
static int64_t clamp(int64_t ns)
{
	const int64_t farthest_ns = FA_NG_FARTHEST_S * FA_NS_PER_SECOND;

	return ns > farthest_ns ? farthest_ns : ns < -farthest_ns ? -farthest_ns : ns;
}

/* The part below a second of a binary time stamp. */
static uint64_t binary_ns(uint64_t rest, unsigned shift)
{
	if (shift > BINARY_KEPT) {
		rest >>= shift - BINARY_KEPT;
		shift = BINARY_KEPT;
	}
	return rest * (uint64_t)FA_NS_PER_SECOND >> shift;
}

static int64_t long_way(const struct fa_ng_clock *clock, uint64_t stamp)
{
	uint64_t seconds;
	uint64_t rest_ns;
	int64_t sum_s;

	if (clock->units == 0) {
		seconds = stamp >> clock->shift;
		rest_ns = binary_ns(stamp & ((UINT64_C(1) << clock->shift) - 1), clock->shift);
	} else {
		seconds = stamp / clock->units;
		rest_ns = clock->divisor > 0 ? stamp % clock->units / clock->divisor
					     : stamp % clock->units * clock->multiplier;
	}
	if (seconds > 2 * (uint64_t)FA_NG_FARTHEST_S)
		seconds = 2 * (uint64_t)FA_NG_FARTHEST_S;
	sum_s = (int64_t)seconds + clock->offset_s;
	if (sum_s > FA_NG_FARTHEST_S)
		sum_s = FA_NG_FARTHEST_S;
	return clamp(sum_s * FA_NS_PER_SECOND + (int64_t)rest_ns);
}

int64_t fa_ng_time(const struct fa_ng_clock *clock, uint64_t stamp)
{
	if (__builtin_expect(stamp > clock->limit, 0))
		return long_way(clock, stamp);
	return clamp((int64_t)(stamp * clock->multiplier) + clock->offset_s * FA_NS_PER_SECOND);
}

/* A text may end in NULs, though it should not. */
static void set_name(char out[FA_INTERFACE_TEXT], const struct item *option)
{
	size_t len = strnlen((const char *)option->value, option->len);

	if (len >= FA_INTERFACE_TEXT)
		len = FA_INTERFACE_TEXT - 1;
	memcpy(out, option->value, len);
	out[len] = '\0';
}

static int take_option(struct fa_ng_description *out, const struct item *option, bool swapped,
		       struct fa_diag *diag)
{
	switch (option->code) {
	case IF_NAME:
		set_name(out->name, option);
		return FA_OK;
	case IF_DESCRIPTION:
		if (out->name[0] == '\0')
			set_name(out->name, option);
		return FA_OK;
	case IF_TSOFFSET:
		if (option->len != 8)
			return fa_fail(diag, FA_EFORMAT,
				       "an offset of time of %u bytes instead of 8", option->len);
		set_offset(&out->clock, (int64_t)fa_ng_64(option->value, swapped));
		return FA_OK;
	case IF_TSRESOL:
		if (option->len != 1)
			return fa_fail(diag, FA_EFORMAT,
				       "a resolution of time of %u bytes instead of 1", option->len);
		if (set_resolution(&out->clock, option->value[0]))
			return FA_OK;
		return fa_fail(diag, FA_EUNSUPPORTED,
			       "an interface with times in units of %s^-%u seconds, which 64 bits "
			       "cannot hold",
			       option->value[0] & TSRESOL_BINARY ? "2" : "10",
			       option->value[0] & ~TSRESOL_BINARY);
	default:
		return FA_OK;
	}
}

int fa_ng_describe(struct fa_ng_description *out, const uint8_t *body, size_t len, bool swapped,
		   struct fa_diag *diag)
{
	struct fa_cursor c = fa_cursor(body, len);
	const uint8_t *fixed = fa_cursor_take(&c, 8);
	struct item option;
	int err = FA_OK;

	memset(out, 0, sizeof(*out));
	if (fixed == NULL)
		return fa_fail(diag, FA_EFORMAT,
			       "an interface description of %zu bytes, fewer than 8", len);
	out->file_type = fa_ng_16(fixed, swapped);
	out->snap_bytes = fa_ng_32(&fixed[4], swapped);
	if (out->snap_bytes == 0)
		out->snap_bytes = UINT32_MAX;
	set_resolution(&out->clock, TSRESOL_DEFAULT);
	while (err == FA_OK && take(&c, swapped, &option))
		err = take_option(out, &option, swapped, diag);
	if (err == FA_OK && !fa_cursor_ok(&c)) /* times might be wrong without what follows */
		return fa_fail(diag, FA_EFORMAT,
			       "an interface description with an option that is longer than it");
	return err;
}

/* A number of 64 bits; FA_NG_DROPS_MAX when it is not known. */
static uint64_t drops_of(const struct item *option, bool swapped)
{
	uint64_t drops = option->len == 8 ? fa_ng_64(option->value, swapped) : FA_NG_DROPS_MAX;

	return drops < FA_NG_DROPS_MAX ? drops : FA_NG_DROPS_MAX;
}

uint64_t fa_ng_lost(const uint8_t *options, size_t len, bool swapped)
{
	struct fa_cursor c = fa_cursor(options, len);
	struct item option;

	while (take(&c, swapped, &option)) {
		if (option.code == EPB_DROPCOUNT) {
			uint64_t drops = drops_of(&option, swapped);

			return drops < FA_NG_DROPS_MAX ? drops : 0;
		}
	}
	return 0;
}

bool fa_ng_statistics(struct fa_run_interface *origin, const uint8_t *options, size_t len,
		      bool swapped)
{
	struct fa_cursor c = fa_cursor(options, len);
	struct item option;
	bool any = false;

	while (take(&c, swapped, &option)) {
		uint64_t drops = drops_of(&option, swapped);

		if (drops == FA_NG_DROPS_MAX || (option.code != ISB_IFDROP && option.code != ISB_OSDROP))
			continue;
		any = true;
		if (option.code == ISB_IFDROP) {
			origin->dropped_interface = drops;
			origin->counts_interface = true;
		} else {
			origin->dropped_kernel = drops;
			origin->counts_kernel = true;
		}
	}
	return any;
}

/* An address, and one or more names that each end in NUL. */
static int take_names(struct fa_noted *noted, const struct item *record, uint8_t version)
{
	struct fa_cursor c = fa_cursor(record->value, record->len);
	size_t bytes = version == 4 ? 4 : 16;
	struct fa_addr addr = {.version = version};
	int err = FA_OK;

	if (record->len < bytes)
		return FA_OK;
	fa_cursor_bytes(&c, addr.bytes, bytes);
	while (err == FA_OK && fa_cursor_left(&c) > 0) {
		const char *name = (const char *)&record->value[c.pos];
		size_t left = fa_cursor_left(&c);
		size_t len = strnlen(name, left);

		err = fa_noted_add(noted, &addr, name, len);
		fa_cursor_skip(&c, len < left ? len + 1 : left);
	}
	return err;
}

int fa_ng_names(struct fa_noted *noted, const uint8_t *body, size_t len, bool swapped)
{
	struct fa_cursor c = fa_cursor(body, len);
	struct item record;
	int err = FA_OK;

	while (err == FA_OK && take(&c, swapped, &record)) {
		if (record.code == NAMES_IP4)
			err = take_names(noted, &record, 4);
		else if (record.code == NAMES_IP6)
			err = take_names(noted, &record, 6);
	}
	return err;
}
