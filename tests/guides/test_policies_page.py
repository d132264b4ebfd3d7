"""docs/policies.md is run as it is written: its course file, its commands, what they print; and it tells every key."""

from __future__ import annotations

import re
import shlex
import shutil

import class_samples as samples
import platform_samples as platforms
import pytest

from grader.policy import file

PAGE = (samples.ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = ("grades", "override", "regrade", "diff")


def block(language):
    return [text for kind, _, text in BLOCKS if kind == language]


def run(line, folder):
    program, *arguments = shlex.split(line)
    assert program == "grader"
    chosen = ["-a", samples.ASSIGNMENT, "-a", samples.OTHER, "-a", "softmax"]
    more = {
        "grade": ["--sandbox", "none", "--seed", "1", "--jobs", "1", *chosen],
        "regrade": ["--jobs", "1"],
    }.get(arguments[0], [])
    environment = {"COLUMNS": "80", "PYTHONPATH": str(samples.ROOT)}
    done = samples.grader_process(*arguments, *more, cwd=folder, env=environment)
    expected = 1 if arguments[0] == "diff" else 0
    assert (done.code, done.err) == (expected, ""), line
    return done.out


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_page_is_run(tmp_path):
    """Every command in order, on a Canvas download; what it shows of a mark is what is printed."""
    files = {}
    for i, who in enumerate(platforms.PEOPLE[:3]):
        source = samples.WRONG if i == 0 else samples.RIGHT
        files[platforms.canvas_file(*who, 100 + i, 9000 + i, f"{samples.ASSIGNMENT}.py", late=i > 0)] = source
        files[platforms.canvas_file(*who, 100 + i, 9100 + i, f"{samples.OTHER}.py", late=i > 0)] = samples.MATMUL
    platforms.laid(tmp_path, files, "submissions.zip")
    (tmp_path / "gradebook.csv").write_text(platforms.CANVAS_GRADEBOOK, encoding="utf-8")
    for _, name, text in BLOCKS:
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "milder.toml").write_text("[late]\npenalty = 5\n", encoding="utf-8")
    printed = []
    for line in "".join(block("sh")).splitlines():
        if line.startswith("grader diff"):
            shutil.copytree(tmp_path / "reports", tmp_path / "reports-before")
            run('grader override reports s100 sigmoid_neuron backward 4.5 --why "x"', tmp_path)
        printed.append(run(line, tmp_path))
    (shown,) = block("text")
    words = {" ".join(line.split()) for text in printed for line in text.splitlines()}
    assert {" ".join(line.split()) for line in shown.splitlines()} <= words, printed[2]


def test_every_key_is_told():
    """With an example; the file of the page is one."""
    (text,) = block("toml")
    file.parse(text, "course.toml", [samples.ASSIGNMENT, samples.OTHER, "softmax"])
    rows = set(re.findall(r"^\| `([\w.]+)`", PAGE, re.MULTILINE))
    assert {row.partition(".")[0] for row in rows} == set(file.KEYS)
    assert rows >= {f"late.{key}" for key in ("penalty", "per", "grace", "most", "flagged", "of")}
    assert rows >= {"attempts.count", "attempts.most", "rounding.what", "rounding.places", "rounding.half"}
    assert rows >= {"groups.NAME.assignments", "groups.NAME.drop", "feedback.reveal", "out_of", "export", "timezone"}


def test_every_option_of_the_commands_is_told():
    """And none that there isn't."""
    options = {o for name in COMMANDS for o in re.findall(r"--[a-z]+", samples.grader(name, "--help").out)}
    told = set(re.findall(r"(?<![\w-])--[a-z]+", PAGE))
    assert told <= options | {"--roster", "--out", "--fresh"}
    assert options - {"--help", "--course", "--sandbox", "--jobs"} <= told
