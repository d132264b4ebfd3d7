"""A pool of things that take a while to make: a few are always made ahead, by threads of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from grader.errors import WallError

T = TypeVar("T")

_STOP_CHECK_S: Final = 0.2


class Pool(Generic[T]):
    """Keeps `ahead` results of `make` ready, made by `makers` threads; `discard` undoes one that nobody took.

    A `make` that raises takes a place in the queue like a result, and `take` raises it: a broken engine is told to
    everybody who asks, and isn't asked again more often than there are takers.
    """

    def __init__(self, make: Callable[[], T], discard: Callable[[T], None], *, ahead: int, makers: int) -> None:
        self._make = make
        self._discard = discard
        # A maker holds one more while it waits for a place.
        self._ready: queue.Queue[T | Exception] = queue.Queue(max(1, ahead - makers))
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._fill, name=f"pool-{n}", daemon=True) for n in range(makers)]
        for thread in self._threads:
            thread.start()

    def take(self, timeout_s: float) -> T:
        """The next one. Raises what `make` raised, and WallError when there is none in time."""
        try:
            item = self._ready.get(timeout=timeout_s)
        except queue.Empty:
            raise WallError(
                f"docker: no container was ready within {timeout_s:.0f} s: is the machine overloaded?"
            ) from None
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        """Stop making, and discard what is left."""
        self._closing.set()
        while any(thread.is_alive() for thread in self._threads) or not self._ready.empty():
            try:
                item = self._ready.get(timeout=_STOP_CHECK_S)
            except queue.Empty:
                continue
            if not isinstance(item, Exception):
                self._discard(item)

    def _fill(self) -> None:
        while not self._closing.is_set():
            try:
                item: T | Exception = self._make()
            except Exception as error:  # noqa: BLE001 - `take` raises it where somebody can act on it
                item = error
            self._ready.put(item)
