"""Bytes that were once right: a real sample with a few places changed, the same for the same generator."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

LIMIT: Final = 1 << 16
"""Bytes of an input; what is at the readers' own limits are the extremes, each made by hand."""

NUMBERS: Final = (0, 1, -1, 7, 16, 127, 128, 255, 256, 1023, 4096, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
DIGITS: Final = (b"0", b"-1", b"1e999", b"-0", b"2147483648", b"99999999999999999999", b"1" * 400, b"0.1e-400", b"NaN")
PIECES: Final = (
    b"\x00", b"\xff", b"\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\\ud800", b"\\u0000", b"\x1b[31m", b"\xe2\x80\xae",
    b"\xe2\x80\xa8", b"\x0c", b"\x85", b"\r", b"\r\n", b"\n", b"\t", b" ", b"'", b'"', b'"""', b"'''", b"\\", b"#", b"%",
    b"!", b"?", b"(", b")", b"[", b"]", b"{", b"}", b",", b":", b";", b"@", b"null", b"true", b"[]", b"{}", b'""', b"..",
    b"../", b"/", b"print ", b"exec ", b"raise ", b"except ", b"lambda:", b"%%", b"%time ", b"!ls\n", b"def f(", b"<>",
    b"0xFFl", b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\xc0", b"\xdd\xff\xff\xff\xff", b"\xdf\x00\x0f\xff\xff",
    b"\x91\x91\x91\x91\x91\x91", b"\xa5stop.", b"# coding: utf-7\n",
)  # fmt: skip

Change = Callable[[bytearray, Random, Sequence[bytes]], None]


def mutated(data: bytes, rng: Random, samples: Sequence[bytes], changes: Sequence[Change] | None = None) -> bytes:
    """`data` with one change or a few, which may bring in a piece of another sample."""
    changed = bytearray(data[:LIMIT])
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        rng.choice(changes or CHANGES)(changed, rng, samples)
    return bytes(changed[:LIMIT])


def _span(data: bytearray, rng: Random) -> slice:
    start = rng.randrange(len(data) + 1)
    return slice(start, start + rng.choice((1, 2, 4, 8, 32, 200, 2000)))


def _flip(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    for _ in range(rng.choice((1, 1, 4, 32))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _truncate(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _delete(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    del data[_span(data, rng)]


def _repeat(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    span = _span(data, rng)
    data[span] = data[span] * rng.choice((2, 3, 20, 500))


def _swap(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    one, other = sorted((_span(data, rng), _span(data, rng)), key=lambda span: span.start)
    if one.stop <= other.start:
        data[other], data[one] = data[one], data[other]


def _splice(data: bytearray, rng: Random, samples: Sequence[bytes]) -> None:
    other = bytearray(rng.choice(samples))
    data[_span(data, rng)] = other[_span(other, rng)]


def _insert(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    place = rng.randrange(len(data) + 1)
    data[place:place] = rng.choice(PIECES) * rng.choice((1, 1, 1, 2, 40))


def _number(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    """A length or an offset: an extreme number in place of whatever stands there."""
    width = rng.choice((1, 2, 4, 8))
    value = rng.choice(NUMBERS) % (1 << 8 * width)
    place = rng.randrange(len(data) + 1)
    data[place : place + width] = value.to_bytes(width, rng.choice(("big", "little")))


def _digits(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    found = [match.span() for match in re.finditer(rb"-?\d+(\.\d+)?", data[: 1 << 14])]
    if found:
        start, stop = rng.choice(found)
        data[start:stop] = rng.choice(DIGITS)


def _word(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    """One word in place of another."""
    found = [match.span() for match in re.finditer(rb"\w+", data[: 1 << 14])]
    if found:
        (start, stop), (first, last) = rng.choice(found), rng.choice(found)
        data[start:stop] = data[first:last]


def _line(data: bytearray, rng: Random, _: Sequence[bytes]) -> None:
    """A line left out, or said again elsewhere."""
    lines = bytes(data).split(b"\n")
    moved = lines.pop(rng.randrange(len(lines)))
    if rng.random() < 0.5:
        lines.insert(rng.randrange(len(lines) + 1), moved)
        lines.insert(rng.randrange(len(lines) + 1), moved)
    data[:] = b"\n".join(lines)


CHANGES: Final[tuple[Change, ...]] = (
    _flip, _overwrite, _truncate, _delete, _repeat, _swap, _splice, _insert, _insert, _number, _digits, _word,
)  # fmt: skip
TEXT: Final[tuple[Change, ...]] = (_word, _word, _word, _digits, _digits, _line, _insert)
"""For what is mostly refused by its syntax alone."""
