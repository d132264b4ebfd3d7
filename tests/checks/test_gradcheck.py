"""The gradient check: consistency of a pair, worth up to a quarter of a backward that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

CONSISTENT = """
import numpy as np
def blend_forward(u, v):
    return u * v + v ** 3, (u, v)
def blend_backward(dout, cache):
    u, v = cache
    return dout * v, dout * (u + 3 * v ** 2)
"""


def points(found):
    """All points together."""
    return sum(c.points for c in found.values())


def test_right_derivative_of_a_wrong_forward_earns_a_quarter(grade):
    """Half of the backward is right by value here, so the quarter adds nothing; without it, a quarter is what is
    left.
    """
    found = grade(CONSISTENT)
    assert found["backward/gradcheck"].status == "passed"
    assert found["backward/backward"].points == 3
    assert found["backward/gradcheck"].points == 0
    both = grade(
        CONSISTENT.replace("u * v + v ** 3", "u ** 2 * v + v ** 3").replace(
            "dout * v, dout * (u", "dout * 2 * u * v, dout * (u ** 2"
        )
    )
    assert both["backward/backward"].points == 0
    assert both["backward/gradcheck"].points == 1.5
    assert "wrong itself: mend that first" in both["backward/gradcheck"].message


def test_constant_with_zero_gradient_earns_nothing(grade):
    """A forward that does not depend on its inputs agrees with a zero gradient, and that is worth nothing."""
    source = """
import numpy as np
def blend_forward(u, v):
    return np.ones_like(u), None
def blend_backward(dout, cache):
    return np.zeros_like(dout), np.zeros_like(dout)
"""
    found = grade(source)
    assert points(found) == 0
    assert "does not depend" in found["backward/gradcheck"].message


def test_wrong_shape_of_the_output_earns_nothing(grade):
    """The upstream gradient takes the output's own shape, and what agrees is said and worth nothing."""
    source = """
import numpy as np
def blend_forward(u, v):
    return np.sum(u * v ** 2), (u, v)
def blend_backward(dout, cache):
    u, v = cache
    return dout * v ** 2, dout * 2 * u * v
"""
    found = grade(source)
    assert found["backward/gradcheck"].status == "passed"
    assert points(found) == 0


@pytest.mark.parametrize("slip", ["* 1.0001", "+ 1e-3", "* 2"])
def test_wrong_derivative_is_caught(grade, slip):
    """A gradient that is off by a ten thousandth does not agree with the differences."""
    found = grade(CONSISTENT.replace("return dout * v,", f"return dout * v {slip},"))
    assert found["backward/gradcheck"].status == "failed"
    assert "numerical derivative" in found["backward/gradcheck"].message


def test_missing_entry_is_caught_in_large_inputs(grade):
    """Random directions see a single missing entry of a large gradient."""
    source = CONSISTENT.replace("return dout * v,", "g = dout * v\n    g.flat[-1] = 0\n    return g,")
    assert grade(source)["backward/gradcheck"].status == "failed"


def test_self_check_knows_without_a_reference(grade, right):
    """Without an oracle the gradcheck stands alone: it passes the right pair and fails a wrong derivative."""
    assert grade(right, oracle=None)["backward/gradcheck"].status == "passed"
    assert grade(right, oracle=None)["backward/gradcheck"].points == 6
    wrong = grade(right.replace("2 * v", "v"), oracle=None)["backward/gradcheck"]
    assert (wrong.status, wrong.points) == ("failed", 3)


def test_axes_of_length_1_do_not_matter_where_the_spec_says_so(grade, right, blend):
    """A gradient that may come with more axes is compared in its input's shape, in the self-check too."""
    (pair,) = blend.parts
    loose = replace(blend, parts=(replace(pair, loose=("dv",)),))
    taller = right.replace("dout * (u + 2 * v)", "(dout * (u + 2 * v))[None]")
    assert grade(taller, 1, loose, None)["backward/gradcheck"].status == "passed"
    assert grade(taller, 1, blend, None)["backward/gradcheck"].status == "failed"
