"""Readers of what authors wrote: a spec, a solution, expect.toml; and of what an engine says of its containers."""

from __future__ import annotations

import functools
import importlib
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import fuzz_building as building
from fuzz_intake import scratch
from fuzz_mutation import TEXT
from fuzz_reader import Reader, promise
from fuzz_sources import ROOT, times
from hypothesis import strategies as st

from grader import listing, oracle
from grader.cases import prepare
from grader.catalogue import Catalogue, course_at
from grader.errors import AssignmentError, UsageError, WallError
from grader.new import MODEL, MODEL_NAME
from grader.sandbox import image
from grader.sandbox.docker_wall import is_leftover
from grader.validation import ground as grounds
from grader.validation import zoo
from grader.validation.asking import Told

NAME: Final = MODEL_NAME


@cache
def _model() -> dict[str, bytes]:
    """The files of the model course that are read."""
    found = (MODEL.folder(NAME) / "spec.py", MODEL.solution(NAME), *(MODEL.zoo / NAME).iterdir())
    return {str(path.relative_to(MODEL.root)): path.read_bytes() for path in found if path.is_file()}


@contextmanager
def course_with(place: str, data: bytes) -> Iterator[Catalogue]:
    """The model course with one of its files replaced; its modules are forgotten afterwards."""
    folder = Path(tempfile.mkdtemp())
    try:
        for name, content in {**_model(), place: data}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        importlib.invalidate_caches()
        yield course_at(folder)
    finally:
        for name in [name for name in sys.modules if name.startswith("_folder_")]:
            del sys.modules[name]
        sys.path_importer_cache.clear()
        shutil.rmtree(folder, ignore_errors=True)


def read_spec(data: bytes) -> bool:
    """A spec, up to its checks."""
    return _read_course(f"assignments/{NAME}/spec.py", data)


def read_solution(data: bytes) -> bool:
    """A solution, up to the checks that it gives the expected values of."""
    return _read_course(f"solutions/{NAME}.py", data)


def _read_course(place: str, data: bytes) -> bool:
    with course_with(place, data) as course:
        try:
            for line in listing.lines(course.survey()):
                promise("\n" not in line, "lines")
            assignment = course.load(NAME)
            prepare(assignment, 1, oracle.load(assignment))
            prepare(assignment, 1, None)
        except (AssignmentError, UsageError) as error:
            promise("\n" not in str(error), f"one line, not {str(error)[:200]!r}")
            return False
    return True


def read_expected(data: bytes) -> bool:
    """An expect.toml, up to what is said of the zoo."""
    with scratch() as folder:
        for name in _model():
            (folder / Path(name).name).touch()
        (folder / "expect.toml").write_bytes(data)
        ground = grounds.Ground(MODEL.load(NAME), _oracle(), folder, folder)
        try:
            animals = ground.animals
        except AssignmentError as error:
            promise("\n" not in str(error), f"one line, not {str(error)[:200]!r}")
            return False
        for finding in zoo.absences(ground):
            promise(finding, "a finding")
        told = Told(3.0, 10.0, {f"{NAME}_backward:backward": "failed sign"}, {}, remarked=False)
        for animal in animals:
            zoo._unexpected(animal, told)
            zoo._not_right({1: told}, 1)
            zoo._not_wrong(animal, {1: told, 2: told}, 2)
            zoo._parts(animal)
    return True


@cache
def _oracle() -> Any:
    return oracle.load(MODEL.load(NAME))


def keep_in() -> None:
    """An author's file may do anything, and a mutant of one must not."""
    tempfile.gettempdir()  # which opens files, when it is first asked
    sys.dont_write_bytecode = True
    _oracle()
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(
        ("subprocess.", "os.exec", "os.fork", "os.kill", "socket.", "ctypes.", "os.system", "os.spawn")
    ):
        raise PermissionError(f"{event} in an author's file")
    if event in {"os.remove", "os.rename", "shutil.rmtree", "os.rmdir"} and not _is_ours(arguments[0]):
        raise PermissionError(f"{event} in an author's file")
    if (
        event == "open"
        and isinstance(arguments[1], str)
        and set(arguments[1]) & set("wax+")
        and not _is_ours(arguments[0])
    ):
        raise PermissionError("a file opened for writing in an author's file")


def _is_ours(path: object) -> bool:
    return (
        not isinstance(path, str | Path)
        or not Path(path).is_absolute()
        or str(path).startswith((tempfile.gettempdir(), "/proc/self"))
    )


