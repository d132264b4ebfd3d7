"""The student's self-check: it judges, it is quick to leave out the secret half, and it watches."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys

import class_samples as samples
import pytest

from grader.catalogue import BUILT_IN
from grader.errors import UsageError
from grader.sandbox import Limits
from grader.selfcheck import changes, check, passes

SECRET = ("reference", "grader.oracle", "grader.course", "grader.store", "grader.batch")
HEAVY = ("sqlalchemy", "docker", "jinja2", "nbconvert", "jupytext", "sandlock")


@pytest.fixture
def right(tmp_path):
    """A right solution's path."""
    return samples.a_class(tmp_path, ada=samples.RIGHT) / "ada.py"


def test_a_right_solution_passes(right):
    """Exit code 0, nothing on stderr, and a table of every function that is asked for."""
    done = samples.grader("check", right)
    assert (done.code, done.err) == (0, "")
    for function in BUILT_IN.load_all([samples.ASSIGNMENT])[samples.ASSIGNMENT].functions:
        assert function in done.out
    assert samples.OTHER not in done.out


def test_a_wrong_backward_fails_with_a_hint(right):
    """Exit code 1, and the table says what is wrong and where."""
    right.write_text(samples.WRONG, encoding="utf-8")
    done = samples.grader("check", right)
    assert done.code == 1
    found = {(c.function, c.check): c for r in check(right, (), 1) for c in r.checks}
    failed = {key for key, c in found.items() if c.status == "failed"}
    assert failed
    assert all(function == "sigmoid_neuron_backward" for function, _ in failed)
    assert all(found[key].message for key in failed)
    assert any("dw" in found[key].message for key in failed)


def test_a_wrong_forward_with_its_own_right_backward(right):
    """The backward is compared with the submission's own forward: of a wrong forward only the forward fails."""
    right.write_text(samples.RIGHT.replace("+ w[2])", "- w[2])").replace("x[1], 1.0]", "x[1], -1.0]"), encoding="utf-8")
    (result,) = check(right, (), 1)
    status = {(c.function, c.check.partition(":")[0]): c.status for c in result.checks}
    assert status["sigmoid_neuron_forward", "forward"] == "failed"
    assert status["sigmoid_neuron_backward", "gradcheck"] == "passed"
    assert not passes([result])


@pytest.mark.parametrize("name", BUILT_IN.names())
def test_the_stub_does_not_pass(name, tmp_path):
    """What is handed out passes nothing, and every function is told as not implemented."""
    stub = tmp_path / f"{name}.py"
    stub.write_bytes((samples.ROOT / "assignments" / name / "stub.py").read_bytes())
    done = samples.grader("check", stub, "--json")
    assert done.code == 1
    (result,) = json.loads(done.out)
    assert result["assignment"] == name
    assert result["checks"]
    assert not [c for c in result["checks"] if c["status"] == "passed"]
    assert any("not implemented" in c["message"] for c in result["checks"])


def test_json_is_the_result_format(right):
    """`--json` prints a list of results, and nothing else."""
    done = samples.grader("check", right, "--json", "--seed", 7)
    (result,) = json.loads(done.out)
    assert (done.code, result["assignment"], result["seed"], result["status"]) == (0, samples.ASSIGNMENT, 7, "graded")
    assert {c["status"] for c in result["checks"]} <= {"passed", "skipped"}


def test_of_an_assignment_asked_for_nothing_may_be_missing(right):
    """With --assignment, a file that defines none of its functions fails; the functions are named as missing."""
    done = samples.grader("check", right, "-a", samples.OTHER, "--json")
    assert done.code == 1
    (result,) = json.loads(done.out)
    assert {c["status"] for c in result["checks"]} == {"missing"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("gone.py", None, "there is no"),
        ("ada.txt", b"x = 1", "neither a .py nor an .ipynb"),
        ("empty.py", b"", "empty"),
        ("other.py", b"def something_else():\n    pass\n", "defines no function of any assignment"),
        ("broken.ipynb", b"{", "JSON"),
        ("binary.py", bytes(range(256)), "is not text"),
    ],
)
def test_what_can_not_be_checked_is_wrong_use(tmp_path, name, content, told):
    """A file that is not there, can't be read or answers nothing: exit code 2 and one line."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = samples.grader("check", tmp_path / name)
    assert done.code == 2
    assert told in done.one_line()


def test_a_file_that_is_not_python_says_where(tmp_path):
    """A syntax error that leaves nothing to check is told with its line."""
    (tmp_path / "ada.py").write_text("\nDear grader, this is no Python\n", encoding="utf-8")
    done = samples.grader("check", tmp_path / "ada.py")
    assert done.code == 2
    assert "line 2" in done.one_line()
    assert "SyntaxError" in done.one_line()


def test_a_loop_without_end_costs_itself(right):
    """A function that hangs is a timeout; the file's others are checked all the same, and the command ends."""
    right.write_text(samples.HANGS, encoding="utf-8")
    (result,) = check(right, (), 1, Limits(question_s=0.5, submission_s=60))
    assert {c.status for c in result.checks if c.function == "sigmoid_neuron_forward"} <= {"timeout", "skipped"}
    assert "timeout" in {c.status for c in result.checks}


