"""Dropout's judges: what they say of outputs made on purpose, and how seldom chance fails a right one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.dropout import judges, spec
from grader.assignment import apart
from reference.solutions import dropout as solution

KEEP = 0.7


def arrays(seed: int, *shape: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input, mask and upstream gradient."""
    rng = np.random.default_rng(seed)
    return apart(rng, shape, spec.GAP), rng.random(shape) < KEEP, apart(rng, shape, spec.GAP)


def test_mistakes_that_judges_name_are_explained():
    """Each name that a judge may give is a known mistake of the solution, or a general one."""
    source = judges.__file__
    with open(source) as file:
        text = file.read()
    known = {m.name for m in solution.MISTAKES}
    assert {name for name in known if f'"{name}"' in text} == known


# --- scale ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "share", "mistake"),
    [
        (1 / KEEP, 1.0, None),
        (1.0, 0.5, "not-scaled"),
        (KEEP, 0.5, "multiplied-by-keep-prob"),
        (1 / (1 - KEEP), 0.5, None),
        (3.0, 0.5, None),
        (-1 / KEEP, 0.5, None),
    ],
)
def test_a_right_mask_is_judged_by_its_scale(factor, share, mistake):
    """1/keep_prob is right; another factor is worth half and has a name where it is a known one."""
    a, mask, _ = arrays(1, 12, 13)
    opinion = judges.scale([(a * mask * factor, None)], a, KEEP)
    assert (opinion.share, opinion.mistake) == (share, mistake)


def test_an_exchanged_mask_is_named_by_its_scale():
    """Units kept with probability 1 - keep_prob, and scaled to fit."""
    a, mask, _ = arrays(1, 12, 13)
    opinion = judges.scale([(a * ~mask / (1 - KEEP), None)], a, KEEP)
    assert (opinion.share, opinion.mistake) == (0.5, "keep-drop-exchanged")


@pytest.mark.parametrize("out", ["same", "scaled", "zero", "noise", "nan", "shape", "tuple"])
def test_what_is_no_masked_input_earns_nothing(out):
    """Nothing dropped, everything dropped, noise, NaN, another shape and no array at all."""
    a, mask, noise = arrays(2, 150)
    values = {
        "same": a,
        "scaled": a / KEEP,
        "zero": a * 0,
        "noise": a * mask + noise,
        "nan": np.where(mask, a / KEEP, np.nan),
        "shape": (a * mask / KEEP)[:, None],
        "tuple": (a,),
    }
    opinion = judges.scale([(values[out], None)], a, KEEP)
    assert opinion.share == 0
    assert opinion.message


# --- share ------------------------------------------------------------------------------------------------------------


def tail(count: int, p: float, kept: int) -> float:
    """The probability that the share kept lies at least as far out as `kept`, on its side: the exact binomial tail."""
    ks = range(kept, count + 1) if kept > p * count else range(kept + 1)
    logs = [
        math.lgamma(count + 1)
        - math.lgamma(k + 1)
        - math.lgamma(count - k + 1)
        + k * math.log(p)
        + (count - k) * math.log1p(-p)
        for k in ks
    ]
    top = max(logs)
    return math.exp(top) * sum(math.exp(v - top) for v in logs)


@given(p=st.floats(0.2, 0.8), count=st.integers(50, 3000))
def test_chance_fails_a_right_dropout_less_often_than_promised(p, count):
    """The exact probability of all shares that are called implausible is below the significance."""
    shares = [judges.plausible(k / count, p, count) for k in range(count + 1)]
    low, high = shares.index(True), count - shares[::-1].index(True)
    below = tail(count, p, low - 1) if low else 0.0
    above = tail(count, p, high + 1) if high < count else 0.0
    assert below + above <= judges.SIGNIFICANCE * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_a_right_mask_has_a_plausible_share(seed):
    """Masks of independent units pass at low and high probabilities."""
    rng = np.random.default_rng(seed)
    a = apart(rng, spec.LARGE, spec.GAP)
    for keep in (0.2, 0.25, 0.5, 0.77, 0.8):
        out = a * (rng.random(a.shape) < keep) / keep
        assert judges.share([(out, None)], a, keep) is judges.RIGHT


def test_a_share_that_is_off_by_a_thirtieth_is_seen():
    """The sample is large enough to tell 0.70 from 0.73."""
    rng = np.random.default_rng(4)
    a = apart(rng, spec.LARGE, spec.GAP)
    assert judges.share([(a * (rng.random(a.shape) < 0.73), None)], a, 0.7).share == 0


