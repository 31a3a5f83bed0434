# SPDX-License-Identifier: GPL-3.0-or-later
"""
flowaudit export: the openings of the laboratory's sites, as nft(8) and spreadsheets take them.
Golden files in export/; rule sets are loaded, and packets sent through one, in namespaces.
"""
import contextlib
import csv
import io
import ipaddress
import itertools
import os
import re
import socket
import subprocess
import threading

import live
from support import HERE, RULES, TOP, Failure, Skip, capture, expect, expect_equal, read

SITES = ("arcgis-server", "automation-anywhere", "beyondtrust-privileged-identity", "deviations",
         "infrastructure", "strongdm", "wso2")
FOLDER = os.path.join(HERE, "export")
# A small site in golden files, whole; of the others only what they open.
GOLDEN = {"strongdm.nft": ("nftables", "strongdm"), "strongdm.csv": ("csv", "strongdm"),
          "deviations.nft": ("nftables", "deviations"),
          "infrastructure.nft": ("nftables", "infrastructure")}
_numbers = itertools.count()


def site(name):
    return os.path.join("pcaps", "lab-%s.site.yaml" % name)


def export(bench, how, name, *args, code=0):
    result = bench.run("export", how, "--rules", RULES, "--site", site(name), *args, cwd=TOP)
    expect(result.code == code, "%s: exit status %d: %s" % (
        " ".join(result.args), result.code, result.err.decode()))
    return result


def plain(content):
    """Without what other tests watch: the version and the digests of files."""
    content = re.sub(rb"(?m)^(# Made by flowaudit) \S+", rb"\1 VERSION", content)
    return re.sub(rb"\(file [0-9a-f]{16}\)", b"(file DIGEST)", content)


def golden_output(bench, name):
    how, which = GOLDEN[name]
    return plain(export(bench, how, which).out)


def same_as_golden(bench, name):
    path = os.path.join(FOLDER, name)
    if not os.path.exists(path):
        raise Failure("no golden file: export/%s (run.py --accept writes it)" % name)
    expect_equal(golden_output(bench, name), read(path), name)


def accept(bench):
    os.makedirs(FOLDER, exist_ok=True)
    for name in GOLDEN:
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(golden_output(bench, name))
    print("wrote %d files in %s; look at what changed" % (len(GOLDEN), FOLDER))
    return 0


def rows(result):
    """The rows of a CSV export, without the apostrophes that keep spreadsheets quiet."""
    text = result.out.decode("utf-8")
    expect("\n" not in text.replace("\r\n", ""), "lines end with CR LF")
    return [{key: value[1:] if value.startswith("'") else value for key, value in row.items()}
            for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]


# --- nft(8) takes it ----------------------------------------------------------------------------

def nft():
    tool = live.tool("nft")
    done = subprocess.run(["unshare", "-rn", tool, "list", "ruleset"], capture_output=True,
                          text=True, timeout=20, check=False)
    if done.returncode:
        raise Skip("no rule sets in a namespace here: " + done.stderr.strip())
    return tool


def loads(bench, name, policy):
    """It can be loaded, twice; and what the kernel lists then can be loaded, too."""
    tool = nft()
    path = bench.write("site.nft", export(bench, "nftables", name, "--policy", policy).out)
    again = bench.path("again.nft")
    script = '%s -c -f "$1" && %s -f "$1" && %s -f "$1" && %s list ruleset > "$2" && ' \
             '%s flush ruleset && %s -f "$2"' % ((tool,) * 6)
    done = subprocess.run(["unshare", "-rn", "sh", "-c", script, "sh", path, again],
                          capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode == 0, "nft: %s" % done.stderr[:2000])
    listed = read(again).decode()
    expect(listed.count("table inet flowaudit") == 1, "one table")
    expect("policy %s;" % policy in listed, "policy")
    written = [line for line in read(path).decode().splitlines()
               if re.match(r"\t\t[^#\t].* accept comment ", line)]
    loaded = [line for line in listed.splitlines() if " accept comment " in line]
    expect_equal(len(loaded), len(written), "rules that the kernel lists")
    comments = [re.search(r'comment "([^"]*)"', line).group(1) for line in written]
    expect_equal([re.search(r'comment "([^"]*)"', line).group(1) for line in loaded], comments,
                 "comments that the kernel keeps")


