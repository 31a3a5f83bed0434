# SPDX-License-Identifier: GPL-3.0-or-later
"""Live captures judge as replays do, in windows and runs that lose nothing; and what they cost."""
import json
import os
import sqlite3
import threading
import time

from frames import pcap, udp, unreachable
from live import (CONVERSATIONS, NEVER_IN_A_TEST, VERDICTS, Wires, all_frames, check_sums,
                  check_whole, frames_of, is_sanitized, query, web)
from support import RULES, TIME_SCALE, TOP, capture, conversations, expect, expect_equal
from test_wrapped import beyond_the_router


# --- as a replay --------------------------------------------------------------------------------

def judged(bench, database):
    """All that a run found, without times and numbers of packets in the capture."""
    shown = bench.run("report", "--db", database, "--format", "json", "--all")
    expect_equal((shown.code, shown.err), (0, b""), "report")
    report = shown.json()
    findings = [{key: value for key, value in one.items() if not key.endswith("_seen")}
                for one in report["findings"]]
    return {
        "packets": (report["run"]["packets"], report["run"]["bytes"], report["run"]["decoded"]),
        "summary": report["summary"],
        "verdicts": query(database, VERDICTS),
        "rows": query(database, CONVERSATIONS),
        "conversations": sorted(map(json.dumps, conversations(report))),
        "findings": findings,
        "expectations": report["expectations"],
    }


def same(got, wanted, what):
    for part in wanted:
        if got[part] == wanted[part]:
            continue
        if not isinstance(wanted[part], list):
            expect_equal(got[part], wanted[part], what + ": " + part)
        left = [row for row in wanted[part] if row not in got[part]]
        more = [row for row in got[part] if row not in wanted[part]]
        expect(False, "%s: %s: missing %.900r, instead %.900r" % (what, part, left[:3], more[:3]))


def upstream(frame):
    """Whether a frame goes to the higher address of its two: so that each wire has one way."""
    at = 14
    while frame[at - 2:at] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    if frame[at - 2:at] == b"\x08\x00":
        return frame[at + 12:at + 16] < frame[at + 16:at + 20]
    return frame[at + 8:at + 24] < frame[at + 24:at + 40]


def as_replay(*options, wires=1, interfaces=("tap0",), frames=all_frames, audit=()):
    def test(bench):
        with Wires(bench, wires) as net:
            sent = frames()
            reference = bench.database()
            bench.audit("--db", reference, *NEVER_IN_A_TEST[:2], *audit,
                        bench.write("sent.pcap", pcap([(n * 20, f) for n, f in enumerate(sent)])))
            named = [word for name in interfaces for word in ("-i", name)]
            run = net.capture(*NEVER_IN_A_TEST, *named, *options, *audit)
            net.send([(int(wires > 1 and upstream(f)), f) for f in sent])
            run.stop()
            expect_equal(sum(net.arrived(n) for n in range(wires)), len(sent), "packets arrived")
            expect_equal(check_sums(run.database, len(sent)), (0, 0, 0), "losses")
            expect_equal(run.query("SELECT count(*) FROM window"), [(1,)], "windows")
            got, wanted = judged(bench, run.database), judged(bench, reference)
            if "any" in interfaces:  # whose frames have another header
                got["packets"], wanted["packets"] = got["packets"][::2], wanted["packets"][::2]
            same(got, wanted, "live, not as its replay")
    return test


def tunnels():
    """Every tunnel that there is a recording of, one after the other. The same connection goes
    through all of them, so that they are not for several threads: their ends differ."""
    folder = os.path.join(TOP, "pcaps", "tunnels")
    names = [name for name in sorted(os.listdir(folder)) if name.endswith(".pcap")]
    return [frame for name in names for frame in frames_of(os.path.join(folder, name))]


def doubled():
    """What two mirrors see of the laboratory, each packet and then its copy one router on."""
    frames = list(frames_of(capture("lab-wso2.pcap")))
    return [copy for frame in frames for copy in (frame, beyond_the_router(frame))]


def lab(name):
    path = capture("lab-%s.pcap" % name)
    return as_replay(frames=lambda: list(frames_of(path)),
                     audit=("--site", path.replace(".pcap", ".site.yaml")))


