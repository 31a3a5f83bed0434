-- SPDX-License-Identifier: GPL-3.0-or-later
-- The database of flowaudit, first version. flowaudit-schema(5) explains it with examples.
--
-- Rules for these files: they are numbered and append-only. A released file is never edited; a
-- change is a new file. The program runs the missing ones, in order, in one transaction, and then
-- sets user_version to the number of the last. application_id is 0x464c4155, "FLAU".
--
-- Times are nanoseconds since 1970-01-01 UTC in columns that end in _ns. Bytes are IP bytes on the
-- wire. What repeats in every row (addresses, names, judgements) stands once in a table of its own
-- and is referred to by number, so that a conversation takes about a hundred bytes; the views
-- (v_...) put it together again.

-- IP addresses. The order of "sort" is the order of reports: IPv4 before IPv6, then by number.
CREATE TABLE host (
	id INTEGER PRIMARY KEY,
	address TEXT NOT NULL,		-- '10.0.0.1', '2001:db8::1'
	sort BLOB NOT NULL UNIQUE	-- one byte 4 or 6, then the 4 or 16 bytes of the address
) STRICT;

-- Protocols, applications, host names, tunnels. Bytes that do not print or mislead stand as \xNN
-- in "text", a backslash as \\; "raw" then holds the bytes as they were on the wire.
CREATE TABLE name (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE,
	raw BLOB
) STRICT;
INSERT INTO name (id, text) VALUES (0, '');

