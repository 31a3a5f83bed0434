# SPDX-License-Identifier: GPL-3.0-or-later
"""flowaudit evidence: the packets behind a finding, and nothing else."""
import glob
import gzip
import os
import shutil
import sqlite3
import struct

from frames import SYN, Talk, ip4, pcap, tcp, udp, unreachable
from support import CAPTURES, TOP, capture, expect, expect_equal, read

# Of captures with more findings the first ones: they are of every verdict there is.
FINDINGS = 8

SAME = ("verdict", "sweep", "client", "server", "transport", "port", "protocol", "application",
        "host", "detected_by", "direction_by", "rule", "instance", "nearest", "clients", "servers",
        "ports", "flows", "packets_to_server", "packets_to_client", "bytes_to_server",
        "bytes_to_client", "first_seen", "last_seen", "reasons")

# Those with a site are recordings of the laboratory.
RECORDINGS = sorted(name for name in os.listdir(os.path.join(TOP, "pcaps"))
                    if name.endswith(".pcap") and name not in CAPTURES)

# What a verdict may rest on that is not in the finding's own packets.
OF_OTHERS = {"fallback-not-needed", "fallback-needed", "fallback-unproven", "negotiated",
             "host-by-dns", "dns-expired", "same-port-spoke"}


def packets(data):
    """(nanoseconds, length on the wire, bytes) of each packet of a little-endian pcap file."""
    magic, link_type = struct.unpack("<I", data[:4])[0], struct.unpack("<I", data[20:24])[0]
    expect(magic in (0xa1b2c3d4, 0xa1b23c4d), "magic %x" % magic)
    unit = 1 if magic == 0xa1b23c4d else 1000
    at, found = 24, []
    while at < len(data):
        seconds, rest, kept, wire = struct.unpack("<IIII", data[at:at + 16])
        found.append((seconds * 10 ** 9 + rest * unit, wire, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return link_type, unit, found


def around(name):
    """The options that a capture is audited with: with its site, if it has one."""
    options = ["-w", "0"]
    for option, end in (("--site", ".site.yaml"), ("--waivers", ".waivers.yaml")):
        path = capture(name.rsplit(".", 1)[0] + end)
        if os.path.exists(path):
            options += [option, path]
    return options


def cut(bench, database, finding, *options, name="out.pcap"):
    path = bench.path(name)
    result = bench.run("evidence", "--db", database, *options, finding, "-o", path)
    expect_equal(result.code, 0, "exit status (%s)" % result.err.decode())
    return path, result.messages()


def same_finding(name):
    """A test: the evidence of each finding of a capture, audited, gives that finding again."""
    def test(bench):
        database = bench.database()
        options = around(name)
        report = bench.audit("--db", database, "--format", "json", *options, capture(name)).json()
        for finding in report["findings"][:FINDINGS]:
            what = "%s: finding %d" % (name, finding["number"])
            path, told = cut(bench, database, "1.%d" % finding["number"])
            expect_equal(told, ["flowaudit: %s of %s" % (
                count(finding["packets_to_server"] + finding["packets_to_client"], "packet"),
                count(finding["conversations"], "conversation"))], what)
            again = bench.audit("--format", "json", *options, path).json()["findings"]
            if OF_OTHERS.isdisjoint(finding["reasons"]):
                expect(wanted(finding) in [wanted(one) for one in again],
                       "%s is not there again: %r" % (what, again[:2]))
    return test


def wanted(finding):
    return [finding[key] for key in SAME]


def count(number, word):
    return "%d %s%s" % (number, word, "" if number == 1 else "s")


def as_they_were(bench):
    """Whole frames with their times, in order, of these conversations and no others."""
    for name in ("undocumented.pcap", "web.pcap", "vlan.pcap", "cooked.pcap", "web-nano.pcap"):
        database = bench.database()
        findings = bench.audit("--db", database, "--format", "json", "--product", "arcgis-server",
                               capture(name)).json()["findings"]
        link_type, unit, source = packets(read(capture(name)))
        expect(findings, name + ": no finding to look at")
        for finding in findings:
            path, _ = cut(bench, database, str(finding["number"]))
            got = packets(read(path))
            expect_equal(got[:2], (link_type, unit), name + ": link type and unit of time")
            expect_equal([p for p in source if p in got[2]], got[2], name + ": packets")
            port = struct.pack("!H", finding["port"])
            expect(all(port in p[2] for p in got[2]), name + ": packets of another port")


def cut_short(bench):
    """What the capture has of a packet, and how long it was."""
    talk = Talk("10.1.0.1", 40000, "10.1.0.2", 8765).say(b"hello" * 40).answer(b"hi").close()
    path = bench.write("in.pcap", pcap(talk, snap=90))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    out, _ = cut(bench, database, finding_on(report, 8765))
    got = packets(read(out))[2]
    expect_equal([(p[1], p[2]) for p in got], [(len(f), f[:90]) for f in talk], "frames")


def parts(bench):
    """Two talks of one client with a server: SSH where TLS is documented, and another port."""
    one = Talk("10.1.0.1", 40000, "10.1.0.2", 443).say(b"SSH-2.0-x\r\n").answer(
        b"SSH-2.0-y\r\n").close()
    two = Talk("10.1.0.1", 40001, "10.1.0.2", 8765).say(b"hello").answer(b"hi").close()
    mixed = [frame for pair in zip(one, two) for frame in pair]
    return one, two, bench.write("in.pcap", pcap(mixed))


def finding_on(report, port):
    found = [f["number"] for f in report["findings"] if f["port"] == port]
    expect_equal(len(found), 1, "findings on port %d" % port)
    return str(found[0])


def only_its_own(bench):
    one, two, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    for port, frames in ((443, one), (8765, two)):
        out, told = cut(bench, database, finding_on(report, port))
        expect_equal([p[2] for p in packets(read(out))[2]], frames, "frames")
        expect_equal(told, ["flowaudit: %d packets of 1 conversation" % len(frames)], "told")


def only_its_time(bench):
    """The same client and port at another time, judged otherwise, does not belong."""
    hour = 3600 * 10 ** 6
    early = Talk("10.1.0.1", 40000, "10.1.0.2", 443).say(b"SSH-2.0-x\r\n").answer(
        b"SSH-2.0-y\r\n").close()
    late = Talk("10.1.0.1", 40001, "10.1.0.2", 443).say(b"\0\1\2\3" * 5).answer(b"\4" * 20).close()
    again = Talk("10.1.0.1", 40002, "10.1.0.2", 443).say(b"SSH-2.0-x\r\n").answer(
        b"SSH-2.0-y\r\n").close()
    frames = [(start + 1000 * i, frame) for start, talk in
              ((0, early), (2 * hour, late), (4 * hour, again)) for i, frame in enumerate(talk)]
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json",
                         bench.write("in.pcap", pcap(frames))).json()
    number = [f["number"] for f in report["findings"] if f["protocol"] == "SSH"]
    out, _ = cut(bench, database, str(number[0]))
    expect_equal([p[2] for p in packets(read(out))[2]], early + again, "frames")


def fragments_and_errors(bench):
    """Later fragments come with their first piece, ICMP errors with what they quote."""
    payload = struct.pack("!HHHH", 5000, 33999, 8 + 56, 0) + b"x" * 56
    pieces = [ip4("10.1.0.1", "10.1.0.2", 17, payload[:32], 7, 0x2000),
              ip4("10.1.0.1", "10.1.0.2", 17, payload[32:], 7, 4)]
    stranger = ip4("10.1.0.1", "10.1.0.2", 17, payload[32:], 8, 4)
    tried = tcp("10.1.0.1", 40000, "10.1.0.3", 8766, SYN, 1, 0)
    error = unreachable("10.1.0.9", tried)
    other = unreachable("10.1.0.9", tcp("10.1.0.1", 40001, "10.1.0.3", 8767, SYN, 1, 0))
    path = bench.write("in.pcap", pcap(pieces + [stranger, tried, error, other]))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    out, _ = cut(bench, database, finding_on(report, 33999))
    expect_equal([p[2] for p in packets(read(out))[2]], pieces, "fragments")
    out, _ = cut(bench, database, finding_on(report, 8766))
    expect_equal([p[2] for p in packets(read(out))[2]], [tried, error], "with its error")


def sweep(bench):
    """All that a sweep tried."""
    frames = [tcp("10.1.0.1", 40000 + port, "10.1.0.2", 20000 + port, SYN, 1, 0)
              for port in range(30)]
    talk = Talk("10.1.0.1", 50000, "10.1.0.2", 443).say(b"GET / HTTP/1.0\r\n\r\n").close()
    path = bench.write("in.pcap", pcap(frames + talk))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    number = [f["number"] for f in report["findings"] if f["sweep"]]
    expect_equal(len(number), 1, "sweeps")
    out, told = cut(bench, database, str(number[0]))
    expect_equal([p[2] for p in packets(read(out))[2]], frames, "frames")
    expect_equal(told, ["flowaudit: 30 packets of 30 conversations"], "told")


def open_sides(bench):
    """Where nothing shows who serves, both ports count."""
    frames = [udp("10.1.0.1", 40000, "10.1.0.2", 40001, b"\xffone"),
              udp("10.1.0.2", 40001, "10.1.0.1", 40000, b"\xfftwo")]
    others = [udp("10.1.0.1", 40002, "10.1.0.2", 40001, b"\xffthree"),
              udp("10.1.0.1", 40000, "10.1.0.2", 40003, b"\xfffour")]
    path = bench.write("in.pcap", pcap([frames[0], others[0], others[1], frames[1]]))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    out, _ = cut(bench, database, finding_on(report, 40001))
    expect_equal([p[2] for p in packets(read(out))[2]], [frames[0], others[0], frames[1]],
                 "frames")


def several_sources(bench):
    """Folders, compressed files and a filter are read as the run has read them."""
    one, two, path = parts(bench)
    os.mkdir(bench.path("many"))
    shutil.move(path, bench.path("many/b.pcap"))
    with gzip.open(bench.path("many/a.pcap.gz"), "wb") as file:
        file.write(pcap([(10 ** 9 + i, frame) for i, frame in enumerate(two)]))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", "-f", "src host 10.1.0.1",
                         "many").json()
    out, _ = cut(bench, database, finding_on(report, 8765))
    sent = [frame for frame in two if frame[26:30] == b"\x0a\1\0\1"]
    expect_equal([p[2] for p in packets(read(out))[2]], 2 * sent, "frames")


