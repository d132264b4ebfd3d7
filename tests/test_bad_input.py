"""Bad input to `grade`: one clear line, the right exit code, and a row for everybody who handed something in."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import zipfile
from contextlib import contextmanager

import class_samples as samples
import pytest

LINK = (stat.S_IFLNK | 0o777) << 16


@contextmanager
def mounted(path, options):
    """A tmpfs at `path` while the block runs; gives whether this machine lets us."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", path], check=True)


# --- what was handed in -----------------------------------------------------------------------------------------------

BAD = {
    "prose": "can't be read as Python: line 1: SyntaxError",
    "binary": "is not text",
    "empty": "empty",
    "notjson": "JSON",
    "huge": "60.0 MiB",
    "leaves": "leaves the zip",
    "links": "a link",
    "linked": "a link",
    "bomb": "64 MiB",
    "damaged": "zip",
    "nothing": "nothing was handed in",
    "document": "only",
}


def bad_class(folder):
    samples.a_class(folder, ada=samples.RIGHT, prose="Dear grader,\nmy dog ate it: really!\n", empty="")
    (folder / "binary.py").write_bytes(bytes(range(256)) * 40)
    (folder / "notjson.ipynb").write_text("this is no notebook", encoding="utf-8")
    with (folder / "huge.ipynb").open("wb") as file:
        file.write(b'{"cells": [')
        file.truncate(60 << 20)
    with zipfile.ZipFile(folder / "leaves.zip", "w") as archive:
        archive.writestr("../../evil.py", samples.RIGHT)
        archive.writestr("/tmp/evil.py", samples.RIGHT)
    with zipfile.ZipFile(folder / "links.zip", "w") as archive:
        link = zipfile.ZipInfo("sigmoid_neuron.py")
        link.external_attr = LINK
        archive.writestr(link, "/etc/passwd")
    (folder / "linked.py").symlink_to(folder / "ada.py")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for i in range(80):
            archive.writestr(f"part{i}.py", bytes(1 << 20))
    (folder / "damaged.zip").write_bytes(b"PK\x03\x04 and then nothing more of a zip")
    (folder / "nothing").mkdir()
    (folder / "document.pdf").write_bytes(b"%PDF-1.4")
    two = folder / "two"
    two.mkdir()
    (two / "sigmoid_neuron.py").write_text(samples.RIGHT, encoding="utf-8")
    (two / "another try.py").write_text(samples.WRONG, encoding="utf-8")
    (two / "zzz.py").write_text("raise SystemExit", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of unreadable submissions, graded once for two assignments."""
    base = tmp_path_factory.mktemp("bad")
    done = samples.grade(bad_class(base / "class"), base / "out", "-a", samples.OTHER, jobs=2)
    return done, base / "out"


def test_bad_submissions_do_not_stop_a_run(graded):
    """A class full of unreadable submissions is graded to the end, with nothing on stderr."""
    done, _ = graded
    assert (done.code, done.err) == (0, "")


def test_everybody_has_a_row_and_a_json_for_every_assignment(graded):
    """Whoever handed something in, however unreadable, has a row in grades.csv and a result for each assignment."""
    _, out = graded
    assert sorted(samples.rows(out)) == sorted([*BAD, "ada", "two"])
    for student, row in samples.rows(out).items():
        assert row["status"] == "graded"
        for assignment in (samples.ASSIGNMENT, samples.OTHER):
            assert samples.result(out, student, assignment)["status"] == "graded"
            assert (out / "feedback" / student / f"{assignment}.html").is_file()


@pytest.mark.parametrize(("student", "reason"), BAD.items(), ids=BAD)
def test_an_unreadable_submission_earns_nothing_and_says_why(graded, student, reason):
    """0 points, each check `missing` or `error`, and the reason stands in the result."""
    _, out = graded
    found = samples.result(out, student)
    assert found["score"] == 0
    assert found["max_score"] == 10
    assert found["checks"]
    assert {check["status"] for check in found["checks"]} <= {"missing", "error"}
    told = [check["message"] for check in found["checks"]] + [problem["message"] for problem in found["problems"]]
    assert any(reason.lower() in message.lower() for message in told), told


def test_neighbours_of_bad_submissions_keep_their_points(graded):
    """A right submission among unreadable ones has full marks."""
    _, out = graded
    assert samples.rows(out)["ada"][samples.ASSIGNMENT] == "10"


def test_of_two_files_the_report_says_which_counts_and_why(graded):
    """Where two files answer an assignment, the nearest name counts and the problems say so."""
    _, out = graded
    found = samples.result(out, "two")
    assert found["score"] == 10
    assert [file["name"] for file in found["files"]] == ["two/sigmoid_neuron.py"]
    told = [problem["message"] for problem in found["problems"] if problem["where"] == "two/sigmoid_neuron.py"]
    assert told == ["counts, and not two/another try.py: its name is nearest to the assignment's."]


def test_a_zip_writes_nothing_outside_itself(graded):
    """Entries whose paths lead out of a zip are nowhere on disk afterwards."""
    _, out = graded
    assert not list(out.parent.rglob("evil.py"))
    assert not (out.parent.parent / "evil.py").exists()
    assert not os.path.exists("/tmp/evil.py")


# --- where submissions should be ----------------------------------------------------------------------------------------


def test_no_such_folder(tmp_path):
    """A folder that is not there is wrong use, told in one line; no output folder is made."""
    done = samples.grader_process(*samples.grade_arguments(tmp_path / "nowhere", tmp_path / "out"))
    assert done.code == 2
    assert "nowhere" in done.one_line()
    assert not (tmp_path / "out").exists()


def test_an_empty_folder(tmp_path):
    """A folder without submissions is wrong use; the line says what it should hold."""
    done = samples.grade(samples.a_class(tmp_path / "class"), tmp_path / "out")
    assert done.code == 2
    assert "holds no submissions" in done.one_line()
    assert "ada.py" in done.one_line()
    assert not (tmp_path / "out").exists()


def test_a_class_zip_that_is_none(tmp_path):
    """SUBMISSIONS that is a damaged zip is wrong use, told in one line."""
    (tmp_path / "class.zip").write_bytes(b"PK\x03\x04 damaged")
    done = samples.grade(tmp_path / "class.zip", tmp_path / "out")
    assert done.code == 2
    assert "class.zip" in done.one_line()


def test_a_class_zip_that_leaves_itself_says_so(tmp_path):
    """Entries of a class zip that lead out of it are not read; a line says how many."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ada.py", samples.RIGHT)
        archive.writestr("../bob.py", samples.RIGHT)
    done = samples.grade(tmp_path / "class.zip", tmp_path / "out")
    assert done.code == 0
    assert "1 entries of the zip have a path that leaves it" in done.out
    assert list(samples.rows(tmp_path / "out")) == ["ada"]


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["grade", "check"])
def test_an_unknown_assignment_suggests_the_near_one(tmp_path, first):
    """A misspelt assignment is wrong use, and the line holds the name that was meant."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    rest = [folder, "--out", tmp_path / "out"] if first == "grade" else [folder / "ada.py"]
    done = samples.grader(first, *rest, "-a", "sigmoid_nuron")
    assert done.code == 2
    assert "did you mean 'sigmoid_neuron'?" in done.one_line()
    assert not (tmp_path / "out").exists()


def test_out_among_the_submissions(tmp_path):
    """--out in the folder of submissions, or being it, is refused: the next run would read the reports as submissions."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    for out in (folder, folder / "reports", folder / ".." / "class" / "reports"):
        done = samples.grade(folder, out)
        assert done.code == 2
        assert "lies in the folder of submissions" in done.one_line()
    assert sorted(p.name for p in folder.iterdir()) == ["ada.py"]


