# SPDX-License-Identifier: GPL-3.0-or-later
"""What a live capture gives away while it runs: events, figures, packets of findings."""
import json
import os
import re
import socket
import threading

from live import NOBODY, Wires, check_sums, frames_of, web
from support import capture, expect, expect_equal, read, schema_errors

FINDING = "undocumented.pcap"


def own_folder(bench, name):
    folder = bench.path(name)
    os.mkdir(folder)
    os.chown(folder, NOBODY, NOBODY)
    os.chmod(bench.folder, 0o755)
    return folder


def check_events(lines, findings):
    """Each finding once for each window, new only in the first; as the schema says."""
    events = [json.loads(line) for line in lines]
    for event in events:
        expect_equal(schema_errors(event, "event.schema.json"), [], "schema")
        expect_equal(event["event"], "finding", "kind of event")
    touched = [(event["window"]["ended"], event["fingerprint"]) for event in events]
    expect_equal(len(set(touched)), len(touched), "findings of one window, each once")
    new = [event["fingerprint"] for event in events if event["new"]]
    expect_equal(len(new), findings, "new findings")
    expect_equal(len(set(new)), len(new), "new findings, each once")
    expect_equal({event["fingerprint"] for event in events}, set(new), "findings in all")
    return events


def events_file(bench):
    """A line for each finding that a window touched; the numbers are of that window."""
    with Wires(bench) as net:
        path = os.path.join(own_folder(bench, "events"), "events.ndjson")
        run = net.capture("--bucket", "2s", "--rotate", "never", "--events", path)
        frames = list(frames_of(capture(FINDING)))
        for _ in range(2):
            net.send(web(1) + frames)
            run.wait_windows(2)
        run.stop()
        findings = run.value("SELECT findings FROM run")
        expect(findings > 0, "nothing was found")
        events = check_events(read(path).splitlines(), findings)
        for key in ("packets_to_server", "packets_to_client", "flows"):
            expect_equal(sum(event[key] for event in events),
                         run.value("SELECT sum(%s) FROM finding" % key), key + " of all events")
        windows = {event["window"]["ended"] for event in events}
        expect(len(windows) >= 2, "windows with events: %r" % windows)


def events_socket(bench):
    """To a socket whose reader goes and comes back."""
    with Wires(bench) as net:
        path = os.path.join(own_folder(bench, "events"), "socket")
        heard, end = [], threading.Event()

        def listen():
            """A reader; it goes after each connection's first lines."""
            server.settimeout(0.2)
            while not end.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(0.2)
                    while not end.is_set():
                        try:
                            data = connection.recv(65536)
                        except TimeoutError:
                            continue
                        heard.append(data)
                        break

        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(path)
            server.listen()
            os.chmod(path, 0o666)
            run = net.capture("--bucket", "2s", "--rotate", "never", "--events", "unix:" + path)
            thread = threading.Thread(target=listen)
            thread.start()
            frames = list(frames_of(capture(FINDING)))
            net.send(frames)
            run.until(lambda: heard, 5, "an event")
            net.send(frames)
            run.until(lambda: len(heard) > 1, 8, "an event after the reader went")
            end.set()
            thread.join()
            run.stop()
        for data in heard:
            for line in data.splitlines():
                expect_equal(schema_errors(json.loads(line), "event.schema.json"), [], "schema")


def metrics(bench):
    """Figures for Prometheus: whole whenever it is read, and right at the end."""
    with Wires(bench) as net:
        folder = own_folder(bench, "metrics")
        path = os.path.join(folder, "flowaudit.prom")
        run = net.capture("--bucket", "2s", "--rotate", "never", "--metrics", path)
        run.until(lambda: os.path.exists(path), 5, "the first figures")
        sent = net.send(web(1) + list(frames_of(capture(FINDING))))
        run.wait_stored(sent)
        run.stop()
        check_sums(run.database, sent)
        text = read(path).decode()
        expect_equal(os.listdir(folder), ["flowaudit.prom"], "files beside")
        for line in text.splitlines():
            expect(re.fullmatch(r'# (HELP|TYPE) flowaudit_\w+ .+|flowaudit_\w+(\{.*\})? \S+', line),
                   "not a line of Prometheus: %r" % line)
        values = re.findall(r"^flowaudit_packets_total(?:\{[^}]*\})? (\S+)$", text, re.M)
        expect_equal([float(value) for value in values], [float(sent)], "packets")
        expect("tap0" in text, "no interface in " + text)


def findings_saved(bench):
    """The first packets of flows with a finding are there for `flowaudit evidence`."""
    with Wires(bench) as net:
        folder = own_folder(bench, "saved")
        run = net.capture("--bucket", "2s", "--rotate", "never", "--save-findings", folder,
                          "--save-packets", "5")
        frames = list(frames_of(capture(FINDING)))
        sent = net.send(web(1) + frames)
        run.wait_stored(sent)
        run.stop()
        saved = os.listdir(folder)
        expect(saved and all(name.endswith(".pcap") for name in saved), "saved: %r" % saved)
        numbers = [row[0] for row in run.query("SELECT number FROM finding ORDER BY number")]
        expect(numbers, "nothing was found")
        sent_packets = {frame[14:] for frame in frames}
        for number in numbers:
            out = bench.path("evidence%d.pcap" % number)
            result = bench.run("evidence", "--db", run.database, str(number), "-o", out)
            expect_equal(result.code, 0, "evidence: %r" % result.err)
            cut = read(out)
            count = 0
            for packet in sent_packets:
                count += packet in cut
            expect(1 <= count, "finding %d: none of the packets sent" % number)
        everything = b"".join(read(os.path.join(folder, name)) for name in saved)
        expect(all(frame[14:] not in everything for frame in web(1)), "what is no finding is kept")


TESTS = [("events-file", events_file), ("events-socket", events_socket), ("metrics", metrics),
         ("findings-saved", findings_saved)]
for _, _test in TESTS:
    _test.waits = True
