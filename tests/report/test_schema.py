#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates a JSON report against schema/report.schema.json.

usage: test_schema.py SCHEMA COMMAND [ARGUMENT...]   (COMMAND prints the report)

Also breaks the report in several ways and expects each to be refused: a schema that accepts
anything would be no test.
"""
import copy
import json
import subprocess
import sys

import jsonschema


def break_sum(report):
    report["run"]["packets"] = "1"


def break_verdict(report):
    report["conversations"][0]["verdict"] = "fine"


def break_host(report):
    report["conversations"][0]["host"] = "\u001b[2J"


def break_rule(report):
    report["conversations"][0]["rule"] = "no-slash"


def break_time(report):
    report["conversations"][0]["first_seen"] = "yesterday"


def break_member(report):
    del report["run"]["confidence"]


def break_status(report):
    report["expectations"][0]["status"] = "maybe"


def break_instance(report):
    report["conversations"][0]["instance"] = "Not an id"


def break_waived(report):
    report["conversations"][0]["waived"] = "excused"


def break_difference(report):
    report["findings"][2]["nearest"]["differs"] = ["colour"]


def break_loss(report):
    report["losses"][0]["one_way"] = "sideways"


def break_key(report):
    report["run"]["settings"]["key"] = "mac"


def break_layer(report):
    report["run"]["layers"]["vxlan"] = -1


def break_interface(report):
    del report["run"]["interfaces"][0]["dropped"]["kernel"]


def break_vlan(report):
    report["conversations"][2]["vlan"] = [4096]


BREAKS = [break_loss, break_key, break_layer, break_interface, break_vlan, break_sum, break_verdict, break_host, break_rule, break_time, break_member, break_status,
          break_instance, break_waived, break_difference]


def break_waiver(report):
    report["waivers"][0]["status"] = "fine"


def break_expiry(report):
    report["waivers"][0]["expires"] = "soon"


def break_site(report):
    del report["run"]["site"]["digest"]


SITE_BREAKS = [break_waiver, break_expiry, break_site]


def break_state(report):
    report["run"]["state"] = "asleep"


def break_committed(report):
    report["run"]["committed"] = "just now"


def break_sandboxed(report):
    report["run"]["sandboxed"] = 1


def break_window(report):
    del report["run"]["windows"][0]["dropped"]


def break_window_loss(report):
    report["run"]["windows"][0]["packets_lost"] = -1


def break_window_time(report):
    report["run"]["windows"][0]["begun"] = None


def break_dropped(report):
    del report["run"]["windows"][0]["dropped"]["ring"]


def break_crash(report):
    report["run"]["crashes"][0]["signal"] = "SIGSEGV"


LIVE_BREAKS = [break_state, break_committed, break_sandboxed, break_window, break_window_loss,
               break_window_time, break_dropped, break_crash]


def unknown_members(schema, report):
    """What stands in the report of a run and not in the schema: members may be added to both."""
    definitions = schema["definitions"]
    run = report["run"]
    for name, values in (("run", [run]), ("window", run["windows"]), ("crash", run["crashes"])):
        for value in values:
            unknown = set(value) - set(definitions[name]["properties"])
            if unknown:
                yield f"the schema of a {name} does not know {sorted(unknown)}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    output = subprocess.run(sys.argv[2:], check=True, stdout=subprocess.PIPE).stdout
    report = json.loads(output.decode("utf-8", errors="strict"))
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(report)]
    run = report["run"]
    errors.extend(unknown_members(schema, report))
    if run["packets"] != run["decoded"] + run["duplicates"] + sum(run["not_decoded"].values()):
        errors.append("the packets do not add up")
    if report["conversations"] and report["expectations"]:
        for change in (BREAKS + (SITE_BREAKS if report["waivers"] else []) +
                       (LIVE_BREAKS if run["windows"] else [])):
            broken = copy.deepcopy(report)
            change(broken)
            if validator.is_valid(broken):
                errors.append(f"the schema accepts {change.__name__}")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
