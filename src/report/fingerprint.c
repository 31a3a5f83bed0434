/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By what a finding is known again. */
#include "report/fingerprint.h"

#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "report/words.h"

unsigned fa_severity(enum fa_verdict verdict)
{
	/* As "importance" in table "verdict" of the database. */
	static const uint8_t importance[FA_VERDICT_COUNT] = {
		[FA_VERDICT_WRONG_PROTOCOL] = 1, [FA_VERDICT_WRONG_ENDPOINT] = 2,
		[FA_VERDICT_REFUSED] = 3,	 [FA_VERDICT_UNDOCUMENTED] = 4,
		[FA_VERDICT_DISCOURAGED] = 5,
	};

	return verdict < FA_VERDICT_COUNT ? importance[verdict] : 0;
}

/* Each text is hashed with what came before it as seed, so that no two lists of texts are one. */
static void fold(uint64_t *hash, const char *text)
{
	*hash = XXH3_64bits_withSeed(text, strlen(text), *hash);
}

static void fold_addr(uint64_t *hash, const struct fa_addr *addr)
{
	char text[FA_ADDR_TEXT];

	fold(hash, addr->version == 0 ? "" : fa_addr_text(addr, text));
}

static void fold_service(uint64_t *hash, const struct fa_stored_finding *finding)
{
	char text[FA_TRANSPORT_TEXT + 8];
	char transport[FA_TRANSPORT_TEXT];

	snprintf(text, sizeof(text), "%s %u", fa_transport_text(finding->transport, transport),
		 finding->port);
	fold(hash, text);
}

static bool has_ports(uint8_t transport)
{
	return transport == FA_IP_TCP || transport == FA_IP_UDP || transport == FA_IP_SCTP;
}

/* Many ports between two hosts; how many of them this window has does not matter. */
static bool is_pair(const struct fa_stored_finding *finding)
{
	return !finding->sweep && finding->port == 0 && finding->client.version != 0 &&
	       finding->server.version != 0 &&
	       (finding->ports > 1 || finding->transport == 0 || has_ports(finding->transport));
}

uint64_t fa_fingerprint(const struct fa_stored_finding *finding)
{
	bool pair = is_pair(finding);
	uint64_t hash = 0;

	fold(&hash, finding->sweep ? "sweep" : pair ? "pair" : "port");
	fold(&hash, fa_verdict_text(finding->verdict));
	if (finding->sweep || pair)
		fold_addr(&hash, &finding->client);
	if (finding->sweep)
		return hash;
	fold_addr(&hash, &finding->server);
	if (pair)
		return hash;
	fold_service(&hash, finding);
	fold(&hash, finding->protocol);
	fold(&hash, finding->application);
	fold(&hash, finding->rule);
	fold(&hash, finding->instance);
	fold(&hash, finding->nearest);
	fold(&hash, finding->nearest_instance);
	return hash;
}

uint64_t fa_fingerprint_expectation(const struct fa_stored_expectation *expectation)
{
	uint64_t hash = 0;

	fold(&hash, "expectation");
	fold(&hash, expectation->rule.id);
	fold(&hash, expectation->instance);
	fold(&hash, expectation->role);
	fold(&hash, expectation->place);
	return hash;
}

void fa_finding_about_what(struct fa_buffer *subject, const struct fa_stored_finding *finding)
{
	char text[FA_ADDR_TEXT];
	bool one_port = finding->ports <= 1 && finding->transport != 0;
	struct fa_buffer port = {0};

	if (finding->sweep || (finding->server.version == 0 && !one_port)) {
		if (finding->client.version != 0)
			fa_buffer_add(subject, fa_addr_text(&finding->client, text));
	} else if (finding->server.version == 0) {
		fa_words_port(&port, finding->transport, finding->port);
		fa_buffer_add(subject, port.len > 0 ? port.text + 1 : "");
		subject->failed = subject->failed || port.failed;
		fa_buffer_deinit(&port);
	} else if (one_port) {
		fa_words_server(subject, &finding->server, finding->transport, finding->port);
	} else {
		fa_buffer_add(subject, fa_addr_text(&finding->server, text));
	}
}