# --- samples ----------------------------------------------------------------------------------------------------------


def part(path: Path) -> Callable[[], Sequence[bytes]]:
    """A file of the model course, and those of the built-in course that are like it, under the model's name."""

    @functools.cache
    def samples() -> Sequence[bytes]:
        found = [path] * 4  # the others are refused before their checks are made
        found += [
            ROOT / "assignments" / n / "spec.py"
            for n in ("softmax", "gates", "dropout", "gradient_check")
            if path.name == "spec.py"
        ]
        found += [
            ROOT / "reference" / "solutions" / f"{n}.py"
            for n in ("softmax", "losses")
            if path.parent.name == "solutions"
        ]
        found += [ROOT / "tests" / "zoo" / n / "expect.toml" for n in ("softmax", "dropout") if path.suffix == ".toml"]
        return [
            re.sub(rb"(?<=\[\")[\w.-]+(?=\"\])", b"right_arrays.py", p.read_bytes())
            if i > 3 and p.suffix == ".toml"
            else p.read_bytes()
            for i, p in enumerate(found)
        ]

    return samples


# --- built ------------------------------------------------------------------------------------------------------------

value = st.one_of(
    st.sampled_from((
        "'X'", "('X',)", "('X', 'c')", "'Y'", "()", "None", "cases", "cases(0)", "lambda rng: [(1.0, 2.0)]", "lambda rng: []",
        "lambda rng: 1 / 0", "lambda rng: [1]", "lambda rng: None", "lambda: 1", "print", "1", "-1", "{}", "[]", "{'X': 1}",
        "float('nan')", "10**400", "'\\x1b[2J\\n'", "'\\udcff'", "object()", "Points()", "Points(forward=3, backward=6)",
        "Points(forward=-3)", "Points(forward='3')", "Points(stages={'a': 1})", "Points(stability=2)", "Pair", "Assignment",
        "[('X', 3)]", "(Example(inputs=(1,), output=2),)", "np.ones(3)", "np", "...", "type('T', (), {})()", "Ellipsis", "'a' * 10**6",
        "lambda rng: [(np.ones((2, 3)), 2.0)] * 2", "lambda rng: [(rng.normal(size=3), float('nan'))]", "lambda rng: [('a', 'b')]",
        "lambda rng: [(np.ones((0,)), 1.0)]", "lambda rng: [(10**400, 1.0)]", "lambda rng: [({}, [])]", "lambda rng: [(1j, 2)]",
    )),
    st.one_of(building.plain, building.text).map(repr),
)  # fmt: skip
keyword = st.sampled_from(
    "name inputs output outputs cases points extremes differentiable examples stages changes axes cached forward backward "
    "gradients functions properties title topic parts steps wrt upstreams".split()
)
arguments = st.dictionaries(keyword, value, max_size=1).map(
    lambda found: ", ".join(f"{k}={v}" for k, v in found.items())
)
maker = st.sampled_from(("Pair", "Function", "Experiments", "Assignment", "Points", "dict", "tuple"))
built_part = st.one_of(
    st.builds("{}({})".format, maker, arguments),
    st.builds("Pair('scaled_square', ('X', 'c'), 'y', cases, Points(forward=3, backward=6), {})".format, arguments),
    st.builds("Function('scaled_square', ('X', 'c'), ('y',), cases, Points(forward=3), {})".format, arguments),
    value,
)
HEAD: Final = """\
import numpy as np
from grader.assignment import *
from grader.assignment import Assignment, Example, Experiments, Function, Pair, Points
def cases(rng):
    return [(rng.normal(size=(2, 3)), 2.0)]
"""
specs = st.builds(
    lambda parts, more, tail: f"{HEAD}{more}assignment = Assignment(title='T', topic='t', parts=({', '.join(parts)},)){tail}\n".encode("utf-8", "replace"),
    st.lists(built_part, min_size=1, max_size=2),
    st.sampled_from(("", "", "", "raise SystemExit(3)\n", "from . import nothing\n", "import nothing_of_the_kind\n", "exec('1/')\n", "raise Exception('a\\nb')\n")),
    st.sampled_from(("", "", "", "\nassignment = 3", "\ndel assignment", "\n(", "\nclass E(Exception):\n    def __str__(self): return 1/0\nraise E")),
)  # fmt: skip
solution_value = st.one_of(
    value,
    st.sampled_from((
        "(Mistake('sign', 'scaled_square_backward', 't', 'r', predict=lambda *a: 1),)",
        "[Mistake('sign', 'scaled_square_backward', 't', 'r', 'read', lambda dy, X, c: (dy, X))]",
        "(Mistake('sign', 'nothing', 't', 'r'),)", "Mistake('a', 'b', 'c', 'd')", "lambda X, c: c * X**2", "lambda X: X", "lambda X, c: (X, c)",
        "lambda X, c: None", "lambda X, c: 1 / 0", "lambda X, c: 'a'", "lambda X, c: {}", "lambda X, c: np.sum(X)", "lambda X, c: X.foo",
    )),
)  # fmt: skip
solutions = st.builds(
    lambda forward, mistakes, more: (
        f"import numpy as np\nfrom reference.solution import *\nfrom reference.solution import Mistake\n"
        f"scaled_square_forward = {forward}\nscaled_square = {forward}\nMISTAKES = {mistakes}\n{more}"
    ).encode("utf-8", "replace"),
    solution_value,
    solution_value,
    st.one_of(st.just(""), solution_value.map("FOLLOW = {}".format)),
)
toml_value = st.one_of(
    building.plain.map(lambda v: '"x"' if v is None else str(v).lower() if isinstance(v, bool) else repr(v) if not isinstance(v, str) else '"' + re.sub(r'[\x00-\x1f"\\\x7f\ud800-\udfff]', "?", v) + '"'),
    st.sampled_from(("nan", "inf", "-inf", "[]", "[1, [2]]", "{a = 1}", "1979-05-27T07:32:00Z", "07:32:00", "0x_1", "1e999", '"""', "'''a'''")),
)  # fmt: skip
toml_key = st.sampled_from(
    ("score", "scaled_square_backward:backward", "scaled_square_forward:forward", "a", '"b c"', "''", "a.b")
)
tables = st.sampled_from(
    (
        '["wrong_factor-missing.py"]',
        '["unfinished_backward.py"]',
        '["right_loops.py"]',
        "[a]",
        "[[a]]",
        '["nothing.py"]',
        "",
        "[",
    )
)
expectations = st.lists(
    st.tuples(tables, st.lists(st.builds("{} = {}".format, toml_key, toml_value), max_size=3)), max_size=3
).map(lambda found: "\n".join(f"{head}\n" + "\n".join(lines) for head, lines in found).encode("utf-8", "replace"))


