"""Asks the questions: one submission's box over a worker, with its deadlines.

    load  ->  Start .. Started, Load .. Loaded        a fresh fork each time
    ask   ->  Ask .. Answer
    leave ->  Stop .. Stopped                         the worker goes back to its wall, or is killed

Whatever goes wrong after a submission was handed to the worker is the submission's (`Hung`, `Died`, `Garbled`); before
that it is the wall's (`WallError`). What comes out is checked for structure here, so that callers may take every array
in an answer through `wire.view`.

Some ends may have come from outside, and a submission can bring them about as well: its process, its worker or its
container was killed and nobody can tell by whom, or the way to the worker was blocked while the clock ran. These count
like any other, and are noted as a `doubt`: who grades then grades anew, and believes what happens again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from grader.errors import Died, Garbled, Hung, WallError
from grader.sandbox import Limits, vetting, wire
from grader.sandbox.channel import Channel

GRACE_S: Final = 0.25
"""What the way to the worker and back may take beside a question's own time."""
CONTROL_S: Final = 10.0
"""For the warm worker to fork, or to kill a fork and all that it left."""
STATEMENT_S: Final = 2.0
"""For one top-level statement; together they may take three times that before only definitions are run."""
REFUSED: Final = 20
"""Refused attempts of one submission that are told."""
SLOW_S: Final = 1.0
"""A worker that needs longer to end its fork, or a grader that wakes up later, was held up itself."""
CELL_LIMIT: Final = 1 << 20
SOURCE_LIMIT: Final = 3 << 20


KILLS: Final = ("SIGKILL", "SIGTERM")
"""What a machine that is out of memory or shuts down ends processes with, and what a submission can send itself."""
SWEPT_IN_VAIN: Final = 71
"""What a worker exits with when it can't be rid of what its fork left (`warm.py`): nobody else's doing."""


@dataclass(frozen=True)
class End:
    """Why a worker ended, for people, and whether it may have been killed from outside."""

    why: str
    doubtful: bool = True


@dataclass
class Worker:
    """A worker that has said `Ready`.

    `kill` ends it at once with all that it started and may be called twice; `why_dead` says why it ended. One that does
    not fork serves a single load and is replaced. `own_mib`: see `wire.Start`.
    """

    channel: Channel
    kill: Callable[[], None]
    why_dead: Callable[[], End] = field(default=lambda: End("its worker ended"))
    forks: bool = True
    own_mib: int = 0
    used: bool = False


@dataclass(frozen=True)
class _Stop:
    """What came of stopping a fork."""

    intact: bool
    """The worker may be used again."""
    prompt: bool
    """It did so at once, and had no answer on its way that came too late."""


