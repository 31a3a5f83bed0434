/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts by table: one conversation, and all that the judgement on it says. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/judge.h"
#include "audit/weigh.h"
#include "book.h"

#define END FA_REASON_COUNT /* ends a list of reasons that may start with reason 0 */

struct judge_case {
	const char *what;
	struct talk talk;
	enum fa_verdict verdict;
	const char *rule, *nearest;
	unsigned differs;
	enum fa_reason reasons[FA_REASONS_MAX + 1]; /* up to END */
	const char *detail;
};

#define R(...) {__VA_ARGS__, END}
#define UNCHECKED FA_REASON_ENDPOINTS_UNCHECKED
#define FIRST FA_BY_FIRST_PACKET

static const struct judge_case cases[] = {
	/* Documented. */
	{"exact port; the document's order decides within a product, not the id",
	 {.port = 8443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/web-tls", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"the product's id decides between products, not the place",
	 {.port = 9000, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/shared", NULL, 0,
	 R(FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS), ""},
	{"an application fits as well as a master protocol",
	 {.port = 445, .protocol = "NetBIOS", .application = "SMBv23"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/smb", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"a signature is as good as inspection",
	 {.port = 1099, .protocol = "Java-RMI", .detected = DETECTED(SIGNATURE)},
	 FA_VERDICT_DOCUMENTED, "alpha/core/rmi", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_CONDITIONAL, UNCHECKED), ""},
	{"partial inspection too",
	 {.port = 445, .protocol = "SMBv23", .detected = DETECTED(DPI_PARTIAL)},
	 FA_VERDICT_DOCUMENTED, "alpha/core/smb", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"a range is said",
	 {.port = 5601, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/range", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_RANGE, UNCHECKED), ""},
	{"an exact port goes before a range",
	 {.port = 5650, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/exact", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"a range that names the protocol goes before one that does not",
	 {.port = 5695, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/range", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_RANGE, UNCHECKED), ""},
	{"a range of any protocol is weak, but documented",
	 {.port = 5900, .protocol = "VNC"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/any-range", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, FA_REASON_RANGE, UNCHECKED), ""},
	{"any protocol: one that nobody knows too",
	 {.port = 5900},
	 FA_VERDICT_DOCUMENTED, "alpha/core/any-range", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, FA_REASON_RANGE, UNCHECKED), ""},
	{"a named protocol goes before any",
	 {.port = 7000, .protocol = "AMQP"},
	 FA_VERDICT_DOCUMENTED, "beta/main/broker", NULL, 0,
	 R(FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS), ""},
	{"any agrees where a named protocol is open",
	 {.port = 7000},
	 FA_VERDICT_DOCUMENTED, "alpha/core/any", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, UNCHECKED), ""},
	{"any covers what another row excludes, and that is said",
	 {.port = 7000, .protocol = "Redis"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/any", "beta/main/broker", FA_DIFFERS_PROTOCOL,
	 R(FA_REASON_ANY_PROTOCOL, UNCHECKED),
	 "another row names a different protocol for this port"},
	{"a corrected transport",
	 {.port = 161, .transport = UDP, .by = FA_BY_PROTOCOL, .protocol = "SNMP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/snmp", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_CORRECTION, UNCHECKED), BOOK_REASON},
	{"the transport as the document has it needs no correction",
	 {.port = 161, .protocol = "SNMP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/snmp", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"a corrected protocol",
	 {.port = 2049, .protocol = "NFS"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/misnamed", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_CORRECTION, UNCHECKED), BOOK_REASON},
	{"what a document says goes before what we correct in another",
	 {.port = 162, .transport = UDP, .by = FA_BY_PROTOCOL, .protocol = "SNMP"},
	 FA_VERDICT_DOCUMENTED, "beta/main/traps", NULL, 0,
	 R(FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS), ""},
	{"a host name is the most specific of all, and leaves no doubt",
	 {.port = 443, .protocol = "TLS", .host = "App.Example.COM."},
	 FA_VERDICT_DOCUMENTED, "alpha/core/cloud", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_TLS, UNCHECKED), ""},
	{"another host name: the general row",
	 {.port = 443, .protocol = "TLS", .host = "app.example.org"},
	 FA_VERDICT_DOCUMENTED, "beta/main/https", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"no host name: the general row",
	 {.port = 443, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "beta/main/https", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"a server in the network",
	 {.port = 5223, .server = "17.1.2.3", .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/push", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"name and network, both right",
	 {.port = 4444, .server = "17.1.2.3", .protocol = "TLS", .host = "app.example.com"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/both", NULL, 0,
	 R(FA_REASON_AGREES, FA_REASON_HOST_BY_TLS, UNCHECKED), ""},
	{"a loopback port on loopback",
	 {.client = "127.0.0.1", .server = "127.0.0.1", .port = 65220},
	 FA_VERDICT_DOCUMENTED, "alpha/core/state", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, UNCHECKED), ""},
	{"two addresses of the loopback network",
	 {.client = "127.0.0.1", .server = "127.0.0.2", .port = 65220},
	 FA_VERDICT_DOCUMENTED, "alpha/core/state", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, UNCHECKED), ""},
	{"one machine talks to itself",
	 {.client = "10.0.0.2", .port = 6006},
	 FA_VERDICT_DOCUMENTED, "alpha/core/inner", NULL, 0,
	 R(FA_REASON_ANY_PROTOCOL, UNCHECKED), ""},

	/* Discouraged. */
	{"the document advises against it",
	 {.port = 6080, .protocol = "HTTP"},
	 FA_VERDICT_DISCOURAGED, "alpha/core/plain-only", NULL, 0,
	 R(FA_REASON_ADVISED_AGAINST, FA_REASON_AGREES, UNCHECKED), ""},
	{"an equally specific row does not advise against it",
	 {.port = 80, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "beta/main/http80", NULL, 0,
	 R(FA_REASON_ADVISED_AGAINST, FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS),
	 "alpha/core/http80 advises against it"},
	{"a row that names no protocol does not outweigh the advice",
	 {.port = 8080, .protocol = "HTTP", .application = "WebSocket"},
	 FA_VERDICT_DISCOURAGED, "alpha/core/web-http", NULL, 0,
	 R(FA_REASON_ADVISED_AGAINST, FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS), ""},

	/* Wrong protocol. */
	{"another protocol was seen",
	 {.port = 8443, .protocol = "HTTP"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "alpha/core/web-tls", FA_DIFFERS_PROTOCOL,
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"the nearest row is one for any destination",
	 {.port = 443, .protocol = "SSH"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "beta/main/https", FA_DIFFERS_PROTOCOL,
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"the nearest row is the one that differs least",
	 {.port = 6007, .protocol = "SSH"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "beta/main/web7", FA_DIFFERS_PROTOCOL,
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},
	{"wrong protocol to the wrong network",
	 {.port = 5223, .protocol = "SSH"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "alpha/core/push",
	 FA_DIFFERS_PROTOCOL | FA_DIFFERS_NETWORK,
	 R(FA_REASON_SAW_OTHER_PROTOCOL, FA_REASON_NETWORK_DIFFERS), ""},
	{"what is unknown does not save the wrong protocol",
	 {.port = 5228, .protocol = "SSH"},
	 FA_VERDICT_WRONG_PROTOCOL, NULL, "alpha/core/system", FA_DIFFERS_PROTOCOL,
	 R(FA_REASON_SAW_OTHER_PROTOCOL), ""},

	/* Wrong endpoint. */
	{"another host name",
	 {.port = 4443, .protocol = "TLS", .host = "www.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/named", FA_DIFFERS_HOST,
	 R(FA_REASON_HOST_DIFFERS), ""},
	{"a longer host name is another",
	 {.port = 4443, .protocol = "TLS", .host = "app.example.com.evil.net"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/named", FA_DIFFERS_HOST,
	 R(FA_REASON_HOST_DIFFERS), ""},
	{"another network",
	 {.port = 53, .transport = UDP, .server = "8.8.8.8", .by = FA_BY_PROTOCOL,
	  .protocol = "DNS"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "beta/main/dns", FA_DIFFERS_NETWORK,
	 R(FA_REASON_NETWORK_DIFFERS), ""},
	{"no protocol could make another network right",
	 {.port = 5223},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/push", FA_DIFFERS_NETWORK,
	 R(FA_REASON_NETWORK_DIFFERS, FA_REASON_NOT_RECOGNISED), ""},
	{"right name, wrong network",
	 {.port = 4444, .protocol = "TLS", .host = "app.example.com"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/both", FA_DIFFERS_NETWORK,
	 R(FA_REASON_NETWORK_DIFFERS), ""},
	{"a loopback port on the wire",
	 {.port = 65220, .protocol = "HTTP"},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/state", FA_DIFFERS_SCOPE,
	 R(FA_REASON_LOOPBACK_ON_WIRE), ""},
	{"one loopback address is not enough",
	 {.client = "127.0.0.1", .port = 65220},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/state", FA_DIFFERS_SCOPE,
	 R(FA_REASON_LOOPBACK_ON_WIRE), ""},
	{"a port of one machine between two",
	 {.port = 6006},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/inner", FA_DIFFERS_SCOPE,
	 R(FA_REASON_HOST_LOCAL_ON_WIRE), ""},
	{"only tried, but on no account right",
	 {.port = 65220, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/state", FA_DIFFERS_SCOPE,
	 R(FA_REASON_LOOPBACK_ON_WIRE, FA_REASON_RESET_ON_OPEN), ""},

	/* Undocumented, and the nearest miss. */
	{"nothing near",
	 {.port = 33999},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"the other transport",
	 {.port = 8443, .transport = UDP},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/web-tls", FA_DIFFERS_TRANSPORT,
	 R(FA_REASON_NO_RULE), ""},
	{"the other transport goes before another port",
	 {.port = 53, .server = "1.1.1.1", .protocol = "DNS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "beta/main/dns", FA_DIFFERS_TRANSPORT,
	 R(FA_REASON_NO_RULE), ""},
	{"the same protocol on another port of another transport is too far",
	 {.port = 6514, .protocol = "Syslog"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"another port goes before the other transport with another protocol",
	 {.port = 1433, .transport = UDP, .protocol = "SNMP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "beta/main/traps", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"the other transport with another protocol, when there is nothing else",
	 {.port = 443, .transport = UDP, .protocol = "QUIC"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "beta/main/https",
	 FA_DIFFERS_TRANSPORT | FA_DIFFERS_PROTOCOL, R(FA_REASON_NO_RULE), ""},
	{"the closest port, here below",
	 {.port = 9200, .protocol = "HTTP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/shared", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"the closest port, here the low end of a range",
	 {.port = 5590, .protocol = "HTTP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/range", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"the closest port by application",
	 {.port = 446, .protocol = "NetBIOS", .application = "SMBv23"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/smb", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"a closer port for another destination is farther away",
	 {.port = 5224, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/wide/hears", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"a port that the site must say is the farthest",
	 {.port = 41000, .protocol = "Java-RMI"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/rmi", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"a guessed protocol is near to nothing",
	 {.port = 9200, .protocol = "HTTP", .detected = DETECTED(PORT_GUESS)},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE), ""},
	{"tried without answer, and nowhere documented",
	 {.port = 33999, .state = STATE(ATTEMPTED), .empty = true, .syn_retries = 2},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE, FA_REASON_NO_ANSWER), ""},
	{"tried and reset, and nowhere documented",
	 {.port = 33999, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE, FA_REASON_RESET_ON_OPEN),
	 ""},
	{"tried at the very end, and nowhere documented",
	 {.port = 33999, .state = STATE(ATTEMPTED), .empty = true, .last_seen_ns = RUN_END},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_RULE, FA_REASON_ENDED_TOO_SOON),
	 ""},
	{"no ports: echo request",
	 {.port = 8 << 8, .transport = ICMP, .by = FA_BY_PROTOCOL, .protocol = "ICMP"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_PORTS), ""},
	{"no ports: GRE",
	 {.transport = GRE, .by = FIRST, .protocol = "GRE"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_PORTS), ""},

	/* Refused. */
	{"never answered, sent again",
	 {.port = 1433, .state = STATE(ATTEMPTED), .empty = true, .syn_retries = 1,
	  .last_seen_ns = RUN_END},
	 FA_VERDICT_REFUSED, "beta/side/sql", NULL, 0, R(FA_REASON_NO_ANSWER, UNCHECKED), ""},
	{"never answered, a second before the end",
	 {.port = 1433, .state = STATE(ATTEMPTED), .empty = true, .last_seen_ns = RUN_END - SECOND},
	 FA_VERDICT_REFUSED, "beta/side/sql", NULL, 0, R(FA_REASON_NO_ANSWER, UNCHECKED), ""},
	{"not answered, but the capture ends",
	 {.port = 1433, .state = STATE(ATTEMPTED), .empty = true,
	  .last_seen_ns = RUN_END - SECOND + 1},
	 FA_VERDICT_INDETERMINATE, NULL, "beta/side/sql", 0, R(FA_REASON_ENDED_TOO_SOON), ""},
	{"reset, at the very end",
	 {.port = 1433, .state = STATE(REFUSED), .empty = true, .last_seen_ns = RUN_END,
	  .protocol = "MsSQL-TDS", .detected = DETECTED(PORT_GUESS)},
	 FA_VERDICT_REFUSED, "beta/side/sql", NULL, 0, R(FA_REASON_RESET_ON_OPEN, UNCHECKED), ""},
	{"refused on a port of two ranges: the row that names a protocol is blocked",
	 {.port = 5695, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_REFUSED, "alpha/core/range", NULL, 0,
	 R(FA_REASON_RESET_ON_OPEN, FA_REASON_RANGE, UNCHECKED), ""},
	{"a general row beats one for a host that is not known",
	 {.port = 443, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_REFUSED, "beta/main/https", NULL, 0, R(FA_REASON_RESET_ON_OPEN, UNCHECKED),
	 ""},
	{"blocked as advised: not refused",
	 {.port = 6080, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_DISCOURAGED, "alpha/core/plain-only", NULL, 0,
	 R(FA_REASON_RESET_ON_OPEN, FA_REASON_ADVISED_AGAINST, UNCHECKED), ""},
	{"blocked, and one document wants it open",
	 {.port = 80, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_REFUSED, "beta/main/http80", NULL, 0,
	 R(FA_REASON_RESET_ON_OPEN, FA_REASON_ADVISED_AGAINST, UNCHECKED, FA_REASON_AMBIGUOUS),
	 "alpha/core/http80 advises against it"},
	{"the only row is for a host that is not known",
	 {.port = 4443, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/named", 0,
	 R(FA_REASON_HOST_UNKNOWN, FA_REASON_RESET_ON_OPEN), ""},
	{"the name is known from elsewhere",
	 {.port = 4443, .state = STATE(REFUSED), .empty = true, .host = "app.example.com"},
	 FA_VERDICT_REFUSED, "alpha/core/named", NULL, 0, R(FA_REASON_RESET_ON_OPEN, UNCHECKED),
	 ""},
	{"tried in vain to another network",
	 {.port = 5223, .state = STATE(REFUSED), .empty = true},
	 FA_VERDICT_WRONG_ENDPOINT, NULL, "alpha/core/push", FA_DIFFERS_NETWORK,
	 R(FA_REASON_NETWORK_DIFFERS, FA_REASON_RESET_ON_OPEN), ""},

	/* Indeterminate. */
	{"not recognised",
	 {.port = 8443},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_NOT_RECOGNISED), ""},
	{"guessed right is still guessed",
	 {.port = 8443, .protocol = "TLS", .detected = DETECTED(PORT_GUESS)},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_ONLY_GUESSED), ""},
	{"guessed wrong is only guessed, too",
	 {.port = 8443, .protocol = "SSH", .detected = DETECTED(ADDRESS_GUESS)},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_ONLY_GUESSED), ""},
	{"guessed without payload",
	 {.port = 8443, .protocol = "TLS", .detected = DETECTED(PORT_GUESS), .empty = true},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0,
	 R(FA_REASON_ONLY_GUESSED, FA_REASON_NO_PAYLOAD), ""},
	{"no payload",
	 {.port = 8443, .state = STATE(ESTABLISHED), .empty = true},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_NO_PAYLOAD), ""},
	{"truncated",
	 {.port = 8443, .truncated = 2},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_TRUNCATED), ""},
	{"truncated but recognised",
	 {.port = 8443, .protocol = "TLS", .truncated = 2},
	 FA_VERDICT_DOCUMENTED, "alpha/core/web-tls", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"the host name is not known",
	 {.port = 4443, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/named", 0, R(FA_REASON_HOST_UNKNOWN), ""},
	{"the autonomous system is not known",
	 {.port = 5228, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/system", 0, R(FA_REASON_AS_UNKNOWN), ""},
	{"fragments",
	 {.port = 0, .protocol = "TLS", .fragment = true},
	 FA_VERDICT_INDETERMINATE, NULL, NULL, 0, R(FA_REASON_FRAGMENT), ""},

	/* Direction. */
	{"neither port is documented",
	 {.client_port = 40000, .port = 33999, .by = FIRST},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0,
	 R(FA_REASON_NO_RULE, FA_REASON_DIRECTION_IRRELEVANT), ""},
	{"neither is documented, the client's port has a nearest miss",
	 {.client_port = 8443, .port = 33999, .transport = UDP, .by = FIRST},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/web-tls",
	 FA_DIFFERS_TRANSPORT | FA_DIFFERS_DIRECTION,
	 R(FA_REASON_NO_RULE, FA_REASON_DIRECTION_IRRELEVANT), ""},
	{"only if the server is right",
	 {.client_port = 33999, .port = 8443, .by = FIRST, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0, R(FA_REASON_DIRECTION_UNKNOWN),
	 ""},
	{"only if it is the other way round",
	 {.client_port = 8443, .port = 33999, .by = FIRST, .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", FA_DIFFERS_DIRECTION,
	 R(FA_REASON_DIRECTION_UNKNOWN), ""},
	{"the other way round the far network is near",
	 {.client = "17.1.2.3", .client_port = 5223, .port = 33999, .by = FIRST,
	  .protocol = "TLS"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/push", FA_DIFFERS_DIRECTION,
	 R(FA_REASON_DIRECTION_UNKNOWN), ""},
	{"the other way round it would be wrong",
	 {.client_port = 8443, .port = 33999, .by = FIRST, .protocol = "SSH"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls",
	 FA_DIFFERS_DIRECTION | FA_DIFFERS_PROTOCOL, R(FA_REASON_DIRECTION_UNKNOWN), ""},
	{"unrecognised, and the direction decides whether that matters",
	 {.client_port = 33999, .port = 8443, .by = FIRST},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", 0,
	 R(FA_REASON_DIRECTION_UNKNOWN, FA_REASON_NOT_RECOGNISED), ""},
	{"documented one way, discouraged the other",
	 {.client_port = 6080, .port = 5650, .by = FIRST, .protocol = "HTTP"},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/exact", 0, R(FA_REASON_DIRECTION_UNKNOWN),
	 ""},
	{"both ways documented, by different rows",
	 {.client_port = 5650, .port = 9000, .by = FIRST, .protocol = "HTTP"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/shared", NULL, 0,
	 R(FA_REASON_AGREES, UNCHECKED, FA_REASON_AMBIGUOUS, FA_REASON_DIRECTION_UNKNOWN), ""},
	{"both ways documented, by the same row",
	 {.client_port = 8443, .port = 8443, .by = FIRST, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/web-tls", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
	{"the other way round it would be too thin",
	 {.client_port = 8443, .port = 33999, .by = FIRST},
	 FA_VERDICT_INDETERMINATE, NULL, "alpha/core/web-tls", FA_DIFFERS_DIRECTION,
	 R(FA_REASON_DIRECTION_UNKNOWN, FA_REASON_NOT_RECOGNISED), ""},
	{"the client's port does not matter when the direction is known",
	 {.client_port = 8443, .port = 33999, .protocol = "TLS"},
	 FA_VERDICT_UNDOCUMENTED, NULL, "alpha/core/web-tls", FA_DIFFERS_PORT,
	 R(FA_REASON_NO_RULE), ""},
	{"no ports, no direction between them",
	 {.client_port = 1, .transport = GRE, .by = FIRST, .protocol = "GRE"},
	 FA_VERDICT_UNDOCUMENTED, NULL, NULL, 0, R(FA_REASON_NO_PORTS), ""},
	{"degree has settled it",
	 {.port = 8443, .by = FA_BY_DEGREE, .protocol = "TLS"},
	 FA_VERDICT_DOCUMENTED, "alpha/core/web-tls", NULL, 0, R(FA_REASON_AGREES, UNCHECKED), ""},
};

static const char *id_of(const struct fa_rule *rule)
{
	return rule == NULL ? "(none)" : rule->id;
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

static bool check(const struct judge_case *c, const struct fa_judgement *got)
{
	char wanted_reasons[512];
	char got_reasons[512];
	bool ok;

	reasons_text(c->reasons, FA_REASONS_MAX, wanted_reasons, sizeof(wanted_reasons));
	reasons_text(got->reasons, got->reason_count, got_reasons, sizeof(got_reasons));
	ok = got->verdict == c->verdict && strcmp(id_of(got->rule), or_none(c->rule)) == 0 &&
	     strcmp(id_of(got->nearest), or_none(c->nearest)) == 0 &&
	     got->differs == c->differs && strcmp(wanted_reasons, got_reasons) == 0 &&
	     strcmp(got->detail, c->detail) == 0;
	if (!ok)
		print_error("%s:\n wanted %s %s near %s differs %x [%s] \"%s\"\n"
			    " got    %s %s near %s differs %x [%s] \"%s\"\n",
			    c->what, fa_verdict_text(c->verdict), or_none(c->rule),
			    or_none(c->nearest), c->differs, wanted_reasons, c->detail,
			    fa_verdict_text(got->verdict), id_of(got->rule), id_of(got->nearest),
			    got->differs, got_reasons, got->detail);
	return ok;
}

static struct fa_audit_context *context_with(const struct fa_evidence *evidence)
{
	struct fa_audit_context *context;

	assert_int_equal(fa_audit_context_new(&context, policy(), evidence, RUN_END), 0);
	return context;
}

static void test_cases(void **state)
{
	struct fa_audit_context *context = context_with(NULL);
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fa_conversation conv = conversation(&cases[i].talk);
		struct fa_judgement judgement;

		fa_judge(context, &conv, &judgement);
		wrong += !check(&cases[i], &judgement);
	}
	fa_audit_context_free(context);
	assert_int_equal(wrong, 0);
}

static void test_candidates_are_named_best_first(void **state)
{
	static const struct talk named = {.port = 443, .protocol = "TLS",
					  .host = "app.example.com"};
	static const struct talk unnamed = {.port = 443, .protocol = "TLS"};
	struct fa_audit_context *context = context_with(NULL);
	struct fa_conversation conv = conversation(&named);
	struct fa_judgement judgement;

	(void)state;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.candidate_count, 2);
	assert_string_equal(judgement.candidates[0]->id, "alpha/core/cloud");
	assert_string_equal(judgement.candidates[1]->id, "beta/main/https");
	conv = conversation(&unnamed);
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.candidate_count, 2);
	assert_string_equal(judgement.candidates[0]->id, "beta/main/https");
	fa_audit_context_free(context);
}

/* A conversation that goes on, or of which only some flows failed, is not "only tried". */
static void test_some_flows_tried(void **state)
{
	static const struct talk tried = {.port = 1433, .state = STATE(REFUSED), .empty = true,
					  .flows = 2};
	struct fa_audit_context *context = context_with(NULL);
	struct fa_conversation conv = conversation(&tried);
	struct fa_judgement judgement;

	(void)state;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_REFUSED);
	conv.counts.flows_in_state[FA_FLOW_REFUSED] = 1;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_INDETERMINATE);
	conv.counts.flows_in_state[FA_FLOW_CLOSED] = 1;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_INDETERMINATE);
	/* Begun in an earlier bucket: counted there, ended here. */
	conv = conversation(&tried);
	conv.counts.flows = 0;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_REFUSED);
	conv.counts.flows_in_state[FA_FLOW_CLOSED] = 1;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_INDETERMINATE);
	/* In the middle of a flow that neither begins nor ends in this bucket. */
	memset(conv.counts.flows_in_state, 0, sizeof(conv.counts.flows_in_state));
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_INDETERMINATE);
	fa_audit_context_free(context);
}

static void test_both_failures_are_said(void **state)
{
	static const struct talk tried = {.port = 1433, .state = STATE(REFUSED), .empty = true,
					  .syn_retries = 1};
	struct fa_audit_context *context = context_with(NULL);
	struct fa_conversation conv = conversation(&tried);
	struct fa_judgement judgement;

	(void)state;
	conv.counts.flows_in_state[FA_FLOW_ATTEMPTED] = 1;
	fa_judge(context, &conv, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_REFUSED);
	assert_int_equal(judgement.reasons[0], FA_REASON_NO_ANSWER);
	assert_int_equal(judgement.reasons[1], FA_REASON_RESET_ON_OPEN);
	fa_audit_context_free(context);
}

static void judge_beside(const struct talk *talk, uint64_t flows, struct fa_judgement *out)
{
	static const struct talk redis = {.port = 8443, .protocol = "Redis"};
	struct fa_conversation other = conversation(&redis);
	struct fa_conversation conv = conversation(talk);
	struct fa_audit_context *context;
	struct fa_evidence *evidence;

	assert_int_equal(fa_evidence_new(&evidence, 100), 0);
	other.counts.flows = flows;
	fa_evidence_add(evidence, &other);
	fa_evidence_add(evidence, &conv);
	context = context_with(evidence);
	fa_judge(context, &conv, out);
	fa_audit_context_free(context);
	fa_evidence_free(evidence);
}

static void test_same_port_spoke(void **state)
{
	static const struct talk unknown = {.port = 8443};
	static const struct talk elsewhere = {.port = 8443, .server = "10.0.0.3"};
	static const struct talk known = {.port = 8443, .protocol = "TLS"};
	struct fa_judgement judgement;

	(void)state;
	judge_beside(&unknown, 3, &judgement);
	assert_int_equal(judgement.verdict, FA_VERDICT_INDETERMINATE);
	assert_int_equal(judgement.reason_count, 2);
	assert_int_equal(judgement.reasons[1], FA_REASON_SAME_PORT_SPOKE);
	assert_string_equal(judgement.detail, "same port spoke Redis in 3 other flows");
	judge_beside(&unknown, 1, &judgement);
	assert_string_equal(judgement.detail, "same port spoke Redis in 1 other flow");
	judge_beside(&unknown, 0, &judgement);
	assert_string_equal(judgement.detail, "");
	judge_beside(&elsewhere, 3, &judgement);
	assert_string_equal(judgement.detail, "");
	judge_beside(&known, 3, &judgement);
	assert_string_equal(judgement.detail, "");
}

static void test_spoken_for(void **state)
{
	static const struct {
		struct talk talk;
		const char *rules[3];
	} table[] = {
		{{.port = 443, .protocol = "TLS", .host = "app.example.com"}, {"alpha/core/cloud"}},
		{{.port = 9000, .protocol = "HTTP"}, {"alpha/core/shared", "beta/main/shared"}},
		{{.port = 80, .protocol = "HTTP"}, {"beta/main/http80", "alpha/core/http80"}},
		{{.port = 8443}, {NULL}},
		{{.client_port = 5650, .port = 9000, .by = FIRST, .protocol = "HTTP"}, {NULL}},
	};
	struct fa_audit_context *context = context_with(NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		const struct fa_binding *bindings[FA_WEIGHED_MAX];
		struct fa_conversation conv = conversation(&table[i].talk);
		struct fa_judgement judgement;
		size_t count;
		size_t wanted = 0;

		fa_judge(context, &conv, &judgement);
		count = fa_judge_spoken_for(context, &conv, &judgement, bindings);
		while (table[i].rules[wanted] != NULL)
			wanted++;
		assert_int_equal(count, wanted);
		for (size_t j = 0; j < count; j++)
			assert_string_equal(bindings[j]->rule->id, table[i].rules[j]);
	}
	fa_audit_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_candidates_are_named_best_first),
		cmocka_unit_test(test_some_flows_tried),
		cmocka_unit_test(test_both_failures_are_said),
		cmocka_unit_test(test_same_port_spoke),
		cmocka_unit_test(test_spoken_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