def moved(bench):
    """--input says where the captures are now."""
    one, _, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    number = finding_on(report, 443)
    os.mkdir(bench.path("archive"))
    out, _ = cut(bench, database, number, "--input", bench.path("archive"))
    expect_equal([p[2] for p in packets(read(out))[2]], one, "still where it was")
    os.rename(path, bench.path("archive/in.pcap"))
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=(path, "No such file", "--input"))
    expect(not glob.glob(bench.path("no*")), "something was written")
    for where in (bench.path("archive"), bench.path("archive/in.pcap")):
        out, _ = cut(bench, database, number, "--input", where)
        expect_equal([p[2] for p in packets(read(out))[2]], one, "frames")
    os.rename(bench.path("archive/in.pcap"), bench.path("other"))
    out, _ = cut(bench, database, number, "--input", bench.path("other"))
    expect_equal([p[2] for p in packets(read(out))[2]], one, "frames")


def changed(bench):
    """Another file in the same place is not taken for what the run has read."""
    _, _, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    number = finding_on(report, 443)
    data = read(path)
    bench.write("in.pcap", data)  # the same, written again
    _, told = cut(bench, database, number)
    expect(len(told) == 2 and "was written to since" in told[0], "told: %r" % told)
    _, told = cut(bench, database, "-q", number)
    expect_equal(len([line for line in told if "written" in line]), 0, "warnings with -q")
    bench.write("in.pcap", data[:24] + b"\0" * (len(data) - 24))
    result = bench.run("evidence", "--db", database, number, "-o", bench.path("no"))
    expect(result.code == 2 and b"none of the packets is there" in result.err
           or b"not read past" in result.err, "message: %r" % result.err)
    bench.write("in.pcap", data + b"\0")
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=(path, "has changed: %d bytes, and it had %d" % (len(data) + 1, len(data)),
                        "--input"))
    expect(not glob.glob(bench.path("no*")), "something was written")