@pytest.mark.parametrize("more", [(), ("--fresh",)], ids=["resume", "fresh"])
@pytest.mark.parametrize("name", ["thesis.tex", "results", "grades.csv"])
def test_an_output_folder_that_holds_other_things(tmp_path, name, more):
    """A folder that no run of ours made is refused and left as it was, even where its names are like ours."""
    out = tmp_path / "out"
    (out / "results").mkdir(parents=True)
    (out / "results" / "mine.json").write_text("{}", encoding="utf-8")
    if name != "results":
        (out / name).write_text("mine", encoding="utf-8")
    done = samples.grade(samples.a_class(tmp_path / "class", ada=samples.RIGHT), out, *more)
    assert done.code == 2
    assert "holds other things" in done.one_line()
    assert sorted(p.name for p in out.iterdir()) == sorted({name, "results"})
    assert (out / "results" / "mine.json").read_text(encoding="utf-8") == "{}"


def test_an_output_folder_that_is_a_file(tmp_path):
    """--out that names a file is wrong use, and the file stays."""
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = samples.grade(samples.a_class(tmp_path / "class", ada=samples.RIGHT), tmp_path / "out")
    assert done.code == 2
    assert "is a file" in done.one_line()
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


# --- disks ------------------------------------------------------------------------------------------------------------


