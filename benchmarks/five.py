"""The five questions as a plain module of tests, for graders that run tests in the student's own process.

It stands beside `five.json`, which holds inputs and right answers, and needs numpy alone: nbgrader, otter-grader and
check50 copy it to where they run.
"""

import json
import os

import numpy as np


def check(assignment, names):
    """Asserts that the functions in `names` give what is right, in every case of an assignment."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "five.json"), encoding="utf-8") as file:
        questions = json.load(file)[assignment]
    for question in questions:
        for case in question["cases"]:
            _case(question, case, names)
    if assignment == "dropout":
        _dropout(names)


def _case(question, case, names):
    inputs = [np.array(value) if isinstance(value, list) else value for value in case["inputs"]]
    if question["forward"]:
        cache = names[question["forward"]](*inputs)[-1]
        upstreams = [np.array(value) if isinstance(value, list) else value for value in case["upstreams"]]
        found = names[question["function"]](*upstreams, cache)
    else:
        found = names[question["function"]](*inputs)
        found = found[:-1] if question["paired"] else found
    if isinstance(found, dict):
        found = [found[name] for name in case["names"]]
    elif not isinstance(found, tuple):
        found = (found,)
    for name, got, want in zip(case["names"], found, case["expected"]):
        assert np.shape(got) == np.shape(want), f"{question['function']}: the shape of {name}"
        assert np.allclose(got, want, rtol=1e-6, atol=1e-9), f"{question['function']}: {name}"


def _dropout(names):
    rng = np.random.default_rng(0)
    a = rng.uniform(0.5, 1.5, size=(100, 100))
    for keep in (0.3, 0.5, 0.8):
        out, cache = names["dropout_forward"](a, keep, True)
        kept = out != 0
        assert abs(kept.mean() - keep) < 0.05, "the share of units that are kept"
        assert np.allclose(out[kept], a[kept] / keep), "the scale of units that are kept"
        dout = rng.normal(size=a.shape)
        da = names["dropout_backward"](dout, cache)
        assert np.allclose(da, np.where(kept, dout / keep, 0)), "da"
        assert np.array_equal(names["dropout_forward"](a, keep, False)[0], a), "train=False"
