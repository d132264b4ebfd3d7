"""The workers of a Dask cluster as those who grade.

    this process             scheduler        Dask worker
    reads submissions  --->  hands on  --->   a `Station` (cluster_worker.py): the course, a wall a thread
    journal            <---  hands on  <---   what became of each

A plugin of the run's own sets the station up on every worker that there is or that comes, and it says so, or what keeps
it from grading. A submission is handed to one worker by name, so that it is known in whose hands it was: what a worker
has in hand when it dies is lost, and tried again alone (`batch.py`). The scheduler never moves one to another worker by
itself, and needs nothing of ours to be installed: the plugin and the task travel by value.

No more is in hand than a few submissions a thread, whatever the size of the class. They go out by the handful: for the
scheduler a message costs as much as a task.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import queue
import secrets
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import dask.config
import msgspec
from distributed import Client, Future, Worker, WorkerPlugin, get_worker
from distributed.versions import VersionMismatchWarning

from grader import grading, parcel
from grader.errors import ClusterError, MachineError
from grader.plan import FLUSH_S, Lost, Outcome, Plan
from grader.row import failed
from grader.submission import Located

CONNECT_S: Final = 15.0
PATIENCE_S: Final = 60.0
"""How long a run waits where no worker is, such as for a cluster that is being started."""
LISTEN_S: Final = 0.05
LEAVE_S: Final = 20.0
"""For the workers to take their walls down at the end."""
MOST: Final = 64
"""Submissions that wait to be handed out, and outcomes that wait to be taken."""
FULL: Final = 8
LOW: Final = 4
"""A worker is given submissions up to the first for each thread, once it has no more than the second."""
FEW: Final = 5
"""Workers that can't grade of which each is told."""
GO_ON: Final = "run the same command again to go on; what is graded stays"


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at this address. Raises ClusterError where none answers.

    TLS is as Dask's own configuration has it (`distributed.comm.tls`).
    """
    with _quiet():
        client = _connect(address)
        try:
            yield client
        finally:
            with suppress(Exception):  # it may be gone
                client.close(timeout=LEAVE_S)


def _connect(address: str, tries: int = 3) -> Client:
    why = ""
    for _ in range(tries):
        try:
            return Client(address, timeout=CONNECT_S, set_as_default=False, name="grader")
        except AssertionError:
            # Dask's client stumbles where a busy scheduler says two things at once.
            why = f"the scheduler at {address} can't be talked to: is it of another version?"
        except OSError:
            why = (
                f"no scheduler answers at {address}: start one with `dask scheduler`, or see to the address and the "
                "network"
            )
            break
        except Exception as error:  # noqa: BLE001 - what Dask raises for an address depends on what is wrong with it
            what = " ".join(str(error).split()) or type(error).__name__
            why = (
                f"the cluster at {address} can't be used ({what}): an address is tcp://HOST:8786, or tls:// with "
                "Dask's distributed.comm.tls settings"
            )
            break
        finally:
            # A client that failed is closed by the collector, which may come in a thread that the next one has just
            # started, and there waits for ever for a lock of that one's.
            gc.collect()
    raise ClusterError(why)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask says much in its log that is told in one line here; other versions of its parts are for it to judge."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            warnings.simplefilter("ignore", VersionMismatchWarning)
            yield
    finally:
        logging.disable(before)


@dataclass(eq=False)
class _Task:
    """A submission in a worker's hands, or on its way there."""

    located: Located
    digest: str
    data: bytes
    worker: str = ""
    future: Future[Any] | None = None


@dataclass
class _Hands:
    """A worker that grades."""

    threads: int
    tasks: set[_Task] = field(default_factory=set)

    @property
    def load(self) -> float:
        """How much it has in hand for each thread."""
        return len(self.tasks) / self.threads


