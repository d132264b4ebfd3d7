"""The journal: what goes in comes out, and what is wrong with it is told in one line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import StoreError
from grader.grading import Graded, Handed
from grader.result import Check, Evidence, File, Output, Problem, Result
from grader.row import failed, pack
from grader.store import NAME, Journal

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def a_result(student="ada", assignment="softmax", **more):
    return Result(
        student=student,
        assignment=assignment,
        **{
            "status": "graded",
            "score": 1.0,
            "max_score": 2.0,
            "seed": 1,
            "sandbox": "none",
            "files": [],
            "versions": {},
            "seconds": 0.5,
            "checks": [],
            **more,
        },
    )


def a_row(student="ada", digest="d1", *names):
    found = [a_result(student, name) for name in names]
    return pack(digest, Graded(Handed(student, [File(f"{student}.py", "ab")], [Problem("line 1", "odd")]), found))


@settings(max_examples=40, deadline=None)
@given(students=st.lists(text, min_size=1, max_size=4, unique=True), said=text, points=st.floats(0, 10))
def test_what_goes_in_comes_out(tmp_path_factory, students, said, points):
    """Any text in any field, and any finite number, survives the journal and a new opening of it."""
    folder = tmp_path_factory.mktemp("journal")
    evidence = Evidence(case=1, inputs={said: said}, expected={said: said}, where=said)
    check = Check(
        function="f", check="forward", status="failed", points=points, message=said, evidence=evidence, remarks=[said]
    )
    written = {}
    for student in students:
        handed = Handed(student, [File(said, said)], [Problem(said, said)], unreadable=said)
        result = a_result(student, said, score=points, checks=[check], output=Output(said, said), reason=said)
        written[student] = Graded(handed, [result])
    with Journal(folder) as journal:
        journal.add([pack("d", graded) for graded in written.values()])
        journal.remember({"seed": said})
    with Journal(folder) as journal:
        assert journal.students() == sorted(students)
        assert journal.facts()["seed"] == said
        assert journal.assignments() == [said]
        assert journal.done() == dict.fromkeys(students, "d")
        for student, graded in written.items():
            assert journal.read(student) == (graded.handed, graded.results)


def test_a_student_graded_again_has_only_the_new_results(tmp_path):
    """A second submission replaces the first with all its results, and nobody else's."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "dropout", "softmax"), a_row("bob", "d1", "softmax")])
        journal.add([a_row("ada", "d2", "softmax")])
        assert [r.assignment for r in journal.read("ada")[1]] == ["softmax"]
        assert [r.assignment for r in journal.read("bob")[1]] == ["softmax"]
        assert journal.done() == {"ada": "d2", "bob": "d1"}


def test_what_failed_is_not_done(tmp_path):
    """A submission that could not be graded is there with its reason, and is not among those done."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax"), failed("bob", "no engine")])
        assert journal.done() == {"ada": "d1"}
        assert journal.failures() == {"bob": "no engine"}
        assert journal.students() == ["ada", "bob"]
        assert journal.read("bob")[1] == []


def test_students_can_be_forgotten_in_thousands(tmp_path):
    """More students than a statement takes variables are written, and removed with their results."""
    many = [f"s{i:04}" for i in range(1200)]
    with Journal(tmp_path) as journal:
        journal.add([a_row(student, "d", "softmax") for student in [*many, "kept"]])
        journal.forget(many)
        assert journal.students() == ["kept"]
        assert journal.assignments() == ["softmax"]


def test_adding_is_all_or_nothing(tmp_path):
    """Where one row can't be written, none is, and what was there stays."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
        with pytest.raises(StoreError):
            journal.add([a_row("ada", "d2"), a_row("bob"), a_row("bob")])
        assert journal.done() == {"ada": "d1"}


