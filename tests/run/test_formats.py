# SPDX-License-Identifier: GPL-3.0-or-later
"""
Reports as CSV, Markdown, SARIF and JUnit XML: what is in them, against the JSON report; golden
files of laboratory recordings; names that want to do harm. Golden files are in formats/.
"""
import csv
import glob
import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html import unescape

from frames import Talk, client_hello, pcap
from support import CONFINES, HERE, RULES, TOP, Skip, expect, expect_equal, read
from test_golden import as_here, plain

GOLDEN = os.path.join(HERE, "formats")
# FORMAT of RECORDING, as NAME.
FILES = (("csv", "deviations", "deviations.csv"), ("markdown", "deviations", "deviations.md"),
         ("sarif", "strongdm", "strongdm.sarif"), ("junit", "strongdm", "strongdm.xml"))
SECTIONS = ("run", "summary", "findings", "expectations", "conversations", "waivers", "catalogs",
            "losses", "loss_pairs", "layers", "interfaces", "windows")
FORMATS = ("csv", "markdown", "sarif", "junit")


def recording(name):
    """Options that judge a recording of the laboratory with its site."""
    options = ["--site", "pcaps/lab-%s.site.yaml" % name]
    waivers = "pcaps/lab-%s.waivers.yaml" % name
    if os.path.exists(os.path.join(TOP, waivers)):
        options += ["--waivers", waivers]
    return options + ["pcaps/lab-%s.pcap" % name]


def made(bench, form, name):
    """The golden file, as this program makes it: once by audit, and the same by report."""
    database = bench.database()
    first = bench.audit("--db", database, "--format", form, *recording(name), cwd=TOP).out
    again = bench.run("report", "--db", database, "--format", form)
    expect_equal((again.code, again.err), (0, b""), "report --format " + form)
    expect_equal(again.out, first, "report and audit, " + form)
    content = plain(first)
    content = re.sub(rb'("version":)"(?!2\.1\.0")[^"]*"', rb'\1"VERSION"', content)
    content = re.sub(rb"(?m)^(\| flowaudit \| ).*$", rb"\1VERSION |", content)
    # The files of the catalogs are watched by others.
    content = re.sub(rb'("startLine":)[0-9]+', rb"\1LINE", content)
    return re.sub(rb"`?\b[0-9a-f]{16}\b`? (\| [0-9,]+ \|)", rb"DIGEST \1", content)


def golden(form, recorded, name):
    def test(bench):
        path = os.path.join(GOLDEN, name)
        expect(os.path.exists(path), "no golden file (run.py --accept writes it)")
        expect_equal(as_here(made(bench, form, recorded)), as_here(read(path)), name)
    return test


def accept(bench):
    if not CONFINES:
        return 1
    os.makedirs(GOLDEN, exist_ok=True)
    for form, recorded, name in FILES:
        with open(os.path.join(GOLDEN, name), "wb") as file:
            file.write(made(bench, form, recorded))
    shutil.rmtree(bench.folder)
    print("wrote %d files in %s; look at what changed" % (len(FILES), GOLDEN))
    return 0


def rows_of(content):
    """A CSV file as a list of objects; one apostrophe is taken from each text that has one."""
    text = content.decode("utf-8")
    expect(not text.startswith("\ufeff"), "CSV begins with a byte order mark")
    expect(text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), "CSV has bare newlines")
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    names = found[0]
    for row in found[1:]:
        expect_equal(len(row), len(names), "cells in a row")
    return [{name: cell[1:] if cell.startswith("'") else cell
             for name, cell in zip(names, row)} for row in found[1:]]


def words(values):
    return ", ".join(values)


def shown(value):
    return "" if value is None else str(value)


def check_conversations(rows, report):
    expect_equal(len(rows), len(report["conversations"]), "rows of conversations")
    for row, one in zip(rows, report["conversations"]):
        nearest = one["nearest"] or {"rule": None, "instance": None, "differs": []}
        wanted = {name: shown(one[name]) for name in (
            "client", "server", "transport", "port", "protocol", "application", "host",
            "detected_by", "direction_by", "flows", "packets_to_server", "packets_to_client",
            "bytes_to_server", "bytes_to_client", "first_seen", "last_seen", "verdict", "rule",
            "instance", "detail", "finding", "waiver", "waived", "candidate_count")}
        wanted.update(nearest=shown(nearest["rule"]), differs=words(nearest["differs"]),
                      reasons=words(one["reasons"]), candidates=" ".join(one["candidates"]))
        for name, value in wanted.items():
            expect_equal(row[name], value, "conversation %s, %s" % (row["server"], name))


