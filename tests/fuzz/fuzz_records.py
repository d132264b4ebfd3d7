"""Readers of what a run wrote: results, rows and journals, up to the reports that are rendered from them."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

import fuzz_building as building
import fuzz_session
import msgspec
from fuzz_intake import scratch
from fuzz_reader import Reader, promise
from hypothesis import strategies as st
from rich.console import Console

from grader import run
from grader.diagnose import GENERAL
from grader.errors import StoreError, UsageError
from grader.grading import VERSIONS, Run
from grader.publish import Publisher
from grader.report import feedback, grades_csv, results_json, text
from grader.report.class_page import RunFacts
from grader.report.info import AssignmentInfo
from grader.result import from_json, to_json
from grader.row import unpack
from grader.sandbox import Limits
from grader.store import NAME, Journal

INFO: Final = AssignmentInfo("softmax", "Softmax", "the notes", 10.0, ("softmax", "softmax_backward"))


def read_result(data: bytes) -> bool:
    """A result's JSON, up to every report of it alone."""
    try:
        found = from_json(data)
    except msgspec.DecodeError:
        return False
    promise(from_json(to_json(found)) == found, "the same result again")
    json.loads(results_json.render(found))
    info = dataclasses.replace(INFO, name=found.assignment)
    grades = grades_csv.Grades([info])
    grades.add(found.student, [found])
    grades.text().encode()
    page = feedback.render(feedback.FeedbackPage(found, info, None, GENERAL))
    promise("\x1b" not in page and "\u202e" not in page and "<script>alert" not in page, "a page that is safe to open")
    page.encode()
    console = Console(file=_Nowhere(), width=100)
    console.print(text.check_table(found, GENERAL))
    return True


class _Nowhere:
    """A screen that takes what UTF-8 holds."""

    encoding = "utf-8"

    def write(self, said: str) -> int:
        """Take it."""
        promise("\x1b[2J" not in said and "\u202e" not in said, "no terminal sequences")
        return len(said.encode())

    def flush(self) -> None:
        """Nothing is kept."""

    def isatty(self) -> bool:
        """No."""
        return False


def read_row(data: bytes) -> bool:
    """What a row holds of a submission."""
    try:
        found = unpack(data)
    except msgspec.DecodeError:
        return False
    promise(unpack(msgspec.json.encode(found)) == found, "the same again")
    return True


# --- journals ---------------------------------------------------------------------------------------------------------


def read_journal(data: bytes) -> bool:
    """An earlier run's journal: gone on with, and published."""
    with scratch() as folder:
        (folder / NAME).write_bytes(data)
        try:
            with Journal(folder) as journal:
                _go_on(folder, journal)
        except (StoreError, UsageError) as error:
            promise("\n" not in str(error).strip() and len(str(error)) < 2_000, f"one line, not {str(error)[:300]!r}")
            return False
    return True


def _go_on(folder: Path, journal: Journal) -> None:
    """What `grader grade` does with a journal, but for the grading."""
    options = run.Options(Path("class"), folder, (), "none", None, 1, None, False, Limits())
    plan = run._plan(options, fuzz_session.course.BUILT_IN, "none", journal)
    known = journal.students()
    run._same_class(options, known, journal)
    journal.done()
    journal.failures()
    for student in known:
        journal.read(student)
    publisher = Publisher(folder, journal, _course(), (), ["ada_okafor"], Run(plan.seed, "none"))
    facts = RunFacts("today", 1.0, len(publisher.students), "none", plan.seed, VERSIONS)
    published = publisher.publish(facts)
    promise(len(published.summary.students) == len(publisher.students), "a row for everybody")
    lines = (folder / "grades.csv").read_text(encoding="utf-8").count("\n")
    promise(lines > len(publisher.students), "a line for everybody")
    journal.remember({"seed": "1"})
    journal.attempts("ada_okafor")
    journal.forget(known)


@cache
def _course() -> dict[str, Any]:
    return {"softmax": fuzz_session.prepared()["softmax"]}


# --- samples ----------------------------------------------------------------------------------------------------------


