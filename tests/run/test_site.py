# SPDX-License-Identifier: GPL-3.0-or-later
"""
Site files: explained back, expectations, mistakes, options. site/dc1.yaml is looked at through
golden files beside it, made with the catalogs of two vendors.
"""
import copy
import os
import re
import shutil

from support import HERE, RULES, TOP, Failure, Skip, expect, expect_equal, read, schema_errors

FOLDER = os.path.join(HERE, "site")
MANUAL = os.path.join(TOP, "doc", "flowaudit-site.5")
LOOKS = ("--rules", RULES, "--product", "wso2", "--product", "strongdm", "--no-infrastructure")
COMMANDS = ("check", "expect")
FORMATS = (("txt", "text"), ("json", "json"))


def golden(verb, ending):
    return os.path.join(FOLDER, "dc1.%s.%s" % (verb, ending))


def output(bench, verb, form):
    made = bench.run("site", verb, *LOOKS, "--format", form, "dc1.yaml", cwd=FOLDER)
    expect_equal((made.code, made.err), (0, b""), "site " + verb)
    return made.out


def compare(verb, ending, form):
    def test(bench):
        path = golden(verb, ending)
        if not os.path.exists(path):
            raise Failure("no golden file: %s (run.py --accept writes it)" % os.path.basename(path))
        expect_equal(output(bench, verb, form), read(path), os.path.basename(path))
    return "%s-%s" % (verb, form), test


def accept(bench):
    for verb in COMMANDS:
        for ending, form in FORMATS:
            with open(golden(verb, ending), "wb") as file:
                file.write(output(bench, verb, form))
    shutil.rmtree(bench.folder)
    return 0


def expectations(bench):
    """What the golden file shows is what the file says, by rules of the catalogs as listed."""
    listed = bench.run("catalog", "list", "--format", "json", *LOOKS).json()["rules"]
    rules = {rule["rule"]: rule for rule in listed}
    rows = bench.run("site", "expect", *LOOKS, "--format", "json", "dc1.yaml", cwd=FOLDER).json()
    expect_equal(rows["site"], "dc1", "name")
    seen = {(row["instance"], row["rule"]): row for row in rows["expectations"]}
    expect_equal(len(seen), len(rows["expectations"]), "expectations of one rule and instance")
    for (instance, name), row in seen.items():
        rule = rules[name]
        for key in ("requirement", "direction", "transport", "protocol", "scope", "citation"):
            expect_equal(row[key], rule[key], "%s: %s" % (name, key))
        offset = {"api-prod": 1, "api-test": 2}.get(instance, 0)
        if rule["moves_with"] == "offset" and row["ports"] != [8343]:
            expect_equal(row["ports"], [port + offset for port in rule["ports"]], name + ": ports")
    expect_equal(seen["api-prod", "wso2/api-manager/passthrough-https"]["ports"], [8343],
                 "a port of the site")
    expect_equal(seen["access", "strongdm/gateway/resource"]["ports"], [5432, [3300, 3310]],
                 "ports of a parameter")
    expect_equal(seen["access", "strongdm/client/control-plane"]["host"], ["app.eu.strongdm.com"],
                 "host names of the region")
    own = [place["prefix"] for place in
           seen["api-prod", "wso2/common/management-console-https"]["server"]["places"]]
    expect_equal(sorted(own), ["10.0.1.20/32", "10.0.1.9/32", "10.0.3.0/28", "fd00::9/128"],
                 "whoever has a role that another includes")
    expect(("api-prod", "wso2/api-manager/throttling-thrift-auth") not in seen,
           "nobody is the traffic manager, and yet it is expected")


def partial(bench):
    """With one product only, the instances of the others are passed over."""
    made = bench.run("site", "check", "--rules", RULES, "--product", "strongdm", "--format", "json",
                     "dc1.yaml", cwd=FOLDER)
    expect_equal(made.code, 0, "status")
    expect_equal([one["name"] for one in made.json()["instances"]], ["access"], "instances")


def mistakes(bench):
    """Every one of a file is told, with its place, and nothing is printed."""
    path = bench.write("bad.yaml", b"format: 1\nsite: x\ninstances:\n  - name: a\n"
                       b"    product: wso3\n  - name: a\n    product: wso2\n"
                       b"    roles:\n      clinet: [10.0.0.0/7]\n      client: [10.0.0.1/8]\n")
    for verb in COMMANDS:
        bad = bench.run("site", verb, "--rules", RULES, path)
        expect_equal((bad.code, bad.out), (2, b""), "site " + verb)
        told = [line.replace(path, "FILE") for line in bad.messages()]
        expect_equal(told, [
            'flowaudit: FILE:5:14: instance "a": "product": there is no catalog of product '
            '"wso3"; did you mean "wso2"?',
            'flowaudit: FILE:6:11: instance "a": "name": "a" is taken by the instance in line 4',
            'flowaudit: FILE:9:7: instance "a": "roles": wso2 has no role "clinet"; did you mean '
            '"client"?',
            'flowaudit: FILE:10:16: instance "a": "roles": "client": "10.0.0.1/8" is not an '
            'address or prefix (host bits have to be zero: 10.0.0.0/8)'], "messages")


