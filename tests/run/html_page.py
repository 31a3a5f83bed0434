# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTML report as a test reads it: strictly, where browsers would forgive."""
import base64
import hashlib
import html.parser
import re
import urllib.parse

from support import Failure, expect, expect_equal

VOID = {"meta", "br", "link", "img", "input", "hr"}
# What the page is made of; nothing else may come.
TAGS = {"html", "head", "meta", "title", "style", "body", "a", "header", "h1", "nav", "ul", "li",
        "main", "section", "h2", "h3", "p", "strong", "dl", "dt", "dd", "div", "small", "table",
        "thead", "tbody", "tr", "th", "td", "span", "svg", "rect", "g", "path", "polygon", "text",
        "details", "summary", "pre", "code", "script", "noscript", "footer", "br"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "role",
              "tabindex", "scope", "title", "width", "height", "viewbox", "preserveaspectratio",
              "x", "y", "rx", "d", "points", "stroke-width", "text-anchor", "type",
              "aria-label", "aria-labelledby", "aria-hidden", "data-verdicts", "data-kind",
              "data-title", "data-sortable", "data-link", "data-v", "data-count"}


class Page(html.parser.HTMLParser):
    """Raises Failure for what is not well-formed, or not of the page's own making."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.stack = []
        self.ids = {}
        self.links = []
        self.blocks = {}   # texts of style, script and blocks of data, by id or name of the tag
        self.sections = {}  # heading by id
        self.rows = {}      # cells of the bodies of tables, by id
        self.policy = None
        self.title = ""
        self._table = self._cell = self._block = None
        self.text = content.decode("utf-8")
        expect(self.text.startswith("<!DOCTYPE html>\n"), "no doctype")
        self.feed(self.text)
        self.close()
        expect_equal(self.stack, [], "elements that are not closed")

    def handle_starttag(self, tag, attrs):
        # The title of a drawing's part is not the one of the page.
        expect(tag in TAGS, "element <%s>" % tag)
        values = dict(attrs)
        expect_equal(len(values), len(attrs), "attributes of <%s>" % tag)
        for name in values:
            expect(name in ATTRIBUTES, "attribute %s of <%s>" % (name, tag))
        if "id" in values:
            expect(values["id"] not in self.ids, "two elements with id %r" % values["id"])
            self.ids[values["id"]] = tag
        if "href" in values:
            expect(values["href"].startswith("#"), "a link to %r" % values["href"])
            self.links.append(urllib.parse.unquote(values["href"][1:]))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag in ("style", "script"):
            self._block = values.get("id", tag)
            expect(self._block not in self.blocks, "two blocks %s" % self._block)
            self.blocks[self._block] = ""
        if tag == "table":
            self._table = values.get("id")
            self.rows[self._table] = []
        if tag == "tr" and "tbody" in self.stack:
            self.rows[self._table].append([])
        if tag == "td" and "tbody" in self.stack:
            self._cell = ""
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        expect(tag in ("rect", "path", "polygon"), "<%s/>" % tag)
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        expect(self.stack and self.stack[-1] == tag, "</%s> in %r" % (tag, self.stack))
        self.stack.pop()
        if tag in ("style", "script"):
            self._block = None
        if tag == "td" and self._cell is not None:
            self.rows[self._table][-1].append(self._cell)
            self._cell = None

    def handle_data(self, data):
        if self._block is not None:
            self.blocks[self._block] += data
        if self._cell is not None:
            self._cell += data
        if self.stack[-1:] == ["title"] and "head" in self.stack:
            self.title += data
        if self.stack[-1:] == ["h2"]:
            self.sections[list(self.ids)[-2]] = data

    def handle_comment(self, data):
        raise Failure("a comment: %.80r" % data)

    def unknown_decl(self, data):
        raise Failure("a declaration: %.80r" % data)

    def handle_pi(self, data):
        raise Failure("an instruction: %.80r" % data)

    def check_links(self):
        lost = [link for link in self.links if link not in self.ids]
        expect(not lost, "links that lead nowhere: %r" % lost[:5])

    def check_policy(self):
        """It forbids all, and allows the page's own style sheet and script by their hashes."""
        expect(self.policy is not None, "no policy")
        rules = dict(rule.split(" ", 1) for rule in self.policy.split("; "))
        for what in ("style", "script"):
            digest = hashlib.sha256(self.blocks[what].encode("utf-8")).digest()
            expect_equal(rules.pop(what + "-src"),
                         "'sha256-%s'" % base64.b64encode(digest).decode(), what)
        expect_equal(rules, {"default-src": "'none'", "base-uri": "'none'",
                             "form-action": "'none'", "require-trusted-types-for": "'script'"},
                     "the rest of the policy")

    def check_self_contained(self):
        """Nothing that a browser would fetch; addresses may only stand in texts of the run."""
        for what in ("style", "script"):
            block = self.blocks[what]
            expect(not re.search(r"https?:|url\(|@import|fetch\(|XMLHttp|WebSocket|innerHTML|eval\(",
                                 block), "the %s wants more than the page" % what)

    def check(self):
        self.check_links()
        self.check_policy()
        self.check_self_contained()


def decode(rows, kinds):
    """Rows of a block of data as the script reads them."""
    texts, last, result = [""], [0] * len(kinds), []
    for packed in rows:
        values = []
        for i, value in enumerate(packed):
            if kinds[i] == "time":
                if value is not None:
                    last[i] += value
                    value = last[i]
            elif kinds[i] == "text":
                if isinstance(value, str):
                    texts.append(value)
                else:
                    value = texts[value]
            values.append(value)
        result.append(values)
    return result
