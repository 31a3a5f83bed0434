/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a SARIF log. Numbers are sections of SARIF 2.1.0. */
#include "report/sarif_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "report/fingerprint.h"
#include "report/words.h"

int fa_sarif_rules_add(struct fa_sarif_rules *rules, const char *id)
{
	/* Findings of one row come one after the other more often than not. */
	if (rules->count > 0 && strcmp(rules->ids[rules->count - 1], id) == 0)
		return 0;
	if (!fa_array_reserve((void **)&rules->ids, &rules->room, rules->count + 1,
			      sizeof(*rules->ids)))
		return FA_ENOMEM;
	rules->ids[rules->count] = strdup(id);
	if (rules->ids[rules->count] == NULL)
		return FA_ENOMEM;
	rules->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

void fa_sarif_rules_settle(struct fa_sarif_rules *rules)
{
	size_t kept = 0;

	if (rules->count == 0)
		return;
	qsort(rules->ids, rules->count, sizeof(*rules->ids), compare);
	for (size_t i = 1; i < rules->count; i++) {
		if (strcmp(rules->ids[kept], rules->ids[i]) == 0)
			free(rules->ids[i]);
		else
			rules->ids[++kept] = rules->ids[i];
	}
	rules->count = kept + 1;
}

int64_t fa_sarif_rules_find(const struct fa_sarif_rules *rules, const char *id)
{
	char **found = rules->count == 0 ? NULL
					 : bsearch(&id, rules->ids, rules->count,
						   sizeof(*rules->ids), compare);

	return found != NULL ? found - rules->ids : -1;
}

void fa_sarif_rules_deinit(struct fa_sarif_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->ids[i]);
	free(rules->ids);
	memset(rules, 0, sizeof(*rules));
}

const char *fa_sarif_rule_of(const struct fa_stored_finding *finding)
{
	if (finding->rule[0] != '\0')
		return finding->rule;
	return finding->nearest[0] != '\0' ? finding->nearest : fa_verdict_text(finding->verdict);
}

/*
 * Brackets make links (3.11.6) and take a backslash; braces are placeholders (3.11.5) and are
 * doubled. Backslashes come in pairs, or before x, so none of them is taken for one of ours.
 */
json_t *fa_sarif_message(const struct fa_buffer *words)
{
	const char *text = fa_buffer_text(words);
	struct fa_buffer out = {0};
	struct fa_json json;

	while (*text != '\0') {
		size_t len = strcspn(text, "[]{}");

		fa_buffer_addf(&out, "%.*s", (int)len, text);
		text += len;
		if (*text == '[' || *text == ']')
			fa_buffer_addf(&out, "\\%c", *text++);
		else if (*text != '\0') {
			fa_buffer_addf(&out, "%c%c", *text, *text);
			text++;
		}
	}
	json = fa_json_new();
	fa_json_put(&json, "text", json_string(fa_buffer_text(&out)));
	json.failed = json.failed || out.failed || words->failed;
	fa_buffer_deinit(&out);
	return fa_json_done(&json);
}

/* Puts the message and gives the words back. */
static void put_message(struct fa_json *json, const char *key, struct fa_buffer *words)
{
	fa_json_put(json, key, fa_sarif_message(words));
	fa_buffer_deinit(words);
}

static void add_quoted(struct fa_buffer *words, const char *lead, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	fa_buffer_addf(words, "%s\"", lead);
	fa_buffer_safe(words, text);
	fa_buffer_add(words, "\"");
}

/* "Ports and protocols" by WSO2, 2024-05-01, section "...", row "..." */
static void add_source(struct fa_buffer *words, const struct fa_stored_rule *rule)
{
	add_quoted(words, "", rule->document);
	fa_buffer_add(words, " by ");
	fa_buffer_safe(words, rule->publisher);
	if (rule->dated[0] != '\0') {
		fa_buffer_add(words, ", ");
		fa_buffer_safe(words, rule->dated);
	}
	add_quoted(words, ", section ", rule->section);
	add_quoted(words, ", row ", rule->row);
}

/* "required: tcp 443 as TLS, from clients to gateway" */
static void add_row(struct fa_buffer *words, const struct fa_stored_rule *rule)
{
	fa_buffer_safe(words, rule->requirement);
	fa_buffer_add(words, ": ");
	fa_words_rule_ports(words, rule);
	if (strcmp(rule->protocols, "any") != 0) {
		fa_buffer_add(words, " as ");
		fa_buffer_safe(words, rule->protocols);
	}
	fa_buffer_add(words, ", from ");
	fa_buffer_safe(words, rule->from);
	fa_buffer_add(words, " to ");
	fa_buffer_safe(words, rule->to);
}

static json_t *rule_properties(const struct fa_stored_rule *rule)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "product", rule->product);
	fa_json_put_text(&json, "component", rule->component);
	fa_json_put_text(&json, "requirement", rule->requirement);
	fa_json_put(&json, "tags", json_pack("[o]", fa_json_wire(rule->product)));
	return fa_json_done(&json);
}

