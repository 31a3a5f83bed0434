/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history in memory for the tests of reports. */
#include "fake_history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define START_NS  FAKE_START_NS
#define MINUTE_NS FAKE_MINUTE_NS
#define HOUR_NS	  (60 * MINUTE_NS)

static int fake_run(void *context, int64_t run, struct fa_stored_run *out, struct fa_diag *diag)
{
	struct fake *fake = context;

	if (run != 0 && run != fake->run.id)
		return fa_fail(diag, FA_ENOENT, "there is no run %lld", (long long)run);
	*out = fake->run;
	return 0;
}

static int fake_each_run(void *context, int (*fn)(void *arg, const struct fa_stored_run *),
			 void *arg, struct fa_diag *diag)
{
	struct fake *fake = context;

	(void)diag;
	return fake->run.id == 0 ? 0 : fn(arg, &fake->run);
}

static int fake_each_catalog(void *context, int64_t run,
			     int (*fn)(void *arg, const struct fa_stored_catalog *), void *arg,
			     struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->catalog_count; i++)
		err = fn(arg, &fake->catalogs[i]);
	return err;
}

static int fake_sums(void *context, int64_t run, struct fa_verdict_sum out[FA_VERDICT_COUNT],
		     struct fa_diag *diag)
{
	struct fake *fake = context;

	(void)run;
	(void)diag;
	memcpy(out, fake->sums, sizeof(fake->sums));
	return 0;
}

static int fake_each_conversation(void *context, int64_t run,
				  int (*fn)(void *arg, const struct fa_stored_conversation *),
				  void *arg, struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->conversation_count; i++)
		err = fn(arg, &fake->conversations[i]);
	return err;
}

/* Hosts are numbered by conversation: clients even, servers odd. */
static int fake_each_traffic(void *context, int64_t run, int64_t from_ns, int64_t to_ns,
			     int (*fn)(void *arg, const struct fa_traffic *), void *arg,
			     struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->conversation_count; i++) {
		const struct fa_stored_conversation *c = &fake->conversations[i];
		const struct fa_traffic traffic = {
			.bucket_ns = c->counts.first_seen_ns,
			.client = 2 * (int64_t)i,
			.server = 2 * (int64_t)i + 1,
			.finding = c->finding,
			.transport = c->id.transport,
			.port = c->id.server_port,
		};

		if (traffic.bucket_ns >= from_ns && traffic.bucket_ns < to_ns)
			err = fn(arg, &traffic);
	}
	return err;
}

static int fake_host(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag)
{
	struct fake *fake = context;
	const struct fa_identity *id = &fake->conversations[host / 2].id;

	(void)diag;
	*out = host % 2 == 0 ? id->client : id->server;
	return 0;
}

static int fake_each_finding(void *context, int64_t run, uint64_t limit,
			     int (*fn)(void *arg, const struct fa_stored_finding *), void *arg,
			     struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->finding_count && (limit == 0 || i < limit); i++)
		err = fn(arg, &fake->findings[i]);
	return err;
}

static int fake_each_expectation(void *context, int64_t run,
				 int (*fn)(void *arg, const struct fa_stored_expectation *),
				 void *arg, struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->expectation_count; i++)
		err = fn(arg, &fake->expectations[i]);
	return err;
}

static int fake_each_place(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_stored_place *), void *arg,
			   struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->place_count; i++)
		err = fn(arg, &fake->places[i]);
	return err;
}

static int fake_each_waiver(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_stored_waiver *), void *arg,
			    struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->waiver_count; i++)
		err = fn(arg, &fake->waivers[i]);
	return err;
}

static int fake_each_input(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_input_file *), void *arg,
			   struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->input_count; i++)
		err = fn(arg, &fake->inputs[i]);
	return err;
}

static int fake_each_window(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_window *), void *arg,
			    struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->window_count; i++)
		err = fn(arg, &fake->windows[i]);
	return err;
}

static int fake_each_crash(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_crash *), void *arg,
			   struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->crash_count; i++)
		err = fn(arg, &fake->crashes[i]);
	return err;
}

