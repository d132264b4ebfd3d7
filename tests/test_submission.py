from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MachineError, UsageError
from grader.submission import find, match_name, read_file

KNOWN = ("conv1d", "matmul_gate", "sigmoid_neuron", "softmax", "softmax_2")
PYTHON = "def softmax_forward(a):\n    return a, None\n"
NOTEBOOK = json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": PYTHON}]})


def put(root, *names, text=None):
    """Write a source, a notebook or a zip, as its name says, at each of these paths."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".zip"):
            path.write_bytes(zipped("softmax.py"))
        else:
            path.write_text(text if text is not None else NOTEBOOK if name.endswith(".ipynb") else PYTHON)


def zipped(*names, **more):
    """A zip of sources of these names, and of `more` with their content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, NOTEBOOK if name.endswith(".ipynb") else PYTHON)
        for name, content in more.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(path, known=KNOWN):
    """Every student's file names."""
    return {located.student: [file.name for file in located.read().files] for located in find(path, known).students}


def wrong_use(path):
    with pytest.raises(UsageError) as caught:
        find(path, KNOWN)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message


class TestLayouts:
    def test_every_accepted_layout(self, tmp_path):
        """Single files, folders and zips each make a student."""
        put(
            tmp_path, "ada.py", "bob.ipynb", "cem/softmax.py", "cem/conv1d.py", "dee/lab.ipynb", "eve/all.py", "fay.zip"
        )
        put(tmp_path, "gus/week 1/deep/softmax.py", "gus/work.zip")
        assert read(tmp_path) == {
            "ada": ["ada.py"],
            "bob": ["bob.ipynb"],
            "cem": ["cem/conv1d.py", "cem/softmax.py"],
            "dee": ["dee/lab.ipynb"],
            "eve": ["eve/all.py"],
            "fay": ["fay.zip/softmax.py"],
            "gus": ["gus/week 1/deep/softmax.py", "gus/work.zip/softmax.py"],
        }

    def test_a_file_is_read_with_its_hash_and_cells(self, tmp_path):
        """The hash is of the bytes as handed in, cells are as grading loads them."""
        put(tmp_path, "ada/softmax.py", "ada/conv1d.ipynb")
        (located,) = find(tmp_path, KNOWN).students
        notebook, python = located.read().files
        assert python.sha256 == hashlib.sha256(PYTHON.encode()).hexdigest()
        assert [(cell.name, cell.source) for cell in python.cells] == [("softmax.py", PYTHON)]
        assert [(cell.name, cell.source) for cell in notebook.cells] == [("cell 1", PYTHON)]
        assert (python.named_for, notebook.named_for) == ("softmax", "conv1d")
        assert python.error is None
        assert located.read().problems == ()

    def test_one_student_in_several_places_is_merged(self, tmp_path):
        """ada.py, ada.zip and ada/ are of the same student."""
        put(tmp_path, "ada.py", "ada.ipynb", "ada.zip", "ada/softmax.py")
        assert read(tmp_path) == {"ada": ["ada.ipynb", "ada.py", "ada.zip/softmax.py", "ada/softmax.py"]}

    def test_case_and_unicode_form_make_another_student(self, tmp_path):
        """Ids are compared as they are."""
        composed, decomposed = (unicodedata.normalize(form, "josé") for form in ("NFC", "NFD"))
        put(tmp_path, "Ada.py", "ada.py", f"{composed}.py", f"{decomposed}.py")
        assert set(read(tmp_path)) == {"Ada", "ada", composed, decomposed}

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names of any bytes")
    def test_names_that_are_no_utf8(self, tmp_path):
        """Bytes become escapes, so that reports can hold the id, and nobody gets another's id by it."""
        put(tmp_path, os.fsdecode(b"ad\xe9.py"), "ad\\udce9.py", os.fsdecode(b"ada/\xff.py"))
        students = read(tmp_path)
        assert set(students) == {"ad\\udce9", "ad\\udce9'", "ada"}
        assert students["ada"] == ["ada/\\udcff.py"]
        assert find(tmp_path).students[0].read().files[0].name == "ad\\udce9.py"

    def test_noise_is_passed_over(self, tmp_path):
        """What systems and tools leave behind is neither a student nor a submission."""
        noise = [".DS_Store", "__MACOSX/._x.py", "__pycache__/x.py", ".ipynb_checkpoints/x.ipynb", "._softmax.py"]
        env = ["env/lib/x.py", "venv/x.py", ".git/x.py", "node_modules/x.py"]
        put(tmp_path, "ada/softmax.py", *noise, *(f"ada/{name}" for name in noise + env))
        (tmp_path / "ada/env/pyvenv.cfg").write_text("home = /usr")
        assert read(tmp_path) == {"ada": ["ada/softmax.py"]}
        inside = zipped("softmax.py", *noise, *env, **{"env/pyvenv.cfg": "home = /usr"})
        (tmp_path / "bob.zip").write_bytes(inside)
        assert read(tmp_path)["bob"] == ["bob.zip/softmax.py"]

    def test_names_that_browsers_change(self, tmp_path):
        """A second suffix and capitals do not hide what a file is."""
        put(tmp_path, "ada.py.txt", "bob.PY", text=PYTHON)
        put(tmp_path, "cem.ipynb.txt", "dee.ipynb.json", text=NOTEBOOK)
        assert set(read(tmp_path)) == {"ada", "bob", "cem", "dee"}
        assert all(located.read().files[0].cells for located in find(tmp_path).students)

    def test_depth_is_bounded(self, tmp_path):
        """Eight folders deep is read, nine is named as a problem."""
        put(tmp_path, "ada/" + "d/" * 7 + "softmax.py", "ada/" + "d/" * 8 + "conv1d.py")
        submission = find(tmp_path, KNOWN).students[0].read()
        assert [file.named_for for file in submission.files] == ["softmax"]
        assert "folders deep" in submission.problems[0].message

    def test_a_single_file(self, tmp_path):
        """A .py or .ipynb named as SUBMISSIONS is one student's."""
        put(tmp_path, "ada.py", "bob.ipynb", "cem.py")
        assert read(tmp_path / "ada.py") == {"ada": ["ada.py"]}
        assert read(tmp_path / "bob.ipynb") == {"bob": ["bob.ipynb"]}

    def test_files_named_after_assignments_are_one_students(self, tmp_path):
        """Pointed at a student's own folder or zip, the student is called as that is, and a remark says so."""
        put(tmp_path, "ada/softmax.py", "ada/Conv1D (2).ipynb", "ada/notes.pdf")
        assert read(tmp_path / "ada") == {"ada": ["Conv1D (2).ipynb", "softmax.py"]}
        assert "one student's, called ada" in find(tmp_path / "ada", KNOWN).remarks[0]
        for names in (("softmax.py", "conv1d.py"), ("ada/softmax.py", "ada/conv1d.py")):
            (tmp_path / "ada.zip").write_bytes(zipped(*names))
            assert read(tmp_path / "ada.zip") == {"ada": ["conv1d.py", "softmax.py"]}

    def test_a_zip_of_a_class(self, tmp_path):
        """A zip named as SUBMISSIONS is read as the folder that it holds."""
        path = tmp_path / "class.zip"
        names = ["ada.py", "bob/softmax.py", "bob/sub/conv1d.ipynb", "__MACOSX/._ada.py"]
        path.write_bytes(zipped(*names, **{"cem.zip": zipped("softmax.py"), "grades.csv": "x"}))
        expected = {"ada": ["ada.py"], "bob": ["bob/softmax.py", "bob/sub/conv1d.ipynb"], "cem": ["cem.zip/softmax.py"]}
        assert read(path) == expected
        assert find(path).remarks == ("not taken for submissions: grades.csv",)
        path.write_bytes(zipped(*(f"hw 1/{name}" for name in names), **{"hw 1/cem.zip": zipped("softmax.py")}))
        assert read(path) == expected

    def test_the_top_folder_of_a_zip(self, tmp_path):
        """Called as the zip it is the class's; else, holding files alone, a student's, which a remark says."""
        (tmp_path / "hw.zip").write_bytes(zipped("hw/ada.py", "hw/bob.py"))
        assert set(read(tmp_path / "hw.zip")) == {"ada", "bob"}
        (tmp_path / "download.zip").write_bytes(zipped("ada/one.py", "ada/two.py"))
        assert set(read(tmp_path / "download.zip")) == {"ada"}
        assert "one student's" in find(tmp_path / "download.zip").remarks[0]

    def test_other_files_are_named_only_where_nothing_is_readable(self, tmp_path):
        """Documents beside source are nothing to talk about; alone they are, and their student has a row."""
        put(
            tmp_path,
            "ada/softmax.py",
            "ada/report.pdf",
            "bob/report.pdf",
            "bob/data.csv",
            "cem.docx",
            "dee.rar",
            text=PYTHON,
        )
        (tmp_path / "eve").mkdir()
        put(tmp_path, "README.txt", "roster.csv", text="x")
        listing = find(tmp_path, KNOWN)
        messages = {located.student: [p.message for p in located.read().problems] for located in listing.students}
        assert messages["ada"] == []
        assert "only bob/data.csv, bob/report.pdf" in messages["bob"][0]
        assert "only cem.docx" in messages["cem"][0]
        assert "only dee.rar" in messages["dee"][0]
        assert "nothing was handed in" in messages["eve"][0]
        assert listing.remarks == ("not taken for submissions: README.txt, roster.csv",)

    def test_listing_opens_nothing_and_can_be_sent(self, tmp_path):
        """Bytes are read by `read` alone, which works in another process too, for folders and zips."""
        put(tmp_path / "class", "ada.py")
        (tmp_path / "class.zip").write_bytes(zipped("ada.py", "bob.py"))
        for path in (tmp_path / "class", tmp_path / "class.zip"):
            located = find(path, KNOWN).students[0]
            assert pickle.loads(pickle.dumps(located)).read() == located.read()
        located = find(tmp_path / "class").students[0]
        put(tmp_path / "class", "ada.py", text="changed = 1\n")
        assert located.read().files[0].cells[0].source == "changed = 1\n"

    def test_an_unreadable_file_keeps_its_student(self, tmp_path):
        """A file that is no source is in the submission with the reason, and the others are read."""
        put(tmp_path, "ada/softmax.py", text="")
        put(tmp_path, "ada/conv1d.ipynb", text="<html>")
        put(tmp_path, "ada/matmul_gate.py")
        conv, matmul, softmax = find(tmp_path, KNOWN).students[0].read().files
        assert softmax.error == "is empty"
        assert "web page" in conv.error
        assert matmul.error is None
        assert (conv.cells, conv.named_for) == ((), "conv1d")

    def test_remarks_on_decoding_are_problems_of_the_file(self, tmp_path):
        """What was odd about a file is said with its name."""
        (tmp_path / "ada.py").write_bytes(b"x = '\xe9'\n")
        (file,) = find(tmp_path).students[0].read().files
        assert [problem.where for problem in file.problems] == ["ada.py"]
        assert "cp1252" in file.problems[0].message


