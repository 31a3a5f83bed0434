#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Compares verdicts with the truth: check.py [--from FOLDER] [NAME...]

Replays lab-NAME.pcap of pcaps/ (or of FOLDER) with the program that FLOWAUDIT names, with the
site and the waivers of the scenario, without a site, and with the site of another company; and
compares conversation by conversation with lab-NAME.truth.json. Exits with 1 on any difference.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.environ.get("FA_TOP_SRCDIR") or os.path.join(HERE, "..", ".."))
PCAPS = os.path.join(TOP, "pcaps")
OTHER_COMPANY = os.path.join(HERE, "other-company.site.yaml")
GOOD = ("documented", "discouraged")
KEY = ("client", "server", "transport", "port")
MEMORY = "/dev/shm"  # a busy disk may keep a database waiting for half a minute
TIME_SCALE = float(os.environ.get("FA_TIME_SCALE", "1"))


class CheckError(Exception):
    """The program could not do its work."""


def program():
    return os.path.abspath(os.environ.get("FLOWAUDIT", os.path.join(os.getcwd(), "flowaudit")))


def names(folder=PCAPS):
    """Scenarios that have a recording."""
    return sorted(name[len("lab-"):-len(".truth.json")] for name in os.listdir(folder)
                  if name.startswith("lab-") and name.endswith(".truth.json"))


def knows_sites():
    """The program is one that has site files."""
    told = subprocess.run([program(), "help", "audit"], capture_output=True, text=True,
                          check=False).stdout
    return "--site" in told


