"""`check` in a notebook, without one: which cells count, that it agrees with the command line, that it never raises."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import types

import class_samples as samples
import pytest
from test_zoo import ASSIGNMENTS, SEED, animals, few

import grader
from grader import notebook, selfcheck
from grader.catalogue import BUILT_IN
from grader.errors import UsageError, WallError
from grader.notebook import Ran, check_cells, counting, source_file
from grader.sandbox import Limits
from grader.source import CELL_LIMIT, SOURCE_LIMIT
from grader.submission import read_file

AGREEING = animals() if os.environ.get("GRADER_ZOO") == "all" else few()
"""The animals that are judged both ways; of the others the source is compared."""


def ran(*sources, ids=()):
    ids = dict(enumerate(ids, 1))
    return [Ran(n, source, ids.get(n) or "") for n, source in enumerate(sources, 1)]


def checked(runs, *names, defined=None, seed=1):
    return check_cells(runs, names, seed, BUILT_IN, defined or {})


def session(path):
    """The runs of a session in which every cell of a file was run once, from the top."""
    return [Ran(n, cell.source) for n, cell in enumerate(read_file(path).cells, 1)]


def plainly(text, places):
    for mine, theirs in places:
        text = text.replace(mine, theirs)
    return text


def told(results, places=()):
    """What a student reads of results, with the names of cells replaced."""
    rows = [
        (r.assignment, r.score, c.function, c.check, c.status, c.points, c.diagnosis, c.evidence, c.remarks)
        for r in results
        for c in r.checks
    ]
    messages = [plainly(c.message, places) for r in results for c in r.checks]
    odd = [(plainly(p.where, places), plainly(p.message, places)) for r in results for p in r.problems]
    return rows, messages, odd


# --- agreement with the command line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_is_judged_of_every_animal_is_what_the_command_judges(name):
    """A session that ran the cells of a zoo's file hands the same source to the same judge, nothing lost or added."""
    found = [animal.path for animal in animals() if animal.assignment == name]
    assert found
    for path in found:
        file = read_file(path)
        mine = source_file(counting(session(path)))
        assert [cell.source for cell in mine.cells] == [cell.source for cell in file.cells], path
        assert (mine.error, mine.named_for) == (file.error, file.named_for), path


@pytest.mark.parametrize("animal", AGREEING, ids=str)
def test_it_agrees_with_the_command_line(animal):
    """The same checks, points, hints and oddities as `grader check`, for one seed; but for what cells are called."""
    by_name = (animal.assignment,)
    file = read_file(animal.path)
    theirs = selfcheck.check(animal.path, by_name, SEED)
    mine = checked(session(animal.path), *by_name, seed=SEED)
    if animal.path.suffix == ".py":  # "line 3" there, "cell [1], line 3" here
        places = [("cell [1], ", ""), (notebook.SHOWN, file.name)]
    else:
        places = [(f"cell [{n}]", cell.name) for n, cell in enumerate(file.cells, 1)] + [(notebook.SHOWN, file.name)]
    assert told(mine, places) == told(theirs)


def test_the_comparison_sees_a_difference():
    """A change in one line of a right solution is told apart."""
    path = BUILT_IN.zoo / "softmax" / "right_short.py"
    runs = session(path)
    wrong = [Ran(1, runs[0].source.replace("return", "return 2 *", 1))]
    assert told(checked(wrong, "softmax")) != told(selfcheck.check(path, ("softmax",), 1))


def test_without_a_name_all_that_the_cells_answer_is_checked():
    """As `grader check` finds by itself what a file answers."""
    runs = ran(samples.RIGHT, "import numpy as np", samples.MATMUL)
    assert [result.assignment for result in checked(runs)] == [samples.OTHER, samples.ASSIGNMENT]


# --- which cells count ------------------------------------------------------------------------------------------------


