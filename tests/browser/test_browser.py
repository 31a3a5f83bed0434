# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML reports in a browser: quiet, usable by hand and by keyboard, legible, and harmless."""
import os

from browser import Browser
from frames import pcap
from support import TIME_SCALE, capture, expect, expect_equal
from test_hostile import hostile_frames
from test_html import many_frames

HERE = os.path.dirname(os.path.abspath(__file__))


def report(bench, *args):
    """The path of a report on an audit."""
    path = bench.path("report.html")
    bench.audit("--format", "html", "-o", path, *args)
    return path


def deviations(bench):
    return report(bench, "--site", capture("lab-deviations.site.yaml"), "--waivers",
                  capture("lab-deviations.waivers.yaml"), capture("lab-deviations.pcap"))


def bytes_of(texts):
    units = {"B": 1, "kB": 1e3, "MB": 1e6}
    return [float(number) * units[unit] for number, unit in (text.split() for text in texts)]


def quiet(theme):
    """Opens without a word and without asking for anything."""
    def test(bench):
        path = deviations(bench)
        with Browser(bench, theme) as browser:
            browser.open(path)
            browser.shot("top-" + theme)
            expect_equal(browser.driver.title, "flowaudit: run 1", "title")
            for place in ("map", "matrix", "findings", "conversations"):
                browser.open(path, "#" + place)
                browser.shot("%s-%s" % (place, theme))
            browser.quiet(path)
            background = browser.run("return getComputedStyle(document.body).backgroundColor")
            expect_equal(background == "rgb(255, 255, 255)", theme == "light", "background")
    return test


def sorts(bench):
    """By a click on the head of a column, the other way by the next, and by the keyboard."""
    path = deviations(bench)
    cells = "#findings-table tbody td:nth-child(7)"
    head = "#findings-table th:nth-child(7)"
    with Browser(bench) as browser:
        browser.open(path)
        before = browser.texts(cells)
        browser.click(head + " button")
        down = browser.texts(cells)
        expect_equal(bytes_of(down), sorted(bytes_of(before), reverse=True), "by bytes")
        expect(down != before, "nothing moved")
        expect_equal(browser.one(head).get_attribute("aria-sort"), "descending", "aria-sort")
        browser.shot("sorted")
        browser.one(head + " button").send_keys("\ue007")  # Enter
        expect_equal(bytes_of(browser.texts(cells)), sorted(bytes_of(before)), "the other way")
        expect_equal(browser.one(head).get_attribute("aria-sort"), "ascending", "aria-sort")
        browser.click("#findings-table th:nth-child(1) button")
        expect_equal(browser.texts(cells), before, "by number again")
        expect_equal(len(browser.all("#findings-table th[aria-sort]")), 1, "columns with an order")
        browser.quiet(path)


def filters(bench):
    """By words that are typed, and by a verdict that is chosen."""
    path = deviations(bench)
    verdicts = "#conversations-table tbody td:nth-child(1)"
    with Browser(bench) as browser:
        browser.open(path)
        everything = browser.texts(verdicts)
        box = browser.sees(browser.one("#conversations input"))
        box.send_keys("TLS office")
        rows = browser.texts("#conversations-table tbody tr")
        expect(0 < len(rows) < len(everything), "%d rows" % len(rows))
        expect(all("TLS" in row and "office" in row for row in rows), "rows: %r" % rows[:3])
        status = browser.one("#conversations [role=status]").text
        expect_equal(status, "%d of %d rows" % (len(rows), len(everything)), "status")
        box.clear()
        browser.one("#conversations select").send_keys("undocumented")
        expect_equal(browser.texts(verdicts),
                     [text for text in everything if text == "undocumented"], "one verdict")
        browser.shot("filtered")
        browser.quiet(path)


