# SPDX-License-Identifier: GPL-3.0-or-later
"""Live captures when processes die, the database cannot be written, interfaces go, rules change."""
import contextlib
import os
import shutil
import signal
import sqlite3
import time

from live import (NEVER_IN_A_TEST, NOBODY, Frozen, Wires, check_sums, check_whole, children, sh,
                  syslog, web)
from support import RULES, TIME_SCALE, Skip, expect, expect_equal

TALK = len(web(0))
READING_S = 0.3 * TIME_SCALE  # until packets that were sent have been read, at the latest


def patience(condition, seconds, what):
    end = time.monotonic() + seconds * TIME_SCALE
    while not condition():
        expect(time.monotonic() < end, "not within %g s: %s" % (seconds * TIME_SCALE, what))
        time.sleep(0.02)


def lives(pid):
    return os.path.exists("/proc/%d" % pid)


def http_packets(run):
    return run.value("SELECT coalesce(sum(packets_to_server + packets_to_client), 0) "
                     "FROM v_conversation WHERE port = 80")


# --- processes that die -------------------------------------------------------------------------

def worker_dies(number):
    """Replaced within a second; the packet that it had is kept; what it knew is counted lost."""
    def test(bench):
        with Wires(bench) as net:
            run = net.capture("--bucket", "2s", "--rotate", "never", "--workers", "1")
            sent = net.send(web(1))
            run.wait_stored(sent)
            first = run.worker()
            with Frozen(first):
                sent += net.send(syslog(15000))
                time.sleep(0.2)
                before = ran_ns(first)
                end = time.monotonic() + 3 * TIME_SCALE
            while ran_ns(first) < before + 1000000:
                expect(time.monotonic() < end, "the worker does not work")
            os.kill(first, number)
            run.until(lambda: run.processes()["fa-worker"] not in ([], [first]), 1,
                      "another worker")
            run.wait_told("worker 0 died", "replaced")
            sent += net.send(web(2))
            run.wait_stored(sent)
            sent += net.send(web(3))
            run.stop()
            dropped, ring, lost = check_sums(run.database, sent)
            expect_equal((dropped, ring), (0, 0), "losses before the worker")
            expect(0 < lost < 15000, "packets lost: %d: %r" % (lost, run.messages()))
            expect(http_packets(run) >= 2 * TALK, "packets after the crash are not all judged")
            expect_equal(run.query("SELECT workers_replaced, confidence = 'high' FROM run"),
                         [(1, 0)], "workers replaced, trust in the run")
            signal_kept = 0 if number == signal.SIGSTOP else number
            expect_equal(run.query("SELECT run, n, worker, signal FROM v_crash"),
                         [(1, 1, 0, signal_kept)], "table crash")
            at, packet = run.query("SELECT packet_number, packet FROM v_crash")[0]
            told = run.told("worker 0 died at packet %d " % at)
            expect(told is not None, "packet %d is not the one of %r" % (at, run.messages()))
            wanted = (web(1) + syslog(15000))[at - 1][14:]
            expect(wanted[:len(packet)] == packet, "packet %d was another one" % at)
            check_whole(run.database)
    return test


def ran_ns(pid):
    """How long a process has run so far."""
    with open("/proc/%d/schedstat" % pid, encoding="utf-8") as file:
        return int(file.read().split()[0])