json_t *fa_sarif_descriptor(const struct fa_stored_rule *rule)
{
	struct fa_json json = fa_json_new();
	struct fa_buffer words[3] = {{0}};

	fa_json_put_wire(&json, "id", rule->id);
	fa_buffer_safe(&words[0], rule->title);
	put_message(&json, "shortDescription", &words[0]);
	add_row(&words[1], rule);
	put_message(&json, "fullDescription", &words[1]);
	add_source(&words[2], rule);
	put_message(&json, "help", &words[2]);
	fa_json_put(&json, "properties", rule_properties(rule));
	return fa_json_done(&json);
}

static const char *const meanings[FA_VERDICT_COUNT] = {
	[FA_VERDICT_DOCUMENTED] = "A row of a catalog covers it.",
	[FA_VERDICT_DISCOURAGED] = "Documented, but the document advises against it.",
	[FA_VERDICT_WRONG_PROTOCOL] = "The port is documented, and something else speaks on it.",
	[FA_VERDICT_WRONG_ENDPOINT] = "Port and protocol are documented, but not between these.",
	[FA_VERDICT_UNDOCUMENTED] = "No row of any catalog covers it.",
	[FA_VERDICT_REFUSED] = "Tried and never answered, or reset.",
	[FA_VERDICT_WAIVED] = "Would be a finding, but somebody accepted it.",
	[FA_VERDICT_INDETERMINATE] = "There is too little evidence for a verdict.",
};

json_t *fa_sarif_descriptor_unknown(const char *id)
{
	int verdict = fa_verdict_parse(id);
	struct fa_json json = fa_json_new();
	struct fa_buffer words = {0};

	fa_json_put_wire(&json, "id", id);
	fa_buffer_add(&words, verdict >= 0 ? meanings[verdict]
					   : "A row of a catalog that was not stored with the run.");
	put_message(&json, "shortDescription", &words);
	return fa_json_done(&json);
}

/* Percent-encoded (RFC 3986) but for what may stand in a path. */
static void add_uri(struct fa_buffer *uri, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text != '\0'; text++)
		fa_buffer_addf(uri, strchr(plain, *text) != NULL ? "%c" : "%%%02X",
			       (unsigned char)*text);
}

/* Where catalogs are kept in git: rules/PRODUCT.yaml below the top of the tree. */
static json_t *artifact(const struct fa_stored_rule *rule)
{
	const char *file = rule->file != NULL ? rule->file : "";
	const char *slash = strrchr(file, '/');
	struct fa_json json = fa_json_new();
	struct fa_buffer uri = {0};

	fa_buffer_add(&uri, "rules/");
	add_uri(&uri, slash != NULL ? slash + 1 : file[0] != '\0' ? file : rule->product);
	if (file[0] == '\0')
		fa_buffer_add(&uri, ".yaml");
	fa_json_put(&json, "uri", json_string(fa_buffer_text(&uri)));
	fa_json_put(&json, "uriBaseId", json_string("%SRCROOT%"));
	json.failed = json.failed || uri.failed;
	fa_buffer_deinit(&uri);
	return fa_json_done(&json);
}

static json_t *physical(const struct fa_stored_rule *rule)
{
	struct fa_json json = fa_json_new();

	fa_json_put(&json, "artifactLocation", artifact(rule));
	if (rule->line > 0)
		fa_json_put(&json, "region", json_pack("{si}", "startLine", (int)rule->line));
	return fa_json_done(&json);
}

json_t *fa_sarif_locations(const struct fa_stored_rule *rule, const char *kind,
			   struct fa_buffer *subject)
{
	struct fa_json json = fa_json_new();
	struct fa_json logical;
	json_t *list;

	if (rule != NULL)
		fa_json_put(&json, "physicalLocation", physical(rule));
	if (subject->len > 0) {
		logical = fa_json_new();
		fa_json_put(&logical, "fullyQualifiedName", json_string(subject->text));
		fa_json_put(&logical, "kind", json_string(kind));
		list = json_array();
		if (json_array_append_new(list, fa_json_done(&logical)) != 0)
			json.failed = true;
		fa_json_put(&json, "logicalLocations", list);
	}
	json.failed = json.failed || subject->failed;
	fa_buffer_deinit(subject);
	list = json_array();
	if (json_array_append_new(list, fa_json_done(&json)) == 0)
		return list;
	json_decref(list);
	return NULL;
}

json_t *fa_sarif_fingerprints(uint64_t fingerprint)
{
	char text[FA_DIGEST_TEXT];

	snprintf(text, sizeof(text), "%016" PRIx64, fingerprint);
	return json_pack("{ss}", "flowaudit/v1", text);
}

static void add_sentence(struct fa_buffer *words, const char *lead, struct fa_buffer *part)
{
	if (part->len > 0)
		fa_buffer_addf(words, "%s%s.", lead, part->text);
	words->failed = words->failed || part->failed;
	fa_buffer_reset(part);
}

