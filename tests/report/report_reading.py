"""What the tests of reports share: hostile text, and a reader of HTML that checks what a browser would do with it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}

APART = {"td", "th", "dt", "dd", "li", "text", "title"}
"""Elements whose text a reader sees apart from what stands before."""

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}{# #}",
    "`<b>code</b>`",
    '=HYPERLINK("http://evil")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\x1b[31mred\x1b]8;;http://evil\x07link\x1b]8;;\x07",
    "[bold red]rich[/] [link=http://evil]x[/link] [/]",
    "ada\u202etxt.exe\u2066",
    "lone \udc80 surrogate \ud800",
    "nul\x00bell\x07back\x08del\x7fc1\x9b31m",
    "line\nbreak\u2028sep",
    "..\\../etc/passwd#frag?x=%41",
    "javascript:alert(1)",
    "李明 Ω ß é",
    "a" + "\u0301\u0489" * 60,
    "\u3164 ze\u200dro",
    "x;=1+1",
    "＝1+1",
    "x" * 50_000,
    "",
]

UNSAFE = [
    *(chr(c) for c in range(32) if c not in {9, 10}),
    "\x7f",
    "\x9b",
    "\u202e",
    "\u2066",
    "\u2028",
    "\u3164",
    "\udc80",
    "\ud800",
]
"""Characters that no report may hold as they are."""


@dataclass
class Element:
    """An element of a page as it was read."""

    tag: str
    attributes: dict
    text: str = ""
    parents: tuple = ()


@dataclass
class Page:
    """A page's elements in order, and its whole text."""

    elements: list = field(default_factory=list)
    text: str = ""

    def all(self, tag):
        return [element for element in self.elements if element.tag == tag]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open = []

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs), parents=tuple(e.tag for e in self.open))
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)
        if tag in APART:
            self.handle_data(" ")

    def handle_startendtag(self, tag, attrs):
        self.page.elements.append(Element(tag, dict(attrs), parents=tuple(e.tag for e in self.open)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.page.text += data
        for element in self.open:
            element.text += data


def read(html):
    """The page, whose every element is closed in order (an assertion says which is not)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, [element.tag for element in reader.open]
    return reader.page


def allowed_scripts(page):
    """The hashes of scripts that the page's policy lets run."""
    policies = [e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes]
    (scripts,) = [part.split()[1:] for part in policies[0].split(";") if part.split()[:1] == ["script-src"]] or [[]]
    return [source.strip("'") for source in scripts]


def script_hash(text):
    """A script as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def tame(html):
    """The page, in which nothing runs, loads or hides (an assertion says what does), but for the one script that its
    policy names by hash, and pictures that it holds itself.
    """
    page = read(html)
    assert {element.tag for element in page.elements}.isdisjoint({"iframe", "object", "form", "base", "embed"})
    for element in page.elements:
        if element.tag == "script":
            assert set(allowed_scripts(page)) == {script_hash(element.text)}, "a script that the policy does not name"
        assert not [name for name in element.attributes if name.startswith("on")], element
        for name in ("href", "src", "srcset", "xlink:href"):
            target = element.attributes.get(name)
            if element.tag == "img" and name == "src":
                assert re.match(r"data:image/(png|jpeg);base64,[\w+/]+=*$", target), target[:100]
            else:
                assert target is None or target == "data:," or re.match(r"[-#\w.%][^:]*$", target), target
    assert len(page.all("script")) <= 1
    for character in UNSAFE:
        assert character not in html, hex(ord(character))
    html.encode("utf-8")
    return page
