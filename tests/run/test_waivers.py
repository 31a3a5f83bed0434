# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers from end to end: checked, proposed, filled in, applied, counted."""
import datetime
import os
import sqlite3

from frames import Talk, pcap
from support import HERE, RULES, TOP, Skip, capture, expect, expect_equal, schema_errors

ENTRY = """  - id: %s
    owner: Jane Doe
    reason: until the move
    expires: %s
    client: %s
    server: %s
    transport: %s
    port: %s
    protocol: %s
"""
LATE = "2199-12-31"


def entry(name, expires=LATE, client="any", server="10.20.0.21", transport="tcp", port="443",
          protocol="SSH"):
    return ENTRY % (name, expires, client, server, transport, port, protocol)


def waivers(bench, *entries, name="waivers.yaml"):
    return bench.write(name, ("format: 1\nwaivers:\n" + "".join(entries)).encode())


def check(bench, path, *args):
    return bench.run("waiver", "check", "--rules", RULES, *args, path)


def checked(bench, path, *args):
    result = check(bench, path, *args)
    expect_equal((result.code, result.err), (0, b""), "waiver check")
    return result


def words(bench):
    """check says each waiver in words, and which have an end in sight."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    day = datetime.timedelta(days=1)
    path = waivers(
        bench,
        entry("past", expires=today - day, port="any", server="10.0.0.5"),
        entry("today", expires=today, client="10.0.0.0/8", server="gw.example.org"),
        entry("soon", expires=today + 29 * day, transport="any", port="[443, 8000-8010]"),
        entry("later", expires=today + 30 * day, protocol="any", server="10.0.0.6"),
        entry("pings", client="10.0.0.9", server="10.0.0.6", transport="icmp", port="any",
              protocol="ICMP"))
    text = " ".join(checked(bench, path, "--width", "200").text().split())
    for part in ("5 waivers, 1 expired, 2 within 30 days, 2 broad",
                 "past EXPIRED on %s (0 days ago)" % (today - day),
                 "from anybody to 10.0.0.5, tcp, any port, SSH BROAD",
                 "today ends soon, %s (0 days left)" % today,
                 "from 10.0.0.0/8 to the host name gw.example.org, tcp port 443, SSH Jane",
                 "soon ends soon, %s (29 days left)" % (today + 29 * day),
                 "to 10.20.0.21, any transport, port 443, 8000-8010, SSH Jane",
                 "later in force until %s (30 days left)" % (today + 30 * day),
                 "from anybody to 10.0.0.6, tcp port 443, any protocol BROAD",
                 "pings in force until 2199-12-31", "to 10.0.0.6, icmp, any port, ICMP Jane",
                 "Jane Doe: until the move"):
        expect(part in text, "waiver check lacks %r: %s" % (part, text))
    told = checked(bench, path, "--format", "json").json()
    expect_equal([(w["id"], w["state"], w["broad"]) for w in told["waivers"]],
                 [("past", "expired", True), ("today", "expires-soon", False),
                  ("soon", "expires-soon", False), ("later", "in-force", True),
                  ("pings", "in-force", False)], "waiver check, JSON")
    expect_equal(told["file"], path, "the file")
    expect_equal(told["waivers"][2]["port"], "443, 8000-8010", "ports")
    empty = bench.write("none.yaml", b"format: 1\nwaivers: []\n")
    expect("0 waivers" in checked(bench, empty).text(), "no waivers at all")


def refused(bench):
    """What is wrong is said with its place, in check and in audit."""
    path = waivers(bench, entry("a", server="10.0.0.5/24"))
    place = "%s:8:13: waiver \"a\": \"server\"" % path
    bench.fails("waiver", "check", "--rules", RULES, path, saying=(place,))
    bench.fails("audit", "--rules", RULES, "--db", bench.database(), "--waivers", path,
                capture("ssh.pcap"), saying=(place,))
    expect(not os.path.exists(bench.path("run1.db")), "a database for a run that never was")
    misspelt = waivers(bench, entry("a", protocol="Rediss"))
    bench.fails("waiver", "check", "--rules", RULES, misspelt,
                saying=("did you mean \"Redis\"?",))
    signature = waivers(bench, entry("a", protocol="Java-RMI"))
    checked(bench, signature)
    bench.fails("waiver", "check", "--rules", RULES, bench.path("nowhere.yaml"),
                saying=("nowhere.yaml: cannot",))
    for args, saying in (((), "needs check and a file"), (("check",), "needs one file"),
                         (("check", "a", "b"), "needs one file"), (("accept", "1"), "none of"),
                         (("propose",), "needs one finding"), (("propose", "x"), "not a finding"),
                         (("propose", "1."), "not a finding"), (("propose", "0"), "not a finding"),
                         (("propose", "1.2.3"), "not a finding"),
                         (("propose", "--format", "json", "1"), "YAML")):
        bench.fails("waiver", *args, saying=(saying,))


def fill_in(text):
    expect_equal(text.count("TODO"), 3 * text.count("  - id:"), "TODO in a proposal")
    return text.replace("expires: TODO", "expires: " + LATE).replace("TODO", "Jane Doe")


def proposed(bench):
    """A proposal is refused until it is filled in, and then covers the finding and no other."""
    database = bench.database()
    names = [capture(name) for name in ("ssh-on-443.pcap", "refused.pcap", "undocumented.pcap")]
    before = bench.audit("--db", database, "--format", "json", *names).json()
    findings = before["summary"]["findings"]
    expect(findings > 3, "there are few findings: %d" % findings)
    for number in range(1, findings + 1):
        if before["findings"][number - 1]["verdict"] == "indeterminate":
            bench.fails("waiver", "propose", "--db", database, str(number), saying=("too little",))
            continue
        told = bench.run("waiver", "propose", "--db", database, str(number))
        expect_equal((told.code, told.err), (0, b""), "waiver propose")
        named = bench.run("waiver", "propose", "--db", database, "1.%d" % number)
        expect_equal(named.out, told.out, "a finding named with its run")
        text = "format: 1\nwaivers:\n" + told.text()
        raw = bench.write("raw.yaml", text.encode())
        expect_equal(check(bench, raw).code, 2, "a proposal as it is")
        ready = bench.write("ready.yaml", fill_in(text).encode())
        checked(bench, ready)
        expect("finding 1.%d, %s" % (number, before["findings"][number - 1]["verdict"])
               in told.text(), "the finding: " + told.text())
        after = bench.audit("--waivers", ready, "--format", "json", *names).json()
        gone = before["findings"][number - 1]["conversations"]
        expect_equal(after["summary"]["verdicts"]["waived"]["conversations"], gone,
                     "waived by the proposal for finding %d" % number)
        expect_equal(after["summary"]["findings"], findings - 1, "findings with a waiver")
    bench.fails("waiver", "propose", "--db", database, "99", saying=("no finding 99",))
    bench.fails("waiver", "propose", "--db", database, "2.1", saying=("no run 2",))


def frames_of(clients, server, port, answer=b"no such thing here\n"):
    frames = []
    for number, client in enumerate(clients):
        frames += Talk(client, 40000 + number, server, port).say(b"what is this? \x01\x02").answer(
            answer).close()
    return frames


def ends(bench, clients, *args):
    """The clients that are proposed for a finding of these clients."""
    path = bench.write("many.pcap", pcap(frames_of(clients, "10.9.9.9", 33999)))
    database = bench.database()
    bench.audit("--db", database, *args, path)
    text = bench.run("waiver", "propose", "--db", database, "1").text()
    ready = waivers(bench, fill_in(text))
    checked(bench, ready, *args)
    report = bench.audit("--waivers", ready, "--format", "json", *args, path).json()
    expect_equal(report["summary"]["findings"], 0, "findings of %r" % clients)
    expect_equal(len({line for line in text.splitlines() if "- id:" in line}),
                 text.count("client:"), "ids")
    return [line.split()[1] for line in text.splitlines() if "client:" in line]


def many_clients(bench):
    """Several clients become the shortest prefixes, and any where these are too many."""
    expect_equal(ends(bench, ["10.9.0.4", "10.9.0.6"]), ["10.9.0.4/30"], "two")
    expect_equal(ends(bench, ["10.9.0.4", "10.9.0.200", "10.9.1.1", "10.8.0.7"]),
                 ["10.8.0.7", "10.9.0.0/24", "10.9.1.1"], "four in three networks")
    nets = ["10.%d.0.1" % net for net in range(1, 9)]
    expect_equal(ends(bench, nets), nets, "eight networks")
    expect_equal(ends(bench, nets + ["10.10.0.1"]), ["any"], "nine networks")


SITE = """format: 1
site: dc1
instances:
  - name: api-prod
    product: wso2
    roles:
      api-manager: [10.9.9.1]
      client: [10.9.0.0/24, 10.8.0.0/24]
      administrator: [10.6.0.0/16, gw.example.org]
