/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a proposed waiver is for: the fewest words that cover the addresses of a finding. */
#include "report/propose.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"

/* Addresses that share so many bits go into one entry: a subnet as people make them. */
enum { GROUP_BITS_V4 = 24, GROUP_BITS_V6 = 64 };

void fa_propose_end_deinit(struct fa_propose_end *end)
{
	free(end->items);
	free(end->held);
	fa_buffer_deinit(&end->role);
}

int fa_propose_end_add(struct fa_propose_end *end, const struct fa_addr *addr)
{
	if (end->count > 0 && fa_addr_compare(&end->items[end->count - 1], addr) == 0)
		return 0;
	if (!fa_array_reserve((void **)&end->items, &end->room, end->count + 1,
			      sizeof(*end->items)))
		return FA_ENOMEM;
	end->items[end->count++] = *addr;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return fa_addr_compare(a, b);
}

int fa_propose_end_settle(struct fa_propose_end *end)
{
	size_t kept = 0;

	if (end->count > 1)
		qsort(end->items, end->count, sizeof(*end->items), compare);
	for (size_t i = 0; i < end->count; i++)
		if (kept == 0 || fa_addr_compare(&end->items[kept - 1], &end->items[i]) != 0)
			end->items[kept++] = end->items[i];
	end->count = kept;
	end->held = calloc(kept + 1, sizeof(*end->held));
	return end->held == NULL ? FA_ENOMEM : 0;
}

static double as_number(const struct fa_addr *addr)
{
	double number = 0;

	for (size_t i = 0; i < (addr->version == 4 ? 4 : sizeof(addr->bytes)); i++)
		number = number * 256 + addr->bytes[i];
	return number;
}

static void end_hold(struct fa_propose_end *end, const struct fa_stored_place *place)
{
	if (place->first.version == 0)
		return;
	end->size += as_number(&place->last) - as_number(&place->first) + 1;
	for (size_t i = 0; i < end->count; i++)
		if (fa_addr_compare(&place->first, &end->items[i]) <= 0 &&
		    fa_addr_compare(&end->items[i], &place->last) <= 0)
			end->held[i] = true;
}

/* All places of ROLE were seen: keeps it when it is the best so far, and begins anew. */
static void end_close(struct fa_propose_end *end, const char *role)
{
	bool all = end->count > 1 && end->size > 0;

	for (size_t i = 0; i < end->count; i++)
		all = all && end->held[i];
	if (all && (fa_buffer_text(&end->role)[0] == '\0' || end->size < end->role_size)) {
		fa_buffer_reset(&end->role);
		fa_buffer_safe(&end->role, role);
		end->role_size = end->size;
	}
	end->size = 0;
	memset(end->held, 0, end->count * sizeof(*end->held));
}

struct reading {
	struct fa_propose_end *ends[2];
	struct fa_buffer role;
	struct fa_buffer next;
};

static int take_place(void *arg, const struct fa_stored_place *place)
{
	struct reading *reading = arg;

	if (place->implied) /* a waiver names roles that the site file lists */
		return 0;
	fa_buffer_reset(&reading->next);
	fa_buffer_safe(&reading->next, place->instance);
	fa_buffer_add(&reading->next, "/");
	fa_buffer_safe(&reading->next, place->role);
	if (strcmp(fa_buffer_text(&reading->next), fa_buffer_text(&reading->role)) != 0) {
		for (size_t i = 0; i < 2; i++)
			end_close(reading->ends[i], fa_buffer_text(&reading->role));
		fa_buffer_reset(&reading->role);
		fa_buffer_add(&reading->role, fa_buffer_text(&reading->next));
	}
	for (size_t i = 0; i < 2; i++)
		end_hold(reading->ends[i], place);
	return reading->role.failed || reading->next.failed ? FA_ENOMEM : 0;
}

int fa_propose_roles(const struct fa_history *history, int64_t run, struct fa_propose_end *client,
		     struct fa_propose_end *server, struct fa_diag *diag)
{
	struct reading reading = {.ends = {client, server}};
	int error = history->each_place(history->context, run, take_place, &reading, diag);

	for (size_t i = 0; i < 2; i++)
		end_close(reading.ends[i], fa_buffer_text(&reading.role));
	fa_buffer_deinit(&reading.role);
	fa_buffer_deinit(&reading.next);
	return error;
}

static unsigned bits_of(const struct fa_addr *addr)
{
	return addr->version == 4 ? 32 : 128;
}

/* Leading bits that A and B, of one version, share. */
static unsigned shared_bits(const struct fa_addr *a, const struct fa_addr *b)
{
	unsigned bits = bits_of(a);

	for (unsigned i = 0; i < bits; i++)
		if (((a->bytes[i / 8] ^ b->bytes[i / 8]) & 0x80u >> i % 8) != 0)
			return i;
	return bits;
}

static bool same_group(const struct fa_addr *a, const struct fa_addr *b)
{
	return a->version == b->version &&
	       shared_bits(a, b) >= (a->version == 4 ? GROUP_BITS_V4 : GROUP_BITS_V6);
}

static void say_prefix(struct fa_buffer *text, const struct fa_addr *first,
		       const struct fa_addr *last)
{
	const char *quote = first->version == 6 ? "\"" : "";
	unsigned bits = shared_bits(first, last);
	struct fa_addr network = *first;
	char address[FA_ADDR_TEXT];

	for (unsigned i = bits; i < bits_of(first); i++)
		network.bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	fa_buffer_addf(text, "%s%s", quote, fa_addr_text(&network, address));
	if (bits < bits_of(first))
		fa_buffer_addf(text, "/%u", bits);
	fa_buffer_add(text, quote);
}

size_t fa_propose_end_texts(const struct fa_propose_end *end,
			    struct fa_buffer texts[FA_PROPOSE_GROUPS])
{
	size_t count = 0;

	if (fa_buffer_text(&end->role)[0] != '\0') {
		fa_buffer_add(&texts[0], fa_buffer_text(&end->role));
		return 1;
	}
	for (size_t first = 0; first < end->count && count <= FA_PROPOSE_GROUPS; count++) {
		size_t last = first;

		while (last + 1 < end->count &&
		       same_group(&end->items[first], &end->items[last + 1]))
			last++;
		if (count < FA_PROPOSE_GROUPS)
			say_prefix(&texts[count], &end->items[first], &end->items[last]);
		first = last + 1;
	}
	if (count > 0 && count <= FA_PROPOSE_GROUPS)
		return count;
	for (size_t i = 0; i < FA_PROPOSE_GROUPS; i++)
		fa_buffer_reset(&texts[i]);
	fa_buffer_add(&texts[0], "any");
	return 1;
}