def errors(bench):
    """An error that follows at once finds the flow that it is about, however many threads read."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--capture-threads", "4")
        frames = []
        for number in range(100):
            tried = udp("10.9.1.%d" % (1 + number), 20000, "10.9.2.%d" % (1 + number % 7), 9000,
                        b"hello")
            frames += [tried, unreachable("10.9.3.1", tried)]
        net.send(frames)
        run.stop()
        check_sums(run.database, len(frames))
        expect_equal(run.query("SELECT reasons LIKE '%unreachable%', sum(flows) FROM v_conversation"
                               " WHERE transport = 'udp' GROUP BY 1"), [(1, 100)],
                     "whether errors were seen after what they are about, flows")


def filtered(bench):
    """A filter is the kernel's: what it leaves out is nobody's loss."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "-f", "port 80")
        frames = web(1) + list(frames_of(capture("dns.pcap")))
        net.send(frames)
        run.stop()
        check_sums(run.database, len(web(1)))
        expect_equal(run.query("SELECT filter, source, kind FROM run"),
                     [("port 80", "tap0", "live")], "what the run says of itself")


def snapped(bench):
    """--snaplen: cut packets are counted as cut, and their bytes are those on the wire."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--snaplen", "96")
        frames = list(frames_of(capture("ssh.pcap")))
        net.send(frames)
        run.stop()
        check_sums(run.database, len(frames))
        expect_equal(run.query("SELECT cut, frame_bytes FROM run"),
                     [(sum(len(f) > 96 for f in frames), sum(map(len, frames)))], "cut, bytes")


# --- windows and runs ---------------------------------------------------------------------------

class Traffic:
    """Connections on a wire, steadily, until told to stop."""

    def __init__(self, net, each_s=0.05):
        self.net = net
        self.each_s = each_s
        self.sent = 0
        self.talks = 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.net.socket(0)
        self.thread.start()

    def run(self):
        while not self.end.wait(self.each_s):
            self.sent += self.net.send(web(self.talks))
            self.talks += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()


def watch_windows(run, seconds):
    """(end of a window, when it was seen in the database) of windows stored within that time."""
    seen, late = 0, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rows = run.query("SELECT ended_ns, packets FROM window WHERE run = 1 AND n >= ?", seen)
        late += [(time.time() - ended / 1e9, packets) for ended, packets in rows]
        seen += len(rows)
        time.sleep(0.05)
    return late


def read_beside(bench, database, end, trouble):
    """A reader that never rests: each answer must be whole."""
    count = 0
    while not end.is_set():
        for command in (("report", "--all"), ("report", "--format", "json"), ("runs", "list"),
                        ("runs", "show", "1")):
            result = bench.run(*command, "--db", database)
            if result.code != 0 or result.err:
                trouble.append("%s: %r" % (" ".join(command), result.err))
            if "json" in command:
                whole = result.json()
                if whole["run"]["result"] not in ("running", "unfinished", "complete"):
                    trouble.append("result: %r" % whole["run"]["result"])
                talks = sum(c["packets_to_server"] + c["packets_to_client"]
                            for c in whole["conversations"])
                if talks != sum(v["packets"] for v in whole["summary"]["verdicts"].values()):
                    trouble.append("a report while windows were stored adds up to something else")
            count += 1
    if count < 8:
        trouble.append("only %d reports" % count)


def windows(bench):
    """Windows are in the database soon after their end, beside readers; sums fit, to the packet."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "2s", "--rotate", "never")
        end, trouble = threading.Event(), []
        reader = threading.Thread(target=read_beside, args=(bench, run.database, end, trouble))
        with Traffic(net) as traffic:
            reader.start()
            late = watch_windows(run, 7)
            end.set()
            reader.join()
        run.stop()
        expect_equal(trouble, [], "what readers saw")
        expect(len(late) >= 3, "windows stored within 7 s: %r" % late)
        # The reader takes its part of two processors.
        expect(max(after for after, _ in late) < 3 * TIME_SCALE, "stored late: %r" % late)
        expect(sum(packets > 0 for _, packets in late) >= 2, "windows with packets: %r" % late)
        expect_equal(check_sums(run.database, traffic.sent), (0, 0, 0), "losses")
        expect_equal(run.value("SELECT sum(flows) FROM conversation"), traffic.talks, "flows")
        buckets = run.query("SELECT DISTINCT bucket_ns % 2000000000 FROM conversation")
        expect_equal(buckets, [(0,)], "where buckets begin")
        edges = run.query("SELECT begun_ns, ended_ns FROM window ORDER BY n")
        expect_equal([b for b, _ in edges[1:]], [e for _, e in edges[:-1]], "gaps between windows")
        late_ms = [ended % 2000000000 / 1e6 for _, ended in edges[:-1]]
        expect(max(late_ms) < 500 * TIME_SCALE, "windows end late: %r ms" % late_ms)
        check_whole(run.database)


# Flows that ended in a run, while an earlier one has all of their packets.
ONLY_ENDS = """
SELECT count(*) FROM conversation c WHERE flows = 0 AND packets_to_server + packets_to_client = 0
AND last_seen_ns < (SELECT min(begun_ns) FROM window w WHERE w.run = c.run)
"""


