/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands below a rule set: openings that are none for a packet filter, and why. */
#include "report/catalog.h"
#include "report/export_nft.h"

static const struct closed {
	enum fa_opening_state state;
	const char *title;
	const char *help; /* for all of them; NULL: each says what it needs */
	const char *lead;
} closed[] = {
	{FA_OPENING_BY_NAME, "known by name",
	 "A packet filter cannot match names: these need a proxy, or addresses in the site file.",
	 "needs a proxy or addresses: "},
	{FA_OPENING_BY_SYSTEM, "known by autonomous system",
	 "These need a list of prefixes (autonomous-systems in the site file).",
	 "needs prefixes: "},
	{FA_OPENING_NO_PORT, "without a port", NULL, "needs a port: "},
	{FA_OPENING_RUN_TIME_PORT, "on ports that are chosen at run time", NULL,
	 "needs a helper or a fixed port: "},
	{FA_OPENING_NOT_PLACED, "with an end that is not placed",
	 "The site file does not say who has these roles: name them there, or none.",
	 "needs a place: "},
	{FA_OPENING_EVERYBODY, "for everybody",
	 "What every network carries, and the site file says nothing of: an instance of this "
	 "product "
	 "there, with who serves it, opens it.",
	 "for everybody: "},
};

/* "*.strongdm.com:443/tcp" reads better than "tcp 443" behind a name. */
static bool is_one_name(const struct fa_opening *opening)
{
	const struct fa_port_ranges *ports = &opening->ports;

	return opening->server.hosts.count == 1 && opening->server.addr_count == 0 &&
	       ports->count == 1 && ports->items[0].low == ports->items[0].high;
}

static void add_service(struct fa_buffer *line, const struct fa_opening *opening)
{
	if (is_one_name(opening)) {
		fa_buffer_addf(line, ":%u/", opening->ports.items[0].low);
		fa_catalog_add_transports(line, opening->transports);
		return;
	}
	fa_buffer_add(line, ", ");
	fa_export_add_service(line, opening);
}

static void put_closed(struct fa_nft *nft, const struct closed *why, size_t index)
{
	const struct fa_opening *opening = &nft->openings->items[index];
	const struct fa_rule *rule = opening->binding->rule;
	struct fa_buffer *line = &nft->line;

	fa_buffer_add(line, why->lead);
	fa_export_add_end(line, &opening->client);
	fa_buffer_add(line, " -> ");
	fa_export_add_end(line, &opening->server);
	add_service(line, opening);
	fa_nft_put(nft, 0, "# ");
	if (opening->binding->instance != NULL) {
		fa_buffer_safe(line, opening->binding->instance->name);
		fa_buffer_add(line, ": ");
	}
	fa_buffer_safe(line, rule->id);
	fa_buffer_addf(line, ", %s: ", fa_requirement_text(rule->requirement));
	fa_catalog_add_citation(line, rule);
	fa_nft_put(nft, 0, "#   ");
	fa_export_add_notes(line, opening, why->help == NULL, "\n#   ");
	if (line->len > 0)
		fa_nft_put(nft, 0, "#   ");
}

void fa_nft_put_closed(struct fa_nft *nft)
{
	size_t counts[FA_OPENING_STATE_COUNT];

	fa_export_count(nft->openings, counts);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		size_t count = counts[closed[i].state];

		if (count == 0)
			continue;
		fputc('\n', nft->out);
		fa_buffer_addf(&nft->line, "Not opened, %s: %zu", closed[i].title, count);
		fa_nft_put(nft, 0, "# ==== ");
		if (closed[i].help != NULL) {
			fa_buffer_add(&nft->line, closed[i].help);
			fa_nft_put(nft, 0, "# ");
		}
		fputs("#\n", nft->out);
		for (size_t k = 0; k < nft->openings->count; k++)
			if (nft->openings->items[k].state == closed[i].state)
				put_closed(nft, &closed[i], k);
	}
}
