"""Rosters: columns known by their names, platforms' own tables, and nobody taken for another."""

from __future__ import annotations

import platform_samples as samples
import pytest

from grader import roster
from grader.errors import UsageError
from grader.submission import find

KNOWN = ("softmax",)


def table(tmp_path, text, encoding="utf-8"):
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    return roster.read(tmp_path / "roster.csv")


def mapped(path, who):
    """Which file is whose."""
    listing = find(path, KNOWN, None, who)
    return {s.student: s.read().files[0].name for s in listing.students}, listing.remarks


def test_columns_in_any_order_and_any_delimiter(tmp_path):
    """Headers are compared without case, hyphens and underscores; other columns don't matter."""
    who = table(
        tmp_path, "\ufeffE-Mail;Seat;GitHub_Username;First Name;Surname;Student-ID\nada@x.edu;3;AdaL;Ada;Lovelace;007\n"
    )
    (ada,) = who.people
    assert ada.student == "007"
    assert ada.ids == {"sid": "007", "email": "ada@x.edu", "github": "AdaL", "name": "Lovelace, Ada"}
    for ids in (
        {"github": "adal"}, {"email": "ADA@x.edu"}, {"name": "Ada  Lovelace"}, {"slug": "lovelaceada"},
        {"nbgrader": "007"}, {"plain": "ada lovelace"}, {"canvas": "1", "slug": "lovelaceada"},
    ):  # fmt: skip
        assert who.find(ids) is ada, ids
    for ids in ({"sid": "7"}, {"github": "ada"}, {"name": "Ada"}, {"canvas": "007"}, {}):
        assert who.find(ids) is None, ids


def test_a_canvas_gradebook_is_a_roster(tmp_path):
    """Its rows map the zip's user ids to student ids; the rows above the students are nobody."""
    who = table(tmp_path, samples.CANVAS_GRADEBOOK)
    assert [p.student for p in who.people] == ["s100", "s101", "s102", "007", "s104", "f00d"]
    found, remarks = mapped(samples.laid(tmp_path / "d", samples.canvas_class()), who)
    assert found == {
        "s100": "lovelaceada_100_9000_softmax.py",
        "s101": "obrienniamh_LATE_101_9001_softmax.py",
        "s102": "静陈_102_9002_softmax.py",
        "007": "smithjrbobbo_103_9003_softmax.py",
        "s104": "cmdxa1eve_104_9004_softmax.py",
    }
    assert remarks[1:] == ("1 on the roster handed in nothing: f00d",)


@pytest.mark.parametrize("language", ["en", "de", "blind"])
def test_a_moodle_worksheet_is_a_roster(tmp_path, language):
    """Whatever its language: participants by their numbers, which need no names."""
    text = samples.MOODLE_WORKSHEET
    if language != "en":
        text = text.replace("Participant ", "Teilnehmer/in").replace(
            "Identifier,Full name,ID number", "ID,Vollständiger Name,ID-Nummer"
        )
    if language == "blind":
        text = "\n".join(f"Participant {i},Submitted,,10.00,Yes,-,-," for i in ("x", 500, 501)).replace(
            "Participant x", "Identifier"
        )
    found, _ = mapped(samples.laid(tmp_path / "d", samples.moodle_class()), table(tmp_path, text))
    expected = {"s100", "s101", "s102", "007", "s104"} if language != "blind" else {"500", "501"}
    assert expected <= found.keys()


def test_a_classroom_list_is_a_roster(tmp_path):
    """GitHub Classroom's own list: identifier, github_username."""
    who = table(
        tmp_path, '"identifier","github_username","github_id","name"\n"s1","adal","1",""\n"s2","niamh-ob","2",""\n'
    )
    found, _ = mapped(samples.laid(tmp_path / "d", samples.github_class()), who)
    assert found.keys() == {"s1", "s2"}


def test_who_is_not_on_the_roster_keeps_the_platforms_name_and_is_listed(tmp_path):
    """Nobody is left out, and nobody is taken for somebody else."""
    who = table(tmp_path, "student id,canvas id\ns100,100\n")
    found, remarks = mapped(samples.laid(tmp_path / "d", samples.canvas_class()), who)
    assert "s100" in found
    assert "静陈_102" in found
    assert "not on the roster, and called as the platform does: cmdxa1eve_104, obrienniamh_101" in remarks[1]


def test_a_name_that_two_people_have_maps_nobody(tmp_path):
    """Two of one name are told apart by ids only."""
    who = table(tmp_path, "id,name,email\n1,Ann Lee,a@x\n2,Lee Ann,b@x\n")
    assert who.find({"slug": "leeann"}) is None
    assert who.find({"name": "Ann Lee"}) is None
    assert who.find({"email": "b@x", "name": "Ann Lee"}).student == "2"


def test_an_ordinary_folder_with_a_roster(tmp_path):
    """Stems are ids, addresses or names; two that are one student's are attempts, and only the last counts."""
    who = table(tmp_path, "id,name,email\ns1,Ada Lovelace,ada@x.edu\ns2,Bob,bob@x.edu\n")
    path = samples.laid(
        tmp_path / "d",
        {"Ada Lovelace.py": "a = 1\n", "ada@x.edu.py": samples.PYTHON, "bob.py": "b = 1\n", "zoe.py": "c = 1\n"},
    )
    listing = find(path, KNOWN, None, who)
    assert [s.student for s in listing.students] == ["s1", "s2", "zoe"]
    ada = listing.students[0].read()
    assert [f.name for f in ada.files] == ["ada@x.edu.py"]
    assert [(p.where, p.message) for p in ada.problems] == [
        ("Ada Lovelace.py", "attempt 1 of 2 is not the one shown here")
    ]
    assert (ada.origin.layout, ada.origin.attempt, ada.origin.ids["email"]) == ("plain", 2, "ada@x.edu")


def test_a_platforms_name_that_is_somebodys_id(tmp_path):
    """An unmapped student never gets the id of one who is on the roster."""
    who = table(tmp_path, "id,github\nbob,adal\n")
    found, _ = mapped(samples.laid(tmp_path / "d", samples.github_class("hw-", ("adal", "bob"))), who)
    assert found == {"bob": "hw-adal/softmax.py", "bob'": "hw-bob/softmax.py"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seat,colour\n1,red\n", "no column that says who is who: name its columns, such as student id"),
        ("", "is no table in text"),
        ("id,name\n", "names nobody"),
        ("id,name\n1,Ada\n1,Bob\n", "has two rows for 1"),
        ('id,name\n1,"Ada\n', "is never closed"),
        ("id\0,name\n", "NUL"),
    ],
)
def test_rosters_that_are_refused(tmp_path, text, message):
    """In one line, with what to do."""
    with pytest.raises(UsageError, match=message) as caught:
        table(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_roster_that_is_not_there(tmp_path):
    """As any other file."""
    with pytest.raises(UsageError, match="can't be read: No such file"):
        roster.read(tmp_path / "none.csv")


def test_encodings(tmp_path):
    """What spreadsheets save: UTF-8 with and without its mark, UTF-16, Windows' own."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert table(tmp_path, "id,name\n1,José\n", encoding).people[0].ids["name"] == "José"
