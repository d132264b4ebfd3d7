"""Downloads of platforms: recognised by themselves, as a folder and as a zip, and never taken for what they are not."""

from __future__ import annotations

import platform_samples as samples
import pytest

from grader import layouts, roster
from grader.errors import UsageError
from grader.layouts.canvas import _taken_apart
from grader.submission import find

KNOWN = ("conv1d", "softmax", "softmax_2")
PYTHON = samples.PYTHON


def students(listing):
    """Every student's files, by what decides which assignment they answer."""
    return {s.student: [(f.name, f.named_for, f.name_distance) for f in s.read().files] for s in listing.students}


def problems(listing, student):
    (located,) = (s for s in listing.students if s.student == student)
    return [f"{p.where}: {p.message}".removeprefix(": ") for p in located.read().problems]


def origin(listing, student):
    (located,) = (s for s in listing.students if s.student == student)
    return located.read().origin


CLASSES = {
    "canvas": (samples.canvas_class, "Softmax_submissions.zip", 5),
    "moodle": (samples.moodle_class, "CS101-Softmax-77.zip", 5),
    "gradescope": (samples.gradescope_class, "assignment_1_export.zip", 5),
    "nbgrader": (samples.nbgrader_class, "submitted.zip", 3),
    "github": (samples.github_class, "hw-1-submissions.zip", 2),
}


class TestRecognised:
    @pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
    @pytest.mark.parametrize("name", CLASSES)
    def test_every_layout_is_recognised_and_told(self, tmp_path, name, packed):
        """As a folder and as a zip; one line says which layout it is and how many there are of what."""
        build, zip_name, count = CLASSES[name]
        listing = find(samples.laid(tmp_path / "d", build(), zip_name if packed else ""), KNOWN)
        assert len(listing.students) == count
        assert listing.remarks[0].startswith(f"layout: {name} (recognised by its names): {count} students in ")
        assert all(s.origin.layout == name for s in listing.students)
        for located in listing.students:
            (file,) = located.read().files
            assert (file.named_for, file.name_distance, file.error) == ("softmax", 0, None)

    @pytest.mark.parametrize("name", CLASSES)
    def test_a_folder_around_it_is_entered(self, tmp_path, name):
        """What a download was packed in does not hide it."""
        build, zip_name, count = CLASSES[name]
        inside = {f"export/{path}": content for path, content in build().items()}
        assert len(find(samples.laid(tmp_path / "d", inside), KNOWN).students) == count
        assert len(find(samples.laid(tmp_path, inside, zip_name), KNOWN).students) == count

    @pytest.mark.parametrize("name", CLASSES)
    def test_one_stray_entry_makes_it_an_ordinary_folder(self, tmp_path, name):
        """A layout that does not explain everything explains nothing; asked for, it names what it left out."""
        build, _, count = CLASSES[name]
        path = samples.laid(tmp_path / "d", {**build(), "zoe.py": PYTHON})
        assert "zoe" in students(find(path, KNOWN))
        asked = find(path, KNOWN, name)
        assert len(asked.students) == count
        assert asked.remarks[0].startswith(f"layout: {name} (asked for): {count} students")
        assert "not taken for submissions: zoe.py" in asked.remarks

    @pytest.mark.parametrize("name", CLASSES)
    def test_plain_turns_recognition_off(self, tmp_path, name):
        """With --layout plain the names are students' again, and nothing is said of a platform."""
        path = samples.laid(tmp_path / "d", CLASSES[name][0]())
        listing = find(path, KNOWN, "plain")
        assert not any("layout" in remark for remark in listing.remarks)
        assert all(s.origin is None for s in listing.students)

    @pytest.mark.parametrize(
        "names",
        [
            ["ada.py", "bob.py"],
            ["ada/softmax.py", "bob/softmax.py"],
            ["softmax_1_2_x.py", "softmax_2_3_y.py"],
            ["hw_2024_1_ada.py", "hw_2024_2_bob.py"],
            ["week_1_1_a.py", "week_2_2_b.py"],
            ["ada_1_2_x.py"],
            ["ada_1_1_x.py", "bob_2_1_x.py"],
            ["ada_1_1_x.py", "bob_1_2_x.py"],
            ["anon_1_2_x.py"],
            ["ada/ps1/x.ipynb", "bob/ps1/x.ipynb"],
            ["ada/ps1/x.ipynb", "ada/ps1/timestamp.txt", "bob/ps1/x.ipynb"],
            ["hw-ada/x.py", "hw-bob/x.py"],
            ["hw-ada/x.py", "hw-ada/.git/config"],
            ["submission_1/x.py", "submission_2/x.py"],
            ["submitted/x.py", "other/x.py"],
        ],
    )
    def test_ordinary_folders_stay_ordinary(self, tmp_path, names):
        """What only looks a little like a download is not taken for one."""
        path = samples.laid(tmp_path / "d", dict.fromkeys(names, PYTHON))
        assert layouts.read(*opened(path), known=KNOWN) is None
        assert not any("layout" in remark for remark in find(path, KNOWN).remarks)

    def test_entries_that_leave_a_zip_are_told(self, tmp_path):
        """As of an ordinary class."""
        path = samples.laid(tmp_path, {**samples.moodle_class(), "../evil.py": PYTHON}, "x.zip")
        assert "1 entries of the zip have a path that leaves it" in find(path, KNOWN).remarks[1]

    def test_wrong_names(self, tmp_path):
        """A layout that there isn't, and one that finds nobody, are told with what to do."""
        path = samples.laid(tmp_path / "d", {"ada.py": PYTHON})
        with pytest.raises(UsageError, match="there is no layout 'canvass': did you mean canvas"):
            find(path, KNOWN, "canvass")
        for name in layouts.NAMES[:-1]:
            with pytest.raises(UsageError, match=f"holds nothing that the layout {name} knows"):
                find(path, KNOWN, name)