@cache
def result_samples() -> Sequence[bytes]:
    """Results as they were graded."""
    found = [to_json(result) for graded in fuzz_session.graded() for result in graded.results]
    return sorted(found, key=len)[: 2 * len(found) // 3]


@cache
def row_samples() -> Sequence[bytes]:
    """What was handed in."""
    return [msgspec.json.encode(graded.handed) for graded in fuzz_session.graded()]


# --- built ------------------------------------------------------------------------------------------------------------

texts = building.text.map(lambda said: said.encode("utf-8", "replace").decode())
points = st.one_of(building.floats, building.floats, building.numbers)
status = st.sampled_from(("passed", "failed", "error", "timeout", "missing", "skipped"))
named = st.dictionaries(texts, texts, max_size=3)


def fields(required: dict[str, Any], optional: dict[str, Any]) -> Any:
    """An object; now and then a field is of another type."""
    odd = {name: building.one_in(40, building.json_values, value) for name, value in required.items()}
    return st.fixed_dictionaries(odd, optional=optional)


evidence = fields({"case": building.numbers, "inputs": named}, {"expected": named, "got": named, "where": texts})
checks = fields(
    {
        "function": texts,
        "check": st.sampled_from(("forward", "backward", "stages:x", "gradcheck", "")),
        "status": status,
    },
    {
        "points": points,
        "max_points": points,
        "message": texts,
        "diagnosis": st.one_of(st.none(), texts, st.sampled_from(sorted(GENERAL))),
        "evidence": st.one_of(st.none(), evidence),
        "remarks": st.lists(texts, max_size=2),
    },
)
problem_lists = st.lists(fields({"where": texts, "message": texts}, {}), max_size=2)
files = st.lists(fields({"name": texts, "sha256": texts}, {}), max_size=2)
result_values = fields(
    {
        "student": texts,
        "assignment": st.one_of(st.just("softmax"), texts),
        "status": st.sampled_from(("graded", "graded", "not_graded")),
        "score": st.one_of(st.none(), points),
        "max_score": points,
        "seed": building.numbers,
        "sandbox": texts,
        "files": files,
        "versions": named,
        "seconds": points,
        "checks": st.lists(checks, max_size=3),
    },
    {"problems": problem_lists, "reason": texts, "output": fields({"stdout": texts}, {}), "schema": building.numbers},
)
handed_values = fields({"student": texts, "files": files, "problems": problem_lists}, {"failure": texts})
results = result_values.map(lambda value: json.dumps(value).encode())
rows = handed_values.map(lambda value: json.dumps(value).encode())
cell = st.one_of(
    st.none(), building.numbers.map(lambda n: n if abs(n) < 2**63 else 0), building.floats, texts, st.binary(max_size=9)
)


@st.composite
def journals(draw: Any) -> bytes:
    """A database with the journal's tables, now and then other ones, and any values in them."""
    odd = draw(st.integers(0, 9))
    facts = [
        ("schema", "1"),
        *draw(st.lists(st.tuples(st.sampled_from(("seed", "assignments", "course", "schema", "x")), cell), max_size=3)),
    ]
    submissions, found = [], []
    for student in draw(st.lists(st.one_of(texts, cell), max_size=3)):
        blob = draw(
            st.one_of(
                handed_values.map(
                    lambda v, s=student: json.dumps({**v, "student": s if isinstance(s, str) else "x"}).encode()
                ),
                rows,
                cell,
            )
        )
        submissions.append(
            (student, draw(st.one_of(texts, cell)), draw(st.one_of(st.sampled_from((0, 1)), cell)), blob)
        )
        for name in draw(st.lists(st.one_of(st.just("softmax"), cell), max_size=2)):
            value = draw(
                st.one_of(
                    result_values,
                    result_values.map(
                        lambda v, s=student: {**v, "student": s if isinstance(s, str) else "x", "assignment": "softmax"}
                    ),
                )
            )
            found.append(
                (student, name, draw(st.one_of(st.just(json.dumps(value).encode()), st.just(json.dumps(value)), cell)))
            )
    with scratch() as folder, closing(sqlite3.connect(folder / "x", isolation_level=None)) as database:
        null = "" if odd == 0 else "not null"
        for table in (
            f"meta (key text {null}, value text {null}, primary key (key))",
            f"submissions (student text {null}, digest text, failed boolean, handed blob, primary key (student))",
            f"results (student text, assignment text, json {'text' if odd == 1 else 'blob'})",
        )[: -1 if odd == 2 else 3]:
            database.execute(f"create table {table}")
        for table, listed in (("meta", facts), ("submissions", submissions), ("results", found)):
            for row in listed:
                try:
                    database.execute(f"insert or replace into {table} values ({', '.join('?' * len(row))})", row)
                except sqlite3.DatabaseError:
                    continue
        if odd == 3:
            database.execute("drop table if exists results")
            database.execute(
                "create view results as select student, digest as assignment, handed as json from submissions"
            )
        return (folder / "x").read_bytes()


# --- at the limits ----------------------------------------------------------------------------------------------------


def with_field(name: str, value: str) -> bytes:
    """A result with one more field, of any JSON."""
    found = to_json(fuzz_session.graded()[0].results[0])
    return found[:-1] + f', "{name}": {value}}}'.encode()


RESULT_EXTREMES: Final = {
    "nested": lambda: with_field("x", "[" * 1_000_000),
    "nested-sound": lambda: with_field("x", "[" * 100_000 + "]" * 100_000),
    "checks": lambda: with_field(
        "checks", "[" + ",".join(['{"function":"f","check":"c","status":"failed"}'] * 2_000) + "]"
    ),
    "message": lambda: with_field("reason", '"' + "<&" * 4_000_000 + '"'),
    "digits": lambda: with_field("seed", "9" * 1_000_000),
    "exponent": lambda: with_field("score", "1e999"),
    "small-exponent": lambda: with_field("score", "1e-999999999999"),
}

READERS: Final = (
    Reader("result", read_result, results, result_samples, RESULT_EXTREMES),
    Reader("row", read_row, rows, row_samples, {"nested": lambda: b'{"x": ' + b"[" * 1_000_000}),
    Reader("journal", read_journal, journals(), fuzz_session.journals, daily=700),
)