"""


def roles(bench):
    """With a site the clients become the smallest role that holds all of them."""
    site = bench.write("site.yaml", SITE.encode())
    known = bench.run("site", "check", "--rules", RULES, site)
    if known.code != 0:
        raise Skip("the site of this test does not hold: %s" % known.err.decode())
    args = ("--site", site)
    expect_equal(ends(bench, ["10.9.0.4", "10.8.0.6"], *args), ["api-prod/client"], "a role")
    expect_equal(ends(bench, ["10.9.0.4"], *args), ["10.9.0.4"], "one client")
    expect_equal(ends(bench, ["10.9.0.4", "10.7.0.6"], *args), ["10.7.0.6", "10.9.0.4"],
                 "no role has both")
    path = waivers(bench, entry("a", client="api-prod/client"))
    bench.fails("waiver", "check", "--rules", RULES, path,
                saying=("roles need a site file (--site)",))
    expect("from api-prod/client (10.8.0.0/24, 10.9.0.0/24) to" in
           checked(bench, path, "--width", "200", *args).text(), "a role in words")
    bad = waivers(bench, entry("a", client="api-prd/client"))
    bench.fails("waiver", "check", "--rules", RULES, *args, bad,
                saying=("did you mean \"api-prod\"?",))


def used(bench):
    """A stored run tells what each waiver covered."""
    path = waivers(bench, entry("used"), entry("unused", port="444"),
                   entry("expired", expires="2020-01-01", port="any"))
    database = bench.database()
    bench.audit("--db", database, "--waivers", path, capture("ssh-on-443.pcap"))
    with_new = waivers(bench, entry("used"), entry("unused", port="444"),
                       entry("expired", expires="2020-01-01", port="any"),
                       entry("new", port="445"), name="new.yaml")
    text = " ".join(checked(bench, with_new, "--db", database, "--width", "200").text().split())
    for part in ("1 unused in run 1", "run 1: covered 1 conversation of 1 flow",
                 "run 1: UNUSED, it covered nothing", "run 1: expired, covered nothing",
                 "run 1: judged without it"):
        expect(part in text, "waiver check with a run lacks %r: %s" % (part, text))
    told = checked(bench, with_new, "--run", "1", "--db", database, "--format", "json").json()
    expect_equal([(w["id"], w["used"]["status"], w["used"]["conversations"])
                  for w in told["waivers"]],
                 [("used", "used", 1), ("unused", "unused", 0), ("expired", "expired", 0),
                  ("new", "unknown", 0)], "use of waivers")
    bench.fails("waiver", "check", "--rules", RULES, "--db", database, "--run", "7", path,
                saying=("no run 7",))
    with sqlite3.connect(database) as db:
        rows = db.execute("SELECT waiver, status FROM waiver ORDER BY position").fetchall()
    db.close()
    expect_equal(rows, [("used", "used"), ("unused", "unused"), ("expired", "expired")], "table")


def schema(bench):
    """What is accepted fits the schema, and the plain mistakes do not."""
    try:
        import yaml
    except ImportError:
        raise Skip("Python has no yaml (Debian package python3-yaml)") from None

    def errors(text):
        content = yaml.load(text, Loader=yaml.BaseLoader)
        for one in content["waivers"]:
            if "port" in one:
                one["port"] = number(one["port"])
        content["format"] = 1
        return schema_errors(content, "waivers.schema.json")

    def number(port):
        if isinstance(port, list):
            return [number(item) for item in port]
        return int(port) if port.isdigit() else port

    head = "format: 1\nwaivers:\n"
    good = [entry("a"), entry("b", client="fd00::/8", server="gw.example.org", port="[1, 2-3]"),
            entry("c", client="api-prod/client", transport="[tcp, udp]", port="7-9"),
            entry("d", transport="icmp6", port="any", protocol="Z39.50"),
            entry("e", server="any", client="10.0.0.0/8", port="any", protocol="any")]
    for one in good:
        expect_equal(errors(head + one), [], one)
    lab = os.path.join(TOP, "tests", "lab", "scenarios", "deviations.waivers.yaml")
    with open(lab, encoding="utf-8") as file:
        expect_equal(errors(file.read()), [], lab)
    bad = [entry("A"), entry("a", client="anybody"), entry("a", client="gw.example.org"),
           entry("a", server="gw"), entry("a", server="0.0.0.0/0"), entry("a", port="0"),
           entry("a", port="70000"), entry("a", transport="ip"), entry("a", expires="never"),
           entry("a", expires="9999-12-31"), entry("a", protocol="a b"),
           entry("a", client="any", server="any", port="any", protocol="any"),
           entry("a").replace("Jane Doe", "TODO"), entry("a").replace("Jane Doe", "' '"),
           entry("a").replace("    owner: Jane Doe\n", ""),
           entry("a").replace("    port: 443\n", ""), entry("a") + "    note: x\n"]
    for one in bad:
        expect(errors(head + one), "the schema accepts " + one)
        path = bench.write("bad.yaml", (head + one).encode())
        expect_equal(check(bench, path).code, 2, "the program accepts " + one)


def machine_once(bench):
    """A machine with several addresses is named once."""
    site = os.path.join(HERE, "site", "dc1.yaml")
    path = waivers(bench, entry("one", client="api-prod/api-manager"))
    text = bench.run("waiver", "check", "--rules", RULES, "--site", site, path).text()
    expect("from api-prod/api-manager (am1) to" in text, "waiver check: " + text)


TESTS = [("words", words), ("machine-once", machine_once), ("refused", refused),
         ("proposed", proposed), ("many-clients", many_clients), ("roles", roles),
         ("used", used), ("schema", schema)]
