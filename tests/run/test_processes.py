# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals, and processes that die."""
import os
import signal
import subprocess
import time

from frames import Talk, pcap
from support import (RULES, TIME_SCALE, capture, check_sums, expect, expect_equal, read)

WEB = capture("web.pcap")


def members(group):
    """Processes of a process group, zombies not counted."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(pid))
    return found


def until(condition, seconds, what):
    end = time.monotonic() + seconds * TIME_SCALE
    while not condition():
        expect(time.monotonic() < end, "not within %g s: %s" % (seconds * TIME_SCALE, what))
        time.sleep(0.02)


def is_begun(bench, database):
    """Whether a reader can see that a run was begun."""
    listed = bench.run("runs", "list", "--db", database, "--format", "json")
    return listed.code == 0 and bool(listed.json()["runs"])


def slowly(bench, workers, data=None):
    """An audit of standard input that has got a capture and waits for more of it."""
    database = bench.database()
    process = bench.start("audit", "-q", "--rules", RULES, "--db", database, "--workers", workers,
                          "--format", "json", "-", stdin=subprocess.PIPE)
    process.stdin.write(data or read(WEB))
    process.stdin.flush()
    wanted = 1 if workers == "0" else int(workers) + 2
    until(lambda: len(members(process.pid)) == wanted or process.poll() is not None, 10,
          "%d processes" % wanted)
    until(lambda: os.path.exists(database), 10, "a database")
    until(lambda: is_begun(bench, database), 10, "a run in the database")
    time.sleep(0.5 * TIME_SCALE)
    expect(process.poll() is None, "ended before the end of its input")
    return process, database


def ended_by(number, workers):
    def test(bench):
        process, database = slowly(bench, workers)
        group = process.pid
        meanwhile = bench.run("runs", "list", "--db", database, "--format", "json", timeout=5)
        expect_equal([r["result"] for r in meanwhile.json()["runs"]], ["unfinished"],
                     "the run while it goes on")
        process.send_signal(number)
        result = bench.finish(process)
        expect_equal((result.code, result.err), (0, b""), "exit status and messages")
        report = result.json()
        check_sums(report, "interrupted")
        expect_equal(report["run"]["result"], "interrupted", "result of the run")
        # The reader's own buffer may keep back the last packets of a pipe that goes on.
        expect(report["run"]["packets"] >= 50, "packets: %d" % report["run"]["packets"])
        expect_equal(members(group), [], "processes left")
        again = bench.run("report", "--db", database, "--format", "json")
        expect_equal(again.out, result.out, "report of the interrupted run")
        text = bench.run("report", "--db", database).text()
        expect("interrupted" in text, "the text report does not say so")
    return test


def killed(workers):
    """kill -9 of the main process: nobody survives it, and the database opens."""
    def test(bench):
        process, database = slowly(bench, workers)
        group = process.pid
        process.kill()
        process.stdin.close()
        process.stdin = None
        process.wait()
        until(lambda: members(group) == [], 3, "the end of the other processes")
        process.stdout.close()
        process.stderr.close()
        listed = bench.run("runs", "list", "--db", database, "--format", "json")
        expect_equal((listed.code, listed.err), (0, b""), "runs list")
        results = [run["result"] for run in listed.json()["runs"]]
        expect(results in (["unfinished"], ["interrupted"], []), "runs: %r" % results)
        second = bench.audit("--db", database, "--format", "json", WEB).json()
        expect_equal(second["run"]["result"], "complete", "the next audit")
        if results:
            shown = bench.run("report", "--run", "1", "--db", database)
            expect_equal(shown.code, 0, "report of the killed run: %r" % shown.err)
            expect("unfinished" in shown.text() or "interrupted" in shown.text(),
                   "the report does not say that the run is not whole")
    return test


def child_killed(bench):
    """kill -9 of each child in turn: the audit ends, says what happened, leaves nobody behind."""
    frames = []
    for port in range(40000, 42000):  # more than the reader's buffer; flows that stay open
        frames += Talk("10.9.0.%d" % (port % 50 + 10), port, "10.9.0.2", 80).say(
            b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n").frames
    losses = 0
    for victim in range(3):
        process, database = slowly(bench, "2", pcap(frames))
        children = sorted(set(members(process.pid)) - {process.pid})
        expect_equal(len(children), 3, "children")
        os.kill(children[victim], signal.SIGKILL)
        time.sleep(0.3)
        result = bench.finish(process, given=b"")
        expect(result.code in (0, 2), "exit status %d" % result.code)
        expect_equal(members(process.pid), [], "processes left")
        if result.code == 2:
            expect(len(result.messages()) >= 1, "not a word about it")
        else:
            report = result.json()
            check_sums(report, "with a worker replaced")
            lost = report["run"]["lost"]
            expect_equal(lost["workers_replaced"], 1, "workers replaced")
            # A worker that had no packet yet takes nothing with it.
            if lost["packets"] + lost["flows"] > 0:
                losses += 1
                expect(report["run"]["confidence"] != "high", "confidence with %r" % lost)
        opened = bench.run("runs", "list", "--db", database)
        expect_equal(opened.code, 0, "runs list afterwards")
    expect(losses > 0, "no worker that died had anything to lose")


def reader_gone(bench):
    """The reader of the report goes away (head): no crash, no message storm, all stored."""
    database = bench.database()
    process = bench.start("audit", "-q", "--rules", RULES, "--db", database, "--flows", "-",
                          "-", stdin=subprocess.PIPE)
    process.stdout.close()
    process.stdout = None
    frames = []
    for port in range(40000, 40400):
        frames += Talk("10.9.0.1", port, "10.9.0.2", 80).say(b"GET / HTTP/1.0\r\n\r\n").close()
    result = bench.finish(process, given=pcap(frames))
    expect(result.code in (0, 2), "exit status %d" % result.code)
    expect(len(result.messages()) <= 1, "messages: %r" % result.messages()[:5])
    stored = bench.run("report", "--db", database, "--format", "json").json()
    expect_equal(stored["run"]["packets"], len(frames), "packets stored")


def slow_pipe(bench):
    """A capture that comes in drops is as good as a file."""
    data = read(WEB)
    process = bench.start("audit", "-q", "--rules", RULES, "--db", bench.database(), "--format",
                          "json", "-", stdin=subprocess.PIPE)
    for start in range(0, len(data), 500):
        process.stdin.write(data[start:start + 500])
        process.stdin.flush()
        time.sleep(0.01)
    got = bench.finish(process, given=b"").json()
    whole = bench.audit("--format", "json", WEB).json()
    expect_equal(got["conversations"], whole["conversations"], "conversations")


TESTS = [("sigint", ended_by(signal.SIGINT, "2")), ("sigterm", ended_by(signal.SIGTERM, "2")),
         ("sigint-one-process", ended_by(signal.SIGINT, "0")), ("sigkill", killed("2")),
         ("sigkill-one-process", killed("0")), ("child-killed", child_killed),
         ("reader-gone", reader_gone), ("slow-pipe", slow_pipe)]
for _, _test in TESTS:
    _test.waits = True
