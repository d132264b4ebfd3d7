"""The journal: every result as it comes, in `grades.db`, from which the reports are rendered.

A submission's rows are written in one transaction, so a run that is killed loses at most what was not yet written, and
nothing that was written is graded twice. The journal remembers what its results depend on (seed, assignments, limits):
a run that differs in them does not mix with it. Where a student's files change, what was graded before stays as an
earlier attempt.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from grader.errors import StoreError
from grader.grading import Handed
from grader.report.escape import line
from grader.result import Result, decoded, from_json
from grader.row import Row, unpack

SCHEMA: Final = 2
NAME: Final = "grades.db"
ROOM: Final = 1 << 18
"""Bytes without which a disk counts as full."""


class _Bytes(sa.LargeBinary):
    """Bytes as they are in the database: in a damaged one something else may stand in their place."""

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> None:
        """Nothing is made of what is read."""


_tables = sa.MetaData()
_meta = sa.Table(
    "meta", _tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
_submissions = sa.Table(
    "submissions",
    _tables,
    sa.Column("student", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("handed", _Bytes, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
)
_results = sa.Table(
    "results",
    _tables,
    sa.Column("student", sa.Text, primary_key=True),
    sa.Column("assignment", sa.Text, primary_key=True),
    sa.Column("json", _Bytes, nullable=False),
)
_earlier = sa.Table(
    "earlier",
    _tables,
    sa.Column("student", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("handed", _Bytes, nullable=False),
    sa.Column("results", _Bytes, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
)
_ADDED: Final = (_earlier,)
"""Tables that a journal of this schema may lack: an earlier grader made it."""
_pairs: Final = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]])


class Ledger(Protocol):
    """Where what is graded goes."""

    def done(self) -> dict[str, str]:
        """The digest of every submission that was graded, by student."""
        ...

    def add(self, rows: Sequence[Row]) -> None:
        """Write submissions, all or nothing."""
        ...


class Journal:
    """The journal of one output folder. Use as a context manager. Every method raises StoreError when the disk does
    not obey.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._engine = sa.create_engine(sa.URL.create("sqlite", database=str(self.path)))
        sa.event.listen(self._engine, "connect", _tune)
        self._file: tuple[int, int] | None = None
        try:
            with self._mapped():
                self._connection = self._engine.connect()
                self._file = self._found()
                self._check_schema()
        except BaseException:
            self._engine.dispose()
            raise

    def _check_schema(self) -> None:
        """Make the tables of a new journal; refuse one of another schema before anything in it is touched."""
        tables = set(sa.inspect(self._connection).get_table_names())
        if not tables:
            self._make()
        ours = not tables or _meta.name in tables
        version = self.facts().get("schema") if ours else None
        if version is None:
            raise StoreError(
                f"{self.path} is a database of something else: choose another --out"
                + (", or --fresh to start anew" if ours else "")
            )
        if version != str(SCHEMA):
            raise StoreError(
                f"{self.path} has schema {line(version, 20)} and this grader writes {SCHEMA}: "
                "use another --out, or --fresh to start anew"
            )
        if tables and (lacking := [table for table in _ADDED if table.name not in tables]):
            _tables.create_all(self._connection, tables=lacking)
            self._connection.commit()

    def _make(self) -> None:
        """All tables and the schema's number in one transaction: a grader killed here leaves no half journal."""
        # Left to itself, Python's sqlite3 commits each table alone.
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        _tables.create_all(self._connection)
        self._connection.execute(sa.insert(_meta), {"key": "schema", "value": str(SCHEMA)})
        self._connection.commit()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._engine.dispose()

    # --- facts about the run ------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, str]:
        """What the journal remembers about its run."""
        with self._mapped():
            return dict(self._select(sa.select(_meta), str, str))

    def remember(self, facts: Mapping[str, str]) -> None:
        """Add or change facts."""
        if not facts:
            return
        rows = [{"key": k, "value": v} for k, v in facts.items()]
        with self._writing():
            statement = insert(_meta)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value}), rows
            )

    # --- results ------------------------------------------------------------------------------------------------------

    def add(self, rows: Sequence[Row]) -> None:
        """Write submissions, all or nothing; replaces what was there of these students."""
        if not rows:
            return
        submissions = [
            {
                "student": row.student,
                "digest": row.digest,
                "failed": bool(row.failure),
                "handed": row.handed,
                "seal": row.seal,
            }
            for row in rows
        ]
        results = [
            {"student": row.student, "assignment": name, "json": data} for row in rows for name, data in row.results
        ]
        with self._writing():
            self._keep(rows)
            self._drop([row.student for row in rows])
            self._connection.execute(sa.insert(_submissions), submissions)
            if results:
                self._connection.execute(sa.insert(_results), results)

    def forget(self, students: Sequence[str]) -> None:
        """Remove students, such as those whose submission is gone."""
        with self._writing():
            self._drop(students)
            for start in range(0, len(students), 500):
                some = students[start : start + 500]
                self._connection.execute(sa.delete(_earlier).where(_earlier.c.student.in_(some)))

    def _drop(self, students: Sequence[str]) -> None:
        for start in range(0, len(students), 500):
            some = students[start : start + 500]
            self._connection.execute(sa.delete(_submissions).where(_submissions.c.student.in_(some)))
            self._connection.execute(sa.delete(_results).where(_results.c.student.in_(some)))

    def _keep(self, rows: Sequence[Row]) -> None:
        """Keep as an earlier attempt what is about to be replaced by other files."""
        new = {row.student: row for row in rows}
        columns = (_submissions.c.student, _submissions.c.digest, _submissions.c.handed, _submissions.c.failed)
        names = list(new)
        for start in range(0, len(names), 500):
            query = sa.select(*columns).where(_submissions.c.student.in_(names[start : start + 500]))
            for student, digest, blob, failed in self._select(query, str, str, bytes, bool):
                files, coming = _files(unpack(blob)), _files(unpack(new[student].handed))
                kept = self._numbers(student)
                if failed and kept and kept[-1][1] == coming:
                    self._forget_attempt(student, kept[-1][0])  # it was kept while it could not be graded anew
                elif not failed and files != coming and all(other != files for _, other in kept):
                    number = 1 + max((number for number, _ in kept), default=0)
                    self._put(number, Row(student, digest, "", blob, tuple(self._results_of(student))))

    def _numbers(self, student: str) -> list[tuple[int, list[str]]]:
        """The numbers of a student's earlier attempts, with their files."""
        query = sa.select(_earlier.c.number, _earlier.c.handed).where(_earlier.c.student == student)
        rows = self._select(query.order_by(_earlier.c.number), int, bytes)
        return [(number, _files(unpack(blob))) for number, blob in rows]

    def _forget_attempt(self, student: str, number: int) -> None:
        self._connection.execute(
            sa.delete(_earlier).where((_earlier.c.student == student) & (_earlier.c.number == number))
        )

    def _put(self, number: int, row: Row) -> None:
        """Write an earlier attempt in place of what was there."""
        self._forget_attempt(row.student, number)
        results = msgspec.json.encode([(name, msgspec.Raw(data)) for name, data in row.results])
        values = {"digest": row.digest, "handed": row.handed, "results": results, "seal": row.seal}
        self._connection.execute(sa.insert(_earlier), {"student": row.student, "number": number, **values})

    def _results_of(self, student: str) -> list[tuple[str, bytes]]:
        query = sa.select(_results.c.assignment, _results.c.json).where(_results.c.student == student)
        return [(name, data) for name, data in self._select(query.order_by(_results.c.assignment), str, bytes)]

    def done(self) -> dict[str, str]:
        """The digest of every submission that was graded, by student."""
        with self._mapped():
            query = sa.select(_submissions.c.student, _submissions.c.digest).where(_submissions.c.failed.is_(False))
            return dict(self._select(query, str, str))

    def failures(self) -> dict[str, str]:
        """Why each submission that was not graded was not, by student."""
        with self._mapped():
            query = sa.select(_submissions.c.handed).where(_submissions.c.failed.is_(True))
            found = [unpack(blob) for (blob,) in self._select(query, bytes)]
        return {h.student: h.failure for h in found}

    def assignments(self) -> list[str]:
        """The assignments that any submission answers, sorted."""
        with self._mapped():
            query = sa.select(_results.c.assignment).distinct().order_by(_results.c.assignment)
            return [name for (name,) in self._select(query, str)]

    def students(self) -> list[str]:
        """Every student, sorted."""
        with self._mapped():
            return sorted(student for (student,) in self._select(sa.select(_submissions.c.student), str))

    def seals(self) -> dict[str, list[str]]:
        """A hash of each attempt of a student's, by student, the latest first: what was written is in them."""
        with self._mapped():
            found = {
                student: [seal]
                for student, seal in self._select(sa.select(_submissions.c.student, _submissions.c.seal), str, str)
            }
            query = sa.select(_earlier.c.student, _earlier.c.seal).order_by(_earlier.c.student, _earlier.c.number)
            for student, seal in self._select(query, str, str):
                found.setdefault(student, []).append(seal)
            return found

    def read(self, student: str) -> tuple[Handed, list[Result]]:
        """What a student handed in, and the results. Raises StoreError for a student who is not there."""
        with self._mapped():
            columns = (_submissions.c.digest, _submissions.c.handed, _submissions.c.seal)
            kept = self._select(sa.select(*columns).where(_submissions.c.student == student), str, bytes, str)
            rows = self._results_of(student)
            if not kept:
                raise StoreError(f"{self.path} holds no submission of {student!r}")
            ((digest, blob, seal),) = kept
            return _opened(student, digest, blob, rows, seal)

    # --- earlier attempts ---------------------------------------------------------------------------------------------

    def attempts(self, student: str) -> list[tuple[Handed, list[Result]]]:
        """A student's attempts before the one that `read` gives, in their order."""
        with self._mapped():
            columns = (_earlier.c.digest, _earlier.c.handed, _earlier.c.results, _earlier.c.seal)
            query = sa.select(*columns).where(_earlier.c.student == student).order_by(_earlier.c.number)
            found = []
            for digest, blob, results, seal in self._select(query, str, bytes, bytes, str):
                rows = [(name, bytes(raw)) for name, raw in decoded(_pairs, results)]
                found.append(_opened(student, digest, blob, rows, seal))
            return found

    def earlier(self, number: int) -> Earlier:
        """The journal's page of everybody's attempt of this number."""
        return Earlier(self, number)

    def has_earlier(self) -> bool:
        """Whether anybody has an earlier attempt in it."""
        with self._mapped():
            return bool(self._select(sa.select(_earlier.c.number).limit(1), int))

    def rows(self, students: Sequence[str]) -> list[Row]:
        """The rows of students as they were written, for another journal."""
        with self._mapped():
            found = []
            for student in students:
                columns = (_submissions.c.digest, _submissions.c.handed)
                query = sa.select(*columns).where(_submissions.c.student == student)
                for digest, blob in self._select(query, str, bytes):
                    results = tuple(self._results_of(student))
                    found.append(Row(student, digest, unpack(blob).failure, blob, results))
            return found

    # --- the database -------------------------------------------------------------------------------------------------

    def _found(self) -> tuple[int, int] | None:
        """Which file lies at the journal's path; None where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _select(self, query: sa.Select[Any], *kinds: type) -> list[tuple[Any, ...]]:
        """The rows that the query gives. Raises msgspec.DecodeError for values of other types: damage."""
        rows = [tuple(row) for row in self._connection.execute(query)]
        for row in rows:
            if not all(map(isinstance, row, kinds)):
                raise msgspec.DecodeError("a row holds something else than was written")
        return rows

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        # SQLite goes on with a file that has no name any more, and nobody would ever see what it writes.
        if self._file is not None and self._found() != self._file:
            raise StoreError(f"{self.path} was removed or replaced while the run was on: run the same command again")
        try:
            yield
        except DatabaseError as error:
            raise StoreError(f"the journal {self.path} can't be used: {_cause(error, self.path)}") from error
        # SQLite's own messages quote what is damaged, which need not be text.
        except (SQLAlchemyError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.damaged(error) from error

    def damaged(self, why: object) -> StoreError:
        """What to raise where something in it can't be as a grader wrote it."""
        told = " ".join(str(why).split())[:300]
        return StoreError(f"the journal {self.path} is damaged ({told}): use another --out, or --fresh")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._mapped():
            # Reads leave a transaction open; end it so that this one holds the writing alone.
            self._connection.rollback()
            with self._connection.begin():
                yield


