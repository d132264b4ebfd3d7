"""How much of a result its student sees. The instructor's own files hold all of it, always."""

from __future__ import annotations

from typing import Final

import msgspec

from grader.manual import remark
from grader.policy.rules import Reveal
from grader.result import Check, Output, Result

LOST: Final = frozenset({"failed", "error", "timeout"})


def revealed(result: Result, level: Reveal) -> Result:
    """The result as its student may see it.

    "all": as it is. "one case": the first check that failed with its case, the others as under "verdicts": statuses and
    points, without what says where and why. "none": the score alone. What is odd about the files stays; manual marks
    stay, with the reason that a person gave.
    """
    if level == "all":
        return result
    shown = next((i for i, c in enumerate(result.checks) if c.status in LOST), None) if level == "one case" else None
    by_hand = {(mark.function, mark.check): remark(mark) for mark in result.manual}
    checks = [c if i == shown else _verdict(c, by_hand.get((c.function, c.check))) for i, c in enumerate(result.checks)]
    return msgspec.structs.replace(result, checks=[] if level == "none" else checks, output=Output(), refused=[])


def _verdict(check: Check, by_hand: str | None) -> Check:
    """A check without its values. That a function is missing, or not needed, tells nothing of any input."""
    message = check.message if check.status in {"missing", "skipped"} else ""
    remarks = [by_hand] if by_hand else []
    return msgspec.structs.replace(
        check, message=message, diagnosis=None, evidence=None, remarks=remarks, instructor=[]
    )