static int fake_each_loss(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_stored_loss *), void *arg,
			  struct fa_diag *diag)
{
	struct fake *fake = context;
	int err = 0;

	(void)run;
	(void)diag;
	for (size_t i = 0; err == 0 && i < fake->loss_count; i++)
		err = fn(arg, &fake->losses[i]);
	return err;
}

static int fake_rule(void *context, int64_t run, const char *id,
		     int (*fn)(void *arg, const struct fa_stored_rule *), void *arg,
		     struct fa_diag *diag)
{
	struct fake *fake = context;

	(void)run;
	for (size_t i = 0; i < fake->rule_count; i++)
		if (strcmp(fake->rules[i].id, id) == 0)
			return fn(arg, &fake->rules[i]);
	return fa_fail(diag, FA_ENOENT, "there is no rule %s", id);
}

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		fake->sums[i].verdict = i;
	fake->history = (struct fa_history){
		.context = fake,
		.run = fake_run,
		.each_run = fake_each_run,
		.each_catalog = fake_each_catalog,
		.sums = fake_sums,
		.each_conversation = fake_each_conversation,
		.each_traffic = fake_each_traffic,
		.host = fake_host,
		.each_finding = fake_each_finding,
		.each_expectation = fake_each_expectation,
		.each_place = fake_each_place,
		.each_waiver = fake_each_waiver,
		.each_input = fake_each_input,
		.each_window = fake_each_window,
		.each_crash = fake_each_crash,
		.each_loss = fake_each_loss,
		.rule = fake_rule,
	};
}

void fake_deinit(struct fake *fake)
{
	free(fake->conversations);
	free(fake->findings);
	free(fake->expectations);
	free(fake->rules);
	free(fake->windows);
	memset(fake, 0, sizeof(*fake));
}

struct fa_addr fake_addr(const char *text)
{
	struct fa_addr addr;

	if (!fa_addr_parse(text, &addr))
		abort();
	return addr;
}

struct fa_stored_conversation fake_conversation(const char *client, const char *server,
						uint8_t transport, uint16_t port)
{
	struct fa_stored_conversation c;

	memset(&c, 0, sizeof(c));
	c.id.client = fake_addr(client);
	c.id.server = fake_addr(server);
	c.id.transport = transport;
	c.id.server_port = port;
	strcpy(c.id.protocol, "TLS");
	fa_counts_init(&c.counts);
	c.counts.flows = 3;
	c.counts.packets_to_server = 10;
	c.counts.packets_to_client = 12;
	c.counts.bytes_to_server = 1200;
	c.counts.bytes_to_client = 9000;
	c.counts.first_seen_ns = START_NS + 4000;
	c.counts.last_seen_ns = START_NS + MINUTE_NS;
	c.rule = "";
	c.nearest = "";
	c.instance = "";
	c.nearest_instance = "";
	c.waiver = "";
	c.candidates = "";
	c.detail = "";
	return c;
}

struct fa_stored_finding fake_finding(int64_t number, enum fa_verdict verdict, const char *client,
				      const char *server, uint16_t port)
{
	struct fa_stored_finding f;

	memset(&f, 0, sizeof(f));
	f.number = number;
	f.verdict = verdict;
	if (client != NULL)
		f.client = fake_addr(client);
	if (server != NULL)
		f.server = fake_addr(server);
	f.transport = FA_IP_TCP;
	f.port = port;
	f.protocol = "";
	f.application = "";
	f.host = "";
	f.rule = "";
	f.nearest = "";
	f.instance = "";
	f.nearest_instance = "";
	f.detail = "";
	f.clients = 1;
	f.servers = 1;
	f.ports = 1;
	f.conversations = 1;
	fa_counts_init(&f.counts);
	f.counts.flows = 3;
	f.counts.bytes_to_server = 1000;
	f.counts.bytes_to_client = 40000;
	f.counts.first_seen_ns = START_NS + 74 * MINUTE_NS;
	f.counts.last_seen_ns = START_NS + 80 * MINUTE_NS;
	return f;
}