def opened(path):
    from grader.places import open_place

    return open_place(str(path))[0], str(path)


class TestCanvas:
    @pytest.mark.parametrize(
        ("entry", "who", "late", "called"),
        [
            ("lovelaceada_100_9000_softmax.py", ("lovelaceada", "100"), False, "softmax.py"),
            ("lovelaceada_LATE_100_9000_my_1_2_file.py", ("lovelaceada", "100"), True, "my_1_2_file.py"),
            ("a_b_100_9000_x.py", ("a_b", "100"), False, "x.py"),
            ("静陈_100_9000_x.py", ("静陈", "100"), False, "x.py"),
            ("_100_9000_x.py", ("", "100"), False, "x.py"),
            ("anon_aB3dE_9000_x.py", ("anon", "aB3dE"), False, "x.py"),
            ("LATE_anon_aB3dE_9000_x_LATE.py", ("anon", "aB3dE"), True, "x_LATE.py"),
            ("lovelaceada_LATE_100_text.html", ("lovelaceada", "100"), True, "text.html"),
            ("lovelaceada_100_9000_a, \"b\" & 'c' =x.py", ("lovelaceada", "100"), False, "a, \"b\" & 'c' =x.py"),
        ],
    )
    def test_names_are_taken_apart_from_the_left(self, entry, who, late, called):
        """What follows the two numbers is the student's own, whatever it holds."""
        file = _taken_apart(entry)
        assert ((file.name, file.user), file.late, file.called) == (who, late, called)

    def test_ids_and_late_marks(self, tmp_path):
        """A student is called by name and user id; late is a problem, and in the data."""
        listing = find(samples.laid(tmp_path / "d", samples.canvas_class()), KNOWN)
        assert [s.student for s in listing.students] == [
            "cmdxa1eve_104", "lovelaceada_100", "obrienniamh_101", "smithjrbobbo_103", "静陈_102",
        ]  # fmt: skip
        late = origin(listing, "obrienniamh_101")
        assert (late.late, late.ids, late.attempt) == (True, {"canvas": "101", "slug": "obrienniamh"}, 1)
        assert problems(listing, "obrienniamh_101") == ["was handed in late, says Canvas"]
        assert origin(listing, "lovelaceada_100").late is False
        assert problems(listing, "lovelaceada_100") == []

    def test_names_that_collide_are_told_apart_by_their_ids(self, tmp_path):
        """Ann Lee and Lee Ann have one slug."""
        files = [("Lee", "Ann", 1, 10), ("Lee, A", "nn", 2, 11), ("Ito", "Jun", 3, 12)]
        listing = find(samples.laid(tmp_path / "d", {samples.canvas_file(*f): PYTHON for f in files}), KNOWN)
        assert [s.student for s in listing.students] == ["itojun_3", "leeann_1", "leeann_2"]

    def test_anonymous(self, tmp_path):
        """Anonymous ids are letters and digits; nothing else is known of the student."""
        files = {"anon_aB3dE_9000_softmax.py": PYTHON, "LATE_anon_zZ9_9001_softmax.py": PYTHON}
        listing = find(samples.laid(tmp_path / "d", files), KNOWN)
        assert [s.student for s in listing.students] == ["anon_aB3dE", "anon_zZ9"]
        assert [s.origin.late for s in listing.students] == [False, True]

    def test_a_later_attempt_of_a_file_counts(self, tmp_path):
        """`softmax-1.py` replaces the `softmax.py` that came before it, under whose name it is read."""
        who = ("Lovelace", "Ada", 1000)
        names = {samples.canvas_file(*who, 9001 + i, n): PYTHON for i, n in enumerate(["softmax.py", "softmax-1.py"])}
        listing = find(samples.laid(tmp_path / "d", names), KNOWN)
        assert students(listing) == {"lovelaceada_1000": [("lovelaceada_1000_9002_softmax-1.py", "softmax", 0)]}
        assert problems(listing, "lovelaceada_1000") == [
            "lovelaceada_1000_9001_softmax.py: attempt 1 of 2 is not the one shown here: lovelaceada_1000_9002_softmax-1.py was handed in later"
        ]
        assert origin(listing, "lovelaceada_1000").attempt == 2

    @pytest.mark.parametrize("names", [["hw-1.py", "hw-2.py"], ["softmax-1.py", "softmax.py"], ["a.py", "a-1.ipynb"]])
    def test_numbers_of_the_students_own_stay(self, tmp_path, names):
        """Two homeworks are no attempts: no bare name, or the numbers run against the uploads, or kinds differ."""
        files = {samples.canvas_file("Lovelace", "Ada", 1000, 9001 + i, n): PYTHON for i, n in enumerate(names)}
        listing = find(samples.laid(tmp_path / "d", files), KNOWN)
        assert len(students(listing)["lovelaceada_1000"]) == 2

    def test_online_text(self, tmp_path):
        """Code typed into the text box is read from its first line of code on, with its indentation; a link is not."""
        files = {
            **samples.canvas_class(),
            "lovelaceada_100_text.html": samples.CANVAS_TEXT,
            "zoe_200_link.html": "<a href='https://x.edu'>x</a>",
        }
        listing = find(samples.laid(tmp_path / "d", files), KNOWN)
        (located,) = (s for s in listing.students if s.student == "lovelaceada_100")
        typed = located.read().files[-1]
        assert typed.cells[0].source == (
            "import numpy as np\ndef softmax_forward(a):\n    return a if a.max() < 3 else a, None\n"
        )
        assert "typed into the platform's text box" in typed.problems[0].message
        assert problems(listing, "zoe_200") == ["there is no .py, .ipynb or .zip file, only zoe_200_link.html"]


