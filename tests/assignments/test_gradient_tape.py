"""The gradient tape's samples and judges: what is right by another way, and what wrong tapes are called."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.gradient_tape import judges, spec, tapes
from assignments.gradient_tape.samples import NAME, Sample, graph, sample
from grader.assignment import Raised
from grader.program import METHODS
from reference import engine
from reference.solutions import gradient_tape as solution

PROPERTIES = {p.check: p for p in spec.assignment.parts[0].properties}


def drawn(check: str, seed: int = 1) -> list[Sample]:
    """The samples of a check."""
    (experiment,) = PROPERTIES[check].experiments(np.random.default_rng(seed))
    return [Sample(step.arguments[1], step.arguments[2]) for step in experiment.steps]


def judged(check: str, answers) -> judges.Opinion:
    """The opinion on what `answers(sample)` gives for each sample."""
    (experiment,) = PROPERTIES[check].experiments(np.random.default_rng(1))
    return experiment.judge([answers(s) for s in drawn(check)])


def answer(sample, grads):
    """What a class returned, as it comes out of the box."""
    return {"data": np.array(sample.data), "grads": tuple(map(np.array, grads)), "nested": np.array(0.0)}


def right(sample):
    return answer(sample, sample.grads)


def test_a_graph_that_reaches_no_leaf_is_drawn_again():
    """A product of two zeros has a gradient of zero everywhere, which shows nothing: another graph takes its place."""
    made = []

    def rule(a, b, *_):
        made.append((a - a) * (a - a) if not made else a * b)
        return made[-1]

    assert all(spec._drawn(np.random.default_rng(1), rule).grads[:2])
    assert len(made) > 1


@pytest.mark.parametrize("check", [c for c in PROPERTIES if c.startswith("backward") and c != "backward:chain"])
def test_what_is_right_is_what_the_engine_says(check):
    """Data and gradients of every sample agree with the engine's, and with the graph's own paths."""
    for each in drawn(check):
        out, pullback = engine.vjp(each.program, *each.numbers)
        assert each.data == pytest.approx(float(out), rel=1e-12)
        np.testing.assert_allclose(each.grads, [float(g) for g in pullback(1.0)], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose([sum(parts) for parts in tapes.shares(graph(each))], each.grads, rtol=1e-9)


def test_the_reference_class_is_right():
    """The hand-written class gives every sample's data and gradients."""
    for check in PROPERTIES:
        for each in drawn(check)[:8]:
            leaves = [solution.Value(x) for x in each.numbers]
            out = each.program.run(leaves, METHODS)
            out.backward()
            assert out.data == pytest.approx(each.data)
            assert [leaf.grad for leaf in leaves] == pytest.approx(list(each.grads))


def test_operations_but_functions_carry_nine_tenths():
    """A class without exp, log, tanh and sigmoid loses a tenth."""
    lost = sum(
        p.points for check, p in PROPERTIES.items() if check.rpartition(":")[2] in {"exp", "log", "tanh", "sigmoid"}
    )
    assert lost == pytest.approx(1.0)


@pytest.mark.parametrize("check", [c for c in PROPERTIES if c.startswith("backward")])
def test_right_answers_pass_and_slightly_wrong_ones_do_not(check):
    """One gradient that is off by a ten-thousandth costs something."""
    assert judged(check, right).share == 1.0
    if check != "backward:chain":
        off = judged(check, lambda s: answer(s, [*s.grads[:-1], s.grads[-1] * (1 + 1e-4)]))
        assert off.share < 1.0
        assert off.message


@pytest.mark.parametrize("nothing", [None, (), (np.array(1.0),) * 9, "text", np.array([np.nan])])
def test_what_can_not_be_read_is_wrong(nothing):
    """Whatever comes in place of gradients earns nothing and breaks nothing."""
    opinion = judged("backward:mul", lambda s: {"data": np.array(s.data), "grads": nothing})
    assert opinion.share == 0.0
    assert judged("backward:mul", lambda _: nothing).share == 0.0


