/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bounds-checked reader over borrowed bytes with a sticky error: parse straight through, check
 * fa_cursor_ok() once. A read past the end gives zero and marks the cursor; later reads give zero.
 * All integers are big-endian unless the name ends in _le.
 */
#ifndef FA_BASE_CURSOR_H
#define FA_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fa_cursor {
	const uint8_t *data; /* borrowed */
	size_t len;
	size_t pos;
	bool failed;
};

static inline struct fa_cursor fa_cursor(const void *data, size_t len)
{
	return (struct fa_cursor){.data = data, .len = len};
}

static inline bool fa_cursor_ok(const struct fa_cursor *c)
{
	return !c->failed;
}

static inline size_t fa_cursor_left(const struct fa_cursor *c)
{
	return c->failed ? 0 : c->len - c->pos;
}

/* The next LEN bytes, advancing; NULL and a failed cursor when there are fewer. */
static inline const uint8_t *fa_cursor_take(struct fa_cursor *c, size_t len)
{
	const uint8_t *p;

	if (c->failed || len > c->len - c->pos) {
		c->failed = true;
		return NULL;
	}
	p = c->data + c->pos;
	c->pos += len;
	return p;
}

static inline void fa_cursor_skip(struct fa_cursor *c, size_t len)
{
	(void)fa_cursor_take(c, len);
}

/* Shortens what may be read to LEN bytes from here; more than is left leaves it as it is. */
static inline void fa_cursor_limit(struct fa_cursor *c, size_t len)
{
	if (!c->failed && len < c->len - c->pos)
		c->len = c->pos + len;
}

static inline uint8_t fa_cursor_u8(struct fa_cursor *c)
{
	const uint8_t *p = fa_cursor_take(c, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t fa_cursor_u16(struct fa_cursor *c)
{
	const uint8_t *p = fa_cursor_take(c, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t fa_cursor_u32(struct fa_cursor *c)
{
	const uint8_t *p = fa_cursor_take(c, 4);

	return p == NULL ? 0
			 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t fa_cursor_u32_le(struct fa_cursor *c)
{
	const uint8_t *p = fa_cursor_take(c, 4);

	return p == NULL ? 0
			 : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Copies LEN bytes to OUT; zeroes OUT when there are fewer. */
static inline void fa_cursor_bytes(struct fa_cursor *c, void *out, size_t len)
{
	const uint8_t *p = fa_cursor_take(c, len);

	if (p == NULL)
		memset(out, 0, len);
	else
		memcpy(out, p, len);
}

#endif
