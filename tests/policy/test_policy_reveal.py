"""What students see of a result: at no level more than it says, in no format; the instructor's files stay whole."""

from __future__ import annotations

import html
import json
from pathlib import Path

import msgspec
import pytest
from policy_samples import secretive

from grader import export
from grader.columns import Column
from grader.diagnose import MistakeInfo
from grader.export import github, gradescope, moodle, words
from grader.export.marks import Marks, Student
from grader.manual import Given, apply, files_of
from grader.manual import Marks as Manual
from grader.policy.reveal import revealed
from grader.report import feedback, results_json
from grader.report.feedback import FeedbackPage
from grader.report.info import AssignmentInfo
from grader.result import Check, Problem

MARKER = "hidden7391"
INFO = AssignmentInfo("softmax", "Softmax", "Topic", 8.0, ("f",))
MISTAKES = {
    f"{MARKER}-diagnosis-f-{kind}": MistakeInfo("m", f"{MARKER}-title", f"{MARKER}-reason", f"{MARKER}-read")
    for kind in ("backward", "stages:dz", "stability")
}


def page(result, level):
    return feedback.render(FeedbackPage(revealed(result, level), INFO, None, MISTAKES, only_score=level == "none"))


def class_of(result, level):
    column = Column("softmax", "Softmax", 8.0, result)
    return Marks((column,), (Student("ada", (result,)),), reveal=level).for_students()


def written(result, level):
    """Everything that students get of a result, as text."""
    marks = class_of(result, level)
    (student,) = marks.students
    yield page(result, level)
    yield gradescope.results(student).decode()
    yield words.feedback(student)
    yield moodle.comment(student)
    yield github.summary(marks)
    yield "\n".join(github.commands(marks, Path("nowhere")))
    yield results_json.render(student.results[0]).decode()


def test_the_sample_shows_its_secrets_where_nothing_is_hidden():
    """So that the tests below can fail: every kind of secret stands in some format under "all"."""
    together = html.unescape("".join(written(secretive(MARKER), "all")))
    for part in "input expected got where difference message-f-backward title reason read remark".split():
        assert f"{MARKER}-{part}" in together, part


@pytest.mark.parametrize("level", ["none", "verdicts"])
def test_no_value_reaches_a_student(level):
    """Neither in the page nor in what is exported for students."""
    for text in written(secretive(MARKER), level):
        assert MARKER not in text


def test_one_case_is_one_case():
    """The first check that failed is told in full, and nothing of the others."""
    result = revealed(secretive(MARKER), "one case")
    shown = [i for i, check in enumerate(result.checks) if check.evidence or check.message or check.diagnosis]
    assert shown == [1]
    assert result.checks[1] == secretive(MARKER).checks[1]
    for text in written(secretive(MARKER), "one case"):
        assert f"{MARKER}-message-f-stages" not in text
        assert f"{MARKER}-message-f-stability" not in text
    assert f"{MARKER}-message-f-backward" in page(secretive(MARKER), "one case")


def test_all_is_as_it_is():
    """The very result."""
    result = secretive(MARKER)
    assert revealed(result, "all") is result


def test_verdicts_keep_statuses_and_points():
    """And that a function is missing, which tells nothing of any input."""
    missing = Check(function="g", check="forward", status="missing", max_points=1.0, message="g is not defined.")
    before = msgspec.structs.replace(secretive(MARKER), checks=[*secretive(MARKER).checks, missing])
    after = revealed(before, "verdicts")
    told = [(c.function, c.check, c.status, c.points, c.max_points) for c in before.checks]
    assert [(c.function, c.check, c.status, c.points, c.max_points) for c in after.checks] == told
    assert after.checks[-1].message == "g is not defined."
    text = page(before, "verdicts")
    assert "timed out" in text
    assert "g is not defined." in text


def test_none_is_the_score_alone():
    """No check by name or number; the score, the files and what is odd about them stay."""
    before = msgspec.structs.replace(secretive(MARKER), problems=[Problem("ada.py", "is empty")])
    after = revealed(before, "none")
    assert (after.checks, after.score, after.max_score) == ([], 2.0, 8.0)
    text = page(before, "none")
    assert feedback.ONLY_SCORE in text
    assert "is empty" in text
    assert "Gradient" not in text
    document = json.loads(gradescope.results(class_of(before, "none").students[0]))
    assert (document["score"], document["tests"]) == (2.0, [])


@pytest.mark.parametrize("level", ["none", "verdicts", "one case", "all"])
def test_what_a_person_wrote_is_shown_at_every_level(level):
    """A manual mark's reason is meant for the student."""
    result = secretive(MARKER)
    mark = Given(
        student="ada",
        assignment="softmax",
        function="f",
        check="stability",
        points=1.0,
        why="Close enough.",
        given="now",
        files=files_of(result),
    )
    by_hand = Manual.of([mark]).applied(result)
    assert by_hand == apply(result, [mark])
    (student,) = class_of(by_hand, level).students
    assert "Close enough." in gradescope.results(student).decode()
    assert "Close enough." in moodle.comment(student)
    if level != "none":  # there the page is given it as a note
        assert "Close enough." in page(by_hand, level)


def test_the_instructors_formats_hold_everything():
    """Which formats are filtered is fixed: those that students read."""
    assert {name for name, format_ in export.FORMATS.items() if format_.students} == {
        "gradescope",
        "moodle",
        "github",
    }
