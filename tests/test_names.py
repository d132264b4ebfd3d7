from __future__ import annotations

import os
import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.names import MAX_BYTES, safe_names

# Lone surrogates are what os.fsdecode makes of bytes that are not UTF-8; the words collide with one another.
ids = st.one_of(
    st.text(st.characters(codec=None), max_size=120),
    st.text("aAäÄßsSıİiI./\\ ~\u0308\u200bcCoOnN", max_size=6),
    st.sampled_from(["con", "CON.txt", "nul .py", "..", ".", "", "-rf", "a--0123456789ab", "ﬁ", "fi", "Ａ", "a"]),
    st.binary(max_size=20).map(os.fsdecode),
)
classes = st.lists(ids, max_size=12)


def one(student):
    return safe_names([student])[student]


def alike(student):
    folded = unicodedata.normalize("NFKC", student).upper().casefold()
    return unicodedata.normalize("NFKC", folded).upper().casefold()


@given(classes)
def test_every_student_has_a_name_of_their_own_on_any_file_system(students):
    """Names differ even where case, Unicode form and compatibility characters are not told apart."""
    names = safe_names(students)
    assert set(names) == set(students)
    for form in (
        lambda name: unicodedata.normalize("NFC", name).casefold(),
        lambda name: unicodedata.normalize("NFD", name).lower(),
        lambda name: unicodedata.normalize("NFKC", name).upper(),
    ):
        assert len({form(name) for name in names.values()}) == len(names)


@given(classes)
def test_names_are_valid_on_linux_macos_and_windows(students):
    """No separator, control character, reserved name or trailing dot, and at most 80 bytes."""
    for name in safe_names(students).values():
        assert 0 < len(name.encode("utf-8")) <= MAX_BYTES
        assert not re.search(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*~]', name)
        assert not name.endswith((".", " "))
        assert not name.startswith((".", "-", " "))
        stem = unicodedata.normalize("NFKC", name).split(".")[0].rstrip().upper()
        assert stem not in {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}


@given(classes, st.randoms())
def test_names_do_not_depend_on_order_or_repetition(students, rng: random.Random):
    """The same class in another order, with repetitions, has the same names."""
    shuffled = students * 2
    rng.shuffle(shuffled)
    assert safe_names(shuffled) == safe_names(students)


@given(classes, ids)
def test_another_student_changes_nothing_but_for_ids_that_look_alike(students, late):
    """Who else is in the class matters only for ids that differ in case or Unicode form."""
    before, after = safe_names(students), safe_names([*students, late])
    changed = {student for student in before if before[student] != after[student]}
    assert {alike(student) for student in changed} <= {alike(late)}


@pytest.mark.parametrize("student", ["ada", "Ada Lovelace", "李雷", "o'brien", "123", "ada@uni.edu", "ada_2", "a" * 80])
def test_an_ordinary_id_is_its_own_name(student):
    """What is safe everywhere is kept as it is."""
    assert one(student) == student


@pytest.mark.parametrize(
    "student",
    [
        *["a/b", "..", "", "con", "Nul.txt", "ada.", "ada ", ".ada", "-rf", "a\nb", "a\udcffb", "ADALOV~1", "a\u202eb"],
        *["a" * 81, "李" * 27, "COM¹", "ada--0123456789ab"],
    ],
)
def test_an_unsafe_id_gets_a_hash(student):
    """What had to change carries a hash of the exact id."""
    assert re.search(r"--[0-9a-f]{12}$", one(student))


def test_the_documented_example_holds():
    """The name in the module's docstring is the one that is made."""
    assert one("a/b") == "a_b--c14cddc033f6"


def test_the_lower_case_id_keeps_its_name():
    """Of ids that differ in case or form, the lower-case composed one stays as it is and each other gets a hash."""
    names = safe_names(["Ada", "ada", "ADA", "é", "e\u0301"])
    assert names["ada"] == "ada"
    assert names["é"] == "é"
    assert names["Ada"].startswith("Ada--")
    assert names["ADA"].startswith("ADA--")
    assert names["e\u0301"].startswith("e\u0301--")


def test_nobody_can_take_the_name_made_for_another():
    """An id equal to somebody's hashed name is hashed itself."""
    taken = one("a/b")
    names = safe_names(["a/b", taken])
    assert names["a/b"] == taken
    assert names[taken] != taken


def test_a_name_of_combining_marks_costs_its_length():
    """Marks out of their order, which take their square to be put in it, are no reason to wait."""
    marks = "a" + "\u0301\u0323" * 100_000
    names = safe_names([marks, marks + "b", "ada"])
    assert names["ada"] == "ada"
    assert len(set(names.values())) == 3
    assert all(len(name.encode()) <= MAX_BYTES for name in names.values())
