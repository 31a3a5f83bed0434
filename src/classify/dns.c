/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages (RFC 1035) about the addresses of a host. */
#include "classify/dns.h"

#include <string.h>

#include "base/cursor.h"

enum {
	HEADER = 12,
	NAME_MAX_BYTES = 255, /* RFC 1035 section 2.3.4 */
	RECORDS_MAX = 64,     /* read of one answer: it bounds the work, hardly any has as many */
};

/* Types and the class (RFC 1035 sections 3.2.2 and 3.2.4; AAAA RFC 3596). */
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, CLASS_IN = 1 };

/* The second word of the header (RFC 1035 section 4.1.1). */
enum { IS_ANSWER = 0x8000, OPCODE = 0x7800, TRUNCATED = 0x0200, RCODE = 0x000f };

/* A name being put together; LEN is FA_HOST_TEXT when it cannot be a host name. */
struct name {
	char text[FA_HOST_TEXT];
	size_t len;
	size_t wire_len;
};

static void add_label(struct name *name, const uint8_t *label, size_t len)
{
	size_t dot = name->len > 0 ? 1 : 0;

	if (name->len + dot + len >= FA_HOST_TEXT) {
		name->len = FA_HOST_TEXT;
		return;
	}
	if (dot == 1)
		name->text[name->len++] = '.';
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = label[i];

		if (byte <= ' ' || byte >= 0x7f || byte == '.' || byte == '\\') {
			name->len = FA_HOST_TEXT;
			return;
		}
		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
		name->text[name->len++] = (char)byte;
	}
}

/* A cursor at the target of a pointer, which must lie before START: so pointers come to an end. */
static bool follow(const struct fa_cursor *c, size_t to, size_t start, struct fa_cursor *out)
{
	if (to < HEADER || to >= start)
		return false;
	*out = fa_cursor(c->data, c->len);
	fa_cursor_skip(out, to);
	return true;
}

/* Reads the name at C (RFC 1035 sections 3.1 and 4.1.4); "" when it is no host name. */
static bool read_name(struct fa_cursor *c, char text[FA_HOST_TEXT])
{
	enum { KIND = 0xc0, POINTER = 0xc0, LABEL = 0x00 };
	struct name name = {.len = 0};
	struct fa_cursor at = *c;
	size_t start = c->pos;
	bool jumped = false;
	uint8_t size;

	while ((size = fa_cursor_u8(&at)) != 0) {
		const uint8_t *label;

		if ((size & KIND) == POINTER) {
			size_t to = (size_t)(size & ~KIND) << 8 | fa_cursor_u8(&at);

			if (!jumped)
				*c = at;
			jumped = true;
			if (!fa_cursor_ok(&at) || !follow(c, to, start, &at))
				return false;
			start = to;
			continue;
		}
		label = fa_cursor_take(&at, size);
		name.wire_len += 1u + size;
		if ((size & KIND) != LABEL || label == NULL || name.wire_len >= NAME_MAX_BYTES)
			return false;
		add_label(&name, label, size);
	}
	if (!jumped)
		*c = at;
	if (name.len == FA_HOST_TEXT)
		name.len = 0;
	memcpy(text, name.text, name.len);
	text[name.len] = '\0';
	return fa_cursor_ok(&at);
}

static bool read_question(struct fa_cursor *c, struct fa_name_message *out)
{
	uint16_t class;

	if (!read_name(c, out->host) || out->host[0] == '\0')
		return false;
	out->type = fa_cursor_u16(c);
	class = fa_cursor_u16(c);
	return fa_cursor_ok(c) && class == CLASS_IN &&
	       (out->type == TYPE_A || out->type == TYPE_AAAA);
}

/* Where the records read so far have led. */
struct chain {
	char host[FA_HOST_TEXT]; /* "": nowhere */
	uint32_t ttl_s;
};

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* An address once more counts once, with the shorter TTL. */
static void add_address(struct fa_name_message *out, const struct fa_addr *address, uint32_t ttl_s)
{
	for (size_t i = 0; i < out->count; i++) {
		if (fa_addr_compare(&out->addresses[i], address) != 0)
			continue;
		out->ttl_s[i] = lesser(out->ttl_s[i], ttl_s);
		return;
	}
	if (out->count == FA_NAME_ADDRESSES)
		return;
	out->addresses[out->count] = *address;
	out->ttl_s[out->count++] = ttl_s;
}

/* The data of a record that belongs to the chain; false when it is malformed. */
static bool take_data(struct fa_cursor *c, uint16_t type, size_t len, uint32_t ttl_s,
		      struct chain *chain, struct fa_name_message *out)
{
	struct fa_addr address = {.version = type == TYPE_A ? 4 : 6};
	size_t address_len = type == TYPE_A ? 4 : 16;
	struct fa_cursor target = *c;
	size_t end = c->pos + len;

	ttl_s = lesser(ttl_s, chain->ttl_s);
	if (type == TYPE_CNAME) {
		chain->ttl_s = ttl_s;
		return read_name(&target, chain->host) && target.pos == end;
	}
	if (type != out->type)
		return true;
	if (len != address_len)
		return false;
	fa_cursor_bytes(&target, address.bytes, address_len);
	add_address(out, &address, ttl_s);
	return true;
}

static bool read_record(struct fa_cursor *c, struct chain *chain, struct fa_name_message *out)
{
	char owner[FA_HOST_TEXT];
	uint16_t type, class;
	uint32_t ttl_s;
	size_t len;
	struct fa_cursor data;

	if (!read_name(c, owner))
		return false;
	type = fa_cursor_u16(c);
	class = fa_cursor_u16(c);
	ttl_s = fa_cursor_u32(c);
	if (ttl_s > INT32_MAX)
		ttl_s = 0; /* RFC 2181 section 8 */
	len = fa_cursor_u16(c);
	data = *c;
	fa_cursor_skip(c, len);
	if (!fa_cursor_ok(c))
		return false;
	if (class != CLASS_IN || owner[0] == '\0' || strcmp(owner, chain->host) != 0)
		return true;
	return take_data(&data, type, len, ttl_s, chain, out);
}

bool fa_dns_read(const uint8_t *message, size_t len, struct fa_name_message *out)
{
	struct fa_cursor c = fa_cursor(message, len);
	struct chain chain = {.ttl_s = UINT32_MAX};
	unsigned flags, questions, answers;

	memset(out, 0, sizeof(*out));
	out->id = fa_cursor_u16(&c);
	flags = fa_cursor_u16(&c);
	questions = fa_cursor_u16(&c);
	answers = fa_cursor_u16(&c);
	fa_cursor_skip(&c, 4); /* numbers of authority and additional records, which are not read */
	out->is_answer = (flags & IS_ANSWER) != 0;
	if (!fa_cursor_ok(&c) || (flags & OPCODE) != 0 || questions != 1 || !read_question(&c, out))
		return false;
	if (!out->is_answer)
		return true;
	/* A client asks again over TCP instead of using what is truncated (RFC 2181 section 9). */
	if ((flags & (TRUNCATED | RCODE)) != 0)
		return false;
	memcpy(chain.host, out->host, sizeof(chain.host));
	for (unsigned i = 0; i < answers && i < RECORDS_MAX; i++)
		if (!read_record(&c, &chain, out))
			return false;
	return true;
}
