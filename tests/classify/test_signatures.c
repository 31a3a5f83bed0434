/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The signatures of the shipped catalogs: each on the first payloads of an exchange, none on what
 * nDPI can name. "Recorded" bytes are from real programs talking to each other on one machine, with
 * the versions of Debian 12 unless it says otherwise; "from" bytes were put together from what the
 * named specification or source says, because nothing in Debian 12 speaks the protocol.
 *
 * FA_TOP_SRCDIR names the folder with rules/ and pcaps/.
 */
#include <stdlib.h>

#include "capture/capture.h"
#include "catalog/catalog.h"
#include "classify/pattern.h"
#include "classify/wire.h"
#include "decode/decode.h"

#define NOTHING "", 0

struct exchange {
	const char *name; /* of the signature */
	uint8_t transport;
	uint16_t port;
	const char *client;
	size_t client_len;
	const char *server;
	size_t server_len;
};

static const struct exchange exchanges[] = {
	/* Recorded: rmiregistry and java.rmi.registry.Registry.list, OpenJDK 17.0.15. */
	{"Java-RMI", FA_IP_TCP, 2199, BYTES("JRMI\x00\x02K"),
	 BYTES("N\x00\x09\x31\x32\x37.0.0.1\x00\x00\x82<")},
	/* Recorded: com.sun.management.jmxremote.port and a JMXConnector, OpenJDK 17.0.15. */
	{"Java-RMI", FA_IP_TCP, 11111, BYTES("JRMI\x00\x02K"),
	 BYTES("N\x00\x09\x31\x32\x37.0.0.1\x00\x00\xc4\xc4")},

	/* Recorded: TBinaryProtocol in TBufferedTransport, python3-thrift 0.17.0, both ends. */
	{"Thrift", FA_IP_TCP, 7611,
	 BYTES("\x80\x01\x00\x01\x00\x00\x00\x15\x64\x65scribe_cluster_name\x00\x00\x00\x01\x00"),
	 BYTES("\x80\x01\x00\x02\x00\x00\x00\x15\x64\x65scribe_cluster_name\x00\x00\x00\x01\x00")},
	/* Recorded: the same in TFramedTransport; an exception; a call that has no answer. */
	{"Thrift", FA_IP_TCP, 9160,
	 BYTES("\x00\x00\x00\x22\x80\x01\x00\x01\x00\x00\x00\x15\x64\x65scribe_cluster_name"
	       "\x00\x00\x00\x01\x00"),
	 BYTES("\x00\x00\x00\x22\x80\x01\x00\x02\x00\x00\x00\x15\x64\x65scribe_cluster_name"
	       "\x00\x00\x00\x01\x00")},
	{"Thrift", FA_IP_TCP, 10500,
	 BYTES("\x00\x00\x00\x11\x80\x01\x00\x01\x00\x00\x00\x04\x66\x61il\x00\x00\x00\x01\x00"),
	 BYTES("\x00\x00\x00!\x80\x01\x00\x03\x00\x00\x00\x04\x66\x61il\x00\x00\x00\x01\x0b\x00"
	       "\x01\x00\x00\x00\x02no\x08\x00\x02\x00\x00\x00\x01\x00")},
	{"Thrift", FA_IP_TCP, 7612,
	 BYTES("\x80\x01\x00\x04\x00\x00\x00\x06notify\x00\x00\x00\x01\x00"), NOTHING},
	/* Recorded: TCompactProtocol, bare and in TFramedTransport. */
	{"Thrift", FA_IP_TCP, 7614, BYTES("\x82!\x01\x15\x64\x65scribe_cluster_name\x00"),
	 BYTES("\x82\x41\x01\x15\x64\x65scribe_cluster_name\x00")},
	{"Thrift", FA_IP_TCP, 11224,
	 BYTES("\x00\x00\x00\x1a\x82!\x01\x15\x64\x65scribe_cluster_name\x00"),
	 BYTES("\x00\x00\x00\x1a\x82\x41\x01\x15\x64\x65scribe_cluster_name\x00")},

	/* Recorded: ipmitool 1.8.19 -I lanplus and -I lan, ipmi_sim of OpenIPMI 2.0.33. */
	{"RMCP-IPMI", FA_IP_UDP, 623,
	 BYTES("\x06\x00\xff\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09 \x18\xc8\x81\x00\x38\x8e"
	       "\x04\xb5"),
	 BYTES("\x06\x00\xff\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x81\x1c\x63 \x00\x38\x00"
	       "\x01\x97\x06\x03\x00\x00\x00\x00\x07")},
	/* Recorded: rmcp_ping of OpenIPMI 2.0.33, a presence ping of ASF. */
	{"RMCP-IPMI", FA_IP_UDP, 623, BYTES("\x06\x00\xff\x06\x00\x00\x11\xbe\x80\x00\x00\x00"),
	 BYTES("\x06\x00\xff\x06\x00\x00\x11\xbe@\x00\x00\x10\x00\x00\x11\xbe\x00\x00\x00\x00\x81"
	       "\x00\x00\x00\x00\x00\x00\x00")},

	/* Recorded: ConnectionFactory of activemq-client 5.17.2, an embedded broker of the same. */
	{"OpenWire", FA_IP_TCP, 2345,
	 BYTES("\x00\x00\x01\x64\x01\x41\x63tiveMQ\x00\x00\x00\x0c\x01\x00\x00\x01R\x00\x00\x00\x0e"
	       "\x00\x11StackTraceEnabled\x01\x01\x00"),
	 BYTES("\x00\x00\x01R\x01\x41\x63tiveMQ\x00\x00\x00\x0c\x01\x00\x00\x01@\x00\x00\x00\x0d"
	       "\x00\x11StackTraceEnabled\x01\x01\x00")},

	/* Recorded: python3-kazoo 2.8.0, server of zookeeper 3.8.0. */
	{"ZooKeeper", FA_IP_TCP, 12181,
	 BYTES("\x00\x00\x00-\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'\x10\x00\x00"
	       "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	       "\x00\x00\x00\x00\x00\x00\x00"),
	 BYTES("\x00\x00\x00%\x00\x00\x00\x00\x00\x00'\x10\x01\x00\x00\xc8xT\x00\x00\x00\x00\x00"
	       "\x10N\x1b\x14\x0f\xc3\xe5\x94\x18\xdc\xd1\x97\xcf\x44K\xa2\x9e\x00")},

	/* Recorded: logger 2.38.1 -T --octet-count, rsyslog 8.2302.0; RFC 5424, RFC 3164. */
	{"Syslog", FA_IP_TCP, 601,
	 BYTES("135 <13>1 2026-11-22T08:39:27.915913+00:00 vm root - - [timeQuality tzKnown"),
	 NOTHING},
	{"Syslog", FA_IP_TCP, 601, BYTES("30 <13>Nov 22 08:39:27 vm root: a"), NOTHING},
	/* From RFC 6587, section 3.4.1, and RFC 5424, section 6: short and long numbers. */
	{"Syslog", FA_IP_TCP, 601, BYTES("25 <0>1 - - - - - -"), NOTHING},
	{"Syslog", FA_IP_TCP, 601, BYTES("8192 <191>1 - - - - - -"), NOTHING},

	/* Recorded: tsql of FreeTDS 1.3.17 with TDSVER=5.0; the listener said nothing. */
	{"Sybase-TDS", FA_IP_TCP, 5000,
	 BYTES("\x02\x00\x02\x00\x00\x00\x00\x00vm\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	       "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02sa"),
	 NOTHING},

	/* Recorded: kinit 1.20.1 and krb5kdc 1.20.1 on port 8000, UDP and TCP; kpasswd and kadmind. */
	{"Kerberos", FA_IP_UDP, 8000,
	 BYTES("\x6a\x81\xb3\x30\x81\xb0\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa3\x1a"),
	 BYTES("\x6b\x82\x03\x14\x30\x82\x03\x10\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0b\xa2")},
	{"Kerberos", FA_IP_TCP, 8000,
	 BYTES("\x00\x00\x00\xb6\x6a\x81\xb3\x30\x81\xb0\xa1\x03\x02\x01\x05\xa2\x03\x02\x01"
	       "\x0a\xa3\x1a"),
	 BYTES("\x00\x00\x03\x18\x6b\x82\x03\x14\x30\x82\x03\x10\xa0\x03\x02\x01\x05\xa1\x03"
	       "\x02\x01\x0b\xa2")},
	{"Kerberos", FA_IP_TCP, 464,
	 BYTES("\x00\x00\x02\xb4\x02\xb4\x00\x01\x02\x52\x6e\x82\x02\x4e\x30\x82\x02\x4a"),
	 BYTES("\x00\x00\x00\xeb\x00\xeb\x00\x01\x00\x8b\x6f\x81\x88\x30\x81\x85")},

	/* From org.apache.cassandra.net of Cassandra 2.1: magic, then flags with the version. */
	{"Cassandra-internode", FA_IP_TCP, 7000, BYTES("\xca\x55\x2d\xfa\x00\x00\x08\x08"),
	 BYTES("\x00\x00\x00\x08")},
	/* From org.apache.hadoop.ipc of Hadoop 2: header, then a length and a protocol buffer. */
	{"Hadoop-RPC", FA_IP_TCP, 54310,
	 BYTES("hrpc\x09\x00\x00\x00\x00\x00\x20\x1e\x08\x02\x10\x00\x18\xfd\xff\xff\xff\x0f"),
	 NOTHING},
	{"Hadoop-RPC", FA_IP_TCP, 50020, BYTES("hrpc\x09\x00\xdf\x00\x00\x00\x17"), NOTHING},
	/* From DataTransferProtocol of Hadoop 2 and 1: version, operation. */
	{"HDFS-data-transfer", FA_IP_TCP, 50010, BYTES("\x00\x1cQ\x6d\x0a\x5a\x0a\x58\x0a\x32"),
	 NOTHING},
	{"HDFS-data-transfer", FA_IP_TCP, 50010, BYTES("\x00\x11P\x00\x00\x00\x00\x00\x00\x00\x2a"),
	 NOTHING},
	/* From com.hazelcast.nio.Protocols of Hazelcast 3, then a packet: version, flags. */
	{"Hazelcast", FA_IP_TCP, 4000, BYTES("HZC\x04\x00\x10\xff\xff\xff\xff\x00\x00\x00\x45"),
	 NOTHING},
	/* From IgniteUtils and TcpDiscoverySpi of Ignite 2: header, then a Java object. */
	{"Ignite", FA_IP_TCP, 47500, BYTES("\x00\x00GG\xac\xed\x00\x05sr\x00"), NOTHING},
	/* From TcpHandshakeExecutor of Ignite 2: the node names itself, then header and message. */
	{"Ignite", FA_IP_TCP, 47100, BYTES("\x00\x00GG\xfd\xff\x01\x00\x00\x00\x00\x00"),
	 BYTES("\xff\xff\x01\x02\x03\x04")},
	/* From org.opensearch.transport.TcpHeader of OpenSearch 2: handshake and its answer. */
	{"OpenSearch-transport", FA_IP_TCP, 47600,
	 BYTES("ES\x00\x00\x00:\x00\x00\x00\x00\x00\x00\x00\x01\x08\x08\x2d\x1a\x27"),
	 BYTES("ES\x00\x00\x00\x17\x00\x00\x00\x00\x00\x00\x00\x01\x09\x08\x2d\x1a\x27")},
};

static struct fa_rulebook book;

static void tell(void *context, const char *message)
{
	(void)context;
	print_error("%s\n", message);
}

static int load_rules(void **state)
{
	const struct fa_catalog_options options = {.error = tell};
	const char *top = getenv("FA_TOP_SRCDIR");
	const char *path;
	char rules[4096];

	(void)state;
	snprintf(rules, sizeof(rules), "%s/rules", top != NULL ? top : ".");
	path = rules;
	return fa_rulebook_load(&path, 1, &options, &book);
}

static int free_rules(void **state)
{
	(void)state;
	fa_rulebook_deinit(&book);
	return 0;
}

static void say(struct fa_first_payload *first, unsigned side, const char *bytes, size_t len)
{
	if (len > FA_FIRST_BYTES)
		len = FA_FIRST_BYTES;
	memcpy(first->bytes[side], bytes, len);
	first->len[side] = (uint8_t)len;
}

/* What the whole book makes of it; NULL: nothing. */
static const char *named(uint8_t transport, const struct fa_first_payload *first)
{
	const struct fa_signature *signature = fa_payload_signature(&book, transport, first);

	return signature == NULL ? NULL : signature->name;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whichever side comes first in a flow, and when only the client is seen. */
static void first_payloads(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(exchanges); i++) {
		const struct exchange *e = &exchanges[i];

		for (unsigned client = 0; client < 2; client++) {
			struct fa_first_payload first = {0};

			say(&first, client, e->client, e->client_len);
			if (!same(named(e->transport, &first), e->name))
				fail_msg("%s, row %zu: client alone", e->name, i);
			say(&first, 1 - client, e->server, e->server_len);
			if (!same(named(e->transport, &first), e->name))
				fail_msg("%s, row %zu", e->name, i);
			assert_null(named(132, &first)); /* none is for SCTP */
		}
	}
}

/* The name, in a book with nothing else in it. */
static bool fits(const struct fa_signature *signature, const struct exchange *e)
{
	const struct fa_product product = {
		.id = "x", .signatures = signature, .signature_count = 1};
	const struct fa_rulebook one = {.products = &product, .product_count = 1};
	struct fa_first_payload first = {0};

	say(&first, 0, e->client, e->client_len);
	say(&first, 1, e->server, e->server_len);
	return fa_payload_signature(&one, e->transport, &first) != NULL;
}

/* Each exchange fits its own signature and no other, and each signature has an exchange. */
static void one_name_for_each(void **state)
{
	(void)state;
	for (size_t p = 0; p < book.product_count; p++)
		for (size_t s = 0; s < book.products[p].signature_count; s++) {
			const struct fa_signature *signature = &book.products[p].signatures[s];
			size_t count = 0;

			for (size_t i = 0; i < COUNT(exchanges); i++) {
				bool mine = same(signature->name, exchanges[i].name);

				if (fits(signature, &exchanges[i]) != mine)
					fail_msg("%s on row %zu", signature->name, i);
				count += mine;
			}
			if (count == 0 && signature->client_count + signature->server_count > 0)
				fail_msg("no exchange for %s", signature->name);
		}
}

static const struct fa_signature *signature_of(const char *name)
{
	for (size_t p = 0; p < book.product_count; p++)
		for (size_t s = 0; s < book.products[p].signature_count; s++)
			if (strcmp(book.products[p].signatures[s].name, name) == 0)
				return &book.products[p].signatures[s];
	fail_msg("no signature %s", name);
	return NULL;
}

/* Whether a pattern that fits side 0 does not care about byte AT. */
static bool is_free(const struct fa_signature *signature, const struct fa_first_payload *first,
		    size_t at)
{
	for (size_t i = 0; i < signature->client_count; i++) {
		const struct fa_pattern *pattern = &signature->client[i];

		if (fa_pattern_matches(pattern, first, 0) &&
		    (at >= pattern->len || pattern->mask[at] == 0))
			return true;
	}
	return false;
}

/* Every byte that a pattern fixes matters, and every one shorter than it is too short. */
static void spoiled_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(exchanges); i++) {
		const struct exchange *e = &exchanges[i];
		const struct fa_signature *signature = signature_of(e->name);
		size_t fixed = 0;

		for (size_t at = 0; at < e->client_len && at < FA_FIRST_BYTES; at++) {
			struct fa_first_payload first = {0};
			bool free_byte;

			say(&first, 0, e->client, e->client_len);
			free_byte = is_free(signature, &first, at);
			first.bytes[0][at] ^= 0xff;
			if (same(named(e->transport, &first), e->name) != free_byte)
				fail_msg("%s, row %zu, byte %zu", e->name, i, at);
			fixed += !free_byte;
			if (free_byte)
				continue;
			say(&first, 0, e->client, at);
			assert_null(named(e->transport, &first));
		}
		assert_true(fixed >= 3);
	}
}