class Cluster:
    """The workers of a cluster, as a run's `Runner`. `say` tells people a line."""

    def __init__(self, client: Client, address: str, say: Callable[[str], object], plan: Plan) -> None:
        self.client = client
        self.loop: Any = client.loop
        self.address = address
        self.say = say
        self.depends = plan.depends(plan.fingerprints)
        self.job = parcel.pack_job(plan)
        self.name = f"grader-{secrets.token_hex(6)}"
        self.call = _call(self.name)
        self.alone = False
        self.count = 0
        self.heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        """What Dask's thread passes on: of workers, and tasks with what came of them."""
        self.listening = threading.Event()
        self.asked = False
        """Whether every worker that was there at first has been asked."""
        self.workers: dict[str, _Hands] = {}
        self.refusals: dict[str, str] = {}
        self.image: tuple[str, str] | None = None
        """The image that all must hold, and the worker that was the first to name it."""
        self.waiting: deque[_Task] = deque()
        self.back: list[tuple[Located, Outcome]] = []
        self.patience: float | None = None

    def __enter__(self) -> Cluster:
        self.client.subscribe_topic("all", lambda event: self.heard.put(event[1]))
        self.client.subscribe_topic(self.name, self._told)
        threading.Thread(target=self._register, name="grader-register", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        left = threading.Thread(target=self._leave, name="grader-leave", daemon=True)
        left.start()
        left.join(LEAVE_S)

    def _told(self, event: tuple[float, Any]) -> None:
        self.listening.set()
        self.heard.put(event[1])

    def _register(self) -> None:
        try:
            # A subscription and a request travel apart: a quick refusal could come before anybody listens.
            while not self.listening.wait(LISTEN_S) and self.client.status == "running":
                self.client.log_event(self.name, {"action": "listening"})
            self.client.register_plugin(_plugin(self.name, self.job), name=self.name)
        except Exception as error:  # noqa: BLE001 - a worker that can't take the plugin up, or a scheduler that is gone
            self.heard.put({"action": "asked", "but": f"{type(error).__name__}: {error}"})
        else:
            self.heard.put({"action": "asked"})

    def _leave(self) -> None:
        with suppress(Exception):  # it may be gone
            if self.client.status == "running":
                self.client.cancel([task.future for hands in self.workers.values() for task in hands.tasks])
                self.client.unregister_worker_plugin(self.name)

    # --- as a runner --------------------------------------------------------------------------------------------------

    @property
    def room(self) -> bool:
        """Whether another submission may be handed over."""
        return len(self.waiting) < MOST and len(self.back) < MOST

    @property
    def busy(self) -> bool:
        """Whether anything is to come back."""
        return bool(self.back or self.waiting or any(hands.tasks for hands in self.workers.values()))

    def submit(self, located: Located) -> None:
        """Hand over a submission; it waits here until a worker has little in hand."""
        try:
            submission = located.read()
        except MachineError as error:
            self.back.append((located, failed(located.student, str(error))))
            return
        digest = grading.digest(submission, *self.depends)
        self.waiting.append(_Task(located, digest, parcel.pack_submission(submission, digest)))

    def withdraw(self) -> None:
        """Take back what no worker has been given."""
        self.waiting.clear()

    def renew(self, *, alone: bool) -> None:
        """Nothing has to begin anew: `batch.py` hands over one at a time when each is to be alone."""

    def ready(self) -> list[tuple[Located, Outcome]]:
        """What has come back, after FLUSH_S at the latest. Raises ClusterError when nothing more will come."""
        self._hand_out()
        if not self.back:
            self._listen()
        self._check()
        back, self.back = self.back, []
        return back

    # --- submissions --------------------------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        """Give what waits to those who have little in hand, a handful at once."""
        while self.waiting and self.workers:
            address, hands = min(self.workers.items(), key=lambda item: item[1].load)
            if hands.load > LOW:
                return
            few = min(len(self.waiting), hands.threads * FULL - len(hands.tasks))
            tasks = [self.waiting.popleft() for _ in range(few)]
            futures = self.client.map(
                self.call,
                [task.data for task in tasks],
                key=[(self.name, self.count + number) for number in range(few)],
                workers=[address],
                allow_other_workers=False,
            )
            self.count += few
            for task, future in zip(tasks, futures, strict=True):
                task.worker, task.future = address, future
                hands.tasks.add(task)
                self.loop.add_callback(self._fetch, task)

    async def _fetch(self, task: _Task) -> None:
        """Pass on what came of a task, in Dask's thread."""
        try:
            found = await self.client.gather(task.future, asynchronous=True)
        except (CancelledError, asyncio.CancelledError, Exception) as error:  # noqa: BLE001 - whatever it is
            self.heard.put((task, error))
        else:
            self.heard.put((task, found))

    def _came(self, task: _Task, found: object) -> None:
        hands = self.workers.get(task.worker)
        if hands is None or task not in hands.tasks:
            return  # it was lost meanwhile
        hands.tasks.remove(task)
        if task.future is not None:
            task.future.release()
        self.back.append((task.located, _outcome(task, found)))

    # --- workers ------------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Take in what has been heard, after FLUSH_S at the latest."""
        try:
            self._hear(self.heard.get(timeout=FLUSH_S))
            while len(self.back) < MOST:
                self._hear(self.heard.get_nowait())
        except queue.Empty:
            return

    def _hear(self, news: Any) -> None:
        match news:
            case (_Task() as task, found):
                self._came(task, found)
            case {"action": "asked"}:
                self.asked = True
                if "but" in news and not self.workers:
                    self.refusals.setdefault("", str(news["but"]))
            case {"action": "ready", "worker": str(worker), "threads": int(threads), "image": str(image)}:
                self._join(worker, threads, image)
            case {"action": "refused", "worker": str(worker), "why": str(why)}:
                self._refuse(worker, why)
            case {"action": "remove-worker", "worker": str(worker)}:
                self._part(worker, retired=bool(news.get("expected")))

    def _join(self, worker: str, threads: int, image: str) -> None:
        self.image = self.image or (image, worker)
        if image != self.image[0]:
            other = f"its image {image[:19]} is not {self.image[0][:19]}, which {self.image[1]} has"
            self._refuse(worker, f"{other}: load one image on both (`docker save` and `docker load`, or a registry)")
            return
        self.workers[worker] = _Hands(max(1, threads))
        self.patience = None

    def _refuse(self, worker: str, why: str) -> None:
        self.refusals[worker] = why
        if len(self.refusals) <= FEW:
            self.say(f"the worker {worker} does not grade: {why}")

    def _part(self, worker: str, *, retired: bool) -> None:
        """A worker is gone: what it had in hand is lost, or waits for another if the cluster sent the worker away."""
        self.refusals.pop(worker, None)
        hands = self.workers.pop(worker, None)
        if hands is None:
            return
        self.client.cancel([task.future for task in hands.tasks])
        if retired:
            self.waiting.extend(hands.tasks)
            return
        reason = "the Dask worker that graded it died again and again: is its machine short of memory?"
        self.back += [(task.located, Lost(failed(task.located.student, reason))) for task in hands.tasks]

    def _check(self) -> None:
        """Raises ClusterError where there is nobody left to wait for."""
        if self.client.status != "running":
            raise ClusterError(f"the scheduler at {self.address} is gone: start it again, then {GO_ON}")
        if self.workers or not (self.asked and self.waiting):
            return
        if self.refusals and len(self.refusals) >= self._there():
            worker, why = next(iter(self.refusals.items()))
            more = f" (and {len(self.refusals) - 1} more)" if len(self.refusals) > 1 else ""
            raise ClusterError(f"no worker of {self.address} can grade; {worker}{more}: {why}; then {GO_ON}")
        if self.patience is None:
            self.patience = time.monotonic() + PATIENCE_S
            self.say(f"{self.address} has no worker: waiting {PATIENCE_S:.0f} s for one")
        if time.monotonic() > self.patience:
            raise ClusterError(
                f"{self.address} has no worker that grades: start some with `dask worker {self.address}`, then {GO_ON}"
            )

    def _there(self) -> int:
        """How many workers the scheduler knows."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])


def _outcome(task: _Task, found: object) -> Outcome:
    """What came of a task: a reply, or an error of the worker's or the scheduler's, which is never the submission's."""
    student = task.located.student
    if isinstance(found, BaseException):
        said = " ".join(f"{type(found).__name__}: {found}".split())[:300]
        return Lost(failed(student, f"the worker {task.worker} failed: {said}"))
    try:
        return parcel.unpack_reply(found, student, task.digest)
    except msgspec.DecodeError as error:
        return failed(student, f"the worker {task.worker} answered with what is no result: {error}; please report it")


# --- what travels by value --------------------------------------------------------------------------------------------


def _plugin(run: str, job: bytes) -> WorkerPlugin:
    """Sets a run's station up on a worker. Its class is made here, so that it is unpickled where nothing of ours is."""

    class Grading(WorkerPlugin):
        station: Any = None

        async def setup(self, worker: Worker) -> None:
            threads = worker.state.nthreads
            said = {"action": "ready", "worker": worker.address, "threads": threads, "image": ""}
            try:
                from grader.cluster_worker import Station

                self.station = await asyncio.to_thread(Station, job, threads)
                said["image"] = self.station.image
            except ModuleNotFoundError as error:
                why = f"it has no {error.name}: install on it what the run's own machine has"
                said = {"action": "refused", "worker": worker.address, "why": why}
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker stays as it is for others
                said = {"action": "refused", "worker": worker.address, "why": str(error) or type(error).__name__}
            worker.log_event(run, said)

        async def teardown(self, worker: Worker) -> None:
            if self.station is not None:
                await asyncio.to_thread(self.station.close)

    return Grading()


def _call(run: str) -> Callable[[bytes], bytes]:
    """The task: a submission for the station of this run."""

    def grade(data: bytes) -> bytes:
        mine: Any = get_worker().plugins[run]
        reply: bytes = mine.station.grade(data)
        return reply

    return grade
