#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates a drift as JSON against schema/drift.schema.json.

usage: test_drift_schema.py SCHEMA COMMAND [ARGUMENT...]   (COMMAND prints the drift)

Also breaks it in several ways and expects each to be refused: a schema that accepts anything would
be no test.
"""
import copy
import json
import subprocess
import sys

import jsonschema

# What a difference must not say.
BREAKS = {
    "fingerprint": "0123",
    "section": "elsewhere",
    "aspect": "mood",
    "cause": "the weather",
    "why": None,
    "maybe": "\u001b[2J",
    "what": None,
    "client": "\u202e",
    "server_address": "somewhere",
    "transport": "carrier pigeon",
    "port": 65536,
    "citation": {"title": "alone"},
    "now": {},
    "unheard-of": 1,
}
HEADS = {"schema": 2, "counts": {}, "before": {}, "relations": {"before": -1, "now": 0, "same": 0},
         "differences": {}, "unheard-of": 1}


def counts_fit(drift):
    """The counts are of the differences, unless some were left out."""
    counts = drift["counts"]
    listed = drift["differences"]
    if drift["left_out"] is None and counts["all"] != len(listed):
        yield "the counts do not add up"
    for section, numbers in counts["sections"].items():
        for cause in counts["causes"]:
            count = sum(1 for one in listed
                        if one["section"] == section and one["cause"] == cause)
            if numbers[cause] != count:
                yield f"{section} by {cause}: {count}, not {numbers[cause]}"


def accepted(validator, drift):
    for member, value in HEADS.items():
        if validator.is_valid({**drift, member: value}):
            yield f"the schema accepts {member}: {value!r}"
    for member in list(drift):
        if validator.is_valid({key: drift[key] for key in drift if key != member}):
            yield f"the schema accepts a drift without {member}"
    for number, difference in enumerate(drift["differences"]):
        broken = copy.deepcopy(drift)
        for member, value in BREAKS.items():
            broken["differences"][number] = {**difference, member: value}
            if validator.is_valid(broken):
                yield f"the schema accepts {member}: {value!r}"
        for member in difference:
            broken["differences"][number] = {
                key: difference[key] for key in difference if key != member}
            if validator.is_valid(broken):
                yield f"the schema accepts a difference without {member}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    output = subprocess.run(sys.argv[2:], check=True, stdout=subprocess.PIPE).stdout
    drift = json.loads(output.decode("utf-8", errors="strict"))
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(drift)]
    errors.extend(counts_fit(drift))
    errors.extend(accepted(validator, drift))
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