def links(bench):
    """A finding opens when something leads to it; its command can be copied."""
    path = deviations(bench)
    with Browser(bench) as browser:
        browser.open(path)
        finding = browser.one("#finding-2")
        expect(finding.get_attribute("open") is None, "it is open")
        browser.click("#findings-table tr:nth-child(2) a[href='#finding-2']")
        expect(finding.get_attribute("open") is not None, "it stays closed")
        expect("flowaudit evidence" in finding.text, "its text: %r" % finding.text)
        browser.sees(finding.find_element("css selector", "a[href^='#rule-']")).click()
        target = browser.run("return document.querySelector(':target').open")
        expect_equal(target, True, "the row of the document")
        browser.sees(finding.find_element("css selector", "button.copy")).click()
        expect_equal(browser.run("return getSelection().toString().slice(0, 18)"),
                     "flowaudit evidence", "what is selected")
        browser.driver.get("about:blank")
        browser.open(path, "#finding-7")
        expect(browser.one("#finding-7").get_attribute("open") is not None, "from outside")
        browser.quiet(path)


def keyboard(bench):
    """The first key leads to a link past the head of the page, and shows where one is."""
    path = deviations(bench)
    with Browser(bench) as browser:
        browser.open(path)
        browser.one("body").send_keys("\ue004")  # Tab
        outline = browser.run("const e = document.activeElement;"
                              "return [e.className, e.getBoundingClientRect().left,"
                              " getComputedStyle(e).outlineStyle]")
        expect_equal((outline[0], outline[1] >= 0, outline[2]), ("skip", True, "solid"), "focus")
        reached = set()
        for _ in range(60):
            browser.driver.switch_to.active_element.send_keys("\ue004")
            reached.add(browser.run("const e = document.activeElement;"
                                    "return e.tagName + (e.getAttribute('role') || '')"))
        expect({"A", "SUMMARY", "DIVregion"} <= reached, "reached: %r" % reached)


def pages(bench):
    """A long table has pages, sorts and filters over all of it, and is soon there."""
    count = 3000
    path = report(bench, bench.write("many.pcap", pcap(many_frames(count))))
    first = "#conversations-table tbody tr:first-child td:nth-child(6)"
    with Browser(bench) as browser:
        seconds = browser.open(path)
        expect(seconds < 4 * TIME_SCALE, "opened in %.1f s" % seconds)
        expect_equal(len(browser.texts("#conversations-table tbody tr")), 200, "first page")
        before = browser.texts("#conversations-table tbody tr")
        browser.click("#conversations .tools button:last-child")
        after = browser.texts("#conversations-table tbody tr")
        expect(len(after) == 200 and not set(after) & set(before), "the next page")
        browser.click("#conversations .tools button:nth-last-child(2)")
        expect_equal(browser.texts("#conversations-table tbody tr"), before, "back")
        browser.click("#conversations-table th:nth-child(6) button")
        expect_equal(browser.texts(first), ["host-0.example"], "sorted by name")
        browser.click("#conversations-table th:nth-child(6) button")
        expect_equal(browser.texts(first), ["host-%d.example" % (count - 1)], "sorted back")
        browser.one("#conversations input").send_keys("host-2719.")
        expect_equal(len(browser.texts("#conversations-table tbody tr")), 1, "filtered")
        expect_equal(browser.texts(first), ["host-2719.example"], "the one")
        expect(all(button.get_attribute("disabled") for button in
                   browser.all("#conversations .tools button")), "pages of one row")
        browser.quiet(path)


def contrast(theme):
    """Every text stands out from what is behind it."""
    def test(bench):
        path = deviations(bench)
        with open(os.path.join(HERE, "contrast.js"), encoding="utf-8") as file:
            script = file.read()
        with Browser(bench, theme) as browser:
            browser.open(path)
            found = browser.run(script)
            expect(found["checked"] > 1000, "%d texts" % found["checked"])
            expect(not found["faults"], "%s: %r" % (theme, found["faults"][:10]))
    return test


