/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts with a site, by table: who stands where, and what else the run showed. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/judge.h"
#include "audit/shown.h"
#include "audit/weigh.h"
#include "core/verdict.h"
#include "stand.h"

#define END FA_REASON_COUNT /* ends a list of reasons that may start with reason 0 */
#define BEFORE_MAX 2

struct answer {
	const char *client, *address, *host;
	int64_t age_s; /* before the conversation of the case */
	uint32_t ttl_s;
	const char *noted; /* a capture says that ADDRESS is this, too; NULL: it does not */
};

struct site_case {
	const char *what;
	struct talk talk;
	enum fa_verdict verdict;
	const char *rule, *nearest; /* "instance:id"; without instance: none; NULL: no rule */
	unsigned differs;
	enum fa_reason reasons[FA_REASONS_MAX + 1]; /* up to END */
	const char *detail;
	struct talk before[BEFORE_MAX]; /* seen in the same run */
	struct answer answer;		/* seen in the same run; client NULL: none */
};

#define R(...) .reasons = {__VA_ARGS__, END}
#define D(name) FA_DIFFERS_##name
#define AGREE FA_REASON_ENDPOINTS_AGREE
#define UNPLACED FA_REASON_ROLE_UNPLACED

#define OFFICE_1 "10.10.0.1"
#define LAB_1	 "10.20.0.1"
#define STRANGER "192.0.2.1"
#define STRANGER2 "192.0.2.2"
#define AM	 "10.0.1.9"
#define BM	 "10.0.2.9"
#define PHONE	 "10.40.0.1"
#define AGENT	 "10.50.0.1"
#define JUMP_1	 "10.60.0.1"
#define TARGET	 "10.70.0.1"