def one_load(name, policy):
    return "loads/%s-%s" % (name, policy), lambda bench: loads(bench, name, policy)


# --- what is in it ------------------------------------------------------------------------------

def every_row_once(bench):
    """Each bound row of the documents is in the change request or counted as left out."""
    for name in SITES:
        expected = bench.run("site", "expect", "--rules", RULES, "--format", "json", site(name),
                             cwd=TOP).json()["expectations"]
        wanted = {(one["rule"]["id"] if isinstance(one["rule"], dict) else one["rule"],
                   one["instance"] or "") for one in expected}
        table = rows(export(bench, "csv", name))
        got = {(row["rule"], row["instance"]) for row in table}
        text = export(bench, "nftables", name).text()
        local = int(re.search(r"Left out: (\d+) used inside one machine", text).group(1))
        missing = wanted - got
        expect(len(missing) <= local, "%s: %d rows are missing, %d are local: %r" % (
            name, len(missing), local, sorted(missing)[:5]))
        for row in table:
            if row["status"] == "open":
                expect(row["source_address"] and row["destination_address"], repr(row))
                expect(row["ports"] or row["transport"].startswith("icmp"), repr(row))
            expect(row["document"] and row["section"] and row["rule"], repr(row))


def each_port_once(bench):
    """No two rules let the same clients to the same port of the same servers."""
    for name in SITES:
        seen = set()
        for line in export(bench, "nftables", name).text().splitlines():
            match = re.match(r"\t\t(?:ip6? saddr (\S+) )?(?:ip6? daddr (\S+) )?(?:(\w+) dport "
                             r"(\{ [^}]* \}|\S+)|meta l4proto (\S+)) counter accept", line)
            if match is None:
                continue
            client, server, transport, ports, protocol = match.groups()
            for part in (ports or protocol).strip("{ }").split(", "):
                low, _, high = part.partition("-")
                many = range(int(low), int(high or low) + 1) if ports else (part,)
                for port in many:
                    key = (client, server, transport, port)
                    expect(key not in seen, "%s: twice: %r" % (name, key))
                    seen.add(key)
        expect(seen, "%s: no rule was understood" % name)


class Filter:
    """What a packet filter does with the rule set, as far as first packets matter."""

    RULE = re.compile(r"\t\t(?:ip6? saddr @(\S+) )?(?:ip6? daddr @(\S+) )?(?:(\w+) dport "
                      r"(\{ [^}]* \}|\S+)|meta l4proto (\S+)) counter accept")

    def __init__(self, text):
        self.sets = {}
        for name, body in re.findall(r"\tset (\S+) \{\n(.*?)\n\t\}", text, re.S):
            elements = body[body.index("elements = {"):].splitlines()[1:-1]
            self.sets[name] = [ipaddress.ip_network(line.split("#")[0].strip().rstrip(","))
                               for line in elements]
        self.rules = [match.groups() for match in map(self.RULE.match, text.splitlines()) if match]

    def holds(self, name, address):
        return name is None or any(address in network for network in self.sets[name]
                                   if network.version == address.version)

    def accepts(self, client, server, transport, port):
        client, server = ipaddress.ip_address(client), ipaddress.ip_address(server)
        for clients, servers, dport, ports, protocol in self.rules:
            if transport not in (dport, {"ipv6-icmp": "icmp6"}.get(protocol, protocol)):
                continue
            ranges = [part.split("-") for part in (ports or "").strip("{ }").split(", ") if part]
            if ranges and not any(int(r[0]) <= port <= int(r[-1]) for r in ranges):
                continue
            if self.holds(clients, client) and self.holds(servers, server):
                return True
        return False


