"""Courses outside the repository: loaded by location, kept apart, and clear about what is wrong with them."""

from __future__ import annotations

import shutil
import subprocess
import sys

import class_samples as samples
import pytest

from grader import course, oracle
from grader.catalogue import BUILT_IN, ROOT, course_at, home, open_course
from grader.errors import AssignmentError, UsageError
from grader.new import new

RIGHT = "import numpy as np\ndef f_forward(x, c):\n    return c * x**2, (x, c)\n"
RIGHT += "def f_backward(dy, cache):\n    x, c = cache\n    return 2 * c * x * dy, np.sum(x**2 * dy)\n"


@pytest.fixture
def folder(tmp_path):
    """A course of one assignment, `f`."""
    new("f", tmp_path / "course")
    return tmp_path / "course"


def spec(folder, name="f"):
    return folder / "assignments" / name / "spec.py"


def change(path, old, new_text):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new_text), encoding="utf-8")


def grade(folder, tmp_path, *more, out="out", source=RIGHT, jobs=1):
    """Grade one right submission of `f` with the course's own spec."""
    submissions = samples.a_class(tmp_path / "class", ada=source)
    arguments = ["grade", submissions, "--out", tmp_path / out, "--sandbox", "none", "--seed", 1, "--jobs", jobs]
    return samples.grader(*arguments, *(["--course", folder] if folder else []), *more)


# --- loading ----------------------------------------------------------------------------------------------------------


def test_the_built_in_course_is_this_checkout():
    """No path and the checkout's own path mean the same course, whose three places are there."""
    assert open_course(None) is BUILT_IN
    assert open_course(ROOT) is BUILT_IN
    assert samples.ASSIGNMENT in BUILT_IN.names()
    for name in (samples.ASSIGNMENT, samples.OTHER):
        assert BUILT_IN.solution(name).is_file()
        assert (BUILT_IN.zoo / name).is_dir()
        assert home(BUILT_IN.load(name)) is BUILT_IN


def test_an_outside_course_is_loaded_by_location(folder):
    """The assignment knows its name and folder, its solution is the one beside it, and sys.path stays as it is."""
    before = list(sys.path)
    outside = open_course(folder)
    assignment = outside.load("f")
    assert (assignment.name, assignment.folder) == ("f", folder / "assignments" / "f")
    assert home(assignment) == outside
    assert set(oracle.load(assignment).solution.forwards) == {"f_forward"}
    assert sys.path == before
    assert "f" not in BUILT_IN.names()


def test_two_courses_may_have_an_assignment_of_one_name(tmp_path):
    """Each course gets its own spec and its own solution, in one process."""
    for kind, factor in (("one", "x**2"), ("two", "x**3")):
        new("softmax", tmp_path / kind)
        change(spec(tmp_path / kind, "softmax"), 'title="Softmax"', f'title="{kind}"')
        change(tmp_path / kind / "solutions" / "softmax.py", "return c * x**2", f"return c * {factor}")
    found = [course_at(p).load("softmax") for p in (tmp_path / "one", tmp_path / "two", None)]
    assert [a.title for a in found] == ["one", "two", "Softmax"]
    forwards = [oracle.load(a).solution.forwards["softmax_forward"] for a in found[:2]]
    assert [f(2.0, 1.0) for f in forwards] == [4.0, 8.0]
    assert len({course.fingerprint(a) for a in found}) == 3


def test_a_spec_and_a_solution_import_what_lies_beside_them(folder):
    """`from . import judges` works in both halves, with `__init__.py` and without."""
    spec(folder).with_name("judges.py").write_text("TITLE = 'from beside'\n", encoding="utf-8")
    change(spec(folder), "import numpy as np\n", "import numpy as np\n\nfrom . import judges\n")
    change(spec(folder), 'title="F"', "title=judges.TITLE")
    (folder / "solutions" / "_shared.py").write_text("READ = 'the shared part'\n", encoding="utf-8")
    change(folder / "solutions" / "f.py", "import numpy as np\n", "import numpy as np\n\nfrom . import _shared\n")
    assignment = open_course(folder).load("f")
    assert assignment.title == "from beside"
    assert oracle.load(assignment).mistakes("f_backward")
    moved = folder.with_name("moved")
    shutil.copytree(folder, moved)
    (moved / "assignments" / "__init__.py").touch()
    (moved / "assignments" / "f" / "__init__.py").touch()
    assert open_course(moved).load("f").title == "from beside"


