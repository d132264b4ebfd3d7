"""The gradient check's cases and judges."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.gradient_check import judges, spec
from grader.assignment import Raised
from reference import engine
from reference.solutions import gradient_check as solution

SMALL = spec._cases(np.random.default_rng(3), spec.SMALL)
LARGE = spec._cases(np.random.default_rng(4), spec.LARGE)


def results(cases, gradient, x=None):
    """What the steps of each case come to."""
    return [r for c in cases for r in (None, c.x, gradient(c), c.x if x is None else x(c), np.array(2.0 * c.x.size))]


def reference(case):
    return solution.numerical_gradient(case.f, case.x, case.step)


@pytest.mark.parametrize("case", [*SMALL, *LARGE])
def test_the_imaginary_step_is_right(case):
    """It agrees with the engine's gradient to the last digits."""
    np.testing.assert_allclose(case.gradient, engine.vjp(case.f, case.x)[1](1.0)[0], rtol=1e-12)


def test_right_gradients_pass():
    """Two-sided differences, half of epsilon, and the derivative itself."""
    for rule in (reference, lambda c: c.gradient, lambda c: solution.numerical_gradient(c.f, c.x, c.step / 2)):
        assert judges.values(results(LARGE, rule), LARGE, spec.FINE).share == 1.0
        assert judges.values(results(SMALL, rule), SMALL, spec.ROUGH).share == 1.0


@pytest.mark.parametrize(("name", "predict"), judges.PREDICTED)
def test_mistakes_are_named_as_themselves(name, predict):
    """Each prediction is wrong for some epsilon, and has its own name."""
    large = judges.values(results(LARGE, predict), LARGE, spec.FINE)
    assert large.share < 1.0
    assert large.mistake == name


def test_a_slightly_wrong_entry_costs_its_gradient():
    """A ten-thousandth off in one entry of one gradient."""

    def rule(case):
        found = case.gradient.copy()
        found.flat[0] *= 1 + (1e-4 if case is LARGE[0] else 0)
        return found

    opinion = judges.values(results(LARGE, rule), LARGE, spec.FINE)
    assert opinion.share == pytest.approx(1 - 1 / len(LARGE))
    assert "called" in opinion.message


@pytest.mark.parametrize("value", [Raised("ValueError", "no"), (), None, np.array(1.0), np.full((9, 9), np.nan)])
def test_whatever_comes_is_judged(value):
    """Exceptions, tuples, nothing, other shapes."""
    assert judges.values(results(LARGE, lambda _: value), LARGE, spec.FINE).share == 0.0


@pytest.mark.parametrize("count", [np.array(np.nan), np.array(np.inf), np.zeros(0), np.zeros(3)])
def test_a_count_that_is_forged_is_not_told(count):
    """How often f was called is the box's word, which a submission may have written itself."""
    given = [
        count if i % judges.CALLED == 4 else each for i, each in enumerate(results(LARGE, lambda c: c.gradient + 1))
    ]
    opinion = judges.values(given, LARGE, spec.FINE)
    assert opinion.share == 0.0
    assert "called" not in opinion.message


def test_an_argument_that_is_changed_is_seen():
    """Up to 1e-12 is rounding; epsilon left in an entry is not."""
    assert judges.untouched(results(SMALL, reference, lambda c: c.x * (1 + 1e-15)), SMALL).share == 1.0
    changed = judges.untouched(results(SMALL, reference, lambda c: c.x + c.step), SMALL)
    assert (changed.share, changed.mistake) == (0.0, "not-restored")