def over_itself(bench):
    """The captures stay, whatever name they go by."""
    _, _, path = parts(bench)
    database = bench.database()
    number = finding_on(bench.audit("--db", database, "--format", "json", path).json(), 443)
    data = read(path)
    link = bench.path("link.pcap")
    os.symlink(path, link)
    for same in (path, link):
        bench.fails("evidence", "--db", database, number, "-o", same,
                    saying=(same, "a capture that the run has read", "-o"))
        expect_equal(read(path), data, "the capture")


def standard_input(bench):
    one, _, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", "-", given=read(path)).json()
    number = finding_on(report, 443)
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=("run 1 read standard input", "--input"))
    out, _ = cut(bench, database, number, "--input", path)
    expect_equal([p[2] for p in packets(read(out))[2]], one, "frames")


def link_types(bench):
    """A pcap file has one link type; which one, somebody must say."""
    talk = Talk("10.1.0.1", 40000, "10.1.0.2", 8765).say(b"hello").answer(b"hi").close()
    later = Talk("10.1.0.1", 40001, "10.1.0.2", 8765).say(b"hello").answer(b"hi").close()
    paths = [bench.write("ethernet.pcap", pcap(talk)),
             bench.write("raw.pcap", pcap([(10 ** 8 + i, f[14:]) for i, f in enumerate(later)], 12))]
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", *paths).json()
    number = finding_on(report, 8765)
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=("link types 1 and 12", "--link-type 1 or --link-type 12"))
    expect(not glob.glob(bench.path("no*")), "something was written")
    out, _ = cut(bench, database, number, "--link-type", "1")
    expect_equal([p[2] for p in packets(read(out))[2]], talk, "Ethernet")
    out, _ = cut(bench, database, number, "--link-type", "12")
    expect_equal([p[2] for p in packets(read(out))[2]], [f[14:] for f in later], "raw IP")
    bench.fails("evidence", "--db", database, number, "--link-type", "9", "-o", bench.path("no"),
                saying=("none of the packets is there", "link type"))


