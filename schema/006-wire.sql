-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sixth version: how frames are taken apart, what wrapped them, where they were captured, and what
-- was lost before the tap between whom.

-- The settings of a run; the defaults are what older versions did.
ALTER TABLE run ADD COLUMN max_headers INTEGER NOT NULL DEFAULT 8;	-- nested in one frame
ALTER TABLE run ADD COLUMN tunnel_ports TEXT NOT NULL DEFAULT 'none';	-- 'vxlan=4789,8472 ...'
ALTER TABLE run ADD COLUMN flow_key TEXT NOT NULL DEFAULT 'plain';	-- 'vlan': VLANs tell flows apart
ALTER TABLE run ADD COLUMN duplicates_mode TEXT NOT NULL DEFAULT 'off';	-- 'auto', 'on', 'off'
ALTER TABLE run ADD COLUMN duplicates_within_ns INTEGER NOT NULL DEFAULT 0;

-- Packets repeated word for word, of which nothing shows that they are copies: they count.
ALTER TABLE run ADD COLUMN duplicates_left INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "window" ADD COLUMN duplicates_left INTEGER NOT NULL DEFAULT 0;
-- TCP bytes that were acknowledged and never seen; sequence_gap_bytes has those that a later
-- segment jumped over.
ALTER TABLE run ADD COLUMN acked_unseen_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "window" ADD COLUMN acked_unseen_bytes INTEGER NOT NULL DEFAULT 0;

-- What was wrapped around the decoded packets of a run: 'vlan', 'vxlan', 'erspan' ... A packet
-- counts once for each kind that it came in.
CREATE TABLE run_layer (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	layer TEXT NOT NULL,
	packets INTEGER NOT NULL,
	PRIMARY KEY (run, layer)
) STRICT, WITHOUT ROWID;

-- Where the packets of a run were captured: the interfaces of a live run, or those that capture
-- files describe. The first 64; run.interfaces_more are not listed.
CREATE TABLE run_interface (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	name TEXT NOT NULL,		-- '' when the file has no name for it
	link_type INTEGER NOT NULL,	-- LINKTYPE_ value
	input INTEGER NOT NULL,		-- run_input.n of the file; 0 when live
	packets INTEGER NOT NULL,
	dropped_kernel INTEGER,		-- NULL: nobody counted
	dropped_interface INTEGER,	-- NULL: the same
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN interfaces_more INTEGER NOT NULL DEFAULT 0;

-- The outermost VLAN tags, only in runs with the flow key 'vlan'; 0: none.
ALTER TABLE conversation ADD COLUMN vlan INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN inner_vlan INTEGER NOT NULL DEFAULT 0;

DROP VIEW v_run;
CREATE VIEW v_run AS
SELECT id AS run, kind, source, filter, site, ending, version,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') END AS started,
	CASE WHEN packets > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') END AS ended,
	strftime('%Y-%m-%dT%H:%M:%SZ', begun_ns / 1000000000, 'unixepoch') AS made,
	CASE WHEN committed_ns > 0 THEN
		strftime('%Y-%m-%dT%H:%M:%SZ', committed_ns / 1000000000, 'unixepoch') END
		AS committed,
	packets, frame_bytes AS bytes, duplicates_mode, duplicates, duplicates_left,
	dropped_kernel + dropped_interface + dropped_ring AS dropped,
	sequence_gap_bytes + acked_unseen_bytes AS tcp_bytes_missing, one_way_flows,
	round(down_ns / 1e9, 3) AS down_seconds,
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
	tu.text AS tunnel, c.tunnel_id, c.vlan, c.inner_vlan
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

-- TCP between two hosts as far as the tap missed some of it: bytes that were never seen, or a whole
-- direction. "bytes" are IP bytes that were seen. "one_way" names the direction that was seen, where
-- more came from it than attempts nobody answered; '' where both were.
CREATE VIEW v_loss AS
SELECT l.run, cl.address AS client, se.address AS server, l.flows, l.bytes, l.missing,
	round(l.missing * 1.0 / (l.bytes + l.missing), 6) AS share, l.to_server, l.to_client,
	l.one_way
FROM (SELECT *, CASE WHEN to_client = 0 AND talks THEN 'to server'
		WHEN to_server = 0 AND talks THEN 'to client' ELSE '' END AS one_way
	FROM (SELECT run, client, server, sum(flows) AS flows,
		sum(bytes_to_server + bytes_to_client) AS bytes, sum(sequence_gaps) AS missing,
		sum(packets_to_server) AS to_server, sum(packets_to_client) AS to_client,
		sum(refused + half_open + established + midstream + closed + reset) > 0 OR
			(sum(payload_packets) > 0 AND sum(flows) > sum(attempted + unreachable))
			AS talks
		FROM conversation WHERE transport = 6 GROUP BY run, client, server)) l
JOIN host cl ON cl.id = l.client
JOIN host se ON se.id = l.server
WHERE l.missing > 0 OR l.one_way <> '';
