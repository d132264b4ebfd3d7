"""Gradescope's autograder zip: its scripts at the root, the grader, and of the course what the run's assignments need.

The same run gives the same bytes. The seed travels with it, so that everybody is asked the same.
"""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from grader.catalogue import ROOT, Catalogue, open_course
from grader.errors import UsageError
from grader.export.marks import Marks
from grader.export.written import Written

SCRIPTS: Final = Path(__file__).parent / "gradescope_zip"
CONFIG: Final = "autograder.json"
COURSE: Final = "course"
LIBRARIES: Final = ("numpy", "msgspec", "markupsafe")
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT: Final = frozenset({"skeleton", "validation", "__pycache__"})


def write(marks: Marks) -> Written:
    """The zip for the assignments of a run. It holds the answers: never hand it to students."""
    course = open_course(Path(marks.course) if marks.course else None)
    names = [column.name for column in marks.columns]
    lacking = [name for name in names if not course.solution(name).is_file()]
    if lacking:
        raise UsageError(f"the solutions of {', '.join(lacking)} are not here: export from a checkout that holds them")
    config = {
        "assignments": names,
        "seed": marks.seed,
        "course": bool(course.root),
        "walls": ["sandlock", "none"],
        "reveal": marks.reveal,
    }
    files: dict[str, Path | bytes] = {
        "setup.sh": SCRIPTS / "setup.sh",
        "run_autograder": SCRIPTS / "run_autograder",
        "requirements.txt": _requirements(),
        CONFIG: (json.dumps(config, indent=2) + "\n").encode(),
        **dict(_grader()),
        **dict(_course(course, names)),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if name in {"setup.sh", "run_autograder"} else 0o100644) << 16
            archive.writestr(info, content.read_bytes() if isinstance(content, Path) else content)
    remark = "the zip holds the answers: it is for Gradescope alone; docs/platforms.md says what holds there"
    return Written({"": buffer.getvalue()}, [remark])


def _requirements() -> bytes:
    """The libraries in the versions that graded the run, so that numbers are the same there."""
    lines = [f"{name}=={metadata.version(name)}" for name in LIBRARIES]
    lines.append("sandlock==0.9.*; platform_machine == 'x86_64' or platform_machine == 'aarch64'")
    return "".join(f"{line}\n" for line in [f"# Graded with Python {platform.python_version()}.", *lines]).encode()


def _grader() -> Iterator[tuple[str, Path]]:
    for path in (ROOT / "grader").rglob("*.py"):
        if not _LEFT_OUT & set(path.relative_to(ROOT).parts):
            yield path.relative_to(ROOT).as_posix(), path
    for path in (ROOT / "reference").glob("*.py"):
        yield path.relative_to(ROOT).as_posix(), path


def _course(course: Catalogue, names: list[str]) -> Iterator[tuple[str, Path]]:
    """Both halves of the assignments, with the files beside them that they may import."""
    assignments, solutions = (f"{COURSE}/assignments", f"{COURSE}/solutions") if course.root else ("assignments", "")
    solutions = solutions or "reference/solutions"
    for name in names:
        for path in course.folder(name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{assignments}/{path.relative_to(course.assignments).as_posix()}", path
        yield f"{solutions}/{name}.py", course.solution(name)
    for path in course.assignments.glob("*.py"):
        yield f"{assignments}/{path.name}", path
    for path in course.solutions.glob("_*.py"):
        yield f"{solutions}/{path.name}", path