def numbers(bench):
    """Which finding; and what is none."""
    one, two, path = parts(bench)
    database = bench.database()
    bench.audit("--db", database, path)
    report = bench.audit("--db", database, "--format", "json", "--product", "strongdm",
                         path).json()
    total = len(report["findings"])
    number = finding_on(report, 443)
    newest = cut(bench, database, number)[0]
    expect_equal([p[2] for p in packets(read(newest))[2]], one, "of the newest run")
    for options in (("2." + number,), ("--run", "2", number), ("-r", "1", "2." + number)):
        path = bench.path("again")
        expect_equal(bench.run("evidence", "--db", database, *options, "-o", path).code, 0,
                     "exit status of %r" % (options,))
        expect_equal(read(path), read(newest), "as %r" % (options,))
    bench.fails("evidence", "--db", database, "2.%d" % (total + 1), "-o", bench.path("no"),
                saying=("run 2 has no finding %d: it has %d" % (total + 1, total),))
    bench.fails("evidence", "--db", database, "--run", "1", "999", "-o", bench.path("no"),
                saying=("run 1 has no finding 999",))
    bench.fails("evidence", "--db", database, "9.1", "-o", bench.path("no"),
                saying=("there is no run 9",))
    for wrong in ("", "x", "1.", ".1", "0", "1.0", "1.2.3", "-1", "1.x", "1" * 30):
        bench.fails("evidence", "--db", database, "--", wrong, saying=("is not a finding such as",))
    bench.fails("evidence", "--db", database, saying=("needs one finding",))
    bench.fails("evidence", "--db", database, "1", "2", saying=("needs one finding",))
    bench.fails("evidence", "--db", bench.path("none.db"), "1", saying=("no such database",))


def limits_and_output(bench):
    one, _, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    number = finding_on(report, 443)
    out, told = cut(bench, database, number, "--max-packets", "3")
    expect_equal([p[2] for p in packets(read(out))[2]], one[:3], "the first three")
    expect_equal(told, ["flowaudit: 3 packets of 1 conversation, and there are more: see "
                        "--max-packets"], "told")
    _, told = cut(bench, database, number, "--max-packets", str(len(one)))
    expect_equal(told, ["flowaudit: %d packets of 1 conversation" % len(one)], "just enough")
    whole = read(cut(bench, database, number)[0])
    result = bench.run("evidence", "--db", database, number, "-o", "-")
    expect_equal(result.out, whole, "on standard output")
    result = bench.run("evidence", "-q", "--db", database, number)
    expect_equal((result.out, result.err), (whole, b""), "quietly")
    with open("/dev/full", "wb") as full:
        result = bench.run("evidence", "--db", database, number, stdout=full)
    expect_equal(result.code, 2, "exit status on a full disk")


def report_names_it(bench):
    """The report tells the command, and the command works as it is told."""
    _, _, path = parts(bench)
    database = bench.database()
    elsewhere = {"FLOWAUDIT_DB": ""}
    text = bench.audit("--db", database, path, env=elsewhere).text()
    commands = [line.split()[1:] for line in text.splitlines() if "packets: flowaudit" in line]
    expect(len(commands) >= 2, "commands in the report: %r" % commands)
    for command in commands:
        result = bench.run(*command[1:], env=elsewhere)
        expect_equal(result.code, 0, "%r: %r" % (command, result.err))
        expect(len(packets(read(bench.path("f.pcap")))[2]) > 0, "nothing in f.pcap")