/* What begins much like something above, or with much the same bytes, and is something else. */
static void other_bytes(void **state)
{
	static const struct {
		uint8_t transport;
		const char *bytes;
		size_t len;
	} rows[] = {
		{FA_IP_TCP, BYTES("220 <mail> ESMTP\r\n")},
		{FA_IP_TCP, BYTES("12 <b>")},
		{FA_IP_TCP, BYTES("be <b>old</b>")},
		{FA_IP_TCP, BYTES("be <em>phatic</em>")},
		{FA_IP_TCP, BYTES("be <pre>cise</pre>")},
		{FA_IP_TCP, BYTES("foo <b>bar</b>")},
		{FA_IP_TCP, BYTES("foo <em>bar</em>")},
		{FA_IP_TCP, BYTES("foo <pre>bar</pre>")},
		{FA_IP_TCP, BYTES("some <b>words</b>")},
		{FA_IP_TCP, BYTES("some <em>words</em>")},
		{FA_IP_TCP, BYTES("some <pre>words</pre>")},
		{FA_IP_TCP, BYTES("<13>1 2026-11-22T08:39:27.909786+00:00 vm root - -")},
		{FA_IP_TCP, BYTES("HTTP/1.1 200 OK\r\n")},
		{FA_IP_TCP, BYTES("ESMTP ready\r\n wherever it is")},
		{FA_IP_TCP, BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")}, /* TLS */
		{FA_IP_TCP, BYTES("\x00\x00\x00\x08\x04\xd2\x16\x2f")}, /* PostgreSQL */
		{FA_IP_TCP, BYTES("\x00\x00\x00\x54\xff\x53\x4d\x42\x72\x00\x00\x00")}, /* SMB */
		{FA_IP_TCP, BYTES("\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00")}, /* DCE/RPC */
		{FA_IP_TCP, BYTES("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00")}, /* LDAP */
		{FA_IP_TCP, BYTES("\x12\x01\x00\x2f\x00\x00\x00\x00")},		     /* TDS */
		{FA_IP_TCP, BYTES("\x82\x2a\x01\x02\x03\x04")},
		{FA_IP_TCP, BYTES("\x00\x00\x00\x15\x64\x65scribe_cluster_name\x01\x00\x00")},
		{FA_IP_TCP, BYTES("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
				  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
		{FA_IP_TCP, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
		{FA_IP_UDP, BYTES("\x06\x00\x00\x00\x00\x00\x00\x00")},
		{FA_IP_UDP, BYTES("\x06\x00\xff\x06\x00\x00\x11\xbf")},
		{FA_IP_UDP, BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00")}, /* DNS */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned side = 0; side < 2; side++) {
			struct fa_first_payload first = {0};
			const char *name;

			say(&first, side, rows[i].bytes, rows[i].len);
			name = named(rows[i].transport, &first);
			if (name != NULL)
				fail_msg("row %zu is %s", i, name);
		}
}

/* Behind the real nDPI, on the documented port and on one of nobody: the signature decides. */
static void behind_ndpi(void **state)
{
	struct fa_classifier_options options = fa_classifier_options_default();
	struct fa_classifier *classifier;
	struct fa_inspector inspector;

	(void)state;
	options.book = &book;
	assert_int_equal(fa_classifier_new(&classifier, &options), 0);
	inspector = fa_classifier_inspector(classifier);
	for (size_t i = 0; i < COUNT(exchanges); i++)
		for (int odd = 0; odd < 2; odd++) {
			const struct exchange *e = &exchanges[i];
			const struct words words[] = {{true, e->client, e->client_len},
						      {false, e->server, e->server_len}};
			struct wire wire =
				wire_of(e->transport, 40000, odd ? 45678 : e->port);
			struct fa_inspection got =
				hear(&inspector, &wire, words, e->server_len > 0 ? 2 : 1);

			if (strcmp(got.protocol, e->name) != 0 ||
			    got.detected_by != FA_DETECTED_SIGNATURE)
				fail_msg("%s, row %zu: %s by %s", e->name, i, got.protocol,
					 fa_detection_text(got.detected_by));
		}
	fa_classifier_free(classifier);
}

/* One flow of a capture. */
struct flow {
	struct fa_packet like; /* its first packet */
	struct fa_first_payload first;
	void *state;
	bool enough;
};

/* The flows of one capture, before any signature. */
struct flows {
	struct fa_decoder decoder;
	struct fa_inspector inspector;
	const char *name;
	struct flow items[512];
	size_t count;
};

static bool is_of(const struct flow *flow, const struct fa_packet *packet, bool *forward)
{
	const struct fa_packet *like = &flow->like;

	*forward = memcmp(like->src, packet->src, sizeof(like->src)) == 0 &&
		   memcmp(like->dst, packet->dst, sizeof(like->dst)) == 0 &&
		   like->src_port == packet->src_port && like->dst_port == packet->dst_port;
	return like->transport == packet->transport &&
	       (*forward || (memcmp(like->src, packet->dst, sizeof(like->src)) == 0 &&
			     memcmp(like->dst, packet->src, sizeof(like->dst)) == 0 &&
			     like->src_port == packet->dst_port &&
			     like->dst_port == packet->src_port));
}

static struct flow *flow_of(struct flows *flows, const struct fa_packet *packet, bool *forward)
{
	struct flow *flow;

	for (size_t i = 0; i < flows->count; i++)
		if (is_of(&flows->items[i], packet, forward))
			return &flows->items[i];
	assert_true(flows->count < COUNT(flows->items));
	flow = &flows->items[flows->count++];
	memset(flow, 0, sizeof(*flow));
	flow->like = *packet;
	flow->state = flows->inspector.begin(flows->inspector.context);
	*forward = true;
	return flow;
}

static int take_frame(void *context, const struct fa_frame *frame)
{
	struct flows *flows = context;
	struct fa_packet packet;
	const uint8_t *ip;
	struct flow *flow;
	bool forward;

	if (fa_decode(&flows->decoder, frame, &packet, &ip) != FA_DECODE_DECODED ||
	    (packet.transport != FA_IP_TCP && packet.transport != FA_IP_UDP) ||
	    packet.captured <= packet.payload_offset)
		return 0;
	flow = flow_of(flows, &packet, &forward);
	if (flow->first.len[!forward] == 0)
		say(&flow->first, !forward, (const char *)ip + packet.payload_offset,
		    packet.captured - packet.payload_offset);
	if (!flow->enough)
		flow->enough = flows->inspector.packet(flows->inspector.context, flow->state,
						       &packet, ip, forward);
	return 0;
}

/* How many flows nDPI named by inspection, none of which may fit another name's signature. */
static size_t judge_flows(struct flows *flows)
{
	size_t count = 0;

	for (size_t i = 0; i < flows->count; i++) {
		struct flow *flow = &flows->items[i];
		struct fa_inspection got;
		const char *name = named(flow->like.transport, &flow->first);

		flows->inspector.end(flows->inspector.context, flow->state, &flow->like, &got);
		if (!fa_detection_is_seen(got.detected_by))
			continue;
		count++;
		if (name != NULL && strcmp(name, got.protocol) != 0)
			fail_msg("%s: a flow to port %u is %s for nDPI and fits %s", flows->name,
				 flow->like.dst_port, got.protocol, name);
	}
	flows->count = 0;
	return count;
}

static const char *const captures[] = {
	"cooked.pcap",	 "dns.pcap",	  "ipv6.pcap",	   "ldap.pcap",
	"mqtt.pcap",	 "postgres.pcap", "redis-on-5672.pcap", "snmp.pcap",
	"ssh.pcap",	 "syslog.pcap",	  "undocumented.pcap", "web.pcap",
};

/* The signatures are kept from nDPI here: it is asked alone, and they are asked beside it. */
static void nothing_that_ndpi_knows(void **state)
{
	struct fa_classifier_options options = fa_classifier_options_default();
	struct flows *flows = calloc(1, sizeof(*flows));
	const char *top = getenv("FA_TOP_SRCDIR");
	struct fa_classifier *classifier;

	(void)state;
	assert_non_null(flows);
	assert_int_equal(fa_classifier_new(&classifier, &options), 0);
	flows->decoder.max_headers = FA_WIRE_DEFAULT_HEADERS;
	flows->inspector = fa_classifier_inspector(classifier);
	for (size_t i = 0; i < COUNT(captures); i++) {
		const struct fa_source_options plain = {0};
		const struct fa_frame_sink sink = {.context = flows, .fn = take_frame};
		struct fa_diag diag = {{0}};
		struct fa_source *source;
		char path[4096];
		const char *names = path;

		snprintf(path, sizeof(path), "%s/pcaps/%s", top != NULL ? top : ".", captures[i]);
		flows->name = captures[i];
		assert_int_equal(fa_source_open_files(&source, &names, 1, &plain, &diag), 0);
		while (fa_source_read(source, 1000, &sink, &diag) > 0)
			;
		fa_source_free(source);
		assert_true(judge_flows(flows) > 0);
	}
	fa_classifier_free(classifier);
	free(flows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_payloads),
		cmocka_unit_test(one_name_for_each),
		cmocka_unit_test(spoiled_bytes),
		cmocka_unit_test(other_bytes),
		cmocka_unit_test(behind_ndpi),
		cmocka_unit_test(nothing_that_ndpi_knows),
	};

	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
