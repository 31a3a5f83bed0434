# SPDX-License-Identifier: GPL-3.0-or-later
"""
Scenarios: scenarios/NAME.yaml says who talks to whom, and what the verdict on it must be; the
file scenarios/NAME.site.yaml says what stands where. README.md describes the format.
"""
import ipaddress
import os
import re
import time
from collections import namedtuple

import yaml

import capture
import speakers
from lab import Lab, LabError

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "scenarios")
MAX_BYTES = 400000

VERDICTS = ("documented", "discouraged", "wrong-protocol", "wrong-endpoint", "undocumented",
            "refused", "waived", "indeterminate")
STATES = ("seen", "unseen", "refused", "not-observable")
TRANSPORTS = ("tcp", "udp", "sctp", "icmp", "icmp6")

# What the truth says of a conversation, beside its key: compared when it is given.
# "needs-site": without a site nobody could know that it is a fault.
JUDGEMENT = ("verdict", "rule", "instance", "nearest", "differs", "reasons", "protocol", "host",
             "needs-site")

KEYS = {
    "scenario": {"about", "products", "hosts", "names", "learn-neighbours", "exchanges", "also",
                 "expectations", "waivers"},
    "exchange": {"client", "client-address", "server", "at", "transport", "port", "speaks",
                 "options", "times", "after", "says", "ends", "then"} | set(JUDGEMENT),
    "then": {"client", "server", "transport", "port", "says"} | set(JUDGEMENT),
    "also": {"client", "server", "transport", "port", "says"} | set(JUDGEMENT),
    "expectation": {"rule", "instance", "host", "state", "says"},
}
# No answer, or none that must be in the recording.
SILENT = ("none", "drop", "icmp-unreachable", "Syslog", "SNMP-trap")
DYNAMIC = "dynamic"  # a port that is not known before; of `then`


class ScenarioError(Exception):
    """The scenario file is wrong."""


def names():
    """All scenarios, by name."""
    return sorted(name[:-len(".yaml")] for name in os.listdir(FOLDER)
                  if name.endswith(".yaml") and "." not in name[:-len(".yaml")])


