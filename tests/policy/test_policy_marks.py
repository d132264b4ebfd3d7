"""From results to a mark: what holds for every class and every course file, and each rule by an example."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_samples import DUE, NAMES, a_result, at, policies, results, roundings

from grader.policy.marks import mark, rounded_to
from grader.policy.rules import EVERY, NONE, Extension, Group, Late, Policy, Rounding

EPS = 1e-9


def the_mark(found, policy):
    return mark("ada", found, policy)


# --- laws -------------------------------------------------------------------------------------------------------------


@given(results(), policies())
def test_a_mark_lies_between_nothing_and_full_marks(found, policy):
    """Whatever the points, the penalties and the weights: the mark and each assignment's."""
    got = the_mark(found, policy)
    step = 10**-policy.rounding.places if policy.rounding else 0
    assert -EPS <= got.exact <= got.out_of + EPS
    assert -EPS <= got.mark <= got.out_of + step
    assert all(-EPS <= a.mark <= a.max_score + EPS for a in got.assignments)
    assert sum(a.dropped for a in got.assignments) <= sum(group.drop for group in policy.groups)


@given(results(), policies(rounding=None), st.floats(0.1, 50))
def test_only_the_proportions_of_weights_matter(found, policy, factor):
    """All weights times a number give the same mark."""
    scaled = replace(policy, weights={name: weight * factor for name, weight in policy.weights.items()})
    assert the_mark(found, scaled).mark == pytest.approx(the_mark(found, policy).mark, abs=1e-6)


@given(results(), policies(rounding=None))
def test_dropping_never_lowers_a_mark(found, policy):
    """One more that is dropped gives the same mark or a better one."""
    marks = []
    for drop in range(len(NAMES)):
        groups = tuple(replace(group, drop=min(drop, len(group.assignments) - 1)) for group in policy.groups)
        marks.append(the_mark(found, replace(policy, groups=groups)).mark)
    assert all(more >= fewer - 1e-7 for fewer, more in pairwise(marks))


@given(results(), policies(), st.permutations(NAMES))
def test_the_order_of_assignments_does_not_matter(found, policy, order):
    """Neither in the results nor in the course file."""
    other = replace(policy, weights=dict(reversed(policy.weights.items())))
    assert the_mark({name: found[name] for name in order}, other).mark == pytest.approx(the_mark(found, policy).mark)


@given(results(), policies(rounding=None), st.sampled_from(NAMES), st.floats(0, 500))
def test_an_extension_never_hurts(found, policy, name, hours):
    """However long, for one assignment or for every, as a span or as a time."""
    plain = the_mark(found, policy).mark
    until = DUE + dt.timedelta(hours=hours - 200)
    for given_ in ({name: Extension(dt.timedelta(hours=hours))}, {EVERY: Extension(until=until)}):
        assert the_mark(found, replace(policy, extensions={"ada": given_})).mark >= plain - 1e-7


@given(st.floats(-50, 900), st.floats(0, 200), policies(names=("softmax",), rounding=None, attempts=None))
def test_later_is_never_better(hours, more, policy):
    """A penalty grows with how late it is, and stays below its most."""
    policy = replace(policy, due={"softmax": DUE}, weights={}, groups=())
    earlier, later = (
        the_mark({"softmax": [a_result(score=8.0, submitted=at(h))]}, policy) for h in (hours, hours + more)
    )
    assert later.mark <= earlier.mark + EPS
    lost = later.assignments[0].counted.late.percent
    assert lost <= policy.late.most + EPS


@given(results(), policies(rounding=None))
def test_the_best_attempt_is_no_worse_than_any_rule(found, policy):
    """Best is at least latest and at least first; one more attempt that is allowed never lowers it."""
    marks = {count: the_mark(found, replace(policy, count=count)).mark for count in ("best", "latest", "first")}
    assert marks["best"] >= max(marks.values()) - 1e-7
    few, many = (the_mark(found, replace(policy, count="best", attempts=n)).mark for n in (1, 3))
    assert many >= few - 1e-7


@given(st.floats(0, 1000), roundings)
def test_rounding_twice_is_rounding_once(value, rounding):
    """And moves a number by no more than half a step."""
    once = rounded_to(value, rounding)
    assert rounded_to(once, rounding) == once
    assert abs(once - value) <= 0.5 * 10**-rounding.places + 1e-8


@given(results(names=("gates", "softmax")), policies(names=("gates", "softmax"), rounding=None), st.data())
def test_more_points_never_lower_a_mark(found, policy, data):
    """A point more in the latest of single attempts, whatever is dropped."""
    single = {name: tried[-1:] for name, tried in found.items()}
    name = data.draw(st.sampled_from(sorted(single)))
    result = single[name][0]
    better = {**single, name: [_scored(result, min(result.score + 0.5, result.max_score))]}
    assert the_mark(better, policy).mark >= the_mark(single, policy).mark - 1e-7


def _scored(result, score):
    import msgspec

    return msgspec.structs.replace(result, score=score)