def auditor_dies(bench):
    """Exit status 2 and a word; what was stored stays, the run shows as interrupted."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "1s", "--rotate", "never", "--workers", "2")
        sent = net.send(web(1))
        run.wait_stored(sent)
        left = children(run.pid)
        os.kill(run.auditor(), signal.SIGKILL)
        result = run.wait(3)
        expect_equal(result.code, 2, "exit status")
        expect("the auditor process died (Killed)" in result.messages()[-1],
               "messages: %r" % result.messages())
        patience(lambda: not any(map(lives, left)), 3, "the end of the other processes")
        check_interrupted(bench, run, sent)
        goes_on(net, run, sent)


def check_interrupted(bench, run, packets):
    """The run is shown as interrupted, with the time of its last commit and what it had by then."""
    check_whole(run.database)
    listed = bench.run("runs", "list", "--db", run.database, "--format", "json")
    expect_equal(listed.code, 0, "runs list: %r" % listed.err)
    one = listed.json()["runs"][-1]
    expect_equal(one["result"], "interrupted", "result in runs list")
    committed = run.value("SELECT strftime('%Y-%m-%dT%H:%M:%S', committed_ns / 1000000000, "
                          "'unixepoch') FROM run ORDER BY id DESC LIMIT 1")
    expect(committed in listed.out.decode(), "%s is not in %s" % (committed, listed.out))
    expect(run.packets_stored() >= packets, "packets stored: %d" % run.packets_stored())
    text = bench.run("report", "--db", run.database)
    expect_equal(text.code, 0, "report: %r" % text.err)
    expect("interrupted" in text.text(), "the report does not say that the run was interrupted")


def goes_on(net, run, packets):
    """Another capture with the same database."""
    again = net.capture("--bucket", "1s", "--rotate", "never", database=run.database,
                        folder=run.folder)
    net.send(web(7))
    again.stop()
    expect_equal(again.query("SELECT ending FROM run ORDER BY id DESC LIMIT 1"), [("complete",)],
                 "ending of the new run")
    expect(again.packets_stored() >= packets + TALK, "packets of both runs")
    check_whole(run.database)


def all_die(bench):
    """kill -9 while windows are stored: every closed window is there."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "1s", "--rotate", "never", "--workers", "2")
        sent = 0
        for n in range(3):
            sent += net.send(web(n))
            run.wait_stored(sent)
        for n in range(3, 200):
            net.send(web(n))
        time.sleep(1 - time.time() % 1)  # as a window ends
        left = children(run.pid)
        run.process.kill()
        run.process.wait()
        expect_equal(len(left), 3, "children")
        patience(lambda: not any(map(lives, left)), 3, "the end of the other processes")
        check_interrupted(bench, run, sent)
        goes_on(net, run, sent)


def asked_twice(bench):
    """The second signal ends a capture at once, though the database is locked."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST)
        net.send(web(1))
        with locked(run.database):
            run.signal(signal.SIGTERM)
            time.sleep(1)
            expect(run.process.poll() is None, "it did not wait for the database")
            run.signal(signal.SIGTERM)
            result = run.wait(3)
        expect_equal(result.code, 2, "exit status")
        expect("interrupted twice" in result.messages()[-1], "messages: %r" % result.messages())
        check_whole(run.database)


def asked_once(bench):
    """SIGTERM and SIGINT store everything within two seconds, and the report comes."""
    # timeout(1) sends two.
    for number, again in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGTERM, 1)):
        with Wires(bench) as net:
            run = net.capture(*NEVER_IN_A_TEST)
            sent = sum(net.send(web(n)) for n in range(300))
            run.signal(number)
            if again:
                time.sleep(0.02)
                run.signal(number)
            result = run.wait(2)
            expect_equal(result.code, 0, "exit status: %r" % result.err)
            run.wait_notified("STOPPING=1", 1)
            expect_equal(check_sums(run.database, sent), (0, 0, 0), "losses")
            expect_equal(run.query("SELECT ending FROM run"), [("complete",)], "ending")
            expect("Result" in result.text() or "documented" in result.text(), "no report")


# --- a database that cannot be written ----------------------------------------------------------

@contextlib.contextmanager
def locked(database):
    """Another program writes to the database and takes its time."""
    other = sqlite3.connect(database, timeout=10, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def database_locked(bench):
    """Windows wait as long as another program writes; nothing is lost, and it is said."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "2s", "--rotate", "never")
        sent = net.send(web(0))
        run.wait_stored(sent)
        with locked(run.database):
            end = time.monotonic() + 12
            n = 1
            while time.monotonic() < end:
                sent += net.send(web(n))
                n += 1
                time.sleep(0.1)
            line = run.wait_told("another program has locked the database")
        expect("nothing is lost" in line, line)
        run.wait_stored(sent - 2 * TALK)
        run.wait_told("the database is free again")
        run.stop()
        expect_equal(check_sums(run.database, sent), (0, 0, 0), "losses")
        expect_equal(http_packets(run), sent, "HTTP packets")
        check_whole(run.database)


@contextlib.contextmanager
def small_disk(bench, megabytes):
    """A file system of that size."""
    folder = bench.path("disk")
    os.mkdir(folder)
    os.chmod(bench.folder, 0o755)
    made = sh("mount", "-t", "tmpfs", "-o", "size=%dM,mode=755" % megabytes, "flowaudit-test",
              folder, check=False)
    if made.returncode:
        raise Skip("mounting is not allowed here: " + made.stderr.strip())
    try:
        os.chown(folder, NOBODY, NOBODY)
        yield folder
    finally:
        sh("umount", "--lazy", folder, check=False)


def fill(folder):
    """Takes all room that is left; remove the file to give it back."""
    path = os.path.join(folder, "ballast")
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return path