def systems(bench):
    """The list lies beside the site file, and its lines are named."""
    bench.write("as.txt", b"8.8.8.0/24 AS15169\n8.8.8.1/24 AS15169\n")
    path = bench.write("s.yaml", b"format: 1\nsite: s\nautonomous-systems: as.txt\n"
                       b"instances: [{name: a, product: wso2}]\n")
    bench.fails("site", "check", "--rules", RULES, path,
                saying=["/as.txt:2: ", "8.8.8.1/24", "not an address or prefix"])


def usage(bench):
    path = os.path.join(FOLDER, "dc1.yaml")
    bench.fails("site", saying=["site: needs check or expect"])
    bench.fails("site", "chekc", path, saying=["none of check, expect"])
    bench.fails("site", "check", saying=["site check: needs one file"])
    bench.fails("site", "expect", path, path, saying=["site expect: needs one file"])
    bench.fails("site", "check", "--rules", RULES, "nowhere.yaml",
                saying=["nowhere.yaml: cannot read this site file: No such file or directory"])
    bench.fails("site", "check", "--rules", RULES, "--format", "csv", path,
                saying=["there is no format \"csv\" here"])
    written = bench.path("out")
    made = bench.run("site", "check", *LOOKS, "-o", written, "dc1.yaml", cwd=FOLDER)
    expect_equal((made.code, made.out), (0, b""), "site check -o")
    expect_equal(read(written), read(golden("check", "txt")), "the file of -o")


def elsewhere(bench):
    """--site of other commands: read, and refused when it is wrong."""
    path = os.path.join(FOLDER, "dc1.yaml")
    found = bench.run("catalog", "explain", "tcp/8343", "--rules", RULES, "--site", path)
    expect_equal(found.code, 0, "catalog explain")
    expect("wso2/api-manager/passthrough-https" in found.text(), "explain at the site")
    without = bench.run("catalog", "explain", "tcp/8343", "--rules", RULES)
    expect("documented by none" in without.text(), "explain without it: " + without.text())
    bench.audit("--site", path, "pcaps/web.pcap", cwd=TOP)
    bad = bench.write("bad.yaml", b"format: 1\nsite: x\n")
    bench.fails("audit", "--rules", RULES, "--site", bad, "pcaps/web.pcap", cwd=TOP,
                saying=['bad.yaml:1:1: "instances" is missing'])


def manual(bench):
    """The example of the manual page is a site, and explains itself without complaint."""
    page = read(MANUAL).decode()
    blocks = re.findall(r"\.Bd -literal -offset indent\n(.*?)\.Ed", page, re.S)
    expect_equal(len(blocks), 2, "examples in the manual")
    path = bench.write("dc1.yaml", blocks[0].encode())
    bench.write("as.txt", blocks[1].encode())
    made = bench.run("site", "check", "--rules", RULES, path)
    expect_equal((made.code, made.err), (0, b""), "the example")


def parsed(path):
    try:
        import yaml
    except ImportError:
        raise Skip("Python has no yaml (Debian package python3-yaml)") from None
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def schema(_bench):
    """The schema for editors takes what the reader takes, and refuses what it refuses."""
    good = parsed(os.path.join(FOLDER, "dc1.yaml"))
    errors = schema_errors(good, "site.schema.json")
    expect(not errors, "; ".join(errors[:5]))

    def broken(change):
        bad = copy.deepcopy(good)
        change(bad)
        return schema_errors(bad, "site.schema.json")

    first = "instances", 0
    changes = [
        (("format",), 2), (("site",), "DC 1"), (("sites",), "x"), (("instances",), []),
        (("networks", "any"), ["10.0.0.0/8"]), (("networks", "office"), "10.0.0.0/8"),
        (("networks", "office"), ["10.0.0.0/0"]), (("hosts", "am1"), ["10.0.0.0/8"]),
        (("hosts", "am1"), []), ((*first, "name"), "a b"), ((*first, "version"), 4.2),
        ((*first, "ports", "passthrough"), [1]),
        ((*first, "ports", "api-manager/passthrough-https"), [70000]),
        ((*first, "roles", "client"), "office"), ((*first, "roles", "client"), ["any"]),
        ((*first, "roles", "client"), []), ((*first, "parameters", "offset"), 1.5),
        ((*first, "rules"), []),
    ]
    for path, value in changes:
        def change(site, path=path, value=value):
            at = site
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = value
        expect(broken(change), "the schema takes %s: %r" % ("/".join(map(str, path)), value))
    expect(broken(lambda site: site["instances"][0].pop("product")), "an instance without product")


TESTS = [compare(verb, ending, form) for verb in COMMANDS for ending, form in FORMATS] + [
    ("expectations", expectations), ("partial", partial), ("mistakes", mistakes),
    ("systems", systems), ("usage", usage), ("elsewhere", elsewhere), ("manual", manual),
    ("schema", schema)]
