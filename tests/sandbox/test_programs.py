"""Functions described as data, in the grader and in every wall; the calls of the box's own."""

from __future__ import annotations

import inspect
from types import FunctionType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import Earlier
from grader.errors import AssignmentError
from grader.program import METHODS, Symbol, bind, drive, program
from grader.sandbox import vetting, wire
from grader.sandbox.programs import counting
from grader.values import Question, Reply, numeric
from reference import engine

VALUE = """
class Value:
    def __init__(self, data, made_of=()):
        self.data, self.grad, self.made_of = data, None, made_of

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    __radd__ = __add__

    def exp(self):
        raise ArithmeticError("line 17")

    def backward(self):
        order, met, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in met:
                met.add(id(node))
                stack += [(node, True), *((value, False) for value, _ in node.made_of)]
        self.grad = 1.0
        for node in reversed(order):
            for value, slope in node.made_of:
                value.grad = (value.grad or 0.0) + slope * node.grad
"""


def ask(asker, *calls, aliases=None):
    """The outcomes of calls given as (name, arguments) or (name, arguments, options), and their values."""
    question = Question()
    for name, arguments, *options in calls:
        question.call(name, arguments, **(options[0] if options else {}))
    asked = question.ask()
    answer, data = asker.box.ask(wire.Ask(asked.calls, aliases=aliases or {}), question.payload)
    return answer.outcomes, [numeric(Reply(answer.outcomes, data), outcome.value) for outcome in answer.outcomes]


def step(made):
    """A step as a call."""
    return made.function, made.arguments


# --- programs ---------------------------------------------------------------------------------------------------------


def test_a_program_computes_what_it_was_traced_from():
    """Operators, numpy's functions and methods, with constants on either side."""
    weights = np.array([1.0, -2.0])

    def f(x, y):
        return np.sum(weights * x**2) + 3.0 / (1 + np.exp(-y)) - x[1] * np.tanh(y), -y

    traced = program(f, "x", "y")
    x, y = np.array([0.5, 1.5]), 0.25
    assert traced(x, y)[0] == f(x, y)[0]
    assert traced(x, y)[1] == -y


def test_gradients_of_a_program_are_the_engines():
    """The engine traces a program as it traces a function."""
    traced = program(lambda x: np.sum(np.sin(x) * x) + x[0].sigmoid() + x[1].relu(), "x")
    x = np.array([0.4, 1.2])
    found = engine.vjp(traced, x)[1](1.0)[0]
    s = 1 / (1 + np.exp(-0.4))
    np.testing.assert_allclose(found, np.cos(x) * x + np.sin(x) + [s * (1 - s), 1.0])


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_a_program_reads_as_it_computes(numbers):
    """The formula that people are shown, evaluated as Python, gives the program's value."""
    traced = program(lambda a, b, c: (a - b) * -c + a**2 - (-1.5) * (b + c), "a", "b", "c")
    assert eval(traced.formula, dict(zip("abc", numbers, strict=True))) == pytest.approx(traced(*numbers))


def test_a_value_that_is_used_twice_has_a_name():
    """A formula tells what is one value and what is computed twice."""

    def twice(a, b):
        e = a * b
        return e * (e + a)

    assert program(twice, "a", "b").formula == "u * (u + a) with u = a * b"
    assert program(lambda a, b: (a * b) * (a * b), "a", "b").formula == "(a * b) * (a * b)"


def test_a_long_program_reads_short():
    """The formula of thousands of steps is cut."""

    def chain(x):
        for _ in range(5000):
            x = x * 2.0 + x
        return x

    assert len(str(program(chain, "x"))) < 400


