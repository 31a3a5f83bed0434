# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that is wrong: one message that names it and says why, and never a crash."""
import os

from frames import Talk, pcap
from support import RULES, Skip, capture, check_sums, expect, expect_equal, read

WEB = capture("web.pcap")


def bad_files(bench):
    """Each alone; and after a good file, whose packets may not be lost silently."""
    content = {
        "text.pcap": (b"hello, this is no capture\n" * 10, "not a capture"),
        "empty.pcap": (b"", "empty"),
        "short.pcap": (read(WEB)[:10], "header"),
        "zero.pcap": (bytes(4096), "not a capture"),
        "gzip.pcap.gz": (b"\x1f\x8b\x08\0" + bytes(40), "gzip.pcap.gz"),
        "text.pcap.zst": (b"\x28\xb5\x2f\xfd" + b"x" * 40, "text.pcap.zst"),
    }
    for name, (data, why) in content.items():
        path = bench.write(name, data)
        bench.fails("audit", "--rules", RULES, "--db", bench.database(), path, saying=(name, why))
        bench.fails("audit", "--rules", RULES, "--db", bench.database(), WEB, path,
                    saying=(name, why))
    bench.fails("audit", "--rules", RULES, "--db", bench.database(), "-", given=b"hello there",
                saying=("standard input", "not a capture"))
    bench.fails("audit", "--rules", RULES, "--db", bench.database(), "-", given=b"",
                saying=("standard input", "empty"))


def paths(bench):
    os.mkdir(bench.path("folder"))
    bench.write("folder/notes.txt", b"no capture")
    for path, why in ((WEB + "/x", "Not a directory"), ("nowhere.pcap", "No such file"),
                      ("folder", "without captures"), ("", "")):
        bench.fails("audit", "--rules", RULES, "--db", bench.database(), path,
                    saying=(path, why))


def no_packets(bench):
    """A capture without packets is not an error, and never looks like a clean network."""
    path = bench.write("quiet.pcap", read(WEB)[:24])
    result = bench.audit(path)
    expect_equal(len(result.messages()), 1, "messages")
    expect("quiet.pcap" in result.messages()[0] and "without packets" in result.messages()[0],
           "message: %r" % result.messages())
    expect("no packets" in result.text().lower(), "the report does not say so: " + result.text())
    report = bench.audit("--format", "json", path).json()
    check_sums(report, "quiet.pcap")
    expect_equal((report["run"]["packets"], report["run"]["started"], report["run"]["confidence"]),
                 (0, None, "none"), "run")
    expect("seen" not in report["summary"]["expectations"]
           or report["summary"]["expectations"]["unseen"] == 0, "unseen without a packet")
    web = bench.audit("--format", "json", path, WEB).json()
    expect_equal(web["run"]["packets"], 56, "packets with a good file beside it")


def cut_file(bench):
    """What stands before the cut is kept and judged; the run says that the file is cut."""
    whole = bench.audit("--format", "json", WEB).json()
    zstd = read(capture("web.pcap.zst"))
    # All packets are in one block of the zst file: only its checksum can be cut off.
    for name, data in (("cut.pcap", read(WEB)[:5000]), ("cut.pcap.zst", zstd[:-2]),
                       ("cut.pcap.gz", read(capture("web.pcap.gz"))[:-2000])):
        path = bench.write(name, data)
        result = bench.audit("--format", "json", path)
        told = result.messages()
        expect(len(told) == 1 and name in told[0] and "cut off" in told[0], "told: %r" % told)
        report = result.json()
        check_sums(report, name)
        expect(report["run"]["files_truncated"] == 1, name + ": not marked as truncated")
        expect(report["run"]["confidence"] != "high", name + ": confidence is high")
        if name == "cut.pcap":
            expect(0 < report["run"]["packets"] < whole["run"]["packets"], "packets")
            text = bench.audit(path).text()
            expect("middle of a packet" in text, "the text report does not say so")
    path = bench.write("block.pcap.zst", zstd[:-1000])
    bench.fails("audit", "--rules", RULES, "--db", bench.database(), path,
                saying=("block.pcap.zst", "end in the middle"))


