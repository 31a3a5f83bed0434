# SPDX-License-Identifier: GPL-3.0-or-later
"""
The catalogs say what the documents say. facts.json lists the facts of the five documents, taken
down from the documents alone and not from rules/.

A fact: product, section (part of the heading), row (facts with the same word stand in one row),
port (a number, [low, high], "dynamic", "none": the document has no number, "parameter": custom
with a default), and what the document states of: transport, direction, protocol, host, network,
asn, requirement, advice, scope, ...; find: words that the rule has to hold somewhere.

infrastructure.yaml has no document of a vendor and so no facts. It is compared with REGISTRY, a
table made from the registries of IANA: service names and ports, multicast addresses.
"""
import json
import os
import re

from support import HERE, RULES, Failure, Skip, expect, expect_equal, schema_errors


def rules_of(bench):
    listed = bench.run("catalog", "list", "--format", "json", "--rules", RULES)
    expect_equal(listed.code, 0, "catalog list")
    return listed.json()["rules"]


def facts():
    with open(os.path.join(HERE, "facts.json"), encoding="utf-8") as file:
        return json.load(file)


def has_port(fact, rule):
    port = fact["port"]
    if port == "dynamic":
        return rule["dynamic"]
    if port == "none":
        return rule["parameter"] is not None and not rule["ports"]
    if port == "parameter":
        return rule["parameter"] is not None and rule["ports"] == [fact["default"]]
    return port in rule["ports"]


def same(key):
    return lambda fact, rule: rule[key] == fact[key]


def within(key):
    return lambda fact, rule: fact[key] in rule[key]


def found(fact, rule):
    text = json.dumps(rule, ensure_ascii=False).lower().replace("-", " ")
    return all(word.lower().replace("-", " ") in text for word in fact["find"])


def required(fact, rule):
    """What a row calls Required and its description makes depend may be conditional, if the
    rule repeats the word and gives the condition."""
    if rule["requirement"] == "conditional" and fact["requirement"] == "required":
        return "Required" in (rule["citation"]["row"] or "") and rule["when"] is not None
    return rule["requirement"] == fact["requirement"]


CHECKS = {
    "port": has_port,
    "component": same("component"),
    "transport": lambda fact, rule: set(fact["transport"]) <= set(
        rule["transport"] + ((rule["correction"] or {}).get("document_transport") or [])),
    "direction": same("direction"),
    "protocol": within("protocol"),
    "host": within("host"),
    "network": within("network"),
    "asn": within("asn"),
    "requirement": required,
    "advice": same("advice"),
    "scope": same("scope"),
    "configurable": same("configurable"),
    "when_taken": same("when_taken"),
    "increments_to": within("increments_to"),
    "alternatives": lambda fact, rule: rule["alternatives"] is not None,
    "fallback": lambda fact, rule: rule["fallback_for"] is not None,
    "find": found,
}
CATALOGS = 6
NO_FACTS = "infrastructure"

# Service name, transports, ports, multicast groups: IANA's Service Name and Transport Protocol Port
# Number Registry, IPv4 and IPv6 Multicast Address Space Registries; RFC that IANA or the rule names.
REGISTRY = {
    "dns/dns": ("domain", {"tcp", "udp"}, {53}, set(), "1035"),
    "dns/dns-over-tls": ("domain-s", {"tcp"}, {853}, set(), "7858"),
    "dns/dns-over-quic": ("domain-s", {"udp"}, {853}, set(), "9250"),
    "ntp/ntp": ("ntp", {"udp"}, {123}, set(), "5905"),
    "dhcp/dhcp-to-server": ("bootps", {"udp"}, {67}, set(), "2131"),
    "dhcp/dhcp-to-client": ("bootpc", {"udp"}, {68}, set(), "2131"),
    "dhcpv6/dhcpv6-to-client": ("dhcpv6-client", {"udp"}, {546}, set(), "8415"),
    "dhcpv6/dhcpv6-to-server": ("dhcpv6-server", {"udp"}, {547}, set(), "8415"),
    "icmp/icmp": ("-", {"icmp"}, set(), set(), "792"),
    "icmpv6/icmpv6": ("-", {"icmp6"}, set(), set(), "4443"),
    "icmpv6/neighbour-discovery": ("-", {"icmp6"}, set(),
                                   {"ff02::1", "ff02::2", "ff02::1:ff00:0/104"}, "4861"),
    "icmpv6/multicast-listener": ("-", {"icmp6"}, set(), {"ff02::16"}, "3810"),
    "mdns/mdns": ("mdns", {"udp"}, {5353}, {"224.0.0.251", "ff02::fb"}, "6762"),
    "mdns/mdns-unicast": ("mdns", {"udp"}, {5353}, set(), "6762"),
    "llmnr/llmnr": ("llmnr", {"udp"}, {5355}, {"224.0.0.252", "ff02::1:3"}, "4795"),
    "llmnr/llmnr-unicast": ("llmnr", {"tcp", "udp"}, {5355}, set(), "4795"),
    "ssdp/ssdp": ("ssdp", {"udp"}, {1900}, set(), None),
    "netbios/netbios-name": ("netbios-ns", {"udp"}, {137}, set(), "1002"),
    "netbios/netbios-datagram": ("netbios-dgm", {"udp"}, {138}, set(), "1002"),
    "syslog/syslog-udp": ("syslog", {"udp"}, {514}, set(), "5426"),
    "syslog/syslog-tcp": ("syslog-conn", {"tcp"}, {601}, set(), None),
    "syslog/syslog-tls": ("syslog-tls", {"tcp"}, {6514}, set(), "5425"),
    "ssh/ssh": ("ssh", {"tcp"}, {22}, set(), "4253"),
    "snmp/snmp": ("snmp", {"udp"}, {161}, set(), "3417"),
    "snmp/snmp-notifications": ("snmptrap", {"udp"}, {162}, set(), "3417"),
    "kerberos/kerberos": ("kerberos", {"tcp", "udp"}, {88}, set(), "4120"),
}
NOTES = {"product", "section", "row", "says", "default", "same_rule"}


