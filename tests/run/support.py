# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the whole program share: running it, judging what it printed, captures."""
import ctypes
import json
import os
import re
import signal
import subprocess
import tempfile

TOP = os.path.abspath(os.environ.get("FA_TOP_SRCDIR")
                      or os.path.join(os.path.dirname(__file__), "..", ".."))
HERE = os.path.join(TOP, "tests", "run")
PROGRAM = os.path.abspath(os.environ.get("FLOWAUDIT", "./flowaudit"))
TIME_SCALE = float(os.environ.get("FA_TIME_SCALE", "1"))
RULES = os.path.join(TOP, "rules")

# The plain captures; web.pcap.gz and web.pcap.zst hold the same packets as web.pcap. Those of the
# laboratory have tests of their own.
CAPTURES = sorted(name for name in os.listdir(os.path.join(TOP, "pcaps"))
                  if name.endswith((".pcap", ".pcapng")) and not name.startswith("lab-"))


def scratch():
    """Where tests keep their files: in memory where there is enough of it, since what a busy disk
    makes of fsync is not what they are about. TMPDIR is heeded. None: as Python does it."""
    memory = "/dev/shm"
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return None
    space = os.statvfs(memory)
    return memory if space.f_bavail * space.f_frsize > 1 << 30 else None


SCRATCH = scratch()


def confines():
    """
    Whether the program can confine its processes: not with sanitizers, whose run-time needs more
    rights (config.h is beside the program that was built), and not on a kernel without Landlock.
    """
    config = os.path.join(os.path.dirname(PROGRAM), "config.h")
    if os.path.exists(config):
        with open(config, encoding="utf-8") as file:
            if re.search(r"(?m)^#define FA_SANITIZERS\b", file.read()):
                return False
    create_ruleset = 444  # landlock_create_ruleset(2); with flag 1 it tells the version
    return ctypes.CDLL(None).syscall(create_ruleset, None, ctypes.c_size_t(0), 1) > 0


CONFINES = confines()


def without_confinement(report):
    """A report, text or JSON, without what it says of that: --workers 0 is never confined."""
    report = re.sub(rb'"sandboxed":(true|false),', b"", report)
    return re.sub(rb"(?m)^NOT CONFINED: .*\n", b"", report)


class Failure(Exception):
    """A test found what must not be."""


class Skip(Exception):
    """A test cannot be done here."""


def expect(true, message):
    if not true:
        raise Failure(message)


def expect_equal(got, wanted, what):
    if got == wanted:
        return
    if isinstance(got, bytes) and isinstance(wanted, bytes):
        raise Failure("%s differs: %s" % (what, first_difference(got, wanted)))
    raise Failure("%s: got %.2000r, wanted %.2000r" % (what, got, wanted))


def first_difference(got, wanted):
    ours = got.decode("utf-8", "backslashreplace").splitlines()
    theirs = wanted.decode("utf-8", "backslashreplace").splitlines()
    for number, (one, other) in enumerate(zip(ours, theirs), 1):
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), 0)
            start = max(0, at - 60)
            return "line %d, from column %d: got %.160r, wanted %.160r" % (
                number, start + 1, one[start:], other[start:])
    return "got %d lines, wanted %d" % (len(ours), len(theirs))


class Result:
    def __init__(self, args, code, out, err):
        self.args = args
        self.code = code
        self.out = out
        self.err = err

    def text(self):
        return self.out.decode("utf-8")

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failure("%s: not JSON: %s" % (" ".join(self.args), error)) from error

    def lines(self):
        """Objects of NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def messages(self):
        return self.err.decode("utf-8").splitlines()


def environment():
    """Nothing of the user's settings; what sanitizers need stays."""
    keep = {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",
            "LSAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"}
    env = {name: value for name, value in os.environ.items() if name in keep}
    env.update(LC_ALL="C", TZ="UTC")
    return env


def check_alive(args, code, err):
    """Nothing that the program is given may end in a crash."""
    told = err.decode("utf-8", "backslashreplace")
    if code < 0:
        raise Failure("%s: ended by signal %d: %s" % (" ".join(args), -code, told[-2000:]))
    for word in ("Sanitizer", "runtime error:", "Assertion", "core dumped"):
        if word in told:
            raise Failure("%s: %s" % (" ".join(args), told[:4000]))