def as_live(database, *paths):
    """Makes a run of a live one that has kept these files."""
    with sqlite3.connect(database) as db:
        db.execute("UPDATE run SET kind = 'live'")
        db.execute("DELETE FROM run_input")
        for number, path in enumerate(paths):
            status = os.stat(path)
            db.execute("INSERT INTO run_input (run, n, path, bytes, mtime_ns) VALUES (1, ?, ?, ?, ?)",
                       (number, path, status.st_size, status.st_mtime_ns))
    db.close()


def raw(frames, head=14, first=0):
    """Frames without what stands before their innermost IP header, as live runs keep them."""
    return pcap([(1000 * (first + i), frame[head:]) for i, frame in enumerate(frames)], 101)


def live(bench):
    """What a live run has kept: some files may be gone, and the filter was for another link."""
    one, two, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", "-f", "ether[12:2] = 0x800",
                         path).json()
    number = finding_on(report, 443)
    other = finding_on(report, 8765)
    as_live(database)
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=("run 1 was captured live", "no packets", "--save-findings"))
    kept = bench.write("flowaudit-1-1.pcap", raw(one[:4]))
    later = bench.write("flowaudit-1-2.pcap", raw(one[4:6], first=4))
    as_live(database, kept, later)
    out, told = cut(bench, database, number)
    got = packets(read(out))
    expect_equal((got[0], [p[2] for p in got[2]]), (101, [f[14:] for f in one[:6]]), "packets")
    expect_equal(told, ["flowaudit: 6 packets of 1 conversation; of a live run the first ones of "
                        "each flow are kept"], "told")
    bench.fails("evidence", "--db", database, other, "-o", bench.path("no"),
                saying=("none of the packets is there", "keeps a part", "--save-limit"))
    os.mkdir(bench.path("archive"))
    os.rename(later, bench.path("archive/flowaudit-1-2.pcap"))
    out, told = cut(bench, database, number)
    expect_equal(len(packets(read(out))[2]), 4, "packets of what is left")
    expect("1 of the 2 files" in told[0] and "are gone" in told[0], "told: %r" % told)
    out, told = cut(bench, database, number, "--input", bench.path("archive"))
    expect_equal((len(packets(read(out))[2]), len(told)), (6, 1), "found again")
    os.unlink(kept)
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=("packets that run 1 has kept are gone", "--save-limit", "--input"))
    bench.write("flowaudit-1-1.pcap", b"short")
    bench.fails("evidence", "--db", database, number, "-o", bench.path("no"),
                saying=("has changed", "when the run wrote it"))
    expect(not glob.glob(bench.path("no*")), "something was written")


def with_crashes(database, frames):
    """Adds crashes with the IP packets of these frames to run 1, as they are stored."""
    with sqlite3.connect(database) as db:
        for n, frame in enumerate(frames, 1):
            db.execute("INSERT INTO crash (run, n, when_ns, ts_ns, number, worker, signal, ip_bytes,"
                       " packet) VALUES (1, ?, 0, ?, ?, 2, ?, ?, ?)",
                       (n, 10 ** 18 + n, 100 + n, 11 if n % 2 else 0, len(frame) - 14 + n - 1,
                        frame[14:]))
    db.close()


