"""A machine without memory or processes to spare: who could not be graded is not graded, and nobody gets a zero."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import class_samples as samples
import pytest
import running

GROUPS = [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")]
"""Control groups of version 1 and 2."""
LIMITS = {"memory.limit_in_bytes", "memory.max"}


@contextlib.contextmanager
def memory_group(mib):
    """A control group with so much memory, and what puts a command into it."""
    root = next((root for root in GROUPS if (root / "cgroup.procs").exists()), None)
    if os.geteuid() or root is None:
        pytest.skip("a control group can't be made here")
    group = root / f"grader-test-{secrets.token_hex(4)}"
    try:
        group.mkdir()
        limit = next(iter(LIMITS & set(os.listdir(group))), None)
        if limit is None:
            pytest.skip("the control groups here have no memory limit")
        (group / limit).write_text(str(mib << 20), encoding="ascii")
        yield group, ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")
    finally:
        with contextlib.suppress(OSError):
            for pid in (group / "cgroup.procs").read_text(encoding="ascii").split():
                running.kill(int(pid))
            group.rmdir()


@pytest.mark.parametrize("mib", [120, 200, 300])
def test_a_group_without_memory(tmp_path, begin, sandlock, mib):
    """The kernel kills whatever asks for more, the grader itself, a grading process or a worker with a submission."""
    folder = samples.a_class(tmp_path / "class", **{f"s{i}": samples.RIGHT for i in range(6)})
    out = tmp_path / "out"
    with memory_group(mib) as (_, inside):
        run = begin(folder, out, tmp_path / "tmp", wall=sandlock, jobs=2, before=inside)
        done = run.finish()
        run.await_end()
    assert "Traceback" not in done.err
    assert done.code in {0, 1, 3, -9}, done
    if done.code in {0, 1}:
        assert {row["total"] for row in samples.rows(out).values()} <= {"10", ""}
    assert samples.grade(folder, out, wall=sandlock).code == 0
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}


def test_no_more_processes(tmp_path, begin, monkeypatch):
    """Where no grading process can be started everybody is told why, in grades.csv and in one line."""
    from grader import batch
    from grader.plan import Plan
    from grader.pool import Pool
    from grader.sandbox import Limits
    from grader.submission import find

    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.RIGHT)
    students = find(folder, [samples.ASSIGNMENT]).students
    plan = Plan((samples.ASSIGNMENT,), 1, "none", None, Limits(), 2)

    def no_process(*_):
        raise BlockingIOError(11, os.strerror(11))

    monkeypatch.setattr("multiprocessing.popen_spawn_posix.Popen._launch", no_process)
    with batch.Interrupts() as stop, Pool(plan) as pool:
        rows = [row for row in batch.grade(pool, students, stop) if row is not None]
    assert {row.student: row.failure for row in rows} == dict.fromkeys(
        ("ada", "bob"), "no grading process could be started: [Errno 11] Resource temporarily unavailable"
    )
