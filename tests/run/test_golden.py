# SPDX-License-Identifier: GPL-3.0-or-later
"""Every capture: the report as text and as JSON, and the flows, as somebody looked at them."""
import os
import re
import shutil

from support import (CAPTURES, CONFINES, HERE, TOP, Failure, expect_equal, read,
                     without_confinement)

GOLDEN = os.path.join(HERE, "golden")


def plain(content):
    """
    Without what other tests watch: the version, the digests of the catalog files, and the many
    rows that a capture could not have shown.
    """
    content = re.sub(rb'(?m)^\{.*"status":"not-observable".*\n', b"", content)
    content = content.replace(b",\n]", b"\n]")
    content = re.sub(rb"^flowaudit [0-9][^ ]* ", b"flowaudit VERSION ", content)
    content = re.sub(rb'(?m)^("flowaudit":)"[^"]*"', rb'\1"VERSION"', content)
    content = re.sub(rb'("digest":)"[0-9a-f]{16}"', rb'\1"DIGEST"', content)
    content = re.sub(rb'("file":)"[^"]*/([^"/]*)"', rb'\1"FOLDER/\2"', content)
    return re.sub(rb"(\bfile\s+)[0-9a-f]{16}\b", rb"\1DIGEST", content)


def outputs(bench, name):
    """The three golden files of a capture, as this program makes them."""
    made = {}
    where = "pcaps/" + name
    # The text report comes from the database of the JSON report, so both describe one run.
    database = bench.database()
    made["json"] = bench.audit("--db", database, "--format", "json", where, cwd=TOP).out
    made["txt"] = bench.run("report", "--db", database, "--all").out
    made["ndjson"] = bench.audit("--flows", "-", where, cwd=TOP).out
    return {ending: plain(content) for ending, content in made.items()}


def as_here(content):
    """What a program says that cannot confine itself is not in the files, which stay as they are."""
    return content if CONFINES else without_confinement(content)


def compare(bench, name):
    missing = []
    for ending, content in outputs(bench, name).items():
        path = os.path.join(GOLDEN, name + "." + ending)
        if not os.path.exists(path):
            missing.append(os.path.basename(path))
            continue
        expect_equal(as_here(content), as_here(read(path)), os.path.basename(path))
    if missing:
        raise Failure("no golden file: %s (run.py --accept writes them)" % ", ".join(missing))


def all_known(_bench):
    """No golden file is left of a capture that is gone."""
    wanted = {name + "." + ending for name in CAPTURES for ending in ("txt", "json", "ndjson")}
    expect_equal(sorted(os.listdir(GOLDEN)), sorted(wanted), "files in golden/")


def accept(bench):
    if not CONFINES:
        print("not with a program that cannot confine itself: the files would say so")
        return 1
    os.makedirs(GOLDEN, exist_ok=True)
    for name in CAPTURES:
        for ending, content in outputs(bench, name).items():
            with open(os.path.join(GOLDEN, name + "." + ending), "wb") as file:
                file.write(content)
    shutil.rmtree(bench.folder)
    print("wrote %d files in %s; look at what changed" % (len(CAPTURES) * 3, GOLDEN))
    return 0


def one(name):
    return name, lambda bench: compare(bench, name)


TESTS = [one(name) for name in CAPTURES] + [("no-leftovers", all_known)]