def lacking(fact, rule):
    return [key for key in fact if key in CHECKS and not CHECKS[key](fact, rule)]


def candidates(fact, rules):
    """Rules that state the fact; else the nearest, with what it lacks."""
    mine = [r for r in rules if r["product"] == fact["product"]
            and fact["section"].lower() in r["citation"]["section"].lower()]
    fit = [r["rule"] for r in mine if not lacking(fact, r)]
    near = min(mine, key=lambda r: len(lacking(fact, r)) + ("port" in lacking(fact, r)) * 10,
               default=None)
    if near is None:
        return fit, "no rule cites such a section"
    return fit, "%s lacks %s" % (near["rule"], ", ".join(
        "%s %r" % (key, fact[key]) for key in lacking(fact, near)))


def every_fact(bench):
    rules = rules_of(bench)
    missing = []
    for fact in facts():
        unknown = set(fact) - set(CHECKS) - NOTES
        expect(not unknown, "facts.json: %s" % unknown)
        fit, near = candidates(fact, rules)
        if not fit:
            missing.append("%s, %s, %s: %s" % (fact["product"], fact["section"], fact["port"],
                                               near))
    if missing:
        raise Failure("%d facts missing: %s" % (len(missing), "; ".join(missing)))


def rows_apart(bench):
    """What stands in several rows of a document stands in several rules (a matching)."""
    rules = rules_of(bench)
    rows = {}
    for fact in facts():
        if fact.get("same_rule"):
            continue
        key = (fact["product"], fact["section"], fact["row"])
        rows.setdefault(key, set()).update(candidates(fact, rules)[0])
    owner = {}

    def place(row, tried):
        for rule in sorted(rows[row]):
            if rule in tried:
                continue
            tried.add(rule)
            if rule not in owner or place(owner[rule], tried):
                owner[rule] = row
                return True
        return False

    homeless = [" / ".join(row) for row in rows if not place(row, set())]
    expect(not homeless, "rows that share a rule with another row: %s" % "; ".join(homeless))


def no_more(bench):
    """No rule has a port that its document does not: all ports of a product are in its facts."""
    known = {}
    for fact in facts():
        known.setdefault(fact["product"], []).append(fact.get("default") or fact["port"])
    extra = ["%s: %s" % (rule["rule"], port) for rule in rules_of(bench)
             if rule["product"] != NO_FACTS
             for port in rule["ports"] if port not in known[rule["product"]]]
    expect(not extra, "ports of no document: %s" % "; ".join(extra))


def registry(bench):
    """The infrastructure is what the registries say, no row more or less, and asked of nobody."""
    rules = {r["rule"].split("/", 1)[1]: r for r in rules_of(bench) if r["product"] == NO_FACTS}
    expect_equal(sorted(rules), sorted(REGISTRY), "rules of the infrastructure")
    for name, (service, transports, ports, groups, rfc) in REGISTRY.items():
        rule = rules[name]
        expect_equal(set(rule["transport"]), transports, name + ": transports")
        expect_equal(set(rule["ports"]), ports, name + ": ports")
        networks = {n.removesuffix("/32").removesuffix("/128") for n in rule["network"]}
        expect_equal(networks, groups, name + ": destinations")
        expect_equal(rule["requirement"], "optional", name + ": requirement")
        cited = rule["citation"]["section"] + " " + rule["citation"]["row"]
        wanted = "RFC %s" % rfc if rfc is not None else service
        expect(re.search(r"\b%s\b" % wanted, cited), "%s cites %s" % (name, cited))