static struct fa_stored_rule make_rule(const char *id, const char *product, const char *component,
				       const char *title, const char *section, const char *ports,
				       const char *protocols)
{
	struct fa_stored_rule rule = {
		.id = id,
		.product = product,
		.product_name = product,
		.component = component,
		.component_name = component,
		.title = title,
		.section = section,
		.row = "",
		.document = "Default Ports of WSO2 Products",
		.publisher = "WSO2",
		.dated = "",
		.direction = "inbound",
		.from = "client",
		.to = "carbon-server",
		.transports = "tcp",
		.ports = ports,
		.protocols = protocols,
		.requirement = "required",
		.when = "",
		.advice = "",
		.advice_reason = "",
		.scope = "network",
		.note = "",
		.json = "{\"network\":[\"192.0.2.0/24\",\"17.0.0.0/8\"],\"asn\":[64500,64501]}",
	};

	return rule;
}

static void fill_rules(struct fake *fake)
{
	const struct fa_stored_rule rules[] = {
		make_rule("automation-anywhere/data-center/sql", "automation-anywhere",
			  "Data center ports", "Control Room to SQL Server", "Data center ports",
			  "1433", "MsSQL-TDS"),
		make_rule("automation-anywhere/data-center/http", "automation-anywhere",
			  "Data center ports", "Web access over HTTP", "Data center ports", "80",
			  "HTTP"),
		make_rule("strongdm/gateway/listen", "strongdm", "Gateway", "Gateway port",
			  "Gateways", "5000", "TLS"),
		make_rule("wso2/api-manager/passthrough-https", "wso2", "API Manager",
			  "Pass-through transport over HTTPS", "API Manager", "8243", "TLS"),
		make_rule("wso2/api-manager/passthrough-http", "wso2", "API Manager",
			  "Pass-through transport over HTTP", "API Manager", "8280", "HTTP"),
		make_rule("wso2/iot-server/devices", "wso2", "IoT Server",
			  "Android and iOS devices enrol",
			  "Ports required for mobile devices to communicate with the server",
			  "443", "TLS"),
	};

	fake->rule_count = sizeof(rules) / sizeof(rules[0]);
	fake->rules = malloc(sizeof(rules));
	memcpy(fake->rules, rules, sizeof(rules));
	fake->rules[1].advice = "discouraged";
	fake->rules[1].advice_reason = "HTTP is not recommended, use HTTPS on 443";
	fake->rules[2].requirement = "conditional";
	fake->rules[4].requirement = "optional";
	fake->rules[5].row = "443 - HTTPS, default port of the Firebase service";
}

static void fill_expectations(struct fake *fake)
{
	static const enum fa_expectation_state states[] = {
		FA_EXPECT_REFUSED, FA_EXPECT_SEEN, FA_EXPECT_NOT_OBSERVABLE,
		FA_EXPECT_UNSEEN,  FA_EXPECT_UNSEEN, FA_EXPECT_SEEN,
	};

	fake->expectation_count = fake->rule_count;
	fake->expectations = calloc(fake->rule_count, sizeof(*fake->expectations));
	for (size_t i = 0; i < fake->rule_count; i++) {
		fake->expectations[i].rule = fake->rules[i];
		fake->expectations[i].instance = "";
		fake->expectations[i].role = "";
		fake->expectations[i].place = "";
		fake->expectations[i].ports = fake->rules[i].ports;
		fake->expectations[i].state = states[i];
		fake->expectations[i].endpoints = "any (no site file)";
		fake->expectations[i].evidence = "one sentence of evidence";
	}
	fake->expectations[0].conversations = 1;
	fake->expectations[0].flows = 88;
}

