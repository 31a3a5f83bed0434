-- SPDX-License-Identifier: GPL-3.0-or-later
-- Second version: what a site file and waivers say, flows that ICMP ended, and which files a run
-- has read.

-- Flows never answered but by an ICMP message that says why.
ALTER TABLE conversation ADD COLUMN unreachable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN unreachable INTEGER NOT NULL DEFAULT 0;

-- '' without a site file, or without waivers. Digests are 16 hex digits, of the bytes of the file.
ALTER TABLE run ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN site_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN waivers_digest TEXT NOT NULL DEFAULT '';

-- The files that a replay read, folders spelled out.
CREATE TABLE run_input (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	path TEXT NOT NULL,		-- absolute; '-': standard input
	bytes INTEGER NOT NULL,		-- 0 for what is no regular file
	mtime_ns INTEGER NOT NULL,	-- when it was last changed; 0 likewise
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- The product instances of the site that a run was judged with,
CREATE TABLE instance (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	instance TEXT NOT NULL,
	product TEXT NOT NULL,
	version TEXT NOT NULL,		-- '' when the site does not say
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- and who has which role in them.
CREATE TABLE place (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	instance TEXT NOT NULL,
	product TEXT NOT NULL,
	role TEXT NOT NULL,
	label TEXT NOT NULL,		-- as the site says it: 'am1', 'office', '10.0.1.9'
	host TEXT NOT NULL,		-- a host name; '' for addresses
	first BLOB,			-- the first and the last address, as in host.sort; NULL
	last BLOB,			-- for a host name
	implied INTEGER NOT NULL,	-- 1: the role is not listed, but includes one that is
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- Names of instances, '' for none: no site file, or a catalog that holds everywhere. With a waiver
-- the verdict is 'waived', and "waived" is what it would be.
ALTER TABLE judgement ADD COLUMN instance TEXT NOT NULL DEFAULT '';
ALTER TABLE judgement ADD COLUMN nearest_instance TEXT NOT NULL DEFAULT '';
ALTER TABLE judgement ADD COLUMN waiver TEXT NOT NULL DEFAULT '';
ALTER TABLE judgement ADD COLUMN waived TEXT NOT NULL DEFAULT '';

-- One rule may be expected at several places.
ALTER TABLE expectation ADD COLUMN instance TEXT NOT NULL DEFAULT '';
ALTER TABLE expectation ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE expectation ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- place.label
-- '8244' where a parameter or the site moves the ports of the rule; '' where they are as printed.
ALTER TABLE expectation ADD COLUMN ports TEXT NOT NULL DEFAULT '';

ALTER TABLE waiver ADD COLUMN position INTEGER NOT NULL DEFAULT 0;	-- in the file
ALTER TABLE waiver ADD COLUMN flows INTEGER NOT NULL DEFAULT 0;		-- that it covered
ALTER TABLE waiver ADD COLUMN broad INTEGER NOT NULL DEFAULT 0;		-- 1: covers very much
-- 'expired' when the run ends after its last day, also when it covered something before; else
-- 'used' or 'unused'.
ALTER TABLE waiver ADD COLUMN status TEXT NOT NULL DEFAULT 'unused';

DROP VIEW v_run;
CREATE VIEW v_run AS
SELECT id AS run, kind, source, filter, site, ending, version,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') END AS started,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') END AS ended,
	strftime('%Y-%m-%dT%H:%M:%SZ', begun_ns / 1000000000, 'unixepoch') AS made,
	packets, frame_bytes AS bytes, duplicates,
	dropped_kernel + dropped_interface + dropped_ring AS dropped,
	flows, conversations, findings, confidence, confidence_why
FROM run;

DROP VIEW v_conversation;
CREATE VIEW v_conversation AS
SELECT c.run, c.n,
	strftime('%Y-%m-%dT%H:%M:%SZ', c.bucket_ns / 1000000000, 'unixepoch') AS bucket,
	cl.address AS client, se.address AS server,
	CASE c.transport WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 132 THEN 'sctp'
		WHEN 1 THEN 'icmp' WHEN 58 THEN 'icmp6' ELSE 'ip-' || c.transport END AS transport,
	c.port, pr.text AS protocol, ap.text AS application, ho.text AS host,
	de.text AS detected_by, di.text AS direction_by,
	j.verdict, r.rule, r.title AS rule_title, j.instance, nr.rule AS nearest,
	j.nearest_instance, j.differs, j.reasons, j.detail, j.waiver, j.waived,
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

DROP VIEW v_finding;
CREATE VIEW v_finding AS
SELECT f.run, f.number, f.verdict, f.kind,
	cl.address AS client, se.address AS server,
	CASE f.transport WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 132 THEN 'sctp'
		WHEN 1 THEN 'icmp' WHEN 58 THEN 'icmp6' ELSE 'ip-' || f.transport END AS transport,
	f.port, pr.text AS protocol, ap.text AS application, ho.text AS host,
	de.text AS detected_by, di.text AS direction_by,
	r.rule, r.title AS rule_title, j.instance, nr.rule AS nearest, j.nearest_instance,
	j.differs, j.reasons, j.detail,
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

DROP VIEW v_expectation;
CREATE VIEW v_expectation AS
SELECT e.run, r.rule, e.instance, e.role, e.place, e.state, r.requirement, c.product, r.title,
	r.transports, CASE e.ports WHEN '' THEN r.ports ELSE e.ports END AS ports, r.protocols,
	e.endpoints, e.conversations, e.flows, e.evidence, c.title AS document, r.section
FROM expectation e
JOIN rule r ON r.id = e.rule
JOIN catalog c ON c.id = r.catalog;

CREATE VIEW v_waiver AS
SELECT run, waiver, status, owner, expires, client, server, transport, port, protocol, reason,
	ticket, broad, conversations, flows
FROM waiver;
