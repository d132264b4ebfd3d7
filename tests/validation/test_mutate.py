"""Mutants: what is changed, and that the source they are made from stays as it is."""

from __future__ import annotations

import ast
import textwrap

import pytest

from grader.validation.mutate import mutants, reached

SAMPLE = """
import numpy as np

EPS = 1e-8


def helper(z):
    \"\"\"A docstring: 1 + 1.\"\"\"
    return 1 / (1 + np.exp(-z))


def forward(x, W, train=True):
    if train and x.ndim < 3:
        x = x - np.mean(x, axis=0, keepdims=True)
    total = 0.0
    for row in x[1:]:
        total += row.sum()
    return helper(x @ W.T), (x, W)


class Layer:
    def backward(self, dout, cache):
        x, W = cache
        return np.dot(dout, W), dout.T @ x
"""


def changes(source):
    return [m.what for m in mutants(textwrap.dedent(source))]


@pytest.mark.parametrize(
    "what",
    [
        "EPS = 1e-08 -> EPS = 0.0",
        "1 + np.exp(-z) -> 1 - np.exp(-z)",
        "1 / (1 + np.exp(-z)) -> (1 + np.exp(-z)) / 1",
        "1 + np.exp(-z) -> np.exp(-z)",
        "-z -> z",
        "np.exp -> np.expm1",
        "train and x.ndim < 3 -> train or x.ndim < 3",
        "x.ndim < 3 -> x.ndim <= 3",
        "x.ndim < 3 -> x.ndim > 3",
        "np.mean(x, axis=0, keepdims=True) -> np.mean(x, axis=0)",
        "np.mean -> np.sum",
        "total += row.sum() -> total = row.sum()",
        "total += row.sum() -> total -= row.sum()",
        "left out: total += row.sum()",
        "x[1:] -> x[1 + 1:]",
        "x[1:] -> x[1:-1]",
        "W.T -> W",
        "x @ W.T -> W.T @ x",
        "x @ W.T -> x * W.T",
        "np.dot(dout, W) -> np.dot(W, dout)",
        "return (np.dot(dout, W), dout.T @ x) -> return (dout.T @ x, np.dot(dout, W))",
        "helper(x @ W.T) -> -helper(x @ W.T)",
    ],
)
def test_each_slip_of_the_hand_is_among_the_mutants(what):
    """Signs, operands, transposes, axes, constants, comparisons, indices, order, statements."""
    assert what in changes(SAMPLE)


def test_an_axis_is_changed_and_left_out():
    """0 becomes 1, -1 becomes 0 and -2, each can be forgotten."""
    found = changes("def f(x):\n    return x.sum(axis=-1) + x.max(axis=0)")
    for what in ("x.sum()", "x.sum(axis=0)", "x.sum(axis=-2)", "x.max()"):
        assert any(w.endswith(f"-> {what}") for w in found), what
    assert "0 -> 1" in " ".join(found) or any("axis=1" in w for w in found)


def test_mutants_differ_from_each_other_and_from_the_source():
    """Each one parses, and no two are the same program."""
    made = mutants(SAMPLE)
    texts = [m.source for m in made]
    assert len(texts) == len(set(texts)) > 40
    assert ast.unparse(ast.parse(SAMPLE)) not in texts
    for text in texts:
        compile(text, "mutant", "exec")


def test_the_same_source_has_the_same_mutants():
    """In the same order, with the line that was changed."""
    assert mutants(SAMPLE) == mutants(SAMPLE)
    lines = SAMPLE.splitlines()
    by_line = {m.line: m.what for m in mutants(SAMPLE)}
    assert lines[min(by_line) - 1].startswith("EPS")


def test_what_computes_nothing_is_left_alone():
    """Docstrings, annotations, decorators, imports and messages of exceptions."""
    source = '''
    import numpy as np
    @decorated(1)
    def f(x: "1 + 2") -> "3":
        """1 + 1"""
        raise ValueError(1 + 1)
    print(1 + 1)
    '''
    assert changes(source) == []


def test_the_reach_of_a_change_is_everything_that_mentions_it():
    """A helper reaches its callers and theirs, a function only itself."""
    assert reached(SAMPLE, frozenset({"helper"})) == {"helper", "forward"}
    assert reached(SAMPLE, frozenset({"Layer"})) == {"Layer"}
    assert reached("a = 1\ndef f():\n    return a\ndef g():\n    return f()\n", frozenset({"a"})) == {"a", "f", "g"}


def test_a_source_that_does_not_parse_is_refused():
    """As Python itself refuses it."""
    with pytest.raises(SyntaxError):
        mutants("def f(:")
