"""Small submissions, and the `grader` command as tests call it: in this process, or as a process of its own."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "sigmoid_neuron"
OTHER = "matmul_gate"

RIGHT = textwrap.dedent(
    """
    import numpy as np

    def sigmoid_neuron_forward(w, x):
        f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
        return f, (w, x, f)

    def sigmoid_neuron_backward(df, cache):
        w, x, f = cache
        dz = df * f * (1 - f)
        return dz * np.array([x[0], x[1], 1.0]), dz * w[:2]
    """
)
WRONG = RIGHT.replace("f * (1 - f)", "f")
HANGS = RIGHT.replace("    f = 1", "    while True: pass\n    f = 1")
MATMUL = textwrap.dedent(
    """
    def matmul_forward(W, X):
        return W @ X, (W, X)

    def matmul_backward(dD, cache):
        W, X = cache
        return dD @ X.T, W.T @ dD
    """
)


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """The only line on stderr, which is the grader's."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("grader: ")
        return lines[0]


def grader(*arguments: object) -> Done:
    """The command, in this process."""
    from grader.cli import main

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["grader", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            return Done(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("main came back without an exit code")


def command(*arguments: object) -> list[str]:
    """The command as a process is given it."""
    return [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)]


def grader_process(
    *arguments: object, cwd: Path = ROOT, env: dict[str, str] | None = None, before: tuple[str, ...] = (), **more
) -> Done:
    """The command, in a process of its own, behind the command `before`."""
    done = subprocess.run(
        [*before, *command(*arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def grade_arguments(
    submissions: Path, out: Path, *more: object, wall: str = "none", jobs: int | None = 1
) -> list[object]:
    """`grade` for one assignment with a fixed seed; a cluster takes no number of jobs."""
    several = [] if jobs is None else ["--jobs", jobs]
    return ["grade", submissions, "--out", out, "-a", ASSIGNMENT, "--sandbox", wall, *several, *more]


def grade(submissions: Path, out: Path, *more: object, seed: int | None = 1, wall: str = "none", jobs: int = 1) -> Done:
    """Grade in this process."""
    seeded = [] if seed is None else ["--seed", seed]
    return grader(*grade_arguments(submissions, out, *seeded, *more, wall=wall, jobs=jobs))


def a_class(folder: Path, **sources: str) -> Path:
    """A folder of submissions, one file a student."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, source in sources.items():
        (folder / f"{student}.py").write_text(source, encoding="utf-8")
    return folder


def rows(out: Path) -> dict[str, dict[str, str]]:
    """grades.csv by student."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def result(out: Path, student: str, assignment: str = ASSIGNMENT) -> dict:
    """A result's JSON."""
    return json.loads((out / "results" / student / f"{assignment}.json").read_text(encoding="utf-8"))


def results(out: Path) -> dict[str, dict]:
    """Every result by path, without the seconds that it took."""
    found = {}
    for path in sorted((out / "results").rglob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        del data["seconds"]
        found[str(path.relative_to(out))] = data
    return found