def test_one_that_checks_nothing_does_not_pass():
    """No result, and results without a passed check, are no pass."""
    assert not passes([])


def test_a_notebook_is_checked_as_a_file(tmp_path):
    """An .ipynb is read cell by cell."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": samples.RIGHT}]
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    (tmp_path / "ada.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    assert samples.grader("check", tmp_path / "ada.ipynb").code == 0


def test_it_imports_neither_the_secret_half_nor_what_grading_needs(right):
    """A whole `grader check` loads nothing named reference, and none of the libraries of `grade`."""
    code = (
        "import sys\nfrom grader.cli import main\ntry:\n    main()\nfinally:\n"
        "    print('loaded:', *sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(right)], cwd=samples.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    loaded = done.stderr.split("loaded:")[1].split()
    assert "grader.selfcheck" in loaded
    assert not [name for name in loaded if name.startswith(SECRET)]
    assert not [name for name in loaded if name.partition(".")[0] in HEAVY]


# --- --watch ----------------------------------------------------------------------------------------------------------


def test_changes_are_seen_once_each(tmp_path):
    """Once at the start, then once for each save, also one by renaming and one within the clock's resolution."""
    path = tmp_path / "ada.py"
    path.write_text("a", encoding="utf-8")
    naps = []

    def sleep(_):
        naps.append(None)
        if len(naps) == 2:
            path.write_text("bb", encoding="utf-8")
        if len(naps) == 4:
            path.unlink()
        if len(naps) == 6:
            (tmp_path / "new").write_text("cc", encoding="utf-8")
            (tmp_path / "new").rename(path)
        if len(naps) == 9:
            raise KeyboardInterrupt

    watched = changes(path, sleep)
    seen = [(len(naps), path.read_text(encoding="utf-8")) for _ in itertools.islice(watched, 3)]
    with pytest.raises(KeyboardInterrupt):
        next(watched)
    assert seen == [(0, "a"), (2, "bb"), (6, "cc")]


def test_watch_reacts_to_a_save(right):
    """`--watch` checks at once and after each save, says what can't be read, goes on, and ends with ^C."""
    right.write_text(samples.WRONG, encoding="utf-8")
    # A shell's background job has ^C ignored, and so have those that it starts.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    python, option, code, *arguments = samples.command("check", right, "--watch", "--json")
    process = subprocess.Popen(
        [python, option, heeds + code, *arguments],
        cwd=samples.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "failed" in {c["status"] for c in _next_results(process)[0]["checks"]}
    right.write_text(samples.RIGHT, encoding="utf-8")
    assert {c["status"] for c in _next_results(process)[0]["checks"]} <= {"passed", "skipped"}
    right.write_text("", encoding="utf-8")
    assert "empty" in process.stderr.readline()
    right.write_text(samples.WRONG, encoding="utf-8")
    assert "failed" in {c["status"] for c in _next_results(process)[0]["checks"]}
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in complaints


def _next_results(process):
    """The next JSON list that the process prints."""
    text = ""
    for line in process.stdout:
        text += line if line[0] in " []{}" else ""
        if line.startswith("]"):
            return json.loads(text)
    raise AssertionError(process.communicate())


def test_watching_a_file_that_is_not_there(tmp_path):
    """--watch needs a file to begin with."""
    done = samples.grader("check", tmp_path / "ada.py", "--watch")
    assert done.code == 2
    assert "does not exist" in done.one_line()


def test_read_errors_are_usage_errors(tmp_path):
    """From Python too, what can't be checked raises UsageError."""
    with pytest.raises(UsageError):
        check(tmp_path / "gone.py", (), 1)
