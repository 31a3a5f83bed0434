/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The proposal as a site file. */
#include "site/learn.h"

#include <string.h>

#include "base/text.h"
#include "site/learn_internal.h"

enum { ENOUGH = 2 }; /* ports that have to speak for a component before it stands uncommented */

static bool is_sure(const struct fa_learned_guess *guess)
{
	return guess->named >= ENOUGH && !guess->explained && guess->rivals == 0;
}

static bool was_served(const struct fa_learned_guess *guess, size_t rule)
{
	return rule < FA_LEARNED_RULES && (guess->rules[rule / 64] >> rule % 64 & 1) != 0;
}

/* The role that most of the served rows name at the server's end; roles that include others, and
 * so would fit any component, come last. */
static const char *role_of(const struct fa_learning *learning, const struct fa_learned_guess *guess)
{
	const char *best = "";
	size_t best_count = 0;
	bool best_includes = true;

	for (size_t r = 0; r < guess->product->role_count; r++) {
		const struct fa_role *role = &guess->product->roles[r];
		bool includes = role->include_count > 0;
		size_t count = 0;

		for (size_t i = 0; i < guess->component->rule_count; i++) {
			const struct fa_rule *rule = &learning->book->rules[guess->first_rule + i];

			count += was_served(guess, i) && fa_strings_have(&rule->to, role->name);
		}
		if (count == 0 || (includes && !best_includes))
			continue;
		if (count > best_count || (best_includes && !includes)) {
			best = role->name;
			best_count = count;
			best_includes = includes;
		}
	}
	return best;
}

static bool is_listed(const struct fa_learning *learning, const struct fa_learned_guess *guess,
		      size_t rule, bool served)
{
	const struct fa_rule *at = &learning->book->rules[guess->first_rule + rule];

	return at->direction != FA_RULE_OUTBOUND && at->scope == FA_SCOPE_NETWORK && !at->dynamic &&
	       was_served(guess, rule) == served;
}

/* Whether a rule before this one in the list has the same ports: several rows, one port. */
static bool is_repeated(const struct fa_learning *learning, const struct fa_learned_guess *guess,
			size_t rule, bool served)
{
	const struct fa_port_ranges *ports = &learning->book->rules[guess->first_rule + rule].ports;

	for (size_t i = 0; i < rule; i++) {
		const struct fa_port_ranges *other =
			&learning->book->rules[guess->first_rule + i].ports;

		if (is_listed(learning, guess, i, served) && other->count == ports->count &&
		    memcmp(other->items, ports->items, ports->count * sizeof(*ports->items)) == 0)
			return true;
	}
	return false;
}

static void write_ports(const struct fa_learning *learning, FILE *out,
			const struct fa_learned_guess *guess, bool served)
{
	const char *between = "";

	for (size_t i = 0; i < guess->component->rule_count; i++) {
		const struct fa_rule *rule = &learning->book->rules[guess->first_rule + i];
		uint32_t moved = rule->moves_with != NULL ? guess->offset : 0;

		if (!is_listed(learning, guess, i, served) ||
		    is_repeated(learning, guess, i, served))
			continue;
		for (size_t p = 0; p < rule->ports.count; p++) {
			const struct fa_port_range *range = &rule->ports.items[p];

			fprintf(out, "%s%u", between, range->low + moved);
			if (range->high > range->low)
				fprintf(out, "-%u", range->high + moved);
			between = ", ";
		}
	}
}

static void write_evidence(const struct fa_learning *learning, FILE *out,
			   const struct fa_learned_guess *guess)
{
	char host[FA_ADDR_TEXT];
	unsigned served = guess->named + guess->unnamed;

	fprintf(out, "      # %s answers %u of %u documented rows of %s: ",
		fa_addr_text(&guess->host, host), served, guess->documented,
		guess->component->name);
	write_ports(learning, out, guess, true);
	if (served < guess->documented) {
		fprintf(out, "; not seen: ");
		write_ports(learning, out, guess, false);
	}
	fputc('\n', out);
	if (guess->unnamed > 0)
		fprintf(out, "      # (%u of them on rows that name no protocol: weak evidence)\n",
			guess->unnamed);
	if (guess->explained)
		fprintf(out, "      # Another component explains these ports, and more.\n");
	else if (guess->rivals > 0)
		fprintf(out, "      # The same ports speak for %u other component%s.\n",
			guess->rivals, guess->rivals == 1 ? "" : "s");
	else if (guess->named < ENOUGH)
		fprintf(out, "      # One port only: take the comment sign away if you know it.\n");
}

