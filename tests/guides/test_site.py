"""The documentation as a site: built without a warning, complete, and readable with no network at all."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys

import class_samples as samples
import pytest
from doc_pages import PAGES

from grader import result
from grader.catalogue import BUILT_IN
from grader.commands import NAMES

FETCHED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"' >]+)""")
STYLES = re.compile(r"""(?:@import\s*|url\()["']?((?:https?:)?//[^"')]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, as `make docs` builds it."""
    to = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", to]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=samples.ROOT, env=env, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr  # a warning ends it, but not with --quiet
    return to


@pytest.fixture(scope="module")
def words(site):
    """`words("students")` is the text of a page, `words("reference/commands", "grader-grade")` of one of its sections."""

    def read(page, section=None):
        text = (site / f"{page}.html").read_text(encoding="utf-8")
        if section is not None:
            (text,) = re.findall(rf'<h2 id="{section}">.*?(?=<h2|</article>)', text, re.DOTALL)
        return html.unescape(re.sub(r"<[^>]+>", "", text))

    return read


def test_every_page_is_there(site):
    """The guides, the reference and the page on security; nothing of how they are made."""
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert pages >= {"index", "students", "instructors", "authoring", "operators", "platforms", "security"}
    assert pages >= {"reference/commands", "reference/results", "reference/assignments"}
    assert not list(site.rglob("*.py"))


def test_nothing_is_fetched_from_elsewhere(site):
    """No page loads a script, a style, a font or a picture from a server, and no style sheet does."""
    for path in site.rglob("*"):
        if path.suffix in {".html", ".css"}:
            text = path.read_text(encoding="utf-8")
            assert not STYLES.findall(text), path
            assert path.suffix == ".css" or not FETCHED.findall(text), path


def test_a_fetch_would_be_seen():
    """The search for what is fetched finds each way of it."""
    assert FETCHED.findall('<script async src="https://x.org/a.js"></script><link rel=a href=//x.org/b>')
    assert STYLES.findall("@import 'https://x.org/a.css'; b { background: url(//x.org/c) }")


def _parameters(command):
    import typer

    from grader import cli

    return [p for p in typer.main.get_command(cli.app).get_command(None, command).params if p.name != "help"]


@pytest.mark.parametrize("command", NAMES)
def test_every_command_and_option_is_documented(words, command):
    """Each has its section, with every argument and every option and what is said of it."""
    section = words("reference/commands", f"grader-{command}")
    for parameter in _parameters(command):
        names = [parameter.metavar or parameter.name] if parameter.param_type_name == "argument" else parameter.opts
        for name in (*names, *parameter.secondary_opts):
            assert name in section, f"{command}: {name}"
        assert parameter.help.split(":")[0].split("`")[0] in section, f"{command}: {parameter.name}"


OTHERS = {"--help"}
"""Every command's."""


def test_every_option_that_is_named_is_there():
    """What the guides call an option, in blocks and in passing, is one of a command, under the command named with it."""
    known = {c: {o for p in _parameters(c) for o in (*p.opts, *p.secondary_opts)} for c in NAMES}
    every = set().union(*known.values()) | OTHERS
    for name, path in PAGES.items():
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"(?<![\w-])--[a-z][a-z-]*", re.sub(r"<!--|-->", "", text))
        foreign = name == "docs/scale.md"  # it starts other programs
        assert foreign or set(named) <= every, f"{name}: {set(named) - every}"
        for command, rest in re.findall(r"\bgrader ([a-z]+)\b([^`\n]*)", text):
            if command in known:
                assert set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest)) <= known[command] | OTHERS, f"{name}: {command}"


def test_every_field_of_a_result_is_documented(words):
    """Each structure and each of its fields, with the schema itself."""
    text = words("reference/results")
    for name, definition in result.schema()["$defs"].items():
        assert f"{name}¶" in text
        assert all(field in text for field in definition["properties"])
    assert "for the instructor, who decides what it means" in text
    assert '"$defs"' in text


def test_every_assignment_is_documented(words):
    """Each with its functions."""
    text = words("reference/assignments")
    for name, assignment in BUILT_IN.load_all().items():
        assert name in text
        assert assignment.title in text
        assert all(function in text for function in assignment.functions)


@pytest.mark.browser
def test_it_works_from_a_folder_with_no_network(site, chromium):
    """In a browser that may load files only, every page opens without a word in the console, and the search finds."""
    said, asked = [], []
    with chromium.new_context(viewport={"width": 1300, "height": 900}) as context:
        page = context.new_page()
        page.route(re.compile("^(?!file:|data:|blob:)"), lambda route: (asked.append(route.request.url), route.abort()))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for file in sorted(site.rglob("*.html")):
            if file.name != "404.html":  # it is a server's to show
                page.goto(file.as_uri())
                assert page.locator("h1").count() == 1, file
                assert all(page.evaluate("[...document.images].map(i => i.naturalWidth > 0)")), file
        page.goto((site / "index.html").as_uri())
        page.locator("input[name=query]").press_sequentially("refuse-numerical")  # it listens to keys, not to changes
        page.locator(".md-search-result__item").first.wait_for(timeout=60_000)
        found = page.locator(".md-search-result__item").first.inner_text()
    assert "refuse-numerical" in found
    assert (said, asked) == ([], [])