class TestWrongUse:
    def test_no_such_folder(self, tmp_path):
        """The path is named."""
        assert "there is no" in wrong_use(tmp_path / "nowhere")
        assert "nowhere" in wrong_use(tmp_path / "nowhere")

    def test_an_empty_folder(self, tmp_path):
        """The layouts are named, also where there is nothing but noise or other files."""
        assert "ada.py, ada.ipynb, ada.zip, or a folder ada/" in wrong_use(tmp_path)
        put(tmp_path, ".DS_Store", "roster.csv", text="x")
        assert "ada.ipynb" in wrong_use(tmp_path)

    def test_what_is_no_place(self, tmp_path):
        """A file of another kind, a damaged, empty or encrypted zip, a path through a file, a NUL in the path."""
        put(tmp_path, "grades.csv", text="x")
        assert "neither a folder" in wrong_use(tmp_path / "grades.csv")
        assert "can't be read" in wrong_use(tmp_path / "grades.csv" / "x")
        assert "can't be read" in wrong_use("a\x00b")
        (tmp_path / "class.zip").write_bytes(zipped("ada.py")[:-30])
        assert "is not a zip" in wrong_use(tmp_path / "class.zip")
        (tmp_path / "class.zip").write_bytes(zipped())
        assert "holds no submissions" in wrong_use(tmp_path / "class.zip")
        data = bytearray(zipped("ada.py"))
        data[data.index(b"PK\x01\x02") + 8] |= 1
        (tmp_path / "locked.zip").write_bytes(data)
        assert "encrypted" in wrong_use(tmp_path / "locked.zip")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
    def test_a_named_pipe_is_no_place(self, tmp_path):
        """It is refused and not waited for."""
        os.mkfifo(tmp_path / "ada.py")
        assert "neither a folder" in wrong_use(tmp_path / "ada.py")

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
    def test_no_access(self, tmp_path):
        """A folder that may not be listed is wrong use; a file that may not be read is the machine's fault."""
        script = (
            "import os, sys\n"
            "from grader.submission import find\n"
            "from grader.errors import GraderError\n"
            "if os.getuid() == 0: os.setuid(65534)\n"
            "os.chdir('/')\n"
            "for path in sys.argv[1:]:\n"
            "    try: print([s.read() for s in find(path).students])\n"
            "    except GraderError as error: print(type(error).__name__, error)\n"
        )
        put(tmp_path, "class/ada.py", "locked/ada.py", "folder/ada/softmax.py")
        (tmp_path / "class/ada.py").chmod(0)
        (tmp_path / "folder/ada").chmod(0)
        (tmp_path / "locked").chmod(0)
        places = [str(tmp_path / name) for name in ("class", "locked", "folder")]
        ours = (path for path in (tmp_path, *tmp_path.parents) if path.stat().st_uid == os.getuid())
        opened = [path for path in ours if len(path.parts) > 2]
        modes = [path.stat().st_mode for path in opened]
        try:
            for path in opened:
                path.chmod(0o755)
            done = subprocess.run([sys.executable, "-c", script, *places], capture_output=True, text=True, check=True)
        finally:
            for path, mode in zip(opened, modes, strict=True):
                path.chmod(mode)
            (tmp_path / "folder/ada").chmod(0o700)
            (tmp_path / "locked").chmod(0o700)
        lines = done.stdout.splitlines()
        assert [line.split()[0] for line in lines] == ["MachineError", "UsageError", "MachineError"]
        assert all("Permission denied" in line for line in lines)

    def test_a_file_that_vanishes_is_the_machines_fault(self, tmp_path):
        """It is no zero: the grader says what it could not read."""
        put(tmp_path, "ada.py")
        located = find(tmp_path).students[0]
        (tmp_path / "ada.py").unlink()
        with pytest.raises(MachineError, match=r"ada\.py can't be read"):
            located.read()