static void fill_findings(struct fake *fake)
{
	struct fa_stored_finding *f;

	fake->finding_count = 7;
	fake->findings = calloc(fake->finding_count, sizeof(*fake->findings));
	f = fake->findings;
	f[0] = fake_finding(1, FA_VERDICT_WRONG_PROTOCOL, "10.2.0.7", "10.2.1.4", 443);
	f[0].protocol = "SSH";
	f[0].rule = "wso2/iot-server/devices";
	f[0].candidate_count = 5;
	f[0].reasons[f[0].reason_count++] = FA_REASON_SAW_OTHER_PROTOCOL;
	f[0].reasons[f[0].reason_count++] = FA_REASON_ENDPOINTS_UNCHECKED;
	f[1] = fake_finding(2, FA_VERDICT_REFUSED, "10.2.4.1", "10.2.4.9", 1433);
	f[1].rule = "automation-anywhere/data-center/sql";
	f[1].detected_by = FA_DETECTED_NONE;
	f[1].candidate_count = 1;
	f[1].counts.flows = 22;
	f[1].counts.flows_in_state[FA_FLOW_ATTEMPTED] = 22;
	f[1].counts.syn_retries = 66;
	f[1].counts.bytes_to_server = 5280;
	f[1].counts.bytes_to_client = 0;
	f[1].reasons[f[1].reason_count++] = FA_REASON_NO_ANSWER;
	f[2] = fake_finding(3, FA_VERDICT_UNDOCUMENTED, NULL, "2001:db8::15", 8244);
	f[2].clients = 14;
	f[2].protocol = "TLS";
	f[2].application = "Google";
	f[2].host = "www.example.org";
	f[2].nearest = "wso2/api-manager/passthrough-https";
	f[2].differs = FA_DIFFERS_PORT;
	f[2].reasons[f[2].reason_count++] = FA_REASON_NO_RULE;
	f[3] = fake_finding(4, FA_VERDICT_UNDOCUMENTED, "10.0.0.9", NULL, 0);
	f[3].sweep = true;
	f[3].servers = 12;
	f[3].ports = 40112;
	f[4] = fake_finding(5, FA_VERDICT_DISCOURAGED, "10.2.0.8", "10.2.4.1", 80);
	f[4].protocol = "HTTP";
	f[4].rule = "automation-anywhere/data-center/http";
	f[4].candidate_count = 2;
	f[5] = fake_finding(6, FA_VERDICT_UNDOCUMENTED, "10.2.0.8", "10.2.4.77", 30000);
	f[5].protocol = "Unknown";
	f[5].detected_by = FA_DETECTED_NONE;
	f[5].direction_by = FA_BY_FIRST_PACKET;
	f[5].reasons[f[5].reason_count++] = FA_REASON_DIRECTION_IRRELEVANT;
	f[5].reasons[f[5].reason_count++] = FA_REASON_SAME_PORT_SPOKE;
	f[5].detail = "Redis in 3 other flows";
	f[6] = fake_finding(7, FA_VERDICT_WRONG_ENDPOINT, "10.2.0.8", "10.2.4.77", 5000);
	f[6].protocol = "TLS";
	f[6].nearest = "strongdm/gateway/listen";
	f[6].differs = FA_DIFFERS_DIRECTION | FA_DIFFERS_HOST | FA_DIFFERS_NETWORK;
	fake->run.findings = fake->finding_count;
}

static void fill_conversations(struct fake *fake)
{
	struct fa_stored_conversation *c;

	fake->conversation_count = 5;
	fake->conversations = calloc(fake->conversation_count, sizeof(*fake->conversations));
	c = fake->conversations;
	c[0] = fake_conversation("10.2.0.7", "10.2.1.4", FA_IP_TCP, 443);
	strcpy(c[0].id.application, "Google");
	strcpy(c[0].id.host, "www.example.org");
	c[0].verdict = FA_VERDICT_DOCUMENTED;
	c[0].rule = "wso2/iot-server/devices";
	c[0].candidates = "wso2/iot-server/devices strongdm/client/control-plane";
	c[0].candidate_count = 2;
	c[0].reasons[c[0].reason_count++] = FA_REASON_AGREES;
	c[1] = fake_conversation("10.2.0.7", "10.2.1.5", FA_IP_TCP, 8244);
	c[1].verdict = FA_VERDICT_UNDOCUMENTED;
	c[1].nearest = "wso2/api-manager/passthrough-https";
	c[1].differs = FA_DIFFERS_PORT | FA_DIFFERS_HOST;
	c[1].finding = 3;
	c[2] = fake_conversation("10.2.0.9", "10.2.1.6", FA_IP_UDP, 7001);
	c[2].verdict = FA_VERDICT_INDETERMINATE;
	c[2].id.direction_by = FA_BY_FIRST_PACKET;
	c[2].id.client_port = 40001;
	c[2].id.tunnel = FA_TUNNEL_VXLAN;
	c[2].id.tunnel_id = 42;
	c[2].id.vlan[0] = 100;
	c[2].id.vlan[1] = 42;
	c[2].reasons[c[2].reason_count++] = FA_REASON_DIRECTION_UNKNOWN;
	c[3] = fake_conversation("2001:db8::1", "2001:db8::2", FA_IP_ICMP6, 128 << 8);
	c[3].verdict = FA_VERDICT_INDETERMINATE;
	strcpy(c[3].id.protocol, "ICMPV6");
	c[3].id.direction_by = FA_BY_PROTOCOL;
	c[3].reasons[c[3].reason_count++] = FA_REASON_NO_PORTS;
	c[4] = fake_conversation("10.2.0.9", "10.2.1.6", FA_IP_UDP, 7002);
	c[4].verdict = FA_VERDICT_INDETERMINATE;
	c[4].reasons[c[4].reason_count++] = FA_REASON_DIRECTION_UNKNOWN;
	c[4].reasons[c[4].reason_count++] = FA_REASON_ONLY_GUESSED;
}

