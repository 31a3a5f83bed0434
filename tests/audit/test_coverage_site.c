/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each expectation of a site, by table; conversations in both orders. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "audit/coverage.h"
#include "audit/judge.h"
#include "audit/names.h"
#include "catalog/catalog.h"
#include "site/site.h"
#include "talk.h"

#define DOCUMENT                                                                                   \
	"document: {title: Ports, publisher: Vendor}\n"                                            \
	"roles:\n"
#define RULE(id, direction, from, to, transport, more)                                             \
	"      - {id: " id ", title: T, section: S, row: R, requirement: required,\n"              \
	"         direction: " direction ", from: [" from "], to: [" to "],\n"                 \
	"         transport: [" transport "], " more "}\n"

static const char api_text[] =
	"format: 1\nproduct: api\nname: API\n" DOCUMENT
	"  server: Serves\n"
	"  spare: Serves, too\n"
	"  any-server: {about: One of both, includes: [server, spare]}\n"
	"  client: Asks\n"
	"  ds: Directory\n"
	"  cloud: Far away\n"
	"parameters:\n"
	"  gate: {type: ports, about: Gate}\n"
	"components:\n"
	"  core:\n"
	"    name: Core\n"
	"    rules:\n"
	RULE("web", "inbound", "client", "server", "tcp", "ports: [8443], protocols: [TLS]")
	RULE("ldap", "outbound", "server", "ds", "tcp", "ports: [389], protocols: [LDAP]")
	RULE("cluster", "internal", "server", "server", "tcp", "ports: [4000], protocols: any")
	RULE("desk", "both", "client", "server", "tcp", "ports: [3389], protocols: [RDP]")
	RULE("uni", "internal", "server", "server", "tcp",
	     "ports: [4001], protocols: any, alternatives: membership")
	RULE("multi", "internal", "server", "server", "udp",
	     "ports: [4002], protocols: any, alternatives: membership")
	RULE("turned", "internal", "server", "spare, server", "tcp",
	     "ports: [4003], protocols: any, alternatives: membership")
	RULE("files", "outbound", "server", "cloud, ds", "tcp", "ports: [445], protocols: any")
	RULE("main", "outbound", "server", "cloud", "tcp", "ports: [5001], protocols: [TLS]")
	RULE("back", "outbound", "server", "cloud", "tcp",
	     "ports: [5002], protocols: [TLS], fallback-for: core/main")
	RULE("local", "internal", "server", "server", "tcp",
	     "ports: [6000], protocols: any, scope: host")
	RULE("gate", "inbound", "client", "server", "tcp",
	     "port-parameter: gate, protocols: [TLS]")
	RULE("random", "internal", "server", "server", "tcp",
	     "dynamic: true, protocols: [TLS]")
	RULE("either", "inbound", "client", "any-server", "tcp", "ports: [8500], protocols: [TLS]")
	RULE("ping", "inbound", "client", "server", "icmp", "protocols: [ICMP]");

static const char net_text[] = "format: 1\nproduct: net\nname: Net\neverywhere: true\n" DOCUMENT
			       "  machine: Any\n"
			       "components:\n"
			       "  core:\n"
			       "    name: Core\n"
			       "    rules:\n"
			       RULE("dns", "inbound", "machine", "machine", "udp",
				    "ports: [53], protocols: [DNS]")
			       RULE("log", "outbound", "machine", "machine", "udp",
				    "ports: [514], protocols: [Syslog]");

static const char site_text[] = "format: 1\n"
				"site: dc1\n"
				"networks:\n"
				"  office: [10.10.0.0/16]\n"
				"  farm: [10.4.0.0/24, 10.5.0.0/24]\n"
				"hosts:\n"
				"  am1: [10.0.1.1, \"fd00::1\"]\n"
				"  am2: [10.0.1.2]\n"
				"  am3: [10.0.1.3]\n"
				"  ds1: [10.0.9.9, \"fd00::99\"]\n"
				"instances:\n"
				"  - name: prod\n"
				"    product: api\n"
				"    roles:\n"
				"      server: [am1, am2, am3]\n"
				"      spare: [gw.example.org]\n"
				"      client: [office]\n"
				"      ds: [ds1]\n"
				"  - name: solo\n"
				"    product: api\n"
				"    roles:\n"
				"      server: [10.7.0.1]\n"
				"      client: none\n"
				"  - name: test\n"
				"    product: api\n"
				"    roles:\n"
				"      server: [10.3.0.0/16, farm]\n"
				"      cloud: [10.3.7.0/24, 10.3.8.0/24]\n"
				"      client: any\n"
				"      ds: none\n";