class TestReadFile:
    def test_a_students_own_file(self, tmp_path):
        """A .py, a .ipynb, a zip with one file and a link are read, with the assignment that they are named after."""
        put(tmp_path, "softmax.py", "conv1d.ipynb", "work.zip")
        (tmp_path / "link.py").symlink_to(tmp_path / "softmax.py")
        assert read_file(tmp_path / "softmax.py", KNOWN).named_for == "softmax"
        assert read_file(tmp_path / "conv1d.ipynb", KNOWN).cells[0].name == "cell 1"
        assert read_file(tmp_path / "work.zip", KNOWN).name == "work.zip/softmax.py"
        assert read_file(tmp_path / "link.py").cells[0].source == PYTHON

    def test_an_unreadable_file_has_its_reason(self, tmp_path):
        """What is no source comes back with the error."""
        put(tmp_path, "softmax.py", text=" ")
        assert read_file(tmp_path / "softmax.py").error == "is empty"
        (tmp_path / "ada.zip").write_bytes(b"PK")
        assert "not a zip" in read_file(tmp_path / "ada.zip").error

    def test_wrong_use(self, tmp_path):
        """Nothing there, a folder, another type, a zip of several files or none."""
        put(tmp_path, "a.txt", text="x")
        (tmp_path / "two.zip").write_bytes(zipped("a.py", "b.py"))
        (tmp_path / "none.zip").write_bytes(zipped("a.csv"))
        (tmp_path / "folder.py").mkdir()
        cases = {"nowhere.py": "there is no", "folder.py": "is a folder", "a.txt": "neither", "two.zip": "2 files"}
        for name, word in {**cases, "none.zip": "holds no", "b\x00.py": "can't be read"}.items():
            with pytest.raises(UsageError, match=word):
                read_file(str(tmp_path / name))