def rotation(bench):
    """Runs follow each other, each whole, nothing between them."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "2s", "--rotate", "4s")
        with Traffic(net) as traffic:
            run.until(lambda: run.value("SELECT max(id) FROM run") >= 3, 15, "three runs")
        result = run.stop()
        expect_equal(check_sums(run.database, traffic.sent), (0, 0, 0), "losses")
        runs = run.query("SELECT id, ending, packets, flows, committed_ns > 0 FROM run ORDER BY id")
        expect(len(runs) >= 3, "runs: %r" % runs)
        expect_equal({row[1] for row in runs}, {"complete"}, "endings")
        expect(all(row[2] > 0 for row in runs[1:-1]), "packets: %r" % runs)
        expect_equal(run.value("SELECT sum(flows) FROM conversation"), traffic.talks, "flows")
        edges = run.query("SELECT begun_ns, ended_ns FROM window ORDER BY run, n")
        expect_equal([b for b, _ in edges[1:]], [e for _, e in edges[:-1]], "gaps between windows")
        expect_equal(run.value(ONLY_ENDS), 0, "conversations of which only the end is in the run")
        last = run.query("SELECT run, max(ended_ns) FROM window GROUP BY run ORDER BY run")
        expect(all(ended % 4000000000 < 1e9 * TIME_SCALE for _, ended in last[:-1]),
               "runs end at %r" % last)
        for number, *_ in runs:
            shown = bench.run("report", "--db", run.database, "--run", str(number), "--format",
                              "json").json()
            expect_equal(shown["run"]["id"], number, "the run of a report")
        expect("run %d" % len(runs) in result.text(), "no report of the last run at the end")
        check_whole(run.database)


# --- what it costs ------------------------------------------------------------------------------

def cpu_seconds(pids):
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in pids:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / ticks


def all_processes(run):
    return [pid for pids in run.processes().values() for pid in pids]


def idle(bench):
    """On a quiet link all processes together take less than 1% of a processor."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--workers", "2")
        net.send(web(1))
        time.sleep(1)
        pids = all_processes(run)
        expect_equal(len(pids), 4, "processes")
        before, begun = cpu_seconds(pids), time.monotonic()
        time.sleep(6)
        used = (cpu_seconds(pids) - before) / (time.monotonic() - begun)
        run.stop()
        # Ticks are 1/100 s: each process may be off by one at either end.
        limit = 0.01 + 0.02 / 6 if not is_sanitized() else 0.1
        expect(used < limit, "%.2f%% of a processor" % (100 * used))


def held(pids):
    """(descriptors, resident kilobytes) of each process."""
    found = {}
    for pid in pids:
        with open("/proc/%d/status" % pid, encoding="utf-8") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        found[pid] = (len(os.listdir("/proc/%d/fd" % pid)), resident)
    return found