struct fa_stored_loss *fake_add_loss(struct fake *fake, const char *client, const char *server,
				     uint64_t missing_bytes)
{
	struct fa_stored_loss *loss = &fake->losses[fake->loss_count++];

	assert(fake->loss_count <= sizeof(fake->losses) / sizeof(fake->losses[0]));
	*loss = (struct fa_stored_loss){.client = fake_addr(client),
					.server = fake_addr(server),
					.flows = 12,
					.bytes = 50000000,
					.missing_bytes = missing_bytes,
					.packets_to_server = 40000,
					.packets_to_client = 50000};
	return loss;
}

/* What the tap delivered: two interfaces, tags, copies, and less than was sent. */
static void fill_wire(struct fake *fake)
{
	struct fa_stored_run *run = &fake->run;
	struct fa_stored_loss *loss;

	fa_wire_default(&run->info.wire);
	run->totals.capture.duplicates_left = 3;
	run->totals.capture.layers[FA_TUNNEL_VLAN] = 47000000;
	run->totals.capture.layers[FA_TUNNEL_VXLAN] = 12004;
	run->totals.interfaces.items[0] = (struct fa_run_interface){
		"tap\x1b[1m a", 1, 0, 30000000, 0, 17, false, true};
	run->totals.interfaces.items[1] =
		(struct fa_run_interface){"", 4242, 0, 18201336, 0, 0, false, false};
	run->totals.interfaces.count = 2;
	run->totals.workers.one_way_flows = 31;
	fake_add_loss(fake, "10.2.0.7", "10.2.1.4", 3000000);
	fake_add_loss(fake, "10.2.0.9", "10.2.1.6", 800000);
	loss = fake_add_loss(fake, "10.2.0.11", "2001:db8::8", 0);
	loss->packets_to_client = 0;
	loss->one_way = FA_ONLY_TO_SERVER;
}

