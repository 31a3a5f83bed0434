# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a live capture may still do, looked up in /proc while they run."""
import os
import pwd

from live import NEVER_IN_A_TEST, NOBODY, Wires, check_sums, is_sanitized, web
from support import RULES, Skip, expect, expect_equal


def need_sandbox():
    if is_sanitized():
        raise Skip("a program with sanitizers has no sandbox")


def status(path):
    with open(path + "/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def threads(pid):
    folder = "/proc/%d/task" % pid
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def check_privileges(run, uid):
    """Every thread of every process."""
    counted = 0
    for name, pids in run.processes().items():
        for pid in pids:
            for path in threads(pid):
                of = status(path)
                what = "%s, thread %s: " % (name, os.path.basename(path))
                for caps in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                    expect_equal(int(of[caps], 16), 0, what + caps)
                expect_equal(set(of["Uid"].split()), {str(uid)}, what + "Uid")
                expect_equal(len(set(of["Gid"].split())), 1, what + "Gid")
                expect_equal(of["Groups"].strip(), "", what + "Groups")
                expect_equal(of["NoNewPrivs"], "1", what + "NoNewPrivs")
                counted += 1
    # two of the supervisor, two of the auditor, two workers
    expect(counted >= 6, "threads: %d" % counted)


def check_seccomp(run, wanted):
    for name, pids in run.processes().items():
        for pid in pids:
            for path in threads(pid):
                expect_equal(status(path)["Seccomp"], wanted, name + ": Seccomp")


def check_own_filters(run):
    """Children have filters of their own beside the one that they inherit."""
    processes = run.processes()
    of = {pid: status("/proc/%d" % pid).get("Seccomp_filters")
          for pids in processes.values() for pid in pids}
    if None in of.values():
        return  # Linux before 5.9
    for pid in processes["fa-worker"] + processes["fa-auditor"]:
        expect(int(of[pid]) > int(of[run.pid]), "filters: %r of %r" % (of, processes))


def open_files(pid):
    """What its descriptors lead to."""
    folder = "/proc/%d/fd" % pid
    return sorted(os.readlink(os.path.join(folder, number)) for number in os.listdir(folder))


def nobody(bench):
    """Started by root, it becomes the owner of the database's folder, for good."""
    need_sandbox()
    with Wires(bench) as net:
        net.settle()
        run = net.capture("--bucket", "1s", "--rotate", "never", "--workers", "2",
                          groups=(0, 4, 27))
        sent = net.send(web(1))
        run.wait_stored(sent)
        check_privileges(run, NOBODY)
        check_seccomp(run, "2")
        check_own_filters(run)
        result = run.stop()
        check_sums(run.database, sent)
        expect(os.stat(run.database).st_uid == NOBODY, "the database is somebody else's")
        line = result.messages()[0]
        for word in ("uid 65534", "no capabilities", "seccomp", run.folder):
            expect(word in line, "%r does not say %r" % (line, word))


def descriptors(bench):
    """Each process has what it needs open, and no more."""
    need_sandbox()
    with Wires(bench) as net:
        run = net.capture("--bucket", "1s", "--rotate", "never", "--workers", "2")
        run.wait_stored(net.send(web(1)))
        processes = run.processes()
        for pid in processes["fa-worker"]:
            expect_equal(open_files(pid), [run.err_path], "of a worker")
        mine = [name for name in open_files(run.pid) if not name.startswith("/sys/")
                and not name.startswith("socket:")]
        expect_equal(mine, sorted(["/dev/null", run.out_path, run.err_path]), "of the supervisor")
        sockets = [name for name in open_files(run.pid) if name.startswith("socket:")]
        expect_equal(len(sockets), 2, "sockets of the supervisor: the interface, its manager")
        auditor = set(open_files(processes["fa-auditor"][0]))
        known = {"/dev/null", run.out_path, run.err_path, run.database, run.database + "-wal",
                 run.database + "-shm", run.database + "-live"}
        expect_equal(auditor - known, set(), "of the auditor, beside its database")
        for pid in processes["fa-worker"] + processes["fa-auditor"]:
            with open("/proc/%d/maps" % pid, encoding="utf-8") as maps:
                expect("socket:" not in maps.read(), "process %d sees the kernel's ring" % pid)
        run.stop()


def owned_by_root(bench):
    """A folder that is root's: it stays root, without any capability."""
    need_sandbox()
    with Wires(bench) as net:
        run = net.capture("--bucket", "1s", "--rotate", "never", "--workers", "2", owner=0)
        sent = net.send(web(1))
        run.wait_stored(sent)
        check_privileges(run, 0)
        check_seccomp(run, "2")
        run.stop()


def named_user(bench):
    """--user, who must be able to write the database."""
    with Wires(bench) as net:
        daemon = pwd.getpwnam("daemon")
        run = net.capture("--bucket", "1s", "--rotate", "never", "--user", "daemon",
                          "--workers", "2", owner=daemon.pw_uid)
        run.wait_stored(net.send(web(1)))
        check_privileges(run, daemon.pw_uid)
        run.stop()
        other = bench.path("other")
        os.mkdir(other, 0o755)
        bench.fails("capture", "-q", "-i", "tap0", "--rules", RULES, "--user", "daemon", "--db",
                    os.path.join(other, "a.db"), before=net.before(),
                    saying=("other/a.db", "ermission denied"))


def without(bench):
    """--no-sandbox: no filters; still no privileges; and the report says so."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--no-sandbox", "--workers", "2")
        sent = net.send(web(1))
        check_privileges(run, NOBODY)
        check_seccomp(run, "0")
        result = run.stop()
        check_sums(run.database, sent)
        expect_equal(run.query("SELECT sandboxed FROM run"), [(0,)], "sandboxed")
        if "sandbox" not in result.text():
            raise Skip("reports do not speak of the sandbox yet")
        report = bench.run("report", "--db", run.database).text()
        expect("sandbox" in report, "the report does not say that there was no sandbox")


TESTS = [("nobody", nobody), ("descriptors", descriptors), ("owned-by-root", owned_by_root),
         ("named-user", named_user), ("without", without)]
for _, _test in TESTS:
    _test.waits = True
