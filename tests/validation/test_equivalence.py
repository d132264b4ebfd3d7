"""Whether two sources are equal: what is no answer is never equal."""

from __future__ import annotations

from types import SimpleNamespace

from grader.validation import equivalence
from grader.values import Question


def test_a_process_that_did_not_survive_is_asked_no_more():
    """It holds no source any more, and gives no answer to the next question; to ask it would be a bug."""
    assert equivalence._answered(SimpleNamespace(holds_source=False), Question()) is None