class SandboxBox:
    """The `Box` of every wall.

    `take` gives a worker (or raises WallError); `give` takes back one that is as it was, for the next submission, and
    is None where each submission has workers of its own.
    """

    def __init__(
        self, limits: Limits, take: Callable[[], Worker], give: Callable[[Worker], None] | None = None
    ) -> None:
        self._limits = limits
        self._take = take
        self._give = give
        self._worker: Worker | None = None
        self._loaded = False
        self._refused: dict[str, None] = {}
        self._output_left = limits.output_bytes
        # Of the time in the box alone: waiting for a worker and judging are not the submission's.
        self._left_s = limits.submission_s
        self.doubt = ""

    def load(
        self, cells: tuple[wire.Cell, ...], *, definitions_only: bool = False, provided: tuple[wire.Module, ...] = ()
    ) -> wire.Loaded:
        """Start from a fresh fork and run the source in it. Raises Hung, Died, Garbled or WallError."""
        self._loaded = False
        fitting, notes = _fit(cells)
        self._check_time()
        worker = self._fresh()
        statement_s = min(STATEMENT_S, self._limits.question_s / 5)
        request = wire.Load(fitting, definitions_only, statement_s, provided)
        loaded, _ = self._exchange(worker, wire.encode(request), wire.Loaded)
        self._loaded = True
        loaded = vetting.loaded(loaded, output_bytes=self._output_left)
        self._printed(loaded.output)
        if notes:
            loaded = wire.Loaded(loaded.definitions, (*notes, *loaded.notes), loaded.seconds, loaded.output)
        return loaded

    @property
    def holds_source(self) -> bool:
        """Whether there is something to ask."""
        return self._loaded and self._worker is not None

    def ask(self, question: wire.Ask, payload: wire.Payload) -> tuple[wire.Answer, bytes]:
        """Ask one question of the source loaded last; gives the answer and the payload its arrays lie in."""
        worker = self._worker
        if not self._loaded or worker is None:
            raise RuntimeError("ask() needs a source: say load() first, and again after Hung, Died or Garbled")
        frame = wire.encode(question, payload, limit=1 << 32)
        answer, data = self._exchange(worker, frame, wire.Answer)
        try:
            answer = vetting.answer(answer, data, question, output_bytes=self._output_left)
            self._printed(answer.output)
        except wire.WireError as error:
            self._abandon()
            raise Garbled(f"its process wrote no proper answer: {error}") from None
        return answer, data

    def _printed(self, output: wire.Output) -> None:
        """Take what was printed off what a submission may print."""
        self._output_left = max(0, self._output_left - len(output.stdout) - len(output.stderr))

    @property
    def refused(self) -> tuple[str, ...]:
        """What the submission tried and the wall refused, as far as the box tells; all of it once the box is left."""
        return tuple(self._refused)[:REFUSED]

    def __enter__(self) -> SandboxBox:
        return self

    def __exit__(self, *exc: object) -> None:
        self._loaded = False
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.forks and self._stop(worker).intact and self._give is not None:
            self._give(worker)
        else:
            worker.kill()

    # --- a fresh fork -----------------------------------------------------------------------------------------------

    def _fresh(self) -> Worker:
        """A worker with a fork that has read nothing. One that fails is replaced once: nothing was handed over yet."""
        problem = ""
        for _ in range(2):
            worker = self._worker
            if worker is not None and worker.used and not worker.forks:
                self._discard()
                worker = None
            if worker is None:
                worker = self._worker = self._take()
            worker.used = True
            try:
                self._start(worker)
            except (WallError, TimeoutError, EOFError, wire.WireError) as error:
                problem = str(error) or type(error).__name__
                self._discard()
            else:
                return worker
        raise WallError(f"the worker in the box would not start: {problem}")

    def _start(self, worker: Worker) -> None:
        limits = self._limits
        start = wire.Start(limits.memory_mib, limits.processes, limits.output_bytes, limits.frame_bytes, worker.own_mib)
        deadline = time.monotonic() + CONTROL_S
        worker.channel.send(wire.encode(start), deadline)
        while True:
            message, _ = _next_control(worker, deadline)
            if isinstance(message, wire.Started):
                return
            self._note(message)
            if isinstance(message, wire.Died) and message.unready:
                raise WallError(message.reason)

    # --- questions --------------------------------------------------------------------------------------------------

    def _check_time(self) -> float:
        """The deadline for what begins now."""
        if self._left_s <= 0:
            self._abandon()
            raise Hung(f"the submission's {self._limits.submission_s:g} s were used up")
        return time.monotonic() + min(self._limits.question_s, self._left_s)

    def _exchange(self, worker: Worker, frame: bytes, expected: type) -> tuple[Any, bytes]:
        limit = self._check_time() + GRACE_S
        began = time.monotonic()
        try:
            return self._answer(worker, frame, expected, limit)
        finally:
            self._left_s -= time.monotonic() - began

    def _answer(self, worker: Worker, frame: bytes, expected: type, limit: float) -> tuple[Any, bytes]:
        try:
            worker.channel.send(frame, limit)
            message, data = wire.read(
                lambda count: worker.channel.receive(count, limit), "from", self._limits.frame_bytes
            )
        except TimeoutError:
            if time.monotonic() > limit + SLOW_S:
                self._doubt("the grader was held up while it waited for an answer")
            if not self._abandon():
                self._doubt("the worker was held up")
            if self._left_s <= self._limits.question_s:
                raise Hung(f"no answer before the submission's {self._limits.submission_s:g} s were used up") from None
            raise Hung(f"no answer within {self._limits.question_s:g} s") from None
        except EOFError:
            end = worker.why_dead()
            self._discard()
            if end.doubtful:
                self._doubt(end.why)
            raise Died(f"its process ended: {end.why}") from None
        except wire.WireError as error:
            self._abandon()
            raise Garbled(f"its process wrote no proper answer: {error}") from None
        if isinstance(message, expected):
            return message, data
        self._note(message)
        self._abandon()
        if isinstance(message, wire.Died) and not message.garbled:
            if message.reason.endswith(KILLS):
                self._doubt(message.reason)
            raise Died(f"its process ended: {message.reason}")
        what = message.reason if isinstance(message, wire.Died) else f"it said {type(message).__name__}"
        raise Garbled(f"its process wrote no proper answer: {what}")

    def _stop(self, worker: Worker) -> _Stop:
        """End the fork and all that it started."""
        began = time.monotonic()
        deadline = began + CONTROL_S
        answered = False
        try:
            worker.channel.send(wire.encode(wire.Stop()), deadline)
            while True:
                message, passed = _next_control(worker, deadline)
                answered = answered or passed
                self._note(message)
                if isinstance(message, wire.Stopped):
                    return _Stop(message.intact, prompt=not answered and time.monotonic() - began < SLOW_S)
        except (TimeoutError, EOFError, wire.WireError):
            return _Stop(intact=False, prompt=False)

    def _note(self, message: Any) -> None:
        """Keep what a word of the warm worker's says of refused attempts."""
        if isinstance(message, wire.Died | wire.Stopped):
            self._refused |= dict.fromkeys(vetting.attempts(message.attempts))

    def _doubt(self, why: str) -> None:
        self.doubt = self.doubt or why

    def _abandon(self) -> bool:
        """Kill the fork; the worker stays if it is as it was. False when the worker was held up."""
        self._loaded = False
        worker = self._worker
        if worker is None or not worker.forks:
            self._discard()
            return True
        stop = self._stop(worker)
        if not stop.intact:
            self._discard()
        return stop.prompt

    def _discard(self) -> None:
        self._loaded = False
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()