class TestMoodle:
    def test_flat_mode_and_blind_marking(self, tmp_path):
        """Files that carry the student in front; where marking is blind only the number tells who it is."""
        flat = samples.moodle_class(flat=True)
        blind = {"Participant_77_assignsubmission_file_softmax.py": PYTHON}
        listing = find(samples.laid(tmp_path / "d", {**flat, **blind}), KNOWN)
        found = students(listing)
        assert found["Ada Lovelace_500"] == [("Ada Lovelace_500_assignsubmission_file_softmax.py", "softmax", 0)]
        assert origin(listing, "Participant_77").ids == {"moodle": "77"}
        assert origin(listing, "Niamh OBrien_501").ids == {"moodle": "501", "name": "Niamh OBrien"}

    def test_files_and_online_text_are_one_submission(self, tmp_path):
        """Folders of one participant are one student's; what is typed counts where it defines something."""
        typed = "<p>def conv1d_forward(x):</p><p>&nbsp;&nbsp;&nbsp;&nbsp;return x</p>"
        files = {
            **samples.moodle_class(),
            "Ada Lovelace_500_assignsubmission_onlinetext/onlinetext.html": typed,
            "Zoe_600_assignsubmission_onlinetext/onlinetext.html": "<p>Dear marker, see my file.</p>",
            "Team red_assignsubmission_file/softmax.py": PYTHON,
            "Old_601_assignsubmission_file_/deep/softmax.py": PYTHON,
        }
        listing = find(samples.laid(tmp_path / "d", files), KNOWN)
        (located,) = (s for s in listing.students if s.student == "Ada Lovelace_500")
        assert [f.cells[0].source for f in located.read().files] == [PYTHON, "def conv1d_forward(x):\n    return x\n"]
        assert problems(listing, "Zoe_600")[0].startswith("there is no .py, .ipynb or .zip file, only Zoe_600")
        assert {"Team red", "Old_601"} <= students(listing).keys()


