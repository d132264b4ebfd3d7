"""How a mark came about, in words: every step, at 80 columns, whatever names and reasons hold."""

from __future__ import annotations

import csv
import io
import textwrap
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_samples import DUE, a_result, at, policies, results

from grader.manual import Given, Marks, files_of
from grader.policy import file, table, told
from grader.policy.marks import mark
from grader.policy.rules import NONE, Policy

FILE = """
[weights]
homework = 60
softmax = 40
[groups.homework]
assignments = ["gates", "losses"]
drop = 1
[due]
softmax = 2026-03-01T23:59:00Z
[late]
penalty = 10
grace = "15m"
[extensions]
ada = "1d"
[attempts]
count = "best"
[rounding]
places = 1
"""


def by_hand(result, points=4.0, why="The sign is a slip of the pen."):
    mark_ = Given(
        student=result.student,
        assignment=result.assignment,
        function="f",
        check="backward",
        points=points,
        why=why,
        given="now",
        files=files_of(result),
    )
    return Marks.of([mark_]).applied(result)


def the_class():
    return {
        "gates": [a_result("gates", 4.0)],
        "losses": [a_result("losses", 9.0)],
        "softmax": [a_result(score=3.0, submitted=at(-5), sha="1"), by_hand(a_result(submitted=at(50), sha="2"))],
    }


def explained(found, policy, source=""):
    return "\n".join(told.explained(mark("ada", found, policy), policy, source))


def test_a_mark_step_by_step():
    """Points, manual marks, times and extension, penalty, attempts, weights, drops, rounding."""
    policy = file.parse(FILE, "course.toml")
    expected = """
        ada: 82.8 of 100
          by course.toml

        gates
          points: 4 of 10

        losses
          points: 9 of 10

        softmax
          attempt 1: does not count
            points: 3 of 10
            extension of 1 d
            due 2026-03-02 23:59 UTC, handed in 2026-03-01 18:59 UTC
          attempt 2: counts (best)
            points: 7.5 of 10
            by hand: +1.5: 4 for f:backward: The sign is a slip of the pen.
            with manual marks: 9
            extension of 1 d
            due 2026-03-02 23:59 UTC, handed in 2026-03-04 01:59 UTC
            1 d 2 h late, 2 days begun, 10% for each
            less 20% of what was earned: 7.2

        weights
          group homework: 60% of the mark, 90% earned
            gates: 40%, weight 10, dropped as the lowest
            losses: 90%, weight 10
          softmax: 40% of the mark, 72% earned

        82.8% of 100: 82.8
        rounded to 1 place, halves go up: 82.8
    """
    assert explained(the_class(), policy, "course.toml") == textwrap.dedent(expected).strip()


def test_without_a_course_file():
    """The points, and that there is none."""
    text = explained({"softmax": [a_result()]}, NONE)
    assert text.startswith("ada: 7.5 of 10\n  there is no course file: a mark is the points\n")


def test_not_graded_is_no_zero():
    """Neither in the words nor in the table."""
    found = {"softmax": [a_result(score=None)]}
    assert explained(found, NONE).startswith("ada: no mark: no engine\n")
    (row,) = list(csv.reader(io.StringIO(table.row(mark("ada", found, NONE), NONE))))
    assert row == ["ada", "", "", "", "10", "not_graded", ""]


@pytest.mark.parametrize("name", ["n" * 300, "陈" * 60, "a\nb\x1b[31m", "word " * 60])
def test_long_and_hostile_names_keep_to_the_line(name):
    """80 columns, and no character that a terminal obeys."""
    found = {"softmax": [by_hand(a_result(student=name), why=name * 3)]}
    policy = replace(file.parse(FILE, "course.toml"), extensions={})
    text = "\n".join(told.explained(mark(name, found, policy), policy, name))
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text


@given(results(), policies())
def test_every_mark_can_be_told(found, policy):
    """Whatever the policy: lines of at most 80 characters that begin with the mark, and a row of the table."""
    got = mark("ada", found, policy)
    lines = list(told.explained(got, policy, "course.toml"))
    assert lines[0] == f"ada: {told.outcome(got)}"
    assert all(len(line) <= 80 for line in lines)
    (row,) = list(csv.reader(io.StringIO(table.row(got, policy))))
    (header,) = list(csv.reader(io.StringIO(table.header(list(found)))))
    assert len(row) == len(header)
    assert float(row[header.index("mark")]) == pytest.approx(got.mark, abs=1e-6)
    for each in got.assignments:
        told.notes(each, policy)


def test_what_a_students_page_says():
    """Which attempt counts, how late it was, and what is left; nothing where the points are the mark."""
    policy = file.parse(FILE, "course.toml")
    *_, softmax = mark("ada", the_class(), policy).assignments
    assert told.notes(softmax, policy) == (
        "Attempt 2 of 2 counts (best): 9 of 10 points.",
        "Extension of 1 d.",
        "Due 2026-03-02 23:59 UTC, handed in 2026-03-04 01:59 UTC.",
        "1 d 2 h late, 2 days begun, 10% for each.",
        "What counts: 7.2 of 10 points.",
    )
    (alone,) = mark("ada", {"gates": [a_result("gates")]}, policy).assignments
    assert told.notes(alone, policy) == ()


def test_remarks_in_few_words():
    """What is behind a mark that is not the points."""
    policy = file.parse(FILE, "course.toml")
    assert told.brief(mark("ada", the_class(), policy), policy) == [
        "gates: dropped",
        "softmax: by hand, late -20%",
    ]
    policy = Policy(due={"softmax": DUE}, weights={"gates": 1.0}, count="first")
    assert told.brief(mark("ada", the_class(), policy), policy) == [
        "losses: no weight",
        "softmax: attempt 1 of 2, no weight",
    ]


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_table_holds_any_names(student, assignment):
    """Read back as written; formulas stand behind an apostrophe."""
    from grader.report.escape import csv_cell

    found = {assignment: [a_result(assignment, student=student)]}
    text = table.render([assignment], [mark(student, found, NONE)], NONE)
    header, row = list(csv.reader(io.StringIO(text, newline="")))
    assert header[1] == csv_cell(f"{assignment} points")
    assert row[0] == csv_cell(student)