static void fill_run(struct fake *fake)
{
	struct fa_stored_run *run = &fake->run;
	struct fa_capture_counts *capture = &run->totals.capture;
	static const struct fa_verdict_sum sums[] = {
		{FA_VERDICT_DOCUMENTED, 1204, 88120, 40000000, 19800000000},
		{FA_VERDICT_DISCOURAGED, 12, 310, 900000, 1100000000},
		{FA_VERDICT_WRONG_PROTOCOL, 1, 3, 22, 41000},
		{FA_VERDICT_UNDOCUMENTED, 37, 912, 20000, 12000000},
		{FA_VERDICT_REFUSED, 2, 88, 100, 9000},
		{FA_VERDICT_INDETERMINATE, 3, 9, 66, 30600},
	};

	run->id = 12;
	strcpy(run->version, "0.1.0");
	run->begun_ns = START_NS + 600 * MINUTE_NS;
	strcpy(run->info.source, "dc1-tap.pcap.zst");
	run->info.bucket_ns = 5 * MINUTE_NS;
	run->info.workers = 2;
	run->info.sandboxed = true;
	run->totals.end = FA_RUN_COMPLETE;
	run->totals.conversations = 1259;
	run->totals.workers.flows = 89442;
	run->totals.workers.tcp_bytes = 19000000000;
	run->totals.workers.sequence_gap_bytes = 3800000;
	capture->packets = 48201336;
	capture->frame_bytes = 21400000000;
	capture->duplicates = 626617;
	capture->results[FA_DECODE_NOT_IP] = 1200;
	capture->results[FA_DECODE_ENCAPSULATION] = 7;
	capture->results[FA_DECODE_DECODED] = 48201336 - 626617 - 1207;
	capture->first_ns = START_NS;
	capture->last_ns = START_NS + 360 * MINUTE_NS;
	capture->link_types[0] = 1;
	capture->link_types[1] = 4242;
	capture->link_type_count = 2;
	capture->files = 1;
	fill_wire(fake);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		fake->sums[sums[i].verdict] = sums[i];
}

void fake_fill(struct fake *fake)
{
	fake_init(fake);
	fill_run(fake);
	fake->catalogs[0] = (struct fa_stored_catalog){
		"automation-anywhere", "Automation Anywhere 360", "Ports, protocols, and firewalls",
		"Automation Anywhere", "2025-07-29", "0123456789abcdef", 33};
	fake->catalogs[1] = (struct fa_stored_catalog){
		"strongdm", "StrongDM", "Ports Guide", "StrongDM", "", "0123456789abcde0", 26};
	fake->catalogs[2] = (struct fa_stored_catalog){
		"wso2", "WSO2 products", "Default Ports of WSO2 Products", "WSO2", "",
		"0123456789abcde1", 109};
	fake->catalog_count = 3;
	fill_rules(fake);
	fill_expectations(fake);
	fill_findings(fake);
	fill_conversations(fake);
}

static struct fa_stored_place make_place(const char *instance, const char *product,
					 const char *role, const char *label, const char *first,
					 const char *last)
{
	struct fa_stored_place place = {
		.instance = instance,
		.product = product,
		.role = role,
		.label = label,
		.host = "",
		.first = fake_addr(first),
		.last = fake_addr(last),
	};

	return place;
}

static void fill_places(struct fake *fake)
{
	const struct fa_stored_place places[] = {
		make_place("a360", "automation-anywhere", "control-room", "cr1", "10.2.4.1",
			   "10.2.4.1"),
		make_place("a360", "automation-anywhere", "sql-server", "sql1", "10.2.4.9",
			   "10.2.4.9"),
		make_place("a360", "automation-anywhere", "client", "office", "10.2.0.0",
			   "10.2.0.255"),
		make_place("api-prod", "wso2", "carbon-server", "am1", "10.2.1.4", "10.2.1.4"),
		make_place("api-prod", "wso2", "client", "10.2.0.7", "10.2.0.7", "10.2.0.7"),
		make_place("api-prod", "wso2", "client", "office", "10.2.0.0", "10.2.0.255"),
		make_place("api-test", "wso2", "carbon-server", "am9", "2001:db8::15",
			   "2001:db8::15"),
	};

	fake->place_count = sizeof(places) / sizeof(places[0]);
	memcpy(fake->places, places, sizeof(places));
}

static void fill_waivers(struct fake *fake)
{
	const struct fa_stored_waiver plain = {
		.id = "ssh-jump", .owner = "Ada", .reason = "moved in spring", .ticket = "NET-7",
		.expires = "2027-03-31", .client = "a360/client", .server = "10.2.1.4",
		.transport = "tcp", .port = "22", .protocol = "SSH",
		.status = FA_WAIVER_USED, .conversations = 3, .flows = 1200,
	};

	for (size_t i = 0; i < 4; i++)
		fake->waivers[i] = plain;
	fake->waivers[1].id = "lapsed";
	fake->waivers[1].ticket = "";
	fake->waivers[1].status = FA_WAIVER_EXPIRED;
	fake->waivers[1].expires = "2026-11-20";
	fake->waivers[1].conversations = 0;
	fake->waivers[2].id = "idle";
	fake->waivers[2].status = FA_WAIVER_UNUSED;
	fake->waivers[2].conversations = 0;
	fake->waivers[3].id = "everything";
	fake->waivers[3].client = "any";
	fake->waivers[3].server = "any";
	fake->waivers[3].broad = true;
	fake->waiver_count = 4;
	fake->sums[FA_VERDICT_WAIVED].conversations = 6;
}

