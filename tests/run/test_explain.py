# SPDX-License-Identifier: GPL-3.0-or-later
"""
catalog explain CLIENT SERVER: the answers to a table of questions; what audits of the recordings of
the laboratory say of real conversations, asked again; texts through golden files in explain/; bad
questions.
"""
import collections
import json
import os
import shutil
import sys

from support import HERE, RULES, TOP, expect, expect_equal, read

LAB = os.path.join(TOP, "tests", "lab")
sys.path.insert(0, LAB)

import check  # noqa: E402

GOLDEN = os.path.join(HERE, "explain")
SITE = os.path.join(HERE, "site")
LOOKS = ("--rules", RULES, "--site", "dc1.yaml")

# What a verdict rests on besides the conversation itself: other flows, what was not seen, or time.
DEPENDS = {"host-by-dns", "dns-expired", "negotiated", "fallback-needed", "fallback-not-needed",
           "fallback-unproven", "same-port-spoke", "fragment", "no-payload", "truncated",
           "direction-unknown", "direction-irrelevant", "no-answer", "reset-on-open",
           "unreachable", "ended-too-soon", "only-guessed", "not-recognised"}


def site_of(name):
    return os.path.join(TOP, "pcaps", "lab-%s.site.yaml" % name)


def answer(bench, *args, **how):
    made = bench.run("catalog", "explain", "--rules", RULES, "--format", "json", *args, **how)
    expect_equal((made.code, made.err), (0, b""), " ".join(map(str, args)))
    return made.json()


# --- a table of questions -------------------------------------------------------------------------

def fits(rule, instance):
    return rule, instance, "fits", []


def open_(rule, instance):
    return rule, instance, "open", []


def not_(rule, instance, *differs):
    return rule, instance, "does-not-fit", list(differs)


STRONGDM, WSO2 = "strongdm", "wso2"
PASS = "wso2/api-manager/passthrough-https"
CONTROL = "strongdm/client/control-plane"
GATEWAY = "strongdm/client/gateway"

# Site, client, server, options; verdict, rule or nearest, instance, what differs; some of the rows.
QUESTIONS = [
    (WSO2, "10.60.0.10", "10.60.2.11:8244", (), "documented", PASS, "api", [],
     [fits(PASS, "api")]),
    (WSO2, "10.60.0.10", "10.60.2.11:8244", ("--protocol", "SSH"), "wrong-protocol", PASS, "api",
     ["protocol"], [not_(PASS, "api", "protocol")]),
    (WSO2, "10.60.0.11", "10.60.2.11:8244", (), "wrong-endpoint", PASS, "api", ["client"],
     [not_(PASS, "api", "client")]),
    (WSO2, "10.60.0.10", "10.60.2.11:8243", (), "undocumented", PASS, "api", ["port"],
     [not_(PASS, "emm", "instance"), not_(PASS, "api-b", "client", "server")]),
    (WSO2, "192.0.2.1", "192.0.2.2:8243", ("--no-infrastructure",), "undocumented", PASS, "api-b",
     ["client", "server"], [not_(PASS, "api-b", "client", "server")]),
    (STRONGDM, "10.41.0.11", "203.0.113.4:443", (), "indeterminate", CONTROL, "sdm-us", [],
     [open_(CONTROL, "sdm-us"), not_(CONTROL, "sdm-eu", "client", "server")]),
    (STRONGDM, "10.41.0.11", "203.0.113.4:443", ("--host", "app.strongdm.com"), "documented",
     CONTROL, "sdm-us", [],
     [fits(CONTROL, "sdm-us"), not_("strongdm/relay/control-plane", "sdm-us", "client"),
      not_("strongdm/client/login", "sdm-us", "host", "server")]),
    (STRONGDM, "10.41.0.11", "203.0.113.4:443",
     ("--host", "app.strongdm.com", "--protocol", "http"), "wrong-protocol", CONTROL, "sdm-us",
     ["protocol"], [not_(CONTROL, "sdm-us", "protocol")]),
    (STRONGDM, "10.41.2.31", "10.41.0.11:5000", (), "wrong-endpoint", GATEWAY, "sdm-us",
     ["direction"], [not_(GATEWAY, "sdm-us", "direction")]),
    (STRONGDM, "10.41.0.11", "10.42.2.31:5001", (), "wrong-endpoint", GATEWAY, "sdm-eu",
     ["instance"], [not_(GATEWAY, "sdm-eu", "instance")]),
    (STRONGDM, "10.41.0.11", "10.41.2.31:5000", ("--protocol", "TLS"), "documented", GATEWAY,
     "sdm-us", [], [fits(GATEWAY, "sdm-us")]),
    (STRONGDM, "fd00:41::11", "[fd00:41::99]:53/udp", (), "documented", "infrastructure/dns/dns",
     None, [], [fits("infrastructure/dns/dns", None)]),
    (STRONGDM, "10.41.0.11", "10.41.0.12/icmp", (), "documented", "infrastructure/icmp/icmp", None,
     [], [fits("infrastructure/icmp/icmp", None)]),
]