@pytest.mark.parametrize("check", ["backward:add", "backward:mul", "backward:relu", "backward:tanh", "backward:pow"])
def test_an_operation_that_ignores_its_upstream_gradient_is_named(check):
    """Half is left: the derivative by itself."""
    tape = tapes.ignoring(check.partition(":")[2])
    opinion = judged(check, lambda s: answer(s, tape(graph(s))))
    assert (opinion.share, opinion.mistake) == (0.5, "upstream-ignored")


@pytest.mark.parametrize("check", ["backward:reuse", "backward:expression", "backward:mul"])
def test_a_tape_that_goes_one_level_deep_is_named(check):
    """Only what the result was made of gets gradients."""
    opinion = judged(check, lambda s: answer(s, tapes.one_level(graph(s))))
    assert opinion.share <= 0.5
    assert opinion.mistake == "one-level-deep"


@pytest.mark.parametrize("at", [0, -1])
def test_one_share_of_several_is_an_overwritten_gradient(at):
    """Whichever use came last."""
    opinion = judged(
        "backward:reuse", lambda s: answer(s, [parts[at] if parts else 0 for parts in tapes.shares(graph(s))])
    )
    assert opinion.share < 0.3
    assert opinion.mistake == "overwritten-at-fork"


@pytest.mark.parametrize(("factor", "mistake"), [(0.5, "no-topological-order"), (2.0, "shared-nodes-twice")])
def test_too_few_paths_and_too_many_are_told_apart(factor, mistake):
    """Where leaves' forks are right and those between are not, too little is a wrong order, too much a second visit."""

    def answers(s):
        shared = len(s.program.steps) > 4
        return answer(s, [g * (factor if shared else 1.0) for g in s.grads])

    opinion = judged("backward:expression", answers)
    assert opinion.share < 1.0
    assert opinion.mistake == mistake


def test_a_wrong_operation_leaves_the_forks_of_the_other_judged():
    """With * wrong, what is built of + alone decides."""

    def answers(s):
        wrong = any(name == "mul" for name, _ in s.program.steps)
        return answer(s, -s.grads if wrong else s.grads)

    assert judged("backward:reuse", answers).share == 1.0
    assert judged("backward:reuse", lambda s: answer(s, -s.grads)).share == 0.0


def test_exceptions_have_a_meaning():
    """A number on the left, an operation that is not there, a recursion that is too deep."""
    unsupported = Raised("TypeError", f"unsupported operand type(s) for -: 'float' and '{NAME}'")
    absent = Raised("AttributeError", f"'{NAME}' object has no attribute 'log'")
    deep = Raised("RecursionError", "maximum recursion depth exceeded", "line 9")
    bare = Raised("AttributeError", "'float' object has no attribute 'data'", "line 9")
    assert judged("forward:rsub", lambda _: unsupported).mistake == "number-on-the-left"
    assert judged("forward:log", lambda _: absent).mistake == "not-implemented"
    assert judged("backward:chain", lambda _: deep).mistake == "recursion-on-long-chains"
    some = judged("forward:add", lambda s: bare if s.program.constants else {"data": np.array(s.data)})
    assert (some.mistake, some.error) == ("number-not-wrapped", False)
    assert some.share == pytest.approx(4 / 6)


def test_mistakes_that_judges_name_are_explained():
    """Each name of the solution is one that a judge may give."""
    with open(judges.__file__) as file:
        text = file.read()
    assert all(f'"{m.name}"' in text for m in solution.MISTAKES)


def test_a_sample_says_what_it_is():
    """The expression and its numbers are what the student is shown."""
    shown = sample(lambda a, b: (a + 2) * b, (1.5, -2.0)).shown
    assert shown == {"expression": "(a + 2) * b", "a": 1.5, "b": -2.0}