def audit(capture, products, *options, workers="2"):
    """The report on a capture."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="flowaudit-lab-", dir=place) as folder:
        command = [program(), "audit", "--format", "json", "--workers", workers,
                   "--db", os.path.join(folder, "run.db"),
                   "--rules", os.path.join(TOP, "rules")]
        for product in products:
            command += ["--product", product]
        command += list(options) + [capture]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False,
                                  timeout=60 * TIME_SCALE,
                                  env=dict(os.environ, LC_ALL="C", TZ="UTC"))
        except subprocess.TimeoutExpired as error:
            raise CheckError("still running after %g s: %s" % (
                error.timeout, " ".join(command))) from None
    if done.returncode:
        raise CheckError("%s: exit status %d: %s" % (" ".join(command), done.returncode,
                                                     done.stderr.strip()))
    return json.loads(done.stdout)


def sort_key(row):
    return tuple(str(row.get(name)) for name in KEY)


def shown(row):
    text = "%(client)s -> %(server)s:%(port)s/%(transport)s" % row
    return text + (" (%s)" % row["says"] if "says" in row else " %s" % row.get("protocol", ""))


# --- one conversation against one row of the truth ------------------------------------------------

def one_of(wanted, got):
    return got in wanted if isinstance(wanted, list) else got == wanted


def differences(row, conversation):
    """What the report says otherwise than the truth, in words."""
    nearest = conversation.get("nearest") or {}
    got = {"verdict": conversation["verdict"], "rule": conversation["rule"],
           "instance": conversation["instance"], "nearest": nearest.get("rule")}
    found = ["%s is %s, should be %s" % (name, got[name], row[name])
             for name in ("verdict", "rule", "instance", "nearest")
             if name in row and not one_of(row[name], got[name])]
    differs = nearest.get("differs", [])
    if "differs" in row and sorted(differs) != sorted(row["differs"]):
        found.append("differs is %s, should be %s" % (differs, row["differs"]))
    missing = [reason for reason in row.get("reasons", []) if reason not in
               conversation["reasons"]]
    if missing:
        found.append("no reason %s among %s" % (", ".join(missing), conversation["reasons"]))
    return found


def is_about(row, conversation):
    """Two conversations of the same hosts and port are told apart by protocol and name."""
    return all(row[name] == conversation[name] for name in KEY) and all(
        one_of(row[name], conversation[name]) for name in ("protocol", "host") if name in row)


def is_allowed(entry, conversation):
    for name in ("client", "server"):
        if entry.get(name) and conversation[name] not in entry[name]:
            return False
    return all(entry[name] == conversation[name] for name in ("transport", "port", "protocol")
               if name in entry)


def why(conversation):
    nearest = conversation.get("nearest") or {}
    return "%s, %s, %s, %s; %s %s%s" % (
        conversation["verdict"], conversation["rule"], conversation.get("instance"),
        conversation["protocol"], ",".join(conversation["reasons"]), conversation["detail"],
        "; nearest %s, differs %s" % (nearest["rule"], nearest["differs"]) if nearest else "")


# --- a whole report -------------------------------------------------------------------------------

class Outcome:
    """What is wrong, and how much was looked at."""

    def __init__(self, name):
        self.name = name
        self.wrong = []
        self.right = {"conversations": 0, "expectations": 0}
        self.all = {"conversations": 0, "expectations": 0}

    def add(self, kind, errors):
        self.all[kind] += 1
        self.right[kind] += not errors
        self.wrong += errors

    def line(self):
        return "%s: %d of %d conversations, %d of %d expectations" % (
            self.name, self.right["conversations"], self.all["conversations"],
            self.right["expectations"], self.all["expectations"])


def compare(name, truth, report):
    """Every conversation has its row of the truth and the reverse; all expectations hold."""
    outcome = Outcome(name)
    met = set()
    for conversation in sorted(report["conversations"], key=sort_key):
        outcome.add("conversations", judge(truth, conversation, met))
    for number, row in enumerate(truth["conversations"]):
        if number not in met:
            outcome.wrong.append("%s: not in the report as it should be: %s" % (
                shown(row), row["verdict"]))
    for wanted in truth["expectations"]:
        outcome.add("expectations", expectation(wanted, report))
    outcome.wrong += waivers(truth.get("waivers", {}), report)
    return outcome


def judge(truth, conversation, met):
    """Errors; adds to MET the rows of the truth that the conversation is as they say."""
    rows = [(number, row) for number, row in enumerate(truth["conversations"])
            if is_about(row, conversation)]
    found = []
    for number, row in rows:
        errors = differences(row, conversation)
        if not errors:
            met.add(number)
            return []
        found.append((number, row, errors))
    if found:
        number, row, errors = min(found, key=lambda one: len(one[2]))
        met.add(number)
        return ["%s: %s [%s]" % (shown(row), "; ".join(errors), why(conversation))]
    for entry in truth["also"]:
        if is_allowed(entry, conversation):
            errors = differences(entry, conversation)
            return ["%s: %s [%s]" % (shown(conversation), "; ".join(errors), why(conversation))
                    ] if errors else []
    return ["%s: nobody said that it took place [%s]" % (shown(conversation), why(conversation))]


def expectation(wanted, report):
    about = [one for one in report["expectations"] if one["rule"] == wanted["rule"] and all(
        one_of(wanted[key], one.get(key)) for key in ("instance", "host") if key in wanted)]
    if any(one["status"] == wanted["state"] for one in about):
        return []
    return ["expectation %s %s %s: should be %s, is %s" % (
        wanted["rule"], wanted.get("instance", ""), wanted.get("host", ""), wanted["state"],
        ", ".join(sorted({"%s (%s)" % (one["status"], one["evidence"]) for one in about}))
        or "not in the report")]


def waivers(wanted, report):
    """Which waivers were used, are expired or were never needed."""
    got = {one["id"]: one["status"] for one in report["waivers"]}
    return ["waiver %s: is %s, should be %s" % (name, got.get(name), wanted.get(name))
            for name in sorted(set(got) | set(wanted)) if got.get(name) != wanted.get(name)]


def without_site(name, truth, report):
    """Nothing that the truth calls a fault becomes good when nobody says what stands where."""
    outcome = Outcome(name + " without a site")
    for conversation in report["conversations"]:
        rows = [row for row in truth["conversations"] if is_about(row, conversation)]
        faults = [row for row in rows if not row.get("needs-site")
                  and row["verdict"] in ("wrong-protocol", "refused", "undocumented")]
        bad = len(faults) == len(rows) > 0 and conversation["verdict"] in GOOD
        outcome.add("conversations", ["%s: %s [%s]" % (
            shown(faults[0]), "is a fault and became good", why(conversation))] if bad else [])
    return outcome


def other_company(name, report):
    """A site that has none of these hosts makes nothing good, but what every network carries."""
    outcome = Outcome(name + " with the site of another company")
    for conversation in report["conversations"]:
        bad = conversation["verdict"] in GOOD and not (
            conversation["rule"] or "").startswith("infrastructure/")
        outcome.add("conversations", ["%s: became good [%s]" % (
            shown(conversation), why(conversation))] if bad else [])
    return outcome


def load(name, folder=PCAPS):
    with open(os.path.join(folder, "lab-%s.truth.json" % name), encoding="utf-8") as file:
        return json.load(file)


def check_site(name, folder=PCAPS):
    stem = os.path.join(folder, "lab-" + name)
    truth = load(name, folder)
    options = ["--site", stem + ".site.yaml"]
    if os.path.exists(stem + ".waivers.yaml"):
        options += ["--waivers", stem + ".waivers.yaml"]
    return compare(name, truth, audit(stem + ".pcap", truth["products"], *options))


def check_without_site(name, folder=PCAPS):
    truth = load(name, folder)
    return without_site(name, truth, audit(os.path.join(folder, "lab-%s.pcap" % name),
                                           truth["products"]))


def check_other_company(name, folder=PCAPS):
    """With every catalog, not only those of the scenario."""
    capture = os.path.join(folder, "lab-%s.pcap" % name)
    return other_company(name, audit(capture, [], "--site", OTHER_COMPANY))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="folder", default=PCAPS, metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    wrong = 0
    for name in args.names or names(args.folder):
        for kind in (check_site, check_without_site, check_other_company):
            try:
                outcome = kind(name, args.folder)
            except (CheckError, OSError) as error:
                print("check: %s" % error)
                wrong += 1
                continue
            print(outcome.line())
            for text in outcome.wrong:
                print("    " + text)
            wrong += len(outcome.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
