"""The self-check's table in a notebook: the terminal's words, escaped, with styles of its own and nothing else."""

from __future__ import annotations

import re

import pytest
import report_samples as samples
from report_reading import HOSTILE, tame

from grader.report.notebook_table import WIDTH, table_html, table_text
from grader.result import Check, Evidence, Problem

RESULTS = [samples.softmax_result(), samples.staged_result(), samples.matmul_result()]


def words(text):
    """What is said: the letters in order, whatever stands between the words."""
    return "".join(text.split()).replace("─", "")


def hostile(text):
    evidence = Evidence(
        case=0, inputs={text: text}, expected={text: text}, got={text: text}, wrong=[text], where=text, difference=text
    )
    check = Check(
        function=text, check=text, status="failed", message=text, diagnosis=text, evidence=evidence, remarks=[text]
    )
    return samples.result(samples.SOFTMAX, [check], problems=[Problem(text, text)])


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: r.assignment)
def test_it_says_what_the_terminal_says(result):
    """The same words in the same order, under the assignment's name."""
    page = tame(table_html([result]))
    assert words(page.text) == result.assignment + words(table_text([result]))


def test_several_results_are_told_apart():
    """Each has its assignment's name above it, in both."""
    page = tame(table_html(RESULTS))
    text = table_text(RESULTS)
    assert words(page.text) == words(text)
    for result in RESULTS:
        assert re.search(rf"^─+ {result.assignment} ─+$", text, re.MULTILINE)


def test_the_text_fits_and_has_no_colour():
    """It is what a notebook's other readers are given: no terminal sequences, at most 80 columns."""
    text = table_text(RESULTS)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    """Nothing runs, loads or hides, and what was said can be read."""
    page = tame(table_html([hostile(text)]))
    assert {element.tag for element in page.elements} <= {"div", "span", "table", "tbody", "tr", "th", "td"}
    for element in page.elements:
        assert set(element.attributes) <= {"style", "colspan", "class"}
    if text.isascii() and text.isprintable() and 0 < len(text) < 100:
        assert page.text.count(text) >= 8


def test_everything_is_inline():
    """No style sheet, no script, no address: a notebook's output has no page of its own."""
    html = table_html(RESULTS)
    for word in ("<style", "<script", "url(", "http:", "https:", 'class="c'):
        assert word not in html
    assert "tex2jax_ignore" in html


def test_skipped_and_passed_checks_have_no_case():
    """A passed check is one row; what stands below it is only what it has to say."""
    checks = [Check(function="f", check="forward", status="passed", points=1, max_points=1)]
    page = tame(table_html([samples.result(samples.SOFTMAX, checks)]))
    assert len(page.all("table")) == 1
    assert len(page.all("tr")) == 2
