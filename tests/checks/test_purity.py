"""Purity: inputs are left alone, and pairs do not mix."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "return u * v + v ** 2, (u, v)",
            "r = u * v + v ** 2\n    c = (u.copy(), v.copy())\n    u *= 0\n    return r, c",
            "changes its argument u",
        ),
        (
            "u, v = cache\n",
            "u, v = cache\n    dout = dout.copy() if False else dout\n    d = dout.copy()\n    dout *= 0\n    dout = d\n",
            "changes its argument dout",
        ),
    ],
)
def test_changed_input_is_named(grade, right, old, new, message):
    """An argument that comes back changed is named with its function."""
    check = grade(right.replace(old, new))["backward/purity"]
    assert (check.status, check.diagnosis) == ("failed", "input-changed")
    assert message in check.message


def test_shared_state_is_found(grade, right):
    """A cache kept in a global mixes two interleaved pairs."""
    source = right.replace(
        "return u * v + v ** 2, (u, v)", "global kept\n    kept = (u, v)\n    return u * v + v ** 2, None"
    )
    found = grade(source.replace("u, v = cache", "u, v = kept"))
    assert found["backward/backward"].status == "passed"
    assert (found["backward/purity"].status, found["backward/purity"].diagnosis) == ("failed", "shared-state")


def test_not_asked_of_what_earned_nothing(grade, right):
    """A backward without any right gradient gets no points for being pure."""
    check = grade(right.replace("return dout * v, dout * (u + 2 * v)", "return dout * 7, dout * 7"))["backward/purity"]
    assert (check.status, check.points) == ("skipped", 0)


def test_self_check_finds_shared_state(grade, right):
    """The self-check tries two different cases as well."""
    source = right.replace(
        "return u * v + v ** 2, (u, v)", "global kept\n    kept = (u, v)\n    return u * v + v ** 2, None"
    )
    assert grade(source.replace("u, v = cache", "u, v = kept"), oracle=None)["backward/purity"].status == "failed"
    assert grade(right, oracle=None)["backward/purity"].status == "passed"
