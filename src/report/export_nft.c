/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Openings as rules of nftables, nft(8).
 *
 * Text that is not ours gets here into comments alone: those of a line (#), where nothing of it is
 * a line break, and those of rules and sets, where nothing of it is a quote.
 */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "config.h"
#include "report/catalog.h"
#include "report/export.h"
#include "report/export_rules.h"
#include "report/output.h"

/* Longest comment that the kernel keeps, in bytes (NFTNL_UDATA_COMMENT_MAXLEN, with the final NUL).
 */
enum { COMMENT_BYTES = 127 };

struct nft {
	FILE *out;
	const struct fa_openings *openings;
	const struct fa_usage *usage; /* NULL: nobody asked */
	bool drop;
	struct fa_export_rules rules;
	struct fa_buffer line; /* whoever uses it resets it */
	struct fa_buffer quoted;
	bool failed; /* a line could not be made */
};

/* Writes the line, indented with tabs, in front of which stands LEAD. */
static void put(struct nft *nft, unsigned tabs, const char *lead)
{
	nft->failed = nft->failed || nft->line.failed;
	fprintf(nft->out, "%.*s%s%s\n", (int)tabs, "\t\t\t\t", lead, fa_buffer_text(&nft->line));
	fa_buffer_reset(&nft->line);
}

static void say(struct nft *nft, const char *text)
{
	fa_buffer_reset(&nft->line);
	fa_buffer_add(&nft->line, text);
	put(nft, 0, text[0] == '\0' ? "#" : "# ");
}

/* Adds ` comment "TEXT"` to the line, without quotes in it and no longer than is kept. */
static void add_comment(struct nft *nft, const struct fa_buffer *text)
{
	struct fa_buffer *quoted = &nft->quoted;
	size_t len;

	fa_buffer_reset(quoted);
	fa_buffer_add(quoted, fa_buffer_text(text));
	nft->failed = nft->failed || quoted->failed || text->failed;
	if (quoted->failed || quoted->len == 0)
		return;
	for (char *c = quoted->text; *c != '\0'; c++)
		if (*c == '"')
			*c = '\'';
	len = quoted->len;
	if (len > COMMENT_BYTES) {
		len = COMMENT_BYTES - 3;
		while (len > 0 && ((unsigned char)quoted->text[len] & 0xc0) == 0x80)
			len--;
	}
	fa_buffer_addf(&nft->line, " comment \"%.*s%s\"", (int)len, quoted->text,
		       len < quoted->len ? "..." : "");
}

/* Head. */

static void put_documents(struct nft *nft)
{
	const struct fa_rulebook *book = nft->openings->policy->book;
	struct fa_buffer *line = &nft->line;

	for (size_t i = 0; i < book->product_count; i++) {
		const struct fa_product *product = &book->products[i];

		fa_buffer_safe(line, product->id);
		fa_buffer_add(line, ": \"");
		fa_buffer_safe(line, product->title);
		fa_buffer_add(line, "\", ");
		fa_buffer_safe(line, product->publisher);
		fa_buffer_add(line, ", ");
		fa_buffer_safe(line, product->dated != NULL ? product->dated : "no date");
		fa_buffer_addf(line, " (file %016" PRIx64 ")", product->digest);
		put(nft, 0, "#   ");
	}
}

static void put_counts(struct nft *nft)
{
	size_t counts[FA_OPENING_STATE_COUNT];
	size_t rest = 0;
	struct fa_buffer *line = &nft->line;

	fa_export_count(nft->openings, counts);
	for (unsigned i = FA_OPENING_DISCOURAGED + 1; i < FA_OPENING_LOCAL; i++)
		rest += counts[i];
	fa_buffer_count(line, counts[FA_OPENING_OPEN], "opening follows", "openings follow");
	fa_buffer_addf(line, "; %zu discouraged by their documents are commented out;",
		       counts[FA_OPENING_DISCOURAGED]);
	put(nft, 0, "# ");
	fa_buffer_addf(line, "%zu cannot be opened as they stand: see the end, with the reasons.",
		       rest);
	put(nft, 0, "# ");
	fa_buffer_addf(line, "Left out: %zu used inside one machine, %zu with nobody at one end.",
		       counts[FA_OPENING_LOCAL], counts[FA_OPENING_NOBODY]);
	put(nft, 0, "# ");
}

static void put_run(struct nft *nft, const struct fa_usage_run *run)
{
	struct fa_buffer *line = &nft->line;
	char time[FA_TIME_TEXT];

	fa_buffer_addf(line, "run %" PRId64, run->id);
	if (run->last_ns != 0) {
		fa_buffer_addf(line, "  %s", fa_time_text_short(run->first_ns, time));
		fa_buffer_addf(line, " .. %s", fa_time_text_short(run->last_ns, time));
	}
	fa_buffer_addf(line, "  confidence %s: ", run->confidence);
	fa_buffer_safe(line, run->why);
	if (run->other_site)
		fa_buffer_add(line, "; another version of the site file");
	put(nft, 0, "#   ");
}

/* Which runs were asked what was used, and how far they can be trusted. */
static void put_usage(struct nft *nft)
{
	const struct fa_usage *usage = nft->usage;
	struct fa_buffer *line = &nft->line;
	size_t idle = 0;
	size_t open = 0;

	if (usage == NULL)
		return;
	for (size_t i = 0; i < nft->openings->count; i++) {
		if (nft->openings->items[i].state != FA_OPENING_OPEN)
			continue;
		open++;
		idle += fa_use_is_idle(&usage->uses[i]);
	}
	say(nft, "");
	fa_buffer_addf(
		line,
		"UNUSED marks what nothing used: %zu of %zu openings, by the newest %zu runs of ",
		idle, open, usage->run_count);
	fa_buffer_safe(line, usage->source);
	put(nft, 0, "# ");
	if (usage->run_count < usage->asked) {
		fa_buffer_addf(line,
			       "(%zu were asked for; there are no more that were judged with "
			       "this site)",
			       usage->asked);
		put(nft, 0, "# ");
	}
	for (size_t i = 0; i < usage->run_count; i++)
		put_run(nft, &usage->runs[i]);
	fa_export_add_trust(line, usage);
	if (line->len > 0)
		put(nft, 0, "# Beware: ");
}

static void put_head(struct nft *nft)
{
	const struct fa_site *site = nft->openings->policy->site;
	struct fa_buffer *line = &nft->line;

	fputs("#!/usr/sbin/nft -f\n", nft->out);
	fa_buffer_add(line, "What the vendors' port documents ask to be open at the site ");
	fa_buffer_safe(line, site->name);
	fa_buffer_add(line, ".");
	put(nft, 0, "# ");
	fa_buffer_add(line, "Made by flowaudit " PACKAGE_VERSION " from ");
	fa_buffer_safe(line, site->file);
	fa_buffer_addf(line, " (file %016" PRIx64 ") and these documents:", site->digest);
	put(nft, 0, "# ");
	put_documents(nft);
	say(nft, "");
	put_counts(nft);
	say(nft, "");
	say(nft,
	    nft->drop ? "What no document asks for is counted, logged (\"flowaudit: \", ten lines "
			"a second) and DROPPED."
		      : "What no document asks for is counted, logged (\"flowaudit: \", ten lines "
			"a second) and still let");
	if (!nft->drop)
		say(nft,
		    "through: loading this file cuts nobody off. --policy drop writes one that "
		    "does.");
	say(nft,
	    "Only what this machine forwards is looked at, so load it where the networks meet.");
	say(nft, "Check it with nft -c -f FILE; loading it again replaces the table as a whole.");
	put_usage(nft);
}

/* Sets. */

static void put_elements(struct nft *nft, const struct fa_opening_addr *addrs, size_t count)
{
	struct fa_buffer *line = &nft->line;
	char addr[FA_ADDR_TEXT];

	fputs("\t\telements = {\n", nft->out);
	for (size_t i = 0; i < count; i++) {
		const struct fa_prefix *prefix = &addrs[i].prefix;

		fa_buffer_add(line, fa_addr_text(&prefix->addr, addr));
		if (prefix->bits != (prefix->addr.version == 4 ? 32 : 128))
			fa_buffer_addf(line, "/%u", prefix->bits);
		fa_buffer_add(line, i + 1 < count ? "," : "");
		if (addrs[i].label != NULL && strcmp(addrs[i].label, addr) != 0 &&
		    strchr(addrs[i].label, '/') == NULL) {
			fa_buffer_add(line, "\t# ");
			fa_buffer_safe(line, addrs[i].label);
		}
		put(nft, 3, "");
	}
	fputs("\t\t}\n", nft->out);
}

static void put_set(struct nft *nft, const struct fa_export_set *set, unsigned version,
		    const struct fa_opening_addr *addrs, size_t count)
{
	struct fa_buffer roles = {0};

	if (count == 0)
		return;
	fprintf(nft->out, "\n\tset %s_%u {\n", set->name, version);
	fprintf(nft->out, "\t\ttype ipv%u_addr\n\t\tflags interval\n", version);
	fa_buffer_safe(&roles, set->instance->name);
	fa_buffer_add(&roles, ": ");
	for (size_t i = 0; i < set->role_count; i++) {
		fa_buffer_add(&roles, i > 0 ? ", " : "");
		fa_buffer_safe(&roles, set->roles[i]);
	}
	add_comment(nft, &roles);
	fprintf(nft->out, "\t\t%s\n", fa_buffer_text(&nft->line) + (nft->line.len > 0));
	fa_buffer_reset(&nft->line);
	fa_buffer_deinit(&roles);
	put_elements(nft, addrs, count);
	fputs("\t}\n", nft->out);
}

/* Rules. */

static const struct fa_opening *opening_of(const struct nft *nft, const struct fa_export_rule *rule,
					   size_t index)
{
	return &nft->openings->items[rule->openings[index]];
}

static bool is_idle(const struct nft *nft, const struct fa_export_rule *rule)
{
	for (size_t i = 0; i < rule->opening_count; i++)
		if (nft->usage == NULL || !fa_use_is_idle(&nft->usage->uses[rule->openings[i]]))
			return false;
	return true;
}

/* "[unused, optional] strongdm/client/gateway, ...: Ports Guide, Client" */
static void add_rule_comment(struct nft *nft, const struct fa_export_rule *rule)
{
	const struct fa_rule *first = opening_of(nft, rule, 0)->binding->rule;
	enum fa_requirement needed = FA_CONDITIONAL;
	bool idle = is_idle(nft, rule);
	struct fa_buffer text = {0};

	for (size_t i = 0; i < rule->opening_count; i++) {
		enum fa_requirement one = opening_of(nft, rule, i)->binding->rule->requirement;

		needed = one < needed ? one : needed;
	}
	if (idle || needed != FA_REQUIRED)
		fa_buffer_addf(&text, "[%s%s%s] ", idle ? "unused" : "",
			       idle && needed != FA_REQUIRED ? ", " : "",
			       needed != FA_REQUIRED ? fa_requirement_text(needed) : "");
	fa_buffer_safe(&text, first->id);
	if (rule->opening_count > 1)
		fa_buffer_addf(&text, " and %zu more", rule->opening_count - 1);
	fa_buffer_add(&text, ": ");
	fa_buffer_safe(&text, first->product->title);
	fa_buffer_add(&text, ", ");
	fa_buffer_safe(&text, first->section);
	add_comment(nft, &text);
	fa_buffer_deinit(&text);
}

static void add_ports(struct nft *nft, const struct fa_export_rule *rule)
{
	const struct fa_port_ranges ports = {rule->ports, rule->port_count};
	const char *transport = fa_rule_transport_text(rule->transport);
	struct fa_buffer *line = &nft->line;

	if (rule->port_count == 0) {
		bool six = 1u << rule->transport == FA_RULE_ICMP6;

		fa_buffer_addf(line, "meta l4proto %s", six ? "ipv6-icmp" : "icmp");
		return;
	}
	fa_buffer_addf(line, "%s dport ", transport);
	fa_buffer_add(line, rule->port_count > 1 ? "{ " : "");
	fa_catalog_add_ports(line, &ports);
	fa_buffer_add(line, rule->port_count > 1 ? " }" : "");
}

/* The rule for addresses of one version; 0: for both, since nobody is named. */
static void put_rule_line(struct nft *nft, const struct fa_export_rule *rule, unsigned version)
{
	const struct fa_export_set *sets = nft->rules.sets;
	const char *family = version == 6 ? "ip6" : "ip";
	struct fa_buffer *line = &nft->line;

	if (rule->client != FA_EXPORT_ANYBODY)
		fa_buffer_addf(line, "%s saddr @%s_%u ", family, sets[rule->client].name, version);
	if (rule->server != FA_EXPORT_ANYBODY)
		fa_buffer_addf(line, "%s daddr @%s_%u ", family, sets[rule->server].name, version);
	add_ports(nft, rule);
	fa_buffer_add(line, " counter accept");
	add_rule_comment(nft, rule);
	put(nft, 2, rule->discouraged ? "# " : "");
}

/* Citation, then what else there is to know: one line each. */
static void put_citation(struct nft *nft, size_t index)
{
	const struct fa_opening *opening = &nft->openings->items[index];
	const struct fa_rule *rule = opening->binding->rule;
	struct fa_buffer *line = &nft->line;

	fa_buffer_safe(line, rule->id);
	fa_buffer_addf(line, ", %s: ", fa_requirement_text(rule->requirement));
	fa_catalog_add_citation(line, rule);
	put(nft, 2, "# ");
	fa_export_add_notes(line, opening, "\n\t\t#   ");
	if (line->len > 0)
		put(nft, 2, "#   ");
	fa_export_add_use(line, nft->usage, index);
	if (line->len > 0)
		put(nft, 2,
		    nft->usage != NULL && fa_use_is_idle(&nft->usage->uses[index]) ? "#   UNUSED: "
										   : "#   ");
}

static void put_rule(struct nft *nft, const struct fa_export_rule *rule)
{
	bool four = fa_export_rule_has(&nft->rules, rule, 4);
	bool six = fa_export_rule_has(&nft->rules, rule, 6);

	for (size_t i = 0; i < rule->opening_count; i++)
		put_citation(nft, rule->openings[i]);
	if (rule->client == FA_EXPORT_ANYBODY && rule->server == FA_EXPORT_ANYBODY) {
		put_rule_line(nft, rule, 0);
		return;
	}
	if (four)
		put_rule_line(nft, rule, 4);
	if (six)
		put_rule_line(nft, rule, 6);
	if (!four && !six) {
		fa_buffer_add(&nft->line, "nothing to open: one end has IPv4 addresses, the other "
					  "IPv6 addresses");
		put(nft, 2, "#   ");
	}
}

static void put_documented(struct nft *nft)
{
	const struct fa_instance *instance = NULL;
	struct fa_buffer *line = &nft->line;

	fputs("\n\tchain documented {\n", nft->out);
	for (size_t i = 0; i < nft->rules.rule_count; i++) {
		const struct fa_export_rule *rule = &nft->rules.rules[i];
		const struct fa_instance *of = opening_of(nft, rule, 0)->binding->instance;

		if (i > 0)
			fputc('\n', nft->out);
		if (of != instance) {
			fa_buffer_safe(line, of->name);
			fa_buffer_add(line, " (");
			fa_buffer_safe(line, of->product->name);
			fa_buffer_add(line, ")");
			put(nft, 2, "# ==== ");
			fputc('\n', nft->out);
			instance = of;
		}
		put_rule(nft, rule);
	}
	fputs("\t}\n", nft->out);
}

static void put_forward(struct nft *nft)
{
	fprintf(nft->out,
		"\n"
		"\tcounter undocumented {\n"
		"\t}\n"
		"\n"
		"\tchain forward {\n"
		"\t\ttype filter hook forward priority filter; policy %s;\n"
		"\n"
		"\t\tct state established,related accept\n"
		"\t\tjump documented\n"
		"\t\tcounter name undocumented\n"
		"\t\tlimit rate 10/second burst 50 packets log prefix \"flowaudit: \"\n"
		"\t}\n",
		nft->drop ? "drop" : "accept");
}

/* What cannot be opened as it stands. */

static const struct closed {
	enum fa_opening_state state;
	const char *lead;
} closed[] = {
	{FA_OPENING_BY_NAME, "needs a proxy or addresses: "},
	{FA_OPENING_BY_SYSTEM, "needs a list of autonomous systems: "},
	{FA_OPENING_NO_PORT, "needs a port: "},
	{FA_OPENING_RUN_TIME_PORT, "needs a helper or a fixed port: "},
	{FA_OPENING_NOT_PLACED, "needs to be placed: "},
	{FA_OPENING_EVERYBODY, "for everybody: "},
};

static void put_closed(struct nft *nft, const struct closed *why, size_t index)
{
	const struct fa_opening *opening = &nft->openings->items[index];
	const struct fa_rule *rule = opening->binding->rule;
	struct fa_buffer *line = &nft->line;

	fa_buffer_add(line, why->lead);
	fa_export_add_end(line, &opening->client);
	fa_buffer_add(line, " -> ");
	fa_export_add_end(line, &opening->server);
	/* "*.strongdm.com:443" reads better than "tcp 443" behind a name. */
	if (opening->state == FA_OPENING_BY_NAME && opening->ports.count == 1 &&
	    opening->ports.items[0].low == opening->ports.items[0].high &&
	    opening->server.hosts.count == 1 && opening->server.addr_count == 0)
		fa_buffer_addf(line, ":%u", opening->ports.items[0].low);
	fa_buffer_add(line, ", ");
	fa_export_add_service(line, opening);
	put(nft, 0, "# ");
	if (opening->binding->instance != NULL) {
		fa_buffer_safe(line, opening->binding->instance->name);
		fa_buffer_add(line, ": ");
	}
	fa_buffer_safe(line, rule->id);
	fa_buffer_addf(line, ", %s: ", fa_requirement_text(rule->requirement));
	fa_catalog_add_citation(line, rule);
	put(nft, 0, "#   ");
	fa_export_add_notes(line, opening, "\n#   ");
	if (line->len > 0)
		put(nft, 0, "#   ");
}

static void put_all_closed(struct nft *nft)
{
	size_t counts[FA_OPENING_STATE_COUNT];

	fa_export_count(nft->openings, counts);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		size_t count = counts[closed[i].state];

		if (count == 0)
			continue;
		fputc('\n', nft->out);
		fa_buffer_addf(&nft->line, "Not opened, %s (%zu)",
			       fa_opening_state_text(closed[i].state), count);
		put(nft, 0, "# ==== ");
		for (size_t k = 0; k < nft->openings->count; k++)
			if (nft->openings->items[k].state == closed[i].state)
				put_closed(nft, &closed[i], k);
	}
}

