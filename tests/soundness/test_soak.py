"""A cut of `make soak`: no right solution fails a check, no slightly wrong one passes, and both would be seen."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest
import soak
from rich.console import Console

from grader.errors import AssignmentError
from grader.sandbox import wire
from grader.validation import ground as grounds

CUT = ("sigmoid_neuron", "softmax")


@pytest.mark.parametrize("name", CUT)
def test_right_solutions_stay_right(name):
    """In every style, with room to spare: no error comes near what is allowed."""
    found = soak.soak(name, range(5))
    assert found.failed == 0, found.told
    assert found.files >= 4
    assert found.cases > 100
    assert 0.0 < found.worst < 0.5


@pytest.mark.parametrize("kind", soak.KINDS)
@pytest.mark.parametrize(
    ("name", "function"), [("softmax", "softmax_backward"), ("sigmoid_neuron", "sigmoid_neuron_forward")]
)
def test_slightly_wrong_solutions_do_not_pass(name, function, kind, monkeypatch):
    """An entry off by 1e-4, an entry missing, one call in a hundred."""
    monkeypatch.setattr(soak, "RARE_CASES", 1_000)
    animal, functions = soak.plantable(grounds.load(name, None))
    assert function in functions
    found = soak.plant(name, animal.path.name, function, kind)
    assert not found.passed
    assert found.caught == found.runs if kind != "rare" else 0 < found.caught < found.runs


def test_a_right_solution_that_fails_is_counted(monkeypatch):
    """The count is not of nothing: with a spoilt file in place of a right one every seed fails."""
    read = grounds.Ground.read

    def spoilt(ground, path):
        file = read(ground, path)
        return soak.spoil(file, "softmax_jacobian", "off", frozenset(), paired=False) if path.suffix == ".py" else file

    monkeypatch.setattr(grounds.Ground, "read", spoilt)
    found = soak.soak("softmax", range(2))
    assert found.failed >= 2 * 3
    assert found.worst > 1.0
    assert "softmax_jacobian" in found.told[0]


def test_a_fault_that_passes_is_shown():
    """Nothing but a fault within the tolerance gets by, and it would be told."""
    ground = grounds.load("sigmoid_neuron", None)
    file = soak.spoil(
        ground.read(ground.zoo / "right_rows.py"), "sigmoid_neuron_forward", "off", frozenset(), paired=True
    )
    faint = replace(file, cells=(wire.Cell("x.py", file.cells[0].source.replace("1 + 1e-4", "1 + 1e-9")),))
    with soak.validate.wall(soak.PATIENT) as wall:
        for source, loses in ((file, True), (faint, False)):
            with soak.asked(source, wall) as box:
                assert box.judge(ground.prepared(1)).loses is loses
    console = Console(width=120)
    with console.capture() as captured:
        soak.show([], [soak.Planted("sigmoid_neuron", "f", "off", 3, 2)], console)
    assert "PASSED sigmoid_neuron: f, off: caught in 2 of 3 runs" in captured.get()


def test_what_is_spoilt_is_one_entry_of_one_value():
    """The largest of the largest, and no other; a forward's cache stays as it is."""
    x = np.array([[1.0, -5.0], [2.0, 0.0]])
    off = soak._planted(lambda: (x, {"x": x}), "off", set())
    off.paired = True
    out, cache = off()
    assert cache["x"] is x
    assert np.argwhere(out != x).tolist() == [[0, 1]]
    assert out[0, 1] == pytest.approx(-5.0 * 1.0001)
    missing = soak._planted(lambda: {"a": 1.5, "b": [x], "more": 9.0}, "missing", {"a", "b"})
    missing.paired = False
    found = missing()
    assert (found["a"], found["more"]) == (1.5, 9.0)
    assert found["b"][0][0, 1] == 0.0
    rare = soak._planted(lambda z: z, "rare", set())
    rare.paired = False
    wrong = sum(rare(float(z)) != z for z in range(1, 20_001))
    assert 100 < wrong < 300


def test_as_many_seeds_are_asked_as_make_the_cases():
    """Every assignment gets the same seeds, and together they make what was asked for."""
    todo = list(soak.pieces(CUT, 20_000))
    spans = {name: [p.seeds for p in todo if p.name == name and p.seeds] for name in CUT}
    assert spans[CUT[0]] == spans[CUT[1]]
    assert sum(map(len, spans[CUT[0]])) > soak.CHUNK
    assert {p.kind for p in todo if p.function == "softmax_jacobian"} == set(soak.KINDS)


@pytest.mark.parametrize(("name", "size"), [("sigmoid_neuron", 1e-6), ("matmul_gate", 1e-6), ("matmul_gate", 1e3)])
def test_right_solutions_stay_right_at_other_sizes(name, size):
    """Tolerances follow the size of what goes in."""
    found = soak.soak(name, range(2), size)
    assert found.failed == 0, found.told
    (pair,) = (soak.sized(part, size) for part in grounds.load(name, None).assignment.parts)
    largest = max(np.abs(value).max() for inputs in pair.cases(np.random.default_rng(1)) for value in inputs)
    assert 0.1 * size < largest < 10 * size


def test_a_seed_at_which_nothing_can_be_drawn_is_a_failure():
    """It does not end the soak: it is counted, and told with its seeds."""
    future = Future()
    future.set_exception(AssignmentError("its cases can't be made"))
    found = soak._told(soak.Piece("softmax", range(5, 8)), future)
    assert found.failed == 1
    assert found.told == ["softmax at seeds range(5, 8): its cases can't be made"]
