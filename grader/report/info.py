"""What reports know about an assignment beside its results, and how they write numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class AssignmentInfo:
    """An assignment as people see it."""

    name: str
    title: str
    topic: str
    max_score: float
    functions: tuple[str, ...]


NOTEBOOK_SUFFIX: Final = ".notebook.html"
"""What follows the assignment in the name of the page that shows a student's notebook."""

KINDS: Final = {
    "forward": ("Forward value", "Your forward against the right value."),
    "backward": ("Gradient", "Your backward against the right gradient, for a random upstream gradient."),
    "gradcheck": ("Gradient check", "Your backward against the numerical derivative of your own forward."),
    "stages": ("Stage", "Each stage's gradient, judged from your own gradients above it."),
    "stability": ("Extreme inputs", "Very large and very small inputs."),
    "purity": ("No side effects", "Inputs left as they were, and two interleaved calls kept apart."),
    "property": ("Property", "What holds for every right answer."),
}
"""Kind of check: its title, and what is compared; true whether it passed or not."""

STATUS_WORDS: Final = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "timeout": "timed out",
    "missing": "missing",
    "skipped": "skipped",
}
"""A check's status in words; `skipped` counts for nothing by itself."""

LOST: Final = frozenset({"failed", "error", "timeout", "missing"})
"""The statuses that say something is to be mended."""


def check_title(check: str) -> str:
    """The title of a check named "kind" or "kind:part"."""
    kind, _, part = check.partition(":")
    title = KINDS[kind][0] if kind in KINDS else kind
    return f"{title}: {part}" if part else title


def check_meaning(check: str) -> str:
    """What a check compares; empty for a kind that is not known."""
    return KINDS.get(check.partition(":")[0], ("", ""))[1]


def number(value: float, decimals: int = 4) -> str:
    """`value` in plain digits, at most `decimals` of them after the point, no trailing zeros, never "-0"."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count with its noun: "1 check", "2 checks", "3,000 students"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
