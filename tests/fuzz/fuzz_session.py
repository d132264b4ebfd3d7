"""A real session, recorded once in a process: frames, answers, results and a journal, from which mutants are made."""

from __future__ import annotations

import copy
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fuzz_sources import ROOT

from grader import course, grading
from grader.checks import Check, Record, Skip
from grader.grading import Prepared, Run, Submitted
from grader.row import pack
from grader.sandbox import Limits, wire
from grader.sandbox.none_wall import NoneWall
from grader.store import NAME, Journal
from grader.submission import find
from grader.values import Reply

COURSE: Final = ("sigmoid_neuron", "softmax", "matmul_gate", "dropout", "gradient_tape")
SEED: Final = 1
FACTS: Final = {"seed": str(SEED), "assignments": "", "course": "the built-in course"}


@dataclass(frozen=True)
class Exchange:
    """A question of a check, and what the box said."""

    check: Check
    record: Record
    """As it was before."""
    ask: wire.Ask
    asked: bytes
    answered: bytes
    """The frames."""


def frame(message: wire.ToWorker | wire.FromWorker, payload: bytes = b"") -> bytes:
    """A frame of any content."""
    header = wire._encoder.encode(message)
    kind = wire.TALK if isinstance(message, wire.TALKS) else wire.CONTROL
    return wire.PREFIX.pack(kind, len(header), len(payload)) + header + payload


@cache
def prepared() -> dict[str, Prepared]:
    """Assignments of several kinds of check."""
    return course.prepare_all(COURSE, SEED)


@cache
def recorded() -> tuple[wire.Loaded, tuple[Exchange, ...]]:
    """What a box said of right and wrong submissions; its last word on a source, and every question."""
    found: list[Exchange] = []
    with NoneWall(Limits()) as wall:
        for name in COURSE:
            # The shortest right file, and a wrong one, of which other questions are asked.
            paths = sorted((ROOT / "tests" / "zoo" / name).glob("*.py"), key=lambda path: path.stat().st_size)
            for kind in ("right", "wrong"):
                path = next(path for path in paths if path.stem.startswith(kind))
                (located,) = find(path).students
                with wall.open() as box:
                    submitted = Submitted(located.read(), box, prepared()[name].assignment.modules)
                    loaded = submitted.load(0)
                    assert loaded is not None
                    found += _questions(prepared()[name], submitted)
    return loaded, tuple(found)


def _questions(ready: Prepared, submitted: Submitted) -> list[Exchange]:
    found = []
    record = Record()
    for check in ready.checks:
        question = check.question(record)
        if isinstance(question, Skip):
            continue
        before = copy.deepcopy(record)
        ask = question.ask()
        answer, payload = submitted.box.ask(ask, question.payload)
        asked = frame(ask, b"".join(question.payload.chunks))
        found.append(Exchange(check, before, ask, asked, frame(answer, payload)))
        verdicts = check.judge(Reply(answer.outcomes, payload), record)
        record.verdicts |= {(row.function, row.check): verdicts[row.check] for row in check.rows}
    return found


@cache
def graded() -> tuple[grading.Graded, ...]:
    """Results of a few of the example class."""
    wanted = re.compile(r"ada|陈静|carlos|hannah|zoe|Niamh")
    students = [s for s in find(ROOT / "examples" / "class", list(COURSE)).students if wanted.search(s.student)]
    with NoneWall(Limits()) as wall:
        found = [grading.grade(located.read(), wall, prepared(), SEED) for located in students]
    run = Run(SEED, "none")
    return tuple(
        grading.Graded(g.handed, g.results or [grading.unanswered(g.handed, prepared()["softmax"], run)]) for g in found
    )


@cache
def journals() -> tuple[bytes, ...]:
    """The bytes of journals: of a class, of one student, and of nobody."""
    found = []
    for some in (graded(), graded()[:1], ()):
        with tempfile.TemporaryDirectory() as folder:
            with Journal(Path(folder)) as journal:
                journal.remember(FACTS)
                journal.add([pack(f"digest {i}", g) for i, g in enumerate(some)])
            found.append(Path(folder, NAME).read_bytes())
    return tuple(found)
