"""Gradescope's autograder zip, laid out and started as Gradescope does it, with AUTOGRADER_ROOT in place of /autograder.

The environment is this one (AUTOGRADER_PYTHON), since building one needs the network.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import class_samples
import marks_samples
import msgspec
import pytest
from test_gradescope import valid

from grader.columns import Column
from grader.errors import WallError
from grader.export import autograder
from grader.export.gradescope_host import NOBODY
from grader.export.marks import Marks
from grader.sandbox.choice import check_sandlock

NAME = class_samples.ASSIGNMENT
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(msgspec.__file__).parents[1])}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The zip of a run, made by the command."""
    base = tmp_path_factory.mktemp("run")
    done = class_samples.grade(class_samples.a_class(base / "class", ada=class_samples.RIGHT), base / "out")
    assert done.code == 0, done.err
    done = class_samples.grader("export", base / "out", "--format", "gradescope-autograder")
    assert done.code == 0, done.err
    assert "the zip holds the answers" in done.err
    path = base / "out/export/gradescope-autograder.zip"
    first = path.read_bytes()
    assert class_samples.grader("export", base / "out", "--format", "gradescope-autograder").code == 0
    assert path.read_bytes() == first
    return path


@pytest.fixture(scope="module")
def python(require):
    """A Python that Gradescope's root can run as nobody, too: this one, or the system's of the same version."""
    nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    for path in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        with contextlib.suppress(OSError):
            asked = [path, "-c", "import numpy, msgspec"]
            if not subprocess.run(
                asked, env=ENVIRONMENT, cwd="/", check=False, capture_output=True, **nobody
            ).returncode:
                return path
    require("nobody", f"{sys.executable} can't be run by another user")
    return None


