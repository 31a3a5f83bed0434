#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Tests of the whole program: run.py [--accept] [--list] [NAME-PART...]

Environment: FLOWAUDIT, the program (default ./flowaudit); FA_TOP_SRCDIR, the source;
FA_TIME_SCALE, a factor for all time limits, for builds that are slow; FA_RUN, the name parts when
none are given, and behind a minus those to leave out. "all" are all tests; without name parts
those that take long are left out.
Prints one line for each test and then the counts. --accept writes the golden files instead of
comparing with them: look at what changed before you commit it.
"""
import concurrent.futures
import os
import shutil
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "browser")]

import support  # noqa: E402
import test_bad_database  # noqa: E402
import test_bad_input  # noqa: E402
import test_browser  # noqa: E402
import test_catalogs  # noqa: E402
import test_commands  # noqa: E402
import test_completion  # noqa: E402
import test_copied  # noqa: E402
import test_drift  # noqa: E402
import test_drift_nightly  # noqa: E402
import test_drift_nights  # noqa: E402
import test_duplicates  # noqa: E402
import test_evidence  # noqa: E402
import test_explain  # noqa: E402
import test_export  # noqa: E402
import test_formats  # noqa: E402
import test_golden  # noqa: E402
import test_hostile  # noqa: E402
import test_html  # noqa: E402
import test_lab  # noqa: E402
import test_learn  # noqa: E402
import test_live  # noqa: E402
import test_live_clock  # noqa: E402
import test_live_faults  # noqa: E402
import test_live_losses  # noqa: E402
import test_live_outlets  # noqa: E402
import test_live_sandbox  # noqa: E402
import test_pages  # noqa: E402
import test_pcapng  # noqa: E402
import test_processes  # noqa: E402
import test_properties  # noqa: E402
import test_prune  # noqa: E402
import test_same  # noqa: E402
import test_service  # noqa: E402
import test_site  # noqa: E402
import test_tunnels  # noqa: E402
import test_waivers  # noqa: E402
import test_wire  # noqa: E402
import test_wrapped  # noqa: E402

# Those that mostly wait come first.
MODULES = (test_drift_nights, test_drift, test_drift_nightly, test_live, test_live_clock,
           test_live_faults, test_live_losses, test_live_outlets, test_pages, test_live_sandbox,
           test_processes, test_copied, test_bad_database, test_golden, test_same, test_hostile,
           test_properties, test_html, test_browser, test_catalogs, test_commands,
           test_completion, test_duplicates, test_site, test_bad_input, test_waivers, test_lab,
           test_evidence, test_explain, test_export, test_formats, test_learn, test_service,
           test_pcapng, test_prune, test_tunnels, test_wire, test_wrapped)
# Those that take long, and that other tests stand for in a quick check.
LONG = (test_drift_nights, test_live_clock, test_live_faults, test_live_losses, test_bad_database,
        test_same, test_browser, test_copied)
PARALLEL = 2


def collect():
    """All tests as (name, function, waits, long), in the order of the modules."""
    tests = []
    for module in MODULES:
        group = module.__name__[len("test_"):]
        for name, function in module.TESTS:
            tests.append((group + "/" + name, function, getattr(function, "waits", False),
                          module in LONG or getattr(function, "long", False)))
    return tests


class Score:
    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = self.skipped = 0

    def run(self, name, function):
        started = time.monotonic()
        bench = support.Bench()
        try:
            function(bench)
            word, why = "ok", ""
        except support.Skip as reason:
            word, why = "skipped", ": %s" % reason
        except support.Failure as reason:
            word, why = "FAILED", ": %s" % reason
        except Exception:
            word, why = "FAILED", ": " + traceback.format_exc().replace("\n", " | ")
        finally:
            shutil.rmtree(bench.folder, ignore_errors=True)
        with self.lock:
            self.passed += word == "ok"
            self.failed += word == "FAILED"
            self.skipped += word == "skipped"
            print("%-8s%s (%.1f s)%s" % (word, name, time.monotonic() - started,
                                         why.replace("\n", " | ")), flush=True)


def choose(tests, parts):
    """Those with one of the parts in their names, and none of those that stand behind a minus."""
    without = [part[1:] for part in parts if part.startswith("-")]
    tests = [t for t in tests if not any(part in t[0] for part in without)]
    parts = [part for part in parts if not part.startswith("-")]
    if not parts:
        return [t for t in tests if not t[3]]
    return tests if parts == ["all"] else [t for t in tests if any(p in t[0] for p in parts)]


def main(args):
    if any(arg.startswith("-") and arg not in ("--accept", "--list") for arg in args):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    tests = collect()
    if "--list" in args:
        print("\n".join(name for name, _, _, _ in tests))
        return 0
    if not os.access(support.PROGRAM, os.X_OK):
        print("run: %s is not a program; set FLOWAUDIT" % support.PROGRAM, file=sys.stderr)
        return 2
    if "--accept" in args:
        return (test_golden.accept(support.Bench()) or test_site.accept(support.Bench()) or
                test_explain.accept(support.Bench()) or test_export.accept(support.Bench()) or
                test_formats.accept(support.Bench()))
    parts = ([arg for arg in args if not arg.startswith("-")] or
             os.environ.get("FA_RUN", "").split())
    chosen = choose(tests, parts)
    score = Score()
    # Tests that only wait for a time limit of the program do not take a place from others.
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as workers, \
            concurrent.futures.ThreadPoolExecutor(4) as waiters:
        for name, function, waits, _ in chosen:
            (waiters if waits else workers).submit(score.run, name, function)
    if not parts:
        print("run: %d long ones left out; \"run.py all\" runs them, and so does scripts/check" %
              (len(tests) - len(chosen)))
    print("run: %d passed, %d failed, %d skipped" % (score.passed, score.failed, score.skipped))
    return 1 if score.failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
