"""The same five questions and tests in nbgrader, otter-grader and check50: seconds a submission against `grade`.

Each peer is installed into an environment of its own (`make peers`), warm, two at a time, in the way that its own
documentation grades a class: `nbgrader autograde` in two processes on two globs, otter's `run` in two processes and its
container for each submission two at a time, `check50 --dev` two at a time.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks import classes
from benchmarks.measure import RUNS, Figure, in_turn, run, together
from grader import course
from grader.checks.compare import Compare

ENVIRONMENTS: Final = classes.ROOT / ".cache" / "peers"
HERE: Final = Path(__file__).resolve().parent
STUDENTS: Final = 6
OURS: Final = 500
GRADER: Final = (sys.executable, "-c", "from grader.cli import main; main()")


@dataclass(frozen=True)
class Peer:
    """One way to grade: how many submissions `grade` grades, and what it costs to grade them all once."""

    name: str
    students: int
    grade: Callable[[], float]


def questions(folder: Path) -> None:
    """`five.py` and `five.json`, which hold the questions, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "five.py", folder / "five.py")
    found = {name: [_question(c) for c in ready.checks if _told(c)] for name, ready in _course().items()}
    (folder / "five.json").write_text(json.dumps(found), encoding="utf-8")


def _course() -> dict[str, Any]:
    return course.prepare_all(classes.ASSIGNMENTS, 1)


def _told(check: Any) -> bool:
    return isinstance(check, Compare) and check.check in {"forward", "backward", "jacobian", "value"}


def _question(check: Compare) -> dict[str, Any]:
    cases = [
        {
            "inputs": [_plain(value) for value in case.inputs],
            "upstreams": [_plain(value) for value in case.upstreams.values()],
            "names": list(case.expected),
            "expected": [_plain(value) for value in case.expected.values()],
        }
        for case in check.cases
    ]
    return {"function": check.function, "forward": check.forward, "paired": check.paired, "cases": cases}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


# --- the peers --------------------------------------------------------------------------------------------------------


def _path(peer: str) -> dict[str, str]:
    """What lets a peer find its own commands."""
    return {"PATH": f"{python(peer).parent}:/usr/bin:/bin"}


def python(peer: str) -> Path:
    """The interpreter of a peer's environment. Raises FileNotFoundError with what to do."""
    found = ENVIRONMENTS / peer / "bin" / "python"
    if not found.exists():
        raise FileNotFoundError(f"{found} is not there: make peers")
    return found


@contextmanager
def ours(wall: str, jobs: int = 2, count: int = OURS) -> Iterator[Peer]:
    """`grade` with all that belongs to it: start, wall, reports."""
    with TemporaryDirectory() as place:
        folder = classes.write(Path(place) / "class", count)
        named = [part for name in classes.ASSIGNMENTS for part in ("-a", name)]

        def grade() -> float:
            shutil.rmtree(Path(place) / "out", ignore_errors=True)
            command = [*GRADER, "grade", folder, "--out", Path(place) / "out", *named]
            return run(*command, "--sandbox", wall, "--jobs", jobs, "--seed", 1, cwd=classes.ROOT).wall

        yield Peer(f"grade, {wall}", count, grade)


