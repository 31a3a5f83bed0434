-- SPDX-License-Identifier: GPL-3.0-or-later
-- Fourth version: runs that others are compared with.

-- A run that somebody declared good, under a name. Pruning keeps it.
CREATE TABLE baseline (
	name TEXT PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	made_ns INTEGER NOT NULL	-- wall clock when it was declared
) STRICT, WITHOUT ROWID;

CREATE VIEW v_baseline AS
SELECT name, run, strftime('%Y-%m-%dT%H:%M:%SZ', made_ns / 1000000000, 'unixepoch') AS made
FROM baseline;