def told(got):
    nearest = got["nearest"] or {"rule": None, "instance": None, "differs": []}
    decided = got["rule"] is not None
    return (got["verdict"], got["rule"] or nearest["rule"],
            got["instance"] if decided else nearest["instance"],
            [] if decided else nearest["differs"])


def questions(bench):
    for site, client, server, options, verdict, rule, instance, differs, rows in QUESTIONS:
        what = "%s: %s %s %s" % (site, client, server, " ".join(options))
        got = answer(bench, "--site", site_of(site), *options, client, server)
        expect_equal(told(got), (verdict, rule, instance, differs), what)
        have = {(row["rule"], row["instance"]): (row["fit"], row["differs"]) for row in got["rows"]}
        for name, where, fit, other in rows:
            expect_equal(have.get((name, where)), (fit, other),
                         "%s: row %s of %s" % (what, name, where))


def otherwise(bench):
    """Without a protocol the best row's is supposed, and what others would be is told and true."""
    for site, client, server, options, *_ in QUESTIONS:
        if "--protocol" in options:
            continue
        asked = ("--site", site_of(site), *options, client, server)
        got = answer(bench, *asked)
        expect(got["protocol_supposed"], "supposed")
        expect_equal(got["otherwise"][-1]["protocol"], None, "the last one is any other")
        others = got["otherwise"][:-1] + [dict(got["otherwise"][-1], protocol="Whois-DAS")]
        if got["protocol"] is not None:
            others.append({"protocol": got["protocol"], "verdict": got["verdict"],
                           "rule": got["rule"]})
        for other in others:
            again = answer(bench, "--protocol", other["protocol"], *asked)
            expect_equal((again["verdict"], again["rule"]), (other["verdict"], other["rule"]),
                         "%s speaking %s" % (" ".join(asked), other["protocol"]))
            expect_equal((again["otherwise"], again["protocol_supposed"]), ([], False), "asked for")


def remedies(bench):
    """What is said to make it documented does."""
    def remedied(site, *args, options=()):
        got = answer(bench, "--site", site_of(site), *options, *args)
        return got["verdict"], got["remedy"] or ""

    verdict, remedy = remedied(WSO2, "10.60.0.10", "10.60.2.11:8243")
    expect("on port 8244." in remedy and "parameter offset" in remedy, remedy)
    expect_equal(remedied(WSO2, "10.60.0.10", "10.60.2.11:8244"), ("documented", ""), "port")
    verdict, remedy = remedied(WSO2, "10.60.0.11", "10.60.2.11:8244")
    expect("from client (cli)" in remedy and "the role client of instance api" in remedy, remedy)
    verdict, remedy = remedied(STRONGDM, "10.41.2.31", "10.41.0.11:5000")
    expect("the other way round, from client (client1, client2) to gateway" in remedy, remedy)
    expect_equal(remedied(STRONGDM, "10.41.0.11", "10.41.2.31:5000"), ("documented", ""), "turned")
    verdict, remedy = remedied(STRONGDM, "10.41.0.11", "203.0.113.4:443")
    expect("app.strongdm.com" in remedy and "--host" in remedy, remedy)
    verdict, remedy = remedied(WSO2, "10.60.0.10", "10.60.2.11:8244",
                               options=("--protocol", "SSH"))
    expect_equal((verdict, remedy), ("wrong-protocol", "It would be documented speaking TLS."),
                 "protocol")


# --- what audits say of real conversations --------------------------------------------------------

def stands_alone(conversation):
    """Its protocol was seen, and nothing of the verdict rests on other flows."""
    return (conversation["detected_by"] in ("dpi", "signature", "dpi-partial")
            and conversation["direction_by"] != "first-packet"
            and conversation["protocol"] != "Unknown"
            and not DEPENDS & set(conversation["reasons"]))