def as_the_audit_says(bench):
    """
    A filter with these rules lets through what the audit of the recording calls documented, but
    for what is not opened, with the reason; and stops what it calls undocumented.
    """
    passed = stopped = 0
    for name in SITES:
        report = bench.audit("--format", "json", "--site", capture("lab-%s.site.yaml" % name),
                             capture("lab-%s.pcap" % name)).json()
        rules = Filter(export(bench, "nftables", name).text())
        reasons = {}
        for row in rows(export(bench, "csv", name)):
            reasons.setdefault(row["rule"], set()).add(row["status"])
        for one in report["conversations"]:
            what = "%s: %s -> %s %s %s, %s by %s" % (
                name, one["client"], one["server"], one["transport"], one["port"], one["verdict"],
                one["rule"])
            accepted = rules.accepts(one["client"], one["server"], one["transport"], one["port"])
            if one["verdict"] == "documented":
                expect(accepted or "open" not in reasons.get(one["rule"], ()), what)
                passed += accepted
            elif one["verdict"] in ("undocumented", "wrong-endpoint"):
                expect(not accepted, what)
                stopped += 1
    expect(passed >= 300 and stopped >= 250, "%d passed, %d were stopped" % (passed, stopped))


def discouraged(bench):
    """What a document advises against is there, as a comment, with the reason."""
    lines = export(bench, "nftables", "deviations").text().splitlines()
    at = [i for i, line in enumerate(lines) if re.match(r"\t\t# ip saddr .* tcp dport 80 ", line)]
    expect(at, "no rule for port 80 is commented out")
    expect(any("discouraged: port 80 is the default" in line for line in lines[at[0] - 6:at[0]]),
           "the reason")
    expect(not any(re.match(r"\t\tip saddr .* tcp dport 80 ", line) for line in lines),
           "port 80 is open")


def by_name(bench):
    text = export(bench, "nftables", "strongdm").text()
    expect("\n# needs a proxy or addresses: client1, client2 -> app.strongdm.com:443/tcp\n" in text,
           "the name, with its port")
    row = next(row for row in rows(export(bench, "csv", "strongdm"))
               if row["rule"] == "strongdm/client/control-plane" and row["instance"] == "sdm-us")
    expect_equal((row["status"], row["destination_name"], row["ports"], row["destination_address"]),
                 ("by-name", "app.strongdm.com", "443", ""), "the row")


def by_systems(bench):
    """Google's push service is an autonomous system: prefixes of the user's list, or none."""
    with open(os.path.join(TOP, site("deviations")), encoding="utf-8") as file:
        text = file.read()
    without = bench.write("no-list.yaml", "".join(
        line for line in text.splitlines(True)
        if not line.startswith("autonomous-systems")).replace("fcm: any\n", "fcm: any\n").encode())
    with_list = [row for row in rows(export(bench, "csv", "deviations"))
                 if row["rule"] == "wso2/mobility-manager/android-fcm"]
    expect([row["status"] for row in with_list] == ["open"], repr(with_list))
    result = bench.run("export", "csv", "--rules", RULES, "--site", without)
    alone = [row for row in rows(result) if row["rule"] == "wso2/mobility-manager/android-fcm"]
    expect_equal([(row["status"], row["destination_address"]) for row in alone],
                 [("by-system", "AS15169")], "without a list")


# --- what was used ------------------------------------------------------------------------------

def unused(bench):
    """Marks what the runs did not see; what they could not have seen is not called unused."""
    database = bench.database()
    for _ in range(2):
        bench.audit("--db", database, "--site", site("deviations"), "--format", "json",
                    os.path.join("pcaps", "lab-deviations.pcap"), cwd=TOP)
    report = bench.run("report", "--db", database, "--format", "json").json()
    states = {}
    for one in report["expectations"]:
        states.setdefault((one["rule"], one["instance"] or ""), set()).add(one["status"])
    result = export(bench, "csv", "deviations", "--db", database, "--unused", "5")
    counted = dict.fromkeys(("yes", "no", "partly", "refused", "unknown"), 0)
    for row in rows(result):
        found = states.get((row["rule"], row["instance"]), set())
        wanted = "unknown"
        if "seen" in found:
            wanted = ("yes", "partly")["unseen" in found]
        elif "refused" in found:
            wanted = "refused"
        elif "unseen" in found:
            wanted = "no"
        expect_equal(row["used"], wanted, "used, of %s" % row["rule"])
        expect_equal(row["runs_observable"], "0" if wanted == "unknown" else "2", row["rule"])
        expect((row["last_seen"] != "") == (wanted in ("yes", "partly")), repr(row))
        counted[row["used"]] += 1
    expect(all(counted.values()), "every kind occurs: %r" % counted)
    text = export(bench, "nftables", "deviations", "--db", database, "--unused", "1").text()
    expect("\n#   run 2  " in text and "\n#   run 1  " not in text, "the newest run alone")
    expect("#   UNUSED: nothing used it since " in text and '"[unused] ' in text, "the marks")


