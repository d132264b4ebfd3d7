"""Which of many files have code in common, and where: copydetect's fingerprints, and an index that spares most pairs.

A fingerprint is the hash of `LENGTH` characters of code, at every place of it. The files' own fingerprints are those
that neither the stubs hold nor more than `common` files. One index of all tells for each file how many it shares with
every other; the best of these pairs alone are compared place by place. The work so grows with what files share, and
not with the number of pairs, of which 3,000 files have four and a half million.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LENGTH: Final = 25
"""Characters of code that must agree to count: copydetect's own measure, less than a line of numpy."""
LEAST: Final = 75
"""Fingerprints of its own that a file must have to be compared."""
SHORT: Final = 200
"""What is added to the length of a file's own code when pairs are put in order: the shorter the files, the more often
they agree by chance.
"""
FLOOR: Final = 0.2
"""The share of the own code that a pair must have in common to be shown."""
ROOM: Final = 16_000_000
"""Fingerprints of all files together, about 1 GB with their index: 3,000 files of 5,000 characters of code."""
SPARE: Final = 4
"""Pairs that are compared place by place, for each that is asked for."""

Hashes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to compare: whose it is, its code, and its fingerprints without the stubs'."""

    owner: int
    text: str
    hashes: Hashes


@dataclass(frozen=True, slots=True)
class Match:
    """Two files by their numbers; for each the share of its own code that is common, and the places from and to."""

    files: tuple[int, int]
    shares: tuple[float, float]
    places: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]
    rank: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best pairs, best first; the files that were compared; whether the time ran out before all were."""

    matches: tuple[Match, ...]
    compared: int
    ended: bool


def hashes(text: str) -> Hashes:
    """The fingerprints of code, each once, sorted. They are of this process: Python's hashes differ in another."""
    found = library().utils.hashed_kgrams(text, LENGTH)
    return np.unique(np.asarray(found, dtype=np.int64))


def compare(entries: Sequence[Entry], common: int, most: int, deadline: float) -> Found:
    """The `most` pairs with most in common, of different owners, without what more than `common` files hold."""
    own = _own([entry.hashes for entry in entries], common)
    candidates, ended = _candidates(entries, own, most * SPARE, deadline)
    files = {number: None for pair in candidates for number in pair}
    prints = {number: _fingerprint(entries[number].text, own[number]) for number in files}
    matches = [_match(pair, prints) for pair in candidates]
    best = sorted((m for m in matches if max(m.shares) >= FLOOR), key=lambda m: (-m.rank, m.files))
    return Found(tuple(best[:most]), sum(len(o) >= LEAST for o in own), ended)


def _own(found: Sequence[Hashes], common: int) -> list[Hashes]:
    """Each file's fingerprints without those that more than `common` files hold."""
    if not found:
        return []
    values, counts = np.unique(np.concatenate(found), return_counts=True)
    everyones = values[counts > common]
    return [np.setdiff1d(mine, everyones, assume_unique=True) for mine in found]


def _candidates(
    entries: Sequence[Entry], own: Sequence[Hashes], most: int, deadline: float
) -> tuple[list[tuple[int, int]], bool]:
    """The pairs that share most, by number; True where the time ended before all files were looked at."""
    sizes = np.array([len(mine) for mine in own], dtype=np.int64)
    owners = np.array([entry.owner for entry in entries], dtype=np.int64)
    best: list[tuple[float, int, int]] = []
    for number, shared in _shared(own):
        if time.monotonic() > deadline:
            return _cut(best, most), True
        # As a share of the shorter one's: who copied may have written more besides.
        shorter = np.minimum(sizes, sizes[number])
        ranks = shared / (shorter + SHORT)
        ranks[(owners == owners[number]) | (sizes < LEAST) | (shared < FLOOR * shorter)] = 0
        ranks[: number + 1] = 0
        nearest = np.argsort(-ranks, kind="stable")[:most]
        best += [(-float(ranks[other]), number, int(other)) for other in nearest if ranks[other]]
        if len(best) > 8 * most:
            best = sorted(best)[:most]
    return _cut(best, most), False


def _cut(best: list[tuple[float, int, int]], most: int) -> list[tuple[int, int]]:
    return [(one, other) for _, one, other in sorted(best)[:most]]


def _shared(own: Sequence[Hashes]) -> Iterator[tuple[int, Any]]:
    """For each file with enough code, its number and how many fingerprints it shares with every file."""
    if not own:
        return
    lengths = [len(mine) for mine in own]
    values, places = np.unique(np.concatenate(own), return_inverse=True)
    holders = np.repeat(np.arange(len(own)), lengths)[np.argsort(places, kind="stable")]
    ends = np.cumsum(np.bincount(places, minlength=len(values)))
    starts = np.concatenate(([0], ends[:-1]))
    at = 0
    for number, length in enumerate(lengths):
        mine = places[at : at + length]
        at += length
        if length >= LEAST:
            holding = [holders[a:b] for a, b in zip(starts[mine].tolist(), ends[mine].tolist(), strict=True)]
            yield number, np.bincount(np.concatenate(holding), minlength=len(own))


# --- copydetect -------------------------------------------------------------------------------------------------------


def _fingerprint(text: str, own: Hashes) -> Any:
    """The library's fingerprint of code that is filtered already, reduced to the file's own.

    Its own way of leaving out boilerplate loses every passage that a file holds twice.
    """
    copydetect = library()
    found = copydetect.CodeFingerprint("", LENGTH, 1, filter=False, fp=io.StringIO(text))
    found.hashes = set(own.tolist())
    found.hash_idx = {value: found.hash_idx[value] for value in found.hashes}
    found.token_coverage = copydetect.utils.get_token_coverage(found.hash_idx, LENGTH, len(text))
    return found


def _match(pair: tuple[int, int], prints: dict[int, Any]) -> Match:
    one, other = (prints[number] for number in pair)
    _, shares, slices = library().compare_files(one, other)
    places = [tuple((int(a), int(b)) for a, b in zip(*found, strict=True)) if len(found) else () for found in slices]
    sizes = (float(one.token_coverage), float(other.token_coverage))
    rank = max(share * size / (size + SHORT) for share, size in zip(shares, sizes, strict=True))
    return Match(pair, (float(shares[0]), float(shares[1])), (places[0], places[1]), float(rank))


@cache
def library() -> Any:
    """The library, without the plots of its own report: importing what draws them takes longer than comparing a
    class.
    """
    absent = [name for name in ("matplotlib", "matplotlib.pyplot") if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    try:
        import copydetect
    finally:
        for name in absent:
            del sys.modules[name]
    return copydetect