static struct {
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_policy policy;
} made;

static void hear(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

static int set_up(void **state)
{
	const struct fa_catalog_text texts[] = {{"api.yaml", api_text, sizeof(api_text) - 1},
						{"net.yaml", net_text, sizeof(net_text) - 1}};
	const struct fa_site_text text = {
		.name = "dc1.yaml", .text = site_text, .len = sizeof(site_text) - 1};
	const struct fa_catalog_options options = {.error = hear};
	const struct fa_site_options site_options = {.error = hear};

	(void)state;
	if (fa_rulebook_parse(texts, 2, &options, &made.book) != 0 ||
	    fa_site_parse(&text, &made.book, &site_options, &made.site) != 0)
		return -1;
	return fa_site_bind(&made.site, &made.book, &made.policy);
}

static int tear_down(void **state)
{
	(void)state;
	fa_policy_deinit(&made.policy);
	fa_site_deinit(&made.site);
	fa_rulebook_deinit(&made.book);
	return 0;
}

#define TALKS_MAX 4

struct row {
	const char *what;
	struct talk talks[TALKS_MAX];
	const char *rule, *instance, *place; /* "" for none */
	enum fa_expectation_state state;
	uint64_t conversations;
	const char *endpoints, *evidence;
};

#define WEB(c, s) {.client = c, .server = s, .port = 8443, .protocol = "TLS"}
#define OTHER(c, s) {.client = c, .server = s, .port = 33999, .protocol = "SSH"}
#define TRIED(c, s, p, how)                                                                        \
	{                                                                                          \
		.client = c, .server = s, .port = p, .state = STATE(how), .empty = true            \
	}

static const struct row rows[] = {
	{"seen",
	 {WEB("10.10.0.7", "10.0.1.1"), WEB("10.10.0.6", "10.0.1.1")},
	 "api/core/web", "prod", "am1", FA_EXPECT_SEEN, 2, "office to am1",
	 "10.10.0.6 to 10.0.1.1:8443/tcp fits"},
	{"seen at the other address of the same machine",
	 {WEB("10.10.0.7", "10.0.1.1"), {.client = "fd00::7", .server = "fd00::1", .port = 8443,
					 .protocol = "TLS"}},
	 "api/core/web", "prod", "am1", FA_EXPECT_SEEN, 1, "office to am1",
	 "10.10.0.7 to 10.0.1.1:8443/tcp fits"},
	{"of three machines one is silent at this port: captured otherwise",
	 {WEB("10.10.0.7", "10.0.1.1"), OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/web", "prod", "am2", FA_EXPECT_UNSEEN, 0, "office to am2",
	 "10.0.1.2 to 10.77.0.1:33999/tcp was captured, so am2 could have been seen"},
	{"the lowest conversation is the proof",
	 {OTHER("10.77.0.1", "10.0.1.2"), OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/web", "prod", "am2", FA_EXPECT_UNSEEN, 0, "office to am2",
	 "10.77.0.1 to 10.0.1.2:33999/tcp was captured, so am2 could have been seen"},
	{"of three machines one is silent altogether",
	 {WEB("10.10.0.7", "10.0.1.1"), OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/web", "prod", "am3", FA_EXPECT_NOT_OBSERVABLE, 0, "office to am3",
	 "nothing was captured of am3"},
	{"a machine with two addresses was heard of by the second",
	 {{.client = "fd00::1", .server = "fd00::99", .port = 33999, .protocol = "SSH"}},
	 "api/core/web", "prod", "am1", FA_EXPECT_UNSEEN, 0, "office to am1",
	 "fd00::1 to [fd00::99]:33999/tcp was captured, so am1 could have been seen"},
	{"the other instance is not seen with this one",
	 {WEB("10.10.0.7", "10.0.1.1")},
	 "api/core/web", "test", "10.3.0.0/16", FA_EXPECT_NOT_OBSERVABLE, 0,
	 "anybody to 10.3.0.0/16", "nothing was captured of 10.3.0.0/16"},
	{"a prefix is one place",
	 {WEB("10.10.0.7", "10.3.0.9"), WEB("10.10.0.7", "10.3.200.1")},
	 "api/core/web", "test", "10.3.0.0/16", FA_EXPECT_SEEN, 2, "anybody to 10.3.0.0/16",
	 "10.10.0.7 to 10.3.0.9:8443/tcp fits"},
	{"any address of a prefix proves that it could have been seen",
	 {OTHER("10.3.4.5", "10.77.0.1")},
	 "api/core/web", "test", "10.3.0.0/16", FA_EXPECT_UNSEEN, 0, "anybody to 10.3.0.0/16",
	 "10.3.4.5 to 10.77.0.1:33999/tcp was captured, so 10.3.0.0/16 could have been seen"},
	{"a prefix around another one",
	 {OTHER("10.3.8.5", "10.77.0.1")},
	 "api/core/web", "test", "10.3.0.0/16", FA_EXPECT_UNSEEN, 0, "anybody to 10.3.0.0/16",
	 "10.3.8.5 to 10.77.0.1:33999/tcp was captured, so 10.3.0.0/16 could have been seen"},
	{"an address behind a prefix is not in it",
	 {OTHER("10.5.0.9", "10.77.0.1"), OTHER("10.6.0.1", "10.77.0.1")},
	 "api/core/web", "test", "10.3.0.0/16", FA_EXPECT_NOT_OBSERVABLE, 0,
	 "anybody to 10.3.0.0/16", "nothing was captured of 10.3.0.0/16"},
	{"an address behind a prefix is not in it, the last one",
	 {OTHER("10.6.0.1", "10.77.0.1")},
	 "api/core/web", "test", "farm", FA_EXPECT_NOT_OBSERVABLE, 0, "anybody to farm",
	 "nothing was captured of farm"},
	{"a name for two prefixes is one place, seen in the second",
	 {WEB("10.10.0.7", "10.5.0.9")},
	 "api/core/web", "test", "farm", FA_EXPECT_SEEN, 1, "anybody to farm",
	 "10.10.0.7 to 10.5.0.9:8443/tcp fits"},
	{"a name for two prefixes is one place, heard of in the second",
	 {OTHER("10.77.0.1", "10.5.0.9")},
	 "api/core/web", "test", "farm", FA_EXPECT_UNSEEN, 0, "anybody to farm",
	 "10.77.0.1 to 10.5.0.9:33999/tcp was captured, so farm could have been seen"},

	{"refused: no answer",
	 {TRIED("10.10.0.7", "10.0.1.1", 8443, ATTEMPTED)},
	 "api/core/web", "prod", "am1", FA_EXPECT_REFUSED, 1, "office to am1",
	 "10.10.0.7 to 10.0.1.1:8443/tcp was tried and not let in"},
	{"refused: reset",
	 {TRIED("10.10.0.7", "10.0.1.2", 8443, REFUSED)},
	 "api/core/web", "prod", "am2", FA_EXPECT_REFUSED, 1, "office to am2",
	 "10.10.0.7 to 10.0.1.2:8443/tcp was tried and not let in"},
	{"refused: an ICMP message ended it",
	 {TRIED("10.10.0.7", "10.0.1.2", 8443, UNREACHABLE)},
	 "api/core/web", "prod", "am2", FA_EXPECT_REFUSED, 1, "office to am2",
	 "10.10.0.7 to 10.0.1.2:8443/tcp was tried and not let in"},
	{"refused here is not refused there: but that one could not be seen",
	 {TRIED("10.10.0.7", "10.0.1.2", 8443, REFUSED)},
	 "api/core/web", "prod", "am1", FA_EXPECT_NOT_OBSERVABLE, 0, "office to am1",
	 "nothing was captured of am1"},
	{"refused and seen is seen",
	 {TRIED("10.10.0.7", "10.0.1.1", 8443, REFUSED), WEB("10.10.0.8", "10.0.1.1")},
	 "api/core/web", "prod", "am1", FA_EXPECT_SEEN, 1, "office to am1",
	 "10.10.0.8 to 10.0.1.1:8443/tcp fits"},
	{"a stranger's try is not the expectation",
	 {TRIED("10.66.0.7", "10.0.1.1", 8443, REFUSED)},
	 "api/core/web", "prod", "am1", FA_EXPECT_UNSEEN, 0, "office to am1",
	 "10.66.0.7 to 10.0.1.1:8443/tcp was captured, so am1 could have been seen"},

	{"outbound: the place is the client",
	 {{.client = "10.0.1.2", .server = "10.0.9.9", .port = 389, .protocol = "LDAP"}},
	 "api/core/ldap", "prod", "am2", FA_EXPECT_SEEN, 1, "am2 to ds1",
	 "10.0.1.2 to 10.0.9.9:389/tcp fits"},
	{"outbound: only this client",
	 {{.client = "10.0.1.2", .server = "10.0.9.9", .port = 389, .protocol = "LDAP"}},
	 "api/core/ldap", "prod", "am1", FA_EXPECT_UNSEEN, 0, "am1 to ds1",
	 "10.0.1.2 to 10.0.9.9:389/tcp was captured, so ds1 could have been seen"},
	{"the only far place was captured by its first address",
	 {OTHER("10.77.0.1", "10.0.9.9")},
	 "api/core/ldap", "prod", "am1", FA_EXPECT_UNSEEN, 0, "am1 to ds1",
	 "10.77.0.1 to 10.0.9.9:33999/tcp was captured, so ds1 could have been seen"},
	{"the only far place was not captured either",
	 {OTHER("10.77.0.1", "10.77.0.2")},
	 "api/core/ldap", "prod", "am1", FA_EXPECT_NOT_OBSERVABLE, 0, "am1 to ds1",
	 "nothing was captured of am1 or ds1"},
	{"outbound, refused",
	 {TRIED("10.0.1.3", "10.0.9.9", 389, ATTEMPTED)},
	 "api/core/ldap", "prod", "am3", FA_EXPECT_REFUSED, 1, "am3 to ds1",
	 "10.0.1.3 to 10.0.9.9:389/tcp was tried and not let in"},
	{"nobody at the other end",
	 {OTHER("10.3.0.1", "10.77.0.2")},
	 "api/core/ldap", "test", "10.3.0.0/16", FA_EXPECT_NOT_OBSERVABLE, 0,
	 "10.3.0.0/16 to nobody", "by the site nobody is at the other end"},
	{"a far end that is one place or anybody proves nothing",
	 {OTHER("10.0.9.9", "10.77.0.2")},
	 "api/core/files", "prod", "am1", FA_EXPECT_NOT_OBSERVABLE, 0, "am1 to anybody",
	 "nothing was captured of am1"},
	{"a far end that is anybody proves nothing",
	 {OTHER("10.77.0.1", "10.77.0.2")},
	 "api/core/main", "prod", "am1", FA_EXPECT_NOT_OBSERVABLE, 0, "am1 to anybody",
	 "nothing was captured of am1"},

	{"internal: the server",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4000, .protocol = "SSH"}},
	 "api/core/cluster", "prod", "am2", FA_EXPECT_SEEN, 1, "am1, am2, am3 to am2",
	 "10.0.1.1 to 10.0.1.2:4000/tcp fits"},
	{"internal: not the client",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4000, .protocol = "SSH"}},
	 "api/core/cluster", "prod", "am1", FA_EXPECT_UNSEEN, 0, "am1, am2, am3 to am1",
	 "10.0.1.1 to 10.0.1.2:4000/tcp was captured, so am1 could have been seen"},
	{"internal, and there is one machine only",
	 {OTHER("10.7.0.1", "10.77.0.2")},
	 "api/core/cluster", "solo", "10.7.0.1", FA_EXPECT_NOT_OBSERVABLE, 0,
	 "10.7.0.1 to 10.7.0.1", "no other machine is at the other end"},
	{"internal, within a prefix",
	 {OTHER("10.3.0.1", "10.77.0.2")},
	 "api/core/cluster", "test", "10.3.0.0/16", FA_EXPECT_UNSEEN, 0,
	 "10.3.0.0/16, farm to 10.3.0.0/16",
	 "10.3.0.1 to 10.77.0.2:33999/tcp was captured, so 10.3.0.0/16 could have been seen"},
	{"both: to the server",
	 {{.client = "10.10.0.7", .server = "10.0.1.1", .port = 3389, .protocol = "RDP"}},
	 "api/core/desk", "prod", "am1", FA_EXPECT_SEEN, 1, "office to am1",
	 "10.10.0.7 to 10.0.1.1:3389/tcp fits"},
	{"both: from the server",
	 {{.client = "10.0.1.1", .server = "10.10.0.7", .port = 3389, .protocol = "RDP"}},
	 "api/core/desk", "prod", "am1", FA_EXPECT_SEEN, 1, "office to am1",
	 "10.0.1.1 to 10.10.0.7:3389/tcp fits"},

	{"an alternative at the same place is enough",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4001, .protocol = "SSH"}},
	 "api/core/multi", "prod", "am2", FA_EXPECT_NOT_OBSERVABLE, 0, "am1, am2, am3 to am2",
	 "satisfied by alternative api/core/uni"},
	{"an alternative at another place is not",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4001, .protocol = "SSH"}},
	 "api/core/multi", "prod", "am1", FA_EXPECT_UNSEEN, 0, "am1, am2, am3 to am1",
	 "10.0.1.1 to 10.0.1.2:4001/tcp was captured, so am1 could have been seen"},
	{"an alternative of another instance is not",
	 {{.client = "10.3.0.1", .server = "10.3.0.2", .port = 4001, .protocol = "SSH"},
	  OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/multi", "prod", "am2", FA_EXPECT_UNSEEN, 0, "am1, am2, am3 to am2",
	 "10.0.1.2 to 10.77.0.1:33999/tcp was captured, so am2 could have been seen"},
	{"an alternative whose places stand in another order",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4003, .protocol = "SSH"}},
	 "api/core/multi", "prod", "am2", FA_EXPECT_NOT_OBSERVABLE, 0, "am1, am2, am3 to am2",
	 "satisfied by alternative api/core/turned"},
	{"an alternative whose places stand in another order, at another place",
	 {{.client = "10.0.1.1", .server = "10.0.1.2", .port = 4003, .protocol = "SSH"},
	  OTHER("10.0.1.3", "10.77.0.1")},
	 "api/core/multi", "prod", "am3", FA_EXPECT_UNSEEN, 0, "am1, am2, am3 to am3",
	 "10.0.1.3 to 10.77.0.1:33999/tcp was captured, so am3 could have been seen"},
	{"a fallback is not needed",
	 {{.client = "10.0.1.1", .server = "192.0.2.1", .port = 5001, .protocol = "TLS"}},
	 "api/core/back", "prod", "am1", FA_EXPECT_NOT_OBSERVABLE, 0, "am1 to anybody",
	 "not needed: it stands in for api/core/main, which was seen"},
	{"a fallback where the first way works for another machine",
	 {{.client = "10.0.1.1", .server = "192.0.2.1", .port = 5001, .protocol = "TLS"},
	  OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/back", "prod", "am2", FA_EXPECT_UNSEEN, 0, "am2 to anybody",
	 "10.0.1.2 to 10.77.0.1:33999/tcp was captured, so am2 could have been seen"},

	{"inside one machine",
	 {OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/local", "prod", "am2", FA_EXPECT_NOT_OBSERVABLE, 0, "am1, am2, am3 to am2",
	 "used inside one machine only"},
	{"no port",
	 {OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/gate", "prod", "am2", FA_EXPECT_NOT_OBSERVABLE, 0, "office to am2",
	 "the site must say which port"},
	{"dynamic",
	 {OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/random", "prod", "am2", FA_EXPECT_NOT_OBSERVABLE, 0, "am1, am2, am3 to am2",
	 "the port is chosen at run time"},
	{"ICMP has no ports, and needs none",
	 {OTHER("10.0.1.2", "10.77.0.1")},
	 "api/core/ping", "prod", "am2", FA_EXPECT_UNSEEN, 0, "office to am2",
	 "10.0.1.2 to 10.77.0.1:33999/tcp was captured, so am2 could have been seen"},
	{"ICMP",
	 {{.client = "10.10.0.7", .server = "10.0.1.2", .transport = ICMP, .port = 8 << 8,
	   .protocol = "ICMP", .by = FA_BY_PROTOCOL}},
	 "api/core/ping", "prod", "am2", FA_EXPECT_SEEN, 1, "office to am2",
	 "10.10.0.7 to 10.0.1.2, icmp type 8 code 0 fits"},

	{"a role that includes others has their places",
	 {{.client = "10.10.0.7", .server = "10.0.1.2", .port = 8500, .protocol = "TLS"}},
	 "api/core/either", "prod", "am2", FA_EXPECT_SEEN, 1, "office to am2",
	 "10.10.0.7 to 10.0.1.2:8500/tcp fits"},
	{"a place that is a host name, asked for",
	 {{.client = "10.10.0.7", .server = "192.0.2.7", .port = 8500, .protocol = "TLS",
	   .host = "GW.example.org"}},
	 "api/core/either", "prod", "gw.example.org", FA_EXPECT_SEEN, 1, "office to gw.example.org",
	 "10.10.0.7 to 192.0.2.7:8500/tcp fits"},
	{"a place that is a host name, heard of",
	 {{.client = "10.66.0.7", .server = "192.0.2.7", .port = 33999, .protocol = "TLS",
	   .host = "gw.example.org"}},
	 "api/core/either", "prod", "gw.example.org", FA_EXPECT_UNSEEN, 0,
	 "office to gw.example.org",
	 "10.66.0.7 to 192.0.2.7:33999/tcp was captured, so gw.example.org could have been seen"},
	{"a place that is a host name, not heard of",
	 {{.client = "10.66.0.7", .server = "192.0.2.7", .port = 33999, .protocol = "TLS",
	   .host = "other.example.org"}},
	 "api/core/either", "prod", "gw.example.org", FA_EXPECT_NOT_OBSERVABLE, 0,
	 "office to gw.example.org", "nothing was captured of gw.example.org"},

	{"what holds everywhere is seen",
	 {{.client = "10.66.0.7", .server = "10.66.0.8", .port = 53, .transport = UDP,
	   .protocol = "DNS"}},
	 "net/core/dns", "", "", FA_EXPECT_SEEN, 1, "any", "10.66.0.7 to 10.66.0.8:53/udp fits"},
	{"what holds everywhere is never missing",
	 {{.client = "10.66.0.7", .server = "10.66.0.8", .port = 53, .transport = UDP,
	   .protocol = "DNS"}},
	 "net/core/log", "", "", FA_EXPECT_NOT_OBSERVABLE, 0, "any",
	 "this catalog is for every network and expects it of nobody"},
};

#define EXPECTATIONS_MAX 128

struct collected {
	struct fa_expectation items[EXPECTATIONS_MAX];
	size_t count;
};

static int collect(void *context, const struct fa_expectation *expectation)
{
	struct collected *collected = context;

	assert_true(collected->count < EXPECTATIONS_MAX);
	collected->items[collected->count++] = *expectation;
	return 0;
}

static void cover(const struct talk *talks, bool backwards, struct collected *out)
{
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
	size_t count = 0;

	while (count < TALKS_MAX && talks[count].port != 0)
		count++;
	assert_int_equal(fa_audit_context_new(&context, &made.policy, NULL, RUN_END), 0);
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	for (size_t i = 0; i < count; i++) {
		struct fa_conversation conv =
			conversation(&talks[backwards ? count - 1 - i : i]);
		struct fa_judgement judgement;

		fa_judge(context, &conv, &judgement);
		fa_coverage_add(coverage, &conv, &judgement);
	}
	out->count = 0;
	assert_int_equal(fa_coverage_finish(coverage, collect, out), 0);
	assert_int_equal(out->count, fa_coverage_count(coverage));
	assert_int_equal(fa_coverage_left_out(coverage), 0);
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
}

static const char *instance_of(const struct fa_expectation *e)
{
	return e->instance == NULL ? "" : e->instance->name;
}

static const char *place_of(const struct fa_expectation *e)
{
	return e->place == NULL ? "" : e->place->label;
}

static bool is_for(const struct fa_expectation *e, const struct row *row)
{
	return strcmp(e->rule->id, row->rule) == 0 && strcmp(instance_of(e), row->instance) == 0 &&
	       strcmp(place_of(e), row->place) == 0;
}

static bool check(const struct row *row, const struct collected *all)
{
	const struct fa_expectation *got = NULL;
	bool ok;

	for (size_t i = 0; i < all->count; i++) {
		if (!is_for(&all->items[i], row))
			continue;
		assert_null(got);
		got = &all->items[i];
	}
	if (got == NULL) {
		print_error("%s: there is no such expectation\n", row->what);
		return false;
	}
	ok = got->state == row->state && got->conversations == row->conversations &&
	     strcmp(got->evidence, row->evidence) == 0 &&
	     strcmp(got->endpoints, row->endpoints) == 0 &&
	     (got->role != NULL) == (row->place[0] != '\0');
	if (!ok)
		print_error("%s: got %s, %u conversations, %s, \"%s\"\n", row->what,
			    fa_expectation_text(got->state), (unsigned)got->conversations,
			    got->endpoints, got->evidence);
	return ok;
}

static void test_rows(void **state)
{
	static struct collected all;
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
		cover(rows[i / 2].talks, i % 2 == 1, &all);
		wrong += !check(&rows[i / 2], &all);
	}
	assert_int_equal(wrong, 0);
}

/* By rule, by instance, by place; nothing twice, and nothing for what has no place. */
static void test_order(void **state)
{
	static const struct talk talks[TALKS_MAX] = {WEB("10.10.0.7", "10.0.1.1")};
	static struct collected all;
	static const char *const web[] = {"prod am1", "prod am2", "prod am3", "solo 10.7.0.1",
					  "test 10.3.0.0/16", "test farm"};
	size_t found = 0;

	(void)state;
	cover(talks, false, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct fa_expectation *e = &all.items[i];
		char text[64];

		assert_true(i == 0 || all.items[i - 1].rule->index <= e->rule->index);
		assert_string_not_equal(e->evidence, "");
		snprintf(text, sizeof(text), "%s %s", instance_of(e), place_of(e));
		if (strcmp(e->rule->id, "api/core/web") == 0)
			assert_string_equal(text, web[found++]);
	}
	assert_int_equal(found, LENGTH(web));
	/* Fifteen rows at six places, two of them at a host name besides, and two of anybody. */
	assert_int_equal(all.count, 15 * 6 + 2 + 2);
}

static int stop_at_once(void *context, const struct fa_expectation *expectation)
{
	(void)expectation;
	++*(size_t *)context;
	return 7;
}

static void test_stop_and_limit(void **state)
{
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
	size_t calls = 0;

	(void)state;
	assert_int_equal(fa_audit_context_new(&context, &made.policy, NULL, RUN_END), 0);
	assert_int_equal(fa_coverage_new_max(&coverage, context, 8), 0);
	/* Four places of prod (am1 has two addresses), then one of solo, then three of test, of
	 * which farm is one spot; no other row has room. */
	assert_int_equal(fa_coverage_count(coverage), 3 + 1 + 2 + 2);
	assert_int_equal(fa_coverage_left_out(coverage), 14 * (4 + 1 + 3) + 2);
	assert_int_equal(fa_coverage_finish(coverage, stop_at_once, &calls), 7);
	assert_int_equal(calls, 1);
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
}

/* A machine that is known by a name only, by what DNS called it. */
static void test_name_by_dns(void **state)
{
	const struct talk talk = {.client = "10.66.0.7", .server = "192.0.2.7", .port = 33999,
				  .protocol = "SSH"};
	struct fa_conversation conv = conversation(&talk);
	struct fa_name_answer answer = {.ts_ns = conv.counts.first_seen_ns - SECOND, .ttl_s = 300,
					.host = "gw.example.org"};
	struct fa_audit_context *context;
	struct fa_coverage *coverage;
	struct fa_judgement judgement;
	struct fa_names *names;
	static struct collected all;
	static const struct row row = {
		"heard of by DNS", {{0}}, "api/core/either", "prod", "gw.example.org",
		FA_EXPECT_UNSEEN, 0, "office to gw.example.org",
		"10.66.0.7 to 192.0.2.7:33999/tcp was captured, so gw.example.org could have been "
		"seen"};

	(void)state;
	answer.client = conv.id.client;
	answer.address = conv.id.server;
	fa_addr_parse("10.0.0.53", &answer.resolver);
	assert_int_equal(fa_names_new(&names, 10), 0);
	assert_int_equal(fa_names_add(names, &answer), 0);
	assert_int_equal(fa_names_ready(names), 0);
	assert_int_equal(fa_audit_context_new(&context, &made.policy, NULL, RUN_END), 0);
	context->names = names;
	assert_int_equal(fa_coverage_new(&coverage, context), 0);
	fa_judge(context, &conv, &judgement);
	fa_coverage_add(coverage, &conv, &judgement);
	all.count = 0;
	assert_int_equal(fa_coverage_finish(coverage, collect, &all), 0);
	assert_true(check(&row, &all));
	fa_coverage_free(coverage);
	fa_audit_context_free(context);
	fa_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_stop_and_limit),
		cmocka_unit_test(test_name_by_dns),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
