"""Readers of what users type, in this process with the work itself left out; and whole commands as processes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest import mock

import fuzz_building as building
import fuzz_mutation
import fuzz_sources
import typer
from fuzz_intake import file_names, scratch, zip_samples
from fuzz_reader import Reader, promise
from hypothesis import strategies as st

from grader import cli, doctor, validate
from grader.errors import WallError
from grader.sandbox.choice import check_sandlock

CODES: Final = frozenset({0, 1, 2, 3})
CLASS: Final = 12
"""Students of a class that is graded as a process."""


# --- arguments --------------------------------------------------------------------------------------------------------


def read_arguments(arguments: Sequence[str]) -> bool:
    """A command line, read by the command up to where the work begins."""
    out, err = _Screen(), _Screen()
    with _elsewhere() as folder, _without_work(), mock.patch.object(sys, "argv", ["grader", *arguments]):
        before = os.getcwd()
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = cli._run()
        finally:
            os.chdir(before)
    said = err.getvalue()
    promise(sorted(os.listdir(fuzz_sources.ROOT / "assignments")) == _here(), "the checkout as it was")
    promise(code in CODES, f"a documented exit code, not {code}")
    promise("Traceback" not in said and "a bug in the grader" not in said, f"no traceback, not {said[-600:]!r}")
    promise(code != 3 or said.count("\n") <= 2, f"a line why, not {said[:300]!r}")
    if code == 2 and arguments:
        promise(said.startswith("grader: "), f"a line of the grader's, not {said[:300]!r}")
    promise("\x1b[2J" not in said and "\u202e" not in said, "no terminal sequences")
    return code != 2


def make_ready() -> None:
    """Makes the commands before the real ones are out of reach, and looks at what must stay."""
    _commands()
    _here()


@cache
def _here() -> list[str]:
    return sorted(os.listdir(fuzz_sources.ROOT / "assignments"))


class _Screen(io.TextIOWrapper):
    """A terminal that takes UTF-8 and nothing else."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True)

    def getvalue(self) -> str:
        """What it shows."""
        self.seek(0)
        return self.read()


@contextlib.contextmanager
def _elsewhere() -> Iterator[Path]:
    """A folder with a little of everything, which is home too."""
    with scratch() as folder:
        (folder / "class").mkdir()
        (folder / "class" / "ada.py").write_text("def softmax(x):\n    return x\n", encoding="utf-8")
        (folder / "ada.py").write_text("x = 1\n", encoding="utf-8")
        (folder / "bad.ipynb").write_text("{", encoding="utf-8")
        (folder / "bad.zip").write_bytes(b"PK\x03\x04")
        (folder / "loop").symlink_to("loop")
        (folder / "course" / "assignments" / "mine").mkdir(parents=True)
        (folder / "course" / "assignments" / "mine" / "spec.py").write_text("assignment = 1 / 0\n", encoding="utf-8")
        os.mkfifo(folder / "fifo.py")
        with mock.patch.dict(os.environ, {"HOME": str(folder), "COLUMNS": "80"}):
            yield folder


def _enough(*_: object, **__: object) -> Any:
    """The arguments were understood: here the work would begin."""
    raise typer.Exit(0)


@cache
def _commands() -> Any:
    """The commands, which take longer to make than to read a line."""
    return typer.main.get_command(cli.app)


@contextlib.contextmanager
def _without_work() -> Iterator[None]:
    """Nothing is graded, checked, validated, built or examined."""
    from grader import batch, selfcheck
    from grader.sandbox import engine, image

    with contextlib.ExitStack() as stack:
        for place, name in (
            (batch, "run"),
            (selfcheck, "NoneWall"),
            (selfcheck, "changes"),
            (validate, "run"),
            (doctor, "examine"),
            (image, "build"),
            (engine, "connect"),
        ):
            stack.enter_context(mock.patch.object(place, name, _enough))
        stack.enter_context(mock.patch("grader.course.prepare_all", _enough))
        # Without --course an assignment is laid out in this checkout.
        stack.enter_context(mock.patch("grader.new._files", return_value=[]))
        stack.enter_context(mock.patch("grader.sandbox.launch.launch"))
        made = typer.main.get_command
        remembered = mock.patch("typer.main.get_command", lambda app: _commands() if app is cli.app else made(app))
        stack.enter_context(remembered)
        yield


paths = st.one_of(
    st.sampled_from(("class", "ada.py", "course", "out")),
    st.sampled_from(("class", "ada.py", "course", "out")),
    st.sampled_from((
        "class", "class/", "ada.py", "bad.ipynb", "bad.zip", "loop", "fifo.py", "nowhere", "nowhere/x.py", ".", "..", "", "-", "--", "~",
        "~nobody/x", "/dev/null", "/dev/full", "/proc/self/mem", "/dev/null/x", "class/../class", "course", "course/assignments",
        "course/assignments/mine", "x" * 300, "x" * 5000, "a\nb", "a\x1b[2Jb", "a\u202eb", "\udcff",  "=1", "[red]x", "a b", "'", "out", "out/x",
    )),
    file_names.map(lambda name: name.replace("/", "_")),
)  # fmt: skip
number = st.one_of(
    st.sampled_from(("1", "2", "64")),
    st.sampled_from(("1", "2", "64")),
    st.sampled_from(("0", "1", "-1", "1e9", "nan", "inf", "-inf", "1_0", "٣", "0x10", "", " 1", "9" * 40, "9" * 5000, "1.5", "1e400", "a", "2147483648")),
    building.text,
)  # fmt: skip
name = st.one_of(
    st.just("softmax"),
    st.sampled_from(("softmax", "sofmax", "mine", "", "..", "../softmax", "a/b", "class", "None", "İ", "_x", "x" * 61)),
    building.text,
)
pairs = {
    "--out": paths,
    "--course": paths,
    **dict.fromkeys(("--assignment", "-a", "--sandbox", "--runtime", "--base"), name),
    **dict.fromkeys(
        "--jobs --seed --question-time --submission-time --memory --processes --output --frame --seeds --inputs".split(),
        number,
    ),
}
flags = "--json --watch --fresh --resume --refuse-numerical --accept-numerical --version -h --help --build".split()
TAKES: Final = {
    "grade": "--assignment -a --course --sandbox --runtime --jobs --seed --fresh --refuse-numerical --memory --frame --question-time",
    "check": "--assignment -a --course --json --watch --seed --question-time",
    "list": "--course",
    "new": "--course",
    "validate": "--course --seeds --inputs --jobs",
    "doctor": "--build --base --json",
    "schema": "-h",
}