class TestGradescope:
    def test_people_attempts_and_groups(self, tmp_path):
        """Ids keep their zeros, a group's submission is each member's, earlier attempts are listed."""
        listing = find(samples.laid(tmp_path / "d", samples.gradescope_class()), KNOWN)
        assert [s.student for s in listing.students] == ["007", "0100", "no@x.edu", "s102", "submission_409194026"]
        ada = origin(listing, "0100")
        assert (ada.attempt, ada.submitted) == (3, "2026-04-26 17:34:00.861687000 Z")
        assert ada.ids == {"gradescope": "409194023", "sid": "0100", "email": "ada@x.edu", "name": "Ada Lovelace"}
        assert problems(listing, "0100") == [
            "attempt 1 of 3, of 2026-04-20 10:00:00.000000000 Z, is not the one shown here",
            "attempt 2 of 3, of 2026-04-21 10:00:00.000000000 Z, is not the one shown here",
        ]
        assert problems(listing, "007") == ["is a group's: s102, 007"] == problems(listing, "s102")
        assert listing.remarks[1] == "of 1 submissions the export holds no files: submission_409194027"

    @pytest.mark.parametrize("text", ["{", "- a\n- b\n", "a: " + "[" * 3000, "\x00"])
    def test_metadata_that_cannot_be_read(self, tmp_path, text):
        """One line says so; nothing is guessed."""
        files = {**samples.gradescope_class(), "submission_metadata.yml": text}
        with pytest.raises(UsageError, match="submission_metadata") as caught:
            find(samples.laid(tmp_path / "d", files), KNOWN)
        assert "\n" not in str(caught.value)

    def test_a_later_submission_of_a_student_counts(self, tmp_path):
        """Two submissions that the roster gives to one student are attempts."""
        listing = find(samples.laid(tmp_path / "d", samples.gradescope_class()), KNOWN, None, people("s1,No\ns1,陈 静"))
        (one,) = (s for s in listing.students if s.student == "s1")
        assert one.origin.ids["gradescope"] == "409194024"
        assert "submission_409194025: attempt 1 of 2 is not the one shown here" in problems(listing, "s1")
        assert one.origin.attempt == 2


def people(rows):
    """A roster that lets an id have several names, which a file may not."""
    return roster.Roster(
        [roster.Person(r.split(",")[0], {"sid": r.split(",")[0], "name": r.split(",")[1]}) for r in rows.split("\n")]
    )


class TestNbgrader:
    def test_the_course_and_its_tree(self, tmp_path):
        """The course's root leads to `submitted`; the tree alone is known by its timestamps."""
        course = samples.laid(
            tmp_path / "c", {**samples.nbgrader_class("submitted/"), "gradebook.db": "x", "source/ps1/a.ipynb": "{}"}
        )
        tree = samples.laid(tmp_path / "t", samples.nbgrader_class())
        assert (
            students(find(course, KNOWN))
            == students(find(tree, KNOWN))
            == {name: [(f"{name}/ps1/softmax.py", "softmax", 0)] for name in ("=eve", "ada", "陈静")}
        )
        assert origin(find(tree, KNOWN), "陈静").submitted == "2025-02-02 15:58:23.948203 UTC"

    def test_asked_for_no_timestamps_are_needed(self, tmp_path):
        """A tree made by hand is read when the layout is named."""
        path = samples.laid(tmp_path / "d", {"ada/ps1/x.py": PYTHON, "bob/ps1/x.py": PYTHON})
        assert [s.origin.ids for s in find(path, KNOWN, "nbgrader").students] == [
            {"nbgrader": "ada"},
            {"nbgrader": "bob"},
        ]


class TestGitHub:
    def test_the_assignments_part_is_left_out_and_told(self, tmp_path):
        """The longest part that all share; the line says what was taken for it."""
        listing = find(samples.laid(tmp_path / "d", samples.github_class()), KNOWN)
        assert [s.student for s in listing.students] == ["Niamh-OB", "adal"]
        assert listing.remarks[1].startswith("hw-1- is taken for the assignment's part")

    def test_names_that_begin_alike(self, tmp_path):
        """The folder's name, or else the roster, says where the user's name begins."""
        files = samples.github_class("hw-1-", ("lee-a", "lee-b"))
        assert students(find(samples.laid(tmp_path / "d", files), KNOWN)).keys() == {"a", "b"}
        assert students(find(samples.laid(tmp_path / "hw-1-submissions", files), KNOWN)).keys() == {"lee-a", "lee-b"}
        who = roster.Roster(
            [
                roster.Person("s1", {"sid": "s1", "github": "Lee-A"}),
                roster.Person("s2", {"sid": "s2", "github": "lee-b"}),
            ]
        )
        assert students(find(tmp_path / "d", KNOWN, None, who)).keys() == {"s1", "s2"}

    def test_downloads_of_a_branch(self, tmp_path):
        """Asked for, zips and folders without .git are read, the branch left out."""
        files = {
            "hw-ada-main.zip": samples.zipped({"hw-ada-main/softmax.py": PYTHON}),
            "hw-bob-main/softmax.py": PYTHON,
        }
        assert students(find(samples.laid(tmp_path / "d", files), KNOWN, "github")).keys() == {"ada", "bob"}