class Bench:
    """A test's own folder, and the program in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="flowaudit-run-", dir=SCRATCH)
        self.count = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def database(self):
        """A name that no other run of this test has."""
        self.count += 1
        return self.path("run%d.db" % self.count)

    def write(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def start(self, *args, cwd=None, before=(), env=None, stdin=subprocess.DEVNULL,
              stdout=subprocess.PIPE):
        """The program, leader of a process group of its own."""
        command = list(before) + [PROGRAM] + [str(arg) for arg in args]
        surroundings = environment()
        if "--db" in args[:-1]:
            # The default one, too, so that reports do not name it in the commands that they print.
            surroundings["FLOWAUDIT_DB"] = str(args[args.index("--db") + 1])
        surroundings.update(env or {})
        return subprocess.Popen(command, cwd=cwd or self.folder, env=surroundings, stdin=stdin,
                                stdout=stdout, stderr=subprocess.PIPE, start_new_session=True)

    def finish(self, process, given=None, timeout=20):
        try:
            out, err = process.communicate(given, timeout=timeout * TIME_SCALE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise Failure("%s: still running after %g s; said %.500r" % (
                " ".join(process.args), timeout * TIME_SCALE, err)) from None
        check_alive(process.args, process.returncode, err)
        return Result(process.args, process.returncode, out or b"", err)

    def run(self, *args, given=None, timeout=20, **how):
        if given is not None:
            how["stdin"] = subprocess.PIPE
        return self.finish(self.start(*args, **how), given, timeout)

    def audit(self, *args, code=0, **how):
        """An audit with the catalogs of this source and a database of its own unless named."""
        if "--db" not in args:
            args = ("--db", self.database()) + args
        result = self.run("audit", "--rules", RULES, *args, **how)
        expect(result.code == code, "%s: exit status %d, wanted %d: %s" % (
            " ".join(result.args), result.code, code, result.err.decode()))
        return result

    def fails(self, *args, saying=(), **how):
        """Must end with status 2 and one line on stderr that holds every text of SAYING."""
        result = self.run(*args, **how)
        command = " ".join(result.args)
        expect(result.code == 2, "%s: exit status %d, wanted 2: %r" % (
            command, result.code, result.err))
        told = result.messages()
        expect(len(told) == 1, "%s: wanted one message, got %r" % (command, told))
        expect(told[0].startswith("flowaudit: "), "%s: %r" % (command, told))
        for part in saying:
            expect(part in told[0], "%s: %r does not say %r" % (command, told[0], part))
        return result


def capture(name):
    return os.path.join(TOP, "pcaps", name)


def read(path):
    with open(path, "rb") as file:
        return file.read()


# What a run is, without its number: for runs that must agree.
def without_id(report):
    report["run"].pop("id")
    return report


CONVERSATION = ("client", "server", "transport", "port", "protocol", "application", "host",
                "detected_by", "direction_by", "flows", "packets_to_server", "packets_to_client",
                "bytes_to_server", "bytes_to_client", "verdict", "rule", "nearest", "reasons")


def conversations(report):
    """Without times, which have another precision in other file formats."""
    return [{name: one[name] for name in CONVERSATION} for one in report["conversations"]]


def check_sums(report, what):
    """Nothing disappears: the sums that every report promises."""
    run = report["run"]
    lost = run["lost"]  # with workers that died
    not_decoded = sum(run["not_decoded"].values())
    expect_equal(run["decoded"] + run["duplicates"] + not_decoded, run["packets"],
                 what + ": decoded + duplicates + not decoded")
    talk = report["conversations"]
    packets = sum(c["packets_to_server"] + c["packets_to_client"] for c in talk)
    expect_equal(packets + lost["packets"], run["decoded"], what + ": packets of all conversations")
    expect_equal(sum(c["flows"] for c in talk) + lost["flows"], run["flows"], what + ": flows")
    expect_equal(len(talk), run["conversations"], what + ": conversations")
    rows = report["summary"]["verdicts"]
    for verdict, row in rows.items():
        mine = [c for c in talk if c["verdict"] == verdict]
        expect_equal(len(mine), row["conversations"], "%s: %s" % (what, verdict))
        expect_equal(sum(c["flows"] for c in mine), row["flows"], "%s: %s" % (what, verdict))
        expect_equal(sum(c["packets_to_server"] + c["packets_to_client"] for c in mine),
                     row["packets"], "%s: packets, %s" % (what, verdict))
        expect_equal(sum(c["bytes_to_server"] + c["bytes_to_client"] for c in mine),
                     row["bytes"], "%s: bytes, %s" % (what, verdict))
    expect_equal(sum(row["conversations"] for row in rows.values()), len(talk),
                 what + ": conversations of all verdicts")
    states = {}
    for one in report["expectations"]:
        states[one["status"]] = states.get(one["status"], 0) + 1
    counted = report["summary"]["expectations"]
    expect_equal(states, {k: v for k, v in counted.items() if v > 0}, what + ": expectations")
    expect_equal(len(report["findings"]), report["summary"]["findings"], what + ": findings")


def schema_errors(instance, schema_name):
    """Messages of a JSON Schema validator; skips where there is none."""
    try:
        import jsonschema
    except ImportError:
        raise Skip("Python has no jsonschema (Debian package python3-jsonschema)") from None
    with open(os.path.join(TOP, "schema", schema_name), encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return ["%s: %s" % ("/".join(str(p) for p in e.absolute_path), e.message[:300])
            for e in validator(schema).iter_errors(instance)]