def damaged(bench):
    """A packet header with a length beyond all limits: what came before is kept."""
    data = read(WEB)
    path = bench.write("insane.pcap", data[:24] + data[24:24 + 16 + 42] + b"\xff" * 16)
    result = bench.run("audit", "--rules", RULES, "--db", bench.database(), "--format", "json",
                       path)
    expect_equal(len(result.messages()), 1, "messages")
    expect("insane.pcap" in result.messages()[0], "message: %r" % result.messages())
    expect(result.code in (0, 2), "exit status %d" % result.code)
    if result.code == 0:
        expect_equal(result.json()["run"]["files_truncated"], 1, "files truncated")


def unknown_link(bench):
    """A link type that nobody can decode: each packet is counted as such, and the report says."""
    path = bench.write("user0.pcap", pcap([b"something"] * 5, link_type=147))
    result = bench.audit("--format", "json", path)
    run = result.json()["run"]
    check_sums(result.json(), "user0.pcap")
    expect_equal((run["packets"], run["decoded"], run["not_decoded"]["unknown-link-type"]),
                 (5, 0, 5), "packets, decoded, unknown")
    text = bench.audit(path).text()
    expect("unknown-link-type" in text, "the text report does not say so: " + text)
    expect(run["confidence"] in ("none", "low"), "confidence " + run["confidence"])