class TestNames:
    @pytest.mark.parametrize(
        ("stem", "expected"),
        [
            ("softmax", ("softmax", 0)),
            ("softmax_2", ("softmax_2", 0)),
            ("SoftMax", ("softmax", 1)),
            ("softmax 2", ("softmax_2", 1)),
            ("Matmul-Gate", ("matmul_gate", 1)),
            ("matmul gate", ("matmul_gate", 1)),
            ("softmax (1)", ("softmax", 2)),
            ("softmax(1)", ("softmax", 2)),
            ("softmax-3", ("softmax", 2)),
            ("softmax - Copy (2)", ("softmax", 2)),
            ("softmax-Copy1", ("softmax", 2)),
            ("conv1d_final_v2", ("conv1d", 2)),
            ("softmax_2 (1)", ("softmax_2", 2)),
            ("ada_softmax", ("softmax", 3)),
            ("softmax-Ada", ("softmax", 3)),
            ("ada_softmax_final", ("softmax", 3)),
            ("bob_softmax", None),
            ("softmaxes", None),
            ("conv", None),
            ("ada", None),
            ("", None),
        ],
    )
    def test_what_a_file_is_named_after(self, stem, expected):
        """The exact name first, then as it is usually changed; other people's names are no part of it."""
        assert match_name(stem, KNOWN, "Ada") == expected

    @given(st.text(max_size=30), st.lists(st.text(max_size=8), max_size=3), st.text(max_size=5))
    def test_any_name_is_matched_or_not(self, stem, known, student):
        """Whatever the text, the answer is one of the known names or none."""
        found = match_name(stem, known, student)
        assert found is None or found[0] in known
        assert (found == (stem, 0)) == (stem in known)


def test_a_long_name_means_no_assignment():
    """A name as long as a zip's entries may have is not compared: it takes time and can mean nothing."""
    marks = "\u0301\u0323" * 100_000
    assert match_name(f"softmax{marks}", ["softmax"]) is None
    assert match_name("softmax", ["softmax"], f"ada{marks}") == ("softmax", 0)
    assert match_name("Softmax", ["softmax"], f"ada{marks}") == ("softmax", 1)