-- How a protocol was found, strongest first.
CREATE TABLE detection (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO detection (id, text) VALUES
	(0, 'dpi'), (1, 'dpi-partial'), (2, 'signature'), (3, 'port-guess'), (4, 'address-guess'),
	(5, 'none');

-- How client and server were told apart, strongest first.
CREATE TABLE direction (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO direction (id, text) VALUES
	(0, 'syn'), (1, 'syn-ack'), (2, 'protocol'), (3, 'catalog-port'), (4, 'degree'),
	(5, 'first-packet');

-- Verdicts. Those with an importance make findings, 1 is the most important.
CREATE TABLE verdict (
	text TEXT PRIMARY KEY,
	importance INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO verdict (text, importance) VALUES
	('wrong-protocol', 1), ('wrong-endpoint', 2), ('refused', 3), ('undocumented', 4),
	('discouraged', 5), ('documented', NULL), ('waived', NULL), ('indeterminate', NULL);

-- One version of a catalog file: a changed file is a new row.
CREATE TABLE catalog (
	id INTEGER PRIMARY KEY,
	product TEXT NOT NULL,
	name TEXT NOT NULL,		-- of the product, for people
	title TEXT NOT NULL,		-- of the vendor's document
	publisher TEXT NOT NULL,
	dated TEXT NOT NULL,		-- 'YYYY-MM-DD', '' when the document has no date
	note TEXT NOT NULL,
	digest TEXT NOT NULL,		-- 16 hex digits, of the bytes of the file
	file TEXT NOT NULL,		-- where it was read from
	UNIQUE (product, digest)
) STRICT;

-- A documented port requirement, as it was when runs were judged with it.
CREATE TABLE rule (
	id INTEGER PRIMARY KEY,
	catalog INTEGER NOT NULL REFERENCES catalog (id) ON DELETE CASCADE,
	rule TEXT NOT NULL,		-- 'product/component/rule'
	component TEXT NOT NULL,
	component_name TEXT NOT NULL,
	title TEXT NOT NULL,
	section TEXT NOT NULL,		-- heading in the document
	row TEXT NOT NULL,		-- how to find the row below it, '' when that is plain
	direction TEXT NOT NULL,	-- 'inbound', 'outbound', 'both', 'internal'
	from_roles TEXT NOT NULL,
	to_roles TEXT NOT NULL,
	transports TEXT NOT NULL,	-- 'tcp, udp'
	ports TEXT NOT NULL,		-- '443, 5678-5999'; '' when only a site file can say
	protocols TEXT NOT NULL,	-- 'TLS, HTTP' or 'any'
	requirement TEXT NOT NULL,	-- 'required', 'optional', 'conditional'
	condition TEXT NOT NULL,
	advice TEXT NOT NULL,		-- 'recommended', 'discouraged' or ''
	advice_reason TEXT NOT NULL,
	scope TEXT NOT NULL,		-- 'network', 'host', 'loopback'
	note TEXT NOT NULL,
	json TEXT NOT NULL,		-- all of it, as "flowaudit catalog list --format json" prints it
	UNIQUE (catalog, rule)
) STRICT;

-- One capture or one replay.
CREATE TABLE run (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,		-- 'replay' or 'live'
	source TEXT NOT NULL,		-- files or interface, as given
	filter TEXT NOT NULL,
	bucket_ns INTEGER NOT NULL,	-- length of the time buckets of its conversations
	workers INTEGER NOT NULL,
	sandboxed INTEGER NOT NULL,
	version TEXT NOT NULL,		-- of the program
	begun_ns INTEGER NOT NULL,	-- wall clock when the run was made, not packet time
	ending TEXT NOT NULL,		-- 'unfinished', 'complete', 'interrupted', 'failed'
	confidence TEXT NOT NULL DEFAULT 'none',
	confidence_why TEXT NOT NULL DEFAULT '',
	-- the capture: packets = duplicates + the counts of run_decode
	packets INTEGER NOT NULL DEFAULT 0,
	frame_bytes INTEGER NOT NULL DEFAULT 0,
	duplicates INTEGER NOT NULL DEFAULT 0,
	cut INTEGER NOT NULL DEFAULT 0,		-- shorter in the capture than on the wire
	dropped_kernel INTEGER NOT NULL DEFAULT 0,
	dropped_interface INTEGER NOT NULL DEFAULT 0,
	dropped_ring INTEGER NOT NULL DEFAULT 0,
	time_backwards INTEGER NOT NULL DEFAULT 0,
	first_ns INTEGER NOT NULL DEFAULT 0,	-- packet time
	last_ns INTEGER NOT NULL DEFAULT 0,
	files INTEGER NOT NULL DEFAULT 0,
	files_truncated INTEGER NOT NULL DEFAULT 0,
	-- the workers, summed
	worker_packets INTEGER NOT NULL DEFAULT 0,
	flows INTEGER NOT NULL DEFAULT 0,
	flows_evicted INTEGER NOT NULL DEFAULT 0,
	inspections_evicted INTEGER NOT NULL DEFAULT 0,
	inspection_calls INTEGER NOT NULL DEFAULT 0,
	conversations_out INTEGER NOT NULL DEFAULT 0,
	fragments_unmatched INTEGER NOT NULL DEFAULT 0,
	sequence_gap_bytes INTEGER NOT NULL DEFAULT 0,
	tcp_bytes INTEGER NOT NULL DEFAULT 0,
	one_way_flows INTEGER NOT NULL DEFAULT 0,
	-- workers that died
	workers_replaced INTEGER NOT NULL DEFAULT 0,
	packets_lost INTEGER NOT NULL DEFAULT 0,
	flows_lost INTEGER NOT NULL DEFAULT 0,
	-- times that conversations were judged before the end, for want of memory
	judged_early INTEGER NOT NULL DEFAULT 0,
	-- results
	conversations INTEGER NOT NULL DEFAULT 0, -- as in run_verdict: summed over time buckets
	findings INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How decoding ended, in packets: 'decoded', 'not-ip', 'truncated' ...
CREATE TABLE run_decode (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	reason TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (run, reason)
) STRICT, WITHOUT ROWID;

-- LINKTYPE_ values of the inputs, in order of appearance.
CREATE TABLE run_link_type (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	link_type INTEGER NOT NULL,
	PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- The catalogs a run was judged with.
CREATE TABLE run_catalog (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	catalog INTEGER NOT NULL REFERENCES catalog (id),
	PRIMARY KEY (run, catalog)
) STRICT, WITHOUT ROWID;

-- The summary of a run, made when it ends.
CREATE TABLE run_verdict (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	verdict TEXT NOT NULL REFERENCES verdict (text),
	conversations INTEGER NOT NULL,
	flows INTEGER NOT NULL,
	packets INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	PRIMARY KEY (run, verdict)
) STRICT, WITHOUT ROWID;

-- A verdict with its reasons. Conversations judged alike share one row, also across runs.
CREATE TABLE judgement (
	id INTEGER PRIMARY KEY,
	digest INTEGER NOT NULL,	-- of all other columns, to find the row again
	verdict TEXT NOT NULL REFERENCES verdict (text),
	rule INTEGER REFERENCES rule (id),	-- decides
	nearest INTEGER REFERENCES rule (id),	-- nearest miss
	differs TEXT NOT NULL,		-- how the nearest differs: 'port', 'host network' ...
	reasons TEXT NOT NULL,		-- words separated by a space, the most important first
	candidates TEXT NOT NULL,	-- rule ids separated by a space, the most specific first
	candidate_count INTEGER NOT NULL, -- all of them, may be more than are named
	detail TEXT NOT NULL		-- 'Redis in 3 other flows'
) STRICT;
CREATE INDEX judgement_digest ON judgement (digest);

-- All flows of one client, server, transport, port, protocol, application and host name within one
-- time bucket. Rows of a run stand together; their order means nothing.
CREATE TABLE conversation (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	bucket_ns INTEGER NOT NULL,	-- start of the bucket
	client INTEGER NOT NULL REFERENCES host (id),
	server INTEGER NOT NULL REFERENCES host (id),
	transport INTEGER NOT NULL,	-- IP protocol number
	port INTEGER NOT NULL,		-- of the server; ICMP: type * 256 + code
	client_port INTEGER NOT NULL,	-- 0 unless direction is 'first-packet'
	fragment INTEGER NOT NULL,	-- 1: IP fragments without their first piece, so no ports
	tunnel INTEGER NOT NULL REFERENCES name (id),	-- 'vxlan' ...; '' for none
	tunnel_id INTEGER NOT NULL,
	protocol INTEGER NOT NULL REFERENCES name (id),
	application INTEGER NOT NULL REFERENCES name (id),
	host INTEGER NOT NULL REFERENCES name (id),	-- the name the client asked for
	detection INTEGER NOT NULL REFERENCES detection (id),
	direction INTEGER NOT NULL REFERENCES direction (id),
	judgement INTEGER NOT NULL REFERENCES judgement (id),
	finding INTEGER,		-- finding.number; set when the run ends
	packets_to_server INTEGER NOT NULL,
	packets_to_client INTEGER NOT NULL,
	bytes_to_server INTEGER NOT NULL,
	bytes_to_client INTEGER NOT NULL,
	flows INTEGER NOT NULL,
	attempted INTEGER NOT NULL,	-- how far the flows came: TCP SYN never answered
	refused INTEGER NOT NULL,	-- SYN answered by RST
	half_open INTEGER NOT NULL,	-- nothing from the client after SYN and SYN-ACK
	established INTEGER NOT NULL,	-- no end seen
	midstream INTEGER NOT NULL,	-- neither beginning nor end seen
	closed INTEGER NOT NULL,	-- ended by FIN
	reset INTEGER NOT NULL,		-- ended by RST
	one_way INTEGER NOT NULL,	-- not TCP: only one side seen
	two_way INTEGER NOT NULL,	-- not TCP: both sides seen
	payload_packets INTEGER NOT NULL, -- packets that carried transport payload
	syn_retries INTEGER NOT NULL,
	truncated INTEGER NOT NULL,	-- packets cut by the snapshot length
	sequence_gaps INTEGER NOT NULL,	-- TCP bytes missing before the tap
	first_seen_ns INTEGER NOT NULL,
	last_seen_ns INTEGER NOT NULL,
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- A rule bound to what was there: was it seen?
CREATE TABLE expectation (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	rule INTEGER NOT NULL REFERENCES rule (id),
	state TEXT NOT NULL,		-- 'seen', 'refused', 'unseen', 'not-observable'
	conversations INTEGER NOT NULL,
	flows INTEGER NOT NULL,
	endpoints TEXT NOT NULL,
	evidence TEXT NOT NULL,
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- Conversations that are one thing to look at. Columns that differ between them are NULL (names:
-- 0), and the numbers of distinct ones say how many there are.
CREATE TABLE finding (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	number INTEGER NOT NULL,	-- from 1, the most important first
	verdict TEXT NOT NULL REFERENCES verdict (text),
	kind TEXT NOT NULL,		-- 'single': one server port; 'sweep': one client tried many
					-- and had no answer; 'pair': many ports between two hosts
	client INTEGER REFERENCES host (id),
	server INTEGER REFERENCES host (id),
	transport INTEGER,
	port INTEGER,
	protocol INTEGER NOT NULL REFERENCES name (id),
	application INTEGER NOT NULL REFERENCES name (id),
	host INTEGER NOT NULL REFERENCES name (id),
	rule INTEGER REFERENCES rule (id),
	nearest INTEGER REFERENCES rule (id),
	detection INTEGER NOT NULL REFERENCES detection (id),	-- these three: of the member with
	direction INTEGER NOT NULL REFERENCES direction (id),	-- the strongest evidence
	judgement INTEGER NOT NULL REFERENCES judgement (id),
	clients INTEGER NOT NULL,	-- distinct
	servers INTEGER NOT NULL,
	ports INTEGER NOT NULL,
	conversations INTEGER NOT NULL,	-- not counting buckets
	packets_to_server INTEGER NOT NULL,
	packets_to_client INTEGER NOT NULL,
	bytes_to_server INTEGER NOT NULL,
	bytes_to_client INTEGER NOT NULL,
	flows INTEGER NOT NULL,
	attempted INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	half_open INTEGER NOT NULL,
	established INTEGER NOT NULL,
	midstream INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	reset INTEGER NOT NULL,
	one_way INTEGER NOT NULL,
	two_way INTEGER NOT NULL,
	payload_packets INTEGER NOT NULL,
	syn_retries INTEGER NOT NULL,
	truncated INTEGER NOT NULL,
	sequence_gaps INTEGER NOT NULL,
	first_seen_ns INTEGER NOT NULL,
	last_seen_ns INTEGER NOT NULL,
	PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- Findings that somebody accepted, as they stood when the run was judged.
CREATE TABLE waiver (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	waiver TEXT NOT NULL,		-- its id in the file
	client TEXT NOT NULL,		-- address, prefix, role or 'any'; so are the next four
	server TEXT NOT NULL,
	transport TEXT NOT NULL,
	port TEXT NOT NULL,
	protocol TEXT NOT NULL,
	owner TEXT NOT NULL,
	reason TEXT NOT NULL,
	ticket TEXT NOT NULL,
	expires TEXT NOT NULL,		-- 'YYYY-MM-DD'
	conversations INTEGER NOT NULL,	-- that it covered
	PRIMARY KEY (run, waiver)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_run AS
SELECT id AS run, kind, source, filter, ending, version,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') END AS started,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') END AS ended,
	strftime('%Y-%m-%dT%H:%M:%SZ', begun_ns / 1000000000, 'unixepoch') AS made,
	packets, frame_bytes AS bytes, duplicates,
	dropped_kernel + dropped_interface + dropped_ring AS dropped,
	flows, conversations, findings, confidence, confidence_why
FROM run;

CREATE VIEW v_summary AS
SELECT run, verdict, conversations, flows, packets, bytes
FROM run_verdict;

CREATE VIEW v_rule AS
SELECT r.id, r.rule, c.product, r.component, r.title, r.direction, r.from_roles, r.to_roles,
	r.transports, r.ports, r.protocols, r.requirement, r.condition, r.advice,
	c.publisher, c.title AS document, c.dated, r.section, r.row, c.digest
FROM rule r JOIN catalog c ON c.id = r.catalog;

CREATE VIEW v_conversation AS
SELECT c.run, c.n,
	strftime('%Y-%m-%dT%H:%M:%SZ', c.bucket_ns / 1000000000, 'unixepoch') AS bucket,
	cl.address AS client, se.address AS server,
	CASE c.transport WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 132 THEN 'sctp'
		WHEN 1 THEN 'icmp' WHEN 58 THEN 'icmp6' ELSE 'ip-' || c.transport END AS transport,
	c.port, pr.text AS protocol, ap.text AS application, ho.text AS host,
	de.text AS detected_by, di.text AS direction_by,
	j.verdict, r.rule, r.title AS rule_title, nr.rule AS nearest, j.differs, j.reasons, j.detail,
	c.finding, c.flows, c.packets_to_server, c.packets_to_client, c.bytes_to_server,
	c.bytes_to_client,
	strftime('%Y-%m-%dT%H:%M:%S', c.first_seen_ns / 1000000000, 'unixepoch') ||
		printf('.%06dZ', c.first_seen_ns % 1000000000 / 1000) AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%S', c.last_seen_ns / 1000000000, 'unixepoch') ||
		printf('.%06dZ', c.last_seen_ns % 1000000000 / 1000) AS last_seen,
	tu.text AS tunnel, c.tunnel_id
FROM conversation c
JOIN host cl ON cl.id = c.client
JOIN host se ON se.id = c.server
JOIN name pr ON pr.id = c.protocol
JOIN name ap ON ap.id = c.application
JOIN name ho ON ho.id = c.host
JOIN name tu ON tu.id = c.tunnel
JOIN detection de ON de.id = c.detection
JOIN direction di ON di.id = c.direction
JOIN judgement j ON j.id = c.judgement
LEFT JOIN rule r ON r.id = j.rule
LEFT JOIN rule nr ON nr.id = j.nearest;

CREATE VIEW v_finding AS
SELECT f.run, f.number, f.verdict, f.kind,
	cl.address AS client, se.address AS server,
	CASE f.transport WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 132 THEN 'sctp'
		WHEN 1 THEN 'icmp' WHEN 58 THEN 'icmp6' ELSE 'ip-' || f.transport END AS transport,
	f.port, pr.text AS protocol, ap.text AS application, ho.text AS host,
	de.text AS detected_by, di.text AS direction_by,
	r.rule, r.title AS rule_title, nr.rule AS nearest, j.differs, j.reasons, j.detail,
	f.clients, f.servers, f.ports, f.conversations, f.flows,
	f.packets_to_server + f.packets_to_client AS packets,
	f.bytes_to_server + f.bytes_to_client AS bytes,
	strftime('%Y-%m-%dT%H:%M:%SZ', f.first_seen_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', f.last_seen_ns / 1000000000, 'unixepoch') AS last_seen
FROM finding f
LEFT JOIN host cl ON cl.id = f.client
LEFT JOIN host se ON se.id = f.server
JOIN name pr ON pr.id = f.protocol
JOIN name ap ON ap.id = f.application
JOIN name ho ON ho.id = f.host
JOIN detection de ON de.id = f.detection
JOIN direction di ON di.id = f.direction
JOIN judgement j ON j.id = f.judgement
LEFT JOIN rule r ON r.id = f.rule
LEFT JOIN rule nr ON nr.id = f.nearest;

CREATE VIEW v_expectation AS
SELECT e.run, r.rule, e.state, r.requirement, c.product, r.title, r.transports, r.ports,
	r.protocols, e.endpoints, e.conversations, e.flows, e.evidence,
	c.title AS document, r.section
FROM expectation e
JOIN rule r ON r.id = e.rule
JOIN catalog c ON c.id = r.catalog;
