from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
import report_samples as samples
from report_reading import HOSTILE
from rich.console import Console

from grader.diagnose import MistakeInfo
from grader.report import text as terminal
from grader.report.summary import summarise
from grader.result import Check, Evidence, Problem


def show(renderable, *, width=80, colour=False, encoding="utf-8"):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    system = "standard" if colour else None
    console = Console(file=stream, width=width, force_terminal=colour, color_system=system, legacy_windows=False)
    console.print(renderable)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_line_fits(width):
    """Nothing is wider than the terminal."""
    for result in (samples.softmax_result(), samples.staged_result(), samples.matmul_result()):
        shown = show(terminal.check_table(result, samples.MISTAKES), width=width)
        assert max(len(text) for text in shown.splitlines()) <= width


def test_each_failure_has_its_hint_underneath():
    """Status in words, points, and under a failure the message, the mistake, the section and the failing case."""
    shown = show(terminal.check_table(samples.softmax_result(), samples.MISTAKES))
    flat = " ".join(shown.split())
    assert "✓ passed Forward value 2 of 2" in flat
    assert "✗ failed Gradient 0.5 of 3 da is wrong in 3 of 4 cases" in flat
    assert "read: Vector-valued gates: the softmax Jacobian" in flat
    assert "expected da [-0.250133, -0.0207871, 0.229412, 0.0415082]" in flat
    assert "furthest off: da[0]: -0.0956212 instead of -0.250133" in flat
    assert "remark: p came back as float32" in flat
    assert "4 of 7 checks to mend. 3.75 of 10 points. Your mark is given on other inputs" in flat


def test_all_passed():
    """A right file reads so."""
    checks = [Check(function="f", check=kind, status="passed") for kind in ("forward", "backward")]
    shown = show(terminal.check_table(samples.result(samples.SOFTMAX, checks)))
    assert "All 2 checks passed." in shown
    assert "No check was made." in show(terminal.check_table(samples.result(samples.SOFTMAX, [])))


def test_an_old_code_page_is_enough():
    """On a terminal of another encoding, signs become letters and other characters their numbers; nothing raises."""
    checks = [Check(function="甲", check="forward", status="failed", message="坏 \x1b[31m", max_points=1)]
    shown = show(terminal.check_table(samples.result(samples.SOFTMAX, checks)), encoding="cp1252")
    assert "x failed" in shown
    assert "\\u7532" in shown
    assert "\\u574f" in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    """Neither rich markup nor terminal sequences in any field reach the terminal; colour codes are rich's own."""
    evidence = Evidence(
        case=0, inputs={text: text}, expected={text: text}, got={text: text}, wrong=[text], where=text, difference=text
    )
    checks = [
        Check(
            function=text, check=text, status="failed", message=text, diagnosis=name, evidence=evidence, remarks=[text]
        )
        for name in (text, "known")
    ]
    result = samples.result(samples.SOFTMAX, checks, text, assignment=text, problems=[Problem(text, text)])
    late = samples.result(samples.SOFTMAX, [], text, status="not_graded", score=None, reason=text)
    mistakes = {"known": MistakeInfo("known", text, text, text)}
    shown = show(terminal.check_table(result, mistakes), colour=True)
    shown += show(terminal.class_table(summarise([result, late]), {(text, text): text}), colour=True)
    left = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", left)
    assert len(shown) < 100_000
    if text.startswith("[bold"):
        assert "[bold red]rich[/] [link=http://evil]x[/link] [/]" in left


def test_colour_and_words_agree():
    """A failure is red and says failed."""
    shown = show(terminal.check_table(samples.softmax_result()), colour=True)
    assert re.search(r"\x1b\[1;31m✗ failed", shown)


def test_class_table():
    """The end of a run: a row an assignment, the mistakes with counts, what is not graded and why."""
    results = [samples.softmax_result(), samples.staged_result(), samples.not_graded("bob")]
    titles = {("softmax", "diagonal-only"): "Only the diagonal"}
    flat = " ".join(show(terminal.class_table(summarise(results), titles)).split())
    assert "softmax 1 3.75 3.75 10 0 1" in flat
    assert "1 Only the diagonal softmax" in flat
    assert "not graded: 1 result (bob): docker stopped answering" in flat
    assert flat.endswith("2 students, 2 of 3 results graded.")


def test_the_self_check_needs_no_web_libraries():
    """Importing the terminal tables loads neither jinja2 nor markupsafe: a student does not have them."""
    code = "import sys, grader.report.text; print([m for m in ('jinja2', 'markupsafe') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_refused_attempts_are_told_in_a_line():
    """The end of a run says whose submissions tried what the wall refused, and where they are listed."""
    results = [samples.softmax_result(student=name, refused=["start a process: fork"]) for name in ("eve", "mallory")]
    said = " ".join(show(terminal.class_table(summarise(results))).split())
    assert "refused by the wall: attempts of 2 submissions (eve, mallory); index.html lists them" in said