def server_text(conversation):
    address, transport = conversation["server"], conversation["transport"]
    address = "[%s]" % address if ":" in address else address
    if transport.startswith("icmp"):
        return "%s/%s" % (address, transport)
    return "%s:%d/%s" % (address, conversation["port"], transport)


def question_of(conversation):
    protocol = conversation["protocol"]
    if conversation["application"]:
        protocol += "." + conversation["application"]
    host = ("--host=" + conversation["host"],) if conversation["host"] else ()
    return ("--protocol", protocol) + host + (conversation["client"], server_text(conversation))


def judged(one):
    nearest = one["nearest"] or {"rule": None, "instance": None, "differs": []}
    return {"verdict": one["verdict"], "rule": one["rule"], "instance": one["instance"],
            "nearest": nearest["rule"], "nearest_instance": nearest["instance"],
            "differs": sorted(nearest["differs"]), "reasons": one["reasons"],
            "detail": one["detail"]}


def as_audited(name):
    """Of conversations that are alike in all that is asked and answered, one is asked."""
    def test(bench):
        stem = os.path.join(check.PCAPS, "lab-" + name)
        truth = check.load(name)
        products = [word for product in truth["products"] for word in ("--product", product)]
        report = bench.audit("--site", stem + ".site.yaml", "--format", "json", *products,
                             stem + ".pcap").json()
        alone = [c for c in report["conversations"] if stands_alone(c)]
        chosen = collections.OrderedDict()
        for conversation in alone:
            key = json.dumps([judged(conversation), conversation["protocol"],
                              conversation["application"], conversation["host"]])
            chosen.setdefault(key, conversation)
        expect(len(chosen) >= 5, "%s: only %d conversations stand alone" % (name, len(chosen)))
        for conversation in chosen.values():
            asked = question_of(conversation)
            got = answer(bench, "--site", stem + ".site.yaml", *products, *asked)
            expect_equal(judged(got), judged(conversation), "%s: %s" % (name, " ".join(asked)))
    return "as-audited-" + name, test


def waivers(bench):
    """A waiver in force covers it; one that has expired does not."""
    site = bench.write("s.yaml", b"format: 1\nsite: s\ninstances:\n  - name: a\n"
                       b"    product: wso2\n    roles: {api-manager: [10.0.1.9]}\n")
    entry = ("format: 1\nwaivers:\n  - id: w1\n    owner: me\n    reason: because\n"
             "    expires: %s\n    client: 10.0.0.0/24\n    server: 10.0.1.9\n    transport: tcp\n"
             "    port: 8299\n    protocol: any\n")
    question = ("10.0.0.5", "10.0.1.9:8299")
    for expires, verdict in (("2020-01-01", "undocumented"), ("2198-01-01", "waived")):
        path = bench.write("w.yaml", (entry % expires).encode())
        asked = bench.run("catalog", "explain", "--rules", RULES, "--format", "json", "--site",
                          site, "--waivers", path, *question)
        expect_equal(asked.code, 0, asked.err)
        expect_equal((asked.json()["verdict"], asked.json()["waiver"]),
                     (verdict, "w1" if verdict == "waived" else None), expires)


# --- text -----------------------------------------------------------------------------------------

TEXTS = {
    "documented": ("10.10.3.4", "10.0.1.9:9444"),
    "wrong-client": ("10.9.9.9", "10.0.1.9:8343"),
    "wrong-port": ("10.10.3.4", "10.0.1.9:9443"),
    "port": ("tcp/9444",),
}


def text_of(bench, name):
    made = bench.run("catalog", "explain", *LOOKS, *TEXTS[name], cwd=SITE)
    expect_equal((made.code, made.err), (0, b""), name)
    return made.out


def looks(name):
    def test(bench):
        path = os.path.join(GOLDEN, name + ".txt")
        expect_equal(text_of(bench, name), read(path), os.path.basename(path))
    return "text-" + name, test


def accept(bench):
    for name in TEXTS:
        with open(os.path.join(GOLDEN, name + ".txt"), "wb") as file:
            file.write(text_of(bench, name))
    shutil.rmtree(bench.folder)
    return 0