def check_findings(rows, report):
    expect_equal(len(rows), len(report["findings"]), "rows of findings")
    for row, one in zip(rows, report["findings"]):
        cited = one["citation"] or {}
        wanted = {name: shown(one[name]) for name in (
            "number", "verdict", "client", "server", "clients", "servers", "protocol",
            "application", "host", "detected_by", "direction_by", "flows", "first_seen",
            "last_seen", "rule", "instance", "detail", "conversations")}
        wanted.update(document=shown(cited.get("title")), section=shown(cited.get("section")),
                      row=shown(cited.get("row")), reasons=words(one["reasons"]),
                      packets=str(one["packets_to_server"] + one["packets_to_client"]),
                      bytes=str(one["bytes_to_server"] + one["bytes_to_client"]))
        for name, value in wanted.items():
            expect_equal(row[name], value, "finding %d, %s" % (one["number"], name))


def tables(bench):
    """Every table of a folder agrees with the JSON report."""
    database, folder = bench.database(), bench.path("tables/")
    result = bench.audit("--db", database, "--format", "csv", "-o", folder,
                         *recording("deviations"), cwd=TOP)
    expect_equal((result.out, result.err), (b"", b""), "what audit says")
    expect_equal(sorted(os.listdir(folder)), sorted(name + ".csv" for name in SECTIONS), "files")
    found = {name: rows_of(read(os.path.join(folder, name + ".csv"))) for name in SECTIONS}
    report = bench.run("report", "--db", database, "--format", "json").json()
    check_conversations(found["conversations"], report)
    check_findings(found["findings"], report)
    for row in found["summary"]:
        expect_equal({k: int(v) for k, v in row.items() if k != "verdict"},
                     report["summary"]["verdicts"][row["verdict"]], row["verdict"])
    counted = report["summary"]["expectations"]
    expect_equal(len(found["expectations"]), sum(counted.values()), "expectations")
    for status, count in counted.items():
        expect_equal(sum(row["status"] == status for row in found["expectations"]), count, status)
        expect_equal(found["run"][0]["expectations_" + status.replace("-", "_")], str(count),
                     "expectations in the run, " + status)
    expect_equal([row["digest"] for row in found["catalogs"]],
                 [one["digest"] for one in report["sources"]], "catalogs")
    expect_equal([row["waiver"] for row in found["waivers"]],
                 [one["id"] for one in report["waivers"]], "waivers")
    expect_equal(found["run"][0]["packets"], str(report["run"]["packets"]), "packets")
    expect_equal(found["windows"], [], "windows of a replay")


def one_table(bench):
    """--section picks one, -o FILE has it, and what does not exist is said before any work."""
    database = bench.database()
    bench.audit("--db", database, "pcaps/ssh-on-443.pcap", cwd=TOP)
    for name in SECTIONS:
        result = bench.run("report", "--db", database, "--format", "csv", "--section", name)
        expect_equal((result.code, result.err), (0, b""), name)
        rows_of(result.out)
        path = bench.path("one.csv")
        expect_equal(bench.run("report", "--db", database, "--format", "csv", "--section", name,
                               "-o", path).code, 0, "-o")
        expect_equal(read(path), result.out, "file and standard output, " + name)
    bench.fails("audit", "--rules", RULES, "--db", bench.path("none.db"), "--format", "csv",
                "--section", "finding", "pcaps/ssh-on-443.pcap", cwd=TOP,
                saying=("section", "findings"))
    expect(not os.path.exists(bench.path("none.db")), "the audit began all the same")
    bench.fails("report", "--db", database, "--section", "findings", saying=("csv and markdown",))


def a_folder_stays(bench):
    """What cannot be written leaves the files of last night as they were."""
    database, folder = bench.database(), bench.path("night")
    bench.audit("--db", database, "pcaps/ssh-on-443.pcap", cwd=TOP)
    os.mkdir(folder)
    os.mkdir(os.path.join(folder, "windows.csv"))
    with open(os.path.join(folder, "findings.csv"), "wb") as file:
        file.write(b"last night\r\n")
    bench.fails("report", "--db", database, "--format", "csv", "-o", folder,
                saying=("windows.csv", "is a folder"))
    expect_equal(sorted(os.listdir(folder)), ["findings.csv", "windows.csv"], "files")
    expect_equal(read(os.path.join(folder, "findings.csv")), b"last night\r\n", "findings.csv")