def held_by_modes():
    """What makes a file's mode hold root too: root without the right to pass over it."""
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def test_an_output_folder_that_may_not_be_written(tmp_path):
    """An output folder whose mode forbids writing ends the run with exit code 3 and one line."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    for where in (out, out / "below"):
        done = samples.grader_process(*samples.grade_arguments(folder, where), before=held_by_modes())
        assert done.code == 3
        assert "can't be written (Permission denied)" in done.one_line()
        assert "choose another --out" in done.one_line()
    assert not list(out.iterdir())


def test_a_read_only_disk(tmp_path):
    """Reports on a disk that has become read-only stay as they are, and the line says what is wrong."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    out = tmp_path / "out"
    out.mkdir()
    with mounted(out, "size=4m") as ours:
        assert samples.grade(folder, out).code == 0
        before = (out / "grades.csv").read_bytes()
        (folder / "bob.py").write_text(samples.WRONG, encoding="utf-8")
        if ours:
            subprocess.run(["mount", "-o", "remount,ro", out], check=True)
        else:  # the nearest that there is without the right to mount
            for path in (out, *out.rglob("*")):
                path.chmod(0o555 if path.is_dir() else 0o444)
        done = samples.grader_process(*samples.grade_arguments(folder, out), before=() if ours else held_by_modes())
        assert done.code == 3
        assert "can't be written" in done.one_line()
        assert (out / "grades.csv").read_bytes() == before


def _fill(out):
    """Leave no room on the disk that `out` is on."""
    with (out / "results" / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_a_disk_that_fills_up(tmp_path):
    """A full disk ends the run with exit code 3 and one line; the reports of before stay, and with room the run goes on."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    out = tmp_path / "out"
    out.mkdir()
    with mounted(out, "size=2m") as small:
        if not small:
            pytest.skip("no disk can be mounted here; the next test limits the size of files instead")
        assert samples.grade(folder, out).code == 0
        before = (out / "grades.csv").read_bytes()
        samples.a_class(folder, bob=samples.WRONG, cleo=samples.RIGHT)
        _fill(out)
        done = samples.grade(folder, out)
        assert done.code == 3
        assert "full" in done.one_line()
        assert "room" in done.one_line() or "space" in done.one_line()
        assert (out / "grades.csv").read_bytes() == before
        (out / "results" / "filler").unlink()
        assert samples.grade(folder, out).code == 0
        assert {s: row["total"] for s, row in samples.rows(out).items()}["cleo"] == "10"
        assert list(samples.rows(out)) == ["ada", "bob", "cleo"]
        assert not list(out.rglob(".tmp-*"))


@pytest.mark.parametrize("kib", [1, 16, 40, 48, 64, 96])
def test_a_disk_that_fills_up_anywhere(tmp_path, kib):
    """Wherever writing comes to its end, the run says so in one line, and another run with room gives every grade."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)
    out = tmp_path / "out"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kib << 10, kib << 10))

    done = samples.grader_process(*samples.grade_arguments(folder, out, "--seed", 1), preexec_fn=limit)
    if done.code != 0:
        assert done.code == 3, done
        assert str(out) in done.one_line()
    else:
        assert kib >= 64
    assert samples.grade(folder, out).code == 0
    assert [row["total"] for row in samples.rows(out).values()] == ["10", samples.rows(out)["bob"]["total"]]
    assert not list(out.rglob(".tmp-*"))
