"""How late something came, and what that costs; whatever is not known is taken in the student's favour."""

from __future__ import annotations

import datetime as dt

import pytest
from policy_samples import DUE, a_result, at

from grader.policy.late import lateness, moment
from grader.policy.rules import EVERY, Extension, Late, Policy

BERLIN = dt.timezone(dt.timedelta(hours=1))
RULES = Policy(due={"softmax": DUE}, late=Late(10.0, "day", dt.timedelta(minutes=15), most=50.0))


def percent(policy=RULES, **result):
    return lateness(a_result(**result), policy).percent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T23:59:00Z", DUE),
        ("2026-03-02T00:59:00+01:00", DUE),
        ("2026-03-01 23:59:00.000000000 Z", DUE),
        ("2026-03-01 23:59:00 UTC", DUE),
        ("2026-03-01 15:59:00 -0800", DUE),
        ("2026-03-01 15:59:00 America/Los_Angeles", DUE),
        ("2026-03-02 00:59:00", DUE),
        ("2026-03-02", dt.datetime(2026, 3, 2, tzinfo=BERLIN)),
        ("2026-03-01 23:59:00 CST", None),
        ("yesterday", None),
        ("", None),
        ("2026-02-31", None),
        ("0001-01-01T00:00:00+23:00", None),
    ],
)
def test_platforms_times_are_read(text, expected):
    """ISO 8601, Gradescope's and nbgrader's; without a zone in the course's; what can be two zones is none."""
    assert moment(text, BERLIN) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(-5, 0), (0, 0), (0.25, 0), (0.26, 10), (24, 10), (24.01, 20), (80, 40), (1000, 50)]
)
def test_days_begun_after_the_grace(hours, expected):
    """Within the grace nothing, then each day begun from the due time, and no more than the most."""
    assert percent(submitted=at(hours)) == expected


def test_per_hour_and_once():
    """The unit is the file's."""
    for per, expected in (("hour", 30.0), ("once", 10.0)):
        policy = Policy(due={"softmax": DUE}, late=Late(10.0, per))
        assert percent(policy, submitted=at(2.5)) == expected


def test_a_known_time_outdoes_the_platforms_word():
    """Late by the platform's own due date, in time by the course's."""
    assert percent(submitted=at(-1), late=True) == 0
    assert percent(submitted=at(30), late=False) == 20


def test_the_platforms_word_alone():
    """Canvas says late and not how late: one unit, or what the file says for it; and it is told."""
    assert percent(late=True) == 10
    assert percent(late=False) == percent() == 0
    flagged = Policy(due={"softmax": DUE}, late=Late(10.0, flagged=25.0))
    found = lateness(a_result(late=True), flagged)
    assert (found.percent, found.remark) == (25, "late, says the platform; how late is not known")
    assert lateness(a_result(late=True), Policy(late=Late(100.0, most=30.0))).percent == 30


def test_an_extension_is_believed_where_the_time_is_not_known():
    """Nothing is deducted, and the instructor is told why."""
    policy = Policy(due={"softmax": DUE}, late=Late(10.0), extensions={"ada": {EVERY: Extension(dt.timedelta(1))}})
    found = lateness(a_result(late=True), policy)
    assert found.percent == 0
    assert "the extension is taken to cover it" in found.remark


def test_extensions():
    """A span moves the due time, a time replaces it where it is later; one assignment's goes before every's."""
    for extension, expected in (
        (Extension(dt.timedelta(days=2)), 10),
        (Extension(until=DUE + dt.timedelta(days=3)), 0),
        (Extension(until=DUE - dt.timedelta(days=3)), 30),
    ):
        policy = Policy(due={"softmax": DUE}, late=Late(10.0), extensions={"ada": {"softmax": extension}})
        assert percent(policy, submitted=at(60)) == expected
        assert percent(policy, submitted=at(60), student="bob") == 30
    both = {EVERY: Extension(dt.timedelta(9)), "softmax": Extension(dt.timedelta(1))}
    policy = Policy(due={"softmax": DUE}, late=Late(10.0), extensions={"ada": both})
    assert percent(policy, submitted=at(60)) == 20


def test_a_time_given_by_hand_counts():
    """Where the platform does not tell, the instructor may; it is about the latest attempt."""
    policy = Policy(due={"softmax": DUE}, late=Late(10.0), handed_in={"ada": {"softmax": DUE + dt.timedelta(hours=30)}})
    assert percent(policy, late=True) == 20
    assert lateness(a_result(late=True), policy, latest=False).percent == 10


def test_a_time_that_cannot_be_read_costs_nothing():
    """And is told."""
    found = lateness(a_result(submitted="last Tuesday"), RULES)
    assert (found.percent, found.remark) == (0, "the time 'last Tuesday' can't be read")


def test_each_assignment_has_its_own_time_where_the_platform_tells_it_apart():
    """In nbgrader's tree what was handed in early is not late because something else came later."""
    times = {"ps1": at(-1), "ps2": at(50)}
    assert percent(submitted=at(50), times=times) == 0
    assert percent(submitted=at(50), times={"ps2": at(50)}) == 30


def test_without_a_penalty_nothing_is_lost():
    """A course file without [late]."""
    assert percent(Policy(due={"softmax": DUE}), submitted=at(100), late=True) == 0
