"""Frames on their way through the warm worker: read, held and written without a copy that stays.

What lies in ordinary memory stays there after it is freed, and every later fork inherits it: one submission could read
another's source and answers. So a frame lies in pages mapped for it alone, which the kernel takes back on `close`.
"""

from __future__ import annotations

import mmap
import os
from typing import Final

_ROOM: Final = 1 << 16
_WRITE: Final = 1 << 20


class Transit:
    """A queue of bytes between two descriptors."""

    def __init__(self) -> None:
        self._memory: mmap.mmap | None = None
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    def put(self, data: bytes) -> None:
        """Append `data`, which is nobody's secret."""
        memory = self._reserve(len(data))
        memory[self._end : self._end + len(data)] = data
        self._end += len(data)

    def fill(self, fd: int, count: int) -> int:
        """Append at most `count` bytes of `fd`, by one read; 0 at its end."""
        memory = self._reserve(count)
        with memoryview(memory) as view, view[self._end : self._end + count] as room:
            received = os.readv(fd, [room])
        self._end += received
        return received

    def drain(self, fd: int) -> None:
        """Write to `fd` what one write takes."""
        if self._memory is None:
            return
        with memoryview(self._memory) as view, view[self._start : min(self._end, self._start + _WRITE)] as piece:
            self._start += os.write(fd, piece)
        if self._start == self._end:
            self._start = self._end = 0

    def first(self, count: int) -> bytes:
        """A copy of the first `count` bytes, for what is nobody's secret: a frame's prefix."""
        return b"" if self._memory is None else self._memory[self._start : self._start + count]

    def close(self) -> None:
        """Give the memory back to the kernel, with all that it holds."""
        memory, self._memory = self._memory, None
        self._start = self._end = 0
        if memory is not None:
            memory.close()

    def _reserve(self, count: int) -> mmap.mmap:
        needed = self._end + count
        if self._memory is None:
            self._memory = mmap.mmap(-1, max(needed, _ROOM), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        elif needed > len(self._memory):
            self._memory.resize(max(needed, 2 * len(self._memory)))
        return self._memory