/* Rule 3 and 4 are expected on am1 .. am5 of api-prod, rule 5 on am9 of api-test. */
static void fill_site_expectations(struct fake *fake)
{
	static const char *const hosts[] = {"am1", "am2", "am3", "am4", "am5"};
	struct fa_stored_expectation *e = calloc(13, sizeof(*e));

	e[0] = fake->expectations[0];
	e[0].instance = "a360";
	e[0].role = "sql-server";
	e[0].place = "sql1";
	for (size_t i = 0; i < 10; i++) {
		e[1 + i] = fake->expectations[3 + i / 5];
		e[1 + i].state = FA_EXPECT_UNSEEN;
		e[1 + i].instance = "api-prod";
		e[1 + i].role = "carbon-server";
		e[1 + i].place = hosts[i % 5];
	}
	e[1].state = FA_EXPECT_SEEN; /* 8243 on am1 */
	for (size_t i = 6; i < 11; i++)
		e[i].ports = "8281, 8300-8310"; /* with an offset */
	e[11] = fake->expectations[5];
	e[11].state = FA_EXPECT_UNSEEN;
	e[11].instance = "api-test";
	e[11].role = "carbon-server";
	e[11].place = "am9";
	e[12] = e[11];
	e[12].state = FA_EXPECT_NOT_OBSERVABLE;
	free(fake->expectations);
	fake->expectations = e;
	fake->expectation_count = 13;
}

void fake_fill_site(struct fake *fake)
{
	struct fa_stored_site *site = &fake->run.site;

	fake_fill(fake);
	*site = (struct fa_stored_site){.name = "dc1", .digest = "0123456789abcdef",
					.waivers_digest = "fedcba9876543210", .products = 3,
					.instances = 3, .hosts = 41, .networks = 1};
	fill_places(fake);
	fill_waivers(fake);
	fill_site_expectations(fake);
	fake->inputs[0] = (struct fa_input_file){"/captures/dc1-tap.pcap.zst", 21400000, 1};
	fake->input_count = 1;
	fake->rules[0].from = "control-room";
	fake->rules[0].to = "sql-server";
	fake->findings[0].instance = "api-prod";
	fake->findings[1].instance = "a360";
	fake->findings[2].nearest_instance = "api-test";
	fake->findings[6].nearest_instance = "a360";
	fake->findings[6].nearest = "automation-anywhere/data-center/sql";
	fake->findings[6].differs = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER | FA_DIFFERS_INSTANCE;
	fake->findings[6].reasons[0] = FA_REASON_CLIENT_DIFFERS;
	fake->findings[6].reasons[1] = FA_REASON_OTHER_INSTANCE;
	fake->findings[6].reason_count = 2;
	fake->conversations[0].instance = "api-prod";
	fake->conversations[1].nearest_instance = "api-test";
	fake->conversations[4].verdict = FA_VERDICT_WAIVED;
	fake->conversations[4].waiver = "ssh-jump";
	fake->conversations[4].waived = FA_VERDICT_UNDOCUMENTED;
}

struct fa_window *fake_add_window(struct fake *fake, int64_t begun_ns, int64_t ended_ns,
				  uint64_t packets)
{
	struct fa_window *window;

	fake->windows = realloc(fake->windows, (fake->window_count + 1) * sizeof(*fake->windows));
	window = &fake->windows[fake->window_count++];
	memset(window, 0, sizeof(*window));
	window->begun_ns = begun_ns;
	window->ended_ns = ended_ns;
	window->totals.capture.packets = packets;
	window->totals.capture.frame_bytes = 400 * packets;
	window->totals.capture.results[FA_DECODE_DECODED] = packets;
	window->totals.capture.first_ns = begun_ns;
	window->totals.capture.last_ns = ended_ns;
	window->totals.workers.tcp_bytes = 300 * packets;
	window->totals.end = FA_RUN_COMPLETE;
	fake->run.windows = fake->window_count;
	fake->run.committed_ns = ended_ns + 100000000; /* it takes some time */
	return window;
}

