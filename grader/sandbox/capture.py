"""What a submission prints, kept within a limit: its beginning and its end."""

from __future__ import annotations

import io
from collections import deque
from typing import Any, Final

from . import wire

_GAP: Final = "\n[... {} characters left out ...]\n"


class Budget:
    """The bytes that a submission's output may still take, shared by both streams."""

    def __init__(self, size: int) -> None:
        self.left = size


class Capture(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    @property
    def buffer(self) -> Any:
        """Takes bytes, as sys.stdout.buffer does."""
        return _Bytes(self)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep `text`, or what of it fits; says that it took all, as a file would."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        # A character may take four bytes.
        half = self._budget.left // 8
        rest = str.__str__(text)
        if (room := half - self._head_size) > 0:
            self._head.append(rest[:room])
            self._head_size += min(room, len(rest))
            rest = rest[room:]
        if rest:
            self._keep_end(rest, half)
        return len(text)

    def take(self) -> str:
        """What was written since the last time; it counts against the budget."""
        gap = _GAP.format(self._dropped) if self._dropped else ""
        data = ("".join(self._head) + gap + "".join(self._tail)).encode("utf-8", "backslashreplace")
        self._head.clear()
        self._tail.clear()
        self._head_size = self._tail_size = self._dropped = 0
        data = data[: self._budget.left]
        self._budget.left -= len(data)
        return data.decode("utf-8", "ignore")

    def _keep_end(self, text: str, limit: int) -> None:
        self._dropped += max(0, len(text) - limit)
        text = text[-limit:] if limit else ""
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail and self._tail_size - len(self._tail[0]) >= limit:
            dropped = len(self._tail.popleft())
            self._tail_size -= dropped
            self._dropped += dropped


class _Bytes(io.RawIOBase):
    def __init__(self, text: Capture) -> None:
        super().__init__()
        self._text = text

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep `data` as text."""
        piece = bytes(data)
        self._text.write(piece.decode("utf-8", "replace"))
        return len(piece)


class Streams:
    """Both streams of one submission."""

    def __init__(self, limit: int) -> None:
        budget = Budget(min(limit, wire.HEADER_LIMIT // 2))
        self.stdout = Capture(budget)
        self.stderr = Capture(budget)

    def take(self) -> wire.Output:
        """What was printed since the last time."""
        return wire.Output(self.stdout.take(), self.stderr.take())