def columns(bench):
    """The manual page has the columns of every table, in their order."""
    database = bench.database()
    bench.audit("--db", database, "pcaps/dns.pcap", cwd=TOP)
    page = read(os.path.join(TOP, "doc", "flowaudit-report.5")).decode("utf-8")
    page = page.split(".Sh CSV\n")[1].split(".Sh ")[0]
    documented = {}
    for part in page.split(".It Li ")[1:]:
        told = re.findall(r"(?m)^\.Li ([^\n]*)", part.split("Columns:\n")[1].split("\n.El")[0])
        documented[part.split("\n")[0]] = re.findall("[a-z0-9_]+", " ".join(told))
    expect_equal(tuple(documented), ("run", "summary", "findings", "expectations",
                                     "conversations", "waivers", "catalogs", "losses", "loss_pairs",
                                     "layers", "interfaces", "windows"), "tables of the manual page")
    for name in SECTIONS:
        result = bench.run("report", "--db", database, "--format", "csv", "--section", name)
        expect_equal(result.text().split("\r\n")[0].split(","), documented[name], name)


# What SARIF 2.1.0 says of the objects that we write: names, types, and which must be there.
LEVELS = {"none", "note", "warning", "error"}


def check_message(message, what):
    expect_equal(sorted(message), ["text"], what)
    text = message["text"]
    expect(isinstance(text, str) and text, what + " is empty")
    # A bracket without an even number of backslashes before it begins a link (3.11.6).
    expect(not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", text), "%s holds a link: %r" % (what, text))
    expect(not re.search(r"(?<!\{)(?:\{\{)*\{(?!\{)", text), "%s: placeholder: %r" % (what, text))


def check_location(location):
    expect(set(location) <= {"physicalLocation", "logicalLocations"}, "location: %r" % location)
    physical = location.get("physicalLocation")
    if physical is not None:
        expect(set(physical) <= {"artifactLocation", "region"}, "physicalLocation")
        uri = physical["artifactLocation"]["uri"]
        expect(re.fullmatch(r"rules/(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+", uri), "uri %r" % uri)
        expect_equal(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%", "uriBaseId")
        line = physical.get("region", {"startLine": 1})["startLine"]
        expect(isinstance(line, int) and line >= 1, "startLine %r" % line)
    for logical in location.get("logicalLocations", ()):
        expect(isinstance(logical["fullyQualifiedName"], str), "fullyQualifiedName")


def check_sarif(content):
    """The structure of a log; its only run."""
    log = json.loads(content)
    expect_equal(sorted(log), ["$schema", "runs", "version"], "log")
    expect_equal((log["version"], len(log["runs"])), ("2.1.0", 1), "version and runs")
    run = log["runs"][0]
    expect_equal(sorted(run), ["automationDetails", "invocations", "properties", "results",
                               "tool"], "run")
    driver = run["tool"]["driver"]
    expect_equal(driver["name"], "flowaudit", "driver")
    ids = [rule["id"] for rule in driver["rules"]]
    expect_equal(len(set(ids)), len(ids), "distinct rules")
    for rule in driver["rules"]:
        expect(set(rule) <= {"id", "shortDescription", "fullDescription", "help", "properties"},
               "rule %s" % rule["id"])
        for name in ("shortDescription", "fullDescription", "help"):
            if name in rule:
                check_message(rule[name], "%s of %s" % (name, rule["id"]))
    for result in run["results"]:
        expect(set(result) <= {"ruleId", "ruleIndex", "level", "rank", "message", "locations",
                               "partialFingerprints", "properties", "baselineState"},
               "result: %r" % sorted(result))
        expect_equal(ids[result["ruleIndex"]], result["ruleId"], "ruleIndex")
        expect(result["level"] in LEVELS, "level %r" % result["level"])
        check_message(result["message"], "message")
        for location in result.get("locations", ()):
            check_location(location)
    used = {result["ruleId"] for result in run["results"]}
    expect_equal(sorted(used), sorted(ids), "rules that results name")
    for told in run["invocations"]:
        expect(isinstance(told["executionSuccessful"], bool), "executionSuccessful")
        for note in told["toolExecutionNotifications"]:
            check_message(note["message"], "notification")
    return run


def lines_of_catalogs():
    """(file, line) of each rule: "- id:" below rules."""
    found = {}
    for path in glob.glob(os.path.join(RULES, "*.yaml")):
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                told = re.match(r" +- id: *([a-z0-9-]+)", line)
                if told:
                    found["rules/" + os.path.basename(path), number] = told.group(1)
    return found


def sarif(bench):
    """Results are the findings and the unmet expectations, and stand where their rules begin."""
    database = bench.database()
    log = bench.audit("--db", database, "--format", "sarif", *recording("deviations"), cwd=TOP)
    run = check_sarif(log.out)
    report = bench.run("report", "--db", database, "--format", "json").json()
    unmet = [e for e in report["expectations"] if e["status"] in ("unseen", "refused")]
    expect_equal(len(run["results"]), len(report["findings"]) + len(unmet), "results")
    marks = [r["partialFingerprints"]["flowaudit/v1"] for r in run["results"]]
    expect_equal(len(set(marks)), len(marks), "distinct fingerprints")
    known = lines_of_catalogs()
    for result in run["results"]:
        for location in result["locations"]:
            if "physicalLocation" not in location:
                continue
            physical = location["physicalLocation"]
            place = physical["artifactLocation"]["uri"], physical["region"]["startLine"]
            expect_equal(known.get(place), result["ruleId"].split("/")[-1], "%s:%d" % place)
    again = bench.audit("--format", "sarif", *recording("deviations"), cwd=TOP).out
    expect_equal([r["partialFingerprints"] for r in check_sarif(again)["results"]],
                 [r["partialFingerprints"] for r in run["results"]], "another night")


def check_junit(content):
    """The suites, whose counts are those of their cases."""
    root = ElementTree.fromstring(content)
    expect_equal(root.tag, "testsuites", "root")
    cases = []
    for suite in root:
        expect_equal(suite.tag, "testsuite", "element")
        for name, tag in (("tests", None), ("failures", "failure"), ("skipped", "skipped")):
            counted = [case for case in suite if tag is None or case.find(tag) is not None]
            expect_equal(suite.get(name), str(len(counted)), "%s of %s" % (name, suite.get("name")))
        cases += list(suite)
    for name in ("tests", "failures", "skipped", "errors"):
        expect_equal(int(root.get(name)), sum(int(suite.get(name)) for suite in root), name)
    names = [(case.get("classname"), case.get("name")) for case in cases]
    expect_equal(len(set(names)), len(names), "distinct cases")
    return root


def junit(bench):
    """Each expectation is a case, and so is each finding."""
    database = bench.database()
    result = bench.audit("--db", database, "--format", "junit", *recording("deviations"), cwd=TOP)
    root = check_junit(result.out)
    report = bench.run("report", "--db", database, "--format", "json").json()
    suites = {suite.get("name"): suite for suite in root}
    expect_equal(len(suites.pop("findings")), len(report["findings"]), "cases of findings")
    expect_equal(sum(map(len, suites.values())), len(report["expectations"]), "cases")
    failed = sum(int(suite.get("failures")) for suite in suites.values())
    expect_equal(failed, sum(e["status"] == "refused" or
                             (e["status"] == "unseen" and e["requirement"] == "required")
                             for e in report["expectations"]), "failures")


def rendered(content):
    """As GitHub's renderer makes HTML of it; skips where there is none."""
    if shutil.which("cmark-gfm") is None:
        raise Skip("no cmark-gfm (Debian package cmark-gfm)")
    made_of = subprocess.run(["cmark-gfm", "-e", "table", "-e", "autolink", "-e", "strikethrough",
                              "--unsafe"], input=content, capture_output=True, check=True)
    return made_of.stdout.decode("utf-8")


def check_markdown(content):
    html = rendered(content)
    tags = set(re.findall(r"<([a-z0-9]+)", html))
    expect(tags <= {"h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "code"},
           "tags: %r" % sorted(tags))
    for table in re.findall(r"(?s)<table>.*?</table>", html):
        rows = [len(re.findall(r"<t[dh]\b", row)) for row in re.findall(r"(?s)<tr>.*?</tr>", table)]
        expect_equal(set(rows), {rows[0]}, "cells in the rows of a table")
    # A row that did not become one is text.
    expect(not re.search(r"(?m)^<p>\|", html), "a table is none")
    return html


def markdown(bench):
    database = bench.database()
    bench.audit("--db", database, *recording("deviations"), cwd=TOP)
    result = bench.run("report", "--db", database, "--format", "markdown", "--all")
    html = check_markdown(result.out)
    report = bench.run("report", "--db", database, "--format", "json").json()
    rows = len(re.findall("<tr>", html))
    expect(rows > len(report["findings"]) + len(report["conversations"]) +
           len(report["expectations"]), "%d rows" % rows)


HARMFUL = (
    b"<script>alert(1)</script>.example",
    b"=cmd|' /C calc'!A0",
    b"+1+1;=2+2",
    b"@SUM(A1).example",
    b"-2;@x",
    b"\xef\xbc\x9d1+1.example",
    b"\x1b[2J\x1b]0;owned\x07.example",
    b"right\xe2\x80\xaeelpmaxe.to.left",
    b"\xff\xfe\xc3\x28.example",
    b"\xef\xbf\xbf\xef\xbf\xbe.example",
    b"[click](http://evil.example)",
    b"![x](http://evil.example/x.png)",
    b"www.evil.example",
    b"a|b|`c`|\\|.example",
    b"``|``",
    b"{0}{{1}}[2](3)",
    b"&lt;b&gt;]]>--",
    b"'quoted'",
    b"\"=1+1",
    b"' =1+1",
    b"\"quoted\",\"twice\"",
    b"\\back\\slash\\|",
    b"%s%n%x.example",
    b"@everybody #12 deadbeef0 :boom:",
)


def harmful_frames():
    """Each name to a server of its own, on a port that nobody documents, so that it is a finding."""
    frames = []
    for number, name in enumerate(HARMFUL):
        server = "10.9.2.%d" % (number + 1)
        frames += Talk("10.9.1.1", 41000 + number, server, 7777).say(
            b"GET / HTTP/1.1\r\nHost: " + name + b"\r\nUser-Agent: x\r\n\r\n").answer(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").close()
        frames += Talk("10.9.1.2", 42000 + number, server, 7778).say(
            client_hello(name)).answer(b"\x15\x03\x03\0\x02\x02\x28").close()
    return frames


FORMULA = re.compile("[ \"']*[=+\\-@\t\r\uff0b\uff0d\uff1d\uff20]")
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                       "\ufffe\uffff]")


def check_cells(content):
    """No text in a spreadsheet begins a formula, whether commas or semicolons end its cells."""
    text = content.decode("utf-8")
    numbers = re.compile(r"-?[0-9]+")
    for mark in ",", ";":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            for cell in row:
                expect(numbers.fullmatch(cell) or not FORMULA.match(cell) or cell.startswith("'"),
                       "a formula, cells ended by %r: %r" % (mark, cell))


def harm(bench):
    path = bench.write("harm.pcap", pcap(harmful_frames()))
    site = bench.write("site.yaml", b"""format: 1
site: "=x <b>|`[a](b)` {0}"
instances:
  - name: api
    product: wso2
    roles:
      carbon-server: [10.9.2.1]
""")
    database = bench.database()
    hosts = {c["host"] for c in bench.audit("--db", database, "--format", "json", path).json()[
        "conversations"]}
    for part in ("<script>", "=cmd|", "\\x1b[2j", "\\xe2\\x80\\xae", "[click](http://", "`c`"):
        expect(any(part in host for host in hosts), "%r is in no name: %r" % (part, hosts))
    # The site's name is the user's own; formats do not rely on it.
    bench.run("audit", "--rules", RULES, "--db", bench.database(), "--site", site, path)
    made_of = {}
    for form in FORMATS:
        result = bench.run("report", "--db", database, "--format", form, "--all")
        expect_equal((result.code, result.err), (0, b""), form)
        made_of[form] = result.out
        text = result.out.decode("utf-8").replace("\r\n", "\n")
        found = INVISIBLE.search(text)
        expect(found is None, "%s holds %r" % (form, found))
    for name in SECTIONS:
        result = bench.run("report", "--db", database, "--format", "csv", "--section", name)
        check_cells(result.out)
    rows = rows_of(bench.run("report", "--db", database, "--format", "csv", "--section",
                             "conversations").out)
    # A semicolon before what could begin a formula is escaped; else the names are those of JSON.
    expect_equal({row["host"].replace("\\x3b", ";") for row in rows}, hosts, "names in CSV")
    run = check_sarif(made_of["sarif"])
    expect(len(run["results"]) >= len(HARMFUL), "%d results" % len(run["results"]))
    root = check_junit(made_of["junit"])
    told = " ".join(root.itertext()) + " ".join(
        value for element in root.iter() for value in element.attrib.values())
    expect("<script>" in told and "=cmd|" in told, "JUnit does not hold the names")
    html = check_markdown(made_of["markdown"])
    cells = {unescape(re.sub("</?code>", "", cell)).strip()
             for cell in re.findall(r"(?s)<td[^>]*>(.*?)</td>", html)}
    missing = {host.strip() for host in hosts} - cells
    expect(not missing, "not in the rendered Markdown, or in pieces: %r" % missing)


TESTS = [("golden-" + name, golden(*one)) for one in FILES for name in (one[2],)] + [
    ("csv-columns", columns), ("csv-tables", tables), ("csv-one-table", one_table), ("csv-folder-stays", a_folder_stays),
    ("sarif", sarif), ("junit", junit), ("markdown", markdown), ("harm", harm)]