void fake_sum_windows(struct fake *fake)
{
	struct fa_run_totals *run = &fake->run.totals;

	memset(&run->capture, 0, sizeof(run->capture));
	memset(&run->workers, 0, sizeof(run->workers));
	memset(&run->loss, 0, sizeof(run->loss));
	for (size_t i = 0; i < fake->window_count; i++) {
		const struct fa_run_totals *window = &fake->windows[i].totals;

		fa_capture_counts_add(&run->capture, &window->capture);
		fa_worker_counts_add(&run->workers, &window->workers);
		run->loss.workers_replaced += window->loss.workers_replaced;
		run->loss.packets_lost += window->loss.packets_lost;
		run->loss.flows_lost += window->loss.flows_lost;
		run->loss.judged_early += window->loss.judged_early;
		run->loss.evidence_dropped += window->loss.evidence_dropped;
	}
}

/* Each of the kinds of losses in an hour or two. */
static void fill_window_losses(struct fa_window *windows)
{
	static const struct {
		size_t hour;
		uint64_t kernel, ring;
	} drops[] = {{14, 12000, 0}, {16, 0, 345}};

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		struct fa_run_totals *totals = &windows[drops[i].hour].totals;

		totals->capture.dropped_kernel = drops[i].kernel;
		totals->capture.dropped_ring = drops[i].ring;
	}
	windows[7].totals.workers.sequence_gap_bytes = 3800000;
	windows[5].totals.capture.down_ns = 12ull * MINUTE_NS;
	windows[9].totals.loss.workers_replaced = 2;
	windows[9].totals.loss.packets_lost = 31;
	windows[9].totals.loss.flows_lost = 12;
	windows[10].totals.workers.flows_evicted = 70;
	windows[11].totals.workers.inspections_evicted = 7;
	windows[10].totals.loss.judged_early = 3;
	windows[18].totals.loss.evidence_dropped = 99;
}

void fake_fill_live(struct fake *fake)
{
	static const uint8_t packet[] = {0x45, 0, 0, 20};
	struct fa_stored_run *run = &fake->run;
	int64_t begun_ns = START_NS + 2 * HOUR_NS;

	fake_fill(fake);
	run->info.kind = FA_RUN_LIVE;
	strcpy(run->info.source, "eth1");
	run->info.bucket_ns = HOUR_NS;
	run->begun_ns = begun_ns;
	for (int64_t hour = 0; hour < 24; hour++, begun_ns += HOUR_NS)
		fake_add_window(fake, begun_ns, begun_ns + HOUR_NS,
				hour >= 1 && hour < 4 ? 0 : 2000000);
	fill_window_losses(fake->windows);
	fake_sum_windows(fake);
	fake->crashes[0] = (struct fa_crash){.n = 1,
					     .when_ns = run->begun_ns + 9 * HOUR_NS,
					     .ts_ns = run->begun_ns + 9 * HOUR_NS - 1000,
					     .number = 4711,
					     .worker = 1,
					     .signal = 11,
					     .ip_bytes = 1500,
					     .captured = sizeof(packet),
					     .bytes = packet};
	fake->crashes[1] = (struct fa_crash){.n = 2,
					     .when_ns = run->begun_ns + 10 * HOUR_NS,
					     .ts_ns = run->begun_ns + 10 * HOUR_NS - 1000,
					     .number = 4712};
	fake->crash_count = 2;
	run->crashes = 2;
}

char *fake_report(struct fake *fake, const char *format, const struct fa_report_options *options)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct fa_diag diag = {{0}};

	if (out == NULL || fa_report_write(out, format, &fake->history, 0, options, &diag) != 0) {
		fprintf(stderr, "no report: %s\n", diag.text);
		abort();
	}
	fclose(out);
	return text;
}
