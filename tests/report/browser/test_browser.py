"""The pages in a browser: nothing fetched, nothing broken, nothing wider than the screen, everything reachable."""

from __future__ import annotations

from functools import cache

import pytest
import report_samples as samples
from report_reading import HOSTILE

from grader.report import class_page, feedback, notebook_page
from grader.report.circuit import CircuitDrawing, CircuitNode
from grader.report.info import AssignmentInfo
from grader.report.notebook_table import table_html
from grader.result import Check, Evidence, Problem

pytestmark = pytest.mark.browser

ROOMS = [(400, "light"), (400, "dark"), (1600, "light"), (1600, "dark")]

# The least contrast of text against the background that is painted behind it, over all elements that hold text of their
# own, after WCAG 2: 4.5 is what AA asks of small text.
CONTRAST = """() => {
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) /
  1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255,
    255]; }; let worst = [99, ""];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest(".symbols, title, desc")) continue;
    const style = getComputedStyle(e), a = light(rgb(e.closest("svg") ? style.fill : style.color)), b =
    light(ground(e)); const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 120)];
  }
  return worst;
}"""


def hostile_page():
    """A feedback page of nothing but hostile text."""
    text = "".join(HOSTILE[:-2]) + "x" * 3000
    evidence = Evidence(
        case=0, inputs={text: text}, expected={text: text}, got={text: text}, where=text, difference=text
    )
    checks = [
        Check(function=t, check=t, status="failed", message=t, diagnosis=t, evidence=evidence)
        for t in (text, HOSTILE[0])
    ]
    nodes = (CircuitNode(0, text, text, text, text), CircuitNode(1, text, text, text, text, (0,)))
    return feedback.render(
        feedback.FeedbackPage(
            samples.result(samples.SOFTMAX, checks, text, problems=[Problem(text, text)]),
            AssignmentInfo(text, text, text, 10, ()),
            CircuitDrawing(nodes, text),
        )
    )


def the_class(students=("ada", "bob")):
    results = [make(student=name) for name in students for make in (samples.softmax_result, samples.matmul_result)]
    late = samples.not_graded("eve", "x" * 300)
    run = class_page.RunFacts("20 November 2025", 1.0, 5, "sandlock", 1, {"grader": "0.1.0"})
    summary = class_page.summarise([*results, late])
    return class_page.render(class_page.ClassPage(summary, samples.ASSIGNMENTS, run))


@cache
def pages():
    found = {name: feedback.render(page) for name, page in samples.feedback_pages().items()}
    found["not_graded"] = feedback.render(feedback.FeedbackPage(samples.not_graded(), samples.SOFTMAX))
    found["hostile"] = hostile_page()
    found["notebook"] = notebook_page.render(samples.notebook_page())
    text = "".join(HOSTILE[:-2])
    cells = [(kind, text + "x" * 3000) for kind in ("markdown", "code", "raw")]
    found["hostile notebook"] = notebook_page.render(samples.notebook_page(cells, places={"softmax_forward": 1}))
    found["class"] = the_class()
    found["hostile class"] = the_class([*HOSTILE, *(f"student{i}" for i in range(120))])
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("softmax", "staged_fxy", "matmul_gate", "not_graded", "hostile"),
        *("notebook", "hostile notebook", "class", "hostile class"),
    ],
)
def test_a_page_in_every_room(visit, name):
    """In light and dark, narrow and wide: no console message, no request, no sideways scrolling, AA contrast."""
    html = pages()[name]
    for width, scheme in ROOMS:
        page = visit(html, width, scheme)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.said == []
        assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
        assert len([url for url in page.asked if url.startswith("file:")]) == 1
        wide = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]")
        assert max(wide) <= width, (width, scheme)
        ratio, where = page.evaluate(CONTRAST)
        assert ratio >= 4.5, (ratio, where, scheme)


def test_the_keyboard_reaches_everything(visit):
    """Tab goes to the skip link first, then to links, scrollable regions and details, each with a visible outline."""
    page = visit(feedback.render(samples.feedback_pages()["staged_fxy"]), 400, "light")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == ["A.skip", "A.", "DIV.scroll", "SUMMARY."]


def test_dark_differs_from_light_and_print_is_white(visit):
    """The scheme is followed on screen, and paper is white in either."""
    html = feedback.render(samples.feedback_pages()["softmax"])
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = visit(html, 400, "light"), visit(html, 400, "dark")
    assert light.evaluate(ground) != dark.evaluate(ground)
    dark.emulate_media(media="print")
    assert dark.evaluate(ground) == "rgb(255, 255, 255)"


HOSTS = {
    "light": ("#fff", "#212121", "#f5f5f5"),
    "dark": ("#111", "#e0e0e0", "#2a2a2a"),
}
"""What Jupyter gives an output: the ground, the colour of text, the stripes of tables."""


def notebook_output(html, scheme):
    """A notebook's output as its host shows it, with the style that Jupyter has for tables."""
    ground, ink, stripe = HOSTS[scheme]
    style = f"""
    body {{ margin: 8px; background: {ground}; color: {ink}; font: 14px/1.4 system-ui, sans-serif; }}
    .host table {{ border-collapse: collapse; border-spacing: 0; border: none; color: {ink}; font-size: 12px;
      table-layout: fixed; margin-left: auto; margin-bottom: 1em; margin-right: auto; }}
    .host td, .host th, .host tr {{ vertical-align: middle; padding: 0.5em; line-height: normal; white-space: normal;
      max-width: none; border: none; }}
    .host td, .host th {{ text-align: right; }} .host tbody tr:nth-child(odd) {{ background: {stripe}; }}"""
    return f"<!doctype html><style>{style}</style><body><div class=host>{html}</div>"


@pytest.mark.parametrize("scheme", HOSTS)
@pytest.mark.parametrize("width", [400, 1000])
def test_the_notebooks_table_in_a_host_of_its_own_colours(visit, width, scheme):
    """Readable on both grounds, nothing wider than the cell, statuses to the left and points to the right."""
    text = "".join(HOSTILE[:-2]) + "x" * 3000
    evidence = Evidence(case=0, inputs={text: text}, expected={text: text}, got={text: text}, wrong=[text], where=text)
    checks = [Check(function=text, check="forward", status="failed", message=text, evidence=evidence)]
    results = [
        *(make() for make in (samples.softmax_result, samples.staged_result)),
        samples.result(samples.SOFTMAX, checks),
    ]
    page = visit(notebook_output(table_html(results), scheme), width, scheme)
    assert page.said == []
    assert len(page.asked) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ratio, where = page.evaluate(CONTRAST)
    assert ratio >= 4.5, (ratio, where)
    lefts, rights = page.evaluate("""() => {
      const rows = [...document.querySelectorAll("tr")].filter(r => r.cells.length === 3 && !r.closest("td"));
      return [new Set(rows.map(r => Math.round(r.cells[0].firstChild.getBoundingClientRect().left))).size,
              new Set(rows.map(r => Math.round(r.cells[2].getBoundingClientRect().right))).size]; }""")
    assert (lefts, rights) == (1, 1)