@given(results(), policies())
def test_raw_points_are_kept(found, policy):
    """Whatever a policy makes of them, every attempt stays as it was graded."""
    for each in the_mark(found, policy).assignments:
        assert [attempt.result for attempt in each.attempts] == found[each.name]


# --- rules ------------------------------------------------------------------------------------------------------------


def test_without_a_course_file_a_mark_is_the_points():
    """The sum of the latest, out of all points."""
    got = the_mark({"gates": [a_result("gates", 2.5, 5.0)], "softmax": [a_result(score=7.0)]}, NONE)
    assert (got.mark, got.out_of) == (9.5, 15.0)


def test_what_was_not_graded_has_no_mark():
    """One part that is not known makes the whole not known, dropped or not."""
    policy = Policy(groups=(Group("g", ("gates", "softmax"), 1),))
    got = the_mark({"gates": [a_result("gates", None)], "softmax": [a_result()]}, policy)
    assert (got.mark, got.exact, got.reason) == (None, None, "no engine")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(weights={"gates": 1, "softmax": 3}), 100 * (0.5 + 3 * 1.0) / 4),
        (Policy(weights={"gates": 1}), 50.0),
        (Policy(weights={"gates": 1, "softmax": 1}, out_of=15.0), 15 * 0.75),
        (Policy(weights={"all": 1}, groups=(Group("all", ("gates", "softmax")),)), 100 * 12.5 / 15),
        (Policy(weights={"all": 1}, groups=(Group("all", ("gates", "softmax"), 1),)), 100.0),
        (Policy(groups=(Group("all", ("gates", "softmax"), 1),)), 15.0),
        (Policy(), 12.5),
    ],
)
def test_weights_and_drops(policy, expected):
    """2.5 of 5 and 10 of 10: by weight, by points inside a group, the lowest left out."""
    found = {"gates": [a_result("gates", 2.5, 5.0)], "softmax": [a_result(score=10.0)]}
    assert the_mark(found, policy).mark == pytest.approx(expected)


def test_a_groups_weight_stays_when_something_is_dropped():
    """Homework counts as much as before: what is left of it takes the place."""
    policy = Policy(weights={"gates": 1, "losses": 1, "softmax": 2}, groups=(Group("hw", ("gates", "losses"), 1),))
    found = {"gates": [a_result("gates", 4.0)], "losses": [a_result("losses", 9.0)], "softmax": [a_result(score=1.0)]}
    assert the_mark(found, policy).mark == pytest.approx(100 * (2 * 0.9 + 2 * 0.1) / 4)


def test_attempts():
    """Latest, best after the late penalty, first, and no more than are allowed."""
    policy = Policy(due={"softmax": DUE}, late=Late(50, "once"))
    tried = [
        a_result(score=3.0, submitted=at(-3), sha="1"),
        a_result(score=6.0, submitted=at(-1), sha="2"),
        a_result(score=10.0, submitted=at(5), sha="3"),
    ]
    marks = {
        (count, most): the_mark({"softmax": tried}, replace(policy, count=count, attempts=most)).mark
        for count in ("latest", "best", "first")
        for most in (None, 2)
    }
    assert marks == {
        ("latest", None): 5.0,
        ("latest", 2): 6.0,
        ("best", None): 6.0,
        ("best", 2): 6.0,
        ("first", None): 3.0,
        ("first", 2): 3.0,
    }


def test_an_attempt_at_an_older_version_counts_in_proportion():
    """5 of 10 then is 6 of 12 now."""
    tried = [a_result(score=5.0, sha="1"), a_result(score=3.0, max_score=12.0, sha="2")]
    assert the_mark({"softmax": tried}, Policy(count="best")).mark == 6.0


@pytest.mark.parametrize(
    ("value", "places", "half", "expected"),
    [
        (2.675, 2, "up", 2.68),
        (2.675, 2, "even", 2.68),
        (2.665, 2, "even", 2.66),
        (2.665, 2, "up", 2.67),
        (0.5, 0, "up", 1.0),
        (0.5, 0, "even", 0.0),
        (1.5, 0, "even", 2.0),
        (99.95, 1, "up", 100.0),
        (1 / 3, 4, "up", 0.3333),
    ],
)
def test_halves_go_where_the_file_says(value, places, half, expected):
    """As on paper, and not as the float that stands for the number happens to lie."""
    assert rounded_to(value, Rounding("mark", places, half)) == expected


@pytest.mark.parametrize(
    ("what", "expected"), [("mark", (1.5, 1.5, 3.0)), ("assignments", (2.0, 2.0, 4.0)), ("both", (2.0, 2.0, 4.0))]
)
def test_what_is_rounded(what, expected):
    """The mark, each assignment's, or both: 1.5 and 1.5."""
    found = {name: [a_result(name, 1.5)] for name in ("gates", "softmax")}
    got = the_mark(found, Policy(rounding=Rounding(what, 0)))
    assert (*(a.mark for a in got.assignments), got.mark) == expected