def test_what_no_program_can_hold_is_refused():
    """An operation that has no name, options of numpy's, a symbol of another program."""
    with pytest.raises(AttributeError, match="no operation 'mean'"):
        program(lambda x: x.mean(), "x")
    with pytest.raises(AssignmentError, match="axis"):
        program(lambda x: np.sum(x, axis=0), "x")
    kept: list[Symbol] = []
    program(kept.append, "x")
    with pytest.raises(AssignmentError, match="another"):
        program(lambda y: y + kept[0], "y")


def test_a_made_function_is_one():
    """A Python function with a signature, which takes its arguments by position and by name."""
    made = program(lambda x, theta: x * theta, "x", "theta", name="forward").function()
    assert type(made) is FunctionType
    assert made.__name__ == "forward"
    assert list(inspect.signature(made).parameters) == ["x", "theta"]
    assert made(2.0, theta=3.0) == 6.0
    with pytest.raises(TypeError, match="missing"):
        made(2.0)
    assert made.calls == 2


def test_a_counted_function_keeps_its_attributes():
    """What a function keeps as attributes of itself is there under either name, and stays."""

    def forward(x):
        forward.last = x
        return x

    forward.last = 0
    counted, count = counting(forward)
    counted(3)
    counted.last += 1
    assert (forward.last, count()) == (4, 1)


# --- in the box -------------------------------------------------------------------------------------------------------


def test_a_function_is_passed_in_and_counts_its_calls(asker):
    """A submission calls what it was given; the count is asked for afterwards."""
    asker.load("def slope(f, x, e):\n    return (f(x + e) - f(x - e)) / (2 * e)\n")
    square = program(lambda x: x**2, "x")
    _, values = ask(
        asker,
        (wire.SAME, (square,)),
        ("slope", (Earlier(0), 3.0, 1e-3)),
        (wire.CALLS, (Earlier(0),)),
    )
    assert values[1] == pytest.approx(6.0)
    assert values[2] == 2


def test_a_function_of_the_module_is_replaced_for_one_question(asker):
    """What was bound is called, by position and by name, and gone with the next question, whatever raised."""
    asker.load("def g(x):\n    return 10 * x\ndef f(x):\n    return g(x) + g(x=x)\ndef bad(x):\n    raise ValueError\n")
    other = program(lambda x: -x, "x", name="g")
    _, values = ask(
        asker, ("f", (1.0,)), step(bind("g", other)), step(bind("new", 5.0)), ("f", (1.0,)), ("bad", (1.0,))
    )
    assert (float(values[0]), float(values[3])) == (20.0, -2.0)
    outcomes, values = ask(asker, ("f", (1.0,)), ("new", ()))
    assert float(values[0]) == 20.0
    assert outcomes[1].error.type == "NameError"


def test_calls_of_the_submissions_own_are_counted(asker):
    """A backward that calls its forward is found out; the counts come in the order in which they were asked for."""
    asker.load("def f(x):\n    return x\ndef b(x):\n    return f(x + 1) - f(x - 1)\ndef none(x):\n    return x\n")
    outcomes, _ = ask(
        asker,
        ("b", (1.0,), {"count": ("none", "f", "nowhere")}),
        ("b", (1.0,)),
    )
    assert outcomes[0].counted == (0, 2, 0)
    assert outcomes[1].counted == ()


def test_a_class_is_driven(asker):
    """Operators with objects and numbers on either side, backward(), and what it raises at its own line."""
    asker.load(VALUE)
    expression = program(lambda a, b: 2 + a * b + a, "a", "b")
    failing = program(lambda a: a.exp(), "a")
    missing = program(lambda a: 2 - a, "a")
    outcomes, values = ask(
        asker,
        step(drive("Value", expression, (2.0, -3.0))),
        step(drive("Value", expression, (2.0, -3.0), backward=False)),
        step(drive("Value", failing, (1.0,))),
        step(drive("Value", missing, (1.0,))),
        step(drive("Nobody", missing, (1.0,))),
    )
    assert float(values[0]["data"]) == -2.0
    assert [float(g) for g in values[0]["grads"]] == [-2.0, 2.0]
    assert values[1].keys() == {"data"}
    assert (outcomes[2].error.type, outcomes[2].error.where) == ("ArithmeticError", "line 17")
    assert (outcomes[3].error.type, outcomes[3].error.where) == ("TypeError", "")
    assert outcomes[4].error.type == "NameError"