@pytest.mark.parametrize(
    "place", ["assignments/f/spec.py", "assignments/f/judges.py", "solutions/f.py", "solutions/_a.py"]
)
def test_the_fingerprint_follows_every_file_that_matters(folder, place):
    """A change in either half, or in what they share, makes another fingerprint; the stub's does not."""
    for path in (folder / "assignments" / "f" / "judges.py", folder / "solutions" / "_a.py"):
        path.write_text("", encoding="utf-8")
    assignment = open_course(folder).load("f")
    before = course.fingerprint(assignment)
    change(folder / "assignments" / "f" / "stub.py", "# %%", "# %% ")
    assert course.fingerprint(assignment) == before
    with (folder / place).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert course.fingerprint(assignment) != before


# --- commands ---------------------------------------------------------------------------------------------------------


def test_a_class_is_graded_by_an_outside_course(folder, tmp_path):
    """`grade --course`, in grading processes of its own: full marks for what is right."""
    done = grade(folder, tmp_path, jobs=2)
    assert done.code == 0, done.err
    row = samples.rows(tmp_path / "out")["ada"]
    assert (row["f"], row["total"], row["max"]) == ("10", "10", "10")


def test_a_mended_spec_grades_anew(folder, tmp_path):
    """The next run of the same command sees that the course has changed; an unchanged one grades nothing."""
    arguments = ["grade", samples.a_class(tmp_path / "class", ada=RIGHT), "--out", tmp_path / "out"]
    arguments += ["--sandbox", "none", "--course", folder]
    assert "graded 1" in samples.grader_process(*arguments).out
    assert "graded 0" in samples.grader_process(*arguments).out
    change(spec(folder), "backward=6", "backward=16")
    assert "graded 1" in samples.grader_process(*arguments).out
    assert samples.rows(tmp_path / "out")["ada"]["f"] == "20"


def test_another_course_does_not_mix_with_what_is_graded(folder, tmp_path):
    """The journal knows its course: another one is refused with a way out, and --fresh begins anew."""
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    assert grade(folder, tmp_path).code == 0
    for path, name, more in ((other, str(other), ()), (None, "the built-in course", ("-a", samples.ASSIGNMENT))):
        done = grade(path, tmp_path, *more)
        assert done.code == 2
        assert name in done.one_line()
        assert str(folder) in done.one_line()
        assert "--fresh" in done.one_line()
    assert grade(other, tmp_path, "--fresh").code == 0


def test_the_self_check_works_without_solutions(folder, tmp_path):
    """A course as students have it, without its secret half, is checked; grading says what is missing."""
    shutil.rmtree(folder / "solutions")
    (tmp_path / "mine.py").write_text(RIGHT, encoding="utf-8")
    done = samples.grader("check", tmp_path / "mine.py", "--course", folder)
    assert (done.code, done.err) == (0, "")
    done = grade(folder, tmp_path)
    assert done.code == 3
    for part in (str(folder / "solutions" / "f.py"), "secret half", "grader check"):
        assert part in done.one_line()
    assert not (tmp_path / "out").exists()


