/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Openings as rules of nftables, nft(8). */
#include <string.h>

#include "report/catalog.h"
#include "report/export_nft.h"
#include "report/output.h"

/* Longest comment that the kernel keeps, in bytes (NFTNL_UDATA_COMMENT_MAXLEN, with the final NUL).
 */
enum { COMMENT_BYTES = 127 };

void fa_nft_put(struct fa_nft *nft, unsigned tabs, const char *lead)
{
	nft->failed = nft->failed || nft->line.failed;
	fprintf(nft->out, "%.*s%s%s\n", (int)tabs, "\t\t\t\t", lead, fa_buffer_text(&nft->line));
	fa_buffer_reset(&nft->line);
}

/* Adds ` comment "TEXT"` to the line, without quotes in it and no longer than is kept. */
static void add_comment(struct fa_nft *nft, const struct fa_buffer *text)
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

/* Sets. */

static void put_elements(struct fa_nft *nft, const struct fa_opening_addr *addrs, size_t count)
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
		fa_nft_put(nft, 3, "");
	}
	fputs("\t\t}\n", nft->out);
}

/* Whether a rule for addresses of this version has the set. */
static bool is_used(const struct fa_nft *nft, size_t set, unsigned version)
{
	for (size_t i = 0; i < nft->rules.rule_count; i++) {
		const struct fa_export_rule *rule = &nft->rules.rules[i];

		if ((rule->client == set || rule->server == set) &&
		    fa_export_rule_has(&nft->rules, rule, version))
			return true;
	}
	return false;
}

static void put_set(struct fa_nft *nft, size_t index, unsigned version,
		    const struct fa_opening_addr *addrs, size_t count)
{
	const struct fa_export_set *set = &nft->rules.sets[index];
	struct fa_buffer roles = {0};

	if (count == 0 || !is_used(nft, index, version))
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

static const struct fa_opening *opening_of(const struct fa_nft *nft,
					   const struct fa_export_rule *rule, size_t index)
{
	return &nft->openings->items[rule->openings[index]];
}

static bool is_idle(const struct fa_nft *nft, const struct fa_export_rule *rule)
{
	for (size_t i = 0; i < rule->opening_count; i++)
		if (nft->usage == NULL || !fa_use_is_idle(&nft->usage->uses[rule->openings[i]]))
			return false;
	return true;
}

/* "[unused, optional] strongdm/client/gateway, ...: Ports Guide, Client" */
static void add_rule_comment(struct fa_nft *nft, const struct fa_export_rule *rule)
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

static void add_ports(struct fa_nft *nft, const struct fa_export_rule *rule)
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
static void put_rule_line(struct fa_nft *nft, const struct fa_export_rule *rule, unsigned version)
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
	fa_nft_put(nft, 2, rule->discouraged ? "# " : "");
}

/* Citation, then what else there is to know: one line each. */
static void put_citation(struct fa_nft *nft, size_t index)
{
	const struct fa_opening *opening = &nft->openings->items[index];
	const struct fa_rule *rule = opening->binding->rule;
	struct fa_buffer *line = &nft->line;

	fa_buffer_safe(line, rule->id);
	fa_buffer_addf(line, ", %s: ", fa_requirement_text(rule->requirement));
	fa_catalog_add_citation(line, rule);
	fa_nft_put(nft, 2, "# ");
	fa_export_add_notes(line, opening, false, "\n\t\t#   ");
	if (line->len > 0)
		fa_nft_put(nft, 2, "#   ");
	fa_export_add_use(line, nft->usage, index);
	if (line->len > 0)
		fa_nft_put(nft, 2,
			   nft->usage != NULL && fa_use_is_idle(&nft->usage->uses[index])
				   ? "#   UNUSED: "
				   : "#   ");
}

static void put_rule(struct fa_nft *nft, const struct fa_export_rule *rule)
{
	bool four = fa_export_rule_has(&nft->rules, rule, 4);
	bool six = fa_export_rule_has(&nft->rules, rule, 6);

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
		fa_nft_put(nft, 2, "#   ");
	}
}

static bool are_same(const struct fa_export_rule *a, const struct fa_export_rule *b)
{
	return a->opening_count == b->opening_count &&
	       memcmp(a->openings, b->openings, a->opening_count * sizeof(*a->openings)) == 0;
}

static void put_documented(struct fa_nft *nft)
{
	const struct fa_instance *instance = NULL;
	struct fa_buffer *line = &nft->line;

	fputs("\n\tchain documented {\n", nft->out);
	for (size_t i = 0; i < nft->rules.rule_count; i++) {
		const struct fa_export_rule *rule = &nft->rules.rules[i];
		const struct fa_instance *of = opening_of(nft, rule, 0)->binding->instance;
		bool again = i > 0 && are_same(rule, &nft->rules.rules[i - 1]);

		if (i > 0 && !again)
			fputc('\n', nft->out);
		if (of != instance) {
			fa_buffer_safe(line, of->name);
			fa_buffer_add(line, " (");
			fa_buffer_safe(line, of->product->name);
			fa_buffer_add(line, ")");
			fa_nft_put(nft, 2, "# ==== ");
			fputc('\n', nft->out);
			instance = of;
		}
		for (size_t k = 0; k < rule->opening_count && !again; k++)
			put_citation(nft, rule->openings[k]);
		put_rule(nft, rule);
	}
	fputs("\t}\n", nft->out);
}

static void put_forward(struct fa_nft *nft)
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

static void put_table(struct fa_nft *nft)
{
	/* The first line makes the table if it is not there, so that the second never fails. */
	fputs("\ntable inet flowaudit\ndelete table inet flowaudit\n\ntable inet flowaudit {",
	      nft->out);
	for (size_t i = 0; i < nft->rules.set_count; i++) {
		const struct fa_export_set *set = &nft->rules.sets[i];

		put_set(nft, i, 4, set->addrs, set->count4);
		put_set(nft, i, 6, set->addrs + set->count4, set->count - set->count4);
	}
	put_forward(nft);
	put_documented(nft);
	fputs("}\n", nft->out);
}

int fa_export_nftables(FILE *out, const struct fa_openings *openings, const struct fa_usage *usage,
		       bool drop, struct fa_diag *diag)
{
	struct fa_nft nft = {.out = out, .openings = openings, .usage = usage, .drop = drop};
	int error = fa_export_rules_init(&nft.rules, openings);

	if (error == 0) {
		fa_nft_put_head(&nft);
		put_table(&nft);
		fa_nft_put_closed(&nft);
		error = nft.failed ? FA_ENOMEM : fa_output_flush(out, diag);
	}
	if (error == FA_ENOMEM)
		fa_fail(diag, error, "no memory for the rule set");
	fa_export_rules_deinit(&nft.rules);
	fa_buffer_deinit(&nft.line);
	fa_buffer_deinit(&nft.quoted);
	return error;
}
