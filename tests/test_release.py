"""`grader release`: what students get works from the first command on, and holds no answer."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile

import class_samples as samples
import jupytext
import nbformat
import pytest
from answers import files, leaks, secret

from grader.catalogue import BUILT_IN
from grader.new import new
from grader.release import WHEEL, Plan, release

FEW = ("softmax", "regularized_network")
"""One that stands alone, and one that provides modules."""
MAIN = "from grader.cli import main; main()"


def released(folder, *arguments):
    done = samples.grader("release", *arguments, "--to", folder)
    assert (done.code, done.err) == (0, ""), done
    return done


def state(folder):
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files(folder)}


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """All assignments, released once."""
    folder = tmp_path_factory.mktemp("release") / "handout"
    released(folder, "--all", "--zip")
    return folder


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_each_assignment_gets_its_files(everything):
    """A folder each, with the stub as a file and a notebook, the README and what is provided; two files for them all."""
    wanted = {"HOWTO.md", "requirements.txt"}
    for name, assignment in BUILT_IN.load_all().items():
        own = {f"{name}.py", f"{name}.ipynb", "README.md", *assignment.provided.values()}
        wanted |= {f"{name}/{file}" for file in own}
    assert files(everything) == wanted


@pytest.mark.parametrize("name", BUILT_IN.names())
def test_the_file_is_the_stub_and_so_is_the_notebook(everything, name):
    """The file has the stub's text; the notebook, which is valid, has its cells, in order, and then one that checks."""
    stub = (BUILT_IN.folder(name) / "stub.py").read_text(encoding="utf-8")
    assert (everything / name / f"{name}.py").read_text(encoding="utf-8") == stub
    notebook = nbformat.read(everything / name / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    *cells, last = [(cell.cell_type, cell.source) for cell in notebook.cells]
    assert cells == [(cell.cell_type, cell.source) for cell in jupytext.reads(stub, fmt="py:percent").cells]
    assert last == ("code", f'from grader import check\n\ncheck("{name}")')
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


def test_no_answer_is_in_it(everything):
    """Not one function of reference/solutions is in any file, under whatever name, as code or as text."""
    assert leaks(everything) == []


def test_an_answer_would_be_found(everything, tmp_path):
    """The search sees a solution's function in a file, in a notebook's cell, and in a text."""
    body = next(body for body in secret().values() if body.count("\n") > 3)
    function = "def f(x):\n" + "".join(
        f"    {line.lstrip() if n == 0 else line}\n" for n, line in enumerate(body.split("\n"))
    )
    cell = {"cell_type": "code", "source": function.splitlines(keepends=True)}
    (tmp_path / "a.md").write_text(f"As in\n\n{body}\n", encoding="utf-8")
    (tmp_path / "b.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    (tmp_path / "c.py").write_text(function, encoding="utf-8")
    assert {leak.partition(":")[0] for leak in leaks(tmp_path)} == {"a.md", "b.ipynb", "c.py"}


def test_the_howto_names_what_is_there(everything, tmp_path):
    """Every assignment with its points, the wheel by its name, and commands for files that are there."""
    text = (everything / "HOWTO.md").read_text(encoding="utf-8")
    for name, assignment in BUILT_IN.load_all().items():
        assert f"| `{name}` | {assignment.title} | {assignment.max_points:g} |" in text
    assert "$" not in text
    assert WHEEL in text
    commands = [line.split() for line in text.splitlines() if line.startswith("grader check")]
    assert len(commands) == 2
    assert all((everything / command[2]).is_file() for command in commands)


# --- again and again --------------------------------------------------------------------------------------------------


def test_releasing_again_is_byte_identical(everything, tmp_path):
    """In another folder, in another process, and over the first one: the same bytes, and the same zip."""
    before, zipped = state(everything), everything.with_name("handout.zip").read_bytes()
    done = samples.grader_process("release", "--all", "--zip", "--to", tmp_path / "handout")
    assert done.code == 0, done.err
    assert state(tmp_path / "handout") == before
    assert (tmp_path / "handout.zip").read_bytes() == zipped
    released(everything, "--all", "--zip")
    assert state(everything) == before


def test_the_zip_holds_the_same_files(everything):
    """In a folder of the release's own name, sorted, undated, with plain permissions."""
    with zipfile.ZipFile(everything.with_name("handout.zip")) as archive:
        found = {entry.filename: hashlib.sha256(archive.read(entry)).hexdigest() for entry in archive.infolist()}
        assert list(found) == sorted(found)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    assert found == {f"handout/{name}": sha for name, sha in state(everything).items()}


def test_other_files_stay(tmp_path):
    """A folder that holds other things keeps them, beside the release and inside its folders."""
    (tmp_path / "softmax").mkdir()
    for name in ("syllabus.md", "softmax/figure.svg"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    released(tmp_path, "softmax")
    assert {name for name in files(tmp_path) if (tmp_path / name).read_bytes() == b"mine"} == {
        "syllabus.md",
        "softmax/figure.svg",
    }


@pytest.mark.parametrize("name", ["softmax/softmax.py", "HOWTO.md"])
def test_nothing_is_written_over(tmp_path, name):
    """A file that is there and says something else stops the release before anything is written; --overwrite is meant."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    done = samples.grader("release", "softmax", "--to", tmp_path)
    assert done.code == 2
    assert name in done.one_line()
    assert "--overwrite" in done.one_line()
    assert files(tmp_path) == {name}
    released(tmp_path, "softmax", "--overwrite")
    assert (tmp_path / name).read_text(encoding="utf-8") != "mine"


# --- wrong use --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--all for activations, batch_norm, "),
        (["sofmax"], "did you mean 'softmax'?"),
        (["softmax", "--all"], "leave it out, or the names"),
        (["softmax", "--course", "gone"], "does not exist"),
        (["softmax", "--wheel", "other.whl"], WHEEL),
        (["softmax", "--wheel", WHEEL], "can't be read"),
    ],
)
def test_wrong_use_is_one_line(tmp_path, monkeypatch, arguments, told):
    """Exit code 2, one line that says what would be right, and nothing written."""
    monkeypatch.chdir(tmp_path)
    done = samples.grader("release", *arguments, "--to", tmp_path / "handout")
    assert done.code == 2
    assert told in done.one_line()
    assert files(tmp_path) == set()


def test_a_place_that_can_not_be_written_is_one_line(tmp_path):
    """Exit code 3 where the folder is a file."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    done = samples.grader("release", "softmax", "--to", tmp_path / "taken")
    assert done.code == 3
    assert "can't be written" in done.one_line()


def test_without_jupytext_it_says_so(tmp_path):
    """Where only what students need is installed, the line names the extra."""
    (tmp_path / "jupytext.py").write_text("raise ModuleNotFoundError('no', name='jupytext')", encoding="utf-8")
    done = samples.grader_process("release", "softmax", "--to", tmp_path / "out", env={"PYTHONPATH": str(tmp_path)})
    assert done.code == 3
    assert "releasing needs jupytext" in done.one_line()
    assert "backprop-grader[grade]" in done.one_line()


def test_what_an_assignment_lacks_is_told(tmp_path):
    """An assignment of one's own without a README.md can't be handed out."""
    made = new("doubled", tmp_path / "course")
    (made.course.folder("doubled") / "README.md").unlink()
    done = samples.grader("release", "doubled", "--course", tmp_path / "course", "--to", tmp_path / "out")
    assert done.code == 3
    assert "README.md is not there, and students get it" in done.one_line()


def test_a_wheel_that_holds_answers_is_refused(tmp_path):
    """A file of the wheel's name that was made with the secret half in it is no wheel for students."""
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr("reference/solutions/softmax.py", "")
    done = samples.grader("release", "softmax", "--wheel", tmp_path / WHEEL, "--to", tmp_path / "out")
    assert done.code == 2
    assert "reference/solutions/softmax.py" in done.one_line()


# --- what students do with it -----------------------------------------------------------------------------------------


def filled(notebook, source):
    """The notebook with a cell more before its last one."""
    found = json.loads(notebook.read_text(encoding="utf-8"))
    found["cells"].insert(-1, {**found["cells"][-1], "id": "mine", "source": source.splitlines(keepends=True)})
    return json.dumps(found)


def checked(site, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-c", MAIN, "check", *map(str, arguments)],
        cwd=folder,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_student_goes_from_the_zip_to_all_passed(tmp_path, wheel_file):
    """Unpacked, with the wheel from its requirements alone: unfinished at first, as a file and as a notebook; then a
    right solution passes in both.
    """
    plan = Plan(FEW, tmp_path / "handout", zipped=True, wheel=wheel_file)
    release(plan)
    with zipfile.ZipFile(tmp_path / "handout.zip") as archive:
        archive.extractall(tmp_path / "student")
    folder = tmp_path / "student" / "handout"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", tmp_path / "site", "-r", "requirements.txt"], cwd=folder, check=True)
    for name in FEW:
        file, notebook = folder / name / f"{name}.py", folder / name / f"{name}.ipynb"
        for path in (file, notebook):
            done = checked(tmp_path / "site", folder, path)
            assert done.returncode == 1, done.stderr
            assert "not implemented" in done.stdout
            assert "stand-in took its place" not in done.stdout
        right = min((BUILT_IN.zoo / name).glob("right_*.py")).read_text(encoding="utf-8")
        notebook.write_text(filled(notebook, right), encoding="utf-8")
        file.write_text(right, encoding="utf-8")
        for path in (file, notebook):
            done = checked(tmp_path / "site", folder, path)
            assert done.returncode == 0, done.stdout + done.stderr


def test_a_course_of_ones_own_brings_its_public_half(tmp_path, wheel):
    """The self-check of an assignment that is not built in works from the hand-out alone; the solution is not in it."""
    made = new("doubled", tmp_path / "mine")
    released(tmp_path / "handout", "doubled", "--course", tmp_path / "mine")
    folder = tmp_path / "handout"
    assert "course/assignments/doubled/spec.py" in files(folder)
    solution = made.course.solution("doubled").read_text(encoding="utf-8")
    assert not [name for name in files(folder) if (folder / name).read_text(encoding="utf-8") == solution]
    text = (folder / "HOWTO.md").read_text(encoding="utf-8")
    (first, _) = [line.split()[2:] for line in text.splitlines() if line.startswith("grader check")]
    assert first == ["doubled/doubled.py", "--course", "course"]
    done = checked(wheel, folder, *first)
    assert done.returncode == 1, done.stderr
    right = (made.course.zoo / "doubled" / "right_arrays.py").read_text(encoding="utf-8")
    (folder / "doubled" / "doubled.py").write_text(right, encoding="utf-8")
    done = checked(wheel, folder, *first)
    assert done.returncode == 0, done.stdout + done.stderr
    cells = json.loads((folder / "doubled" / "doubled.ipynb").read_text(encoding="utf-8"))["cells"]
    assert 'check("doubled", course="../course")' in "".join(cells[-1]["source"])
