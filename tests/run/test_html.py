# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML reports as files: well-formed, self-contained, complete, and the same as the other formats."""
import json
import os

from frames import Talk, pcap
from html_page import Page, decode
from support import TOP, capture, expect, expect_equal, read
from test_hostile import hostile_frames

SITES = ("lab-deviations", "lab-wso2")


def audit(bench, *args):
    """A report in HTML and JSON on the same run."""
    database = bench.database()
    result = bench.audit("--db", database, "--format", "html", *args, cwd=TOP)
    page = Page(result.out)
    page.check()
    again = bench.run("report", "--db", database, "--format", "html")
    expect_equal(again.out, result.out, "audit and report")
    return page, bench.run("report", "--db", database, "--format", "json").json(), database


def compare(page, report):
    """What the page says is what the report says."""
    findings = {"finding-%d" % finding["number"] for finding in report["findings"]}
    expect_equal({i for i in page.ids if i.startswith("finding-") and page.ids[i] == "details"},
                 findings, "findings in full")
    expect_equal(len(page.rows.get("findings-table", [])), len(findings), "rows of findings")
    expect_equal([row[1] for row in page.rows.get("findings-table", [])],
                 [finding["verdict"] for finding in report["findings"]], "their verdicts")
    expect_equal(len(page.rows["conversations-table"]),
                 min(200, len(report["conversations"])), "rows of conversations")
    expect_equal([row[0] for row in page.rows["conversations-table"]],
                 [one["verdict"] for one in report["conversations"]][:200], "their verdicts")
    rules = {"rule-" + (one["rule"] or one["nearest"]["rule"]) for one in report["findings"]
             if one["rule"] or one["nearest"]}
    # From the table of findings and from each of them.
    expect(all(page.links.count(rule) >= 2 for rule in rules), "links to rows of documents")


def plain(name):
    def test(bench):
        page, report, _ = audit(bench, capture(name))
        compare(page, report)
    return test


def site(name):
    def test(bench):
        args = ["--site", capture(name + ".site.yaml"), capture(name + ".pcap")]
        waivers = capture(name + ".waivers.yaml")
        if os.path.exists(waivers):
            args += ["--waivers", waivers]
        page, report, database = audit(bench, *args)
        compare(page, report)
        # The proposal in the page is that of the command.
        accepted = [one["number"] for one in report["findings"] if one["verdict"] != "indeterminate"]
        number = accepted[0]
        proposal = bench.run("waiver", "propose", "--db", database, str(number)).text()
        expect(page.text.count("entry for a file of waivers") == len(accepted), "proposals")
        start = page.text.index("<pre", page.text.index('id="finding-%d"' % number))
        shown = page.text[page.text.index(">", start) + 1:page.text.index("</pre>", start)]
        expect_equal(shown, proposal.replace("&", "&amp;").replace("<", "&lt;").replace(
            ">", "&gt;").replace('"', "&quot;").replace("'", "&#39;"), "the proposal")
    return test


def hostile(bench):
    path = bench.write("names.pcap", pcap(hostile_frames()))
    page, report, _ = audit(bench, path)
    compare(page, report)
    expect("&lt;script&gt;alert(1)&lt;/script&gt;" in page.text, "the name with a script is gone")
    expect("<script>alert" not in page.text, "a script from the wire")
    hosts = {row[5] for row in page.rows["conversations-table"]}
    expect("<script>alert(1)</script>.example" in hosts, "hosts: %r" % hosts)
    expect(not any(ord(c) < 32 and c != "\n" and c != "\t" or 0x202a <= ord(c) <= 0x202e
                   for c in page.text), "control characters")


def file_name(bench):
    """Names of files are not trusted either."""
    path = bench.write("</title><script>alert(1)</script>.pcap".replace("/", "\\"),
                       pcap(Talk("10.9.0.1", 40000, "10.9.0.2", 80).close()))
    page, _, _ = audit(bench, path)
    expect("&lt;script&gt;" in page.text, "the name is gone")