def snapped(bench):
    """A snapshot length that cuts packets: counted, and said."""
    frames = Talk("10.9.0.1", 40000, "10.9.0.2", 80).say(
        b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n" + b"x" * 500).close()
    path = bench.write("snap.pcap", pcap(frames, snap=60))
    report = bench.audit("--format", "json", path).json()
    check_sums(report, "snap.pcap")
    expect_equal(report["run"]["cut"], 1, "cut packets")
    expect("1 packet by the snapshot length" in bench.audit(path).text(), "text report")


def unreadable(bench):
    """No permission: for root a file below a file, else a file with no mode bits."""
    path = bench.write("closed.pcap", read(WEB))
    os.chmod(path, 0)
    if os.access(path, os.R_OK):
        raise Skip("root reads every file")
    bench.fails("audit", "--rules", RULES, "--db", bench.database(), path,
                saying=("closed.pcap", "Permission denied"))


GOOD_RULE = """format: 1
product: shop
name: Shop
document: {title: Ports, publisher: Shop}
roles: {client: "Client", server: "Server"}
components:
  web:
    name: Web
    rules:
      - id: https
        title: "Shop"
        section: "Web"
        row: "443"
        direction: inbound
        from: [client]
        to: [server]
        transport: [tcp]
        ports: [443]
        protocols: [TLS]
        requirement: required
"""

# What to write instead of what, and the word that the message has to repeat.
BAD_RULES = (
    ("ports: [443]", "ports: [70000]", "70000"),
    ("transport: [tcp]", "transport: [tpc]", "tpc"),
    ("direction: inbound", "direction: sideways", "sideways"),
    ("requirement: required", "requirement: maybe", "maybe"),
    ("from: [client]", "from: [nobody]", "nobody"),
    ("protocols: [TLS]", "protocols: [TSL]", "TSL"),
    ("section:", "sektion:", "sektion"),
    ("product: shop", "product: shoe", "shoe"),
    ("format: 1", "format: 99", "99"),
    ("id: https", "id: \"no good id\"", "no good id"),
    ("title: \"Shop\"", "about: \"Shop\"", "about"),
    ("ports: [443]", "ports: [443", ""),
)


def bad_rules(bench):
    """Every mistake in a catalog is told with file and line, by audit and by catalog check."""
    path = bench.write("shop.yaml", GOOD_RULE.encode())
    good = bench.run("catalog", "check", path)
    expect_equal((good.code, good.err), (0, b""), "the catalog without mistakes")
    for old, new, word in BAD_RULES:
        # A bracket that is never closed is noticed at the next thing that cannot be in a list.
        number = GOOD_RULE[:GOOD_RULE.index(old)].count("\n") + 1 + (word == "")
        line = ":%d:" % number
        bench.write("shop.yaml", GOOD_RULE.replace(old, new).encode())
        checked = bench.run("catalog", "check", path)
        audited = bench.run("audit", "--rules", path, "--db", bench.database(), WEB)
        expect_equal((checked.code, audited.code), (2, 2), "exit status with " + new)
        expect(any("shop.yaml" + line in said and word in said for said in checked.messages()),
               "%s: not told with line %s: %r" % (new, line, checked.messages()))
        expect_equal(audited.messages(), checked.messages(), "audit and catalog check")


def many_mistakes(bench):
    """A catalog with several mistakes: all of them, each in a line of its own."""
    text = GOOD_RULE
    for old, new, _ in BAD_RULES[:4]:
        text = text.replace(old, new)
    path = bench.write("shop.yaml", text.encode())
    result = bench.run("catalog", "check", path)
    expect_equal(result.code, 2, "exit status")
    for word in ("70000", "tpc", "sideways", "maybe"):
        expect(sum(word in line for line in result.messages()) == 1,
               "%s is not told once: %r" % (word, result.messages()))


def rules_folders(bench):
    os.mkdir(bench.path("bare"))
    for folder, why in (("nowhere", "No such file"), ("bare", "no catalog")):
        for command in (("audit", WEB, "--db", bench.database()), ("catalog", "list")):
            bench.fails(*command, "--rules", folder, saying=(folder, why))
    bench.fails("catalog", "show", "nosuch", "--rules", RULES, saying=("nosuch", "strongdm"))
    bench.fails("catalog", "explain", "tcp/70000", "--rules", RULES, saying=("70000",))
    bench.fails("catalog", "explain", "xyz/80", "--rules", RULES, saying=("xyz",))
    bench.fails("catalog", "explain", "--rules", RULES)
    bench.fails("catalog", "nonsense", "--rules", RULES, saying=("nonsense",))


BAD_OPTIONS = (
    ("--workers", "x"), ("--workers", "65"), ("--workers", "-1"), ("--workers", ""),
    ("--max-memory", "1"), ("--max-memory", "1Z"), ("--max-memory", "99999999999999999999G"),
    ("--bucket", "0"), ("--bucket", "1x"), ("--bucket", "-1h"), ("--timeout", "tcp"),
    ("--timeout", "tcp=x"), ("--timeout", "foo=1s"), ("--timeout", "tcp=0s"),
    ("--format", "xml"), ("--fail-on", "everything"), ("--color", "green"), ("--width", "3"),
    ("--width", "1e3"), ("--filter", "not a filter ("), ("--product", "nosuch"),
)


def options(bench):
    for name, value in BAD_OPTIONS:
        saying = (value, "filter" if name == "--filter" else
                  "product" if name == "--product" else name.lstrip("-"))
        bench.fails("audit", "--rules", RULES, "--db", bench.database(), name, value, WEB,
                    saying=saying)
    for args in (("--nosuch",), ("-Z",), ("--workers",), ("--db",)):
        bench.fails("audit", WEB, *args, saying=(args[0],))
    bench.fails("audit", saying=("capture",))
    bench.fails("nosuch", saying=("nosuch",))
    bench.fails("help", "nosuch", saying=("nosuch",))
    bench.fails("runs", "nonsense", saying=("nonsense",))
    bench.fails("report", "--run", "x", saying=("--run", "x"))


def outputs(bench):
    """Output that cannot be written: which file, and why. The audit itself is stored."""
    for args, why in ((("-o", "/nonexistent/x"), "No such file"), (("-o", "/dev/full"), "space"),
                      (("--flows", "/nonexistent/x"), "No such file"),
                      (("--flows", "/dev/full"), "space"), (("-o", bench.folder), "folder")):
        bench.fails("audit", "--rules", RULES, "--db", bench.database(), *args, WEB,
                    saying=(args[1], why))
    database = bench.database()
    bench.fails("audit", "--rules", RULES, "--db", database, "-o", "/dev/full", WEB)
    stored = bench.run("report", "--db", database, "--format", "json").json()
    expect_equal(stored["run"]["packets"], 56, "packets stored although the report failed")
    with open("/dev/full", "wb") as full:
        for args in (("report", "--db", database), ("audit", "--rules", RULES, "--db",
                     bench.database(), WEB), ("audit", "--rules", RULES, "--db",
                     bench.database(), "--flows", "-", WEB), ("catalog", "list", "--rules",
                     RULES), ("help",), ("--version",), ("runs", "list", "--db", database)):
            bench.fails(*args, stdout=full, saying=("space",))


TESTS = [("files", bad_files), ("paths", paths), ("no-packets", no_packets),
         ("cut-file", cut_file), ("damaged-file", damaged), ("unknown-link", unknown_link),
         ("snapshot-length", snapped), ("unreadable", unreadable), ("rules", bad_rules),
         ("many-mistakes", many_mistakes), ("rules-folders", rules_folders),
         ("options", options), ("outputs", outputs)]
