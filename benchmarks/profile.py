"""Where the time of a run goes, by stage, in one picture: `python -m benchmarks.profile FILE.svg`.

A class is graded in this one process, so that nothing overlaps: a stage's seconds are what the profiler counts in the
functions that stand for it, without those of other stages that they call. What the box uses is the CPU time of its
processes; it is drawn beside the others, since the grader waits meanwhile.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console

from benchmarks import classes
from grader import run
from grader.batch import Runner
from grader.marker import Marker
from grader.plan import Plan
from grader.sandbox import Limits

COUNT: Final = 200
STAGES: Final = (
    ("start", "grader/course.py:usable grader/sandbox/choice.py:choose grader/sandbox/sandlock_wall.py:__enter__"),
    ("reading submissions", "grader/submission.py:read grader/submission.py:find"),
    ("starting a fork", "grader/sandbox/box.py:_fresh"),
    ("leaving the box", "grader/sandbox/box.py:__exit__"),
    ("questions and answers", "grader/sandbox/box.py:load grader/sandbox/box.py:ask"),
    ("judging", "grader/judge.py:judge"),
    ("the journal", "grader/row.py:pack grader/store.py:add grader/store.py:read"),
    ("pages and tables", "grader/publish.py:publish"),
)
"""A stage, and the functions that begin it."""
WIDTH, ROW, LEFT = 900, 34, 220


class Here:
    """A runner that grades in this process."""

    room, busy = True, False

    def __init__(self, plan: Plan) -> None:
        self.marker, self.done = Marker(plan), []  # type: ignore[var-annotated]

    def submit(self, located: Any) -> None:
        """Grade it now."""
        self.done.append((located, self.marker.grade(located)))
        self.room, self.busy = False, True

    def ready(self) -> Sequence[Any]:
        """What was graded."""
        found, self.done, self.room, self.busy = self.done, [], True, False
        return found

    def withdraw(self) -> None:
        """Nothing waits."""

    def renew(self, *, alone: bool) -> None:
        """Nothing is worn out."""

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *exc: object) -> None:
        self.marker.close()


@dataclass(frozen=True)
class Stage:
    """Seconds of this process in a stage."""

    name: str
    seconds: float


def measure() -> tuple[list[Stage], float]:
    """The stages of a run, and the CPU seconds of the box's processes."""
    run.Pool = Here  # type: ignore[assignment, misc]
    with TemporaryDirectory() as place:
        folder = classes.write(Path(place) / "class", COUNT)
        options = run.Options(
            folder, Path(place) / "out", classes.ASSIGNMENTS, "sandlock", None, 1, 1, fresh=True, limits=Limits()
        )
        profile = cProfile.Profile()
        with Path(os.devnull).open("w", encoding="utf-8") as null:
            profile.runcall(run.grade, options, Console(file=null))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return stages(pstats.Stats(profile)), used.ru_utime + used.ru_stime


def stages(stats: Any) -> list[Stage]:
    """Each stage's own seconds: of its functions, less what they spent in those of other stages."""
    begins = {function: name for name, functions in STAGES for function in functions.split()}
    total: dict[str, float] = dict.fromkeys([name for name, _ in STAGES], 0.0)
    owner = {key: begins[told] for key in stats.stats if (told := _told(key)) in begins}
    for key, (*_, cumulative, callers) in stats.stats.items():
        if key in owner:
            total[owner[key]] += cumulative
            for above in _above(stats, callers, owner):
                total[above[0]] -= above[1]
    whole = max(cumulative for *_, cumulative, _ in stats.stats.values())
    return [*(Stage(name, seconds) for name, seconds in total.items()), Stage("the rest", whole - sum(total.values()))]


def _told(key: tuple[str, int, str]) -> str:
    file = Path(key[0])
    return f"{file.relative_to(classes.ROOT)}:{key[2]}" if file.is_relative_to(classes.ROOT) else ""


def _above(stats: Any, callers: dict[Any, Any], owner: dict[Any, str]) -> list[tuple[str, float]]:
    """The stages in whose functions a function's callers lie, with the seconds that it spent for each."""
    found = []
    for caller, (*_, seconds) in callers.items():
        seen, at = set(), caller
        while at not in owner and at not in seen and (up := stats.stats[at][4]):
            seen.add(at)
            at = max(up, key=lambda each: up[each][3])
        if at in owner:
            found.append((owner[at], seconds))
    return found


def draw(found: Sequence[Stage], box: float) -> str:
    """The picture: a bar a stage, the box's beside them."""
    rows = [*found, Stage("in the box (CPU)", box)]
    longest = max(stage.seconds for stage in rows)
    whole = sum(stage.seconds for stage in found)
    parts = []
    for i, stage in enumerate(rows):
        y, width = 50 + i * ROW, max(1.0, (WIDTH - LEFT - 160) * stage.seconds / longest)
        colour = "#8a8f98" if i == len(found) else "#2c5fa8"
        told = f"{1000 * stage.seconds / COUNT:.1f} ms a submission"
        if i < len(found):
            told += f", {100 * stage.seconds / whole:.0f}%"
        parts.append(f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(stage.name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="20" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + width + 8:.1f}" y="{y + 15}">{told}</text>')
    title = f"{COUNT} submissions of five questions, sandlock, one process under a profiler"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {60 + len(rows) * ROW}" '
        f'font-family="system-ui, sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="20" y="28" font-size="15" font-weight="600">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def main(path: str) -> None:
    """Draw the picture and print its figures."""
    found, box = measure()
    Path(path).write_text(draw(found, box), encoding="utf-8")
    for stage in [*found, Stage("in the box (CPU)", box)]:
        print(f"{stage.name:24} {1000 * stage.seconds / COUNT:6.1f} ms a submission")
    print(path)


if __name__ == "__main__":
    main(sys.argv[1])