def no_leak(bench):
    """Descriptors and memory are the same 20 windows later."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "1s", "--rotate", "5s")
        with Traffic(net, 0.02):
            run.wait_windows(4)
            pids = all_processes(run)
            before = held(pids)
            run.wait_windows(20, 30)
            after = held(pids)
        run.stop()
        expect_equal({pid: fds for pid, (fds, _) in after.items()},
                     {pid: fds for pid, (fds, _) in before.items()}, "descriptors")
        if is_sanitized():
            return  # what was freed is kept to find its use
        grown = {pid: after[pid][1] - before[pid][1] for pid in pids}
        expect(max(grown.values()) < 2048, "grown by %r kB: %r, then %r" % (
            grown, before, after))


# --- what cannot be -----------------------------------------------------------------------------

def refused(bench):
    """Options and places that cannot be: one message, exit status 2, nothing left behind."""
    with Wires(bench) as net:
        cases = (
            ((), ("which interface", "-i")),
            (("-i", "no0"), ("no interface \"no0\"", "tap0")),
            (("-i", "tap"), ("no interface \"tap\"", "tap0")),
            (("-i", capture("web.pcap")), ("no interface", "web.pcap")),
            ((capture("web.pcap"),), ("web.pcap", "-i", "flowaudit audit")),
            (("-i", "tap0", "more"), ("\"more\"", "-i more")),
            (("-i", ""), ("--interface", "not an interface")),
            (("-i", "tap0", "-i", "tap0"), ("tap0", "twice")),
            (("-i", "tap0", "-i", "any"), ("any", "alone")),
            (("-i", "tap0", "--workers", "0"), ("at least one worker", "--workers 1")),
            (("-i", "tap0", "--capture-threads", "0"), ("--capture-threads", "1 to 16")),
            (("-i", "tap0", "-f", "port eighty"), ("filter", "eighty")),
            (("-i", "tap0", "-f", "tcp and"), ("filter", "tcp and")),
            (("-i", "tap0", "--user", "nobody-of-that-name"), ("no user nobody-of-that-name",)),
            (("-i", "tap0", "--buffer", "1"), ("--buffer", "1M")),
            (("-i", "tap0", "--rotate", "0s"), ("--rotate", "never")),
            (("-i", "tap0", "--bucket", "1ms"), ("--bucket", "1s")),
            (("-i", "tap0", "--rules", bench.path("no-rules")), ("no-rules",)),
            (("-i", "tap0", "--site", bench.path("no-site")), ("no-site",)),
            (("-i", "tap0", "--db", bench.path("nowhere/a.db")), ("nowhere/a.db", "no folder")),
            (("-i", "tap0", "--events", bench.path("nowhere/events")), ("nowhere/events",)),
            (("-i", "tap0", "--metrics", bench.path("nowhere/metrics")), ("nowhere/metrics",)),
            (("-i", "tap0", "--spool", bench.path("nowhere/spool")), ("nowhere/spool",)),
            (("-i", "tap0", "--save-findings", bench.path("nowhere/save")), ("nowhere/save",)),
            (("-i", "tap0", "--spool-limit", "1G"), ("--spool-limit", "without --spool")),
            (("-i", "tap0", "--save-limit", "1G"), ("--save-limit", "without --save-findings")),
            (("-i", "tap0", "--save-packets", "5"), ("--save-packets", "without --save-findings")),
            (("-i", "tap0", "--events", "unix:"), ("--events", "names no socket")),
            (("-i", "tap0", "--format", "xml"), ("xml",)),
            (("-i", "tap0", "--fail-on", "sometimes"), ("--fail-on",)),
        )
        for args, saying in cases:
            if "--db" not in args:
                args += ("--db", bench.path("refused.db"))
            if "--rules" not in args:
                args += ("--rules", RULES)
            bench.fails("capture", "-q", *args, saying=saying, before=net.before())
        expect(not os.path.exists(bench.path("nowhere")), "a folder was made")


def not_root(bench):
    """Without the capability: what to do about it."""
    with Wires(bench) as net:
        os.chmod(bench.folder, 0o777)
        bench.fails("capture", "-q", "-i", "tap0", "--rules", RULES, "--db", bench.path("mine.db"),
                    before=net.before() + ["setpriv", "--reuid=65534", "--regid=65534",
                                           "--clear-groups", "--inh-caps=-all"],
                    saying=("tap0: no permission to capture", "root", "setcap cap_net_raw"))


def other_database(bench):
    """What is no database of ours, or another capture's: left as it is."""
    with Wires(bench) as net:
        path = bench.write("text.db", b"This is not a database.\n" * 50)
        bench.fails("capture", "-q", "-i", "tap0", "--rules", RULES, "--db", path,
                    before=net.before(), saying=("text.db",))
        other = sqlite3.connect(bench.path("other.db"))
        other.execute("CREATE TABLE mine (a)")
        other.commit()
        other.close()
        bench.fails("capture", "-q", "-i", "tap0", "--rules", RULES, "--db", bench.path("other.db"),
                    before=net.before(), saying=("other.db",))


TESTS = [
    ("as-replay", as_replay()),
    ("as-replay-1-worker", as_replay("--workers", "1")),
    ("as-replay-3-workers", as_replay("--workers", "3")),
    ("as-replay-2-threads", as_replay("--capture-threads", "2")),
    ("as-replay-any", as_replay(interfaces=("any",))),
    ("as-replay-both-ways", as_replay(wires=2, interfaces=("tap0", "tap1"))),
    ("as-replay-both-ways-2-threads",
     as_replay("--capture-threads", "2", wires=2, interfaces=("tap0", "tap1"))),
    ("as-replay-tunnels", as_replay(frames=tunnels, audit=("--duplicates", "off"))),
    ("as-replay-doubled", as_replay("--capture-threads", "2", frames=doubled,
                                    audit=("--duplicates-within", "1s"))),
    ("lab-wso2", lab("wso2")), ("lab-deviations", lab("deviations")),
    ("errors-4-threads", errors),
    ("filter", filtered), ("snaplen", snapped), ("windows", windows), ("rotation", rotation),
    ("idle", idle), ("no-leak", no_leak), ("refused", refused), ("not-root", not_root),
    ("other-database", other_database)]
for _, _test in TESTS:
    _test.waits = True