def printed(bench):
    """On paper it is light, without what only a screen needs, and nothing is folded or cut."""
    path = deviations(bench)
    with Browser(bench, "dark") as browser:
        browser.open(path)
        browser.command("Emulation.setEmulatedMedia", media="print", features=[
            {"name": "prefers-color-scheme", "value": "dark"}])
        looks = browser.run(
            "const look = (s) => getComputedStyle(document.querySelector(s));"
            "return [look('body').backgroundColor, look('nav').display, look('.tools').display,"
            " look('.scroll').maxHeight]")
        expect_equal(looks, ["rgb(255, 255, 255)", "none", "none", "none"], "on paper")
        wide = browser.run("return document.documentElement.scrollWidth")
        browser.shot("print")
        content = browser.printed("print")
        expect(content.startswith(b"%PDF") and len(content) > 20000, "%d bytes" % len(content))
        expect(wide <= 1300, "%d pixels wide" % wide)


def without_scripts(bench):
    """Everything but sorting and filtering is there."""
    path = deviations(bench)
    with Browser(bench, scripts=False) as browser:
        browser.open(path)
        expect_equal(len(browser.all("button")), 0, "buttons that do nothing")
        expect(len(browser.all("#findings-table tbody tr")) > 20, "rows of findings")
        boxes = len(browser.all("#map .node"))
        expect(boxes > 10 or "without Graphviz" in browser.one("#map").text, "%d boxes" % boxes)
        summary = browser.sees(browser.one("#finding-3 > summary"))
        summary.click()
        expect("flowaudit evidence" in browser.one("#finding-3").text, "a finding does not open")
        expect("231 rows" in browser.one("#expectations noscript").get_attribute("textContent"),
               "no word on the rows that are not there")
        browser.shot("without-scripts")


def hostile(bench):
    """Names from the wire are shown and do nothing."""
    path = report(bench, bench.write("names.pcap", pcap(hostile_frames())))
    with Browser(bench) as browser:
        browser.open(path)
        scripts = browser.run("return Array.from(document.scripts, (s) => s.type)")
        expect_equal([kind for kind in scripts if kind != "application/json"], [""], "scripts")
        expect_equal(browser.run("return document.images.length + document.links.length - "
                                 "document.querySelectorAll('a').length"), 0, "images")
        shown = browser.texts("#conversations-table td:nth-child(6)")
        expect("<script>alert(1)</script>.example" in shown, "hosts: %r" % shown[:5])
        # Also when the script makes the rows.
        browser.click("#conversations-table th:nth-child(6) button")
        browser.one("#conversations input").send_keys("script")
        shown = browser.texts("#conversations-table td:nth-child(6)")
        expect(shown and set(shown) == {"<script>alert(1)</script>.example"}, "%r" % shown)
        expect_equal(len(browser.all("#conversations-table script")), 0, "scripts in rows")
        browser.shot("hostile")
        browser.quiet(path)


def guarded(bench):
    """What slipped in all the same would not run: the policy is in force."""
    path = deviations(bench)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    spoilt = bench.write("spoilt.html", text.replace("</main>", (
        "<script>document.title = 'owned'</script><img src='http://192.0.2.1/x.png' alt=''"
        " onerror=\"document.title = 'owned'\"><p style='color: red'>x</p></main>")).encode())
    with Browser(bench) as browser:
        browser.open(spoilt)
        expect_equal(browser.driver.title, "flowaudit: run 1", "a script ran")
        refused = [entry["message"] for entry in browser.driver.get_log("browser")]
        for what in ("script-src", "img-src", "style-src"):
            # What has no rule of its own falls under default-src.
            expect(any(what in message for message in refused), "%s: %r" % (what, refused))


TESTS = [("quiet-light", quiet("light")), ("quiet-dark", quiet("dark")), ("sorts", sorts),
         ("filters", filters), ("links", links), ("keyboard", keyboard), ("pages", pages),
         ("contrast-light", contrast("light")), ("contrast-dark", contrast("dark")),
         ("printed", printed), ("without-scripts", without_scripts), ("hostile", hostile),
         ("guarded", guarded)]