def many(first, count):
    """A conversation of its own each."""
    return [frame for n in range(first, first + count) for frame in web(n)]


def disk_full(bench):
    """Without a spool: the end, with a word; what was stored can be read."""
    with Wires(bench) as net, small_disk(bench, 8) as folder:
        run = net.capture("--bucket", "1s", "--rotate", "never", folder=folder)
        sent = net.send(web(0))
        run.wait_stored(sent)
        ballast = fill(folder)
        for n in range(0, 40000, 500):
            if run.process.poll() is not None:
                break
            net.send(many(n + 1, 500))
            time.sleep(0.1)
        result = run.wait(8)
        expect_equal(result.code, 2, "exit status: %r" % result.messages())
        last = result.messages()[-1]
        expect("live.db" in last and "full" in last, "the last message: %s" % last)
        os.remove(ballast)
        check_interrupted(bench, run, sent)
        expect(http_packets(run) >= sent, "HTTP packets stored: %d" % http_packets(run))


def disk_full_spool(bench):
    """With a spool it goes on, and catches up when there is room again."""
    with Wires(bench) as net, small_disk(bench, 8) as folder:
        spool = bench.path("spool")
        os.mkdir(spool)
        os.chown(spool, NOBODY, NOBODY)
        run = net.capture("--bucket", "1s", "--rotate", "never", "--spool", spool, folder=folder)
        sent = net.send(web(0))
        run.wait_stored(sent)
        ballast = fill(folder)
        n = 1
        while run.told("go to the spool") is None:
            expect(n < 40000, "it still writes: %r" % run.messages())
            sent += net.send(many(n, 500))
            n += 500
            time.sleep(0.1)
        for _ in range(3):
            sent += net.send(many(n, 100))
            n += 100
            time.sleep(1)
        expect(run.process.poll() is None, "it ended")
        expect(os.listdir(spool) != [], "nothing in the spool")
        os.remove(ballast)
        run.wait_told("caught up", seconds=15)
        sent += net.send(web(n))
        run.stop()
        expect_equal(check_sums(run.database, sent), (0, 0, 0), "losses")
        expect_equal(http_packets(run), sent, "HTTP packets")
        expect_equal(run.value("SELECT sum(flows) FROM conversation"), n + 1, "flows")
        expect_equal(os.listdir(spool), [], "files left in the spool")
        check_whole(run.database)


# --- interfaces ---------------------------------------------------------------------------------

def interface_made_again(*options):
    """An interface that is deleted and made again, without any privilege to open it anew."""
    def test(bench):
        with Wires(bench) as net:
            net.settle()
            run = net.capture("--bucket", "2s", "--rotate", "never", *options)
            sent = net.send(web(1))
            run.wait_stored(sent)
            net.unplug(0)
            run.wait_told("tap0 is gone")
            time.sleep(0.5)
            net.plug(0)
            run.wait_told("tap0 is up")
            sent += net.send(web(2))
            run.stop()
            check_sums(run.database, sent)
            expect_equal(http_packets(run), 2 * TALK, "packets before and after")
            down_ns = run.value("SELECT down_ns FROM run")
            expect(0.4 < down_ns / 1e9 < 10, "down for %d ns" % down_ns)
            expect_equal(run.value("SELECT sum(down_ns) FROM window"), down_ns, "down in windows")
            expect_equal(run.value("SELECT confidence = 'high' FROM run"), 0, "trust in the run")
    return test


def interface_down(bench):
    """An interface that is set down and up; and one that is down at the start."""
    with Wires(bench) as net:
        net.ip("link", "set", "tap0", "down")
        run = net.capture("--bucket", "2s", "--rotate", "never")
        expect(run.told("tap0 is down") is not None, "at the start: %r" % run.messages())
        net.ip("link", "set", "tap0", "up")
        run.wait_told("tap0 is up")
        sent = net.send(web(1))
        time.sleep(0.3)
        net.ip("link", "set", "tap0", "down")
        run.until(lambda: len(lines(run, "tap0 is down")) == 2, 3, "down again")
        net.ip("link", "set", "tap0", "up")
        run.until(lambda: len(lines(run, "tap0 is up")) == 2, 3, "up again")
        sent += net.send(web(2))
        run.stop()
        check_sums(run.database, sent)
        expect_equal(http_packets(run), 2 * TALK, "packets")


def lines(run, part):
    return [line for line in run.messages() if part in line]


# --- reload -------------------------------------------------------------------------------------

def digests(run, number):
    return dict(run.query("SELECT product, digest FROM run_catalog JOIN catalog ON "
                          "catalog = catalog.id WHERE run = ?", number))


