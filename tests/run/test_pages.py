# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual pages say what the program says: commands, verbs, options, formats, columns, series."""
import csv
import glob
import io
import os
import re

from support import TOP, capture, expect, expect_equal

DOC = os.path.join(TOP, "doc")


def page(name):
    path = os.path.join(DOC, name)
    expect(os.path.exists(path), "there is no page " + name)
    with open(path, encoding="utf-8") as file:
        return file.read()


def section(text, title, name):
    match = re.search(r"(?ms)^\.Sh %s\n(.*?)(?=^\.Sh |\Z)" % title, text)
    expect(match, "%s has no section %s" % (name, title))
    return match[1]


def helped(bench, command):
    """The options of a command's help: name to (letter, whether it takes a value); and the verbs."""
    text = bench.run("help", command).text()
    options = {}
    for letter, name, value in re.findall(
            r"(?m)^  (?:-(.), |    )--([a-z-]+)(?: ([^ \n]+))?(?= |\n)", text):
        options[name] = (letter, value != "")
    verbs = re.findall(r"(?m)^(?:Usage:|      ) flowaudit %s ([a-z]+) \[options\]" % command, text)
    return options, verbs


def described(text, name):
    """The options of a page's section of options, nested lists left out."""
    options = {}
    for line in section(text, "OPTIONS", name).split("\n"):
        match = re.match(r"\.It (?:Fl (.) , )?Fl Fl ([a-z-]+)(.*)", line)
        if match:
            expect(match[2] not in options, "%s describes --%s twice" % (name, match[2]))
            options[match[2]] = (match[1] or "", match[3] != "")
    return options


def commands(bench):
    found = re.findall(r"(?m)^  ([a-z]+)  +\S", bench.run("help").text())
    found = [name for name in found if name not in ("flowaudit", "help")]
    expect(len(found) >= 8, "commands: %r" % found)
    return found


def options(bench):
    """Each option of a command is in its page, with its letter, and none besides."""
    for command in commands(bench):
        name = "flowaudit-%s.1" % command
        said, _ = helped(bench, command)
        expect(len(said) > 3, "help %s names no options" % command)
        wrote = described(page(name), name)
        expect_equal(sorted(wrote), sorted(said), "options in %s, and in the help" % name)
        expect_equal(wrote, said, "letters and values in " + name)


def verbs(bench):
    """Each verb is in the synopsis of its command's page, and none besides."""
    for command in commands(bench):
        name = "flowaudit-%s.1" % command
        _, said = helped(bench, command)
        text = page(name)
        calls = section(text, "SYNOPSIS", name).split(".Nm flowaudit\n")[1:]
        expect(calls, name + " has no synopsis")
        wrote = set()
        for call in calls:
            words = re.match(r"\.Cm ([a-z ]+)\n", call)[1].split()
            expect_equal(words[0], command, "synopsis of " + name)
            wrote.update(words[1:])
        expect_equal(sorted(wrote), sorted(said), "verbs in %s, and in the help" % name)
        for verb in said:
            expect(re.search(r"(?m)^\.(It (Xo\n\.)?Cm %s\b|Sh %s$)" % (verb, verb.upper()), text),
                   "%s does not describe %s" % (name, verb))


def overview(bench):
    """flowaudit(1) names every command's page; all pages are installed; none leads nowhere."""
    listed = re.findall(r"(?m)^\.It Xr flowaudit-([a-z]+) 1$", page("flowaudit.1"))
    for command in commands(bench):
        expect(command in listed, "flowaudit.1 does not name flowaudit-%s" % command)
    there = sorted(os.path.basename(path) for path in glob.glob(os.path.join(DOC, "*.[1-8]")))
    with open(os.path.join(TOP, "Makefile.am"), encoding="utf-8") as file:
        installed = sorted(re.findall(r"(?m)^\tdoc/(\S+\.[1-8])", file.read()))
    expect_equal(installed, there, "pages in Makefile.am")
    for name in there:
        for target, number in re.findall(r"\bXr (flowaudit\S*) ([1-8])", page(name)):
            expect("%s.%s" % (target, number) in there, "%s leads to %s(%s), which is not there" % (
                name, target, number))


def formats(bench):
    """The formats and the tables of flowaudit-report(5) are those that there are."""
    text = page("flowaudit-report.5")
    told = bench.fails("report", "--format", "x").messages()[0]
    known = re.search(r"there are: ([a-z, ]+)", told)[1].split(", ")
    first = section(text, "DESCRIPTION", "flowaudit-report.5")
    wrote = re.findall(r"(?m)^\.It Li ([a-z]+)$", first)
    for name in known:
        expect(name in wrote, "flowaudit-report(5) has no format " + name)
    database = bench.database()
    bench.audit("-q", "--db", database, capture("web.pcap"))
    part = section(text, "CSV", "flowaudit-report.5")
    tables = re.findall(r"(?ms)^\.It Li ([a-z_]+)\n(.*?)(?=^\.It |^\.El)", part)
    expect(len(tables) > 5, "tables: %r" % tables)
    for name, body in tables:
        columns = re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"(?m)^\.Li (.*)", body)))
        printed = bench.run("report", "--db", database, "--format", "csv", "--section", name)
        header = next(csv.reader(io.StringIO(printed.text(), newline="")))
        expect_equal(columns, header, "columns of " + name)
    bench.run("report", "--db", database, "--format", "csv", "-o", bench.path("all/"))
    expect_equal(sorted(name for name, _ in tables),
                 sorted(name[:-4] for name in os.listdir(bench.path("all"))), "tables")


def series(bench):
    """flowaudit-events(5) names every series of the metrics, and none besides."""
    with open(os.path.join(TOP, "src", "pipeline", "metrics.c"), encoding="utf-8") as file:
        known = set(re.findall(r'\{"([a-z_]+)",\s*"', file.read()))
    expect(len(known) > 20, "series: %r" % known)
    part = section(page("flowaudit-events.5"), "METRICS", "flowaudit-events.5")
    wrote = re.findall(r"(?m)^\.It Li ([a-z_]+)$", part[part.index("All of them"):])
    expect_equal(sorted(wrote), sorted(known), "series")


TESTS = [("options", options), ("verbs", verbs), ("overview", overview), ("formats", formats),
         ("series", series)]
