"""`grader new`: lays out an assignment that is sound from the first minute, for its author to replace bit by bit.

What is laid out is the assignment of the course in `skeleton/`, under another name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.catalogue import BUILT_IN, LONGEST, Catalogue, course_at, is_name, misplaced
from grader.errors import StoreError, UsageError

MODEL: Final = course_at(Path(__file__).parent / "skeleton")
MODEL_NAME: Final = "scaled_square"


@dataclass(frozen=True)
class Made:
    """What was laid out."""

    course: Catalogue
    name: str
    files: tuple[Path, ...]


def new(name: str, path: Path | None = None) -> Made:
    """Lay out the assignment `name` in a course, which is made where there is none.

    Raises UsageError for a name that can't be one or that is taken, and StoreError when the folder can't be written.
    """
    _refuse_name(name)
    course = course_at(path)
    if meant := path and misplaced(path):
        raise UsageError(f"--course {path} is a folder of the course {meant}: say --course {meant}")
    if course is BUILT_IN and not course.solutions.is_dir():
        raise UsageError("the built-in course is not here to extend: say --course PATH for one of your own")
    if course.root and course.root.exists() and not course.root.is_dir():
        raise UsageError(f"--course {path} is a file: name a folder, or one that is not there yet")
    taken = [place for place in _places(course, name) if place.exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already: choose another name, or remove it first")
    text = {target: _renamed(source.read_text(encoding="utf-8"), name) for source, target in _files(course, name)}
    for target, content in text.items():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8", newline="\n")
        except OSError as error:
            raise StoreError(f"{target} can't be written ({error.strerror or error}): choose another folder") from error
    return Made(course, name, tuple(text))


def told(made: Made) -> list[str]:
    """What was made, and what to do next."""
    option = made.course.option
    return [
        *(f"made {path}" for path in made.files),
        "it is sound as it is: replace it by your own bit by bit, and see after each change whether it still is:",
        f"  grader validate {made.name}{option}",
    ]


def _refuse_name(name: str) -> None:
    if not is_name(name) or name.startswith("_"):
        raise UsageError(
            f"an assignment can't be called {name!r}: its functions are named after it, so take letters, digits and "
            "underscores, and begin with a letter, as in log_sum_exp"
        )
    if len(name) > LONGEST:
        raise UsageError(f"{name[:20]}... has {len(name)} characters: at most {LONGEST}")


def _places(course: Catalogue, name: str) -> tuple[Path, Path, Path]:
    return course.folder(name), course.solution(name), course.zoo / name


def _files(course: Catalogue, name: str) -> list[tuple[Path, Path]]:
    """Every file of the model, with its place in the course."""
    pairs = []
    for source, target in zip(_places(MODEL, MODEL_NAME), _places(course, name), strict=True):
        if source.is_dir():
            found = sorted(p for p in source.iterdir() if p.is_file())
            pairs += [(path, target / path.name) for path in found]
        else:
            pairs.append((source, target))
    return pairs


def _renamed(text: str, name: str) -> str:
    title = name.replace("_", " ").strip()
    return text.replace(MODEL_NAME, name).replace("Scaled square", title[:1].upper() + title[1:])