def test_a_reader_may_look_while_a_run_writes(tmp_path):
    """Another connection sees what is committed, while the journal is open for writing."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
        with sqlite3.connect(tmp_path / NAME) as reader:
            assert reader.execute("select student from submissions").fetchall() == [("ada",)]
        reader.close()


def test_an_unknown_student(tmp_path):
    """Reading a student who is not there raises StoreError with the name."""
    with Journal(tmp_path) as journal, pytest.raises(StoreError, match="holds no submission of 'ada'"):
        journal.read("ada")


def test_a_path_with_a_question_mark(tmp_path):
    """A folder may be called anything; its name is not taken for a part of a URL."""
    folder = tmp_path / "50% of?what#this=&"
    folder.mkdir()
    with Journal(folder) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
    assert (folder / NAME).is_file()


def test_a_journal_that_is_no_database(tmp_path):
    """A file of something else is refused with a way out, and stays as it was."""
    (tmp_path / NAME).write_bytes(b"this is no database at all, " * 100)
    with pytest.raises(StoreError, match="--fresh"):
        Journal(tmp_path)
    assert (tmp_path / NAME).read_bytes().startswith(b"this is no database")


def test_a_damaged_journal(tmp_path):
    """A database with overwritten pages is refused with a way out, when it is opened or when it is read."""
    with Journal(tmp_path) as journal:
        journal.add([a_row(f"s{i}", "d", "softmax") for i in range(300)])
    data = bytearray((tmp_path / NAME).read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(StoreError, match="--fresh"), Journal(tmp_path) as journal:
        journal.students()


def test_a_damaged_row(tmp_path):
    """A result that is no result any more is found when it is read, and told as damage to the journal."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("update results set json = ?", (b'{"schema": 1}',))
    database.close()
    with Journal(tmp_path) as journal, pytest.raises(StoreError, match=r"damaged.*--fresh"):
        journal.read("ada")


