"""The pool of things made ahead."""

from __future__ import annotations

import itertools
import threading

import pytest

from grader.errors import WallError
from grader.sandbox.pool import Pool


def test_each_thing_is_given_once():
    """Takers in several threads get different things, and all that was made is either taken or discarded."""
    numbers, discarded, taken = itertools.count(), [], []
    pool = Pool(lambda: next(numbers), discarded.append, ahead=4, makers=2)

    def take() -> None:
        taken.extend(pool.take(10) for _ in range(50))

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    pool.close()
    assert len(set(taken)) == 150
    assert sorted(taken + discarded) == list(range(next(numbers)))


def test_no_more_is_made_than_is_kept_ahead():
    """With nobody taking, making stops at the number asked for."""
    made, enough = [], threading.Event()

    def make() -> int:
        made.append(1)
        if len(made) >= 4:
            enough.set()
        return 1

    pool = Pool(make, lambda _: None, ahead=4, makers=2)
    assert enough.wait(10)
    assert not threading.Event().wait(0.1)
    assert len(made) == 4
    pool.close()


def test_what_making_raised_is_raised_by_take():
    """Each failure reaches one taker, and the pool goes on."""
    outcomes = itertools.cycle([WallError("no engine"), 7])

    def make() -> int:
        outcome = next(outcomes)
        if isinstance(outcome, WallError):
            raise outcome
        return outcome

    pool = Pool(make, lambda _: None, ahead=2, makers=1)
    with pytest.raises(WallError, match="no engine"):
        pool.take(10)
    assert pool.take(10) == 7
    pool.close()


def test_a_fault_of_ours_is_not_swallowed():
    """Any other exception reaches the taker as it is."""
    pool = Pool(lambda: 1 // 0, lambda _: None, ahead=1, makers=1)
    with pytest.raises(ZeroDivisionError):
        pool.take(10)
    pool.close()


def test_nothing_in_time():
    """A maker that takes too long is an error that says so."""
    release = threading.Event()
    pool = Pool(lambda: release.wait(10), lambda _: None, ahead=1, makers=1)
    with pytest.raises(WallError, match="no container was ready within"):
        pool.take(0.05)
    release.set()
    pool.close()
