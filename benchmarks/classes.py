"""Classes of any size to be timed with: five questions a student, most of them answered rightly, no two files alike."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ASSIGNMENTS: Final = ("sigmoid_neuron", "staged_fxy", "matmul_gate", "softmax", "dropout")
WRONG: Final = 0.25
"""How many answers are wrong in ways that students' answers are."""


def answers(assignment: str, kind: str) -> list[str]:
    """The sources of the zoo's submissions of a kind, those that can stand in one file with others."""
    found = sorted((ROOT / "tests" / "zoo" / assignment).glob(f"{kind}_*.py"))
    return [path.read_text(encoding="utf-8") for path in found]


def student(number: int) -> list[str]:
    """The cells of one student: a note of whose it is, and an answer to each question. The same for the same number."""
    rng = random.Random(number)  # noqa: S311 - no secret
    cells = [f"# student {number}\nimport numpy as np\n"]
    for assignment in ASSIGNMENTS:
        kind = "wrong" if rng.random() < WRONG else "right"
        cells.append(rng.choice(answers(assignment, kind)))
    return cells


def name(number: int) -> str:
    """A student's id."""
    return f"s{number:06d}"


def write(folder: Path, count: int, first: int = 0) -> Path:
    """A file for each student in a folder, as students hand them in."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        path = folder / f"{name(number)}.py"
        path.write_text("\n\n".join(student(number)), encoding="utf-8")
    return folder


def notebook(cells: list[str]) -> str:
    """Cells as a notebook of format 4.5."""
    made = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for i, cell in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
