"""Judging by precedent: nobody's verdict depends on who was judged before."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from grader import precedents
from grader.checks import Verdict
from grader.judge import judge
from grader.precedents import Judgement, Precedents, Trail
from grader.sandbox import wire
from grader.values import Reply

SLIPS = (
    ("u * v + v ** 2", "u * v + v * v"),  # the same bits
    ("u * v + v ** 2", "(u + v) * v"),  # others, as right
    ("u * v + v ** 2", "u * v - v ** 2"),
    ("u * v + v ** 2", "(u * v + v ** 2).astype('float32')"),
    ("u * v + v ** 2", "(u * v + v ** 2).tolist()"),
    ("u * v + v ** 2", "1 / 0"),
    ("u * v + v ** 2", "\n 1 / 0"),  # elsewhere
    ("return dout * v,", "u += 1; return dout * v,"),
    ("(u + 2 * v)", "(u + v)"),
    ("(u + 2 * v)", "(u + 2 * v) * (1 + 2e-16)"),
    ("(u + 2 * v)", "(u + 2 * v) * (1 + 2e-4)"),
    ("return dout * v,", "return v,"),
    ("return dout * v,", "print('here'); return dout * v,"),
    ("return dout * v,", "import warnings; warnings.warn('odd'); return dout * v,"),
    ("return dout * v,", "exit(1); return dout * v,"),
    ("blend_backward", "backward"),
)
"""What is put in place of what, in the right solution."""


@pytest.fixture
def sources(right):
    """The right solution, and others."""
    return [right, *(right.replace(old, new) for old, new in SLIPS)]


@pytest.fixture
def ask(wall, blend_checks):
    """`ask(source, known)`: the lines of the report, judged with these precedents."""

    def run(source, known=None):
        cells = (wire.Cell("work.py", source),)
        with wall.open() as box:
            return judge(blend_checks, box, box.load(cells), lambda: box.load(cells), precedents=known)[0]

    return run


def test_who_was_judged_before_makes_no_difference(ask, sources):
    """In whatever order, and a second time, each gets what it gets alone."""
    alone = [ask(source) for source in sources]
    assert len({repr(lines) for lines in alone}) > len(sources) / 2, "too much alike to tell anything"
    known = Precedents()
    there = [ask(source, known) for source in sources]
    back = [ask(source, known) for source in reversed(sources)]
    assert there == alone
    assert back[::-1] == alone


def test_the_same_answers_are_judged_once(ask, right, blend_checks, monkeypatch):
    """Another source that gives the same bits asks no check to judge again; one that gives others does."""
    asked = []
    for kind in {type(check) for check in blend_checks}:

        def judging(self, reply, record, before=kind.judge):
            asked.append(self)
            return before(self, reply, record)

        monkeypatch.setattr(kind, "judge", judging)
    known = Precedents()
    first = ask(right, known)
    assert asked
    asked.clear()
    assert ask("# mine\n" + right, known) == first
    assert not asked
    ask(right.replace("(u + 2 * v)", "(u + 2 * v) * (1 + 2.3e-16)"), known)
    assert asked


def test_another_way_to_the_same_answer_is_no_precedent():
    """A verdict hangs on what the checks before found: the answer is not all that counts."""
    known = Precedents()
    reply = Reply((wire.Outcome(wire.Nothing()),), b"")
    first, second = Trail(known), Trail(known)
    first.settled({"forward": Verdict("passed", 1.0)})
    second.settled({"forward": Verdict("failed", message="off")})
    one, other = Judgement({}, {}), Judgement({}, {"f": []})
    assert first.answered(reply, lambda: one) is one
    assert second.answered(reply, lambda: other) is other


@pytest.mark.parametrize(
    "outcome",
    [
        wire.Outcome(wire.Text("a"), warnings=("odd",)),
        wire.Outcome(wire.Text("a"), uses=("torch",)),
        wire.Outcome(wire.Text("a"), arguments=(wire.Nothing(),)),
        wire.Outcome(wire.Text("a"), counted=(3,)),
        wire.Outcome(wire.Opaque("a")),
        wire.Outcome(error=wire.Failure("a", "a")),
    ],
)
def test_every_part_of_an_answer_counts(outcome):
    """But for the time that it took."""
    known, plain = Precedents(), wire.Outcome(wire.Text("a"))
    first = Judgement({}, {})
    assert Trail(known).answered(Reply((plain,), b""), lambda: first) is first
    slower = msgspec.structs.replace(plain, seconds=2.0)
    assert Trail(known).answered(Reply((slower,), b""), pytest.fail) is first
    for reply in (Reply((outcome,), b""), Reply((plain,), b"\0"), Reply((plain, plain), b"")):
        other = Judgement({}, {"f": []})
        assert Trail(known).answered(reply, lambda other=other: other) is other


def test_only_the_latest_are_kept():
    """What is wanted stays, whatever comes between."""
    known = Precedents()
    wanted = Judgement({}, {})
    known.keep(b"wanted", wanted)
    for i in range(3 * precedents.KEPT):
        known.keep(str(i).encode(), Judgement({}, {}))
        assert known.find(b"wanted") is wanted
    assert known.find(b"0") is None


def test_large_answers_are_kept_for_a_shorter_time():
    """Their arrays take no more than so many bytes together; one that is larger than that is not kept at all."""
    known = Precedents()
    quarter = Judgement({}, {"f": [{"out": np.empty(precedents.KEPT_BYTES // 32)}, None]})
    for i in range(6):
        known.keep(bytes([i]), quarter)
    assert [i for i in range(6) if known.find(bytes([i]))] == [2, 3, 4, 5]
    known.keep(b"large", Judgement({}, {"f": [{"out": np.empty(precedents.KEPT_BYTES)}]}))
    assert known.find(b"large") is None
    known.keep(b"small", quarter)
    assert known.find(b"small") is quarter
