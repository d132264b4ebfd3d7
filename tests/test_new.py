"""`grader new`: what it lays out is sound whatever it is called, and it never writes over anything."""

from __future__ import annotations

import doctest
import tomllib
import types

import class_samples as samples
import jupytext
import numpy as np
import pytest

from grader import catalogue
from grader import new as newly
from grader.catalogue import LONGEST, course_at, open_course
from grader.errors import StoreError, UsageError
from grader.new import new

NAMES = ("log_sum_exp", "x", "GELU", "class", "np", "scaled_square", "a" * LONGEST)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_sound_whatever_it_is_called(name, tmp_path):
    """Every animal of its zoo gets the verdict of its expect.toml, its mistake by name, and the stub scores nothing."""
    made = new(name, tmp_path / "course")
    assert {path.name for path in made.files} >= {"spec.py", "stub.py", "README.md", f"{name}.py", "expect.toml"}
    zoo = made.course.zoo / name
    expected = tomllib.loads((zoo / "expect.toml").read_text(encoding="utf-8"))
    animals = {path.stem: path for path in zoo.glob("*.py")}
    assert {stem.partition("_")[0] for stem in animals} == {"right", "wrong", "unfinished"}
    assert sum(stem.startswith("right_") for stem in animals) >= 2
    sources = {stem: path.read_text(encoding="utf-8") for stem, path in animals.items()}
    sources["stub"] = (made.course.folder(name) / "stub.py").read_text(encoding="utf-8")
    folder = samples.a_class(tmp_path / "class", **sources)
    done = samples.grader(
        *("grade", folder, "--out", tmp_path / "out", "--course", tmp_path / "course"),
        *("--sandbox", "none", "--seed", 1, "--jobs", 1),
    )
    assert done.code == 0, done.err
    for stem in animals:
        result = samples.result(tmp_path / "out", stem, name)
        want = dict(expected.get(f"{stem}.py", {}))
        assert result["score"] == want.pop("score", result["max_score"])
        found = {
            f"{c['function']}:{c['check']}": f"{c['status']} {c['diagnosis'] or ''}".strip()
            for c in result["checks"]
            if c["status"] != "passed" and (c["check"], c["status"]) != ("gradcheck", "skipped")
        }
        assert found == want
    assert samples.result(tmp_path / "out", "wrong_factor-missing", name)["max_score"] == 10
    assert samples.result(tmp_path / "out", "stub", name)["score"] == 0


def test_the_texts_speak_of_the_new_name(tmp_path):
    """No file still has the model's name or title."""
    for path in new("log_sum_exp", tmp_path / "course").files:
        text = f"{path} {path.read_text(encoding='utf-8')}"
        assert "scaled_square" not in text
        assert "Scaled square" not in text
    assert open_course(tmp_path / "course").load("log_sum_exp").title == "Log sum exp"


def test_its_examples_are_right(tmp_path):
    """The doctests of the stub hold for its right submission, and the stub becomes a notebook."""
    made = new("f", tmp_path / "course")
    stub, solved = types.ModuleType("stub"), types.ModuleType("solved")
    source = (made.course.folder("f") / "stub.py").read_text(encoding="utf-8")
    exec(source, stub.__dict__)
    exec((made.course.zoo / "f" / "right_arrays.py").read_text(encoding="utf-8"), solved.__dict__)
    runner = doctest.DocTestRunner()
    for function in made.course.load("f").functions:
        (test,) = doctest.DocTestFinder().find(getattr(stub, function), function, globs={**vars(solved), "np": np})
        assert test.examples
        runner.run(test)
    assert runner.failures == 0
    assert [cell.cell_type for cell in jupytext.reads(source, fmt="py:percent").cells][:2] == ["markdown", "code"]


def test_several_live_in_one_course(tmp_path):
    """A second assignment is added to the course, and the first stays as it is."""
    first = new("f", tmp_path).files
    before = [path.read_bytes() for path in first]
    new("g", tmp_path)
    assert [path.read_bytes() for path in first] == before
    assert list(open_course(tmp_path).load_all()) == ["f", "g"]


@pytest.mark.parametrize("place", ["assignments/f", "solutions/f.py", "zoo/f"])
def test_it_writes_over_nothing(tmp_path, place):
    """Whichever of the three places is taken, nothing at all is written, and the error names it."""
    (tmp_path / place).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=f"{place} is there already"):
        new("f", tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "log-sum-exp", "2x", "a b", "../f", "_f", "größe", "a.b", "x" * 61])
def test_a_name_that_functions_cannot_have(tmp_path, name):
    """The error says what a name looks like, and nothing is made."""
    with pytest.raises(UsageError, match=r"log_sum_exp|61 characters"):
        new(name, tmp_path / "course")
    assert not (tmp_path / "course").exists()


def test_a_folder_that_cannot_hold_a_course(tmp_path):
    """A file, a folder inside a course, and a folder that can't be written: each says what to say instead."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        new("f", tmp_path / "file")
    new("f", tmp_path / "course")
    for inside in ("assignments", "assignments/f"):
        with pytest.raises(UsageError, match=f"say --course {tmp_path / 'course'}$"):
            new("g", tmp_path / "course" / inside)
    with pytest.raises(StoreError, match="can't be written"):
        new("f", tmp_path / "file" / "below")


def test_an_installation_without_a_checkout_has_no_course_to_extend(tmp_path, monkeypatch):
    """Where the built-in course has no secret half, `new` asks for a course of one's own."""
    students = catalogue.Catalogue(tmp_path / "assignments", tmp_path / "none", tmp_path / "zoo")
    monkeypatch.setattr(catalogue, "BUILT_IN", students)
    monkeypatch.setattr(newly, "BUILT_IN", students)
    with pytest.raises(UsageError, match="--course PATH"):
        new("f")


def test_without_a_course_it_extends_the_built_in_one(tmp_path, monkeypatch):
    """The three places are then the checkout's own."""
    mine = catalogue.Catalogue(tmp_path / "assignments", tmp_path / "reference", tmp_path / "zoo")
    mine.solutions.mkdir()
    monkeypatch.setattr(catalogue, "BUILT_IN", mine)
    monkeypatch.setattr(newly, "BUILT_IN", mine)
    new("f")
    assert mine.names() == ["f"]
    assert mine.solution("f").is_file()


def test_the_command_tells_what_it_made_and_what_is_next(tmp_path):
    """A line a file, and the command that says whether the assignment is sound."""
    done = samples.grader("new", "f", "--course", tmp_path / "course")
    assert (done.code, done.err) == (0, "")
    for path in course_at(tmp_path / "course").zoo.rglob("*.*"):
        assert f"made {path}" in done.out.splitlines()
    assert done.out.splitlines()[-1].strip() == f"grader validate f --course {tmp_path / 'course'}"
    again = samples.grader("new", "f", "--course", tmp_path / "course")
    assert again.code == 2
    assert "is there already" in again.one_line()
