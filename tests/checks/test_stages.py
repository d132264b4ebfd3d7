"""Follow-through: a stage is judged from the submission's own upstream gradients."""

from __future__ import annotations

import pytest

from grader import oracle
from grader.catalogue import BUILT_IN

FORWARD = """
import numpy as np
def s(z): return 1 / (1 + np.exp(-z))
def staged_forward(x, y):
    sigy = s(y); num = x + sigy; sigx = s(x); xpy = x + y; xpysqr = xpy ** 2; den = sigx + xpysqr; invden = 1 / den
    return num * invden, (x, y, sigy, num, sigx, xpy, xpysqr, den, invden)
"""
BACKWARD = """
def staged_backward(df, cache):
    x, y, sigy, num, sigx, xpy, xpysqr, den, invden = cache
    dnum = invden * df
    dinvden = num * df
    dden = -1 / den ** 2 * dinvden
    dsigx = dden
    dxpysqr = dden
    dxpy = 2 * xpy * dxpysqr
    dx = dxpy
    dy = dxpy
    dx = dx + sigx * (1 - sigx) * dsigx + dnum
    dsigy = dnum
    dy = dy + sigy * (1 - sigy) * dsigy
    return dict(dnum=dnum, dinvden=dinvden, dden=dden, dsigx=dsigx, dxpysqr=dxpysqr, dxpy=dxpy, dsigy=dsigy, dx=dx, dy=dy)
"""
STAGES = ["dnum", "dinvden", "dden", "dsigx", "dxpysqr", "dxpy", "dsigy", "dx", "dy"]


@pytest.fixture(scope="session")
def stages(grade):
    """`stages(source)`: the points of each stage."""
    staged = BUILT_IN.load("staged_fxy")
    known = oracle.load(staged)

    def run(source, seed=1):
        found = grade(source, seed=seed, assignment=staged, oracle=known)
        return {k.split(":")[1]: c for k, c in found.items() if ":" in k}

    return run


def test_right(stages):
    """Every stage of a right backward is right."""
    assert [c.points for c in stages(FORWARD + BACKWARD).values()] == [1] * 9


@pytest.mark.parametrize(
    ("old", "new", "lost", "name"),
    [
        ("-1 / den ** 2", "1 / den ** 2", {"dden"}, "missing-minus"),
        ("invden * df", "invden", {"dnum"}, "upstream-ignored"),
        ("dinvden = num * df", "dinvden = 2 * num * df", {"dinvden"}, None),
        ("2 * xpy * dxpysqr", "dxpysqr", {"dxpy"}, None),
        ("dsigx = dden", "dsigx = -dden", {"dsigx"}, "sign"),
        ("dx = dx + sigx", "dx = sigx", {"dx"}, None),
    ],
)
def test_one_wrong_stage_costs_that_stage(stages, old, new, lost, name):
    """What follows from a wrong stage is right when it is right for the submission's own gradients."""
    found = stages(FORWARD + BACKWARD.replace(old, new))
    assert {s for s, c in found.items() if c.points < 1} == lost
    assert {s for s, c in found.items() if c.points == 1} == set(STAGES) - lost
    if name:
        assert {found[s].diagnosis for s in lost} == {name}


def test_first_wrong_stage_is_marked(stages):
    """Of several wrong stages the first in backward order is said to be the first."""
    found = stages(FORWARD + BACKWARD.replace("-1 / den", "1 / den").replace("dsigy = dnum", "dsigy = 3 * dnum"))
    assert "first stage that goes wrong" in found["dden"].message
    assert "first stage" not in found["dsigy"].message


@pytest.mark.parametrize("value", ["0.0", "1e-300", "1e300", "df", "1.0", "float('nan')", "None", "x"])
def test_nonsense_earns_nothing(stages, value):
    """The same value for every stage follows from itself and shows no work: no points."""
    source = FORWARD + (
        f"def staged_backward(df, cache):\n    x = cache[0]\n    return dict.fromkeys({STAGES}, {value})\n"
    )
    assert sum(c.points for c in stages(source).values()) == 0


def test_missing_key_costs_itself(stages):
    """A stage that is not in the dict is that stage's fault; the others are judged from the right value in its place."""
    found = stages(FORWARD + BACKWARD.replace("dinvden=dinvden, ", ""))
    assert found["dinvden"].status == "failed"
    assert "missing" in found["dinvden"].message
    assert sum(c.points for c in found.values()) == 8
