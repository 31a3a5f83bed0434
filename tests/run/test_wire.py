# SPDX-License-Identifier: GPL-3.0-or-later
"""
What a run says of the wire: what wrapped the traffic, how it was taken apart, what the tap missed
and between whom; in every format, and again from the database.
"""
import csv
import io
import os
import sqlite3
import struct

from frames import Talk, dns_answer, dns_query, pcap, read_pcap, udp
from support import TOP, expect, expect_equal

TUNNELS = os.path.join(TOP, "pcaps", "tunnels")
# Kinds in these captures; each packet counts once for each of its kinds.
LAYERS = {"vxlan.pcap": {"vxlan"}, "erspan-2.pcap": {"erspan", "gre"},
          "vlan-triple.pcap": {"vlan"}, "gtp.pcap": {"gtp"}, "mpls-in-udp.pcap": {"mpls"},
          "plain.pcap": set()}


def query(database, sql):
    base = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
    try:
        return base.execute(sql).fetchall()
    finally:
        base.close()


def table(bench, database, section):
    text = bench.run("report", "--db", database, "--format", "csv", "--section", section).text()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def layers(bench):
    """JSON, text, CSV and the database tell the same of what wrapped the traffic."""
    for name, kinds in LAYERS.items():
        database = bench.database()
        report = bench.audit("--db", database, "--format", "json",
                             os.path.join(TUNNELS, name)).json()
        run = report["run"]
        got = run["layers"]
        expect(kinds - {"gre"} <= set(got) <= kinds, "%s: %r" % (name, got))
        expect(all(0 < count <= run["decoded"] for count in got.values()), "%s: %r" % (name, got))
        rows = query(database, "SELECT layer, packets FROM run_layer WHERE run = %d" % run["id"])
        expect_equal(dict(rows), got, name + ": run_layer")
        rows = table(bench, database, "layers")
        expect_equal({row["layer"]: int(row["packets"]) for row in rows}, got, name + ": CSV")
        text = bench.run("report", "--db", database).text()
        expect_equal("  wrapped in  " in text, bool(kinds), name + ": the text")


def tagged(frame, *tags):
    return frame[:12] + b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags) + frame[12:]


def web(client="10.1.0.1", server="10.1.0.2"):
    return Talk(client, 40000, server, 80).say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").close()


def settings(bench):
    """A run knows how it took frames apart; reports say what is unusual, a drift what differs."""
    database = bench.database()
    path = bench.write("web.pcap", pcap(web()))
    plain = bench.audit("--db", database, "--format", "json", path).json()["run"]["settings"]
    expect_equal((plain["key"], plain["max_headers"], plain["duplicates"],
                  plain["duplicates_within_ns"], plain["tunnel_ports"]["vxlan"]),
                 ("plain", 16, "auto", 1000000, [4789, 8472]), "settings")
    text = bench.run("report", "--db", database).text()
    expect("  settings  " not in text, "usual settings are said:\n" + text)
    odd = bench.audit("--db", database, "--format", "json", "--key", "vlan", "--max-headers", "5",
                      "--tunnel-port", "none", "--tunnel-port", "gtp=2152,9999", "--duplicates",
                      "on", "--duplicates-within", "2ms", path).json()["run"]["settings"]
    expect_equal(odd, {"key": "vlan", "max_headers": 5, "tunnel_ports": {"gtp": [2152, 9999]},
                       "duplicates": "on", "duplicates_within_ns": 2000000}, "settings")
    expect_equal(query(database, "SELECT max_headers, tunnel_ports, flow_key, duplicates_mode, "
                                 "duplicates_within_ns FROM run WHERE id = 2"),
                 [(5, "gtp=2152,9999", "vlan", "on", 2000000)], "columns")
    text = bench.run("report", "--db", database).text()
    expect("--key vlan --max-headers 5, tunnel ports: gtp=2152,9999" in text, text)
    expect("on, within 2 ms: " in text, text)
    drift = bench.run("drift", "--db", database, "--run", "2", "--against", "1", "--format",
                      "json").text()
    expect("settings: key plain, now vlan; duplicates auto, now on; max-headers 16" in drift,
           drift[:2000])


def vlans(bench):
    """The same addresses in two VLANs: one conversation, or two with their tags."""
    path = bench.write("two.pcap", pcap([tagged(frame, tag, 7) for tag in (100, 200)
                                         for frame in web()]))
    plain = bench.audit("--format", "json", path).json()["conversations"]
    expect_equal([c.get("vlan") for c in plain], [None], "without VLANs in the key")
    database = bench.database()
    apart = bench.audit("--db", database, "--key", "vlan", "--format", "json",
                        path).json()["conversations"]
    expect_equal([c.get("vlan") for c in apart], [[100, 7], [200, 7]], "with them")
    expect_equal([c["flows"] for c in apart], [1, 1], "flows")
    expect_equal([row["vlan"] for row in table(bench, database, "conversations")],
                 ["100.7", "200.7"], "CSV")
    expect_equal(query(database, "SELECT vlan, inner_vlan, client FROM v_conversation ORDER BY 1"),
                 [(100, 7, "10.1.0.1"), (200, 7, "10.1.0.1")], "v_conversation")