def reload(bench):
    """SIGHUP: rules of now for the next run; or, when they are wrong, those of before."""
    rules = bench.path("rules")
    shutil.copytree(RULES, rules)
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, rules=rules)
        sent = net.send(web(1))
        changed = os.path.join(rules, "wso2.yaml")
        with open(changed, "a", encoding="utf-8") as file:
            file.write("# one line more\n")
        time.sleep(READING_S)
        run.signal(signal.SIGHUP)
        run.wait_told("reloaded", "run 2")
        sent += net.send(web(2))
        whole = open(changed, encoding="utf-8").read()
        with open(changed, "w", encoding="utf-8") as file:
            file.write(whole + "nonsense: 1\n")
        time.sleep(READING_S)
        run.signal(signal.SIGHUP)
        run.wait_told("wso2.yaml:%d" % (whole.count("\n") + 1))
        run.wait_told("reload: ", "stays in force")
        sent += net.send(web(3))
        with open(changed, "w", encoding="utf-8") as file:
            file.write(whole + "# and another\n")
        time.sleep(READING_S)
        run.signal(signal.SIGHUP)
        run.wait_told("reloaded", "run 3")
        sent += net.send(web(4))
        run.stop()
        expect_equal(check_sums(run.database, sent), (0, 0, 0), "losses")
        expect_equal(run.query("SELECT id, ending FROM run"),
                     [(n, "complete") for n in (1, 2, 3)], "runs")
        one, two, three = (digests(run, n) for n in (1, 2, 3))
        expect_equal(len(one), len(two), "catalogs")
        expect_equal({product for product in one if one[product] != two[product]}, {"wso2"},
                     "catalogs of run 2 that are not those of run 1")
        expect_equal({product for product in two if two[product] != three[product]}, {"wso2"},
                     "catalogs of run 3 that are not those of run 2")
        expect_equal(run.query("SELECT run, sum(flows) FROM conversation GROUP BY run"),
                     [(1, 1), (2, 2), (3, 1)], "flows of each run")
        check_whole(run.database)


def reload_site(bench):
    """A site that comes to be known changes verdicts of the next run."""
    site = bench.write("site.yaml", (SITE % "10.9.0.2").encode())
    os.chmod(site, 0o644)
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--site", site)
        net.send(web(1))
        bench.write("site.yaml", (SITE % "10.9.0.77").encode())
        time.sleep(READING_S)
        run.signal(signal.SIGHUP)
        run.wait_told("reloaded", "run 2")
        net.send(web(1))
        run.stop()
        verdicts = run.query("SELECT run, verdict FROM v_conversation WHERE port = 80 "
                             "GROUP BY 1, 2")
        expect_equal([run for run, _ in verdicts], [1, 2], "runs")
        expect(verdicts[0][1] != verdicts[1][1], "the same verdict: %r" % verdicts)
        expect_equal(run.value("SELECT count(DISTINCT site_digest) FROM run"), 2,
                     "digests of sites")


SITE = """
format: 1
site: test
networks:
  clients: [10.9.1.0/24]
instances:
  - name: prod
    product: automation-anywhere
    roles:
      web-browser: [clients]
      control-room: [%s]
"""


def figures(bench):
    """SIGUSR1 prints how it stands."""
    with Wires(bench) as net:
        net.settle()
        run = net.capture(*NEVER_IN_A_TEST, "--workers", "2")
        sent = net.send(web(1))
        time.sleep(0.5)
        run.signal(signal.SIGUSR1)
        run.wait_told("live capture, run 1", "2 workers")
        run.wait_told("stored")
        expect(run.told("packets", "%d read" % sent) is not None, "packets: %r" % run.messages())
        expect(run.told("dropped", " 0 packets") is not None, "dropped: %r" % run.messages())
        expect(run.told("tap0", "up") is not None, "interface: %r" % run.messages())
        run.stop()


TESTS = [
    ("worker-segfault", worker_dies(signal.SIGSEGV)),
    ("worker-stopped", worker_dies(signal.SIGSTOP)),
    ("auditor-killed", auditor_dies), ("killed", all_die),
    ("asked-twice", asked_twice), ("asked-once", asked_once),
    ("locked", database_locked), ("disk-full", disk_full), ("disk-full-spool", disk_full_spool),
    ("interface-made-again", interface_made_again()),
    ("interface-made-again-2-threads", interface_made_again("--capture-threads", "2")),
    ("interface-down", interface_down),
    ("reload", reload), ("reload-site", reload_site), ("figures", figures)]
for _, _test in TESTS:
    _test.waits = True