@contextmanager
def nbgrader() -> Iterator[Peer]:
    """A course with one assignment, its students' notebooks handed in, graded in two processes on two globs."""
    exe = python("nbgrader").parent / "nbgrader"
    with TemporaryDirectory() as place:
        root = Path(place)
        questions(root / "source" / "five")
        (root / "source" / "five" / "five.ipynb").write_text(_nbgrader([_STUB] * 5), encoding="utf-8")
        (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
        run(exe, "generate_assignment", "five", cwd=root, env=_path("nbgrader"))
        for i in range(STUDENTS):
            folder = root / "submitted" / classes.name(i) / "five"
            questions(folder)
            (folder / "five.ipynb").write_text(_nbgrader(classes.student(i)[1:]), encoding="utf-8")
        globs = [classes.name(i)[:-1] + ("[02468]" if i == 0 else "[13579]") for i in (0, 1)]
        command = [exe, "autograde", "five", "--force", "--student"]

        def grade() -> float:
            return together([[*command, glob] for glob in globs], root, _path("nbgrader")).wall

        yield Peer("nbgrader", STUDENTS, grade)


_STUB: Final = "raise NotImplementedError"


def _nbgrader(answers: list[str]) -> str:
    """A notebook with nbgrader's own marks on its cells: an answer and a test for each question."""
    made = [_cell("c0", "import numpy as np\n", None)]
    for i, (name, answer) in enumerate(zip(classes.ASSIGNMENTS, answers, strict=True)):
        made.append(_cell(f"a{i}", answer, {"grade": False, "solution": True, "locked": False}))
        test = f"import five\nfive.check({name!r}, globals())\n"
        made.append(_cell(f"t{i}", test, {"grade": True, "solution": False, "locked": True, "points": 10}))
    notebook = json.loads(classes.notebook([]))
    return json.dumps({**notebook, "cells": made})


def _cell(name: str, source: str, marks: dict[str, Any] | None) -> dict[str, Any]:
    told = {"schema_version": 3, "grade_id": name, "task": False, **marks} if marks else None
    metadata = {"nbgrader": told} if told else {}
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


@contextmanager
def otter() -> Iterator[Peer]:
    """Its `run`, which grades in its own process, on two halves of the class."""
    exe = python("otter")
    with _otter_class() as root:
        halves = [[root / f"{classes.name(i)}.ipynb" for i in range(first, STUDENTS, 2)] for first in (0, 1)]

        def grade() -> float:
            commands = [[exe, "-c", _OTTER_RUN, root / "autograder.zip", *half] for half in halves]
            return together(commands, root, _path("otter")).wall

        yield Peer("otter-grader, in-process", STUDENTS, grade)


@contextmanager
def otter_containers() -> Iterator[Peer]:
    """Its container for each submission, two at a time, by its own function for that.

    The image is made of the grader's base and the peer's environment, since its own is made from the net; it leaves out
    the conda that activates there before each submission.
    """
    exe = python("otter")
    with _otter_class() as root:
        image = root / "image"
        shutil.unpack_archive(root / "autograder.zip", image / "autograder" / "source")
        for folder in ("submission", "results"):
            (image / "autograder" / folder).mkdir()
        (image / "autograder" / "submission_metadata.json").touch()
        start = image / "autograder" / "run_autograder"
        start.write_text("#!/bin/bash\nexec python3 /autograder/source/run_otter.py\n", encoding="utf-8")
        start.chmod(0o755)
        (image / "Dockerfile").write_text(_OTTER_IMAGE.format(base=BASE), encoding="utf-8")
        packages = next((exe.parent.parent / "lib").glob("python*")) / "site-packages"
        shutil.copytree(packages, image / "packages", symlinks=True)
        run("docker", "build", "--tag", OTTER_IMAGE, image)
        paths = [root / f"{classes.name(i)}.ipynb" for i in range(STUDENTS)]
        try:
            yield Peer(
                "otter-grader, a container each",
                STUDENTS,
                lambda: run(exe, "-c", _OTTER_CONTAINERS, OTTER_IMAGE, *paths, cwd=root, env=_path("otter")).wall,
            )
        finally:
            run("docker", "image", "rm", "--force", OTTER_IMAGE)


OTTER_IMAGE: Final = "backprop-grader-bench-otter"
BASE: Final = "backprop-grader-base"
_OTTER_IMAGE: Final = textwrap.dedent(
    """
    FROM {base}
    COPY packages /opt/otter
    COPY autograder /autograder
    ENV PYTHONPATH=/opt/otter
    """
)
_OTTER_CONTAINERS: Final = textwrap.dedent(
    """
    import sys
    from concurrent.futures import ThreadPoolExecutor
    from otter.grade.containers import grade_submission
    with ThreadPoolExecutor(2) as pool:
        graded = pool.map(lambda path: grade_submission(path, sys.argv[1], network=False), sys.argv[2:])
        assert all(len(each.results) == 5 for each in graded), "not graded"
    """
)


@contextmanager
def _otter_class() -> Iterator[Path]:
    exe = python("otter").parent / "otter"
    with TemporaryDirectory() as place:
        root = Path(place)
        questions(root)
        (root / "tests").mkdir()
        for name in classes.ASSIGNMENTS:
            (root / "tests" / f"{name}.py").write_text(_OTTER_TEST.format(name=name), encoding="utf-8")
        (root / "requirements.txt").write_text("numpy\n", encoding="utf-8")
        files = [root / "five.py", root / "five.json"]
        run(exe, "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment", *files, cwd=root)
        for i in range(STUDENTS):
            (root / f"{classes.name(i)}.ipynb").write_text(classes.notebook(classes.student(i)), encoding="utf-8")
        yield root


_OTTER_TEST: Final = textwrap.dedent(
    """
    OK_FORMAT = True
    test = {{
        "name": "{name}",
        "points": 10,
        "suites": [{{
            "type": "doctest", "scored": True, "setup": "", "teardown": "",
            "cases": [{{
                "code": ">>> import five\\n>>> five.check('{name}', globals())\\n", "hidden": False, "locked": False,
            }}],
        }}],
    }}
    """
)
_OTTER_RUN: Final = textwrap.dedent(
    """
    import sys
    from otter.run import main
    for path in sys.argv[2:]:
        main(path, autograder=sys.argv[1], output_dir=None, no_logo=True)
    """
)


@contextmanager
def check50() -> Iterator[Peer]:
    """A problem of five checks, for two students at a time."""
    exe = python("check50").parent / "check50"
    with TemporaryDirectory() as place:
        root = Path(place)
        questions(root / "problem")
        (root / "problem" / ".cs50.yaml").write_text(
            "check50:\n  files:\n    - !exclude '*'\n    - !require answers.py\n"
        )
        checks = "".join(_CHECK.format(name=name) for name in classes.ASSIGNMENTS)
        (root / "problem" / "__init__.py").write_text(_CHECKS + checks, encoding="utf-8")
        folders = [root / classes.name(i) for i in range(STUDENTS)]
        for i, folder in enumerate(folders):
            folder.mkdir()
            (folder / "answers.py").write_text("\n\n".join(classes.student(i)), encoding="utf-8")

        def grade() -> float:
            halves = [folders[::2], folders[1::2]]
            script = 'for folder in "$@"; do (cd "$folder" && "$EXE" --dev "$PROBLEM" -o json) || [ $? -eq 1 ]; done'
            env = {"EXE": str(exe), "PROBLEM": str(root / "problem"), **_path("check50")}
            return together([["bash", "-ec", script, "grade", *half] for half in halves], env=env).wall

        yield Peer("check50", STUDENTS, grade)


_CHECKS: Final = textwrap.dedent(
    """
    import os
    import sys

    import check50
    import check50.py

    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import five


    """
)
_CHECK: Final = textwrap.dedent(
    '''
    @check50.check()
    def {name}():
        """{name}"""
        module = check50.py.import_("answers.py")
        try:
            five.check("{name}", vars(module))
        except Exception as error:
            raise check50.Failure(repr(error))


    '''
)


def measure() -> dict[str, Figure]:
    """Seconds a submission, by peer."""
    with ours("sandlock") as us, nbgrader() as nb, otter() as ot, otter_containers() as oc, check50() as cs:
        peers = (us, nb, ot, oc, cs)
        found = in_turn(RUNS, *(peer.grade for peer in peers))
    return {
        peer.name: Figure(tuple(value / peer.students for value in figure.values))
        for peer, figure in zip(peers, found, strict=True)
    }


def main() -> None:
    """Print seconds a submission, and how many times as fast `grade` is."""
    found = measure()
    us = next(iter(found.values()))
    for name, figure in found.items():
        print(f"{name:28} {figure} s a submission, {figure.over(us)} times ours")


if __name__ == "__main__":
    main()