class Earlier:
    """Everybody's attempt of one number, before the one that is in the journal proper."""

    def __init__(self, journal: Journal, number: int) -> None:
        self.journal = journal
        self.number = number

    def done(self) -> dict[str, str]:
        """The digest of each, by student."""
        with self.journal._mapped():  # noqa: SLF001 - a page of the journal's own
            query = sa.select(_earlier.c.student, _earlier.c.digest).where(_earlier.c.number == self.number)
            return dict(self.journal._select(query, str, str))  # noqa: SLF001

    def add(self, rows: Sequence[Row]) -> None:
        """Write attempts; one that could not be graded leaves what was there."""
        with self.journal._writing():  # noqa: SLF001
            for row in rows:
                if not row.failure:
                    self.journal._put(self.number, row)  # noqa: SLF001


def _opened(
    student: str, digest: str, blob: bytes, rows: Sequence[tuple[str, bytes]], seal: str
) -> tuple[Handed, list[Result]]:
    """What was written. Raises msgspec.DecodeError where it is not that any more."""
    given = unpack(blob)
    if Row(student, digest, given.failure, blob, tuple(rows)).seal != seal:
        raise msgspec.DecodeError(f"what it holds of {student!r} is not what was written")
    return given, [from_json(data) for _, data in rows]


