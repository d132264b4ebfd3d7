"""The machine's clock is set while a run is on: no deadline follows it, and no grade."""

from __future__ import annotations

import ast
import datetime as dt
import shutil
import subprocess

import class_samples as samples
import pytest
import running

WALL_CLOCKS = {"time", "time_ns", "localtime", "gmtime"}


@pytest.fixture(scope="module")
def clock(require):
    """The library that puts a process under a clock of its own."""
    if shutil.which("faketime") is None:
        require("faketime", "not installed: apt-get install faketime")
    shown = subprocess.run(["faketime", "-f", "+0", "env"], capture_output=True, text=True, check=True).stdout
    return next(line.removeprefix("LD_PRELOAD=") for line in shown.splitlines() if line.startswith("LD_PRELOAD="))


@pytest.mark.parametrize("change", ["-3650d", "+3650d"])
def test_a_clock_that_is_set(tmp_path, begin, sandlock, clock, change):
    """By ten years, back or forward, in the middle of a question: it is answered in its time, and what is written is
    read again.
    """
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), bob=samples.RIGHT, cleo=samples.WRONG)
    out, stamp = tmp_path / "out", tmp_path / "clock"
    stamp.write_text("+0", encoding="utf-8")
    env = {
        "LD_PRELOAD": clock, "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    run = begin(folder, out, tmp_path / "tmp", *running.LONG, wall=sandlock, env=env)
    run.await_waiting("ada")
    stamp.write_text(change, encoding="utf-8")
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    (out / "index.html").unlink()  # else nothing would be written
    again = begin(folder, out, tmp_path / "tmp", *running.LONG, wall=sandlock, env=env)
    again.let_go("ada")
    done = again.finish()
    assert "3 unchanged" in done.out
    year = dt.datetime.now(dt.UTC).year + (10 if change.startswith("+") else -10)
    assert f"{year}-" in (out / "index.html").read_text(encoding="utf-8")  # the clock was set indeed
    assert samples.rows(out)["ada"]["total"] == "10"


def test_deadlines_never_rest_on_the_wall_clock():
    """Nothing in the grader asks for the time of day, but for the date of a report and of a mark by hand."""
    asked = set()
    for path in sorted((samples.ROOT / "grader").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            of_time = isinstance(node.value, ast.Name) and node.value.id == "time"
            if node.attr in {"now", "utcnow", "today"} or (of_time and node.attr in WALL_CLOCKS):
                asked.add((path.name, node.attr))
    assert asked == {("run.py", "now"), ("overriding.py", "now")}
