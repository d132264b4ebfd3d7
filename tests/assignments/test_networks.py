"""The two networks of other courses: their reference gradients are the slopes of their costs, and no constant is right."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.gradient_checking_network import judges as checks
from assignments.gradient_checking_network import spec as checking
from assignments.regularized_network import judges
from assignments.regularized_network import spec as regularized
from reference.solutions import gradient_checking_network, regularized_network

STEP = 1e-6


def slopes(cost, parameters):
    """Two-sided differences of `cost(parameters)`, by the names of the gradients."""
    found = {}
    for name, value in parameters.items():
        slope = np.zeros(value.shape)
        for at in np.ndindex(value.shape):
            sides = []
            for sign in (1, -1):
                moved = value.copy()
                moved[at] += sign * STEP
                sides.append(cost({**parameters, name: moved}))
            slope[at] = (sides[0] - sides[1]) / (2 * STEP)
        found[f"d{name}"] = slope
    return found


def alike(gradients, slope):
    assert gradients.keys() >= slope.keys()
    for name, value in slope.items():
        np.testing.assert_allclose(gradients[name], value, rtol=1e-5, atol=1e-8)


def parameters_of(cache, masks):
    """The parameters out of a cache, with a mask in each hidden layer or without."""
    at = (3, 8, 12) if masks else (2, 6, 10)
    return {
        f"{kind}{layer}": cache[i + more] for layer, i in zip("123", at, strict=True) for more, kind in enumerate("Wb")
    }


@pytest.mark.parametrize("seed", range(3))
def test_regularized_gradients_are_the_slopes_of_the_regularized_cost(seed):
    """The cost that goes with the backward is the assignment's own, of the network's output."""
    for x, y, cache, lambd in regularized.backwards(np.random.default_rng(seed)):
        ones = np.ones(cache[1].shape), np.ones(cache[5].shape)

        def cost(p, x=x, y=y, ones=ones, lambd=lambd):
            out = regularized._run(x, p, *ones, 1.0)[-1]
            return regularized_network.compute_cost_with_regularization(out, y, p, lambd)

        found = regularized_network.backward_propagation_with_regularization(x, y, cache, lambd)
        alike(found, slopes(cost, parameters_of(cache, masks=False)))


@pytest.mark.parametrize("seed", range(3))
def test_dropout_gradients_are_the_slopes_of_the_cost_under_fixed_masks(seed):
    """Whatever kind of number the masks are made of."""
    for x, y, cache, keep in regularized.dropout_backwards(np.random.default_rng(seed)):
        masks = cache[1], cache[6]

        def cost(p, x=x, y=y, masks=masks, keep=keep):
            out = regularized._run(x, p, *masks, keep)[-1]
            return regularized_network.compute_cost_with_regularization(out, y, p, 0.0)

        found = regularized_network.backward_propagation_with_dropout(x, y, cache, keep)
        alike(found, slopes(cost, parameters_of(cache, masks=True)))


@pytest.mark.parametrize("seed", range(3))
def test_the_network_s_gradients_are_the_slopes_of_its_cost(seed):
    """And the program that the submission's module gets computes that cost."""
    for x, y, parameters in checking.forwards(np.random.default_rng(seed)):
        cache = checking._cache(x, parameters)
        found = gradient_checking_network.backward_propagation_n(x, y, cache)
        alike(found, slopes(lambda p, x=x, y=y: gradient_checking_network.forward_propagation_n(x, y, p), parameters))
        cost, _ = checking._forward(x.shape[1])(x, y, parameters)
        assert cost == pytest.approx(gradient_checking_network.forward_propagation_n(x, y, parameters))


@pytest.mark.parametrize("constant", [0.0, 1e-9, 1e-7, 0.2, 1 / 3, 1.0, 2.0, float("nan"), float("inf")])
def test_no_constant_passes_a_gradient_check(constant):
    """Each experiment asks for right and for wrong gradients."""
    for seed in range(5):
        for experiment in checking.whole_checks(np.random.default_rng(seed)):
            given = experiment.judge.keywords
            assert checks.judged([np.array(constant)] * len(given["want"]), **given).share == 0.0


@pytest.mark.parametrize("slope", [0.0, 1e-9, 1e9])
def test_no_constant_passes_by_a_forward_of_its_own(slope):
    """A forward that is constant or far too steep leaves 1 of every gradient, which earns nothing."""
    for experiment in checking.checks(np.random.default_rng(1)):
        given = experiment.judge.keywords
        sides = [np.array(slope * (2.0 + sign * given["epsilon"])) for sign in (1, -1)]
        results = [*sides, *([None, np.array(1.0)] * len(given["factors"]))]
        assert experiment.judge(results).share == 0.0


def test_mistakes_in_a_gradient_check_tell_themselves_apart():
    """What each of them gives is named as itself, at the first epsilon that shows it."""
    for seed in range(20):
        experiments = checking.whole_checks(np.random.default_rng(seed))
        for name in experiments[0].judge.keywords["wrong"]:
            opinions = [
                checks.judged([np.array(v) for v in e.judge.keywords["wrong"][name]], **e.judge.keywords)
                for e in experiments
            ]
            assert next(o.mistake for o in opinions if o.share < 1.0) == name.partition(" ")[0]


def test_a_cache_of_another_layout_is_told():
    """The layout is fixed, since the backward is handed caches of the marker's own."""
    rng = np.random.default_rng(0)
    experiment = regularized.forwards(rng)[0]
    given = experiment.judge.keywords
    out, cache = regularized_network.forward_propagation_with_dropout(
        given["x"], given["parameters"], given["keep_prob"]
    )
    as_floats = tuple(np.asarray(value, float) for value in cache)
    assert judges.values([(out, as_floats)], **given).share == 1.0
    assert "a tuple of 12" in judges.values([(out, as_floats[:12])], **given).message
    exchanged = (as_floats[0], as_floats[2], as_floats[1], *as_floats[3:])
    assert "D1 is no mask" in judges.values([(out, exchanged)], **given).message
    assert judges.values([out], **given).share == 0.0
    assert judges.values([(out + 1, as_floats)], **given).share == pytest.approx(2 / 3)
