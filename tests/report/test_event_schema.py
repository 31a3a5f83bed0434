#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates events against schema/event.schema.json.

usage: test_event_schema.py SCHEMA COMMAND [ARGUMENT...]   (COMMAND prints events, one a line)

Also breaks each event in several ways and expects it to be refused: a schema that accepts anything
would be no test.
"""
import copy
import json
import subprocess
import sys

import jsonschema

BREAKS = {
    "time": "yesterday",
    "event": "greeting",
    "run": 0,
    "source": "\u001b[2J",
    "window": {"begun": "2026-11-21T22:00:00.000000Z"},
    "fingerprint": "0123",
    "new": 1,
    "severity": 6,
    "verdict": "documented",
    "client": "somebody",
    "host": "\u202e",
    "rule": "no-slash",
    "nearest": {"rule": "a/b/c", "instance": None, "differs": ["colour"]},
    "flows": -1,
    "catalog": {"wso2": "newest"},
}


def faults(validator, line):
    event = json.loads(line)
    for error in validator.iter_errors(event):
        yield f"{list(error.absolute_path)}: {error.message}: {line}"
    unknown = set(event) - set(validator.schema["properties"])
    if unknown:
        yield f"the schema does not know {sorted(unknown)}"
    for member, value in BREAKS.items():
        broken = copy.deepcopy(event)
        broken[member] = value
        if validator.is_valid(broken):
            yield f"the schema accepts {member}: {value!r}"
    for member in validator.schema["required"]:
        broken = {key: value for key, value in event.items() if key != member}
        if validator.is_valid(broken):
            yield f"the schema accepts an event without {member}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    output = subprocess.run(sys.argv[2:], check=True, stdout=subprocess.PIPE).stdout
    lines = output.decode("utf-8", errors="strict").splitlines()
    found = [fault for line in lines for fault in faults(validator, line)]
    if len(lines) < 2:
        found.append("hardly an event to look at")
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
