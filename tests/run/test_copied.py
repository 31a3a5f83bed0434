# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that reports print, copied into a shell: they name the database, whatever it is called."""
import os
import re
import subprocess

from support import (PROGRAM, RULES, TIME_SCALE, Skip, capture, environment, expect, expect_equal,
                     read)

# Where the catalogs are, which an installed program knows.
PROLOGUE = """flowaudit() {
    case $1 in site) set -- "$@" --rules "$RULES" ;; esac
    "$PROGRAM" "$@"
}
"""

# What stands behind a command on the same line.
MEANT = re.compile(" +(a draft that|an entry that|every finding|the same for|window by) .*")

ELSEWHERE = {"FLOWAUDIT_DB": ""}


def paste(bench, command):
    """As somebody does who has the program in the path."""
    shell = "/bin/bash" if "$'" in command else "/bin/sh"
    if not os.access(shell, os.X_OK):
        raise Skip("there is no " + shell)
    result = subprocess.run([shell], input=PROLOGUE + command, cwd=bench.folder,
                            env={**environment(), "PROGRAM": PROGRAM, "RULES": RULES},
                            capture_output=True, timeout=20 * TIME_SCALE, encoding="utf-8",
                            check=False)
    expect_equal(result.returncode, 0, "exit status of %r: %s" % (command, result.stderr))


def commands(text):
    found = [line[line.index("flowaudit "):] for line in text.splitlines()
             if re.search(r"(^  |packets?: )flowaudit (?!catalog)", line)]
    return [MEANT.sub("", command) for command in found]


def default_one(bench):
    bench.run("audit", "--rules", RULES, capture("undocumented.pcap"), env=ELSEWHERE)
    for more in ({"env": ELSEWHERE}, {"env": {"FLOWAUDIT_DB": bench.path("flowaudit.db")}}):
        text = bench.run("report", **more).text()
        expect(len(commands(text)) >= 5 and "--db" not in text, "is named with %r: %s" % (more, text))
    text = bench.run("report", "--db", "flowaudit.db", env=ELSEWHERE).text()
    expect("--db" not in text, "is named when it was")


def others(bench):
    database = bench.database()
    bench.audit("--db", database, capture("undocumented.pcap"))
    data = read(database)
    for name in ("dc1.db", "a b.db", "it's $HOME `id` \"x\".db", "back\\slash.db", "b\u00fcro.db",
                 "two\nlines.db", "red\033[31m\0019.db", "\u202eright to left.db", "-f", "~",
                 "x;exit 3 #.db"):
        path = bench.write(name, data)
        text = bench.run("report", "--db", name, env=ELSEWHERE).text()
        expect("\033" not in text and "\u202e" not in text, "%r does harm in a report" % name)
        found = commands(text)
        expect(len(found) >= 5, "%r: commands: %r" % (name, found))
        for command in found:
            expect(" --db " in command, "%r: %s" % (name, command))
            paste(bench, command)
        os.unlink(path)


def others_by_environment(bench):
    """What --db says is named when the environment says something else."""
    database = bench.database()
    text = bench.audit("--db", database, capture("undocumented.pcap"),
                       env={"FLOWAUDIT_DB": "flowaudit.db"}).text()
    expect(all(" --db " + database in command for command in commands(text)), text)


TESTS = [("default-one", default_one), ("others", others),
         ("others-by-environment", others_by_environment)]
