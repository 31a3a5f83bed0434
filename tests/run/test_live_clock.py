# SPDX-License-Identifier: GPL-3.0-or-later
"""Live captures on a machine whose clock is set while packets come: nothing is lost or doubled."""
import itertools
import mmap
import os
import shutil
import struct
import subprocess
import threading
import time

from frames import Talk
from live import Wires, check_sums, check_whole, is_sanitized, web
from support import HERE, TIME_SCALE, Skip, check_sums as check_report, expect, expect_equal

SECOND = 10**9
HOUR = 3600
DAY = 24 * HOUR


class Clock:
    """The clock of the machine as a capture sees it: clock_step.c is loaded into that."""

    def __init__(self, bench):
        if is_sanitized():
            raise Skip("what is loaded before the run-time of sanitizers is not for them")
        compiler = shutil.which("cc")
        if compiler is None:
            raise Skip("there is no cc, which would build what sets the clock for the program")
        self.library = bench.path("clock_step.so")
        done = subprocess.run(
            [compiler, "-std=gnu11", "-O1", "-shared", "-fPIC", "-o", self.library,
             os.path.join(HERE, "clock_step.c"), "-ldl"],
            capture_output=True, text=True, timeout=20 * TIME_SCALE, check=False)
        expect_equal(done.returncode, 0, "cc clock_step.c: " + done.stderr)
        self.path = bench.write("clock", bytes(4096))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)
        self.offset = self.count = self.slept = 0

    def env(self):
        return {"LD_PRELOAD": self.library, "FA_CLOCK_STEP": self.path}

    def now_ns(self):
        return time.time_ns() + self.offset

    def step(self, by_s):
        """Sets the clock; returns what it would have shown, and what it shows."""
        at_ns = time.time_ns()
        before_ns = at_ns + self.offset
        self.offset += by_s * SECOND
        struct.pack_into("=qq", self.map, 16 + 16 * self.count, at_ns, self.offset)
        self.count += 1
        struct.pack_into("=q", self.map, 8, self.count)
        return before_ns, before_ns + by_s * SECOND

    def sleep(self, seconds):
        """The machine stood still for so long: both clocks went on."""
        self.slept += seconds * SECOND
        struct.pack_into("=q", self.map, 0, self.slept)
        self.step(seconds)


class Traffic:
    """
    Short connections, and one that is there from the beginning to the end; it is known for what
    it is by how it began. They take the wires in turns.
    """

    def __init__(self, net):
        self.net = net
        self.long = Talk("10.9.0.8", 50022, "10.9.0.9", 22)
        self.long.answer(b"SSH-2.0-OpenSSH_9.2\r\n").say(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.sent = self.sent_long = self.talks = 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run)
        for number in range(net.count):
            net.socket(number)
        self.thread.start()

    def send_long(self):
        frames = self.long.frames[self.sent_long:]
        self.sent += self.net.send(frames)
        self.sent_long += len(frames)

    def run(self):
        self.send_long()
        while not self.end.wait(0.02):
            self.sent += self.net.send(web(self.talks), self.talks % self.net.count)
            self.talks += 1
            self.long.say(b"\x5a" * 52).answer(b"\xa5" * 36)
            self.send_long()
        self.long.close()
        self.send_long()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()


LONG = """
SELECT protocol, sum(flows), sum(packets_to_server + packets_to_client) FROM v_conversation
WHERE port = 22 GROUP BY protocol, client, verdict
"""


def check_conversations(run, traffic):
    """The long connection is one, known throughout; the short ones are all there."""
    expect_equal(run.query(LONG), [("SSH", 1, traffic.sent_long)],
                 "the connection that was open when the clock was set")
    expect_equal(run.query("SELECT protocol, sum(flows) FROM v_conversation WHERE port = 80 "
                           "GROUP BY 1"), [("HTTP", traffic.talks)], "short connections")
    # A window ends a little after the bucket, so it may have the first packets of the next one.
    rows = run.query("SELECT run, bucket_ns, count(*) FROM conversation WHERE port = 22 "
                     "GROUP BY 1, 2 HAVING count(*) > 2")
    expect_equal(rows, [], "the long connection more than once in a bucket")


def check_windows(run, seconds, seconds_after, bucket):
    """They follow each other without gaps in their numbers, as many as there was time for."""
    rows = run.query("SELECT run, n, begun_ns, ended_ns FROM window ORDER BY run, n")
    for _, _, begun, ended in rows:
        expect(begun <= ended, "windows: %r" % rows)
    for number, windows in itertools.groupby(rows, lambda row: row[0]):
        numbers = [row[1] for row in windows]
        expect_equal(numbers, list(range(len(numbers))), "windows of run %d" % number)
    whole = int(seconds / bucket)
    expect(whole - 1 <= len(rows) <= whole + 3,
           "%d windows of %d s in %.1f s: %r" % (len(rows), bucket, seconds, rows))
    after = sum(abs(row[3] - rows[-1][3]) < seconds_after * SECOND for row in rows)
    expect(after >= int(seconds_after / bucket),
           "%d windows within %.1f s of the step: %r" % (after, seconds_after, rows))