static bool same_instance(const struct fa_learned_guess *a, const struct fa_learned_guess *b)
{
	return a->product == b->product && a->offset == b->offset;
}

/* The entries of one role, its hosts on one line; sure ones or the others. */
static void write_role(const struct fa_learning *learning, FILE *out, size_t first, size_t end,
		       size_t at, bool sure)
{
	const struct fa_learned_guess *guesses = learning->guesses;
	const char *role = role_of(learning, &guesses[at]);
	const char *between = "";
	char host[FA_ADDR_TEXT];

	for (size_t i = first; i < at; i++)
		if (is_sure(&guesses[i]) == sure &&
		    strcmp(role_of(learning, &guesses[i]), role) == 0)
			return; /* written with that one */
	for (size_t i = at; i < end; i++)
		if (is_sure(&guesses[i]) == sure &&
		    strcmp(role_of(learning, &guesses[i]), role) == 0)
			write_evidence(learning, out, &guesses[i]);
	fprintf(out, "      %s%s: [", sure ? "" : "# ", role);
	for (size_t i = at; i < end; i++) {
		bool again = false;

		if (is_sure(&guesses[i]) != sure ||
		    strcmp(role_of(learning, &guesses[i]), role) != 0)
			continue;
		for (size_t j = at; j < i; j++)
			again |= is_sure(&guesses[j]) == sure &&
				 fa_addr_compare(&guesses[j].host, &guesses[i].host) == 0 &&
				 strcmp(role_of(learning, &guesses[j]), role) == 0;
		if (again)
			continue;
		fprintf(out, "%s\"%s\"", between, fa_addr_text(&guesses[i].host, host));
		between = ", ";
	}
	fprintf(out, "]\n");
}

static const char *offset_parameter(const struct fa_learning *learning,
				    const struct fa_learned_guess *guess)
{
	for (size_t i = 0; i < guess->component->rule_count; i++) {
		const struct fa_rule *rule = &learning->book->rules[guess->first_rule + i];

		if (was_served(guess, i) && rule->moves_with != NULL)
			return rule->moves_with->name;
	}
	return "offset";
}

static bool has_sure(const struct fa_learning *learning, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (is_sure(&learning->guesses[i]))
			return true;
	return false;
}

/* An instance of which nothing is sure stands there as a comment, whole. */
static void write_instance(const struct fa_learning *learning, FILE *out, size_t first, size_t end)
{
	const struct fa_learned_guess *guesses = learning->guesses;
	const struct fa_product *product = guesses[first].product;
	bool sure = has_sure(learning, first, end);
	const char *mark = sure ? "" : "# ";

	fprintf(out, "  # %s%s\n", product->name,
		sure ? "" : ": nothing is sure; choose from what follows");
	fprintf(out, "  %s- name: %s-%u\n  %s  product: %s\n", mark, product->id,
		guesses[first].offset + 1, mark, product->id);
	if (guesses[first].offset != 0)
		fprintf(out, "  %s  parameters: {%s: %u} # as the ports suggest\n", mark,
			offset_parameter(learning, &guesses[first]), guesses[first].offset);
	fprintf(out, "  %s  roles:\n", mark);
	for (size_t i = first; i < end; i++)
		if (is_sure(&guesses[i]))
			write_role(learning, out, first, end, i, true);
	for (size_t i = first; i < end; i++)
		if (!is_sure(&guesses[i]))
			write_role(learning, out, first, end, i, false);
}

void fa_learning_write(const struct fa_learning *learning, FILE *out, const char *source,
		       long long run)
{
	char safe[512];
	size_t end;

	fprintf(out, "# Proposed from run %lld (%s) by what its hosts were seen to serve.\n", run,
		fa_text_safe(source, strlen(source), safe, sizeof(safe)));
	fprintf(out,
		"# Nothing reads this by itself: check every line, name the site, say who the\n"
		"# clients are (a role that is not placed fits anybody), and keep it in git.\n");
	fprintf(out, "format: 1\nsite: learned\n");
	if (learning->guess_count == 0)
		fprintf(out, "# No host was seen to serve a documented port with its protocol.\n");
	fprintf(out, "instances:%s\n",
		has_sure(learning, 0, learning->guess_count) ? "" : " [] # nothing is sure");
	for (size_t first = 0; first < learning->guess_count; first = end) {
		end = first + 1;
		while (end < learning->guess_count &&
		       same_instance(&learning->guesses[first], &learning->guesses[end]))
			end++;
		write_instance(learning, out, first, end);
	}
}
