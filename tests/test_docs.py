"""docs/authoring.md is run as it is written: its files make a course, its commands work, its slips are told so."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

import class_samples as samples
import pytest

from grader import course
from grader.catalogue import open_course
from grader.errors import AssignmentError

PAGE = (samples.ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
NAME = "log_sum_exp"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is, its text."""

    language: str
    file: str
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w*) ?(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]
SLIPS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (`.+`) \|$", PAGE, re.MULTILINE)


def changed(text, before, after):
    assert text.count(before) == 1, before
    return text.replace(before, after)


def patched(text, diff):
    """The text with a diff's lines: those with "-" and without a sign are there, those with "+" come in."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    return changed(text, before, after)


def run(line, folder):
    """A command of the page: grading without a wall, since these files are ours, and validating at a few seeds."""
    program, *arguments = shlex.split(line)
    if program == "rm":
        for name in arguments:
            (folder / name).unlink()
        return ""
    assert program == "grader"
    brief = ["--seeds", "5", "--inputs", "500"]  # options given again count
    more = {"grade": ["--sandbox", "none", "--seed", "1"], "validate": brief}.get(arguments[0], [])
    done = samples.grader_process(
        *arguments, *more, cwd=folder, env={"COLUMNS": "100", "PYTHONPATH": str(samples.ROOT)}
    )
    assert (done.code, done.err) == (0, ""), line
    return done.out


def plain(text):
    """A line's words; of a validated assignment without how many mutants there were, nor how long it took."""
    words = text.split()
    return " ".join(w for w in words if not w.isdigit()) if words[-1:] == ["sound"] else " ".join(words)


def written(block, folder):
    """Make or change the file that a block is."""
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    changes = block.language == "diff"
    text = patched(path.read_text(encoding="utf-8"), block.text) if changes else block.text
    path.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_page_makes_a_sound_course(tmp_path):
    """Every file and every command of the page, in order: new, validate, list, grade; what it prints is what is shown."""
    out = ""
    for block in BLOCKS:
        if block.language == "sh":
            out = "".join(run(line, tmp_path) for line in block.text.splitlines())
        elif block.language == "text":
            shown = {plain(line) for line in out.splitlines()}
            assert {plain(line) for line in block.text.splitlines()} <= shown, out
        elif block.file:
            written(block, tmp_path)
    assert samples.result(tmp_path / "reports", "ada", NAME)["score"] < 10
    assert open_course(tmp_path / "my-course").names() == [NAME]


def test_every_block_is_run_but_the_layout():
    """A block is a file, a change of a file, a command, or what a command prints; one shows folders."""
    kinds = [block.language for block in BLOCKS]
    assert PAGE.count("\n```") == 2 * len(BLOCKS)
    assert set(kinds) == {"sh", "text", "python", "markdown", "toml", "diff", ""}
    assert all(bool(block.file) == (block.language in {"python", "markdown", "toml", "diff"}) for block in BLOCKS)
    (layout,) = (block.text for block in BLOCKS if not block.language)
    for word in ("assignments/log_sum_exp/", "spec.py", "stub.py", "README.md", "solutions/log_sum_exp.py", "zoo/"):
        assert word in layout
    commands = {line.split()[1] for b in BLOCKS if b.language == "sh" for line in b.text.splitlines()}
    assert commands >= {"new", "validate", "list", "grade"}


def test_every_slip_of_the_table_is_seen():
    """The table is read as a whole."""
    assert len(SLIPS) == PAGE.partition("| you write |")[2].partition("\n\n")[0].count("\n") - 1
    assert len(SLIPS) >= 6


@pytest.mark.parametrize(("write", "instead", "message"), SLIPS)
def test_a_slip_is_told_as_the_page_says(tmp_path, write, instead, message):
    """The finished course with one slip gives the message of the table."""
    for block in BLOCKS:
        if block.file:
            written(block, tmp_path)
    made = open_course(tmp_path / "my-course")
    files = [made.folder(NAME) / "spec.py", made.solution(NAME)]
    (path,) = (path for path in files if instead in path.read_text(encoding="utf-8"))
    path.write_text(changed(path.read_text(encoding="utf-8"), instead, write), encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        course.prepare_all([NAME], 1, made)[NAME].checks  # noqa: B018 - drawn now
    assert message.strip("`").strip() in str(caught.value)
    assert NAME in str(caught.value)
