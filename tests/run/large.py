#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Makes the last run of a database large: large.py DATABASE ROWS [SEED [SPREAD]]. Its conversations, as many
as wanted, are between 20,000 clients of 200 networks and 2,000 servers, of which a network uses at
most SPREAD; SEED moves one in a thousand. What they are judged to be is taken from those that the
run has.
"""
import ipaddress
import sqlite3
import sys

CLIENTS, NETWORKS, SERVERS = 20000, 200, 2000
PORTS = (22, 53, 80, 123, 389, 443, 636, 1433, 3306, 5432, 5672, 6443, 8080, 8243, 8443, 9443)


def add_hosts(db, first, addresses):
    """Numbers of the hosts, which are added where they are not there."""
    db.executemany("INSERT OR IGNORE INTO host (address, sort) VALUES (?, ?)",
                   [(str(a), b"\4" + a.packed) for a in addresses])
    numbers = dict(db.execute("SELECT address, id FROM host"))
    db.execute("CREATE TEMP TABLE %s (n INTEGER PRIMARY KEY, id INTEGER)" % first)
    db.executemany("INSERT INTO %s VALUES (?, ?)" % first,
                   [(n, numbers[str(a)]) for n, a in enumerate(addresses)])


def grow(path, rows, seed=0, spread=20):
    db = sqlite3.connect(path)
    run, = db.execute("SELECT max(id) FROM run").fetchone()
    base = ipaddress.ip_address("10.100.0.0")
    each = CLIENTS // NETWORKS
    add_hosts(db, "client", [base + (n // each) * 256 + n % each + 1 for n in range(CLIENTS)])
    add_hosts(db, "server", [ipaddress.ip_address("10.200.0.0") + n for n in range(SERVERS)])
    db.execute("CREATE TEMP TABLE port (n INTEGER PRIMARY KEY, port INTEGER)")
    db.executemany("INSERT INTO port VALUES (?, ?)", list(enumerate(PORTS)))
    db.execute("CREATE TEMP TABLE pattern AS SELECT row_number() OVER () - 1 AS n, * FROM "
               "(SELECT * FROM conversation WHERE run = ? AND transport = 6 "
               "GROUP BY protocol, judgement)", (run,))
    patterns, = db.execute("SELECT count(*) FROM pattern").fetchone()
    columns = [row[1] for row in db.execute("PRAGMA table_info(conversation)")]
    first, = db.execute("SELECT max(n) + 1 FROM conversation WHERE run = ?", (run,)).fetchone()
    # A row: which client, server and port follows from its number, and 1 in 100 from the seed.
    values = {"run": str(run), "n": "?1 + c.n", "client": "cl.id", "server": "s.id",
              "port": "po.port", "finding": "NULL", "client_port": "0"}
    db.execute(
        "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2), "
        "k(n, x) AS (SELECT n, n * 7919 + n / 997 * 31 + "
        "CASE WHEN n %% 1000 = 7 THEN ?3 * 7919 ELSE 0 END FROM c) "
        "INSERT INTO conversation (%s) SELECT %s FROM k AS c "
        "CROSS JOIN client cl ON cl.n = c.x %% %d "
        "CROSS JOIN server s ON s.n = (c.x / 100 * 17 + c.n %% ?4) %% %d "
        "CROSS JOIN port po ON po.n = s.n * 7 %% %d "
        "CROSS JOIN pattern p ON p.n = (s.n * 31 + po.n) %% %d"
        % (", ".join(columns), ", ".join(values.get(c, "p." + c) for c in columns), CLIENTS,
           SERVERS, len(PORTS), patterns), (first, rows, seed, spread))
    db.execute("UPDATE run SET conversations = conversations + ? WHERE id = ?", (rows, run))
    db.commit()
    db.close()


if __name__ == "__main__":
    grow(sys.argv[1], *map(int, sys.argv[2:]))
