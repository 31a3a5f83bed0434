# SPDX-License-Identifier: GPL-3.0-or-later
"""One replay, one result: whatever the workers, the order, the packing of the file."""
import json
import os

from frames import SYN, Talk, client_hello, dns_answer, dns_query, pcap, tcp, udp, unreachable
from support import (CAPTURES, TOP, capture, check_sums, conversations, expect, expect_equal,
                     read, without_confinement, without_id)

ALL = ["pcaps/" + name for name in CAPTURES]


def three(bench, *args):
    """JSON, text and flows of the same audit."""
    database = bench.database()
    flows = bench.database() + ".ndjson"
    report = bench.audit("--db", database, "--format", "json", "--flows", flows, *args, cwd=TOP)
    text = bench.run("report", "--db", database, "--all")
    expect_equal(text.code, 0, "report")
    return without_confinement(report.out), without_confinement(text.out), read(flows)


def same_three(got, wanted, what):
    for name, one, other in zip(("JSON", "text", "flows"), got, wanted):
        expect_equal(one, other, "%s: %s" % (what, name))


def workers_each(bench):
    for name in ALL:
        wanted = three(bench, "--workers", "0", name)
        for count in ("1", "2", "3"):
            same_three(three(bench, "--workers", count, name), wanted,
                       "%s with %s workers" % (name, count))


def workers_all(bench):
    wanted = three(bench, "--workers", "0", *ALL)
    for count in ("1", "2", "3"):
        same_three(three(bench, "--workers", count, *ALL), wanted, "all with " + count)
    same_three(three(bench, *ALL), wanted, "all with the default")


def file_order(bench):
    """Files are merged by time; only what names the source may depend on their order."""
    wanted = bench.audit("--format", "json", *ALL, cwd=TOP).json()
    for order in (ALL[::-1], ALL[5:] + ALL[:5]):
        got = bench.audit("--format", "json", *order, cwd=TOP).json()
        for report in (got, wanted):
            report["run"]["source"] = ""
            report["run"]["link_types"].sort()
            for one in report["run"]["interfaces"]:
                one.pop("file", None)
            report["run"]["interfaces"].sort(key=str)
        expect_equal(got, wanted, "files in another order")
    text = [bench.audit("--flows", "-", *order, cwd=TOP).out for order in (ALL, ALL[::-1])]
    expect_equal(text[0], text[1], "flows of files in another order")


def twice(bench):
    """The second run of a database is as the first, but for its number."""
    database = bench.database()
    first, second = (bench.audit("--db", database, "--format", "json", "pcaps/web.pcap", cwd=TOP)
                     for _ in range(2))
    expect_equal((first.json()["run"]["id"], second.json()["run"]["id"]), (1, 2), "run numbers")
    expect_equal(without_id(second.json()), without_id(first.json()), "second run")


def settings(bench):
    """Other buckets and timeouts, and again the same for all numbers of workers."""
    for args in (("--bucket", "1s"), ("--timeout", "tcp=1s"), ("--timeout", "udp=1s"),
                 ("--timeout", "active=1s"), ("--bucket", "1s", "--timeout", "tcp-closed=1s",
                 "--timeout", "tcp-established=1s", "--timeout", "other=1s")):
        wanted = three(bench, "--workers", "0", *args, *ALL)
        same_three(three(bench, "--workers", "2", *args, *ALL), wanted, " ".join(args))


def buckets(bench):
    """A flow of ten minutes: one conversation an hour, ten in buckets of a minute; same sums."""
    talk = Talk("10.9.0.1", 40000, "10.9.0.2", 80)
    for _ in range(10):
        talk.say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    frames = talk.close()
    minute = 60 * 1000000
    timed = [(min(max(0, n - 3), 10) * minute + n, frame) for n, frame in enumerate(frames)]
    path = bench.write("long.pcap", pcap(timed))
    hour = bench.audit("--format", "json", "--timeout", "tcp-established=1h", path).json()
    short = bench.audit("--format", "json", "--timeout", "tcp-established=1h", "--bucket", "1m",
                        path).json()
    check_sums(hour, "hour")
    expect_equal(len(hour["conversations"]), 1, "conversations in an hour")
    for side in ("packets_to_server", "packets_to_client", "bytes_to_server", "bytes_to_client"):
        expect_equal(sum(c[side] for c in short["conversations"]),
                     sum(c[side] for c in hour["conversations"]), side + " in buckets of a minute")


def half_closed(bench):
    """A client that has said all (FIN) and waits for its answer: one flow until both are done."""
    talk = Talk("10.9.0.1", 40000, "10.9.0.2", 80)
    talk.say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    asked = len(talk.frames) + 1
    talk.finish(0)
    talk.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").answer(b"x").finish(1)
    timed = [(n + max(0, n - asked + 1) * 20 * 1000000, frame)
             for n, frame in enumerate(talk.frames)]
    path = bench.write("half.pcap", pcap(timed))
    report = bench.audit("--format", "json", path).json()
    got = [(c["flows"], c["detected_by"], c["verdict"]) for c in report["conversations"]]
    expect_equal(got, [(1, "dpi", "documented")], "flows, detection, verdict")