@st.composite
def command_lines(draw: Any) -> list[str]:
    """A line that is nearly right: now and then a word of it is any."""
    first = draw(st.sampled_from(("grade", "grade", "check", "check", "list", "new", "validate", "doctor", "schema")))
    line = [first]
    if first in {"grade", "check"}:
        line.append(draw(paths))
    elif first in {"new", "validate"}:
        line.append(draw(name))
    if first == "grade":
        line += ["--out", draw(building.one_in(3, paths, st.just("out")))]
    for _ in range(draw(st.integers(0, 2))):
        option = draw(building.one_in(8, st.sampled_from((*pairs, *flags)), st.sampled_from(TAKES[first].split())))
        line += [option, draw(pairs[option])] if option in pairs else [option]
    if draw(st.integers(1, 6)) == 1:
        line.insert(draw(st.integers(0, len(line))), draw(building.text))
    return [word.replace("\0", "") for word in line]


# --- whole commands ---------------------------------------------------------------------------------------------------


def _told(*arguments: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)],
        cwd=fuzz_sources.ROOT,
        capture_output=True,
        check=False,
        timeout=280,
        stdin=subprocess.DEVNULL,
    )
    out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    promise(done.returncode in CODES, f"a documented exit code, not {done.returncode}: {err[-300:]}")
    promise("Traceback" not in err and "a bug in the grader" not in err, f"no traceback, not {err[-900:]!r}")
    return done.returncode, out, err


def read_class(files: Sequence[tuple[str, bytes]]) -> bool:
    """A class of mutants, graded: everybody has a row and a result, and it is our fault nowhere."""
    with scratch() as folder:
        (folder / "class").mkdir()
        for file, content in files:
            (folder / "class" / file).write_bytes(content)
        wall = "sandlock" if _has_sandlock() else "none"
        limits = ("--question-time", 3, "--submission-time", 10)
        code, _, err = _told(
            "grade",
            folder / "class",
            "--out",
            folder / "out",
            "-a",
            "softmax",
            "-a",
            "sigmoid_neuron",
            "--sandbox",
            wall,
            "--jobs",
            1,
            "--seed",
            1,
            *limits,
        )
        promise(code == 0, f"everybody graded, not {code}: {err[-300:]}")
        promise(err == "", f"nothing on stderr, not {err[-300:]!r}")
        rows = (folder / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()[1:]
        students = {Path(file).stem for file, _ in files}
        promise(len(rows) == len(students), "a row for everybody")
        found = sorted((folder / "out" / "results").rglob("*.json"))
        promise(len(found) == 2 * len(students), "a result for everybody and each assignment")
        for path in found:
            result = json.loads(path.read_text(encoding="utf-8"))
            promise(result["status"] == "graded" and 0 <= result["score"] <= result["max_score"], "a score")
            ours = [said for check in result["checks"] for said in check["instructor"] if "please report it" in said]
            promise(not ours, f"our own judging holds, not {ours[:1]}")
    return True


def _has_sandlock() -> bool:
    try:
        check_sandlock()
    except WallError:
        return False
    return True


def read_checked(given: tuple[str, bytes]) -> bool:
    """A student's own mutant, checked."""
    file, content = given
    with scratch() as folder:
        (folder / file).write_bytes(content)
        code, out, err = _told("check", folder / file, "--json", "--seed", 1, "--question-time", 3)
        promise(code in {0, 1, 2}, f"never our fault: {err[-300:]}")
        if code == 2:
            promise(err.count("\n") == 1 and err.startswith("grader: "), f"one line, not {err[-300:]!r}")
        else:
            promise(json.loads(out), "results")
        return code != 2


def submissions(rng: Random) -> tuple[str, bytes]:
    """A mutant of a file, a notebook or a zip, named by what it is."""
    suffix, samples = rng.choice(KINDS)
    return f"s{rng.randrange(10**6)}.{suffix}", fuzz_mutation.mutated(rng.choice(samples()), rng, samples())


KINDS: Final[tuple[tuple[str, Callable[[], Sequence[bytes]]], ...]] = (
    ("py", fuzz_sources.graded_samples),
    ("py", fuzz_sources.graded_samples),
    ("ipynb", fuzz_sources.notebook_samples),
    ("zip", zip_samples),
)
one = st.integers(0, 2**62).map(lambda seed: submissions(Random(seed)))
several = st.integers(0, 2**62).map(
    lambda seed: list(dict(submissions(Random(f"{seed} {i}")) for i in range(CLASS)).items())
)

READERS: Final = (
    Reader("arguments", read_arguments, command_lines(), strict=False, prepare=make_ready, daily=700),
    # Their memory is in processes of their own, which the walls limit.
    Reader("grade", read_class, several, nightly=200, daily=1, memory_mib=2048),
    Reader("check", read_checked, one, nightly=500, daily=2, memory_mib=2048),
)