# --- the engine -------------------------------------------------------------------------------------------------------


def read_labels(found: dict[str, str]) -> bool:
    """An engine's labels of containers and images, which anybody may have made."""
    left = [is_leftover(owner, state) for owner in found.values() for state in ("running", "exited")]
    try:
        image.find(_Engine(found), "box")
    except WallError:
        return any(left)
    return True


class _Engine:
    """An engine that holds one image."""

    def __init__(self, labels: dict[str, str]) -> None:
        self.images, self.labels, self.id = self, labels, "1"

    def get(self, _: str) -> _Engine:
        """The image."""
        return self


def _owners() -> Any:
    import socket

    pid = st.one_of(
        st.sampled_from(("0", "1", "-1", "999999999", "9" * 30, "٣", "²", "", "1_0", " 1", "9" * 5000)), building.text
    )
    return st.builds("{}:{}:{}".format, st.one_of(st.just(socket.gethostname()), building.text), pid, building.text)


labels = st.dictionaries(
    st.one_of(st.sampled_from(sorted(image.labels())), building.text), st.one_of(_owners(), building.text), max_size=4
)

READERS: Final = (
    Reader(
        "spec",
        read_spec,
        specs,
        part(MODEL.folder(NAME) / "spec.py"),
        {"round": times("(")},
        prepare=keep_in,
        extreme_mib=2048,
        strict=False,
        changes=TEXT,
    ),
    Reader(
        "solution",
        read_solution,
        solutions,
        part(MODEL.solution(NAME)),
        {"round": times("(")},
        prepare=keep_in,
        extreme_mib=2048,
        strict=False,
        changes=TEXT,
    ),
    Reader(
        "expect",
        read_expected,
        expectations,
        part(MODEL.zoo / NAME / "expect.toml"),
        {
            "nested": lambda: b"a = " + b"[" * 100_000,
            "dots": lambda: b"a." * 2_000 + b"b = 1",
            "tables": lambda: b"[" + b"a." * 2_000 + b"b]",
        },
        prepare=keep_in,
        changes=TEXT,
    ),
    Reader("labels", read_labels, labels),
)
