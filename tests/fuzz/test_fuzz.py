"""Every reader over the day's inputs, and the fuzzer itself against defects that are planted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import fuzz_frames
import fuzz_intake
import fuzz_mutation
import fuzz_running
import fuzz_sources
import pytest
from fuzz_reader import Reader
from fuzz_registry import READERS
from hypothesis import strategies as st

from grader import intake, names, row
from grader.errors import Unreadable
from grader.sandbox import vetting, wire
from grader.sandbox.container import DockerChannel

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(READERS))
def test_no_reader_crashes(name, tmp_path):
    """Each input is read or refused as documented, within its memory and time."""
    done = subprocess.run(
        [
            sys.executable,
            "tests/fuzz",
            "--daily",
            "--jobs",
            "1",
            "--reader",
            name,
            "--crashes",
            str(tmp_path / "crashes"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (inputs,) = re.findall(rf"^{name} +([\d,]+) ", done.stdout, re.MULTILINE)
    reader = READERS[name]
    assert int(inputs.replace(",", "")) == reader.daily + (len(reader.extremes) if reader.every_day else 0)
    assert not (tmp_path / "crashes").exists()


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_seed_gives_the_same_input_again(name):
    """So that a crash is repeated by its seed, in another order and another process."""
    reader = READERS[name]
    seeds = [13, 8, 9, 3]
    found = [reader.input(seed) for seed in seeds]
    again = replace(reader)
    assert [again.input(seed) for seed in reversed(seeds)] == found[::-1]


def test_changes_change():
    """Each kind of change, made often enough, gives other bytes of every length."""
    samples = [b"x = 1\nfor y in [2, 3]:\n    print(y)\n", b"PK\x03\x04" + bytes(range(256))]
    for change in (*fuzz_mutation.CHANGES, *fuzz_mutation.TEXT):
        found = set()
        for seed in range(60):
            data = bytearray(samples[0])
            change(data, Random(seed), samples)
            found.add(bytes(data))
        assert len(found - {samples[0]}) > 5, change


# --- planted defects --------------------------------------------------------------------------------------------------


def crashes(reader: Reader, inputs: int, folder: Path) -> list[str]:
    """What a run of some inputs says."""
    pieces = list(fuzz_running.pieces_of(reader, range(inputs), extremes=False))
    tally = fuzz_running.run([reader], pieces, 1, folder)[reader.name]
    assert tally.inputs == inputs
    return [crash.what for crash in tally.crashes]


def _without(function: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
    """The function with an error of its own let through as another."""

    def planted(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except error as found:
            raise KeyError("planted") from found

    return planted


def _any_packet(channel: DockerChannel, deadline: float) -> int:
    """What stderr says is taken for stdout's."""
    return int.from_bytes(channel._exactly(8, deadline)[4:], "big")


@pytest.mark.parametrize(
    ("name", "place", "what", "planted", "told"),
    [
        ("python", fuzz_sources, "read_source", lambda real: _without(real, Unreadable), "KeyError"),
        ("notebook", fuzz_sources, "read_source", lambda real: _without(real, Unreadable), "KeyError"),
        ("zip", intake, "_ZIP_ERRORS", lambda _: (EOFError,), "Error"),
        ("ids", names, "_replaced", lambda _: lambda name: name, "a safe name"),
        ("ids", names, "_compared", lambda _: lambda name: name, "differ in more"),
        ("answer", vetting, "_values", lambda _: lambda *_: None, "in "),
        ("told", wire, "decode", lambda real: _without(real, wire.WireError), "KeyError"),
        ("packets", DockerChannel, "_next_packet", lambda _: _any_packet, "stdout's own bytes"),
        ("row", row, "decoded", lambda _: lambda decoder, data: decoder.decode(data), "UnicodeDecodeError"),
    ],
)
def test_a_planted_defect_is_found(name, place, what, planted, told, monkeypatch, tmp_path):
    """A reader that raises what it should not, or promises what it does not keep, is a crash."""
    monkeypatch.setattr(place, what, planted(getattr(place, what)))
    found = crashes(READERS[name], 600, tmp_path)
    assert any(told in text for text in found), found
    assert len(list(tmp_path.glob("*.txt"))) >= 1


def _reader(read: Callable[[Any], bool], **more: Any) -> Reader:
    return Reader("planted", read, st.integers(0, 9), **more)


def _hang(_: Any) -> bool:
    while True:
        pass


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda _: bool(bytearray(200 << 20)), "MemoryError"),
        (_hang, "takes more than 1 s"),
        (lambda _: os.kill(os.getpid(), 11), "SIGSEGV"),
        (lambda _: os._exit(3), "exited with 3"),
        (lambda _: __import__("warnings").warn("planted", stacklevel=1), "UserWarning"),
        (lambda _: {}["planted"], "KeyError"),
    ],
)
def test_each_way_to_break_is_a_crash(read, told, tmp_path):
    """Memory, time, a process that dies, a warning and an exception are each told, with what repeats it."""
    (found, *_) = crashes(_reader(read, cpu_s=1.0), 1, tmp_path)
    assert told in found
    (saved,) = tmp_path.glob("*.txt")
    assert "python tests/fuzz --reader planted --seed 0 --inputs 1" in saved.read_text()


def test_a_crash_takes_nothing_along(tmp_path):
    """The inputs beside one that kills its process are all read."""
    reader = _reader(lambda drawn: os._exit(1) if drawn == 3 else True)
    found = crashes(reader, 60, tmp_path)
    assert len(found) == sum(reader.input(seed) == 3 for seed in range(60)) > 0


def test_the_promise_of_safe_names_objects():
    """What holds every folder name to its promise refuses each kind of unsafe one."""
    for bad in ("a/b", "..", "", ".a", "-a", "a.", "a\x1b", "x" * 81, "\u202ea"):
        with pytest.raises(AssertionError):
            fuzz_intake.hold_safe({"a": bad}, ["a"])
    with pytest.raises(AssertionError):
        fuzz_intake.hold_safe({"a": "ab", "b": "AB"}, ["a", "b"])


def test_whole_frames_are_counted():
    """The transit's oracle: whole frames before the first that is none."""
    good = fuzz_frames.raw(b"abc", b"de")
    assert fuzz_frames._whole_frames(good + good[:-1]) == len(good)
    assert fuzz_frames._whole_frames(fuzz_frames.raw(b"a", kind=wire.CONTROL) + good) == 0
