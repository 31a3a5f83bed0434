# SPDX-License-Identifier: GPL-3.0-or-later
"""Live captures: network namespaces with wires between them, packets on the wires, a capture."""
import contextlib
import ctypes
import functools
import itertools
import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

from frames import Talk, udp
from support import (PROGRAM, RULES, TIME_SCALE, TOP, Failure, Result, Skip, check_alive,
                     environment, expect, expect_equal, read)

PREFIX = "flowaudit-test"  # of the names of namespaces; then the process that made them
MTU = 9000
NOBODY = 65534
NEVER_IN_A_TEST = ("--bucket", "1000d", "--rotate", "never")  # one window, one run
CLONE_NEWNET = 0x40000000  # sched.h of Linux
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17  # linux/ptrace.h
WALL = 0x40000000  # __WALL of waitpid(2)

_numbers = itertools.count()
_lock = threading.Lock()
_reason = None  # why there is no live capture here; "" when there is
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


@functools.lru_cache(maxsize=None)
def is_sanitized():
    """Built with sanitizers: no sandbox, since their run-time opens files at will; more memory."""
    program = read(PROGRAM)
    return any(word in program for word in (b"__asan_init", b"__tsan_init", b"__ubsan_handle"))


# --- whether it can be done here ----------------------------------------------------------------

def tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Skip("there is no %s" % name)
    return path


def sh(*command, check=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20 * TIME_SCALE, check=False)
    expect(done.returncode == 0 or not check,
           "%s: %s" % (" ".join(command), done.stderr.strip()))
    return done