def crashes(bench):
    """The packets that workers died of; what the run read does not matter."""
    one, two, path = parts(bench)
    database = bench.database()
    bench.audit("--db", database, path)
    bench.fails("evidence", "--db", database, "--crash", "1", "-o", bench.path("no"),
                saying=("run 1 read captures", "live runs"))
    as_live(database)
    bench.fails("evidence", "--db", database, "--crash", "1", "-o", bench.path("no"),
                saying=("run 1 has no crash 1: it has 0",))
    with_crashes(database, [one[3], two[3], two[0][:14]])
    bench.audit("--db", database, path)  # a newer run
    os.unlink(path)
    for n, frame, how in ((1, one[3], "died of signal 11 (Segmentation fault)"),
                          (2, two[3], "hung")):
        out = bench.path("crash%d.pcap" % n)
        result = bench.run("evidence", "--db", database, "--run", "1", "--crash", str(n), "-o", out)
        expect_equal(result.code, 0, "exit status (%s)" % result.err.decode())
        size = len(frame) - 14
        expect_equal(packets(read(out)), (101, 1, [(10 ** 18 + n, size + n - 1, frame[14:])]),
                     "packet %d" % n)
        expect_equal(result.messages(), [
            "flowaudit: packet %d, on which worker 2 %s: %d of %d bytes, from its IP header on" % (
                100 + n, how, size, size + n - 1)], "told")
        again = bench.audit("--format", "json", out).json()
        expect_equal(again["run"]["decoded"], 1, "packets that can be read again")
        stdout = bench.run("evidence", "-q", "--db", database, "--run", "1", "--crash", str(n))
        expect_equal((stdout.out, stdout.err), (read(out), b""), "quietly, on standard output")
    for wrong, saying in ((("--crash", "1"), ("run 2 read captures",)),
                          (("-r", "1", "--crash", "3"), ("crash 3 of run 1", "no packet was kept")),
                          (("-r", "1", "--crash", "4"), ("run 1 has no crash 4: it has 3",)),
                          (("-r", "9", "--crash", "1"), ("there is no run 9",)),
                          (("--crash", "0"), ("--crash", '"0"', "a number from 1")),
                          (("--crash", "1", "1.1"), ("a finding or --crash",)),
                          (("--crash", "1", "--input", "x"), ("without --input",)),
                          (("--crash", "1", "--max-packets", "1"), ("without --input",)),
                          (("--crash", "1", "--link-type", "1"), ("without --input",))):
        bench.fails("evidence", "--db", database, *wrong, "-o", bench.path("no"), saying=saying)
    expect(not glob.glob(bench.path("no*")), "something was written")


def crashes_are_named(bench):
    """The commands that reports name work as they are told."""
    one, _, path = parts(bench)
    database = bench.database()
    bench.audit("--db", database, path)
    as_live(database)
    with_crashes(database, [one[3]])
    elsewhere = {"FLOWAUDIT_DB": ""}
    for command in (("report",), ("runs", "show", "1")):
        told = [line[line.index("flowaudit"):].split(" the first ")[0].split()[1:]
                for line in bench.run(*command, "--db", database, env=elsewhere).text().splitlines()
                if "--crash" in line]
        expect_equal(len(told), 1, "commands of " + command[0])
        result = bench.run(*told[0], env=elsewhere)
        expect_equal(result.code, 0, "%r: %r" % (told[0], result.err))
        expect_equal([p[2] for p in packets(read(bench.path("f.pcap")))[2]], [one[3][14:]],
                     "the packet")
        os.unlink(bench.path("f.pcap"))


def live_in_a_tunnel(bench):
    """What is kept has lost its tunnel."""
    talk = Talk("10.1.0.1", 40000, "10.1.0.2", 8765).say(b"hello").answer(b"hi").close()
    tunnelled = [ip4("10.9.0.1", "10.9.0.2", 4, frame[14:]) for frame in talk]
    path = bench.write("in.pcap", pcap(tunnelled))
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    expect("tunnel" in report["conversations"][0], "a tunnel: %r" % report["conversations"][0])
    as_live(database, bench.write("flowaudit-1-1.pcap", raw(tunnelled, 34)))
    out, _ = cut(bench, database, finding_on(report, 8765))
    expect_equal([p[2] for p in packets(read(out))[2]], [f[14:] for f in talk], "packets")


def hostile(bench):
    """Damaged evidence ends in a message."""
    _, _, path = parts(bench)
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", path).json()
    number = finding_on(report, 443)
    data = bytearray(read(path))
    for at in range(24, len(data), 97):
        data[at] ^= 0xff
    bench.write("in.pcap", bytes(data))
    result = bench.run("evidence", "--db", database, number, "-o", bench.path("out"))
    expect(result.code in (0, 2), "exit status %d" % result.code)


TESTS = [("same-" + name.rsplit(".", 1)[0] + ("-ng" if name.endswith("ng") else ""),
          same_finding(name)) for name in list(CAPTURES) + RECORDINGS] + [
    ("as-they-were", as_they_were), ("cut-short", cut_short), ("only-its-own", only_its_own),
    ("only-its-time", only_its_time), ("fragments-and-errors", fragments_and_errors),
    ("sweep", sweep), ("open-sides", open_sides), ("several-sources", several_sources),
    ("moved", moved), ("changed", changed), ("over-itself", over_itself),
    ("standard-input", standard_input),
    ("link-types", link_types), ("numbers", numbers), ("limits-and-output", limits_and_output),
    ("report-names-it", report_names_it), ("live", live),
    ("crashes", crashes), ("crashes-are-named", crashes_are_named),
    ("live-in-a-tunnel", live_in_a_tunnel), ("hostile", hostile)]
