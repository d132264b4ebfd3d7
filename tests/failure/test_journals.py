"""A journal that somebody holds, cuts off or writes over: never a wrong grade, and one line where it can't be used."""

from __future__ import annotations

import contextlib
import random
import secrets
import shutil
import sqlite3

import class_samples as samples
import pytest
import running

from grader.store import NAME
from tests.failure.conftest import some


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class and the folder of its run."""
    base = tmp_path_factory.mktemp("graded")
    kinds = (samples.RIGHT, samples.WRONG)
    folder = samples.a_class(base / "class", **{f"s{i:02}": kinds[i % 2] + f"# {i}\n" for i in range(12)})
    assert samples.grade(folder, base / "calm").code == 0
    return folder, base / "calm"


def again(folder, out, calm):
    """Grade on a journal that is not as it was: it is refused with the way out, or the grades are the right ones."""
    done = samples.grade(folder, out)
    if done.code == 3:
        assert "--fresh" in done.one_line()
        done = samples.grade(folder, out, "--fresh")
    assert (done.code, done.err) == (0, "")
    running.same(out, calm)


def test_garbage_in_the_middle(tmp_path, graded):
    """Wherever bytes are overwritten, and however many."""
    folder, calm = graded
    seed = secrets.randbits(31)
    print(f"random places from {seed}")
    rng = random.Random(seed)
    for trial in range(some(5, 60)):
        out = tmp_path / str(trial)
        shutil.copytree(calm, out)
        data = bytearray((out / NAME).read_bytes())
        length = rng.choice([1, 20, 500, 6000])
        place = rng.randrange(len(data) - length)
        data[place : place + length] = rng.randbytes(length)
        (out / NAME).write_bytes(data)
        print(f"{trial}: {length} bytes at {place}")
        again(folder, out, calm)


@pytest.mark.parametrize("percent", [0, 1, 50, 99])
def test_a_truncated_journal(tmp_path, graded, percent):
    """Cut off anywhere."""
    folder, calm = graded
    shutil.copytree(calm, out := tmp_path / "out")
    data = (out / NAME).read_bytes()
    (out / NAME).write_bytes(data[: len(data) * percent // 100])
    again(folder, out, calm)


@pytest.mark.parametrize(
    "damage",
    [
        "update submissions set handed = substr(handed, 1, length(handed) / 2)",
        "update results set json = substr(json, 1, length(json) / 2)",
        "update results set json = x'ff00'",
        "update results set json = 'text'",
        "update submissions set digest = null",
        "update submissions set digest = cast(x'ff00' as text)",
        "delete from results",
        "delete from submissions where student = 's03'",
        "delete from meta",
        "drop table results",
        "update meta set value = '1' where key = 'schema'",
        "update meta set value = '3' where key = 'schema'",
        "update meta set value = 'x' where key = 'seed'",
    ],
)
def test_rows_that_are_half_written(tmp_path, graded, damage):
    """What a program that is not ours may leave in a journal, and what an older or newer grader writes."""
    folder, calm = graded
    shutil.copytree(calm, out := tmp_path / "out")
    with contextlib.closing(sqlite3.connect(out / NAME)) as database, database:
        try:
            database.execute(damage)
        except sqlite3.IntegrityError:
            return  # the journal's own rules don't let it happen
    again(folder, out, calm)


@pytest.mark.parametrize("log", ["missing", "garbage", "of another"])
def test_a_log_that_is_not_the_journals(tmp_path, begin, graded, log):
    """After a kill what lies in the write-ahead log alone may be lost with it; then it is graded again, and no more."""
    folder, calm = graded
    shutil.copytree(folder, mine := tmp_path / "class")
    (mine / "s99.py").write_text(running.waiting("s99"), encoding="utf-8")
    out = tmp_path / "out"
    run = begin(mine, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("s99")
    while len(running.students(out)) < 12:
        assert run.process.poll() is None
    run.process.kill()
    run.await_end()
    held = (out / f"{NAME}-wal").read_bytes()
    (out / f"{NAME}-shm").unlink()
    if log == "missing":
        (out / f"{NAME}-wal").unlink()
    elif log == "garbage":
        (out / f"{NAME}-wal").write_bytes(held[:500] + b"\xa5" * 3000 + held[3500:])
    else:
        (out / f"{NAME}-wal").write_bytes(held[:16] + b"another!" + held[24:])
    (mine / "s99.py").unlink()
    done = samples.grade(mine, out, *running.LONG)
    assert (done.code, done.err) == (0, "")
    assert (out / "grades.csv").read_bytes() == (calm / "grades.csv").read_bytes()


@pytest.mark.parametrize("lock", ["for good", "for a moment"])
def test_a_journal_that_another_program_holds(tmp_path, begin, lock):
    """A run waits for it for some seconds; then it ends with one line, and the next run grades what was not written."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), bob=samples.RIGHT)
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    scratch = run.await_waiting("ada")
    with contextlib.closing(sqlite3.connect(out / NAME, isolation_level=None)) as other:
        other.execute("begin immediate")
        if lock == "for a moment":
            (scratch / "ada-goes").touch()
            other.execute("rollback")
        run.let_go("ada")
        done = run.finish()
    if lock == "for a moment":
        assert (done.code, done.err) == (0, "")
        return
    assert done.code == 3
    assert "another grader writing" in done.one_line()
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.let_go("ada")
    assert run.finish().code == 0
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}