static const struct site_case cases[] = {
	/* Endpoints. */
	{"another address of the machine, IPv6",
	 {.client = "fd00::1", .server = "fd00::9", .port = 9443, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/admin", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"a role without places: anybody, and that is said",
	 {.client = STRANGER, .server = BM, .port = 9443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "b:api/core/admin", NULL, 0, R(FA_REASON_AGREES, UNPLACED), ""},
	{"anybody, as the site says",
	 {.client = STRANGER, .server = AM, .port = 7000},
	 FA_VERDICT_DOCUMENTED, "a:api/core/open", NULL, 0, R(FA_REASON_ANY_PROTOCOL, AGREE), ""},
	{"nobody, as the site says",
	 {.client = OFFICE_1, .server = AM, .port = 7100},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/closed", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"another client",
	 {.client = STRANGER, .server = AM, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/https", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"another server",
	 {.client = OFFICE_1, .server = STRANGER, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/https", D(SERVER),
	 R(FA_REASON_SERVER_DIFFERS), ""},
	{"two strangers on a documented port are no wrong endpoint",
	 {.client = STRANGER, .server = STRANGER2, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/https", D(CLIENT) | D(SERVER),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"whom the site lets be anybody is no stranger to the row only by that",
	 {.client = STRANGER, .server = STRANGER2, .port = 7000},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/open", D(CLIENT) | D(SERVER),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"nor whom the site is silent about",
	 {.client = STRANGER, .server = STRANGER2, .port = 9443, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/admin", D(CLIENT) | D(SERVER),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"the other way round",
	 {.client = AM, .server = OFFICE_1, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/https", D(DIRECTION),
	 R(FA_REASON_DIRECTION_REVERSED), ""},
	{"the other way round, and one end open",
	 {.client = BM, .server = STRANGER, .port = 9443, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "b:api/core/admin", D(DIRECTION),
	 R(FA_REASON_DIRECTION_REVERSED), ""},
	{"a row for both directions, as it stands",
	 {.client = AM, .server = "10.30.0.1", .port = 3389, .protocol = "RDP"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/desk", NULL, 0, R(FA_REASON_AGREES, AGREE), ""},
	{"a row for both directions, the other way round",
	 {.client = "10.30.0.1", .server = AM, .port = 3389, .protocol = "RDP"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/desk", NULL, 0, R(FA_REASON_AGREES, AGREE), ""},
	{"a row for both directions, and another peer",
	 {.client = STRANGER, .server = AM, .port = 3389, .protocol = "RDP"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/desk", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"a row for both directions, to another peer",
	 {.client = AM, .server = STRANGER, .port = 3389, .protocol = "RDP"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/desk", D(SERVER),
	 R(FA_REASON_SERVER_DIFFERS), ""},
	{"a group is nobody's alone",
	 {.client = AM, .server = "239.1.2.3", .port = 4000},
	 FA_VERDICT_DOCUMENTED, "a:api/core/cluster", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, UNPLACED), ""},
	{"a sender without an address may be anybody who has the role",
	 {.client = "0.0.0.0", .server = AM, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/https", NULL, 0,
	 R(FA_REASON_AGREES, UNPLACED, FA_REASON_AMBIGUOUS), ""},
	{"but nobody is nobody",
	 {.client = "0.0.0.0", .server = AM, .port = 7100},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/closed", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"inside one instance",
	 {.client = AM, .server = "10.0.1.11", .port = 4000},
	 FA_VERDICT_DOCUMENTED, "a:api/core/cluster", NULL, 0, R(FA_REASON_ANY_PROTOCOL, AGREE),
	 ""},
	{"from one instance to another",
	 {.client = AM, .server = BM, .port = 4000},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/cluster", D(INSTANCE),
	 R(FA_REASON_OTHER_INSTANCE), "the client is of a, the server of b"},
	{"the client of one instance at the server of another",
	 {.client = OFFICE_1, .server = BM, .port = 8244, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "b:api/core/https", D(INSTANCE),
	 R(FA_REASON_OTHER_INSTANCE), "the client is of a, the server of b"},
	{"only a stranger reaches into the instance",
	 {.client = STRANGER, .server = AM, .port = 4000},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/cluster", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"tried in vain where it is not documented",
	 {.client = STRANGER, .server = AM, .port = 8243, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/https", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_RESET_ON_OPEN), ""},
	{"tried in vain where it is documented",
	 {.client = OFFICE_1, .server = AM, .port = 9443, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_REFUSED, "a:api/core/admin", NULL, 0, R(FA_REASON_RESET_ON_OPEN, AGREE), ""},

	{"the own side may be anybody, the client not",
	 {.client = STRANGER, .server = STRANGER2, .port = 7200},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/knock", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"the other way round it would be open, which is too little",
	 {.client = STRANGER, .server = STRANGER2, .port = 7300, .host = "www.example.org"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/named", D(CLIENT) | D(SERVER),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"one end of an instance goes before fewer differences from a row of strangers",
	 {.client = STRANGER, .server = AM, .port = 7400, .protocol = "SSH",
	  .host = "y.example.org"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/strict", D(PROTOCOL) | D(CLIENT) | D(HOST),
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_CLIENT_DIFFERS, FA_REASON_HOST_DIFFERS), ""},

	/* Which row. */
	{"two ends by place go before one",
	 {.client = OFFICE_1, .server = AM, .port = 7500, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/pair-known", NULL, 0, R(FA_REASON_AGREES, AGREE), ""},
	{"the row for anybody where the client is nobody's",
	 {.client = STRANGER, .server = AM, .port = 7500, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/pair", NULL, 0, R(FA_REASON_AGREES, UNPLACED), ""},
	{"no ports, so no range of them",
	 {.client = STRANGER, .server = STRANGER2, .port = 8 << 8, .transport = ICMP,
	  .by = FA_BY_PROTOCOL, .protocol = "ICMP"},
	 FA_VERDICT_DOCUMENTED, "net/basic/ping", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_EVERYWHERE), ""},
	{"two products on one machine, and both fit",
	 {.client = OFFICE_1, .server = AM, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/https", NULL, 0,
	 R(FA_REASON_AGREES, AGREE, FA_REASON_AMBIGUOUS), ""},
	{"the vendor's row goes before the one for every network",
	 {.client = STRANGER, .server = AM, .port = 22, .protocol = "SSH"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/ssh", NULL, 0, R(FA_REASON_AGREES, UNPLACED), ""},
	{"which serves where no vendor's does",
	 {.client = STRANGER, .server = BM, .port = 22, .protocol = "SSH"},
	 FA_VERDICT_DOCUMENTED, "net/basic/ssh", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_EVERYWHERE), ""},
	{"the site gives the own side of a catalog for every network",
	 {.client = STRANGER, .server = "10.90.0.1", .port = 123, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "NTP"},
	 FA_VERDICT_DOCUMENTED, "n:net/basic/time", NULL, 0, R(FA_REASON_AGREES, AGREE), ""},
	{"and another machine is then a wrong endpoint",
	 {.client = STRANGER, .server = STRANGER2, .port = 123, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "NTP"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "n:net/basic/time", D(SERVER),
	 R(FA_REASON_SERVER_DIFFERS), ""},
	{"an instance's row goes before the same of another instance, by who is there",
	 {.client = LAB_1, .server = BM, .port = 8280, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "b:api/core/plain-lab", NULL, 0,
	 R(FA_REASON_ADVISED_AGAINST, FA_REASON_AGREES, AGREE),
	 "api/core/plain advises against it"},
	{"what another instance is advised does not matter",
	 {.client = OFFICE_1, .server = AM, .port = 8280, .protocol = "HTTP"},
	 FA_VERDICT_DISCOURAGED, "a:api/core/plain", NULL, 0,
	 R(FA_REASON_ADVISED_AGAINST, FA_REASON_AGREES, AGREE), ""},

	/* Protocol and endpoints. */
	{"another protocol between the right ends",
	 {.client = OFFICE_1, .server = AM, .port = 9443, .protocol = "SSH"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "a:api/core/admin", D(PROTOCOL),
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"another protocol from the wrong client: the client is the finding",
	 {.client = STRANGER, .server = AM, .port = 9443, .protocol = "SSH"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/admin", D(PROTOCOL) | D(CLIENT),
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_CLIENT_DIFFERS), ""},
	{"another protocol between strangers",
	 {.client = STRANGER, .server = STRANGER2, .port = 9443, .protocol = "SSH"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/admin", D(PROTOCOL) | D(CLIENT) | D(SERVER),
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"a row of an instance goes before one for every network when both are contradicted",
	 {.client = STRANGER, .server = AM, .port = 22, .protocol = "HTTP"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "a:api/core/ssh", D(PROTOCOL),
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"another protocol on a port of every network",
	 {.client = STRANGER, .server = STRANGER2, .port = 22, .protocol = "HTTP"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "net/basic/ssh", D(PROTOCOL),
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"a row with the protocol, and another client, goes before one for every network",
	 {.client = STRANGER, .server = BM, .port = 22, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "b:api/core/tunnel", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"another destination than the one for every network",
	 {.client = STRANGER, .server = STRANGER2, .port = 5353, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "MDNS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "net/basic/mdns", D(NETWORK),
	 R(FA_REASON_NETWORK_DIFFERS), ""},
	{"not recognised between the right ends",
	 {.client = OFFICE_1, .server = AM, .port = 9443},
	 FA_VERDICT_INDETERMINATE, NULL, "a:api/core/admin", 0, R(FA_REASON_NOT_RECOGNISED), ""},

	/* Ports. */
	{"the port of the site",
	 {.client = LAB_1, .server = BM, .port = 8244, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "b:api/core/https", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_PORT_OF_SITE, AGREE), ""},
	{"the documented port, where the site says another",
	 {.client = LAB_1, .server = BM, .port = 8243, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "b:api/core/https", D(PORT), R(FA_REASON_NO_RULE),
	 "at b it is port 8244"},
	{"the site's port of another instance",
	 {.client = OFFICE_1, .server = AM, .port = 8244, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/https", D(PORT), R(FA_REASON_NO_RULE),
	 "at a it is port 8243"},
	{"the documented port where the site moved the only one, tried in vain",
	 {.client = OFFICE_1, .server = AM, .port = 162, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/trap", D(PORT),
	 R(FA_REASON_NO_RULE, FA_REASON_RESET_ON_OPEN), "at a it is port 1162"},
	{"the documented port, where the site says another, with another protocol",
	 {.client = LAB_1, .server = BM, .port = 8243, .protocol = "SSH"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/https",
	 D(PROTOCOL) | D(CLIENT) | D(SERVER),
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS), ""},
	{"the port of the site on the corrected transport",
	 {.client = OFFICE_1, .server = AM, .port = 1162, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "SNMP"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/trap", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_PORT_OF_SITE, FA_REASON_CORRECTION, AGREE),
	 "the document is wrong here"},
	{"the next port when the first is taken",
	 {.client = STRANGER, .server = AM, .port = 10000, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/up", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_INCREMENTED, FA_REASON_RANGE, UNPLACED), ""},
	{"a few ports above those that the document names",
	 {.client = STRANGER, .server = AM, .port = 10005, .protocol = "HTTP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/up", D(PORT), R(FA_REASON_NO_RULE),
	 "the product counts up from 10001 when that is taken"},
	{"a few ports above a row of any protocol, at its machine",
	 {.client = OFFICE_1, .server = AM, .port = 9111},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/up-any", D(PORT), R(FA_REASON_NO_RULE),
	 "the product counts up from 9101 when that is taken"},
	{"too far above",
	 {.client = OFFICE_1, .server = AM, .port = 9112},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"a few ports above, from another client",
	 {.client = STRANGER, .server = AM, .port = 9102},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"a few ports above a row that does not count up",
	 {.client = OFFICE_1, .server = AM, .port = 7001},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"a few ports above, at another machine",
	 {.client = STRANGER, .server = BM, .port = 9102},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},

	/* Nearest. */
	{"another port of the same machine",
	 {.client = OFFICE_1, .server = AM, .port = 9500, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/admin", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"a closer port of machines that have nothing to do with it is not near",
	 {.client = LAB_1, .server = BM, .port = 8242, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "b:api/core/https", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"another transport of the same machine",
	 {.client = OFFICE_1, .server = AM, .port = 9443, .transport = UDP},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/admin", D(TRANSPORT), R(FA_REASON_NO_RULE),
	 ""},
	{"to strangers nothing is near",
	 {.client = STRANGER, .server = STRANGER2, .port = 9444, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"nor on another transport",
	 {.client = STRANGER, .server = STRANGER2, .port = 8243, .transport = UDP},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"a product that the site does not have; the narrower row",
	 {.client = STRANGER, .server = STRANGER2, .port = 12345, .protocol = "HTTP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "other/main/web", D(PRODUCT),
	 R(FA_REASON_NO_RULE, FA_REASON_NOT_AT_SITE), ""},
	{"a product that the site does not have; the row that takes the protocol",
	 {.client = STRANGER, .server = STRANGER2, .port = 12345, .protocol = "SSH"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "net/basic/ssh", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"a product that the site does not have; the wider row takes the protocol",
	 {.client = STRANGER, .server = STRANGER2, .port = 12345, .protocol = "LDAP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "other/main/wide", D(PRODUCT),
	 R(FA_REASON_NO_RULE, FA_REASON_NOT_AT_SITE), ""},
	{"a product that the site has, and a row that nobody there has",
	 {.client = STRANGER, .server = STRANGER2, .port = 12500},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"a product that the site does not have; on another transport it is not near",
	 {.client = STRANGER, .server = STRANGER2, .port = 12345, .transport = UDP},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},

	/* Host names. */
	{"a name by SNI",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS",
	  .host = "app.example.com"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_TLS, UNPLACED), ""},
	{"the name of another region",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS",
	  .host = "app.uk.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), "app.uk.example.com is for region uk"},
	{"any other name",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS",
	  .host = "www.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), ""},
	{"the right name, asked for by another client",
	 {.client = STRANGER, .server = STRANGER2, .port = 443, .protocol = "TLS",
	  .host = "app.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},
	{"a name below another",
	 {.client = AGENT, .server = STRANGER, .port = 8443, .protocol = "TLS",
	  .host = "A.b.Update.Example.COM"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/update", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_TLS, UNPLACED), ""},
	{"the name itself is not below it",
	 {.client = AGENT, .server = STRANGER, .port = 8443, .protocol = "TLS",
	  .host = "update.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/update", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), ""},
	{"a name by a DNS answer",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, UNPLACED),
	 "app.example.com by a DNS answer 12 s before, from 10.0.0.53",
	 .answer = {AGENT, STRANGER, "app.example.com", 12, 30, NULL}},
	{"a name by a DNS answer to somebody else",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, UNPLACED),
	 "app.example.com by a DNS answer 5 min before, from 10.0.0.53, to another client",
	 .answer = {PHONE, STRANGER, "app.example.com", 300, 3000, NULL}},
	{"a name by a DNS answer that had expired",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "g:gw/agent/control", 0, R(FA_REASON_DNS_EXPIRED), "",
	 .answer = {AGENT, STRANGER, "app.example.com", 300, 30, NULL}},
	{"a DNS answer about another address",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "g:gw/agent/control", 0, R(FA_REASON_HOST_UNKNOWN), "",
	 .answer = {AGENT, STRANGER2, "app.example.com", 12, 30, NULL}},
	{"a DNS answer with a name that nobody documents leaves it open",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "g:gw/agent/control", 0, R(FA_REASON_HOST_UNKNOWN), "",
	 .answer = {AGENT, STRANGER, "www.example.com", 12, 30, NULL}},
	{"a DNS answer with the name of another region",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), "app.eu.example.com is for region eu",
	 .answer = {AGENT, STRANGER, "app.eu.example.com", 12, 30, NULL}},
	{"a DNS answer with a name below another",
	 {.client = AGENT, .server = STRANGER, .port = 8443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/update", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, UNPLACED),
	 "*.update.example.com by a DNS answer 12 s before, from 10.0.0.53",
	 .answer = {AGENT, STRANGER, "x.update.example.com", 12, 30, NULL}},
	{"a name that the capture notes down",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_CAPTURE, UNPLACED),
	 "app.example.com by a note in the capture file",
	 .answer = {.address = STRANGER, .noted = "app.example.com"}},
	{"a name below another that the capture notes down",
	 {.client = AGENT, .server = STRANGER, .port = 8443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/update", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_CAPTURE, UNPLACED),
	 "*.update.example.com by a note in the capture file",
	 .answer = {.address = STRANGER, .noted = "x.update.example.com"}},
	{"DNS says more than a note of the same",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, UNPLACED),
	 "app.example.com by a DNS answer 12 s before, from 10.0.0.53",
	 .answer = {AGENT, STRANGER, "app.example.com", 12, 30, "app.example.com"}},
	{"a note does not stand against DNS",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "g:gw/agent/control", 0, R(FA_REASON_HOST_UNKNOWN), "",
	 .answer = {AGENT, STRANGER, "www.example.com", 12, 30, "app.example.com"}},
	{"a note does not stand against what was asked for",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS",
	  .host = "www.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), "",
	 .answer = {.address = STRANGER, .noted = "app.example.com"}},
	{"a note of another region refutes nothing",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "g:gw/agent/control", 0, R(FA_REASON_HOST_UNKNOWN), "",
	 .answer = {.address = STRANGER, .noted = "app.eu.example.com"}},
	{"what was asked for goes before DNS",
	 {.client = AGENT, .server = STRANGER, .port = 443, .protocol = "TLS",
	  .host = "www.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "g:gw/agent/control", D(HOST),
	 R(FA_REASON_HOST_DIFFERS), "",
	 .answer = {AGENT, STRANGER, "app.example.com", 12, 30, NULL}},
	{"a place that is a name, by DNS",
	 {.client = AM, .server = STRANGER, .port = 389, .protocol = "LDAP"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/ldap", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, AGREE),
	 "ds.example.org by a DNS answer 12 s before, from 10.0.0.53",
	 .answer = {AM, STRANGER, "ds.example.org", 12, 30, NULL}},
	{"a place that is a name, and none is known",
	 {.client = AM, .server = STRANGER, .port = 389, .protocol = "LDAP"},
	 FA_VERDICT_INDETERMINATE, NULL, "a:api/core/ldap", 0, R(FA_REASON_HOST_UNKNOWN), ""},
	{"a place that is a name, and the answer had expired",
	 {.client = AM, .server = STRANGER, .port = 389, .protocol = "LDAP"},
	 FA_VERDICT_INDETERMINATE, NULL, "a:api/core/ldap", 0, R(FA_REASON_DNS_EXPIRED), "",
	 .answer = {AM, STRANGER, "ds.example.org", 400, 30, NULL}},
	{"a place that is a name, and another one was asked for",
	 {.client = AM, .server = STRANGER, .port = 389, .protocol = "LDAP",
	  .host = "other.example.org"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/ldap", D(SERVER),
	 R(FA_REASON_SERVER_DIFFERS), ""},

	{"a place and a destination by one name",
	 {.client = AGENT, .server = STRANGER, .port = 8444, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "g:gw/agent/relay", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, AGREE),
	 "relay.example.com by a DNS answer 119 s before, from 10.0.0.53",
	 .answer = {AGENT, STRANGER, "relay.example.com", 119, 300, NULL}},
	{"a client by name",
	 {.client = STRANGER, .server = AM, .port = 7600, .protocol = "SSH"},
	 FA_VERDICT_DOCUMENTED, "a:api/core/builder", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_DNS, AGREE),
	 "build.example.org by a DNS answer 2 min before, from 10.0.0.53, to another client",
	 .answer = {PHONE, STRANGER, "build.example.org", 120, 300, NULL}},
	{"a client by name, which nobody said",
	 {.client = STRANGER, .server = AM, .port = 7600, .protocol = "SSH"},
	 FA_VERDICT_INDETERMINATE, NULL, "a:api/core/builder", 0, R(FA_REASON_HOST_UNKNOWN), ""},

	/* Networks and systems. */
	{"a system by the list",
	 {.client = PHONE, .server = "8.8.8.9", .port = 5228, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/android", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_AS_BY_LIST, UNPLACED), ""},
	{"another system, by a longer prefix",
	 {.client = PHONE, .server = "8.8.8.8", .port = 5228, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/phone/android", D(NETWORK),
	 R(FA_REASON_NETWORK_DIFFERS), ""},
	{"no system that the list knows",
	 {.client = PHONE, .server = STRANGER, .port = 5228, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/phone/android", D(NETWORK),
	 R(FA_REASON_NETWORK_DIFFERS), ""},
	{"a named network, and another client",
	 {.client = STRANGER, .server = "17.1.2.3", .port = 5223, .protocol = "TLS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/phone/push", D(CLIENT),
	 R(FA_REASON_CLIENT_DIFFERS), ""},

	/* One machine. */
	{"two addresses of one machine",
	 {.client = AM, .server = "10.0.1.10", .port = 6006},
	 FA_VERDICT_DOCUMENTED, "a:api/core/local", NULL, 0, R(FA_REASON_ANY_PROTOCOL, AGREE),
	 ""},
	{"two machines of one network",
	 {.client = "10.0.3.1", .server = "10.0.3.2", .port = 6006},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/local", D(SCOPE),
	 R(FA_REASON_HOST_LOCAL_ON_WIRE), ""},
	{"two addresses of one machine are not its loopback",
	 {.client = AM, .server = "10.0.1.10", .port = 6007},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "a:api/core/loop", D(SCOPE),
	 R(FA_REASON_LOOPBACK_ON_WIRE), ""},

	/* Unreachable. */
	{"an ICMP message instead of a handshake",
	 {.client = OFFICE_1, .server = AM, .port = 9443, .state = STATE(UNREACHABLE),
	  .empty = true, .last_seen_ns = RUN_END},
	 FA_VERDICT_REFUSED, "a:api/core/admin", NULL, 0, R(FA_REASON_UNREACHABLE, AGREE), ""},
	{"an ICMP message instead of an answer",
	 {.client = STRANGER, .server = "10.90.0.1", .port = 123, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "NTP", .state = STATE(UNREACHABLE), .one_way = true},
	 FA_VERDICT_REFUSED, "n:net/basic/time", NULL, 0, R(FA_REASON_UNREACHABLE, AGREE), ""},
	{"an ICMP message to what nobody recognised",
	 {.client = STRANGER, .server = "10.90.0.1", .port = 123, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .state = STATE(UNREACHABLE), .one_way = true},
	 FA_VERDICT_REFUSED, "n:net/basic/time", NULL, 0, R(FA_REASON_UNREACHABLE, AGREE), ""},

	{"an ICMP message to what was recognised as something else",
	 {.client = STRANGER, .server = "10.90.0.1", .port = 123, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "SNMP", .state = STATE(UNREACHABLE), .one_way = true},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "n:net/basic/time", D(PROTOCOL),
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_UNREACHABLE), ""},

	/* Direction unknown. */
	{"documented one way round",
	 {.client = OFFICE_1, .client_port = 40000, .server = AM, .port = 9443,
	  .by = FA_BY_FIRST_PACKET, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "a:api/core/admin", 0, R(FA_REASON_DIRECTION_UNKNOWN),
	 ""},

	/* Ports chosen at run time. */
	{"led to by another row",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/called", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_NEGOTIATED, AGREE),
	 "after win/jump/mapper between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to by nothing",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"led to, but at another server",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = "10.70.0.2", .port = 135,
		     .protocol = "DCE_RPC"}}},
	{"led to, but later",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC",
		     .last_seen_ns = RUN_END}}},
	{"led to by what was only tried",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .state = STATE(REFUSED),
		     .empty = true}}},
	{"led to by another protocol",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "SSH"}}},
	{"led to, but a system port",
	 {.client = JUMP_1, .server = TARGET, .port = 1023, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to, but the other way round",
	 {.client = TARGET, .server = JUMP_1, .port = 49200, .protocol = "DCE_RPC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/mapper", D(PORT) | D(DIRECTION),
	 R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to, but another protocol",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .protocol = "SSH"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "net/basic/ssh", D(PORT), R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to, and not recognised: left open",
	 {.client = JUMP_1, .server = TARGET, .port = 49200},
	 FA_VERDICT_INDETERMINATE, NULL, "w:win/jump/called", 0,
	 R(FA_REASON_NEGOTIATED, FA_REASON_NOT_RECOGNISED),
	 "after win/jump/mapper between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to, and never opened: left open",
	 {.client = JUMP_1, .server = TARGET, .port = 49200, .state = STATE(ATTEMPTED),
	  .empty = true},
	 FA_VERDICT_INDETERMINATE, NULL, "w:win/jump/called", 0,
	 R(FA_REASON_NEGOTIATED, FA_REASON_NO_ANSWER),
	 "after win/jump/mapper between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"led to, for any protocol, both ways",
	 {.client = TARGET, .server = JUMP_1, .port = 50000},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/met", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, FA_REASON_NEGOTIATED, AGREE),
	 "after win/jump/meet between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 137, .protocol = "RDP"}}},
	{"led to, for any protocol, by one the other way round",
	 {.client = JUMP_1, .server = TARGET, .port = 60000},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/met", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, FA_REASON_NEGOTIATED, AGREE),
	 "after win/jump/meet between the same hosts",
	 .before = {{.client = TARGET, .server = JUMP_1, .port = 137, .protocol = "RDP"}}},
	{"led to, for any protocol, but one that a row names",
	 {.client = JUMP_1, .server = TARGET, .port = 50000, .protocol = "LDAP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 137, .protocol = "RDP"}}},
	{"led to, for any protocol, one that no row names",
	 {.client = JUMP_1, .server = TARGET, .port = 50000, .protocol = "Zabbix"},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/met", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, FA_REASON_NEGOTIATED, AGREE),
	 "after win/jump/meet between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 137, .protocol = "RDP"}}},
	{"led to, but outside the range that the document gives",
	 {.client = JUMP_1, .server = TARGET, .port = 49999},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 137, .protocol = "RDP"}}},
	{"a documented port is not left open for it",
	 {.client = JUMP_1, .server = TARGET, .port = 9443},
	 FA_VERDICT_UNDOCUMENTED, NULL, "a:api/core/admin", D(CLIENT) | D(SERVER),
	 R(FA_REASON_CLIENT_DIFFERS, FA_REASON_SERVER_DIFFERS, FA_REASON_NOT_RECOGNISED), "",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"but what was seen counts there, too",
	 {.client = JUMP_1, .server = TARGET, .port = 9443, .protocol = "DCE_RPC"},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/called", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_NEGOTIATED, AGREE),
	 "after win/jump/mapper between the same hosts",
	 .before = {{.client = JUMP_1, .server = TARGET, .port = 135, .protocol = "DCE_RPC"}}},
	{"nothing leads to it: both hosts and the protocol",
	 {.client = JUMP_1, .server = TARGET, .port = 33000, .protocol = "Java-RMI",
	  .detected = DETECTED(SIGNATURE)},
	 FA_VERDICT_DOCUMENTED, "w:win/jump/jmx", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_CHOSEN_PORT, AGREE), ""},
	{"nothing leads to it: another client",
	 {.client = STRANGER, .server = TARGET, .port = 33000, .protocol = "Java-RMI",
	  .detected = DETECTED(SIGNATURE)},
	 FA_VERDICT_UNDOCUMENTED, NULL, "w:win/jump/jmx", D(PORT) | D(CLIENT),
	 R(FA_REASON_NO_RULE), ""},
	{"nothing leads to it: the site is silent about the client",
	 {.client = STRANGER, .server = "10.71.0.1", .port = 33000, .protocol = "Java-RMI",
	  .detected = DETECTED(SIGNATURE)},
	 FA_VERDICT_UNDOCUMENTED, NULL, "v:win/jump/jmx", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"nothing leads to it: the site is silent about the server",
	 {.client = "10.60.0.2", .server = STRANGER, .port = 33000, .protocol = "Java-RMI",
	  .detected = DETECTED(SIGNATURE)},
	 FA_VERDICT_UNDOCUMENTED, NULL, "u:win/jump/jmx", D(PORT), R(FA_REASON_NO_RULE), ""},
	{"nothing leads to it: the protocol only guessed",
	 {.client = JUMP_1, .server = TARGET, .port = 33000, .protocol = "Java-RMI",
	  .detected = DETECTED(PORT_GUESS)},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"nothing leads to it, and any protocol: neither shown nor excluded",
	 {.client = JUMP_1, .server = TARGET, .port = 33000, .transport = UDP,
	  .by = FA_BY_PROTOCOL},
	 FA_VERDICT_INDETERMINATE, NULL, "w:win/jump/blob", 0, R(FA_REASON_CHOSEN_PORT), ""},
	{"nothing leads to it, and any protocol, but one that a row names",
	 {.client = JUMP_1, .server = TARGET, .port = 33000, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "DNS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "net/basic/dns", D(PORT), R(FA_REASON_NO_RULE), ""},

	/* Data connections of FTP. */
	{"passive data after control",
	 {.client = STRANGER, .server = "10.80.0.1", .port = 33000, .protocol = "FTP_DATA"},
	 FA_VERDICT_DOCUMENTED, "f:files/ftp/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_NEGOTIATED, UNPLACED),
	 "after files/ftp/control between the same hosts",
	 .before = {{.client = STRANGER, .server = "10.80.0.1", .port = 21,
		     .protocol = "FTP_CONTROL"}}},
	{"active data after control",
	 {.client = "10.80.0.1", .server = STRANGER, .port = 33000, .protocol = "FTP_DATA"},
	 FA_VERDICT_DOCUMENTED, "f:files/ftp/control", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_NEGOTIATED, UNPLACED),
	 "after files/ftp/control between the same hosts",
	 .before = {{.client = STRANGER, .server = "10.80.0.1", .port = 21,
		     .protocol = "FTP_CONTROL"}}},
	{"data without control",
	 {.client = STRANGER, .server = "10.80.0.1", .port = 33000, .protocol = "FTP_DATA"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"what is no data after control",
	 {.client = STRANGER, .server = "10.80.0.1", .port = 33000},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), "",
	 .before = {{.client = STRANGER, .server = "10.80.0.1", .port = 21,
		     .protocol = "FTP_CONTROL"}}},
	{"data of a product that has rows for data",
	 {.client = STRANGER, .server = "10.80.0.2", .port = 33000, .protocol = "FTP_DATA"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "t:tftp/main/data", D(PORT) | D(DIRECTION),
	 R(FA_REASON_NO_RULE), "",
	 .before = {{.client = STRANGER, .server = "10.80.0.2", .port = 2121,
		     .protocol = "FTP_CONTROL"}}},

	/* Fallbacks. */
	{"the first way failed",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_NEEDED, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = PHONE, .server = "17.9.9.9", .port = 5223,
		     .state = STATE(ATTEMPTED), .empty = true}}},
	{"the first way works",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DISCOURAGED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_NOT_NEEDED, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = PHONE, .server = "17.9.9.9", .port = 5223, .protocol = "TLS"}}},
	{"the first way failed once and works",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DISCOURAGED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_NOT_NEEDED, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = PHONE, .server = "17.9.9.9", .port = 5223, .protocol = "TLS"},
		    {.client = PHONE, .server = "17.9.9.9", .port = 5223,
		     .state = STATE(ATTEMPTED), .empty = true}}},
	{"the first way failed for another client",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_UNPROVEN, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = "10.40.0.2", .server = "17.9.9.9", .port = 5223,
		     .state = STATE(ATTEMPTED), .empty = true}}},
	{"the first way stands nowhere at this instance",
	 {.client = "10.41.0.1", .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "b:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_UNPROVEN, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = "10.41.0.1", .server = "17.9.9.9", .port = 5223,
		     .state = STATE(ATTEMPTED), .empty = true}}},
	{"the first way was tried too late to be answered",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_UNPROVEN, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = PHONE, .server = "17.9.9.9", .port = 5223,
		     .state = STATE(ATTEMPTED), .empty = true, .last_seen_ns = RUN_END}}},
	{"the second way is blocked, and the first works: nothing to open",
	 {.client = PHONE, .server = "17.1.2.3", .port = 443, .state = STATE(REFUSED),
	  .empty = true},
	 FA_VERDICT_DISCOURAGED, "a:api/phone/push-spare", NULL, 0,
	 R(FA_REASON_RESET_ON_OPEN, FA_REASON_FALLBACK_NOT_NEEDED, UNPLACED),
	 "the first way is api/phone/push",
	 .before = {{.client = PHONE, .server = "17.9.9.9", .port = 5223, .protocol = "TLS"}}},
	{"questions without an answer prove nothing of the first way",
	 {.client = PHONE, .server = STRANGER, .port = 5301, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "DNS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/ask-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_UNPROVEN, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/ask",
	 .before = {{.client = PHONE, .server = STRANGER, .port = 5300, .transport = UDP,
		     .by = FA_BY_PROTOCOL, .protocol = "DNS", .state = STATE(ONE_WAY),
		     .one_way = true}}},
	{"an ICMP message does",
	 {.client = PHONE, .server = STRANGER, .port = 5301, .transport = UDP,
	  .by = FA_BY_PROTOCOL, .protocol = "DNS"},
	 FA_VERDICT_DOCUMENTED, "a:api/phone/ask-spare", NULL, 0,
	 R(FA_REASON_FALLBACK_NEEDED, FA_REASON_AGREES, UNPLACED),
	 "the first way is api/phone/ask",
	 .before = {{.client = PHONE, .server = STRANGER, .port = 5300, .transport = UDP,
		     .by = FA_BY_PROTOCOL, .protocol = "DNS", .state = STATE(UNREACHABLE),
		     .one_way = true}}},
};

static struct fa_addr address(const char *text)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(text, &addr));
	return addr;
}

/* "a:api/core/https" or "net/basic/dns" or "(none)". */
static const char *name_of(const struct fa_rule *rule, const struct fa_instance *instance,
			   char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", instance == NULL ? "" : instance->name,
		 instance == NULL ? "" : ":", rule == NULL ? "(none)" : rule->id);
	return out;
}

static const char *or_none(const char *id)
{
	return id == NULL ? "(none)" : id;
}

static void reasons_text(const enum fa_reason *reasons, size_t count, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && reasons[i] != END; i++)
		used += (size_t)snprintf(out + used, size - used, "%s ",
					 fa_reason_text(reasons[i]));
}

static void differs_text(unsigned differs, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
		if ((differs & 1u << i) != 0)
			used += (size_t)snprintf(out + used, size - used, "%s ",
						 fa_difference_text(i));
}

/* All that a judgement says, as one text. */
static void describe(char *out, size_t size, enum fa_verdict verdict, const char *rule,
		     const char *nearest, unsigned differs, const enum fa_reason *reasons,
		     size_t reason_count, const char *detail)
{
	char why[512];
	char what[128];

	reasons_text(reasons, reason_count, why, sizeof(why));
	differs_text(differs, what, sizeof(what));
	snprintf(out, size, "%s %s near %s differs %s[%s] \"%s\"", fa_verdict_text(verdict), rule,
		 nearest, what, why, detail);
}

static bool check(const struct site_case *c, const struct fa_judgement *got)
{
	char wanted_text[1200];
	char got_text[1200];
	char rule[128];
	char nearest[128];

	describe(wanted_text, sizeof(wanted_text), c->verdict, or_none(c->rule),
		 or_none(c->nearest), c->differs, c->reasons, FA_REASONS_MAX, c->detail);
	describe(got_text, sizeof(got_text), got->verdict,
		 name_of(got->rule, got->instance, rule, sizeof(rule)),
		 name_of(got->nearest, got->nearest_instance, nearest, sizeof(nearest)),
		 got->differs, got->reasons, got->reason_count, got->detail);
	if (strcmp(wanted_text, got_text) == 0)
		return true;
	print_error("%s:\n wanted %s\n got    %s\n", c->what, wanted_text, got_text);
	return false;
}

/* What a run with POLICY knows; the owner frees all three. */
struct run {
	struct fa_audit_context *context;
	struct fa_shown *shown;
	struct fa_names *names;
};

static void run_begin(struct run *run, const struct fa_policy *policy)
{
	assert_non_null(policy);
	assert_int_equal(fa_audit_context_new(&run->context, policy, NULL, RUN_END), 0);
	assert_int_equal(fa_shown_new(&run->shown, 1000), 0);
	assert_int_equal(fa_names_new(&run->names, 1000), 0);
	run->context->shown = run->shown;
	run->context->names = run->names;
}

static void run_end(struct run *run)
{
	fa_audit_context_free(run->context);
	fa_shown_free(run->shown);
	fa_names_free(run->names);
}

static void hear_answer(struct run *run, const struct answer *answer, int64_t at_ns)
{
	struct fa_name_answer heard;

	if (answer->client != NULL) {
		memset(&heard, 0, sizeof(heard));
		heard.ts_ns = at_ns - answer->age_s * SECOND;
		heard.ttl_s = answer->ttl_s;
		heard.client = address(answer->client);
		heard.resolver = address("10.0.0.53");
		heard.address = address(answer->address);
		fa_text_copy(heard.host, sizeof(heard.host), answer->host);
		assert_int_equal(fa_names_add(run->names, &heard), 0);
	}
	if (answer->noted != NULL) {
		memset(&heard, 0, sizeof(heard));
		heard.by_capture = true;
		heard.address = address(answer->address);
		fa_text_copy(heard.host, sizeof(heard.host), answer->noted);
		assert_int_equal(fa_names_add(run->names, &heard), 0);
	}
	assert_int_equal(fa_names_ready(run->names), 0);
}

static void judge_in_run(const struct fa_policy *policy, const struct site_case *c,
			 struct fa_judgement *out)
{
	struct fa_conversation conv = conversation(&c->talk);
	struct run run;

	run_begin(&run, policy);
	hear_answer(&run, &c->answer, conv.counts.first_seen_ns);
	fa_shown_add(run.shown, run.context, &conv);
	for (size_t i = 0; i < BEFORE_MAX && c->before[i].port != 0; i++) {
		struct fa_conversation before = conversation(&c->before[i]);

		fa_shown_add(run.shown, run.context, &before);
	}
	fa_judge(run.context, &conv, out);
	run_end(&run);
}

static void test_cases(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fa_judgement judgement;

		judge_in_run(stand_policy(), &cases[i], &judgement);
		wrong += !check(&cases[i], &judgement);
	}
	assert_int_equal(wrong, 0);
}

/* Ties between conversations need no site. */
static void test_without_a_site(void **state)
{
	static const struct site_case led = {
		"led to", {.port = 49200, .protocol = "DCE_RPC"},
		FA_VERDICT_DOCUMENTED, "win/jump/called", NULL, 0,
		R(FA_REASON_AGREES, FA_REASON_NEGOTIATED, FA_REASON_ENDPOINTS_UNCHECKED),
		"after win/jump/mapper between the same hosts",
		.before = {{.port = 135, .protocol = "DCE_RPC"}}};
	static const struct site_case alone = {
		"nothing leads to it", {.port = 33000, .protocol = "Java-RMI"},
		FA_VERDICT_UNDOCUMENTED, NULL, "win/jump/jmx", D(PORT), R(FA_REASON_NO_RULE), ""};
	static const struct site_case spare = {
		"fallback", {.server = "17.1.2.3", .port = 443, .protocol = "TLS"},
		FA_VERDICT_DISCOURAGED, "api/phone/push-spare", NULL, 0,
		R(FA_REASON_FALLBACK_NOT_NEEDED, FA_REASON_AGREES, FA_REASON_ENDPOINTS_UNCHECKED),
		"the first way is api/phone/push",
		.before = {{.server = "17.1.2.4", .port = 5223, .protocol = "TLS"}}};
	static const struct site_case system = {
		"system", {.server = "8.8.8.9", .port = 5228, .protocol = "TLS"},
		FA_VERDICT_INDETERMINATE, NULL, "api/phone/android", 0, R(FA_REASON_AS_UNKNOWN),
		""};
	static const struct site_case region = {
		"every region", {.port = 443, .protocol = "TLS", .host = "app.eu.example.com"},
		FA_VERDICT_DOCUMENTED, "gw/agent/control", NULL, 0,
		R(FA_REASON_AGREES, FA_REASON_HOST_BY_TLS, FA_REASON_ENDPOINTS_UNCHECKED), ""};
	static const struct site_case everywhere = {
		"everywhere", {.port = 53, .transport = UDP, .by = FA_BY_PROTOCOL,
			       .protocol = "DNS"},
		FA_VERDICT_DOCUMENTED, "net/basic/dns", NULL, 0,
		R(FA_REASON_AGREES, FA_REASON_EVERYWHERE), ""};
	static const struct site_case shared = {
		"a vendor's row goes first", {.port = 22, .protocol = "SSH"},
		FA_VERDICT_DOCUMENTED, "api/core/ssh", NULL, 0,
		R(FA_REASON_AGREES, FA_REASON_ENDPOINTS_UNCHECKED), ""};
	static const struct site_case corrected = {
		"so does its correction", {.port = 162, .transport = UDP, .by = FA_BY_PROTOCOL,
					   .protocol = "SNMP"},
		FA_VERDICT_DOCUMENTED, "api/core/trap", NULL, 0,
		R(FA_REASON_AGREES, FA_REASON_CORRECTION, FA_REASON_ENDPOINTS_UNCHECKED),
		"the document is wrong here"};
	static const struct site_case near_vendor = {
		"also as the nearest", {.port = 124, .transport = UDP, .by = FA_BY_PROTOCOL,
					.protocol = "NTP"},
		FA_VERDICT_UNDOCUMENTED, NULL, "other/main/time", D(PORT), R(FA_REASON_NO_RULE),
		""};
	static const struct site_case led_back = {
		"led to, the other way round",
		{.client = "10.0.0.2", .server = "10.0.0.1", .port = 49200,
		 .protocol = "DCE_RPC"},
		FA_VERDICT_UNDOCUMENTED, NULL, "win/jump/mapper", D(PORT), R(FA_REASON_NO_RULE),
		"", .before = {{.port = 135, .protocol = "DCE_RPC"}}};
	static const struct site_case number = {
		"a number is no sign of counting up", {.port = 9105},
		FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""};
	static const struct site_case counted = {
		"number and protocol are", {.port = 10003, .protocol = "HTTP"},
		FA_VERDICT_UNDOCUMENTED, NULL, "api/core/up", D(PORT), R(FA_REASON_NO_RULE),
		"the product counts up from 10001 when that is taken"};
	static const struct site_case *const all[] = {
		&led,	 &alone,     &spare,	   &system,   &region, &everywhere,
		&shared, &corrected, &near_vendor, &led_back, &number, &counted};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(all); i++) {
		struct fa_judgement judgement;

		judge_in_run(stand_unbound(), all[i], &judgement);
		wrong += !check(all[i], &judgement);
	}
	assert_int_equal(wrong, 0);
}

/* Which bound rules a conversation speaks for: of these machines, and not what anybody may do. */
static void test_spoken_for(void **state)
{
	static const struct {
		struct talk talk;
		const char *bindings[3];
	} table[] = {
		{{.client = OFFICE_1, .server = AM, .port = 8243, .protocol = "TLS"},
		 {"a:api/core/https", "r:rival/main/https"}},
		{{.client = STRANGER, .server = AM, .port = 22, .protocol = "SSH"},
		 {"a:api/core/ssh"}},
		{{.client = OFFICE_1, .server = AM, .port = 7500, .protocol = "TLS"},
		 {"a:api/core/pair-known"}},
		{{.client = STRANGER, .server = BM, .port = 22, .protocol = "SSH"},
		 {"net/basic/ssh"}},
		{{.client = LAB_1, .server = BM, .port = 8280, .protocol = "HTTP"},
		 {"b:api/core/plain-lab", "b:api/core/plain"}},
		{{.client = LAB_1, .server = BM, .port = 8244, .state = STATE(REFUSED),
		  .empty = true},
		 {"b:api/core/https"}},
		{{.client = JUMP_1, .server = TARGET, .port = 33000, .protocol = "Java-RMI"},
		 {"w:win/jump/jmx"}},
		{{.client = STRANGER, .server = AM, .port = 8243, .protocol = "TLS"}, {NULL}},
	};
	struct run run;

	(void)state;
	run_begin(&run, stand_policy());
	for (size_t i = 0; i < LENGTH(table); i++) {
		const struct fa_binding *bindings[FA_WEIGHED_MAX];
		struct fa_conversation conv = conversation(&table[i].talk);
		struct fa_judgement judgement;
		size_t count;
		size_t wanted = 0;

		fa_judge(run.context, &conv, &judgement);
		count = fa_judge_spoken_for(run.context, &conv, &judgement, bindings);
		while (table[i].bindings[wanted] != NULL)
			wanted++;
		assert_int_equal(count, wanted);
		for (size_t j = 0; j < count; j++) {
			char name[128];

			assert_string_equal(name_of(bindings[j]->rule, bindings[j]->instance, name,
						    sizeof(name)),
					    table[i].bindings[j]);
		}
	}
	run_end(&run);
}

/* A rule of two instances is one candidate; those of strangers come last. */
static void test_candidates(void **state)
{
	static const struct talk talk = {.client = AM, .server = BM, .port = 4000};
	static const struct talk strange = {.client = STRANGER, .server = AM, .port = 7400,
					    .protocol = "SSH", .host = "y.example.org"};
	struct fa_conversation conv = conversation(&talk);
	struct fa_judgement judgement;
	struct run run;

	(void)state;
	run_begin(&run, stand_policy());
	fa_judge(run.context, &conv, &judgement);
	assert_int_equal(judgement.candidate_count, 1);
	assert_string_equal(judgement.candidates[0]->id, "api/core/cluster");
	conv = conversation(&strange);
	fa_judge(run.context, &conv, &judgement);
	assert_int_equal(judgement.candidate_count, 2);
	assert_string_equal(judgement.candidates[0]->id, "api/core/strict");
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_without_a_site),
		cmocka_unit_test(test_spoken_for),
		cmocka_unit_test(test_candidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