def test_a_long_chain_is_driven_without_recursion(asker):
    """Thousands of operations: the driver itself needs no stack."""

    def chain(a, b):
        for _ in range(5000):
            a = a + b
        return a

    asker.load(VALUE)
    _, values = ask(asker, step(drive("Value", program(chain, "a", "b"), (1.0, 0.5))))
    assert float(values[0]["data"]) == 2501.0
    assert [float(g) for g in values[0]["grads"]] == [1.0, 5000.0]


def test_an_alias_finds_what_is_called_otherwise(asker):
    """Names that a question uses stand for the submission's own."""
    asker.load(VALUE.replace("Value", "Tensor"))
    expression = program(lambda a: a + a, "a")
    outcomes, values = ask(asker, step(drive("Value", expression, (1.0,))), aliases={"Value": "Tensor"})
    assert outcomes[0].error is None
    assert float(values[0]["grads"][0]) == 2.0


def test_a_keyword_that_tracks_gradients_is_given(asker):
    """requires_grad=True where the constructor has it; a grad that is an object is read through its data."""
    asker.load(
        "class Value:\n"
        "    def __init__(self, data, requires_grad=False):\n"
        "        self.data, self.tracked, self.grad = data, requires_grad, None\n"
        "    def __mul__(self, k):\n"
        "        out = Value(self.data * k, self.tracked)\n"
        "        out.of = self\n"
        "        return out\n"
        "    def backward(self):\n"
        "        self.of.grad = Value(3.0) if self.of.tracked else None\n"
    )
    _, values = ask(asker, step(drive("Value", program(lambda a: a * 3.0, "a"), (1.0,))))
    assert float(values[0]["grads"][0]) == 3.0
    assert bool(values[0]["nested"])


def test_a_classs_members_are_told(asker):
    """Public names and operators, inherited ones too."""
    loaded = asker.load(VALUE + "class Sub(Value):\n    def extra(self): pass\n    def _own(self): pass\n")
    members = {d.name: d.members for d in loaded.definitions}
    assert {"__add__", "__mul__", "__radd__", "backward", "exp"} == set(members["Value"])
    assert set(members["Sub"]) - set(members["Value"]) == {"extra"}


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_an_answer_holds_no_program_and_no_counts_that_nobody_asked_for():
    """A box that makes up counts, or sends a program, wrote no proper answer."""
    question = wire.Ask((wire.Call("f", (), count=("g",)), wire.Call("f", ())))
    right = (wire.Outcome(wire.Nothing(), counted=(3,)), wire.Outcome(wire.Nothing()))
    assert vetting.answer(wire.Answer(right), b"", question, output_bytes=10).outcomes == right
    made_up = wire.Program("f", (), (), (), 0)
    for wrong in (
        (right[0], wire.Outcome(wire.Nothing(), counted=(1,))),
        (wire.Outcome(wire.Nothing(), counted=(-1,)), right[1]),
        (wire.Outcome(wire.Nothing(), counted=(1, 2)), right[1]),
        (right[0], wire.Outcome(made_up)),
    ):
        with pytest.raises(wire.WireError):
            vetting.answer(wire.Answer(wrong), b"", question, output_bytes=10)


def test_operations_on_objects_are_those_on_numbers():
    """Whatever a class is asked for, the grader can compute."""
    for name in ("add", "sub", "mul", "truediv", "pow", "neg"):
        traced = program(lambda a, b, name=name: getattr(a, name)(*([] if name == "neg" else [b])), "a", "b")
        assert traced.run((4.0, 2.0), METHODS) == traced(4.0, 2.0)