@pytest.mark.parametrize(
    ("draw", "mistake"),
    [
        (lambda rng, shape: rng.random(shape) > 0.3, "keep-drop-exchanged"),
        (lambda rng, shape: rng.normal(size=shape) < 0.3, "normal-in-place-of-uniform"),
        (lambda rng, shape: np.broadcast_to(rng.random(shape[1:]) < 0.3, shape), "mask-shared-along-axis"),
        (lambda rng, shape: np.broadcast_to(rng.random((shape[0], 1, 1)) < 0.3, shape), "mask-shared-along-axis"),
        (lambda rng, shape: np.broadcast_to(rng.random((*shape[:2], 1)) < 0.3, shape), "mask-shared-along-axis"),
        (
            lambda rng, shape: np.repeat(rng.random((shape[0], shape[1] // 2, shape[2])) < 0.3, 2, axis=1),
            "mask-shared-along-axis",
        ),
        (lambda rng, shape: rng.random(shape) < 0.5, None),
    ],
)
def test_wrong_draws_are_named(draw, mistake):
    """A share that chance does not explain is compared with those of known mistakes."""
    rng = np.random.default_rng(5)
    a = apart(rng, spec.LARGE, spec.GAP)
    opinion = judges.share([(a * draw(rng, a.shape), None)], a, 0.3)
    assert (opinion.share, opinion.mistake) == (0, mistake)


# --- backward ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gradient", "share", "mistake"),
    [
        (lambda g, m, new: g * m / KEEP, 1.0, None),
        (lambda g, m, new: g * m, 0.5, "not-scaled"),
        (lambda g, m, new: g, 0.0, "mask-not-applied-in-backward"),
        (lambda g, m, new: g / KEEP, 0.0, "mask-not-applied-in-backward"),
        (lambda g, m, new: g * new / KEEP, 0.0, "new-mask-in-backward"),
        (lambda g, m, new: g * ~m / KEEP, 0.0, "keep-drop-exchanged"),
        (lambda g, m, new: m / KEEP, 0.0, "upstream-ignored"),
        (lambda g, m, new: -g * m / KEEP, 0.0, "sign"),
        (lambda g, m, new: g * 0, 0.0, "zero"),
        (lambda g, m, new: g * np.where(m, 1 / KEEP, np.nan), 0.0, None),
        (lambda g, m, new: (g * m / KEEP)[0], 0.0, None),
    ],
)
def test_backwards_are_judged_by_the_forwards_own_mask(gradient, share, mistake):
    """The mask is that of `out`; what comes back is compared with it and with known mistakes."""
    a, mask, dout = arrays(6, 12, 13)
    _, new, _ = arrays(7, 12, 13)
    opinion = judges.backward([(a * mask / KEEP, None), gradient(dout, mask, new)], a, dout, KEEP)
    assert (opinion.share, opinion.mistake) == (share, mistake)


def test_a_backward_that_fits_its_own_wrong_forward_earns_a_quarter():
    """Units that come through by different factors, in both: the derivative is right of a forward that is wrong."""
    a, mask, dout = arrays(8, 12, 13)
    factor = mask * np.abs(dout)
    opinion = judges.backward([(a * factor, None), dout * factor], a, dout, KEEP)
    assert opinion.share == 0.25


def test_a_zero_backward_of_a_zero_forward_earns_nothing():
    """A constant forward has a gradient of zero, which proves nothing."""
    a, _, dout = arrays(9, 12, 13)
    assert judges.backward([(a * 0, None), dout * 0], a, dout, KEEP).share == 0


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_masks_must_differ_from_call_to_call():
    """Three masks, two of them the same: named."""
    a, mask, _ = arrays(10, 20, 30)
    _, other, _ = arrays(11, 20, 30)
    results = [(a * m / KEEP, None) for m in (mask, other, mask)]
    assert judges.fresh(results, a).mistake == "fixed-mask"
    _, third, _ = arrays(12, 20, 30)
    assert judges.fresh([*results[:2], (a * third / KEEP, None)], a) is judges.RIGHT


def test_interleaved_pairs_keep_their_masks():
    """Each gradient is zero where its own output is; the other's mask is shared state."""
    a, one, dout = arrays(13, 12, 13)
    _, two, _ = arrays(14, 12, 13)
    outs = [(a * m / KEEP, None) for m in (one, two)]
    assert judges.interleaved([*outs, dout * one, dout * two], a) is judges.RIGHT
    assert judges.interleaved([*outs, dout * two, dout * two], a).mistake == "shared-state"


def test_a_changed_argument_is_seen_by_a_look():
    """The arguments are looked at after both calls."""
    a, mask, dout = arrays(15, 12, 13)
    before = [a, dout, (a * mask, None), dout * mask]
    assert judges.untouched([*before, a, dout], a, dout) is judges.RIGHT
    for changed in ([a * mask, dout], [a, dout * mask]):
        assert judges.untouched([*before, *changed], a, dout).mistake == "input-changed"


def test_a_mask_with_a_few_flips_is_not_fresh():
    """Masks that agree more than chance explains are one mask."""
    a, mask, _ = arrays(18, 20, 30)
    flipped = mask.copy()
    flipped[0, 0] = ~flipped[0, 0]
    assert judges.fresh([(a * m, None) for m in (mask, flipped)], a).mistake == "fixed-mask"
    other = np.random.default_rng(99).random(a.shape) < mask.mean()
    assert judges.fresh([(a * m, None) for m in (mask, other)], a) is judges.RIGHT


@pytest.mark.parametrize(
    ("out", "mistake"),
    [("same", None), ("masked", "active-at-test"), ("grown", "active-at-test"), ("shrunk", "scaled-at-test")],
)
def test_test_mode_is_the_identity(out, mistake):
    """With train=False the forward returns its input; masks and scales are named."""
    a, mask, _ = arrays(16, 150)
    value = {"same": a, "masked": a * mask / KEEP, "grown": a / KEEP, "shrunk": a * KEEP}[out]
    opinion = judges.test_mode([(value, None)], a, KEEP)
    assert (opinion.share, opinion.mistake) == (float(out == "same"), mistake)


def test_keep_all_tells_exchanged_from_odd():
    """At keep_prob = 1, zeros and NaN everywhere mean that keep and drop are exchanged; a few zeros do not."""
    a, mask, dout = arrays(17, 12, 13)
    assert judges.keep_all([(a, None)], a) is judges.RIGHT
    assert judges.keep_all([(a * 0, None)], a).mistake == "keep-drop-exchanged"
    assert judges.keep_all([(a * np.nan, None)], a).mistake == "keep-drop-exchanged"
    assert judges.keep_all([(a * mask, None)], a).mistake is None
    assert judges.keep_all_backward([(a, None), dout], a, dout) is judges.RIGHT
    assert judges.keep_all_backward([(a, None), dout * 0], a, dout).mistake == "keep-drop-exchanged"


def test_an_unlikely_first_sample_is_looked_at_again():
    """A share that chance seldom gives passes when the larger sample is as it should be, and fails when it is not."""
    a = np.ones((25, 40, 20))
    rng = np.random.default_rng(21)
    odd = np.zeros(a.size, bool)
    odd[: round(a.size * (KEEP + 0.016))] = True
    first = rng.permutation(odd).reshape(a.shape)
    assert judges.unlikely([(a * first, None)], a, KEEP)
    usual = [rng.random(a.shape) < KEEP for _ in range(spec.MORE)]
    again = [rng.permutation(odd).reshape(a.shape) for _ in range(spec.MORE)]
    for masks, share in ((usual, 1.0), (again, 0.0)):
        results = [a, (a * first, None), *((a * mask, None) for mask in masks)]
        assert judges.share(results, a, KEEP).share == share


def test_a_first_sample_that_tells_all_is_not_looked_at_again():
    """A likely share, a mask that is shared along an axis, an output that is no array, or the wrong one."""
    a, rng = np.ones((25, 40, 20)), np.random.default_rng(23)
    assert not judges.unlikely([(a * (rng.random(a.shape) < KEEP), None)], a, KEEP)
    assert not judges.unlikely([(a * (rng.random((25, 1, 20)) < KEEP / 2), None)], a, KEEP)
    assert not judges.unlikely([(1.0, None)], a, KEEP)
    assert not judges.unlikely([(a[0], None)], a, KEEP)
    assert judges.unlikely([(a, None)], a, KEEP)


def test_a_mask_that_comes_again_is_no_further_sample():
    """One unlikely mask in every call is judged as one sample: fresh masks are another check's business."""
    a = np.ones((25, 40, 20))
    mask = np.zeros(a.size, bool)
    mask[: round(a.size * (KEEP + 0.016))] = True
    mask = np.random.default_rng(22).permutation(mask).reshape(a.shape)
    assert judges.share([(a * mask, None)] * 5, a, KEEP).share == 1.0


def test_chance_fails_a_right_dropout_less_than_once_in_a_million_runs():
    """The chances of everything in a run that chance alone could fail, added up: a bound on all of them together."""
    low, high = spec.LOW[0], spec.HIGH[1]
    shares = 2 * judges.SIGNIFICANCE
    sizes = [math.prod(shape) for shape in spec.SHAPES]
    # A forward and a backward for each shape, in which no unit is dropped, or all are.
    extreme = 2 * sum(high**n + (1 - low) ** n for n in sizes)
    # Two slices of the large array that are alike; two masks that agree in nearly all units.
    alike = max(p * p + (1 - p) ** 2 for p in (0.2, high))
    pairs = sum(n * (n - 1) / 2 * alike ** (math.prod(spec.LARGE) // n) for n in spec.LARGE)
    agree, units = judges.ALIKE, 20 * 30
    divergence = agree * math.log(agree / alike) + (1 - agree) * math.log((1 - agree) / (1 - alike))
    fresh = 3 * math.exp(-units * divergence)
    assert shares + extreme + 2 * pairs + fresh < 1e-6