def test_a_damaged_table_whose_name_is_no_text(tmp_path):
    """Where SQLite's own complaint can't be read as text, it is told as damage all the same."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
    data = (tmp_path / NAME).read_bytes()
    assert b"CREATE TABLE meta" in data
    (tmp_path / NAME).write_bytes(data.replace(b"CREATE TABLE meta", b"CREATE TABLE \xff\xfe\xfd("))
    with pytest.raises(StoreError, match=r"damaged.*--fresh"):
        Journal(tmp_path)


def _read_all(folder):
    with Journal(folder) as journal:
        journal.students()
        journal.done()
        journal.read("ada")


@pytest.mark.parametrize(
    "change",
    [
        "update results set json = cast(x'7b22ff' as blob)",
        f"update results set json = cast(x'{(b'[' * 5_000).hex()}' as blob)",
        "update results set json = 5",
        "update results set json = 9000000000000000000",
        "update results set json = '{}'",
        "update results set json = replace(json, 'ada', 'bob')",
        "update results set assignment = 'dropout'",
        "update submissions set handed = 1.5",
        "update submissions set handed = cast(replace(handed, 'ada', 'bob') as blob)",
        "update submissions set student = x'616461'",
        "update submissions set digest = x'00'",
        "update meta set value = x'00' where key = 'schema'",
    ],
)
def test_values_that_no_grader_wrote(tmp_path, change):
    """Whatever stands in the rows of a damaged journal, reading it ends in one line that says so, with a way out."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute(change)
    database.close()
    with pytest.raises(StoreError, match=r"damaged.*--fresh") as caught:
        _read_all(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_locked_journal(tmp_path):
    """A journal that something else holds is told so in place of waiting for ever."""
    with Journal(tmp_path) as journal:
        journal._connection.execute(sa.text("pragma busy_timeout=10"))
        other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
        other.execute("begin exclusive")
        with pytest.raises(StoreError, match="is another grader writing"):
            journal.add([a_row("ada", "d1")])
        other.execute("rollback")
        other.close()
        journal.add([a_row("ada", "d1")])
        assert journal.students() == ["ada"]


@pytest.mark.parametrize("version", ["1", "3"])
def test_a_journal_of_another_schema(tmp_path, version):
    """An older or newer journal is refused by its number, with a way out, and left as it was."""
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
        journal.remember({"schema": version})
    with pytest.raises(StoreError, match=rf"has schema {version} and this grader writes 2: .*--fresh"):
        Journal(tmp_path)
    with sqlite3.connect(tmp_path / NAME) as database:
        assert database.execute("select student from submissions").fetchall() == [("ada",)]
    database.close()


@pytest.mark.parametrize("step", range(1, 6))
def test_a_journal_that_was_being_made(tmp_path, step):
    """Whichever of its first statements a grader is killed at: the next one finds nothing, or all."""
    code = (
        "import os, pathlib, sys; import sqlalchemy as sa; from grader import store\n"
        "left = [int(sys.argv[2])]\n"
        "def count(connection, cursor, statement, *_):\n"
        "    left[0] -= statement.startswith(('\\nCREATE', 'INSERT', 'BEGIN'))\n"
        "    if left[0] < 0: os._exit(0)\n"
        "sa.event.listen(sa.Engine, 'before_cursor_execute', count)\n"
        "store.Journal(pathlib.Path(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, str(step)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    with Journal(tmp_path) as journal:
        journal.add([a_row("ada", "d1", "softmax")])
        assert journal.students() == ["ada"]


def test_a_database_of_somebody_else(tmp_path):
    """A SQLite file that is no journal is refused, and gets no tables of ours."""
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("create table marks (student text)")
    database.close()
    with pytest.raises(StoreError, match="is a database of something else: choose another --out"):
        Journal(tmp_path)
    with sqlite3.connect(tmp_path / NAME) as database:
        assert database.execute("select name from sqlite_master").fetchall() == [("marks",)]
    database.close()


def test_an_unpackable_result_is_found_where_it_is_packed():
    """Text that no UTF-8 file can hold is refused by `pack`, in the process that graded it."""
    with pytest.raises((UnicodeEncodeError, msgspec.MsgspecError)):
        pack("d", Graded(Handed("\udc80", [], []), []))


# --- earlier attempts -------------------------------------------------------------------------------------------------


def an_attempt(sha, digest="d", name="softmax", *, failure=""):
    given = Handed("ada", [File("ada.py", sha)], [], failure=failure)
    return pack(digest, Graded(given, [] if failure else [a_result(reason=sha, assignment=name)]))


def kept(journal):
    return [[result.reason for result in results] for _, results in journal.attempts("ada")]


def test_other_files_leave_the_earlier_attempt(tmp_path):
    """In their order; the same files graded again, by another version too, are no attempt."""
    with Journal(tmp_path) as journal:
        assert not journal.has_earlier()
        for sha, digest in (("1", "a"), ("1", "b"), ("2", "b"), ("2", "c"), ("3", "c"), ("1", "c")):
            journal.add([an_attempt(sha, digest)])
        assert kept(journal) == [["1"], ["2"], ["3"]]
        assert journal.has_earlier()
        assert [r.reason for r in journal.read("ada")[1]] == ["1"]
        assert journal.students() == ["ada"]
        assert journal.assignments() == ["softmax"]
        journal.forget(["ada"])
        assert kept(journal) == []


def test_what_could_not_be_graded_anew_is_no_attempt_of_its_own(tmp_path):
    """The machine failed in between: the graded one is kept meanwhile, and stands once when the same is graded."""
    with Journal(tmp_path) as journal:
        journal.add([an_attempt("1")])
        journal.add([failed("ada", "no engine")])
        assert kept(journal) == [["1"]]
        journal.add([an_attempt("1")])
        assert kept(journal) == []
        journal.add([an_attempt("1", failure="no engine")])
        journal.add([an_attempt("2")])
        assert [r.reason for r in journal.read("ada")[1]] == ["2"]


def test_attempts_of_a_download_have_their_numbers(tmp_path):
    """Each number is a page of its own that knows what was graded; one that failed leaves what was there."""
    with Journal(tmp_path) as journal:
        journal.add([an_attempt("3")])
        journal.earlier(2).add([an_attempt("2", "e")])
        journal.earlier(1).add([an_attempt("1", "f")])
        assert kept(journal) == [["1"], ["2"]]
        assert journal.earlier(2).done() == {"ada": "e"}
        journal.earlier(2).add([an_attempt("", failure="no engine")])
        assert kept(journal) == [["1"], ["2"]]
        assert journal.done() == {"ada": "d"}


def test_rows_can_be_carried_to_another_journal(tmp_path):
    """Byte for byte, failures too."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Journal(tmp_path / "a") as one, Journal(tmp_path / "b") as other:
        rows = [a_row("ada", "d1", "dropout", "softmax"), failed("bob", "no engine")]
        one.add(rows)
        assert one.rows(["ada", "bob", "nobody"]) == rows
        other.add(one.rows(["ada", "bob"]))
        assert other.read("ada") == one.read("ada")
        assert other.failures() == {"bob": "no engine"}


def test_a_journal_of_before_there_were_attempts_is_taken_as_it_is(tmp_path):
    """It lacks a table; nothing else about it is another, and it needs no --fresh."""
    with Journal(tmp_path) as journal:
        journal.add([an_attempt("1")])
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("drop table earlier")
    database.close()
    with Journal(tmp_path) as journal:
        assert kept(journal) == []
        journal.add([an_attempt("2")])
        assert kept(journal) == [["1"]]


@pytest.mark.parametrize(
    "damage",
    [
        "update earlier set results = x'ff'",
        "update earlier set results = '[]'",
        "update earlier set seal = 'x'",
        "update earlier set handed = 'text'",
    ],
)
def test_a_damaged_attempt_is_told(tmp_path, damage):
    """As any other row: never another mark."""
    with Journal(tmp_path) as journal:
        journal.add([an_attempt("1")])
        journal.add([an_attempt("2")])
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute(damage)
    database.close()
    with Journal(tmp_path) as journal, pytest.raises(StoreError, match="--fresh"):
        journal.attempts("ada")