def unused_by_losses(bench):
    """A run that did not end well is said."""
    database = bench.database()
    content = read(capture("lab-deviations.pcap"))
    path = bench.write("cut.pcap", content[:len(content) // 2])
    bench.audit("--db", database, "--site", capture("lab-deviations.site.yaml"), path)
    result = export(bench, "csv", "deviations", "--db", database, "--unused", "3")
    expect("1 of 1 runs saw less than all of the traffic" in result.err.decode(),
           result.err.decode())
    text = export(bench, "nftables", "deviations", "--db", database, "--unused", "3").text()
    expect("# Beware: 1 of 1 runs saw less" in text and "but there are no more" in text, "said")


def other_site(bench):
    database = bench.database()
    bench.audit("--db", database, capture("web.pcap"))
    bench.fails("export", "csv", "--rules", RULES, "--site", capture("lab-wso2.site.yaml"), "--db",
                database, "--unused", "3",
                saying=("no stored run was judged with the site lab-wso2",))


# --- arguments ----------------------------------------------------------------------------------

def bad_arguments(bench):
    name = capture("lab-strongdm.site.yaml")
    bench.fails("export", saying=("needs a format, nftables or csv",))
    bench.fails("export", "nftable", "--site", name, saying=("nftables",))
    bench.fails("export", "csv", saying=("needs a site, e.g. flowaudit export csv --site",))
    bench.fails("export", "csv", name, "--site", name, saying=("one argument too many",))
    bench.fails("export", "nftables", "--site", name, "--policy", "deny",
                saying=("accept or drop",))
    bench.fails("export", "csv", "--site", name, "--unused", "0", saying=("from 1 to 100000",))
    bench.fails("export", "csv", "--rules", RULES, "--site", name, "--unused", "1", "--db",
                bench.path("none.db"), saying=("none.db",))
    bench.fails("export", "csv", "--rules", RULES, "--site", bench.path("none.yaml"),
                saying=("none.yaml",))


def into_a_file(bench):
    path = bench.path("change.csv")
    result = export(bench, "csv", "strongdm", "-o", path)
    expect_equal(result.out, b"", "standard output")
    expect_equal(read(path), export(bench, "csv", "strongdm").out, "the file")


def one_product(bench):
    text = export(bench, "nftables", "deviations", "--product", "arcgis-server",
                  "--no-infrastructure").text()
    expect("arcgis-server/server/https" in text, "its rows")
    expect("wso2/" not in text and "infrastructure/" not in text, "rows of others")


# --- packets ------------------------------------------------------------------------------------

SMALL = b"""format: 1
site: wire
instances:
  - name: 1-gis
    product: arcgis-server
    roles:
      client: [10.99.1.0/24, "fd99:1::/64"]
      administrator: none
      web-adaptor: none
      arcgis-server: [10.99.2.2, "fd99:2::2"]
      geoanalytics-server: none
"""


@contextlib.contextmanager
def router():
    """Client, router and server, each in a namespace: three names."""
    live.need()
    stem = "%s-%d-x%d" % (live.PREFIX, os.getpid(), next(_numbers))
    names = [stem + end for end in ("-c", "-r", "-s")]
    ip = live.tool("ip")
    try:
        for name in names:
            live.sh(ip, "netns", "add", name)
            live.sh(ip, "-n", name, "link", "set", "lo", "up")
        for number, name in ((1, names[0]), (2, names[2])):
            live.sh(ip, "-n", names[1], "link", "add", "to%d" % number, "type", "veth", "peer",
                    "name", "eth0", "netns", name)
            for where, device, last in ((names[1], "to%d" % number, 1), (name, "eth0", 2)):
                live.sh(ip, "-n", where, "addr", "add", "10.99.%d.%d/24" % (number, last), "dev",
                        device)
                live.sh(ip, "-n", where, "addr", "add", "fd99:%d::%d/64" % (number, last), "dev",
                        device, "nodad")
                live.sh(ip, "-n", where, "link", "set", device, "up")
            live.sh(ip, "-n", name, "route", "add", "default", "via", "10.99.%d.1" % number)
            live.sh(ip, "-n", name, "-6", "route", "add", "default", "via", "fd99:%d::1" % number)
        live.sh(ip, "netns", "exec", names[1], "sh", "-c",
                "echo 1 > /proc/sys/net/ipv4/ip_forward; "
                "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
        yield names
    finally:
        for name in names:
            live.sh(ip, "netns", "del", name, check=False)


class Servers:
    """Listens on ports of a namespace, and answers whoever connects."""

    def __init__(self, namespace, ports):
        self.sockets = [live.inside(namespace, lambda port=port, family=family:
                                    self.listener(port, family))
                        for port in ports for family in (socket.AF_INET, socket.AF_INET6)]
        self.threads = [threading.Thread(target=self.serve, args=(one,)) for one in self.sockets]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def listener(port, family):
        one = socket.socket(family, socket.SOCK_STREAM)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(("", port))
        one.listen()
        one.settimeout(0.2)
        return one

    def serve(self, one):
        while one.fileno() >= 0:
            try:
                connection, _ = one.accept()
            except socket.timeout:
                continue
            except OSError:
                return
            with connection:
                connection.sendall(b"here")

    def close(self):
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self.threads:
            thread.join()


def reaches(namespace, address, port):
    def attempt():
        try:
            with socket.create_connection((address, port), timeout=1.5) as connection:
                return connection.recv(10) == b"here"
        except OSError:
            return False
    return live.inside(namespace, attempt)


def undocumented(namespace):
    """Packets that the counter has."""
    text = live.sh(live.tool("ip"), "netns", "exec", namespace, live.tool("nft"), "list",
                   "counter", "inet", "flowaudit", "undocumented").stdout
    return int(re.search(r"packets (\d+)", text).group(1))


def load(bench, namespace, *args):
    path = bench.write("wire.yaml", SMALL)
    result = bench.run("export", "nftables", "--rules", RULES, "--site", path, *args)
    expect(result.code == 0, result.err.decode())
    rules = bench.write("wire.nft", result.out)
    live.sh(live.tool("ip"), "netns", "exec", namespace, live.tool("nft"), "-f", rules)


def packets(bench):
    """A documented port passes and another does not, unless it may; both families."""
    nft()
    with router() as (client, middle, server):
        servers = Servers(server, (6443, 9999))
        try:
            for address in ("10.99.2.2", "fd99:2::2"):
                expect(any(reaches(client, address, 9999) for _ in range(5)),
                       "no way to %s without rules" % address)
            load(bench, middle, "--policy", "drop")
            for address in ("10.99.2.2", "fd99:2::2"):
                expect(reaches(client, address, 6443), "%s: a documented port" % address)
                before = undocumented(middle)
                expect(not reaches(client, address, 9999), "%s: an undocumented port" % address)
                expect(undocumented(middle) > before, "%s: it was not counted" % address)
            expect(not reaches(server, "10.99.1.2", 6443), "the other way round")
            load(bench, middle)
            expect_equal(undocumented(middle), 0, "counted, just after it was loaded again")
            for address in ("10.99.2.2", "fd99:2::2"):
                expect(reaches(client, address, 6443), "%s: a documented port" % address)
                before = undocumented(middle)
                expect(reaches(client, address, 9999), "%s: let through and counted" % address)
                expect_equal(undocumented(middle), before + 1, "first packets that were counted")
        finally:
            servers.close()


TESTS = [("golden/" + name, lambda bench, name=name: same_as_golden(bench, name))
         for name in GOLDEN]
TESTS += [one_load(name, policy) for name in SITES for policy in ("accept", "drop")]
TESTS += [("every-row-once", every_row_once), ("each-port-once", each_port_once),
          ("as-the-audit-says", as_the_audit_says), ("discouraged", discouraged),
          ("by-name", by_name), ("by-systems", by_systems), ("unused", unused),
          ("unused-losses", unused_by_losses), ("other-site", other_site),
          ("bad-arguments", bad_arguments), ("into-a-file", into_a_file),
          ("one-product", one_product), ("packets", packets)]