def _files(given: Handed) -> list[str]:
    """By what one attempt is told from another: the files' hashes."""
    return sorted(file.sha256 for file in given.files)


def _tune(connection: Any, _record: Any) -> None:
    """Write-ahead logging: a reader may look while a run writes, and a crash loses nothing that was committed."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def _cause(error: DatabaseError, path: Path) -> str:
    text = str(error.orig)
    if "Could not decode" in text:  # and then it quotes what it holds
        text = "a row is malformed"
    if "I/O error" in text and _no_room(path):
        text = "database or disk is full"
    hints = {
        "disk is full": "free some space and run again: what is graded stays",
        "I/O error": "see to the disk and run again: what is graded stays",
        "readonly": "make the folder writable or choose another --out",
        "unable to open": "make the folder writable or choose another --out",
        "locked": "is another grader writing to this folder? Wait for it, or choose another --out",
        "no such": "use another --out, or --fresh to start anew",
        "malformed": "use another --out, or --fresh to start anew",
        "not a database": "use another --out, or --fresh to start anew",
    }
    hint = next((h for key, h in hints.items() if key in text), "what was written before stays")
    return f"{text}; {hint}"


def _no_room(path: Path) -> bool:
    """Whether the disk is as good as full: SQLite may say no more than that it could not write."""
    try:
        return shutil.disk_usage(path.parent).free < ROOM
    except OSError:
        return False