def test_the_self_check_imports_no_solution(folder, tmp_path):
    """Where the secret half lies beside the public one, a self-check leaves it alone."""
    with (folder / "solutions" / "f.py").open("a", encoding="utf-8") as file:
        file.write("raise SystemExit('the secret half was imported')\n")
    (tmp_path / "mine.py").write_text(RIGHT, encoding="utf-8")
    code = "import sys\nfrom grader.cli import main\ntry:\n    main()\nfinally:\n"
    code += "    print('loaded:', *sorted(sys.modules), file=sys.stderr)\n"
    command = [sys.executable, "-c", code, "check", str(tmp_path / "mine.py"), "--course", str(folder)]
    done = subprocess.run(command, cwd=samples.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.split("loaded:")[1].split()
    assert not [name for name in loaded if name.startswith("reference") or "solutions" in name]
    done = grade(folder, tmp_path)
    assert done.code == 3
    assert "SystemExit" in done.one_line()


def test_a_broken_spec_leaves_the_others_alone(folder, tmp_path):
    """`list` shows it with its reason; a run that names others works; one that needs it says what is wrong and where."""
    new("g", folder)
    spec(folder, "g").write_text("import numpy as np\n\nx = undefined_name\n", encoding="utf-8")
    done = samples.grader("list", "--course", folder)
    assert (done.code, done.err) == (0, "")
    assert "f_backward(dy, cache)" in done.out
    told = " ".join(done.out.split())
    assert "g: can't be used" in told
    assert "NameError: name 'undefined_name' is not defined (line 3 of" in told
    assert grade(folder, tmp_path, "-a", "f").code == 0
    done = grade(folder, tmp_path, out="all")
    assert done.code == 3
    for part in (str(spec(folder, "g")), "line 3", "-a NAME"):
        assert part in done.one_line()


def test_list_fits_in_eighty_columns(folder):
    """Title, points, topic and functions of each assignment, in lines of at most 80 characters, on any terminal."""
    change(spec(folder), 'topic="', 'topic="' + "a long topic " * 9)
    parameters = "".join(f'"parameter_{i}", ' for i in range(12))
    extra = f'        Pair("g", ({parameters}), "y", cases, Points(forward=1)),\n'
    change(spec(folder), "    parts=(\n", f"    parts=(\n{extra}")
    change(spec(folder), 'title="', 'title="Größe ')
    done = samples.grader_process("list", "--course", folder, env={"PYTHONIOENCODING": "ascii"})
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    told = " ".join(done.out.split())
    assert "f: Gr\\xf6\\xdfe F, 11 points" in told
    assert "a long topic " * 9 in told
    assert "parameter_10, parameter_11)" in told


# --- what is wrong with a course --------------------------------------------------------------------------------------


def test_a_folder_that_is_no_course(folder, tmp_path):
    """A missing folder, a file, an empty folder and a folder in a course: what it is, and what to say instead."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for path, told in (
        (tmp_path / "missing", "does not exist"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "empty", "holds no assignment"),
        (folder / "assignments", f"did you mean --course {folder}?"),
        (folder / "assignments" / "f", f"did you mean --course {folder}?"),
    ):
        for command in (["list"], ["check", tmp_path / "file"], ["grade", tmp_path, "--out", tmp_path / "out"]):
            done = samples.grader(*command, "--course", path)
            assert done.code == 2
            assert told in done.one_line()
            assert str(path) in done.one_line()
            assert "assignments/NAME/spec.py" in done.one_line()


def test_an_unknown_name_suggests_the_near_one(folder):
    """The hint names the course that was asked."""
    with pytest.raises(UsageError, match=rf"called 'ff': did you mean 'f'\?; `grader list --course {folder}`"):
        open_course(folder).load("ff")
    with pytest.raises(UsageError, match="did you mean 'softmax'"):
        BUILT_IN.load("sofmax")
    with pytest.raises(UsageError, match=r"no assignment is called '\.\./softmax'"):
        BUILT_IN.load("../softmax")


def test_a_folder_without_a_spec_is_told(folder):
    """A folder that would be an assignment is no unknown name."""
    (folder / "assignments" / "g").mkdir()
    assert open_course(folder).names() == ["f"]
    with pytest.raises(UsageError, match=r"assignments/g has no spec\.py"):
        open_course(folder).load("g")


def test_a_name_that_is_no_identifier(folder):
    """It is listed as broken, with what to do, and its neighbours are not."""
    spec(folder).parent.rename(folder / "assignments" / "log-sum-exp")
    new("g", folder)
    found = open_course(folder).survey()
    assert "rename it" in str(found["log-sum-exp"])
    assert found["g"].title == "G"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n", "defines no `assignment`"),
        ("assignment = 3\n", "defines no `assignment`"),
        ("def f(:\n", "SyntaxError"),
        ("import judges\n", "from . import judges"),
        ("from assignments.f.judges import x\n", "from . import judges"),
        ("raise SystemExit(3)\n", "SystemExit: 3 (line 1 of"),
        ("def f():\n    return 1 / 0\n\n\nf()\n", "ZeroDivisionError: division by zero (line 2 of"),
    ],
)
def test_a_spec_that_cannot_be_loaded(folder, text, told):
    """The error names the file, the line and the reason, and what helps where that is known."""
    spec(folder).write_text(text, encoding="utf-8")
    spec(folder).with_name("judges.py").touch()
    with pytest.raises(AssignmentError) as caught:
        open_course(folder).load("f")
    assert str(spec(folder)) in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "text", "told"),
    [
        ("def f_forward", "def forward", "does not define f_forward"),
        ('function="f_backward"', 'function="backward"', "MISTAKES name backward"),
        ("    ),\n)\n", "    )\n)\n", "is the comma after an only one missing?"),
        ("c * x**2\n", "c * y\n", "can't be made"),
    ],
)
def test_a_solution_that_does_not_fit(folder, old, text, told, tmp_path):
    """The error names the solution's file and what is to be mended."""
    change(folder / "solutions" / "f.py", old, text)
    with pytest.raises(AssignmentError, match=told):
        course.prepare_all(["f"], 1, open_course(folder))["f"].checks  # noqa: B018 - drawn now