static void put_table(struct nft *nft)
{
	/* The first line makes the table if it is not there, so that the second never fails. */
	fputs("\ntable inet flowaudit\ndelete table inet flowaudit\n\ntable inet flowaudit {",
	      nft->out);
	for (size_t i = 0; i < nft->rules.set_count; i++) {
		const struct fa_export_set *set = &nft->rules.sets[i];

		put_set(nft, set, 4, set->addrs, set->count4);
		put_set(nft, set, 6, set->addrs + set->count4, set->count - set->count4);
	}
	put_forward(nft);
	put_documented(nft);
	fputs("}\n", nft->out);
}

int fa_export_nftables(FILE *out, const struct fa_openings *openings, const struct fa_usage *usage,
		       bool drop, struct fa_diag *diag)
{
	struct nft nft = {.out = out, .openings = openings, .usage = usage, .drop = drop};
	int error = fa_export_rules_init(&nft.rules, openings);

	if (error == 0) {
		put_head(&nft);
		put_table(&nft);
		put_all_closed(&nft);
		error = nft.failed ? FA_ENOMEM : fa_output_flush(out, diag);
	}
	if (error == FA_ENOMEM)
		fa_fail(diag, error, "no memory for the rule set");
	fa_export_rules_deinit(&nft.rules);
	fa_buffer_deinit(&nft.line);
	fa_buffer_deinit(&nft.quoted);
	return error;
}
