"""Two graders at the same time, on one folder or side by side: one of them or both, and never a mixture."""

from __future__ import annotations

import os
import subprocess
import sys

import class_samples as samples
import pytest
import running

from tests.failure.conftest import some


@pytest.mark.parametrize("fresh", [(), ("--fresh",)], ids=["resume", "fresh"])
def test_two_graders_that_begin_at_one_moment(tmp_path, begin, folder, fresh):
    """On one new folder: whoever comes second is refused in one line, or finds the work done."""
    out = tmp_path / "out"
    runs = [begin(folder, out, tmp_path / name, *fresh) for name in ("one", "two")]
    done = [run.finish() for run in runs]
    assert sorted(each.code for each in done) in ([0, 0], [0, 3]), done
    for each in done:
        if each.code == 3:
            assert "another grader is writing" in each.one_line()
        else:
            assert each.err == ""
    assert samples.grade(folder, tmp_path / "calm").code == 0
    running.same(out, tmp_path / "calm")


def test_two_graders_on_one_folder(tmp_path, begin):
    """While a run is on, a second one on its folder is refused in one line; the first is not disturbed."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"))
    out = tmp_path / "out"
    first = begin(folder, out, tmp_path / "tmp", *running.LONG)
    first.await_waiting("ada")
    second = samples.grade(folder, out, "--fresh")
    first.let_go("ada")
    done = first.finish()
    assert (done.code, done.err) == (0, "")
    assert second.code == 3
    assert "another grader is writing" in second.one_line()
    assert samples.rows(out)["ada"]["total"] == "10"


TAKES = """
import sys
from pathlib import Path
from grader.errors import StoreError
from grader.folder import taken
from grader.row import failed
from grader.store import Journal

base, me, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
had = 0
for number in range(count):
    for _ in range(3):
        try:
            with taken(base / str(number), fresh=number % 2 == 0) as folder, Journal(folder) as journal:
                journal.add([failed(me, "-")])
                assert me in journal.students()
                had += 1
        except StoreError as error:
            assert "another grader is writing" in str(error), error
print(had)
"""


def test_a_folder_that_many_want(tmp_path):
    """New and known folders, taken and emptied by three at once: each is had by one at a time, and none is foreign."""
    count = some(40, 1000)
    ends = [
        subprocess.Popen(
            [sys.executable, "-c", TAKES, tmp_path, f"g{i}", str(count)],
            cwd=samples.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for i in range(3)
    ]  # fmt: skip
    told = [end.communicate() for end in ends]
    assert [err for _, err in told] == [""] * 3
    assert sum(int(out) for out, _ in told) >= count


WALLS = """
import os, sys, tempfile
from grader.sandbox import Limits, wire
from grader.sandbox.sandlock_wall import SandlockWall

for number in range(int(sys.argv[1])):
    if os.getpid() % 2:
        tempfile.mkdtemp(prefix="grader-sandlock-")  # what a killed grader leaves, for the others to remove
    with SandlockWall(Limits(question_s=150, submission_s=150)) as wall, wall.open() as box:
        box.load((wire.Cell("", "def f():\\n    return 1\\n"),))
        answer, data = box.ask(wire.Ask((wire.Call("f", ()),)), wire.Payload())
        assert wire.view(answer.outcomes[0].value, data).item() == 1
"""


def test_walls_that_share_a_temporary_folder(tmp_path, sandlock):
    """Put up and taken down beside each other, each removing what it takes for left over: none is in another's way."""
    rounds = some(6, 60)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ends = [
        subprocess.Popen(
            [sys.executable, "-c", WALLS, str(rounds)],
            cwd=samples.ROOT, env=environment, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert [end.communicate()[1] for end in ends] == [""] * 4
    assert [end.returncode for end in ends] == [0] * 4
    last = subprocess.run([sys.executable, "-c", WALLS, "1"], cwd=samples.ROOT, env=environment, check=True)
    assert last.returncode == 0
    assert len(os.listdir(tmp_path)) <= 1  # its own


def test_two_runs_side_by_side(tmp_path, begin, sandlock):
    """On folders of their own, with one temporary folder: both give what one gives alone."""
    kinds = (samples.RIGHT, samples.WRONG)
    folder = samples.a_class(tmp_path / "class", **{f"s{i}": kinds[i % 2] + f"# {i}" for i in range(10)})
    runs = [begin(folder, tmp_path / name, tmp_path / "tmp", wall=sandlock, jobs=2) for name in ("one", "two")]
    for run in runs:
        done = run.finish()
        assert (done.code, done.err) == (0, "")
    running.same(tmp_path / "one", tmp_path / "two")
    assert os.listdir(tmp_path / "tmp") == []
    assert [row["total"] for row in samples.rows(tmp_path / "one").values()].count("10") == 5