def sweep():
    """Removes namespaces of tests that ended before they could do it, and captures in them."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else ():
        if not name.startswith(PREFIX) or os.path.exists("/proc/" + name.split("-")[2]):
            continue
        for pid in sh(tool("ip"), "netns", "pids", name, check=False).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        sh(tool("ip"), "netns", "del", name, check=False)


def find_reason():
    if os.geteuid() != 0:
        return "not root: live captures need network namespaces and packet sockets"
    sweep()
    name = "%s-%d-probe" % (PREFIX, os.getpid())
    made = sh(tool("ip"), "netns", "add", name, check=False)
    if made.returncode:
        return "network namespaces are not allowed here: " + made.stderr.strip()
    try:
        inside(name, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
    except OSError as error:
        return "packet sockets are not allowed here: %s" % error
    finally:
        sh(tool("ip"), "netns", "del", name, check=False)
    return ""


def need():
    """Skips where live captures cannot be made."""
    global _reason
    with _lock:
        if _reason is None:
            _reason = find_reason()
    if _reason:
        raise Skip(_reason)


def inside(namespace, function):
    """What FUNCTION returns in that network namespace, in a thread that is only there for it."""
    outcome = []

    def run():
        try:
            with open("/run/netns/" + namespace, "rb") as file:
                if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            outcome.append((function(), None))
        except OSError as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


# --- packets ------------------------------------------------------------------------------------

def frames_of(path):
    """The frames of a pcap file with Ethernet, little-endian."""
    with open(path, "rb") as file:
        data = file.read()
    magic, link_type = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 20)[0]
    expect(magic in (0xa1b2c3d4, 0xa1b23c4d) and link_type == 1, "%s: not for the wire" % path)
    at = 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        at += 16
        yield data[at:at + length]
        at += length


def all_frames():
    """Every packet of the recordings with Ethernet, one recording after the other."""
    frames = []
    for name in sorted(os.listdir(os.path.join(TOP, "pcaps"))):
        if name.endswith(".pcap") and not name.startswith("cooked"):
            frames += frames_of(os.path.join(TOP, "pcaps", name))
    return frames


def web(number, answered=True):
    """A connection that is known for HTTP as soon as its request has passed: 9 packets, or 7."""
    talk = Talk("10.9.%d.%d" % (1 + number // 250 % 200, 1 + number % 250),
                20000 + number % 40000, "10.9.0.2", 80)
    talk.say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    if answered:
        talk.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").answer(b"x")
    return talk.close()


def syslog(count, size=200, first=0):
    """Messages from COUNT ports, one packet each."""
    return [udp("10.9.0.1", 1024 + (first + n) % 60000, "10.9.0.3", 514,
                (b"<13>message %d " % n).ljust(size, b".")) for n in range(count)]


# --- wires --------------------------------------------------------------------------------------

class Wires:
    """
    Two namespaces with a pair of interfaces for each wire: what is sent into tapinN of one comes
    in at tapN of the other, where the capture is.
    """

    def __init__(self, bench, count=1):
        need()
        self.bench = bench
        self.count = count
        stem = "%s-%d-%d" % (PREFIX, os.getpid(), next(_numbers))
        self.here, self.there = stem + "-tap", stem + "-src"
        self.captures = []
        self.sockets = {}
        try:
            for name in (self.here, self.there):
                sh(tool("ip"), "netns", "add", name)
                sh(tool("ip"), "netns", "exec", name, "sh", "-c",
                   "for each in all default; do"
                   " echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done 2> /dev/null; :")
            sh(tool("ip"), "-n", self.here, "link", "set", "lo", "up")
            for number in range(count):
                self.plug(number)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for capture in self.captures:
            capture.kill()
        self.unplug_sockets()
        for name in (self.here, self.there):
            sh(tool("ip"), "netns", "del", name, check=False)

    def ip(self, *args):
        """ip(8) where the capture is."""
        sh(tool("ip"), "-n", self.here, *args)

    def plug(self, number):
        """Makes a wire."""
        sh(tool("ip"), "-n", self.there, "link", "add", "tapin%d" % number, "mtu", str(MTU),
           "type", "veth", "peer", "name", "tap%d" % number, "netns", self.here, "mtu", str(MTU))
        sh(tool("ip"), "-n", self.there, "link", "set", "tapin%d" % number, "up")
        self.ip("link", "set", "tap%d" % number, "up")

    def settle(self):
        """Until the kernel has told all that the wires have a link, which it does once a second."""
        end = time.monotonic() + 5 * TIME_SCALE
        for number in range(self.count):
            while json.loads(sh(tool("ip"), "-n", self.here, "-j", "link", "show",
                                "tap%d" % number).stdout)[0]["operstate"] != "UP":
                expect(time.monotonic() < end, "the wires have no link")
                time.sleep(0.02)

    def unplug(self, number):
        """Takes a wire away, both ends."""
        self.unplug_sockets()
        self.ip("link", "del", "tap%d" % number)

    def unplug_sockets(self):
        for one in self.sockets.values():
            one.close()
        self.sockets.clear()

    def socket(self, number):
        if number not in self.sockets:
            def make():
                made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                made.bind(("tapin%d" % number, 0))
                return made
            self.sockets[number] = inside(self.there, make)
        return self.sockets[number]

    def send(self, frames, wire=0, at_once=200, pause_s=0.001):
        """
        Puts FRAMES on a wire, or pairs (wire, frame) on theirs; returns how many. Some at once
        and then a rest, so that the kernel's queue between the ends has room for them.
        """
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})  # packets of two processors may overtake each other
        try:
            for number, frame in enumerate(frames):
                to, data = frame if isinstance(frame, tuple) else (wire, frame)
                self.socket(to).send(data)
                if number % at_once == at_once - 1:
                    time.sleep(pause_s)
        finally:
            os.sched_setaffinity(0, before)
        return len(frames)

    def replay(self, path, times=1, *args):
        """tcpreplay at top speed; returns the number of packets sent."""
        done = sh(tool("ip"), "netns", "exec", self.there, tool("tcpreplay"), "-q",
                  "--loop", str(times), "--preload-pcap", "-i", "tapin0",
                  *(args or ("--topspeed",)), path)
        for line in done.stdout.splitlines():
            if line.startswith("Actual:"):
                return int(line.split()[1])
        raise Failure("tcpreplay: " + done.stdout)

    def arrived(self, number=0):
        """Packets that came in at the capture's end, as the kernel counts them."""
        done = sh(tool("ip"), "-n", self.here, "-s", "-j", "link", "show", "tap%d" % number)
        return json.loads(done.stdout)[0]["stats64"]["rx"]["packets"]

    def capture(self, *args, **how):
        """A capture that has begun, of the first wire unless ARGS say otherwise."""
        capture = Capture(self, *args, **how)
        capture.wait_ready()
        return capture

    def before(self):
        """What comes before the program so that it runs where the capture is."""
        return [tool("ip"), "netns", "exec", self.here]