def check_times(run, spans, bucket):
    """Everything has a time that the clock has shown."""
    def was_shown(ns, early=0, late=0):
        return any(begun - early <= ns <= ended + late for begun, ended in spans)

    # The window in which it was set back ends by the clock that it began with.
    for begun, ended in run.query("SELECT begun_ns, ended_ns FROM window"):
        expect(was_shown(begun, SECOND) and was_shown(ended, 0, (bucket + 1) * SECOND),
               "a window from %d to %d; the clock showed %r" % (begun, ended, spans))
    for start, first, last in run.query("SELECT bucket_ns, first_seen_ns, last_seen_ns "
                                        "FROM conversation"):
        expect(was_shown(start, bucket * SECOND) and was_shown(first) and was_shown(last),
               "a conversation in bucket %d from %d to %d; the clock showed %r" % (
                   start, first, last, spans))


def check_reports(bench, run):
    """
    Every run is complete, and shows a report. That adds up where there is only one: a connection
    that is not recognised when a run ends counts in the next one.
    """
    runs = run.query("SELECT id, ending FROM run ORDER BY id")
    expect_equal({ending for _, ending in runs}, {"complete"}, "runs")
    for number, _ in runs:
        args = ("report", "--db", run.database, "--run", str(number), "--all")
        shown = bench.run(*args, "--format", "json")
        expect_equal((shown.code, shown.err), (0, b""), "report of run %d" % number)
        if len(runs) == 1:
            check_report(shown.json(), "run %d" % number)
        shown = bench.run(*args)
        expect_equal((shown.code, shown.err), (0, b""), "report of run %d" % number)


def stepped(by_s, *options, told, runs=1, wires=1, bucket=2):
    """The clock is set by so much in the middle of traffic."""
    def test(bench):
        clock = Clock(bench)
        with Wires(bench, wires) as net:
            net.settle()
            named = [word for n in range(wires) for word in ("-i", "tap%d" % n)]
            run = net.capture(*named, "--bucket", "%ds" % bucket, "--retain", "10h",
                              "--rotate", "1d" if runs > 1 else "never", *options,
                              env=clock.env())
            begun, begun_ns = time.monotonic(), clock.now_ns()
            with Traffic(net) as traffic:
                time.sleep(2.2)
                before_ns, after_ns = clock.step(by_s)
                time.sleep(2.5)
            run.wait_told("the clock ", told)
            if abs(by_s) > HOUR:
                run.wait_told("the clock was set by more than an hour: nothing is removed")
            run.stop()
            seconds = time.monotonic() - begun
            spans = ((begun_ns, before_ns), (after_ns, clock.now_ns()))
            expect_equal(check_sums(run.database, traffic.sent), (0, 0, 0), "losses")
            expect_equal(run.value("SELECT count(*) FROM run"), runs, "runs")
            check_windows(run, seconds, (spans[1][1] - spans[1][0]) / SECOND, bucket)
            expect(run.value("SELECT sum(time_backwards) FROM run") < traffic.sent / 10,
                   "packets went back in time again and again")
            check_conversations(run, traffic)
            check_times(run, spans, bucket)
            check_reports(bench, run)
            check_whole(run.database)
    return test


def nothing_removed(bench):
    """What only seems to be old stays, though what is old goes."""
    clock = Clock(bench)
    options = ("--bucket", "1s", "--rotate", "1d", "--retain", "10h")
    with Wires(bench) as net:
        clock.step(-365 * DAY)
        run = net.capture(*options, env=clock.env())
        net.send(web(1))
        run.stop()
        expect_equal(check_sums(run.database, len(web(1))), (0, 0, 0), "losses a year ago")
        clock.step(365 * DAY)
        run = net.capture(*options, env=clock.env(), database=run.database, folder=run.folder)
        run.until(lambda: run.query("SELECT id FROM run") == [(2,)], 5, "the old run is removed")
        net.send(web(2))
        run.wait_stored(len(web(2)))
        clock.step(DAY)
        run.until(lambda: run.value("SELECT max(id) FROM run") == 3, 5, "the run of tomorrow")
        run.wait_told("nothing is removed")
        clock.sleep(700)  # it looks for what is old every 10 minutes
        run.wait_windows(2)
        time.sleep(1)
        run.stop()
        expect_equal(run.query("SELECT id, packets FROM run"), [(2, len(web(2))), (3, 0)], "runs")
        expect_equal(check_sums(run.database, len(web(2))), (0, 0, 0), "losses")
        check_reports(bench, run)


TESTS = [
    ("back-an-hour", stepped(-HOUR - 1, told="back by 1 h")),
    ("back-in-a-bucket", stepped(-7, told="back by 7 s", bucket=HOUR)),
    ("back-many", stepped(-HOUR - 1, "--workers", "2", "--capture-threads", "2", wires=2,
                          told="back by 1 h")),
    ("forward-a-day", stepped(DAY, told="forward by 1 day", runs=2)),
    ("nothing-removed", nothing_removed),
]
for _, _test in TESTS:
    _test.waits = True
