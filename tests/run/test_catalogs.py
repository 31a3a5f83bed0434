# SPDX-License-Identifier: GPL-3.0-or-later
"""
The catalogs say what the documents say. facts.json lists the facts of the five documents, taken
down from the documents alone and not from rules/.

A fact: product, section (part of the heading), row (facts with the same word stand in one row),
port (a number, [low, high], "dynamic", "none": the document has no number, "parameter": custom
with a default), and what the document states of: transport, direction, protocol, host, network,
asn, requirement, advice, scope, ...; find: words that the rule has to hold somewhere.
"""
import json
import os

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
             for port in rule["ports"] if port not in known[rule["product"]]]
    expect(not extra, "ports of no document: %s" % "; ".join(extra))


def schema(_bench):
    try:
        import yaml
    except ImportError:
        raise Skip("Python has no yaml (Debian package python3-yaml)") from None
    files = sorted(name for name in os.listdir(RULES) if name.endswith(".yaml"))
    expect_equal(len(files), 5, "catalogs in rules/")
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
    expect_equal(len(good.text().splitlines()), 5, "lines of check")


TESTS = [("every-fact", every_fact), ("rows-apart", rows_apart), ("no-more", no_more),
         ("schema", schema), ("explain", explain), ("show-and-list", show), ("check", check)]
