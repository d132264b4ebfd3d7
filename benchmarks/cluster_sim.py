"""What a cluster costs beside the grading: a real scheduler, real Dask workers, and a stand-in for the sandbox.

    python benchmarks/cluster_sim.py [--sizes 1000,10000,50000] [--workers 2] [--threads 4]

Runs what `grade --cluster` runs (reading, handing out, journalling), with workers on which every submission is answered
at once by a result of the usual size. So the rate is what one scheduler and one grader can pass on, whatever the number
of workers, and the memory is the grader's own. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
ROW: Final = "CLUSTER_SIM_ROW"
"""The variable that tells a worker where the stand-in's result lies."""
ASSIGNMENT: Final = "sigmoid_neuron"
QUESTIONS: Final = 5
"""Results of each submission."""
SOURCE: Final = """
import numpy as np

def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    return f, (w, x, f)

def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    dz = df * f * (1 - f)
    return dz * np.array([x[0], x[1], 1.0]), dz * w[:2]
"""


# --- on a worker ------------------------------------------------------------------------------------------------------


def dask_setup(_worker: object) -> None:
    """Answer every submission at once: Dask calls this on a worker that preloads this file."""
    import msgspec

    from grader.marker import Marker
    from grader.result import from_json, to_json
    from grader.row import Row, unpack

    found = msgspec.msgpack.decode(Path(os.environ[ROW]).read_bytes(), type=Row)
    ((name, data),) = found.results
    results = [msgspec.structs.replace(from_json(data), assignment=f"{name}_{number}") for number in range(QUESTIONS)]
    handed = unpack(found.handed)

    def mark(_marker: Marker, submission: Any, digest: str) -> Row:
        student = submission.student
        own = [msgspec.structs.replace(result, student=student) for result in results]
        mine = tuple((result.assignment, to_json(result)) for result in own)
        given = msgspec.structs.replace(handed, student=student)
        return Row(student, digest, "", msgspec.json.encode(given), mine)

    Marker.mark = mark  # type: ignore[method-assign]
    Marker.open = lambda _marker: None  # type: ignore[assignment,method-assign]


# --- one size, in a process of its own --------------------------------------------------------------------------------


class _Silent:
    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""

    def stopping(self) -> None:
        """The run was asked to stop."""


def _measure(folder: str, address: str, scheduler: int) -> None:
    from grader import batch, cluster, course
    from grader.plan import Plan
    from grader.sandbox import Limits
    from grader.store import NAME, Journal
    from grader.submission import find

    students = find(folder, [ASSIGNMENT]).students
    prepared = course.prepare_all([ASSIGNMENT], 1)
    plan = Plan(
        (ASSIGNMENT,), 1, "none", None, Limits(), 1, fingerprints={n: p.fingerprint for n, p in prepared.items()}
    )
    with tempfile.TemporaryDirectory() as out, cluster.connected(address) as client, Journal(Path(out)) as journal:
        before, before_cpu, before_own = _resident_mib(), _cpu_s(scheduler), time.process_time()
        start = partial(cluster.Cluster, client, address, print)
        tally = batch.run(plan, students, journal, _Silent(), start)
        written = sum(path.stat().st_size for path in Path(out).glob(f"{NAME}*"))
        if tally.graded != len(students):
            raise SystemExit(f"{tally.graded} of {len(students)} were graded: {tally.reason}")
        found = {
            "submissions": len(students),
            "a_second": round(tally.graded / tally.seconds, 1),
            "scheduler_ms": round(1e3 * (_cpu_s(scheduler) - before_cpu) / tally.graded, 3),
            "grader_ms": round(1e3 * (time.process_time() - before_own) / tally.graded, 3),
            "before_mib": round(before, 1),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "scheduler_mib": round(_resident_mib(scheduler), 1),
            "journal_bytes": round(written / tally.graded),
        }
    sys.stdout.write(json.dumps(found) + "\n")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int | str = "self") -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


# --- all sizes --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def cluster_of(folder: Path, workers: int, threads: int, *options: str) -> Iterator[tuple[str, int]]:
    """A scheduler and its workers on this machine: the address, and the scheduler's process id."""
    where = folder / "scheduler.json"
    base = [sys.executable, "-m", "distributed.cli.dask_"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> None:
        command = [*base[:2], base[2] + name, *arguments]
        log = (folder / f"{name}.log").open("ab")
        begun.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log))

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(where))
        while not where.exists():
            if begun[0].poll() is not None:
                raise SystemExit((folder / "scheduler.log").read_text())
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        for _ in range(workers):
            start("worker", address, "--nthreads", str(threads), "--no-nanny", "--no-dashboard", *options)
        yield address, begun[0].pid
    finally:
        for process in reversed(begun):
            process.send_signal(signal.SIGTERM)
        for process in begun:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _template(folder: Path) -> None:
    """Grade one submission as it is graded anywhere, for the stand-in to answer with."""
    import msgspec

    from grader.marker import Marker
    from grader.plan import Plan
    from grader.sandbox import Limits
    from grader.submission import find

    (folder / "one").mkdir()
    (folder / "one" / "ada.py").write_text(SOURCE, encoding="utf-8")
    marker = Marker(Plan((ASSIGNMENT,), 1, "none", None, Limits(), 1))
    row = marker.grade(find(folder / "one", [ASSIGNMENT]).students[0])
    marker.close()
    (folder / "row").write_bytes(msgspec.msgpack.encode(row))
    os.environ[ROW] = str(folder / "row")


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,50000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if given.measure:
        folder, address, scheduler = given.measure
        _measure(folder, address, int(scheduler))
        return
    with tempfile.TemporaryDirectory(prefix="cluster-sim-") as scratch:
        base = Path(scratch)
        _template(base)
        for size in map(int, given.sizes.split(",")):
            submissions = base / f"class-{size}"
            submissions.mkdir()
            for number in range(size):
                (submissions / f"s{number}.py").write_text(f"{SOURCE}# {number}\n", encoding="utf-8")
            place = base / f"cluster-{size}"
            place.mkdir()
            with cluster_of(place, given.workers, given.threads, "--preload", __file__) as (address, scheduler):
                command = [sys.executable, __file__, "--measure", str(submissions), address, str(scheduler)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
