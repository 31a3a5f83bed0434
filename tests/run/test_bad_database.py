# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases that are locked, broken, foreign, newer, or on a full disk."""
import os
import re
import sqlite3
import threading
import time
import xml.etree.ElementTree as ElementTree

from support import (PROGRAM, RULES, Skip, TIME_SCALE, TOP, capture, expect, expect_equal, read)

WEB = capture("web.pcap")


def filled(bench):
    database = bench.database()
    bench.audit("--db", database, WEB)
    return database


def everyone_refuses(bench, database, *saying):
    """audit, report and runs say the same of it; nobody changes it."""
    before = read(database)
    name = os.path.basename(database)
    for args in (("audit", "--rules", RULES, WEB), ("report",), ("runs", "list")):
        bench.fails(*args, "--db", database, saying=(name,) + saying)
        expect_equal(read(database), before, "%s changed %s: its bytes" % (args[0], name))


def garbage(bench):
    for name, content in (("noise.db", bytes(range(256)) * 40), ("text.db", b"a diary\n" * 300),
                          ("short.db", b"SQLite form")):
        everyone_refuses(bench, bench.write(name, content), "not an SQLite database")


def empty_file(bench):
    """An empty file is an empty SQLite database: an audit may fill it, a report has nothing."""
    path = bench.write("empty.db", b"")
    bench.fails("report", "--db", path, saying=("empty.db",))
    bench.audit("--db", path, WEB)
    expect_equal(bench.run("report", "--db", path).code, 0, "report of the filled database")


def not_ours(bench):
    path = bench.path("shop.db")
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE customer (name TEXT)")
    db.close()
    everyone_refuses(bench, path, "not")


def newer(bench):
    database = filled(bench)
    with sqlite3.connect(database) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version = %d" % (version + 1))
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    everyone_refuses(bench, database, "newer")


