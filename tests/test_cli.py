"""The commands: their help, their exit codes, and one clear line for wrong use."""

from __future__ import annotations

import os
import subprocess
import sys

import class_samples as samples
import pytest

import grader as package
from grader import cli
from grader.commands import NAMES

COMMANDS = sorted(NAMES)


def test_the_commands_are_there():
    """A command that is lost shows here; tests/guides/test_site.py looks for each in the documentation."""
    assert set(COMMANDS) >= {"grade", "check", "list", "new", "release", "validate", "doctor", "schema", "similar"}


def test_every_command_about_assignments_takes_a_course():
    """`--course PATH` is an option of each, and means the built-in course where it is left out."""
    takes = {c for c in COMMANDS if any(p.name == "course" and p.opts == ["--course"] for p in _parameters(c))}
    assert takes >= {"grade", "check", "list", "new", "release", "validate"}
    assert all(p.default is None for c in takes for p in _parameters(c) if p.name == "course")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command):
    """`--help` of each command says what it does and what each option is for."""
    done = samples.grader(command, "--help")
    assert done.code == 0
    assert done.err == ""
    options = [p for p in _parameters(command) if p.name != "help"]
    for option in options:
        assert getattr(option, "help", None), f"{command}: {option.name} has no help"
    assert done.out.count("--") > len([o for o in options if o.param_type_name == "option"])


def _parameters(command):
    import typer

    return typer.main.get_command(cli.app).get_command(None, command).params


def test_the_limits_are_options_with_the_documented_defaults():
    """10 s a question, 60 s a submission, 512 MiB, 32 processes, 1 MiB of output, 64 MiB a frame."""
    defaults = {p.name: p.default for p in _parameters("grade")}
    names = ("question_time", "submission_time", "memory", "processes", "output", "frame")
    assert [defaults[name] for name in names] == [10.0, 60.0, 512, 32, 1024, 64]


def test_without_a_command_there_is_help_and_wrong_use():
    """`grader` alone shows its commands on stderr and ends with 2."""
    done = samples.grader_process()
    assert done.code == 2
    assert "Commands:" in done.err
    assert len(done.err.splitlines()) > 5
    assert done.out == ""


