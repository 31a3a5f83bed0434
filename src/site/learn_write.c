/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The proposal as a site file: what is sure in its place, and why in comments. */
#include "site/learn.h"

#include <string.h>

#include "base/text.h"
#include "site/learn_internal.h"
#include "site/learn_wrap.h"

enum { PORTS_SHOWN = 24 /* in one list */ };

static void say_ports(struct fa_wrap *wrap, const struct fa_learned_ports *ports)
{
	for (size_t i = 0; i < ports->count && i < PORTS_SHOWN; i++) {
		const struct fa_port_range *range = &ports->items[i];
		const char *end = i + 1 < ports->count && i + 1 < PORTS_SHOWN ? "," : "";

		if (range->low == range->high)
			fa_wrap_say(wrap, "%u%s", range->low, end);
		else
			fa_wrap_say(wrap, "%u-%u%s", range->low, range->high, end);
	}
	if (ports->count > PORTS_SHOWN)
		fa_wrap_say(wrap, "and %zu more", ports->count - PORTS_SHOWN);
}

static size_t documented(const struct fa_learned_guess *guess)
{
	return guess->served.count + guess->unnamed.count + guess->missing.count;
}

/* "10.0.1.9 answers 4 of 5 documented ports: 8243, 8280, ...; not seen: 9099" */
static void write_evidence(FILE *out, const struct fa_learned_guess *guess)
{
	struct fa_wrap wrap;
	char host[FA_ADDR_TEXT];

	fa_wrap_begin(&wrap, out, "      # ", "      #   ");
	fa_wrap_say(&wrap, "%s answers %zu of %zu documented ports:",
		    fa_addr_text(&guess->host, host), guess->served.count, documented(guess));
	say_ports(&wrap, &guess->served);
	if (guess->inherited.count > 0) {
		fa_wrap_join(&wrap, ";");
		fa_wrap_say(&wrap, "besides, of a role that includes it:");
		say_ports(&wrap, &guess->inherited);
	}
	if (guess->unnamed.count > 0) {
		fa_wrap_join(&wrap, ";");
		fa_wrap_say(&wrap, "weaker, since the row names no protocol:");
		say_ports(&wrap, &guess->unnamed);
	}
	if (guess->missing.count > 0) {
		fa_wrap_join(&wrap, ";");
		fa_wrap_say(&wrap, "not seen:");
		say_ports(&wrap, &guess->missing);
	}
	fa_wrap_end(&wrap);
}

/* IPv6 addresses have colons, which YAML could take for its own. */
static void say_host(struct fa_wrap *wrap, const struct fa_addr *host, const char *end)
{
	char text[FA_ADDR_TEXT];

	fa_wrap_say(wrap, host->version == 6 ? "\"%s\"%s" : "%s%s", fa_addr_text(host, text), end);
}

static void write_hosts(const struct fa_learning *learning, FILE *out)
{
	size_t written = 0;

	for (size_t i = 0; i < learning->place_count; i++) {
		const struct fa_learned_place *place = &learning->places[i];
		struct fa_wrap wrap;

		if (place->name != written + 1)
			continue;
		if (written++ == 0)
			fputs("# Machines with several roles: give them their names.\nhosts:\n",
			      out);
		fa_wrap_begin(&wrap, out, "  ", "    ");
		fa_wrap_say(&wrap, "host-%zu: [", place->name);
		fa_wrap_glue(&wrap);
		say_host(&wrap, &place->guess.host, "]");
		fa_wrap_end(&wrap);
	}
}

/* The hosts from FIRST to END, all of one role, with what speaks for each. */
static void write_role(const struct fa_learning *learning, FILE *out, size_t first, size_t end)
{
	struct fa_wrap wrap;

	for (size_t i = first; i < end; i++)
		write_evidence(out, &learning->places[i].guess);
	fa_wrap_begin(&wrap, out, "      ", "        ");
	fa_wrap_say(&wrap, "%s: [", learning->places[first].guess.role->name);
	fa_wrap_glue(&wrap);
	for (size_t i = first; i < end; i++) {
		const struct fa_learned_place *place = &learning->places[i];
		const char *comma = i + 1 < end ? "," : "]";

		if (place->name != 0)
			fa_wrap_say(&wrap, "host-%zu%s", place->name, comma);
		else
			say_host(&wrap, &place->guess.host, comma);
	}
	fa_wrap_end(&wrap);
}

static void write_instance(const struct fa_learning *learning, FILE *out, size_t first, size_t end)
{
	const struct fa_learned_guess *guess = &learning->places[first].guess;
	const char *name = guess->product->name;
	char safe[256];
	size_t next;

	fprintf(out, "  # %s\n  - name: %s", fa_text_safe(name, strlen(name), safe, sizeof(safe)),
		guess->product->id);
	if (guess->offset != 0)
		fprintf(out, "-offset-%u", guess->offset);
	fprintf(out, "\n    product: %s\n", guess->product->id);
	if (guess->offset != 0)
		fprintf(out, "    parameters: {%s: %u} # as the ports suggest\n",
			guess->parameter->name, guess->offset);
	fprintf(out, "    roles:\n");
	for (size_t i = first; i < end; i = next) {
		next = i + 1;
		while (next < end &&
		       learning->places[next].guess.role == learning->places[i].guess.role)
			next++;
		write_role(learning, out, i, next);
	}
}

/* A site needs an instance; that of the infrastructure changes nothing while it has no roles. */
static void write_no_instance(const struct fa_learning *learning, FILE *out)
{
	for (size_t i = 0; i < learning->book->product_count; i++) {
		const struct fa_product *product = &learning->book->products[i];

		if (!product->everywhere)
			continue;
		fprintf(out,
			"  # No product is sure. This one holds for anybody as long as nobody has "
			"its roles.\n"
			"  - name: %s\n    product: %s\n",
			product->id, product->id);
		return;
	}
	fprintf(out, "  [] # no product is sure: put in here what is\n");
}

