"""What a Dask worker keeps for a run: a marker for each of its threads, each behind a wall of its own.

It grades only what it would grade as the run's own machine does: the same versions, the same course. In the worker's
process runs nothing of a submission's.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from grader import course, parcel
from grader.catalogue import Catalogue, open_course
from grader.errors import MachineError, bug
from grader.marker import Marker
from grader.parcel import Job
from grader.plan import Doubted, Plan
from grader.row import failed

COURSE: Final = "GRADER_COURSE"
"""The variable that says where a worker keeps the course, if not where the run's own machine does."""
IDLE_S: Final = 120.0
"""A wall that nothing was asked of for so long is taken down until it is needed: who ran the class may be gone."""


class Station:
    """A run's place on a worker. Raises GraderError where the worker can't grade for this run."""

    def __init__(self, data: bytes, threads: int) -> None:
        job = parcel.unpack_job(data)
        _same_versions(job.versions, parcel.versions())
        catalogue = _catalogue(job)
        _same_course(job, catalogue)
        self.plan = Plan(
            assignments=job.assignments,
            seed=job.seed,
            wall=job.wall,
            runtime=job.runtime,
            limits=job.limits,
            jobs=1,
            catalogue=catalogue,
            refuse_numerical=job.refuse_numerical,
            fingerprints=job.fingerprints,
        )
        self.image = _image() if job.wall == "docker" else ""
        self.free: queue.SimpleQueue[Marker] = queue.SimpleQueue()
        self.closed = threading.Event()
        self.used = time.monotonic()
        self.markers = [Marker(self.plan) for _ in range(threads)]
        try:
            for marker in self.markers:
                marker.open()
                self.free.put(marker)
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._tend, name="grader-idle", daemon=True).start()

    def grade(self, data: bytes) -> bytes:
        """What became of a submission."""
        submission, digest = parcel.unpack_submission(data)
        marker = self.free.get()
        try:
            return parcel.pack_reply(marker.mark(submission, digest))
        except MemoryError:
            row = failed(submission.student, "the machine has no memory left for the grading process")
            return parcel.pack_reply(Doubted(row))
        except Exception as error:  # noqa: BLE001 - our own bug must not pass for the student's
            return parcel.pack_reply(failed(submission.student, bug(error)))
        finally:
            self.used = time.monotonic()
            if self.closed.is_set():
                marker.close()
            self.free.put(marker)

    def close(self) -> None:
        """Take the walls down; one in which a submission is follows when it is through."""
        self.closed.set()
        self._rest()

    def _tend(self) -> None:
        while not self.closed.wait(IDLE_S / 4):
            if time.monotonic() - self.used > IDLE_S:
                self._rest()

    def _rest(self) -> None:
        idle = []
        with suppress(queue.Empty):
            while True:
                idle.append(self.free.get_nowait())
        for marker in idle:
            marker.close()
            self.free.put(marker)


def _same_versions(asked: dict[str, str], here: dict[str, str]) -> None:
    """Raises MachineError unless the versions here are those of the run."""
    differing = [
        f"{name} {here.get(name)} instead of {value}" for name, value in asked.items() if here.get(name) != value
    ]
    if differing:
        raise MachineError(f"it has {', '.join(differing)}: install on it what the run's own machine has")


def _catalogue(job: Job) -> Catalogue:
    """The course that this worker keeps."""
    where = os.environ.get(COURSE) or job.course
    return open_course(Path(where) if where and job.course else None)


def _same_course(job: Job, catalogue: Catalogue) -> None:
    """Raises GraderError unless the assignments here are those of the run."""
    found = catalogue.load_all(job.assignments)
    here = {name: course.fingerprint(assignment) for name, assignment in found.items()}
    differing = sorted(name for name in {*here, *job.fingerprints} if here.get(name) != job.fingerprints.get(name))
    if differing:
        where = catalogue.root or "its checkout"
        raise MachineError(
            f"it holds other files of {', '.join(differing)} in {where} than the run: copy the course there "
            f"({COURSE} on the worker says where a course of your own lies)"
        )


def _image() -> str:
    """The id of the image that the engine here makes containers from."""
    from grader.sandbox import image
    from grader.sandbox.engine import connect

    client = connect()
    try:
        return image.find(client)
    finally:
        client.close()