# --- the capture --------------------------------------------------------------------------------

class Capture:
    """
    A running capture. OWNER: the user whose folder its database is in, whom it therefore becomes.
    GROUPS: of those who start it, beside their own. ENV: what it is given beside its own.
    """

    def __init__(self, wires, *args, owner=NOBODY, rules=RULES, database=None, folder=None,
                 groups=(), env=None):
        self.wires = wires
        self.bench = bench = wires.bench
        self.number = next(_numbers)
        self.folder = folder or self.make_folder(owner)
        self.database = database or os.path.join(self.folder, "live.db")
        if "-i" not in args:
            args = ("-i", "tap0") + args
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind(bench.path("notify%d" % self.number))
        self.out_path = bench.path("out%d" % self.number)
        self.err_path = bench.path("err%d" % self.number)
        env = dict(environment(), **(env or {}))
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):  # a signal is to end a process, as else
            env[name] = env.get(name, "") + ":handle_segv=0"
        env["NOTIFY_SOCKET"] = bench.path("notify%d" % self.number)
        command = wires.before() + [PROGRAM, "capture", "--rules", rules, "--db", self.database]
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(
                command + [str(arg) for arg in args], cwd=bench.folder, env=env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
                extra_groups=groups)
        self.pid = self.process.pid
        wires.captures.append(self)

    def make_folder(self, owner):
        folder = self.bench.path("db%d" % self.number)
        os.mkdir(folder)
        os.chmod(self.bench.folder, 0o755)  # others must come through
        os.chown(folder, owner, owner)
        return folder

    def kill(self):
        """Whatever is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self.ready.close()

    def messages(self):
        with open(self.err_path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read().splitlines()

    def told(self, *parts):
        """The first message that holds all PARTS, or None."""
        return next((line for line in self.messages() if all(p in line for p in parts)), None)

    def wait_told(self, *parts, seconds=5):
        self.until(lambda: self.told(*parts), seconds, "the message %r" % (parts,))
        return self.told(*parts)

    def until(self, condition, seconds, what):
        end = time.monotonic() + seconds * TIME_SCALE
        while not condition():
            if self.process.poll() is not None and not condition():
                raise Failure("the capture ended with %d while waiting for %s: %s" % (
                    self.process.returncode, what, " | ".join(self.messages())[-1500:]))
            expect(time.monotonic() < end, "not within %g s: %s; it said %s" % (
                seconds * TIME_SCALE, what, " | ".join(self.messages())[-1500:]))
            time.sleep(0.02)

    def wait_notified(self, word, seconds):
        """What it tells a service manager (sd_notify(3))."""
        self.ready.settimeout(0.05)
        told = []

        def heard():
            with contextlib.suppress(TimeoutError):
                told.append(self.ready.recv(4096).decode())
            return any(word in one.split("\n") for one in told)
        self.until(heard, seconds, word)

    def wait_ready(self):
        self.wait_notified("READY=1", 10)

    # What it stored.

    def query(self, text, *values):
        return query(self.database, text, *values)

    def value(self, text, *values):
        return self.query(text, *values)[0][0]

    def packets_stored(self):
        return self.value("SELECT coalesce(sum(packets), 0) FROM run")

    def wait_stored(self, packets, seconds=8):
        """Until windows with so many packets are in the database."""
        self.until(lambda: self.packets_stored() >= packets, seconds,
                   "%d packets in the database" % packets)

    def last_window(self):
        """The number of windows stored, over all runs."""
        return self.value("SELECT count(*) FROM window")

    def wait_windows(self, more, seconds=10):
        wanted = self.last_window() + more
        self.until(lambda: self.last_window() >= wanted, seconds, "%d more windows" % more)

    # Its processes.

    def processes(self):
        """Name -> process ids, of those that live."""
        found = {"supervisor": [self.pid], "fa-worker": [], "fa-auditor": []}
        for pid in children(self.pid):
            with contextlib.suppress(OSError):
                with open("/proc/%d/comm" % pid, encoding="utf-8") as file:
                    found.setdefault(file.read().strip(), []).append(pid)
        return found

    def the(self, name):
        """The process id of the one of that NAME, which it gives itself when it has begun."""
        self.until(lambda: self.processes()[name], 3, "a process " + name)
        return self.processes()[name][0]

    def worker(self):
        return self.the("fa-worker")

    def auditor(self):
        return self.the("fa-auditor")

    # Its end.

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=5):
        """Until it has ended; its exit status, output and messages."""
        try:
            self.process.wait(seconds * TIME_SCALE)
        except subprocess.TimeoutExpired:
            raise Failure("still running after %g s; it said %s" % (
                seconds * TIME_SCALE, " | ".join(self.messages())[-1500:])) from None
        with open(self.out_path, "rb") as out, open(self.err_path, "rb") as err:
            result = Result(self.process.args, self.process.returncode, out.read(), err.read())
        check_alive(result.args, result.code, result.err)
        return result

    def stop(self, code=0, seconds=5):
        self.signal(signal.SIGTERM)
        result = self.wait(seconds)
        expect(result.code == code, "exit status %d, wanted %d: %s" % (
            result.code, code, " | ".join(result.messages())[-1500:]))
        return result


def children(pid):
    """Its living children."""
    found = []
    for other in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open("/proc/%s/stat" % other, encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(other))
    return found


class Frozen:
    """A process that does not run for a while, and whose parent does not learn of it."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            if _libc.ptrace(request, self.pid, None, None) != 0:
                raise Skip("ptrace is not allowed here: " + os.strerror(ctypes.get_errno()))
        os.waitpid(self.pid, WALL)

    def __exit__(self, *_):
        _libc.ptrace(PTRACE_DETACH, self.pid, None, None)


