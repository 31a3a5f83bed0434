-- SPDX-License-Identifier: GPL-3.0-or-later
-- Third version: live runs, which are written window by window.

ALTER TABLE run ADD COLUMN down_ns INTEGER NOT NULL DEFAULT 0;	-- without an interface, summed
ALTER TABLE run ADD COLUMN evidence_dropped INTEGER NOT NULL DEFAULT 0; -- packets not kept
-- Wall clock when something was last stored for the run; 0 in runs of older versions.
ALTER TABLE run ADD COLUMN committed_ns INTEGER NOT NULL DEFAULT 0;

-- What was counted from one close of a window to the next. The columns from packets on mean the
-- same as in "run", and add up to it. Made in one transaction with the conversations of the window.
CREATE TABLE window (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	begun_ns INTEGER NOT NULL,	-- wall clock
	ended_ns INTEGER NOT NULL,
	conversations INTEGER NOT NULL,	-- rows that it added to "conversation"
	packets INTEGER NOT NULL,
	frame_bytes INTEGER NOT NULL,
	duplicates INTEGER NOT NULL,
	cut INTEGER NOT NULL,
	dropped_kernel INTEGER NOT NULL,
	dropped_interface INTEGER NOT NULL,
	dropped_ring INTEGER NOT NULL,
	time_backwards INTEGER NOT NULL,
	first_ns INTEGER NOT NULL,	-- at or before the first packet
	last_ns INTEGER NOT NULL,
	files INTEGER NOT NULL,
	files_truncated INTEGER NOT NULL,
	worker_packets INTEGER NOT NULL,
	flows INTEGER NOT NULL,
	flows_evicted INTEGER NOT NULL,
	inspections_evicted INTEGER NOT NULL,
	inspection_calls INTEGER NOT NULL,
	conversations_out INTEGER NOT NULL,
	fragments_unmatched INTEGER NOT NULL,
	sequence_gap_bytes INTEGER NOT NULL,
	tcp_bytes INTEGER NOT NULL,
	one_way_flows INTEGER NOT NULL,
	workers_replaced INTEGER NOT NULL,
	packets_lost INTEGER NOT NULL,
	flows_lost INTEGER NOT NULL,
	judged_early INTEGER NOT NULL,
	down_ns INTEGER NOT NULL,
	evidence_dropped INTEGER NOT NULL,
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- As run_decode, for each window.
CREATE TABLE window_decode (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	reason TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (run, n, reason)
) STRICT, WITHOUT ROWID;

-- Workers that died or hung, with the packet that each had in hand. Not more than 16 a run.
CREATE TABLE crash (
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	when_ns INTEGER NOT NULL,	-- wall clock
	ts_ns INTEGER NOT NULL,		-- of the packet
	number INTEGER NOT NULL,	-- of the packet
	worker INTEGER NOT NULL,
	signal INTEGER NOT NULL,	-- 0: it hung
	ip_bytes INTEGER NOT NULL,	-- on the wire
	packet BLOB NOT NULL,		-- the IP packet as far as it was captured
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

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
	packets, frame_bytes AS bytes, duplicates,
	dropped_kernel + dropped_interface + dropped_ring AS dropped,
	round(down_ns / 1e9, 3) AS down_seconds,
	flows, conversations, findings, confidence, confidence_why
FROM run;

CREATE VIEW v_window AS
SELECT run, n AS window,
	strftime('%Y-%m-%dT%H:%M:%SZ', begun_ns / 1000000000, 'unixepoch') AS begun,
	strftime('%Y-%m-%dT%H:%M:%SZ', ended_ns / 1000000000, 'unixepoch') AS ended,
	packets, frame_bytes AS bytes, duplicates,
	dropped_kernel, dropped_interface, dropped_ring, packets_lost,
	round(down_ns / 1e9, 3) AS down_seconds,
	flows, flows_evicted, conversations, workers_replaced, evidence_dropped
FROM window;

CREATE VIEW v_crash AS
SELECT run, n, strftime('%Y-%m-%dT%H:%M:%SZ', when_ns / 1000000000, 'unixepoch') AS happened,
	worker, signal, number AS packet_number, ip_bytes, length(packet) AS captured, packet
FROM crash;