def corrupt(bench):
    """Pages in the middle overwritten: told as such, by whoever meets them."""
    database = filled(bench)
    content = bytearray(read(database))
    for page in range(2, len(content) // 4096):
        content[page * 4096:page * 4096 + 2048] = b"\xa5" * 2048
    path = bench.write("corrupt.db", bytes(content))
    for args in (("audit", "--rules", RULES, WEB), ("report",)):
        bench.fails(*args, "--db", path, saying=("corrupt.db", "malformed"))
    path = bench.write("cut.db", bytes(read(database)[:len(content) // 2]))
    for args in (("audit", "--rules", RULES, WEB), ("report",)):
        bench.fails(*args, "--db", path, saying=("cut.db", "malformed"))


def places(bench):
    for path, why in (("/nonexistent/a.db", "/nonexistent"), (bench.folder, "not a file"),
                      (WEB + "/a.db", "web.pcap")):
        bench.fails("audit", "--rules", RULES, WEB, "--db", path, saying=(why,))
    for args in (("report",), ("runs", "list"), ("runs", "show", "1")):
        bench.fails(*args, "--db", "nowhere.db", saying=("nowhere.db", "no such database"))
    expect_equal(os.listdir(bench.folder), [], "files made by commands that failed")


def no_such_run(bench):
    database = filled(bench)
    for args in (("report", "--run", "2"), ("runs", "show", "2")):
        bench.fails(*args, "--db", database, saying=("run 2",))
    bench.fails("report", "--run", "0", "--db", database)


HARMFUL = ("\x1b[2Jred\u202e", "a\u2028b", "\ufffe")
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f"
                         "\u2028-\u202e\ufffe\uffff]")
# Words that the program knows; what they mean is lost with them.
KNOWN = {"verdict", "kind", "ending", "state", "requirement", "transports", "json", "address",
         "digest"}


def edit(database, *statements):
    with sqlite3.connect(database) as db:
        for one in statements:
            db.execute(*one) if isinstance(one, tuple) else db.execute(one)
    db.close()


def harmful_texts(database):
    """Every text that is free, each column in a way of its own, and digests that are none."""
    with sqlite3.connect(database) as db:
        tables = [row[0] for row in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
            "('verdict', 'detection', 'direction') AND name NOT LIKE 'sqlite%'")]
        for number, (table, column) in enumerate(
                (table, row[1]) for table in tables
                for row in db.execute("SELECT * FROM pragma_table_info(?)", (table,))
                if row[2] == "TEXT" and (row[1] not in KNOWN or table == "site")):
            db.execute("UPDATE OR IGNORE %s SET %s = ? || %s" % (table, column, column),
                       (HARMFUL[number % len(HARMFUL)],))
    db.close()


def harmless(bench, database, *args):
    result = bench.run(*args, "--db", database)
    expect(result.code in (0, 1), "%s: %d, %r" % (args, result.code, result.err))
    found = UNPRINTABLE.search(result.out.decode("utf-8"))
    expect(found is None, "%s prints %r: %r" % (args, found, result.out[
        max(0, found.start() - 80 if found else 0):][:200]))
    return result


def edited(bench):
    """A database from somebody else: each text in it is harmless, each number is only a number."""
    database = bench.database()
    bench.audit("--db", database, "--site", "pcaps/lab-deviations.site.yaml", "--waivers",
                "pcaps/lab-deviations.waivers.yaml", "pcaps/lab-deviations.pcap", cwd=TOP)
    bench.run("runs", "baseline", "--db", database, "good", "1")
    edit(database, "UPDATE rule SET line = -1", "UPDATE finding SET number = -number",
         "UPDATE conversation SET finding = -finding",
         ("UPDATE run SET site_digest = ?, waivers_digest = ?", HARMFUL[:2]))
    harmful_texts(database)
    for form in "text", "json", "csv", "markdown", "sarif", "junit", "html":
        made = harmless(bench, database, "report", "--all", "--format", form)
        if form == "json":
            made.json()
        elif form == "junit":
            ElementTree.fromstring(made.out)
        elif form == "sarif":
            expect(b'"startLine":-' not in made.out, "a line below the first")
            made.json()
    for verb in "list", "show", "baseline", "nights":
        harmless(bench, database, "runs", verb)
    told = bench.fails("drift", "--db", database, "--baseline", "nobody", saying=("\\x",))
    expect(not UNPRINTABLE.search(told.err.decode("utf-8")), "message: %r" % told.err)


def baseline_gone(bench):
    """Whoever deletes a run by hand leaves its baseline: it is listed, and can be named anew."""
    database = filled(bench)
    bench.run("runs", "baseline", "--db", database, "good")
    edit(database, "PRAGMA foreign_keys = OFF", "DELETE FROM run", "UPDATE baseline SET run = 7")
    bench.audit("--db", database, WEB)
    listed = bench.run("runs", "baseline", "--db", database)
    expect_equal((listed.code, listed.err), (0, b""), "the list")
    expect("7" in listed.text() and "gone" in listed.text(), listed.text())
    bench.fails("drift", "--db", database, "--baseline", "good", saying=("good", "7", "gone"))


def hold(database, kind, ready, seconds):
    with sqlite3.connect(database, isolation_level=None, timeout=10) as db:
        db.execute("BEGIN " + kind)
        ready.set()
        seconds.wait(60 * TIME_SCALE)
        db.execute("ROLLBACK")
    db.close()


def locked_a_while(bench):
    """Another program writes for two seconds: the audit waits and succeeds."""
    database = filled(bench)
    ready, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, args=(database, "EXCLUSIVE", ready, release))
    holder.start()
    try:
        expect(ready.wait(10), "no lock")
        process = bench.start("audit", "-q", "--rules", RULES, "--db", database, WEB)
        time.sleep(2)
        expect(process.poll() is None, "the audit did not wait for the lock")
    finally:
        release.set()
        holder.join()
    result = bench.finish(process, timeout=40)
    expect_equal(result.code, 0, "exit status after the lock was gone: %r" % result.err)
    listed = bench.run("runs", "list", "--db", database, "--format", "json").json()["runs"]
    expect_equal([r["result"] for r in listed], ["complete"] * 2, "runs")


def locked_for_good(bench):
    """The lock stays: a message names the database and the time waited."""
    database = filled(bench)
    ready, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, args=(database, "EXCLUSIVE", ready, release))
    holder.start()
    try:
        expect(ready.wait(10), "no lock")
        bench.fails("audit", "--rules", RULES, "--db", database, WEB, timeout=50,
                    saying=(os.path.basename(database), "lock"))
    finally:
        release.set()
        holder.join()


locked_for_good.waits = True
locked_a_while.waits = True