# --- what is in a database ----------------------------------------------------------------------

def query(database, text, *values):
    """Rows of a database that a capture may be writing."""
    connection = sqlite3.connect("file:%s?mode=ro" % database, uri=True, timeout=10 * TIME_SCALE)
    try:
        return connection.execute(text, values).fetchall()
    finally:
        connection.close()


def check_whole(database):
    expect_equal(query(database, "PRAGMA integrity_check"), [("ok",)], "integrity of the database")
    expect_equal(query(database, "PRAGMA foreign_key_check"), [], "foreign keys")


CONVERSATIONS = """
SELECT client, server, transport, port, protocol, application, host, detected_by, direction_by,
	verdict, rule, nearest, differs, reasons, detail, sum(flows), sum(packets_to_server),
	sum(packets_to_client), sum(bytes_to_server), sum(bytes_to_client)
FROM v_conversation GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
"""

VERDICTS = """
SELECT verdict, sum(conversations), sum(flows), sum(packets), sum(bytes) FROM run_verdict
GROUP BY 1 ORDER BY 1
"""

# Sums over all runs of a database, and what each must be.
SUMS = """
SELECT (SELECT sum(packets) FROM run), (SELECT sum(packets) FROM window),
	(SELECT sum(count) FROM run_decode), (SELECT sum(count) FROM window_decode),
	(SELECT sum(count) FROM run_decode WHERE reason = 'decoded'),
	(SELECT coalesce(sum(packets_to_server + packets_to_client), 0) FROM conversation),
	(SELECT coalesce(sum(packets), 0) FROM run_verdict),
	(SELECT sum(dropped_kernel + dropped_interface) FROM run), sum(dropped_ring),
	sum(packets_lost), sum(duplicates),
	(SELECT sum(dropped_kernel + dropped_interface) FROM window),
	(SELECT sum(dropped_ring) FROM window), (SELECT sum(packets_lost) FROM window)
FROM run
"""


def check_sums(database, sent):
    """Nothing disappears, to the packet; returns (dropped before reading, in rings, lost)."""
    (packets, in_windows, reasons, reasons_in_windows, decoded, judged, summed, dropped, ring,
     lost, duplicates, window_dropped, window_ring, window_lost) = query(database, SUMS)[0]
    expect_equal(packets + dropped, sent, "read + dropped = sent")
    expect_equal((in_windows, reasons_in_windows), (packets, reasons), "sums of windows")
    expect_equal((window_dropped, window_ring, window_lost), (dropped, ring, lost),
                 "losses of windows")
    expect_equal(reasons + duplicates, packets, "results of decoding")
    expect_equal(judged + ring + lost, decoded, "judged + dropped in rings + lost with workers")
    expect_equal(summed, judged, "packets of all verdicts")
    return dropped, ring, lost