def errors_and_names(bench):
    """ICMP errors go to the worker of the pair that they quote, names from all to one auditor."""
    frames = []
    for n in range(1, 30):
        client, server = "10.9.1.%d" % n, "10.9.2.%d" % (n % 7)
        tried = tcp(client, 40000, server, 9443, SYN, 1, 0)
        other = tcp(client, 40000, "10.9.3.1", 9443, SYN, 1, 0)
        sent = udp(client, 40001, server, 514, b"<13>hello")
        frames += [tried, unreachable("10.9.9.9", tried), tried, other,
                   unreachable("10.9.9.9", other), sent, unreachable(server, sent, 3),
                   unreachable("10.9.9.9", sent, 13)]
        host = "h%d.example.com" % (n % 5)
        frames += [udp(client, 40002, "10.9.0.53", 53, dns_query(n, host)),
                   udp("10.9.0.53", 53, client, 40002, dns_answer(n, host, "192.0.2.%d" % n))]
        frames += Talk(client, 40003, "192.0.2.%d" % n, 443).say(client_hello(b"")).close()
    path = bench.write("errors.pcap", pcap(frames))
    wanted = three(bench, "--workers", "0", path)
    for count in ("1", "2", "3", "5"):
        same_three(three(bench, "--workers", count, path), wanted, "errors with " + count)
    flows = [json.loads(line) for line in wanted[2].splitlines()]
    states = {(flow["transport"], flow.get("server_port"), flow["state"]) for flow in flows}
    for want in (("tcp", 9443, "unreachable"), ("udp", 514, "unreachable")):
        expect(want in states, "no flow is %s %d %s" % want)
    expect_equal(sum(flow["state"] == "unreachable" for flow in flows), 87, "unreachable flows")


def variants(bench):
    """Packed, as pcapng, from a pipe: the same conversations."""
    web = bench.audit("--format", "json", capture("web.pcap")).json()
    for name in ("web.pcap.gz", "web.pcap.zst"):
        packed = bench.audit("--format", "json", capture(name)).json()
        expect_equal(packed["conversations"], web["conversations"], name)
        expect_equal(packed["findings"], web["findings"], name)
        packed = bench.audit("--format", "json", "-", given=read(capture(name))).json()
        expect_equal(packed["conversations"], web["conversations"], name + " on stdin")
    piped = bench.audit("--format", "json", "-", given=read(capture("web.pcap"))).json()
    expect_equal(piped["conversations"], web["conversations"], "stdin")
    classic = bench.audit("--format", "json", capture("dns.pcap")).json()
    modern = bench.audit("--format", "json", capture("dns.pcapng")).json()
    expect_equal(conversations(modern), conversations(classic), "dns.pcapng")


def nanoseconds(bench):
    """The nanosecond file holds one request as web.pcap's first; its times have nine digits."""
    nano = bench.audit("--format", "json", capture("web-nano.pcap")).json()
    web = bench.audit("--format", "json", "-f", "port 80", capture("web.pcap")).json()
    keys = ("client", "server", "transport", "port", "protocol", "host", "verdict", "rule",
            "packets_to_server", "packets_to_client")
    expect_equal([[c[k] for k in keys] for c in nano["conversations"]],
                 [[c[k] for k in keys] for c in web["conversations"]], "web-nano.pcap")
    seen = nano["conversations"][0]["first_seen"]
    expect(len(seen.split(".")[1]) == len("123456789Z"), "nanoseconds are lost: " + seen)


def several(bench):
    """Several files and a folder of them are one run; its packets are those of all."""
    names = ("dns.pcap", "ssh.pcap", "web.pcap")
    alone = [bench.audit("--format", "json", capture(name)).json() for name in names]
    together = bench.audit("--format", "json", *(capture(name) for name in names)).json()
    check_sums(together, "three files")
    expect_equal(together["run"]["packets"], sum(r["run"]["packets"] for r in alone), "packets")
    expect_equal(together["run"]["files"], 3, "files")
    expect_equal(len(together["conversations"]), sum(len(r["conversations"]) for r in alone),
                 "conversations")
    os.mkdir(bench.path("night"))
    for name in names:
        bench.write("night/" + name, read(capture(name)))
    bench.write("night/notes.txt", b"not a capture\n")
    folder = bench.audit("--format", "json", "night").json()
    expect_equal(folder["conversations"], together["conversations"], "folder")


def time_zone(bench):
    """Times are UTC, whatever the user's zone and language."""
    plain = bench.audit(capture("web.pcap"))
    other = bench.audit(capture("web.pcap"), env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8",
                                                  "LANG": "de_DE.UTF-8"})
    expect_equal(other.out, plain.out, "report in another zone")


TESTS = [("workers-each", workers_each), ("workers-all", workers_all),
         ("file-order", file_order), ("twice", twice), ("settings", settings),
         ("errors-and-names", errors_and_names), ("buckets", buckets),
         ("half-closed", half_closed), ("variants", variants),
         ("nanoseconds", nanoseconds),
         ("several-files", several), ("time-zone", time_zone)]