/* "wrong-protocol: A → B:443/tcp · SSH, seen by inspection. Documented as ... . 3 flows ..." */
static json_t *finding_message(const struct fa_finding_about *about,
			       const struct fa_stored_finding *finding)
{
	struct fa_buffer words = {0};
	struct fa_buffer part = {0};
	struct fa_diag unknown = {{0}};
	json_t *message;

	fa_buffer_addf(&words, "%s: ", fa_verdict_text(finding->verdict));
	fa_finding_subject(&part, about, finding);
	add_sentence(&words, "", &part);
	if (!finding->sweep) {
		if (fa_finding_citation(&part, about, finding, &unknown) == 0)
			add_sentence(&words, " ", &part);
		fa_buffer_reset(&part);
		fa_finding_reasons(&part, finding);
		add_sentence(&words, " ", &part);
		fa_finding_extent(&part, about, finding);
		add_sentence(&words, " ", &part);
	}
	message = fa_sarif_message(&words);
	fa_buffer_deinit(&words);
	fa_buffer_deinit(&part);
	return message;
}

/* 3.27.10: an error is what must be looked at; severities as reports order findings. */
const char *fa_sarif_level(unsigned severity)
{
	return severity >= 1 && severity <= 3 ? "error" : severity == 4 ? "warning" : "note";
}

json_t *fa_sarif_finding(const struct fa_finding_about *about,
			 const struct fa_stored_finding *finding,
			 const struct fa_stored_rule *rule, const char *state, bool has_packets)
{
	unsigned severity = fa_severity(finding->verdict);
	struct fa_json json = fa_json_new();
	struct fa_json properties = fa_json_new();
	struct fa_buffer subject = {0};
	struct fa_buffer evidence = {0};

	fa_json_put_wire(&json, "ruleId", fa_sarif_rule_of(finding));
	fa_json_put(&json, "level", json_string(fa_sarif_level(severity)));
	fa_json_put(&json, "rank", json_real(severity > 0 ? 120.0 - 20.0 * severity : 0.0));
	if (state != NULL)
		fa_json_put(&json, "baselineState", json_string(state));
	fa_json_put(&json, "message", finding_message(about, finding));
	fa_finding_about_what(&subject, finding);
	if (rule != NULL || subject.len > 0)
		fa_json_put(&json, "locations", fa_sarif_locations(rule, "service", &subject));
	fa_json_put(&json, "partialFingerprints", fa_sarif_fingerprints(fa_fingerprint(finding)));
	fa_json_put(&properties, "number", json_integer(finding->number));
	fa_json_put_finding(&properties, finding);
	if (has_packets)
		fa_finding_evidence(&evidence, about->history, about->run, finding->number);
	fa_json_put_text(&properties, "evidence", has_packets ? fa_buffer_text(&evidence) : NULL);
	fa_buffer_deinit(&evidence);
	fa_json_put(&json, "properties", fa_json_done(&properties));
	return fa_json_done(&json);
}

/* "refused: required, API gateway, at api-prod/gateway gw1: tcp 8243 as TLS. EVIDENCE." */
static json_t *expectation_message(const struct fa_stored_expectation *expectation)
{
	const struct fa_stored_rule *rule = &expectation->rule;
	struct fa_buffer words = {0};
	json_t *message;

	fa_buffer_addf(&words, "%s: ", fa_expectation_text(expectation->state));
	fa_buffer_safe(&words, rule->title);
	if (expectation->place[0] != '\0') {
		fa_buffer_add(&words, ", at ");
		fa_buffer_safe(&words, expectation->instance);
		fa_buffer_add(&words, "/");
		fa_buffer_safe(&words, expectation->role);
		fa_buffer_add(&words, " ");
		fa_buffer_safe(&words, expectation->place);
	}
	fa_buffer_add(&words, "; ");
	add_row(&words, rule);
	fa_buffer_add(&words, ". ");
	fa_buffer_safe(&words, expectation->evidence);
	fa_buffer_add(&words, ". ");
	add_source(&words, rule);
	fa_buffer_add(&words, ".");
	message = fa_sarif_message(&words);
	fa_buffer_deinit(&words);
	return message;
}

json_t *fa_sarif_expectation(const struct fa_stored_expectation *expectation)
{
	struct fa_json json = fa_json_new();
	struct fa_buffer subject = {0};

	fa_json_put_wire(&json, "ruleId", expectation->rule.id);
	fa_json_put(&json, "level", json_string("note"));
	fa_json_put(&json, "message", expectation_message(expectation));
	if (expectation->place[0] != '\0') {
		fa_buffer_safe(&subject, expectation->instance);
		fa_buffer_add(&subject, "/");
		fa_buffer_safe(&subject, expectation->role);
		fa_buffer_add(&subject, " ");
		fa_buffer_safe(&subject, expectation->place);
	}
	fa_json_put(&json, "locations", fa_sarif_locations(&expectation->rule, "place", &subject));
	fa_json_put(&json, "partialFingerprints",
		    fa_sarif_fingerprints(fa_fingerprint_expectation(expectation)));
	fa_json_put(&json, "properties",
		    json_pack("{ss,so}", "status", fa_expectation_text(expectation->state),
			      "requirement", fa_json_wire(expectation->rule.requirement)));
	return fa_json_done(&json);
}