def full_disk(bench):
    """No room (a limit on the size of files): told, and what was stored before stays."""
    for blocks in (8, 40, 80, 200):  # of 512 bytes, or of 1024, as the shell pleases
        path = bench.path("small%d.db" % blocks)
        limited = ("/bin/sh", "-c", "trap '' XFSZ; ulimit -f %d && exec \"$@\"" % blocks, "sh")
        for workers in ("0", "2"):
            result = bench.run("audit", "--rules", RULES, "--db", path, "-w", workers, WEB,
                               before=limited)
            if result.code == 0:
                continue
            expect_equal(result.code, 2, "exit status with %d blocks: %r" % (blocks, result.err))
            told = result.messages()
            expect(len(told) == 1 and os.path.basename(path) in told[0], "told: %r" % told)
            if os.path.exists(path) and os.path.getsize(path) > 0:
                check_sound(path)
    database = filled(bench)
    size = os.path.getsize(database)
    limited = ("/bin/sh", "-c", "trap '' XFSZ; ulimit -f %d && exec \"$@\"" % (size // 1024), "sh")
    result = bench.run("audit", "--rules", RULES, "--db", database, "-q", *[
        capture(name) for name in ("dns.pcap", "ssh.pcap", "web.pcap")], before=limited)
    expect(result.code in (0, 2), "exit status %d" % result.code)
    check_sound(database)
    first = bench.run("report", "--run", "1", "--db", database, "--format", "json").json()
    expect_equal((first["run"]["result"], first["run"]["packets"]), ("complete", 56), "run 1")


def check_sound(path):
    with sqlite3.connect(path) as db:
        expect_equal(db.execute("PRAGMA integrity_check").fetchone()[0], "ok", path)
    db.close()


def full_device(bench):
    """A real full file system, where one can be made (needs the right to mount)."""
    import subprocess
    os.mkdir(bench.path("disk"))
    mounted = subprocess.run(["unshare", "--mount", "sh", "-c",
                              "mount -t tmpfs -o size=64k none disk && exec \"$@\"", "sh",
                              PROGRAM, "audit", "--rules", RULES, "--db", "disk/a.db", WEB],
                             cwd=bench.folder, capture_output=True, check=False,
                             timeout=30 * TIME_SCALE, env=dict(os.environ, LC_ALL="C"))
    told = mounted.stderr.decode()
    if "flowaudit" not in told:
        raise Skip("no tmpfs can be mounted: " + told.strip())
    expect_equal(mounted.returncode, 2, "exit status: " + told)
    expect(told.count("\n") == 1 and "disk/a.db" in told and "full" in told, "told: " + told)


def two_at_once(bench):
    """Two audits into one database: both succeed, both runs are whole."""
    for start in ("new", "old"):
        database = bench.database() if start == "new" else filled(bench)
        names = ("web.pcap", "ldap.pcap")
        both = [bench.start("audit", "-q", "--rules", RULES, "--db", database, "--format",
                            "json", capture(name)) for name in names]
        reports = [bench.finish(process, timeout=40) for process in both]
        for name, result in zip(names, reports):
            expect_equal((result.code, result.err), (0, b""), "%s, %s database" % (name, start))
        listed = bench.run("runs", "list", "--db", database, "--format", "json").json()["runs"]
        expect_equal([r["result"] for r in listed], ["complete"] * len(listed), "runs")
        expect_equal(len(listed), 2 if start == "new" else 3, "number of runs")
        for name, result in zip(names, reports):
            report = result.json()
            alone = bench.audit("--format", "json", capture(name)).json()
            expect_equal(report["conversations"], alone["conversations"], name)
            again = bench.run("report", "--db", database, "--format", "json", "--run",
                              str(report["run"]["id"]))
            expect_equal(again.out, result.out, "report of " + name)
        check_sound(database)


TESTS = [("locked-for-good", locked_for_good), ("locked-a-while", locked_a_while),
         ("garbage", garbage), ("empty-file", empty_file), ("not-ours", not_ours),
         ("newer", newer), ("corrupt", corrupt), ("places", places),
         ("no-such-run", no_such_run), ("full-disk", full_disk), ("full-device", full_device),
         ("two-at-once", two_at_once), ("edited", edited), ("baseline-gone", baseline_gone)]