def empty(bench):
    """Nothing was read: the page says so, and stands."""
    page, _, _ = audit(bench, bench.write("empty.pcap", pcap([])))
    expect("No packets were read" in page.text, "no warning")
    expect("There was no conversation" in page.text, "no word in the map's place")


def many_frames(count):
    frames = []
    for i in range(count):
        frames += Talk("10.8.%d.%d" % (i // 250, i % 250), 40000 + i % 5000,
                       "10.9.%d.9" % (i % 7), (443, 8080, 5432, 9443)[i % 4]).say(
            b"GET / HTTP/1.1\r\nHost: host-%d.example\r\n\r\n" % i).answer(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").close()
    return frames


def long(bench):
    """More rows than stand in the page are all in its data; 100,000 would fit into 15 MB."""
    count = 3000
    page, report, _ = audit(bench, bench.write("many.pcap", pcap(many_frames(count))))
    compare(page, report)
    data = json.loads(page.blocks["conversations-rows"])
    expect_equal(len(data), count, "rows of data")
    rows = decode(data, ["text"] * 7 + ["number"] * 3 + ["time", "number"])
    for row, wanted in zip(rows, report["conversations"]):
        expect_equal((row[0], row[1], row[2], row[4], row[5], row[7]),
                     (wanted["verdict"], wanted["client"], wanted["server"], wanted["protocol"],
                      wanted["host"], wanted["flows"]), "a row")
    for shown, row in zip(page.rows["conversations-table"], rows):
        expect_equal(shown[:7], row[:7], "a row of the page")
    expect(len(page.blocks["conversations-rows"]) / count < 120, "bytes of a row of data")
    expect(len(page.text) < 4000000, "%d bytes" % len(page.text))


def nights(bench):
    """Runs of the same source stand beside each other, this one is the last; one is missing."""
    database = bench.database()
    day = 86400
    frames = many_frames(3)
    for night in (0, 1, 2, 4, 5):
        name = bench.write("tap-2026-11-2%d.pcap" % night, move(pcap(frames), night * day))
        result = bench.audit("--db", database, "--format", "html", name)
    page = Page(result.out)
    page.check()
    expect_equal([row[1] for row in page.rows["nights-table"]],
                 ["5", "4", "no run", "3", "2", "1"], "runs")
    expect_equal([row[2] for row in page.rows["nights-table"]],
                 ["3", "3", "", "3", "3", "3"], "conversations")
    first = Page(bench.run("report", "--db", database, "--run", "1", "--format", "html").out)
    expect("nights-table" not in first.rows, "nights that were not yet")


def move(content, seconds):
    """The same capture so many seconds later."""
    moved = bytearray(content)
    at = 24
    while at < len(moved):
        stamp = int.from_bytes(moved[at:at + 4], "little") + seconds
        moved[at:at + 4] = stamp.to_bytes(4, "little")
        at += 16 + int.from_bytes(moved[at + 8:at + 12], "little")
    return bytes(moved)


def file(bench):
    """-o makes the same file, and a full disk leaves none."""
    database = bench.database()
    told = bench.audit("--db", database, "--format", "html", capture("web.pcap"))
    path = bench.path("night.html")
    made = bench.run("report", "--db", database, "--format", "html", "-o", path)
    expect_equal((made.code, made.out, made.err), (0, b"", b""), "-o")
    expect_equal(read(path), told.out, "the file")
    bench.fails("report", "--db", database, "--format", "html", "-o", "/dev/full",
                saying=("/dev/full", "No space"))


TESTS = [("plain-web", plain("web.pcap")), ("plain-ipv6", plain("ipv6.pcap")),
         ("plain-undocumented", plain("undocumented.pcap"))] + [
    ("site-" + name, site(name)) for name in SITES] + [
    ("hostile-names", hostile), ("file-name", file_name), ("empty", empty), ("long", long),
    ("nights", nights), ("file", file)]