static void write_instances(const struct fa_learning *learning, FILE *out)
{
	size_t end;

	fprintf(out, "instances:\n");
	for (size_t first = 0; first < learning->place_count; first = end) {
		end = first + 1;
		while (end < learning->place_count &&
		       fa_learned_same_instance(&learning->places[first].guess,
						&learning->places[end].guess))
			end++;
		write_instance(learning, out, first, end);
	}
	if (learning->place_count == 0)
		write_no_instance(learning, out);
}

static void say_hosts(struct fa_wrap *wrap, const struct fa_learned_hosts *hosts)
{
	char text[FA_ADDR_TEXT];

	for (size_t i = 0; i < hosts->count && i < FA_LEARNED_HOSTS; i++) {
		if (i > 0)
			fa_wrap_join(wrap, ",");
		fa_wrap_say(wrap, "%s", fa_addr_text(&hosts->shown[i], text));
	}
	if (hosts->count > FA_LEARNED_HOSTS)
		fa_wrap_say(wrap, "and %zu more", hosts->count - FA_LEARNED_HOSTS);
}

/* "api-manager of wso2 with offset 10: 8253, 8290, 2 of its 4 documented ports" */
static void write_option(FILE *out, const struct fa_learned_guess *guess)
{
	struct fa_wrap wrap;

	fa_wrap_begin(&wrap, out, "#   ", "#     ");
	fa_wrap_say(&wrap, "%s of %s", guess->role->name, guess->product->id);
	if (guess->offset != 0)
		fa_wrap_say(&wrap, "with %s %u", guess->parameter->name, guess->offset);
	fa_wrap_join(&wrap, ":");
	say_ports(&wrap, &guess->served);
	fa_wrap_join(&wrap, ",");
	fa_wrap_say(&wrap, "%zu of its %zu documented ports", guess->served.count,
		    documented(guess));
	if (guess->elsewhere)
		fa_wrap_say(&wrap, "(but it is in an instance above)");
	fa_wrap_end(&wrap);
}

/* What the hosts that could be several things could be. */
static void write_open(const struct fa_learning *learning, FILE *out)
{
	if (learning->open_count > 0)
		fputs("\n# Not sure, since the ports speak for several roles. Put what is right "
		      "into an instance above.\n",
		      out);
	for (size_t i = 0; i < learning->open_count; i++) {
		const struct fa_learned_open *open = &learning->open[i];
		struct fa_wrap wrap;

		fa_wrap_begin(&wrap, out, "# ", "#   ");
		say_hosts(&wrap, &open->hosts);
		fa_wrap_say(&wrap, "could be");
		fa_wrap_end(&wrap);
		for (size_t k = 0; k < open->option_count; k++)
			write_option(out, &open->options[k]);
	}
}

/* "443, of control-room of automation-anywhere or ...: 10.0.0.1, 10.0.0.2 and 7 more" */
static void write_port(FILE *out, const struct fa_learned_weak *weak)
{
	const struct fa_learned_ports port = {{weak->port}, 1};
	struct fa_wrap wrap;

	fa_wrap_begin(&wrap, out, "#   ", "#     ");
	say_ports(&wrap, &port);
	for (size_t i = 0; i < weak->role_count; i++) {
		bool again = i > 0 && weak->roles[i].product == weak->roles[i - 1].product;
		bool last = i + 1 == weak->role_count ||
			    weak->roles[i + 1].product != weak->roles[i].product;

		if (again)
			fa_wrap_join(&wrap, ",");
		fa_wrap_say(&wrap, "%s%s", i == 0 ? "(" : again ? "" : "or ",
			    weak->roles[i].role->name);
		if (last)
			fa_wrap_say(&wrap, "of %s", weak->roles[i].product->id);
	}
	fa_wrap_join(&wrap, "):");
	say_hosts(&wrap, &weak->hosts);
	fa_wrap_end(&wrap);
}

static void write_weak(const struct fa_learning *learning, FILE *out)
{
	if (learning->weak_count > 0)
		fprintf(out, "\n# One documented port only, which may be chance:\n");
	for (size_t i = 0; i < learning->weak_count; i++)
		write_port(out, &learning->weak[i]);
}

static void write_head(FILE *out, const char *source, long long run)
{
	struct fa_wrap wrap;
	char safe[512];

	fa_wrap_begin(&wrap, out, "# ", "# ");
	fa_wrap_say(&wrap, "Proposed from run %lld, by what its hosts were seen to serve:", run);
	fa_wrap_say(&wrap, "%s", fa_text_safe(source, strlen(source), safe, sizeof(safe)));
	fa_wrap_end(&wrap);
	fprintf(out,
		"# Nothing reads this by itself. Check every line, name the site, say who the "
		"clients are (a role\n"
		"# that is not placed fits anybody), and keep the file in git.\n"
		"format: 1\nsite: learned\n");
}

void fa_learning_write(const struct fa_learning *learning, FILE *out, const char *source,
		       long long run)
{
	write_head(out, source, run);
	if (learning->place_count == 0 && learning->open_count == 0 && learning->weak_count == 0)
		fprintf(out, "# No host was seen to serve a documented port with its protocol.\n");
	write_hosts(learning, out);
	write_instances(learning, out);
	write_open(learning, out);
	write_weak(learning, out);
	if (learning->is_full)
		fprintf(out, "\n# There were more hosts than this; they were left out.\n");
}