def without_infrastructure(bench):
    """It is read by default, beside any product, and not with --no-infrastructure."""
    def products(*args):
        listed = bench.run("catalog", "list", "--format", "json", "--rules", RULES, *args)
        expect_equal(listed.code, 0, "catalog list")
        return sorted({r["product"] for r in listed.json()["rules"]})

    every = products()
    expect(NO_FACTS in every, "catalogs: %r" % every)
    expect_equal(products("--no-infrastructure"), [p for p in every if p != NO_FACTS], "all others")
    expect_equal(products("--product", "wso2"), [NO_FACTS, "wso2"], "one product")
    expect_equal(products("--product", "wso2", "--no-infrastructure"), ["wso2"], "one alone")
    expect_equal(products("--product", NO_FACTS), [NO_FACTS], "the infrastructure alone")


def schema(_bench):
    try:
        import yaml
    except ImportError:
        raise Skip("Python has no yaml (Debian package python3-yaml)") from None
    files = sorted(name for name in os.listdir(RULES) if name.endswith(".yaml"))
    expect_equal(len(files), CATALOGS, "catalogs in rules/")
    for name in files:
        with open(os.path.join(RULES, name), encoding="utf-8") as file:
            content = yaml.load(file, Loader=yaml.BaseLoader)
        errors = schema_errors(typed(content), "catalog.schema.json")
        expect(not errors, "%s: %s" % (name, "; ".join(errors[:5])))


def typed(value):
    """Numbers and booleans as the catalog reader takes them; dates and the rest stay text."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() else value


def explain(bench):
    """tcp/8243 names all rows of WSO2 that have it, in text and in JSON."""
    wanted = sorted(r["rule"] for r in rules_of(bench)
                    if 8243 in r["ports"] and "tcp" in r["transport"])
    expect_equal(len(wanted), 6, "rules with tcp/8243")
    text = bench.run("catalog", "explain", "tcp/8243", "--rules", RULES)
    expect_equal(text.code, 0, "explain")
    for rule in wanted:
        expect(rule in text.text(), "explain does not name " + rule)
    listed = bench.run("catalog", "explain", "tcp/8243", "--rules", RULES, "--format", "json")
    expect_equal(sorted(r["rule"] for r in listed.json()["rules"]), wanted, "explain, JSON")
    inside = bench.run("catalog", "explain", "47150", "--rules", RULES)
    expect("automation-anywhere/control-room/cluster-47100" in inside.text(),
           "explain does not look into ranges: " + inside.text())
    nothing = bench.run("catalog", "explain", "tcp/33999", "--rules", RULES)
    expect("documented by none" in nothing.text(), "explain of no rule: " + nothing.text())


def show(bench):
    """show names every rule of the product; list every rule of all."""
    rules = rules_of(bench)
    for product in sorted({r["product"] for r in rules}):
        shown = bench.run("catalog", "show", product, "--rules", RULES)
        expect_equal(shown.code, 0, "show " + product)
        for rule in rules:
            if rule["product"] == product:
                expect(rule["rule"] in shown.text(), "show does not name " + rule["rule"])
    listed = bench.run("catalog", "list", "--rules", RULES).text()
    for rule in rules:
        expect(rule["rule"].split("/", 1)[1] in listed, "list does not name " + rule["rule"])
    some = bench.run("catalog", "list", "wso2", "--rules", RULES, "--format", "json").json()
    expect_equal(some["rules"], [r for r in rules if r["product"] == "wso2"], "list wso2")


def check(bench):
    good = bench.run("catalog", "check", *(os.path.join(RULES, name)
                                           for name in sorted(os.listdir(RULES))))
    expect_equal((good.code, good.err), (0, b""), "check of the catalogs")
    expect_equal(len(good.text().splitlines()), CATALOGS, "lines of check")


TESTS = [("every-fact", every_fact), ("rows-apart", rows_apart), ("no-more", no_more),
         ("registry", registry), ("without-infrastructure", without_infrastructure),
         ("schema", schema), ("explain", explain), ("show-and-list", show), ("check", check)]
