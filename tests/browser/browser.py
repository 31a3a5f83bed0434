# SPDX-License-Identifier: GPL-3.0-or-later
"""
Chromium without a window, driven by selenium: opens a page from a file, and hears what it asks for
and complains about. FA_SHOTS=FOLDER keeps pictures of what tests saw.
"""
import base64
import json
import os
import shutil
import time

from support import TIME_SCALE, Skip, expect, expect_equal

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
SHOTS = os.environ.get("FA_SHOTS")

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--no-first-run",
             "--hide-scrollbars", "--window-size=1300,1000")


class Browser:
    def __init__(self, bench, theme="light", scripts=True):
        try:
            from selenium import webdriver
            from selenium.webdriver.chrome.options import Options
            from selenium.webdriver.chrome.service import Service
        except ImportError:
            raise Skip("Python has no selenium (Debian package python3-selenium)") from None
        if CHROMIUM is None or DRIVER is None:
            raise Skip("no Chromium (Debian packages chromium, chromium-driver)")
        options = Options()
        options.binary_location = CHROMIUM
        for argument in ARGUMENTS + ("--user-data-dir=" + bench.path("chromium"),):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # A dialog is a script of the page's that should not be: it must not go away by itself.
        options.set_capability("unhandledPromptBehavior", "ignore")
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_page_load_timeout(20 * TIME_SCALE)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": theme}])
        if not scripts:
            self.command("Emulation.setScriptExecutionDisabled", value=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def open(self, path, place=""):
        """Returns the seconds until it was loaded."""
        begun = time.monotonic()
        self.driver.get("file://" + path + place)
        return time.monotonic() - begun

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        found = self.all(selector)
        expect_equal(len(found), 1, "elements %s" % selector)
        return found[0]

    def texts(self, selector):
        return self.run("return Array.from(document.querySelectorAll(arguments[0]),"
                        " (e) => e.textContent)", selector)

    def sees(self, element):
        """Brings it into the middle, where nothing covers it."""
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def click(self, selector):
        self.sees(self.one(selector)).click()

    def quiet(self, path):
        """No word on the console, and nothing asked for but the page itself."""
        complaints = self.driver.get_log("browser")
        expect(not complaints, "the console: %r" % complaints[:3])
        asked = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            # The browser asks for things of its own before the page is there.
            if (message["method"] == "Network.requestWillBeSent"
                    and message["params"]["documentURL"].startswith("file:")):
                asked.add(message["params"]["request"]["url"].split("#")[0])
        expect_equal(asked, {"file://" + path}, "what was asked for")

    def shot(self, name):
        if SHOTS is None:
            return
        os.makedirs(SHOTS, exist_ok=True)
        picture = self.command("Page.captureScreenshot")["data"]
        with open(os.path.join(SHOTS, name + ".png"), "wb") as file:
            file.write(base64.b64decode(picture))

    def printed(self, name):
        """The page as a PDF file."""
        content = base64.b64decode(self.command("Page.printToPDF")["data"])
        if SHOTS is not None:
            os.makedirs(SHOTS, exist_ok=True)
            with open(os.path.join(SHOTS, name + ".pdf"), "wb") as file:
                file.write(content)
        return content