def lossy():
    """One pair misses 1,000 bytes in a gap, one its server's side; a third is whole."""
    talk = Talk("10.1.0.1", 40000, "10.1.0.2", 80)
    for number in range(4):
        talk.answer(bytes((number,)) * 1000)
    gap = [frame for number, frame in enumerate(talk.close()) if number != 4]
    half = [frame for frame in web("10.1.0.3", "10.1.0.4") if frame[26:30] == b"\x0a\x01\0\x03"]
    return gap + half + web("10.1.0.5", "10.1.0.6")


def losses(bench):
    database = bench.database()
    path = bench.write("lossy.pcap", pcap(lossy()))
    report = bench.audit("--db", database, "--format", "json", path).json()
    run = report["run"]
    missing = run["sequence_gaps"] + run["acked_unseen"]
    expect(missing >= 1000, "missing: %r" % missing)
    expect_equal(sum(loss["missing_bytes"] for loss in report["losses"]), missing, "the sum")
    told = {(loss["client"], loss["server"]): loss for loss in report["losses"]}
    expect_equal(sorted(told), [("10.1.0.1", "10.1.0.2"), ("10.1.0.3", "10.1.0.4")], "pairs")
    expect_equal(told["10.1.0.1", "10.1.0.2"]["missing_bytes"], 1000, "the gap")
    expect_equal(told["10.1.0.1", "10.1.0.2"]["one_way"], None, "both ways")
    expect_equal(told["10.1.0.3", "10.1.0.4"]["one_way"], "to server", "one way")
    expect_equal(run["one_way_flows"], 1, "flows from one side")
    text = bench.run("report", "--db", database).text()
    expect("LOSS BEFORE THE TAP (" in text and "10.1.0.1 → 10.1.0.2, 1 flow" in text, text)
    expect("10.1.0.3 → 10.1.0.4: nothing from the server; 1 flow" in text, text)
    expect("10.1.0.5" not in text[text.index("LOSS BEFORE"):text.index("WHAT WAS READ")], text)
    rows = table(bench, database, "loss_pairs")
    expect_equal([(row["client"], row["one_way"]) for row in rows],
                 [(loss["client"], loss["one_way"] or "") for loss in report["losses"]], "CSV")
    expect_equal(query(database, "SELECT missing, one_way FROM v_loss WHERE client = '10.1.0.1'"),
                 [(1000, "")], "v_loss")


def nothing_lost(bench):
    report = bench.audit("--format", "json", bench.write("web.pcap", pcap(web()))).json()
    expect_equal(report["losses"], [], "losses")


def evidence_of_a_vlan(bench):
    """Where VLANs tell flows apart, they tell packets of findings apart."""
    talks = [Talk("10.1.0.1", 40000, "10.1.0.2", 8099).say(hello).answer(hello).close()
             for hello in (b"SSH-2.0-OpenSSH_9.2\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    frames = [tagged(frame, tag) for both in zip(*talks) for tag, frame in zip((100, 200), both)]
    database = bench.database()
    bench.audit("--db", database, "--key", "vlan", "--product", "strongdm",
                bench.write("two.pcap", pcap(frames)))
    findings = query(database, "SELECT number FROM finding")
    expect_equal(len(findings), 2, "findings")
    for number, in findings:
        out = bench.path("finding-%d.pcap" % number)
        wanted = query(database, "SELECT sum(packets_to_server + packets_to_client) FROM "
                                 "conversation WHERE finding = %d" % number)[0][0]
        bench.run("evidence", "--db", database, "1.%d" % number, "-o", out)
        with open(out, "rb") as file:
            expect_equal(len(read_pcap(file.read())[1]), wanted, "packets of %d" % number)


def gtp(frame):
    """GTP-U as in 3GPP TS 29.281 section 5.1, at a port of its own."""
    packet = frame[14:]
    return udp("192.0.2.1", 9999, "192.0.2.2", 9999,
               struct.pack("!BBHI", 0x30, 255, len(packet), 1) + packet)


def evidence(bench):
    """The packets of a finding are found with the ports and the key that the run had."""
    frames = [gtp(frame) for frame in web("10.1.0.1", "10.1.0.2")[:-1]]
    frames += [gtp(udp("10.1.0.8", 5000, "10.1.0.9", 53, dns_query(1, "a.example"))),
               gtp(udp("10.1.0.9", 53, "10.1.0.8", 5000, dns_answer(1, "a.example", "10.1.0.2")))]
    database = bench.database()
    out = bench.path("finding.pcap")
    report = bench.audit("--db", database, "--format", "json", "--tunnel-port", "gtp=9999",
                         "--product", "strongdm", bench.write("gtp.pcap", pcap(frames))).json()
    web_finding = [f for f in report["findings"] if f["port"] == 80]
    expect_equal(len(web_finding), 1, "findings on port 80")
    bench.run("evidence", "--db", database, "1.%d" % web_finding[0]["number"], "-o", out)
    expect(os.path.exists(out), "no packets were found")
    with open(out, "rb") as file:
        expect_equal(len(read_pcap(file.read())[1]), len(frames) - 2, "packets")


TESTS = [("layers", layers), ("settings", settings), ("vlans", vlans), ("losses", losses),
         ("nothing-lost", nothing_lost), ("evidence", evidence),
         ("evidence-vlan", evidence_of_a_vlan)]