class Loader(yaml.SafeLoader):
    """Refuses the same key twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise ScenarioError("%s: %s twice" % (str(node.start_mark).strip(), ", ".join(twice)))
        return super().construct_mapping(node, deep)


def read_yaml(path):
    with open(path, encoding="utf-8") as file:
        try:
            return yaml.load(file, Loader)
        except yaml.YAMLError as error:
            raise ScenarioError("%s: %s" % (path, error)) from None


def ports_of(value):
    """8000, "8000-8039", or a list of both, as a list of numbers."""
    ports = []
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, int):
            ports.append(part)
            continue
        match = re.fullmatch(r"(\d+)-(\d+)", str(part))
        if not match:
            raise ScenarioError("%r is not a port, a range or a list of them" % (value,))
        ports += range(int(match[1]), int(match[2]) + 1)
    return ports


class Scenario:
    def __init__(self, name, folder=FOLDER):
        self.name = name
        self.path = os.path.join(folder, name + ".yaml")
        self.site = os.path.join(folder, name + ".site.yaml")
        content = read_yaml(self.path)
        self._check_keys("scenario", content, "top level")
        self.about = content["about"].strip()
        self.products = content["products"]
        self.hosts = content["hosts"]
        self.names = content.get("names", {})
        self.learn = content.get("learn-neighbours", False)
        self.exchanges = content["exchanges"]
        self.also = content.get("also", [])
        self.expectations = content.get("expectations", [])
        self.waivers = content.get("waivers", {})
        self._check()

    def _wrong(self, what):
        raise ScenarioError("%s: %s" % (self.path, what))

    def _check_keys(self, kind, mapping, where):
        unknown = set(mapping) - KEYS[kind]
        if unknown:
            self._wrong("%s: unknown: %s" % (where, ", ".join(sorted(map(str, unknown)))))

    def _check(self):
        if not os.path.exists(self.site):
            self._wrong("no site file " + self.site)
        owners = {}
        for host, addresses in self.hosts.items():
            for address in addresses:
                text = str(ipaddress.ip_address(address))
                if text in owners:
                    self._wrong("%s belongs to %s and %s" % (text, owners[text], host))
                owners[text] = host
        for number, one in enumerate(self.exchanges, 1):
            self._check_exchange(one, "exchange %d (%s)" % (number, one.get("says", "?")))
        for one in self.also:
            self._check_keys("also", one, "also")
            self._check_row(one, "also", needs_verdict=True)
        for one in self.expectations:
            self._check_keys("expectation", one, "expectation")
            if one.get("state") not in STATES or "rule" not in one:
                self._wrong("expectation %r" % one)

    def _check_exchange(self, one, where):
        self._check_keys("exchange", one, where)
        for needed in ("client", "server", "port", "speaks", "says"):
            if needed not in one:
                self._wrong("%s: no %s" % (where, needed))
        for host in [one["client"]] + ([one["at"]] if "at" in one else []):
            if host not in self.hosts:
                self._wrong("%s: no host is called %s" % (where, host))
        self.address_of(one["server"], where)
        if one.get("ends", "ok") not in ("ok", "fails"):
            self._wrong("%s: ends: ok or fails" % where)
        ports_of(one["port"])
        self._check_row(one, where, needs_verdict="then" not in one)
        for extra in one.get("then", []):
            self._check_keys("then", extra, where)
            if extra.get("port") != DYNAMIC:
                ports_of(extra.get("port"))
            self._check_row(extra, where, needs_verdict=True)

    def _check_row(self, one, where, needs_verdict):
        if one.get("transport", "tcp") not in TRANSPORTS:
            self._wrong("%s: transport %s" % (where, one["transport"]))
        if needs_verdict and one.get("verdict") not in VERDICTS:
            self._wrong("%s: verdict %s" % (where, one.get("verdict")))
        for end in ("client", "server"):
            if one.get(end):
                self.address_of(one[end], where)

    def has(self, text, address):
        """ADDRESS is TEXT, or one of the host TEXT."""
        return address in [str(ipaddress.ip_address(a)) for a in self.hosts.get(text, [text])]

    def address_of(self, text, where="", like=None):
        """Of a host its first address, of the family of LIKE; an address stays."""
        if text in self.hosts:
            family = [a for a in self.hosts[text] if like is None or (":" in like) == (":" in a)]
            if not family:
                self._wrong("%s: %s has no address like %s" % (where, text, like))
            return str(ipaddress.ip_address(family[0]))
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            self._wrong("%s: %s is neither a host nor an address" % (where, text))


Done = namedtuple("Done", "number exchange source target port start end")


# --- doing it -----------------------------------------------------------------------------------

class Play:
    """One performance of a scenario, recorded to PATH."""

    def __init__(self, scenario, path, say=lambda text: None):
        self.scenario = scenario
        self.path = path
        self.say = say
        self.servers = {}  # (host, transport, port) -> (what was asked for, processes)
        self.done = []     # Done, in order
        self.programs = set()

    def perform(self):
        speakers.load()
        for one in self.scenario.exchanges:
            for table in (speakers.SERVERS, speakers.CLIENTS):
                if one["speaks"] not in table:
                    raise LabError("%s: nobody speaks %s: %s" % (
                        self.scenario.name, one["speaks"], ", ".join(sorted(table))))
        with Lab(self.scenario.hosts, self.scenario.names, self.scenario.learn) as lab:
            lab.record(self.path)
            for number, one in enumerate(self.scenario.exchanges, 1):
                self._exchange(lab, number, one)
            lab.finish()
            self.programs = set(lab.programs)
        size = os.path.getsize(self.path)
        if size > MAX_BYTES:
            raise LabError("%s: %d bytes, more than %d" % (self.path, size, MAX_BYTES))

    def _exchange(self, lab, number, one):
        scenario = self.scenario
        client = lab.host(one["client"])
        where = "exchange %d" % number
        target = scenario.address_of(one["server"], where, one.get("client-address"))
        if ":" not in target and client.address is None:
            target = scenario.address_of(one["server"], where, client.address6)
        source = one.get("client-address") or scenario.address_of(one["client"], where, target)
        client.speak_from(source)
        server = lab.host(one["at"]) if "at" in one else lab.find(target)
        if server is None:
            raise LabError("%s: no host has %s" % (where, target))
        for port in ports_of(one["port"]):
            self.say("  %2d %s" % (number, one["says"]))
            try:
                self._serve(server, port, one)
                time.sleep(one.get("after", 0))
                for _ in range(one.get("times", 1)):
                    self._talk(client, source, target, port, number, one)
            except LabError as error:
                raise LabError("%s: %s (%s): %s" % (
                    scenario.name, where, one["says"], error)) from None

    def _options(self, one):
        return dict(one.get("options", {}), transport=one.get("transport", "tcp"))

    def _serve(self, server, port, one):
        """The server that is asked for, the one of before if it is the same."""
        place = (server.name, one.get("transport", "tcp"), port)
        wanted = (one["speaks"], one.get("options", {}))
        found, processes = self.servers.get(place, (None, []))
        if found == wanted and all(process.poll() is None for process in processes):
            return
        for process in reversed(processes):
            process.stop()
        made = speakers.SERVERS[one["speaks"]](server, port, **self._options(one))
        made = made if isinstance(made, (list, tuple)) else [made]
        self.servers[place] = (wanted, [process for process in made if process is not None])

    def _talk(self, client, source, target, port, number, one):
        start = time.time()
        failed = None
        try:
            speakers.CLIENTS[one["speaks"]](client, target, port, **self._options(one))
        except LabError as error:
            failed = error
        if failed and one.get("ends", "ok") == "ok":
            raise failed
        if not failed and one.get("ends", "ok") == "fails":
            raise LabError("the client succeeded, and should have failed")
        self.done.append(Done(number, one, source, target, port, start, time.time()))


# --- the truth ----------------------------------------------------------------------------------

def judgement(one):
    return {name: one[name] for name in JUDGEMENT if name in one}


def with_addresses(scenario, one):
    """An entry of `also` with addresses in place of hosts."""
    entry = dict(one)
    for end in ("client", "server"):
        if entry.get(end) in scenario.hosts:
            entry[end] = sorted(str(ipaddress.ip_address(a))
                                for a in scenario.hosts[entry[end]])
        elif end in entry:
            entry[end] = [entry[end]]
    return entry


def written(scenario, recorded, rows):
    truth = {
        "scenario": scenario.name,
        "about": scenario.about,
        "products": scenario.products,
        "recorded": recorded,
        "conversations": rows,
        "also": [with_addresses(scenario, one) for one in scenario.also],
        "expectations": scenario.expectations,
    }
    if scenario.waivers:
        truth["waivers"] = scenario.waivers
    return truth


def judged_again(scenario, old):
    """
    The truth OLD of a recording with the judgements that the scenario has now. ScenarioError when
    something else in the scenario has changed since: then it has to be performed again.
    """
    rows = []
    for row in old["conversations"]:
        number, extra = row["exchange"], row.get("then")
        if number > len(scenario.exchanges):
            raise ScenarioError("%s: has fewer exchanges than were recorded" % scenario.path)
        one = scenario.exchanges[number - 1]
        if extra is not None:
            if extra > len(one.get("then", [])):
                raise ScenarioError("%s: exchange %d brings less" % (scenario.path, number))
            one = dict(one, **one["then"][extra - 1])
        kept = {key: value for key, value in row.items() if key not in JUDGEMENT}
        if not same_exchange(scenario, one, row, extra):
            raise ScenarioError("%s: exchange %d (%s) is not what was recorded (%s)" % (
                scenario.path, number, one["says"], row["says"]))
        kept["says"] = one["says"]
        rows.append(dict(kept, **judgement(one)))
    done = {row["exchange"] for row in old["conversations"]}
    wanted = {number for number, one in enumerate(scenario.exchanges, 1)}
    if done != wanted:
        raise ScenarioError("%s: exchanges %s were not recorded" % (
            scenario.path, sorted(wanted - done)))
    return dict(written(scenario, old["recorded"], rows), packages=old["packages"])


def same_exchange(scenario, one, row, extra):
    if one.get("transport", "tcp") != row["transport"]:
        return False
    if one["port"] != DYNAMIC and row["port"] not in ports_of(one["port"]):
        return False
    if extra is not None:
        return True
    return (row["speaks"] == one["speaks"] and scenario.has(one["client"], row["client"])
            and scenario.has(one["server"], row["server"]))


class Truth:
    """What was done in a performance, checked against its capture."""

    def __init__(self, play):
        self.play = play
        self.scenario = play.scenario
        self.packets = list(capture.packets(play.path))
        self.rows = []

    def table(self):
        """The truth as it is written to a file."""
        for done in self.play.done:
            self._add(done)
        self._check_strangers()
        recorded = time.strftime("%Y-%m-%d", time.gmtime(self.packets[0].time))
        return written(self.scenario, recorded, self.rows)

    def _add(self, done):
        one = done.exchange
        transport = one.get("transport", "tcp")
        there, back = self._count(done, done.source, done.target, transport, done.port)
        silent = one["speaks"] in SILENT or "at" in one
        if there == 0 or (back == 0 and not silent):
            raise LabError("%s: %s: %d packets to %s port %d and %d back are in the capture" % (
                self.scenario.name, one["says"], there, done.target, done.port, back))
        if "verdict" in one:
            self._row(one, done.source, done.target, transport, done.port, one["speaks"],
                      {"exchange": done.number}, there + back)
        for place, extra in enumerate(one.get("then", []), 1):
            self._add_extra(done, extra, {"exchange": done.number, "then": place})

    def _add_extra(self, done, extra, number):
        """What the exchange brought with it: on ports that may not be known before."""
        one = done.exchange
        source = self.scenario.address_of(extra["client"], "then", done.source) \
            if "client" in extra else done.source
        target = self.scenario.address_of(extra["server"], "then", done.target) \
            if "server" in extra else done.target
        transport = extra.get("transport", "tcp")
        found = False
        for port in self._ports(done, extra["port"], source, target, transport):
            count = sum(self._count(done, source, target, transport, port))
            found = found or count > 0
            if count:
                self._row(dict(one, **extra), source, target, transport, port,
                          extra.get("protocol", one["speaks"]), number, count)
        if not found:
            raise LabError("%s: %s: nothing from %s to %s port %s is in the capture" % (
                self.scenario.name, extra.get("says", one["says"]), source, target,
                extra["port"]))

    def _ports(self, done, wanted, source, target, transport):
        """Of an entry of `then`; those that are not known before are looked for."""
        if wanted != DYNAMIC:
            return ports_of(wanted)
        known = {other.port for other in self.play.done}
        return sorted({p.dport for p in self.packets
                       if (p.source, p.target, p.transport) == (source, target, transport)
                       and done.start <= p.time <= done.end and p.dport not in known
                       and (transport != "tcp"
                            or p.flags & (capture.SYN | capture.ACK) == capture.SYN)})

    def _count(self, done, source, target, transport, port):
        """
        Packets there and back of the flows that began during an exchange: recorder and clients
        have the same clock.
        """
        there = [p for p in self.packets if (p.source, p.target, p.transport, p.dport)
                 == (source, target, transport, port)]
        began = {}
        for p in there:
            began.setdefault(p.sport, p.time)
        ours = {sport for sport, when in began.items() if done.start <= when <= done.end}
        back = [p for p in self.packets
                if (p.source, p.target, p.transport) == (target, source, transport)]
        if transport.startswith("icmp"):  # instead of ports: type and code, and others back
            return (sum(p.sport in ours for p in there),
                    sum(done.start <= p.time <= done.end for p in back))
        return (sum(p.sport in ours for p in there),
                sum(p.sport == port and p.dport in ours for p in back))

    def _row(self, one, source, target, transport, port, speaks, number, count):
        row = {**number, "client": source, "server": target, "transport": transport,
               "port": port, "speaks": speaks, "says": one["says"]}
        same = [r for r in self.rows if all(r.get(key) == row[key] for key in row)
                and r.get("then") == row.get("then")]
        if same:  # done several times
            same[0]["packets"] += count
        else:
            self.rows.append(dict(row, packets=count, **judgement(one)))

    def _check_strangers(self):
        """Every packet belongs to an exchange, or is among what `also` names."""
        known = {(r["client"], r["server"], r["transport"], r["port"]) for r in self.rows}
        allowed = [with_addresses(self.scenario, one) for one in self.scenario.also]
        for p in self.packets:
            if ((p.source, p.target, p.transport, p.dport) in known
                    or (p.target, p.source, p.transport, p.sport) in known):
                continue
            if any(one.get("transport", p.transport) == p.transport
                   and one.get("port", p.dport) in (p.dport, p.sport)
                   and (one.get("client") is None or p.source in one["client"]
                        or p.target in one["client"])
                   and (one.get("server") is None or p.target in one["server"]
                        or p.source in one["server"]) for one in allowed):
                continue
            raise LabError("%s: nobody said that %s would speak %s from port %d to %s port %d" % (
                self.scenario.name, p.source, p.transport, p.sport, p.target, p.dport))
