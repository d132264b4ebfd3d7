"""Disks that are full, read-only or gone in the middle of a run: one line, exit code 3, and the next run goes on."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager

import class_samples as samples
import pytest
import running

from grader.store import NAME
from tests.failure.conftest import ALL

PERCENT = (2, 6, 12, 30, 60, 85, 97, 100) if ALL else (2, 12, 60, 97)
CLASS = {f"s{i}": (samples.RIGHT, samples.WRONG)[i % 2] + f"# {i}\n" for i in range(8)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A class, and what an undisturbed run makes of it."""
    base = tmp_path_factory.mktemp("undisturbed")
    folder = samples.a_class(base / "class", **CLASS)
    assert samples.grade(folder, base / "calm").code == 0
    return folder, base / "calm"


@contextmanager
def disk(path, kib):
    """A disk of so many KiB at `path`; gives a function that makes it larger, read-only or writable."""
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", path], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def size_kib(folder):
    """What the files of a folder take on a disk."""
    return sum(path.stat().st_blocks for path in folder.rglob("*") if path.is_file()) // 2


@pytest.mark.parametrize("percent", PERCENT)
def test_a_disk_that_is_too_small(tmp_path, begin, undisturbed, percent):
    """Whatever part of the reports there is room for, from the journal's first page to the last report."""
    folder, calm = undisturbed
    with disk(out := tmp_path / "out", size_kib(calm) * percent // 100) as larger:
        done = samples.grade(folder, out)
        assert done.code == 3, done
        assert "full" in done.one_line()
        held = running.journal(out)
        larger("size=64m")
        again = samples.grade(folder, out)
        assert (again.code, again.err) == (0, "")
        assert held.items() <= running.journal(out).items()
        running.same(out, calm)


def test_a_disk_that_is_filled_in_the_middle(tmp_path, begin):
    """What the journal holds by then stays, and is not graded again when there is room."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=running.waiting("bob"), cleo=samples.RIGHT)
    with disk(out := tmp_path / "out", 4096):
        run = begin(folder, out, tmp_path / "tmp", *running.LONG)
        run.await_waiting("bob")
        while running.students(out) != {"ada"}:
            assert run.process.poll() is None
        held = running.journal(out)
        with (out / "filler").open("wb", buffering=0) as file:
            while _written(file):
                pass
        run.let_go("bob")
        done = run.finish()
        assert done.code == 3, done
        assert "full" in done.one_line()
        (out / "filler").unlink()
        again = begin(folder, out, tmp_path / "tmp", *running.LONG)
        again.let_go("bob")
        assert again.finish().code == 0
        assert held.items() <= running.journal(out).items()
        assert {row["total"] for row in samples.rows(out).values()} == {"10"}


def _written(file):
    try:
        return file.write(bytes(4096))
    except OSError:
        return 0


@pytest.mark.parametrize("gone", ["folder", "journal", "replaced"])
def test_an_output_folder_that_is_removed(tmp_path, begin, gone):
    """A run whose journal is not there any more says so and publishes nothing that the next run would not know of."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), bob=samples.RIGHT)
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("ada")
    if gone == "folder":
        shutil.rmtree(out)
    else:
        for path in out.glob(f"{NAME}*"):
            path.unlink()
    if gone == "replaced":
        (out / NAME).touch()
    run.let_go("ada")
    done = run.finish()
    assert done.code == 3, done
    assert "was removed or replaced while the run was on" in done.one_line()
    assert not (out / "grades.csv").exists()
    again = begin(folder, out, tmp_path / "tmp", *running.LONG)
    again.let_go("ada")
    assert again.finish().code == 0
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}


def test_a_report_that_can_not_be_written(tmp_path, begin, undisturbed):
    """A folder that stands where a report is to go ends the run with its path; moved away, the next run publishes."""
    folder, calm = undisturbed
    out = tmp_path / "out"
    (out / "grades.csv").mkdir(parents=True)
    (out / NAME).touch()
    (out / ".lock").touch()
    done = samples.grade(folder, out)
    assert done.code == 3
    assert "grades.csv" in done.one_line()
    (out / "grades.csv").rmdir()
    again = samples.grade(folder, out)
    assert again.code == 0
    assert f"{len(CLASS)} unchanged" in again.out
    running.same(out, calm)


def test_a_temporary_folder_that_can_not_be_used(tmp_path, sandlock):
    """Another is taken where there is one, as programs do."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    done = samples.grader_process(
        *samples.grade_arguments(folder, tmp_path / "out", wall=sandlock), env={"TMPDIR": str(tmp_path / "gone")}
    )
    assert (done.code, done.err) == (0, "")


def test_a_temporary_folder_that_fills_up(tmp_path, begin, sandlock):
    """Whoever can't be graded for want of scratch space is not graded, and nobody loses a point."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), bob=samples.RIGHT, cleo=samples.RIGHT)
    out = tmp_path / "out"
    with disk(temporary := tmp_path / "tmp", 4096):
        run = begin(folder, out, temporary, *running.LONG, wall=sandlock)
        scratch = run.await_waiting("ada")
        with (temporary / "filler").open("wb", buffering=0) as file:
            while _written(file):
                pass
        (worker,) = {running.parent(fork) for fork in run.box_of(scratch)}
        running.kill(worker)  # the next one has to make a folder
        run.let_go("ada")
        done = run.finish()
        assert done.code in {0, 1}, done
        assert done.err == ""
        assert {row["total"] for row in samples.rows(out).values()} <= {"10", ""}
        (temporary / "filler").unlink()
        again = begin(folder, out, temporary, *running.LONG, wall=sandlock)
        again.let_go("ada")
        assert again.finish().code == 0
        assert {row["total"] for row in samples.rows(out).values()} == {"10"}