def test_version():
    """`--version` says which grader this is."""
    assert samples.grader("--version") == samples.Done(0, f"grader {package.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chekc"], "'check'"),
        (["grade"], "SUBMISSIONS"),
        (["grade", "."], "--out"),
        (["grade", ".", "--out", "x", "--jobs", "0"], "--jobs"),
        (["grade", ".", "--out", "x", "--seed", "-1"], "--seed"),
        (["grade", ".", "--out", "x", "--seed", "many"], "valid int"),
        (["grade", ".", "--out", "x", "--question-tim", "2"], "--question-time"),
        (["check"], "FILE"),
        (["schema", "more"], "more"),
        (["new"], "NAME"),
        (["new", "a-b", "--course", "mine"], "log_sum_exp"),
        (["list", "--course", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_is_told_in_one_line(arguments, told, tmp_path, monkeypatch):
    """An unknown command or option, a missing or impossible value: exit code 2, and a line that names it."""
    monkeypatch.chdir(tmp_path)
    done = samples.grader(*arguments)
    assert done.code == 2
    assert told in done.one_line()
    assert done.out == ""


@pytest.mark.parametrize(("wall", "told"), [("dokcer", "did you mean docker?"), ("moat", "docker, sandlock, none")])
def test_an_unknown_wall_suggests_the_near_one(tmp_path, wall, told):
    """A misspelt wall is wrong use; nothing is graded without it."""
    done = samples.grade(samples.a_class(tmp_path / "class", ada=samples.RIGHT), tmp_path / "out", wall=wall)
    assert done.code == 2
    assert told in done.one_line()
    assert not (tmp_path / "out").exists()


def test_a_path_full_of_control_characters_stays_on_its_line(tmp_path):
    """What a message quotes can't forge a second line nor paint the terminal."""
    done = samples.grader("check", tmp_path / "no\n\x1b[31mgrader: all is well.py")
    assert done.code == 2
    assert "\x1b" not in done.one_line()


def test_a_path_that_is_no_text_on_a_narrow_terminal(tmp_path):
    """A path with undecodable bytes is told on a terminal that knows ASCII only, and is no traceback."""
    done = samples.grader_process(
        "check", os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xc3\xa4.py"), env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.code == 2
    assert "there is no" in done.one_line()


def test_list_names_points_and_functions():
    """`list` shows each assignment with its title, points, topic, and every function with its parameters."""
    from grader.catalogue import BUILT_IN

    done = samples.grader_process("list", env={"COLUMNS": "160"})
    assert (done.code, done.err) == (0, "")
    told = " ".join(done.out.split())
    for name, assignment in BUILT_IN.load_all().items():
        assert f"{name}: {assignment.title}, {assignment.max_points:g} points {assignment.topic}" in told
        for function, parameters in assignment.functions.items():
            assert f"{function}({', '.join(parameters)})" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "x" * 300),
        ("grade", ".", "--out", "out", "-a", "x" * 300),
        ("list", "--course", "x" * 300),
        ("list", "--course", "x" * 5000),
        ("list", "--course", "~nobody-of-this-name/course"),
        ("list", "--course", "loop"),
        ("new", "wave", "--course", "x" * 300),
        ("grade", ".", "--out", "x" * 300),
        ("grade", ".", "--out", "loop"),
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_what_can_be_no_name_or_path_is_wrong_use(arguments, tmp_path, monkeypatch):
    """A name or a path that the system refuses even to look at is told in one line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    done = samples.grader(*arguments)
    assert done.code == 2
    assert done.one_line()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_error(unbuffered):
    """`grader schema | head -1` ends quietly and with its own exit code, wherever in the output the reader leaves."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        samples.command("schema"),
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=samples.ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(write)
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_bug_of_ours_says_so(monkeypatch):
    """An unexpected error shows its traceback, says that it is the grader's, and ends with 3, never with 0 or 1."""
    monkeypatch.setattr("grader.result.schema", lambda: 1 / 0)
    done = samples.grader("schema")
    assert done.code == 3
    assert "ZeroDivisionError" in done.err
    assert "this is a bug in the grader" in done.err.splitlines()[-1]


def test_a_library_that_finds_no_memory_is_the_machines_fault(monkeypatch):
    """The loader says so with an ImportError: one line, exit code 3, and no word of a bug."""

    def full(**_):
        raise ImportError("_some.so: failed to map segment from shared object")

    monkeypatch.setattr(cli, "app", full)
    done = samples.grader("list")
    assert done.code == 3
    assert done.one_line().startswith("grader: the machine failed: _some.so: failed to map segment")


def test_an_interrupted_command_ends_as_shells_expect(monkeypatch):
    """^C outside a batch ends with 130 and one line."""

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.result.schema", interrupted)
    done = samples.grader("schema")
    assert done.code == 130
    assert done.one_line() == "grader: interrupted"


def test_grading_without_its_libraries_says_how_to_get_them(tmp_path):
    """Where only what students need is installed, `grade` names what is missing and the extra that brings it."""
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError('no', name='sqlalchemy')", encoding="utf-8")
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    arguments = samples.grade_arguments(folder, tmp_path / "out")
    done = samples.grader_process(*arguments, env={"PYTHONPATH": str(tmp_path)})
    assert done.code == 3
    assert "grading needs sqlalchemy" in done.one_line()
    assert "backprop-grader[grade]" in done.one_line()


def test_importing_the_commands_loads_none_of_their_work():
    """`grader --help` waits for no drawing, no database and no engine."""
    code = "import sys, grader.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"sqlalchemy", "jinja2", "docker", "sandlock", "nbconvert", "jupytext", "rich.console"}
    assert not heavy & set(loaded)
    assert not [name for name in loaded if name == "reference" or name.startswith("reference.")]