def await_ready(channel: Channel, deadline: float) -> wire.Ready:
    """The worker's first word. Raises TimeoutError, EOFError, or WireError when it is another one."""
    message, _ = wire.read(lambda count: channel.receive(count, deadline), "from")
    if not isinstance(message, wire.Ready) or message.wire != wire.VERSION:
        raise wire.WireError("the worker in the box is of another version")
    return message


def _next_control(worker: Worker, deadline: float) -> tuple[Any, bool]:
    """The warm worker's next own word, and whether a fork said something before it, which is passed over unread."""
    passed = False
    while True:
        prefix = worker.channel.receive(wire.PREFIX.size, deadline)
        kind, header_length, payload_length = wire.lengths(prefix, 1 << 32)
        header = worker.channel.receive(header_length, deadline)
        worker.channel.receive(payload_length, deadline)
        if kind == wire.CONTROL:
            return wire.decode(header, "from", kind), passed
        passed = True


# --- what goes in and out ---------------------------------------------------------------------------------------------


def _fit(cells: tuple[wire.Cell, ...]) -> tuple[tuple[wire.Cell, ...], list[wire.Note]]:
    """The cells as they can be sent: what is too large stays behind and is noted."""
    fitting, notes, total = [], [], 0
    for cell in cells:
        source = cell.source.encode("utf-8", "replace").decode()  # lone surrogates can't be sent
        total += len(source)
        if len(source) > CELL_LIMIT or total > SOURCE_LIMIT:
            notes.append(wire.Note("syntax", cell.name, "too long: not run"))
            source = ""
        fitting.append(wire.Cell(cell.name.encode("utf-8", "replace").decode(), source))
    return tuple(fitting), notes
