"""How far a run is: a bar with rate and time left on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY_S: Final = 5.0
"""Between two plain lines."""


class Watcher(Protocol):
    """A progress display, used as a context manager."""

    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""
        ...

    def stopping(self) -> None:
        """The run was asked to stop, and finishes what is in hand."""
        ...

    def __enter__(self) -> Watcher: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def watcher(console: Console, total: int) -> Watcher:
    """The display that fits the console."""
    return Bar(console, total) if console.is_terminal else Lines(console, total)


class _Count:
    """What both displays count, and how they speak."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.done = 0
        self.failed = 0
        self.started = time.monotonic()

    def count(self, *, failed: bool) -> None:
        self.done += 1
        self.failed += failed

    @property
    def rate(self) -> float:
        """Submissions a second."""
        return self.done / max(time.monotonic() - self.started, 1e-9)

    @property
    def note(self) -> str:
        return f", {self.failed} not graded" if self.failed else ""

    def stopping(self) -> None:
        """The run was asked to stop, and finishes what is in hand."""
        self.console.print("stopping: what is in hand is finished; ^C again drops it", highlight=False)


class Bar(_Count):
    """A bar."""

    def __init__(self, console: Console, total: int) -> None:
        super().__init__(console, total)
        self.progress = Progress(
            TextColumn("grading"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self.task = self.progress.add_task("", total=total, rate="")

    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""
        self.count(failed=failed)
        self.progress.update(self.task, advance=1, rate=f"{self.rate:.0f}/s{self.note}")

    def __enter__(self) -> Bar:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()


class Lines(_Count):
    """A line now and then."""

    def __init__(self, console: Console, total: int) -> None:
        super().__init__(console, total)
        self.said = time.monotonic()

    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""
        self.count(failed=failed)
        if time.monotonic() - self.said >= EVERY_S:
            self.said = time.monotonic()
            left = (self.total - self.done) / self.rate
            self.console.print(
                f"{self.done} of {self.total}, {self.rate:.1f}/s, {left:.0f} s left{self.note}", highlight=False
            )

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return
