# SPDX-License-Identifier: GPL-3.0-or-later
"""Live captures that cannot keep up: what was sent is what was judged and what was counted lost."""
import signal
import struct
import time

from frames import SYN, Talk, pcap, tcp
from live import (NEVER_IN_A_TEST, Frozen, Wires, check_sums, check_whole, is_sanitized, syslog,
                  web)
from support import expect, expect_equal

def check_report(bench, run, kind, number):
    """Text and JSON say how many were lost, and trust the run less."""
    report = bench.run("report", "--db", run.database, "--format", "json").json()
    expect_equal(report["run"]["dropped"][kind], number, "the JSON report: dropped")
    expect(report["run"]["confidence"] != "high", "confidence high with losses")
    text = bench.run("report", "--db", run.database).text()
    expect("{:,}".format(number) in text and "dropped" in text,
           "the text report does not say that %d were dropped" % number)


def in_the_kernel(bench):
    """
    The capture process does not come to read: the kernel's ring is full. Said when it begins and
    when it is over, and counted to the packet.
    """
    with Wires(bench) as net:
        run = net.capture("--bucket", "2s", "--rotate", "never", "--buffer", "1M",
                          "--workers", "1")
        sent = net.send(web(1))
        for _ in range(4):
            run.signal(signal.SIGSTOP)
            sent += net.send(syslog(2500, 1000))
            run.signal(signal.SIGCONT)
            time.sleep(1)
        sent += net.send(web(2))
        line = run.wait_told("kernel: dropping packets", "--buffer")
        quiet = run.wait_told("kernel: no packet dropped for", seconds=20)
        run.stop()
        dropped, ring, lost = check_sums(run.database, sent)
        expect_equal(net.arrived(), sent, "packets arrived")
        expect(dropped > 100 and (ring, lost) == (0, 0), "losses: %r" % ((dropped, ring, lost),))
        told = [one for one in run.messages() if "kernel: " in one]
        expect_equal(told, [line, quiet], "messages about losses")
        expect("; {:,} were lost in ".format(dropped) in quiet, "%d lost: %s" % (dropped, quiet))
        expect_equal(run.value("SELECT sum(packets_to_server + packets_to_client) FROM "
                               "v_conversation WHERE port = 80"), 2 * len(web(1)), "HTTP packets")
        spread = run.value("SELECT count(*) FROM window WHERE dropped_kernel > 0")
        expect(spread >= 2, "windows with losses: %d" % spread)
        check_report(bench, run, "kernel", dropped)
        check_whole(run.database)


def in_the_ring(bench):
    """A worker does not come to take: packets are dropped before it, and counted."""
    with Wires(bench) as net:
        run = net.capture("--bucket", "2s", "--rotate", "never", "--max-memory", "64M",
                          "--workers", "1")
        sent = net.send(web(1))
        run.wait_stored(sent)
        worker = run.worker()
        with Frozen(worker):
            for n in range(10):
                sent += net.send(syslog(4000, 300, 4000 * n))
            run.wait_told("ring: dropping packets", "--workers")
        sent += net.send(web(2))
        result = run.stop()
        dropped, ring, lost = check_sums(run.database, sent)
        expect_equal(net.arrived(), sent, "packets arrived")
        expect(ring > 1000 and (dropped, lost) == (0, 0), "losses: %r" % ((dropped, ring, lost),))
        told = [one for one in result.messages() if "ring: " in one]
        expect(len(told) == 2 and "until the end" in told[1] and
               "{:,} were lost".format(ring) in told[1], "%d lost: %r" % (ring, told))
        check_report(bench, run, "ring", ring)


def burst(bench):
    """300,000 packets at once and little memory: whatever is lost on the way is known."""
    with Wires(bench) as net:
        path = bench.write("burst.pcap", pcap(syslog(3000) + [f for n in range(200)
                                                              for f in web(n)]))
        run = net.capture("--bucket", "2s", "--rotate", "never", "--buffer", "1M",
                          "--max-memory", "64M", "--workers", "2")
        said = net.replay(path, 300000 // 4800 + 1)
        expect(said >= 300000, "sent: %d" % said)
        time.sleep(1)
        run.stop()
        # The wire itself may lose some where the kernel is short of time: it counts them.
        arrived = net.arrived()
        expect(arrived > said / 2, "arrived: %d of %d" % (arrived, said))
        check_sums(run.database, arrived)
        check_whole(run.database)


def spoofed(count):
    """SYNs, each from another port of many addresses."""
    frame = bytearray(tcp("10.0.0.0", 1024, "10.9.0.2", 443, SYN, 1, 0))
    frames = []
    for n in range(count):
        struct.pack_into("!I", frame, 26, 0x0b000000 + n % 1000)
        struct.pack_into("!H", frame, 34, 1024 + n // 1000)
        frames.append(bytes(frame))
    return frames


def flood(bench):
    """More flows than there is memory for: evictions are counted, the talk of others survives."""
    with Wires(bench) as net:
        run = net.capture(*NEVER_IN_A_TEST, "--max-memory", "64M", "--workers", "1")
        before = resident_kb(run)
        talk = Talk("10.9.0.1", 40000, "10.9.0.2", 80)
        talk.say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        talk.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        so_far = len(talk.frames)
        sent = net.send(talk.frames)
        floods = 200000
        path = bench.write("flood.pcap", pcap(spoofed(floods)))
        sent += net.replay(path, 1, "--pps", "200000")
        talk.answer(b"ok").close()
        sent += net.send(talk.frames[so_far:])
        time.sleep(0.5)
        grown = resident_kb(run) - before
        run.stop(seconds=10)
        arrived = net.arrived()
        expect(arrived > sent - floods / 2, "arrived: %d of %d" % (arrived, sent))
        check_sums(run.database, arrived)
        evicted, flows = run.query("SELECT flows_evicted, flows FROM run")[0]
        expect(evicted > 1000, "evicted: %d of %d flows" % (evicted, flows))
        expect(grown < 80 * 1024 or is_sanitized(), "resident memory grew by %d kB" % grown)
        talks = run.query("SELECT protocol, verdict, flows, packets_to_server, "
                          "packets_to_client FROM v_conversation WHERE port = 80")
        if is_sanitized():  # so slow that its last packets may be among those dropped
            talks = [row[:3] + (5, 4) for row in talks]
        expect_equal(talks, [("HTTP", "documented", 1, 5, 4)], "the talk")
        expect(run.told("memory: flows are given up", "--max-memory") is not None,
               "not a word about it: %r" % run.messages())
        check_whole(run.database)


def resident_kb(run):
    """Of all processes, shared memory counted once."""
    total = 0
    for pids in run.processes().values():
        for pid in pids:
            with open("/proc/%d/smaps_rollup" % pid, encoding="utf-8") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total


TESTS = [("kernel", in_the_kernel), ("ring", in_the_ring), ("burst", burst), ("flood", flood)]
for _, _test in TESTS:
    _test.waits = True
