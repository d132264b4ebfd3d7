"""Tolerances and derivatives by differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.numeric import FIRST_STEP, STEPS, Probe, agrees, magnitude, probes, same, slope

finite = st.floats(-1e6, 1e6)


def differences(f, x, step=FIRST_STEP):
    """F at plus and minus every step."""
    return [f(x + sign * share * step) for share in STEPS for sign in (1, -1)]


@given(finite, st.floats(0, 1e3))
def test_a_number_agrees_with_itself(value, scale):
    """Equality is always within tolerance."""
    assert agrees(np.array(value), np.array(value), scale).all()


@given(st.floats(1e-3, 1e6), st.sampled_from([1e-5, 1e-4, -1e-4, 1.0, -2.0]))
def test_relative_error_over_the_tolerance_fails(value, slip):
    """An entry that is the largest of its array and of what went in fails when it is off by 1e-5 and more."""
    assert not agrees(np.array(value * (1 + slip)), np.array(value), abs(value)).any()


def test_nan_never_agrees():
    """NaN and infinity fail, whatever is expected."""
    for got in (math.nan, math.inf, -math.inf):
        assert not agrees(np.array([got]), np.array([1.0]), 1.0).any()
        assert not agrees(np.array([got]), np.array([got]), 1.0).any() or math.isinf(got)


def test_an_exact_zero_may_come_back_as_rounding():
    """Zero has the scale of what went in; a small wrong gradient has not."""
    assert agrees(np.array(6e-14), np.array(0.0), 1.0)
    assert not agrees(np.array(1e-9), np.array(0.0), 1.0)


def test_same_takes_nan_for_nan():
    """For recognising mistakes, NaN equals NaN in the same place only."""
    nan = np.array([1.0, math.nan])
    assert same(nan, nan, 1.0)
    assert not same(np.array([math.nan, 1.0]), nan, 1.0)
    assert not same(np.ones(3), np.ones((3, 1)), 1.0)


@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (math.sin, math.cos),
        (math.exp, math.exp),
        (lambda x: x**5, lambda x: 5 * x**4),
        (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    ],
)
@pytest.mark.parametrize("x", [-2.3, 0.0, 0.7, 1.9])
def test_slope_is_within_its_own_estimate(f, derivative, x):
    """The estimated error bounds the real one, and is small for smooth functions."""
    found = slope(differences(f, x), FIRST_STEP)
    assert abs(found.value - derivative(x)) <= found.error
    assert found.error < 1e-6 * max(1, abs(derivative(x)))
    assert found.kink < 1e-4 * max(1, abs(derivative(x)))


@given(st.floats(-FIRST_STEP * 0.9, FIRST_STEP * 0.9).filter(lambda k: abs(k) > FIRST_STEP / 100))
def test_a_kink_is_seen_in_the_estimate(kink):
    """Across a kink that is off the centre one of the two estimates is large: the slope is not trusted."""
    found = slope(differences(lambda x: abs(x - kink), 0.0), FIRST_STEP)
    assert max(found.error, found.kink) > 1e-2


def test_probes_are_entries_or_directions():
    """Small inputs are checked entry by entry, large ones along random directions; scalars stay plain numbers."""
    rng = np.random.default_rng(0)
    small = probes((np.ones((2, 3)), 2.0), 0, rng, 24)
    assert [p.index for p in small] == list(np.ndindex(2, 3))
    assert all(p.index is None for p in probes((np.ones((9, 9)),), 0, rng, 24))
    (scalar,) = probes((np.ones(2), 2.0), 1, rng, 24)
    points = scalar.points((np.ones(2), 2.0))
    assert all(type(p[1]) is float for p in points)
    assert len(points) == 2 * len(STEPS)


def test_probe_moves_only_its_input():
    """The other inputs are the same objects."""
    fixed = np.ones(2)
    points = Probe(1, np.ones(2), 0.1).points((fixed, np.zeros(2)))
    assert all(p[0] is fixed for p in points)
    assert points[0][1] == pytest.approx([0.1, 0.1])


def test_magnitude_looks_into_lists():
    """The largest finite magnitude, through lists, ignoring what is not a number."""
    assert magnitude([np.array([1.0, -7.0]), 2], np.array([math.inf, 3.0]), None, "x") == 7.0
    assert magnitude(np.zeros(0)) == 0.0