def first_lines(bench):
    """The first sentence answers, with and without a site."""
    def first(*args):
        made = bench.run("catalog", "explain", "--rules", RULES, "--width", "400", *args, cwd=SITE)
        return made.text().splitlines()[0]

    cited = 'wso2 · API Manager, row "8280, 8243 - NIO/PT transport ports"'
    expect_equal(first("10.0.0.5", "10.0.1.9:8243"),
                 "10.0.0.5 → 10.0.1.9:8243/tcp speaking TLS would be documented: " + cited,
                 "without a site")
    expect_equal(first("--site", "dc1.yaml", "10.10.0.7", "10.0.1.9:8343"),
                 "office (10.10.0.7) → am1 (10.0.1.9):8343/tcp speaking TLS would be documented: "
                 + cited + " (instance api-prod)", "with one")
    expect_equal(first("2001:db8::1", "[2001:db8::2]:33999/udp"),
                 "2001:db8::1 → [2001:db8::2]:33999/udp would be undocumented: no row of any "
                 "catalog is on this port, nor near it", "IPv6")
    without = bench.run("catalog", "explain", "--rules", RULES, "10.0.0.5", "10.0.1.9:8243").text()
    expect("unchecked, since there is no site file" in without, without)


# --- bad questions --------------------------------------------------------------------------------

BAD = [
    (("10.0.0.5", "am1:443"), 'the server "am1:443" is not an address and port'),
    (("10.0.0.300", "10.0.0.1:443"), 'the client "10.0.0.300" is not an address'),
    (("10.0.0.5:99", "10.0.0.1:443"), "it has no port"),
    (("10.0.0.5", "10.0.0.1"), 'has no port: write 10.0.0.1:443'),
    (("fe80::1", "[2001:db8::1]"), "has no port: write [2001:db8::1]:443"),
    (("fe80::1", "2001:db8::1"), "has no port: write [2001:db8::1]:443"),
    (("fe80::1", "[2001:db8::1:443"), "is not an address and port"),
    (("10.0.0.5", "[2001:db8::1]:443"), "one end has an IPv4 address, the other one IPv6"),
    (("10.0.0.5", "10.0.0.1:0"), '"0" is not a port from 1 to 65535'),
    (("10.0.0.5", "10.0.0.1:70000/udp"), '"70000" is not a port'),
    (("10.0.0.5", "10.0.0.1:"), '"" is not a port'),
    (("10.0.0.5", "10.0.0.1:443/tpc"), 'there is no transport "tpc"; did you mean "tcp"?'),
    (("10.0.0.5", "10.0.0.1:8/icmp"), "icmp has no ports: write 10.0.0.1/icmp"),
    (("10.0.0.5", "10.0.0.1:443", "x"), "needs a port, or a client and a server"),
    (("--protocol", "TSL", "10.0.0.5", "10.0.0.1:443"),
     'no protocol "TSL"; did you mean "TLS"?'),
    (("--protocol", "TLS.Nowhere", "10.0.0.5", "10.0.0.1:443"), 'no protocol "TLS.Nowhere"'),
    (("--protocol", "TLS", "tcp/443"), "for explain with a client and a server"),
    (("--host", "x", "tcp/443"), "for explain with a client and a server"),
    (("--waivers", "x", "tcp/443"), "for explain with a client and a server"),
    (("--host", "h" * 200, "10.0.0.5", "10.0.0.1:443"), "is not a host name"),
    (("--waivers", "nowhere.yaml", "10.0.0.5", "10.0.0.1:443"), "nowhere.yaml"),
    (("10.0.0.5", "\x1b[31m:443"), "\\x1b[31m"),
    (("--format", "csv", "10.0.0.5", "10.0.0.1:443"), 'no format "csv"'),
]


def bad_questions(bench):
    for args, saying in BAD:
        bench.fails("catalog", "explain", "--rules", RULES, *args, saying=[saying])


def port_here(bench):
    """explain PORT names the instances and hosts whose port it is."""
    got = bench.run("catalog", "explain", "--format", "json", *LOOKS, "tcp/8343", cwd=SITE).json()
    rows = {row["rule"]: row for row in got["rules"] if row["instance"] == "api-prod"}
    expect(PASS in rows, "no row of api-prod: %r" % list(rows))
    expect("am1" in rows[PASS]["servers_here"], rows[PASS]["servers_here"])
    without = bench.run("catalog", "explain", "--format", "json", "--rules", RULES, "tcp/8243")
    expect_equal({row["instance"] for row in without.json()["rules"]}, {None}, "without a site")


TESTS = [("questions", questions), ("otherwise", otherwise), ("remedies", remedies)] + [
    as_audited(name) for name in check.names()] + [looks(name) for name in sorted(TEXTS)] + [
    ("waivers", waivers), ("first-lines", first_lines), ("bad-questions", bad_questions),
    ("port-here", port_here)]