def test_the_last_definition_wins():
    """In the order in which cells ran: mending a function and running its cell again is enough, and so is spoiling it."""
    (mended,) = checked(ran(samples.WRONG, samples.RIGHT), samples.ASSIGNMENT)
    assert selfcheck.passes([mended])
    (spoilt,) = checked(ran(samples.RIGHT, samples.WRONG, samples.RIGHT, samples.WRONG), samples.ASSIGNMENT)
    assert not selfcheck.passes([spoilt])


@pytest.mark.parametrize("ids", [(), ("a", "b", "a", "b", "a", "c")], ids=["by text", "by id"])
def test_of_a_cell_that_ran_again_and_again_the_first_and_the_last_run_count(ids):
    """Others may rely on what it did at first; what it did in between would take its time at every check."""
    runs = ran("x = 1", "train()", "x = 1", "train()", "x = 1", "y = 2", ids=ids)
    assert [run.number for run in counting(runs)] == [1, 2, 4, 5, 6]


def test_a_cell_that_was_edited_is_known_by_its_id():
    """A hundred variations of one training cell count as two; without ids nobody can tell, and all of them count."""
    texts = [f"train({n})" for n in range(100)]
    assert [run.source for run in counting(ran(*texts, ids=["a"] * 100))] == ["train(0)", "train(99)"]
    assert len(counting(ran(*texts))) == 100


def test_an_import_that_ran_again_is_still_there_for_what_came_first():
    """Running the first cell once more does not take numpy away from a cell that needed it earlier."""
    uses = samples.RIGHT.replace("import numpy as np", "ONE = np.ones(1)").replace("1.0]", "ONE[0]]")
    (result,) = checked(ran("import numpy as np", uses, "import numpy as np"), samples.ASSIGNMENT)
    assert selfcheck.passes([result])