@pytest.fixture
def host(archive, python):
    """The folder as it is when a submission is graded; anybody may enter the folders above it."""
    root = Path(tempfile.mkdtemp(prefix="autograder-"))
    root.chmod(0o755)
    subprocess.run([sys.executable, "-m", "zipfile", "-e", archive, root / "source"], check=True)
    shutil.copy(root / "source/run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    for name in ("submission", "results"):
        (root / name).mkdir()
    (root / "python").write_text(f'#!/bin/sh\nexec "{python}" "$@"\n', encoding="utf-8")
    (root / "python").chmod(0o755)
    assert run(root, "bash", root / "source/setup.sh").returncode == 0
    yield root
    shutil.rmtree(root)


def run(root, *command, python=None):
    env = {**ENVIRONMENT, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": str(python or root / "python")}
    return subprocess.run(
        list(map(str, command)), env=env, cwd=root, capture_output=True, text=True, check=False, timeout=150
    )


def graded(root, source=None, wall="none", name=f"{NAME}.py", reveal="all", **more):
    """results.json of a submission behind a wall."""
    if source is not None:
        (root / "submission" / name).write_text(source, encoding="utf-8")
    config = json.loads((root / "source/autograder.json").read_text(encoding="utf-8"))
    (root / "source/autograder.json").write_text(
        json.dumps({**config, "walls": [wall], "reveal": reveal}), encoding="utf-8"
    )
    done = run(root, root / "run_autograder", **more)
    return valid(json.loads((root / "results/results.json").read_text(encoding="utf-8"))), done


def test_what_is_in_the_zip(archive):
    """Scripts at the root that can be run, one assignment, its answers, and nothing of the others'."""
    with zipfile.ZipFile(archive) as opened:
        modes = {info.filename: info.external_attr >> 16 for info in opened.infolist()}
    assert modes["run_autograder"] & 0o111
    assert modes["setup.sh"] & 0o111
    assert {f"assignments/{NAME}/spec.py", f"reference/solutions/{NAME}.py", "reference/engine.py"} <= modes.keys()
    assert not [
        name for name in modes if "softmax" in name or name.startswith(("tests", "docker")) or "skeleton" in name
    ]


def test_scripts_are_sound():
    """Bash can read them, and shellcheck has nothing to say where it is installed."""
    scripts = [class_samples.ROOT / "grader/export/gradescope_zip" / name for name in ("setup.sh", "run_autograder")]
    for script in scripts:
        assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
        subprocess.run(["bash", "-n", script], check=True)
    if shellcheck := shutil.which("shellcheck"):
        subprocess.run([shellcheck, *scripts], check=True)


def test_a_right_and_a_wrong_submission(host):
    """The same marks as at home, from the run's own seed."""
    right, done = graded(host, class_samples.RIGHT)
    assert (done.returncode, right["score"]) == (0, 10)
    wrong, _ = graded(host, class_samples.WRONG)
    assert wrong["score"] == 3
    assert [test["status"] for test in wrong["tests"]] == ["passed", "failed", "failed"]
    assert any(test["output"] not in {"", "failed"} for test in wrong["tests"])
    verdicts, _ = graded(host, class_samples.WRONG, reveal="verdicts")
    asked = "Asked once sigmoid_neuron_backward gets something right."
    assert [test["output"] for test in verdicts["tests"]] == ["", "failed", asked]
    alone, _ = graded(host, class_samples.WRONG, reveal="none")
    assert (alone["score"], alone["tests"]) == (3, [])


def test_what_the_course_file_reveals_travels_with_the_zip():
    """So that Gradescope's students see no more than the pages say."""
    blank = marks_samples.result("", NAME, checks=marks_samples.softmax("missing", "missing", "missing"))
    marks = Marks((Column(NAME, "Neuron", 10.0, blank),), (), 1, reveal="one case")
    with zipfile.ZipFile(io.BytesIO(autograder.write(marks).files[""])) as written:
        assert json.loads(written.read("autograder.json"))["reveal"] == "one case"


def test_behind_sandlock(host, require):
    """Where the kernel has it, it is the wall."""
    try:
        check_sandlock()
    except WallError as error:
        require("sandlock", str(error))
    found, done = graded(host, class_samples.RIGHT, "sandlock")
    assert (found["score"], found["extra_data"]["wall"]) == (10, "sandlock"), done.stdout


def test_nothing_handed_in(host):
    """An empty submission is missing, which is a zero that the student earned."""
    found, done = graded(host)
    assert (done.returncode, found["score"]) == (0, 0)
    assert "nothing was handed in" in found["output"]


METADATA = {
    "id": 7,
    "created_at": "2026-05-05T10:00:00.000000-07:00",
    "assignment": {"due_date": "2026-05-05T09:59:59.000000-07:00", "total_points": "10.0"},
    "users": [{"email": "ada@x.edu", "id": 1, "name": "陈 静"}],
    "previous_submissions": [{"score": 1}, {"score": 2}],
}


@pytest.mark.parametrize(
    ("change", "late", "attempt"),
    [
        ({}, True, 3),
        ({"created_at": "2026-05-05T09:59:59-07:00"}, False, 3),
        ({"users": [{"assignment": {"due_date": "2026-05-06T00:00:00Z"}}]}, False, 3),
        ({"assignment": {}}, None, 3),
        ({"created_at": 5, "previous_submissions": None}, None, 1),
        (None, None, 1),
    ],
)
def test_late_and_attempts(host, change, late, attempt):
    """From submission_metadata.json, whatever it lacks; a date of the student's own goes first."""
    text = "[" if change is None else json.dumps({**METADATA, **change})
    (host / "submission_metadata.json").write_text(text, encoding="utf-8")
    found, _ = graded(host, class_samples.RIGHT)
    assert found["score"] == 10
    assert (found["extra_data"]["late"], found["extra_data"]["attempt"]) == (late, attempt)
    assert ("handed in late" in found["output"]) is bool(late)


LOOKS = """
import os
found = []
for path in {paths}:
    try:
        open(path, "rb").read()
        found.append("read " + path)
    except OSError:
        pass
for path in {paths} + ["{root}/results/more.json"]:
    try:
        open(path, "ab").close()
        found.append("wrote " + path)
    except OSError:
        pass
try:
    open("/proc/%d/mem" % os.getppid(), "rb").close()
    found.append("memory")
except OSError:
    pass
try:
    found += os.listdir("{root}/source/reference")
except OSError:
    pass
raise ValueError("found " + str(found) + " as " + str(os.getuid()))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a submission as somebody else, as Gradescope does")
def test_without_a_wall_the_answers_stay_shut(host):
    """As nobody, a submission reads neither answers, seed nor metadata, and writes no result."""
    (host / "submission_metadata.json").write_text("{}", encoding="utf-8")
    names = (
        f"source/reference/solutions/{NAME}.py", "source/autograder.json", "source/grader/oracle.py",
        "submission_metadata.json", "results/results.json",
    )  # fmt: skip
    looks = LOOKS.format(paths=[f"{host}/{name}" for name in names], root=host)
    found, _ = graded(host, looks + class_samples.RIGHT)
    assert "found [] as 65534" in found["output"]
    # Test of the test: opened up, the same look finds everything.
    subprocess.run(["chmod", "-R", "a+rwX", host], check=True)
    data = (host / "run_autograder").read_text(encoding="utf-8").replace("chmod go-rwx", "true")
    (host / "run_autograder").write_text(data, encoding="utf-8")
    assert f"read {host}/source/reference/solutions" in graded(host, looks + class_samples.RIGHT)[0]["output"]


def test_a_submission_that_hangs_or_dies(host):
    """It costs its own points, and the file is valid."""
    found, _ = graded(host, "import os\nos.kill(os.getppid(), 9)\nos._exit(3)\n")
    assert found["score"] == 0


@pytest.mark.parametrize("fault", ["no wall", "no config", "bug", "does not start", "no python"])
def test_what_fails_for_no_fault_of_the_students_has_no_score(host, fault):
    """results.json is valid, says so, and holds neither a score nor tests; the exit code tells it, too."""
    more = {}
    if fault == "no wall":
        (host / "source/autograder.json").write_text(
            json.dumps({"assignments": [NAME], "seed": 1, "course": False, "walls": ["docker"]}), encoding="utf-8"
        )
    if fault == "no config":
        (host / "source/autograder.json").write_text("{", encoding="utf-8")
    if fault == "bug":
        (host / "source/grader/course.py").write_text("raise RuntimeError('planted')", encoding="utf-8")
    if fault == "no python":
        more = {"python": "/nonexistent"}
    if fault == "does not start":
        (host / "source/grader/sandbox/none_wall.py").write_text("raise OSError('planted')", encoding="utf-8")
    (host / "submission" / f"{NAME}.py").write_text(class_samples.RIGHT, encoding="utf-8")
    done = run(host, host / "run_autograder", **more)
    found = valid(json.loads((host / "results/results.json").read_text(encoding="utf-8")))
    assert done.returncode != 0
    assert "could not be graded, and it is not your fault" in found["output"]
    assert not {"score", "tests"} & found.keys()
