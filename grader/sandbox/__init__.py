"""The box that student code runs in: one interface, three walls.

A `Wall` stands for a run: it is opened once in each grading process, and gives one `Box` a submission. Inside every box
is the same `worker.py`, which speaks the frames of `wire.py`; outside, `box.py` asks the questions and keeps the
deadlines. The walls differ only in how the worker is started and what surrounds it:

- `docker_wall.py`: a fresh container a submission, from a pool started ahead
- `sandlock_wall.py`: one warm worker under Landlock and seccomp, a fork with its own nested domain a submission
- `none_wall.py`: a plain subprocess with limits, for a student's own code; `launch.py` starts it

Outside, beside these: `choice.py` picks a wall, `channel.py` keeps deadlines on its stream, `vetting.py` looks over
what comes out, `engine.py`, `image.py`, `container.py` and `pool.py` serve the docker wall. Inside: `start.py` begins,
`worker.py` serves one process, `warm.py` forks one for each submission, `session.py` answers its questions, `loader.py`
(with `magics.py`, `python2.py`, `salvage.py`, `provided.py`, `standins.py`, `lookalikes.py`) runs its source,
`values.py` describes what it returns, `programs.py` makes the functions that it is given and drives its classes,
`confine.py`, `limits.py` and `scratch.py` hold it, `attempts.py` notes what they refuse. `inside.py` lists these files:
nothing else of ours goes into a box, and they import nothing of ours but each other and `wire.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.sandbox import wire  # with numpy, which what only needs the limits does not wait for


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Each is an option of `grader grade`."""

    question_s: float = 10.0
    """Wall-clock seconds for one question; loading a source counts as one."""
    submission_s: float = 60.0
    """Wall-clock seconds for all questions together."""
    memory_mib: int = 512
    processes: int = 32
    """Threads and processes at once. Behind a wall a submission starts no process of its own, only threads."""
    output_bytes: int = 1 << 20
    """Captured stdout and stderr of a submission, together."""
    frame_bytes: int = 64 << 20
    """Of one answer."""


class Box(Protocol):
    """One submission's place to run. Use as a context manager: leaving it kills whatever is left.

    Every method raises `Hung`, `Died` or `Garbled` (the submission's doing) or `WallError` (ours). After one of the
    first three the box is ready again: the next call starts from a fresh fork, in which `load` must be said anew.
    """

    doubt: str
    """Why one of these may have been the machine's doing (`box.py`): then grade anew, alone. Empty without a reason."""

    def load(
        self, cells: tuple[wire.Cell, ...], *, definitions_only: bool = False, provided: tuple[wire.Module, ...] = ()
    ) -> wire.Loaded:
        """Start from a fresh fork and run the source in it; the modules `provided` are importable there."""
        ...

    @property
    def holds_source(self) -> bool:
        """Whether there is something to ask: a source is loaded, and its process has not been lost since."""
        ...

    def ask(self, question: wire.Ask, payload: wire.Payload) -> tuple[wire.Answer, bytes]:
        """Ask one question of the source loaded last; gives the answer and the payload its arrays lie in."""
        ...

    @property
    def refused(self) -> tuple[str, ...]:
        """What the submission tried and the wall refused, as far as the box tells; all of it once the box is left."""
        ...

    def __enter__(self) -> Box: ...

    def __exit__(self, *exc: object) -> None: ...


class Wall(Protocol):
    """A way to keep student code in. Use as a context manager: leaving it removes everything that it started."""

    name: str

    def open(self) -> Box:
        """A box for one submission. Raises WallError when the wall has broken and can't be put up again."""
        ...

    def __enter__(self) -> Wall: ...

    def __exit__(self, *exc: object) -> None: ...