def test_of_a_very_long_session_the_latest_runs_count():
    """What a notebook may hold, in bytes and in cells, is counted from the newest run back."""
    long = "# " + "x" * (SOURCE_LIMIT // 4)
    assert [run.number for run in counting(ran(*(f"{long}{n}" for n in range(9))))] == [7, 8, 9]
    assert len(counting(ran(*(f"x = {n}" for n in range(CELL_LIMIT + 7))))) == CELL_LIMIT


def test_slow_cells_of_the_past_cost_seconds_and_no_marks():
    """Loops that never end, each stopped after its time, leave the functions judged as they are."""
    slow = [f"while {n}: pass" for n in range(1, 8)]
    (result,) = checked(ran(*slow, samples.RIGHT), samples.ASSIGNMENT)
    assert selfcheck.passes([result])
    assert any("stopped after" in problem.message for problem in result.problems)


def test_cells_that_call_check_are_quiet():
    """In its own process `check` is nothing: no recursion, and nothing odd to tell of it."""
    asks = "from grader import check\nimport grader\ncheck('sigmoid_neuron')\ngrader.check()"
    (result,) = checked(ran(asks, samples.RIGHT), samples.ASSIGNMENT)
    assert selfcheck.passes([result])
    assert result.problems == []


def test_magics_and_cells_that_raise_are_passed_over():
    """As in a notebook that is handed in; each is told by the number that the notebook shows."""
    runs = ran("%matplotlib inline\n!pip list", samples.RIGHT, "1 / 0", "%%time\nx = 1")
    (result,) = checked(runs, samples.ASSIGNMENT)
    assert selfcheck.passes([result])
    assert {p.where for p in result.problems} == {
        "cell [1], line 1",
        "cell [1], line 2",
        "cell [3], line 1",
        "cell [4], line 1",
    }


def test_what_was_odd_about_a_run_that_was_replaced_is_over():
    """A syntax error that has been mended since is not told again, with and without an id."""
    broken = samples.RIGHT.replace("dz * w[:2]", "dz * w[:2")
    for ids in ((), ("a", "a")):
        (result,) = checked(ran(broken, samples.RIGHT, ids=ids), samples.ASSIGNMENT)
        assert selfcheck.passes([result])
        assert result.problems == []
    (result,) = checked(ran(samples.RIGHT, broken), samples.ASSIGNMENT)
    assert any("SyntaxError" in problem.message for problem in result.problems)


def test_a_function_that_is_only_imported_says_where_it_is():
    """It is missing, as it would be when the notebook is handed in, and a note says why."""
    mine = types.ModuleType("my_layers")
    exec("def sigmoid_neuron_backward(): pass\ndef sigmoid_neuron_forward(): pass", mine.__dict__)
    ran_by_magic = dict(mine.__dict__)
    ran_by_magic["sigmoid_neuron_forward"].__module__ = "__main__"
    cell = "from my_layers import sigmoid_neuron_backward\n%run forward.py"
    (result,) = checked(ran(cell), samples.ASSIGNMENT, defined=ran_by_magic)
    assert {check.status for check in result.checks} == {"missing"}
    notes = {problem.where: problem.message for problem in result.problems}
    assert "is defined in my_layers;" in notes["sigmoid_neuron_backward"]
    assert "by a file that was run" in notes["sigmoid_neuron_forward"]


# --- whose functions --------------------------------------------------------------------------------------------------


class Shell:
    """As much of IPython as `check` sees of it, in a terminal."""

    def __init__(self, *sources):
        self.user_global_ns = {"__name__": "__main__"}
        self.history_manager = types.SimpleNamespace(input_hist_raw=["", *sources])
        self.execution_count = len(sources)
        self.hooks = []
        self.events = types.SimpleNamespace(register=lambda name, hook: self.hooks.append((name, hook)))

    def run(self, source, cell_id=None):
        self.execution_count += 1
        info = types.SimpleNamespace(raw_cell=source, cell_id=cell_id)
        for name, hook in self.hooks:
            assert name == "pre_run_cell"
            hook(info)
        self.history_manager.input_hist_raw.append(source.rstrip("\n"))


@pytest.fixture
def shell(monkeypatch):
    """IPython, with a right solution in its history."""
    found = Shell("import numpy as np", samples.RIGHT)
    monkeypatch.setattr(notebook, "_shell", lambda: found)
    return found


def ask(shell, *names, **options):
    """`check` in a cell, whose globals are the shell's."""
    shell.user_global_ns |= {"check": grader.check, "names": names, "options": options}
    exec("returned = check(*names, **options)", shell.user_global_ns)
    return shell.user_global_ns["returned"]


def test_in_a_terminal_it_is_text_and_returns_nothing(shell, capsys):
    """IPython without a notebook shows the same table as the command, and no value below it."""
    assert ask(shell, samples.ASSIGNMENT, seed=1) is None
    out = capsys.readouterr().out
    assert "All" in out
    assert "passed." in out
    assert "sigmoid_neuron_backward" in out


def test_ids_are_remembered_from_the_first_check_on(shell):
    """The shell is asked to tell the ids once; a run without one is known by its text."""
    notebook._ran(shell)
    shell.run("train(1)", "a")
    shell.run("train(2)", "a")
    shell.run("plot()")
    assert [run.cell_id for run in notebook._ran(shell)] == ["", "", "a", "a", ""]
    assert len(shell.hooks) == 1


def test_history_that_was_deleted_does_not_count(shell):
    """`%reset in` empties the history and shortens it by one; numbers stay those that the notebook shows."""
    notebook._ran(shell)
    shell.run("x = 0", "a")
    shell.history_manager.input_hist_raw[:] = [""] * 3
    shell.run("x = 1\n", "a")
    assert notebook._ran(shell) == [Ran(4, "x = 1", "a")]


def test_in_a_script_its_own_file_is_checked(tmp_path):
    """`check` at the end of softmax.py, run by Python or from another folder, checks that file."""
    script = tmp_path / f"{samples.ASSIGNMENT}.py"
    script.write_text(f"{samples.RIGHT}\nfrom grader import check\ncheck()\nprint('and on')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(samples.ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "checks passed." in done.stdout
    assert done.stdout.count("sigmoid_neuron_backward") == 1
    assert done.stdout.endswith("and on\n")
    assert done.stderr == ""


def test_a_plain_prompt_is_told_what_to_do():
    """Where nothing keeps the source, one line says where it would be kept."""
    code = "from grader import check; check('softmax'); print('and on')"
    done = subprocess.run([sys.executable, "-c", code], cwd=samples.ROOT, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("grader: a plain Python prompt keeps no source")
    assert "grader check FILE" in first
    assert (second, done.stderr) == ("and on", "")


# --- it never raises --------------------------------------------------------------------------------------------------


def one_line(capsys):
    captured = capsys.readouterr()
    assert captured.err == ""
    (line,) = captured.out.splitlines()
    assert line.startswith("grader: ")
    return line


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [
        (["sofmax"], {}, "did you mean 'softmax'?"),
        ([print], {}, 'in quotes, as in check("softmax")'),
        ([["softmax"]], {}, "in quotes"),
        (["softmax"], {"seed": -1}, "a seed is a whole number"),
        (["softmax"], {"seed": "one"}, "a seed is a whole number"),
        (["softmax"], {"course": "/no/such/course"}, "does not exist"),
        (["softmax\x1b[31m\n"], {}, "no assignment is called"),
    ],
)
def test_wrong_use_is_one_line(shell, capsys, names, options, says):
    """A name that is none, what is no name, a course that is not there."""
    ask(shell, *names, **options)
    assert says in one_line(capsys)


def test_cells_that_define_nothing_are_told_so(shell, capsys):
    """One line, which says how to see what is asked for."""
    shell.history_manager.input_hist_raw[:] = ["", "x = 1"]
    ask(shell)
    assert "this notebook defines no function of any assignment; `grader list`" in one_line(capsys)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (WallError("Python could not be started"), "Python could not be started"),
        (UsageError("this"), "this"),
        (KeyboardInterrupt(), "interrupted"),
        (BlockingIOError(11, "Resource temporarily unavailable"), "can't be run here"),
        (ModuleNotFoundError("No module named 'rich'", name="rich.console"), "called rich.py"),
        (ImportError("cannot import name 'x'"), "install the grader again"),
        (ZeroDivisionError("division by\n zero"), "bug in the grader; please report it: ZeroDivisionError"),
        (RecursionError(), "bug in the grader"),
        (MemoryError(), "bug in the grader"),
    ],
)
@pytest.mark.parametrize("place", ["check_source", "_display"])
def test_whatever_breaks_inside_is_one_line(shell, capsys, monkeypatch, error, says, place):
    """Planted errors, in the check and in showing it: the student's work goes on."""

    def breaks(*_, **__):
        raise error

    monkeypatch.setattr(*((selfcheck, place) if place == "check_source" else (notebook, place)), breaks)
    ask(shell, samples.ASSIGNMENT)
    assert says in one_line(capsys)


def test_a_hang_in_a_function_costs_itself(shell, capsys, monkeypatch):
    """A loop without end is a timeout in the table; the process that held it is gone."""
    monkeypatch.setattr(selfcheck, "Limits", lambda: Limits(question_s=0.5))
    shell.run(samples.HANGS)
    ask(shell, samples.ASSIGNMENT)
    assert "timed out" in capsys.readouterr().out


# --- importing --------------------------------------------------------------------------------------------------------


def test_importing_the_package_loads_nothing_else():
    """`import grader` brings neither numpy nor any of our own files but the version."""
    code = "import sys; import grader; grader.check; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=samples.ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert [name for name in loaded if name.startswith("grader")] == ["grader", "grader.version"]
    assert not {"numpy", "msgspec", "rich", "typer"} & set(loaded)


def test_its_own_file_imports_what_can_not_fail():
    """At its top, the door imports the standard library and two light files of ours: the rest may be broken."""
    tree = ast.parse(textwrap.dedent((samples.ROOT / "grader" / "notebook.py").read_text(encoding="utf-8")))
    modules = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    ours = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    assert ours == {"grader.errors", "grader.report.escape"}
