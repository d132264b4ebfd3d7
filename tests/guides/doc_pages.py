"""The documentation as tests read it: its pages, their fenced blocks, and their commands as a test runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import class_samples as samples

ROOT = samples.ROOT
PAGES = {
    path.relative_to(ROOT).as_posix(): path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
TESTED_APART = {"docs/authoring.md", "docs/policies.md", "docs/scale.md"}
"""Pages that tests of their own follow."""
FENCED = re.compile(
    r"(?:^<!-- not run: (?P<why>.+?) -->\n)?^```(?P<language>\w*) ?(?P<file>\S*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
PROGRAMS = ("grader ", ".venv/", "make ", "python ", "python3 ", "source ", "pip ", "jupyter ", "dask ", "sbatch ")
BRIEF = ["--seeds", "5", "--inputs", "500"]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is, its text, and why it is not run."""

    language: str
    file: str
    text: str
    why: str | None = None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(m["language"], m["file"], m["text"], m["why"]) for m in FENCED.finditer(text)]


def run(line: str, folder: Path, site: Path = ROOT) -> str:
    """What a command of a page prints; `site` is where `grader` comes from.

    Submissions are graded without a wall where the page names none, since they are ours, and validated at a few seeds.
    `make` says what it would do: its targets have tests of their own.
    """
    program, *arguments = shlex.split(line, comments=True)
    if program == "rm":
        for name in arguments:
            (folder / name).unlink()
        return ""
    if program == "make":
        return _process("make", "--dry-run", *arguments, cwd=ROOT)
    if program == "python3":
        return _process(sys.executable, *arguments, "--without-pip", cwd=folder)
    if program == "source":
        assert (folder / arguments[0]).is_file(), line
        return ""
    if program == "python":
        assert arguments[:3] == ["-m", "pip", "install"], line
        return _process(sys.executable, *arguments, "--dry-run", "--no-deps", "--no-index", "--quiet", cwd=folder)
    assert program in {"grader", ".venv/bin/grader"}, line
    command = arguments[0]
    more = {"grade": [] if "--sandbox" in arguments else ["--sandbox", "none", "--seed", "1"], "validate": BRIEF}
    done = samples.grader_process(
        *arguments, *more.get(command, []), cwd=folder, env={"COLUMNS": "100", "PYTHONPATH": str(site)}
    )
    assert done.code in ({0, 1} if command == "check" else {0}), f"{line}\n{done.out}{done.err}"
    assert "grader: " not in done.err, f"{line}\n{done.err}"
    return done.out


def _process(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def lines(block: Block) -> list[str]:
    """The commands of a block."""
    return [line for line in block.text.splitlines() if line.strip() and not line.startswith("#")]
