"""`grader validate` objects to each thing that can be wrong with an assignment, and to nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import typer.testing
from rich.console import Console

from grader import cli, new, validate
from grader.errors import UsageError
from grader.sandbox import Limits
from grader.validation import zoo
from grader.validation.asking import Told
from grader.validation.finding import Finding, Mutation, Report
from grader.validation.ground import Animal
from grader.validation.table import lines, table

NAME = "curve"
SEEDS = 6
INPUTS = 40


class Course:
    """A course with one sound assignment in it, for a defect to be planted in."""

    def __init__(self, root):
        self.root = root
        new.new(NAME, root)
        self.spec = root / "assignments" / NAME / "spec.py"
        self.stub = root / "assignments" / NAME / "stub.py"
        self.solution = root / "solutions" / f"{NAME}.py"
        self.zoo = root / "zoo" / NAME

    def change(self, path, old, text):
        source = path.read_text()
        assert old in source
        path.write_text(source.replace(old, text))

    def add(self, name, source, entry=""):
        (self.zoo / name).write_text(textwrap.dedent(source))
        if entry:
            with (self.zoo / "expect.toml").open("a") as file:
                file.write(f'\n["{name}"]\n{textwrap.dedent(entry)}')

    def plan(self, **more):
        return validate.Plan((NAME,), self.root, **{"seeds": SEEDS, "inputs": INPUTS, **more})

    def report(self, **more):
        """All that there is to be found."""
        (report,) = validate.examine(self.plan(**more))
        return report

    def look(self, **more):
        """What the first look finds: of the reference, the stub, and what is missing."""
        return texts(validate.work(self.plan(**more), validate.Piece(NAME)).report)

    def files(self, *names, **more):
        """What is found of these files of the zoo."""
        return texts(validate.work(self.plan(**more), validate.Piece(NAME, animals=names)).report)

    def mutants(self, **more):
        """What becomes of the mutants."""
        pieces = validate.work(self.plan(**more), validate.Piece(NAME)).more
        report = Report(NAME)
        for piece in pieces:
            if piece.mutants:
                report.add(validate.work(self.plan(**more), piece).report)
        return report


def texts(report):
    return [str(finding) for finding in report.findings]


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "course")


def one(findings, *words):
    """Whether exactly one finding was made, and whether it says all of this."""
    assert len(findings) == 1, findings
    assert all(word in findings[0] for word in words), findings


# --- sound ------------------------------------------------------------------------------------------------------------


def test_a_new_assignment_is_sound(course):
    """Nothing is found; all solutions, mistakes and mutants are counted, and a name is given to some mutants."""
    report = course.report()
    assert report.findings == []
    assert (report.rights, report.right_files) == (2, 2)
    assert (report.mistakes, report.mistake_files, report.known) == (1, 1, 1)
    mutation = report.mutation
    assert mutation.made >= 30
    assert mutation.caught + len(mutation.equivalent) == mutation.made
    assert mutation.score == 1.0
    assert 0 < mutation.named < mutation.caught


def test_processes_find_what_one_finds(course):
    """The same report from two processes as from this one."""
    (course.zoo / "wrong_factor-missing.py").unlink()
    alone, beside = course.report(), course.report(jobs=2)
    alone.seconds = beside.seconds = 0.0
    assert alone.findings
    assert sorted(map(str, beside.findings)) == sorted(map(str, alone.findings))
    assert vars(beside.mutation) == vars(alone.mutation)


# --- the reference ----------------------------------------------------------------------------------------------------


def test_a_gradient_that_is_not_the_forwards_is_found(course):
    """A forward that hides a factor from the engine has another slope than the engine says."""
    course.change(course.solution, "return c * x**2", 'return c * x * getattr(x, "value", x)')
    findings = course.look()
    assert any("curve_forward: dx" in f and "by differences of the forward" in f for f in findings)


def test_a_kink_at_the_inputs_is_found(course):
    """Where a forward is not smooth its gradient can't be checked."""
    course.change(course.solution, "return c * x**2", "return c * np.where(x > 0.0, 1.0, 3.0) * np.abs(x - 1.7)")
    course.change(course.spec, "apart(rng, shape)", "1.7 + 1e-9 * apart(rng, shape)")
    assert any("draw inputs at which the forward is smooth" in f for f in course.look())


def test_a_worked_example_that_is_off_is_found(course):
    """Figures that students read must be right: an output's and a gradient's."""
    course.change(course.spec, "output=[0.5, 2.0, 4.5]", "output=[0.5, 2.0, 4.6]")
    course.change(course.spec, '"dc": 15.0', '"dc": 15.1')
    findings = course.look()
    assert len(findings) == 2
    assert "worked example 1: y is off by 0.1" in findings[0]
    assert "worked example 1: dc is off by 0.1" in findings[1]


def test_an_unknown_gradient_in_a_worked_example_is_found(course):
    """A name that the backward does not return is a slip of the author's."""
    course.change(course.spec, '"dc": 15.0', '"dk": 15.0')
    one(course.look(), "dk")


def test_a_reference_that_raises_is_a_finding(course):
    """The author's own error is told, and no traceback shown."""
    course.change(course.solution, "return c * x**2", "return c * x.undefined")
    findings = course.look()
    assert any("AttributeError" in f and "undefined" in f for f in findings)


# --- the stub and the zoo ---------------------------------------------------------------------------------------------


def test_a_stub_that_scores_is_found(course):
    """As a file and as a notebook."""
    body = course.stub.read_text()
    course.stub.write_text(body.replace("raise NotImplementedError", "return c * x**2, (x, c)", 1))
    findings = course.look()
    assert [f.split(":")[0] for f in findings] == ["stub.py", "stub.ipynb"]
    assert "earns 3 of 10 points" in findings[0]


def test_a_stub_that_is_missing_or_says_nothing_is_found(course):
    """A stub that students can't tell from a wrong solution is no stub."""
    course.stub.write_text("x = 1\n")
    assert any("stub.py: is not recognised as unfinished" in f for f in course.look())
    course.stub.unlink()
    one(course.look(), "stub.py: is not there")


def test_a_mistake_without_a_file_is_found(course):
    """Each mistake that the solution lists needs a submission that makes it."""
    (course.zoo / "wrong_factor-missing.py").unlink()
    course.change(course.zoo / "expect.toml", '["wrong_factor-missing.py"]', '["other_gone.py"]')
    one(course.look(), "speaks of other_gone.py, which is not there")
    course.add("other_gone.py", "")
    assert any("there is no wrong_factor-missing*.py" in f for f in course.look())


def test_a_right_solution_that_loses_marks_is_found(course):
    """With the seed at which it does, which here is not the first."""
    course.add(
        "right_sometimes.py",
        """
        import numpy as np
        def curve_forward(x, c):
            return c * x**2, (x, c)
        def curve_backward(dy, cache):
            x, c = cache
            return 2 * c * x * dy * (1.5 if c > 1.93 else 1.0), np.sum(x**2 * dy)
        """,
    )
    one(
        course.files("right_sometimes.py", seeds=25),
        "right_sometimes.py",
        "scores",
        "of 25 seeds",
        "curve_backward:backward is failed",
    )


def test_a_mistake_that_is_not_named_is_found(course):
    """A file that promises a name and gets none, from the first seed on."""
    course.add(
        "wrong_factor-missing_and_more.py",
        """
        import numpy as np
        def curve_forward(x, c):
            return c * x**2, (x, c)
        def curve_backward(dy, cache):
            x, c = cache
            return c * x * dy + 0.1, np.sum(x**2 * dy)
        """,
        """
        score = 7.0
        "curve_backward:backward" = "failed factor-missing"
        "curve_backward:gradcheck" = "failed"
        """,
    )
    one(
        course.files("wrong_factor-missing_and_more.py"),
        "wrong_factor-missing_and_more.py",
        "'failed', not 'failed factor-missing'",
    )


TWO = """

def _c_missing(dy, x, c):
    return 2 * x * dy, np.sum(x**2 * dy)


MISTAKES = (
    Mistake("c-missing", "The factor c is missing", "c multiplies x**2, and so its slope.", "notes", "curve_backward",
            _c_missing),
    *MISTAKES,
)
"""
C_MISSING = """
    import numpy as np
    def curve_forward(x, c):
        return c * x**2, (x, c)
    def curve_backward(dy, cache):
        x, c = cache
        return 2 * x * dy, np.sum(x**2 * dy)
    """
EXPECTED = """
    score = 7.0
    "curve_backward:backward" = "failed c-missing"
    "curve_backward:gradcheck" = "failed"
    """
# One c for all cases of a seed: at c = 2 two mistakes look alike, at c = 1 one of them is right.
ALL_ALIKE = "c = (1.5, {other})[int(rng.integers(2))]\n    return [(apart(rng, shape), c) for shape in SHAPES]"


@pytest.mark.parametrize(
    ("other", "animal", "told"),
    [
        (2.0, "wrong_factor-missing.py", "is named 'c-missing' by curve_backward:backward"),
        (1.0, "wrong_c-missing.py", "loses no marks"),
    ],
)
def test_a_mistake_that_some_seed_hides_or_confuses_is_found(course, other, animal, told):
    """What holds at one seed must hold at all of them: a spec that draws one factor for all cases is no good."""
    course.change(
        course.spec, re.search(r"return \[\(apart.*", course.spec.read_text())[0], ALL_ALIKE.format(other=other)
    )
    course.solution.write_text(course.solution.read_text() + TWO)
    course.add("wrong_c-missing.py", C_MISSING, EXPECTED)
    findings = course.files(animal, seeds=12)
    assert any(told in f and "of 12 seeds, first" in f for f in findings), findings


@pytest.mark.parametrize(
    ("name", "told"), [("right_ok.txt.py", ""), ("good_one.py", "is called neither"), ("wrong_odd.py", "has no entry")]
)
def test_files_that_fit_no_rule_are_found(course, name, told):
    """A name that promises nothing, and a promise without its verdict."""
    course.add(name, (course.zoo / "right_arrays.py").read_text())
    findings = course.look()
    assert any(told in f and f.startswith(name) for f in findings) if told else not findings


def test_a_name_that_nothing_explains_is_found(course):
    """Reports would have no title for it."""
    course.change(course.zoo / "expect.toml", "failed factor-missing", "failed factor-lost")
    assert any("expects the name 'factor-lost', which nothing explains" in f for f in course.look())


# --- mutants ----------------------------------------------------------------------------------------------------------


def test_cases_that_hide_a_mutant_are_found(course):
    """With the same c = 1.0 in every case nobody can tell whether c is multiplied by at all."""
    course.change(course.spec, "float(rng.uniform(0.5, 2.0))", "1.0")
    findings = texts(course.mutants())
    assert any("c * x ** 2 -> x ** 2" in f and "differs beside the inputs that the spec draws" in f for f in findings)


def test_a_check_that_is_not_asked_lets_mutants_through(course):
    """Without points for purity nobody looks for a changed input; the mutant is listed with file and line."""
    course.add(
        "right_arrays.py",
        """
        import numpy as np
        def curve_forward(x, c):
            x = np.array(x, copy=True)
            x *= 1.5
            return c * (x / 1.5)**2, (x / 1.5, c)
        def curve_backward(dy, cache):
            x, c = cache
            return 2 * c * x * dy, np.sum(x**2 * dy)
        """,
    )
    (course.zoo / "right_loops.py").unlink()
    course.change(course.spec, "purity=1", "purity=0")
    course.change(course.spec, "backward=6", "backward=7")
    (course.zoo / "expect.toml").write_text("")
    for animal in ("wrong_factor-missing.py", "unfinished_backward.py"):
        (course.zoo / animal).unlink()
    assert texts(course.mutants()) == []
    course.change(course.zoo / "right_arrays.py", "x *= 1.5", "x *= 1")
    course.change(course.zoo / "right_arrays.py", "x / 1.5", "x")
    report = course.mutants()
    assert any("copy" in text for text in report.mutation.equivalent)


def test_too_few_mutants_are_found(course):
    """A solution of one line proves little."""
    for path in course.zoo.glob("right_*"):
        path.unlink()
    source = "def curve_forward(x, c):\n    return c * x**2, None\n"
    course.add("right_none.py", source)
    assert any("mutants can be made of its right solutions, and 30 are asked for" in f for f in course.look())


def test_a_mutant_that_never_ends_is_caught_in_its_time(course, monkeypatch):
    """A loop without end costs the time of one question, and counts as caught."""
    monkeypatch.setattr(validate, "BRIEF", Limits(question_s=0.5, submission_s=60.0))
    course.add(
        "right_arrays.py",
        """
        import numpy as np
        def curve_forward(x, c):
            return c * x**2, (x, c)
        def curve_backward(dy, cache):
            x, c = cache
            i = 0
            while i < 2:
                i += 1
            return i * c * x * dy, np.sum(x**2 * dy)
        """,
    )
    report = course.mutants()
    assert report.findings == []
    assert report.mutation.raising > 0


# --- what can't be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("spec", "assignment = 3\n", "defines no `assignment`"),
        ("spec", "def broken(:\n", "SyntaxError"),
        ("solution", "MISTAKES = ()\n", "does not define curve_forward"),
        ("solution", "1 / 0\n", "ZeroDivisionError"),
        ("expect", "score = = 3\n", "expect.toml can't be read"),
        ("expect", "a = " + "[" * 5_000, "expect.toml can't be read"),
        ("expect", "score = 3\n", "score is no table"),
        ("expect", '["gone.py"]\nscore = 1\n', "speaks of gone.py"),
    ],
)
def test_an_authors_file_that_is_malformed_is_a_clear_finding(course, file, text, told):
    """It names the file and what is wrong, and the run goes on to the other assignments."""
    path = course.zoo / "expect.toml" if file == "expect" else getattr(course, file)
    path.write_text(text)
    one(course.look(), told)


def test_a_score_that_no_float_holds_is_another_score():
    """An expected score may be any number of TOML's."""
    told = Told(3.0, 10.0, {}, {}, remarked=False)
    for score in (10**400, float("nan"), -(10**400)):
        (text,) = zoo._unexpected(Animal(Path("wrong_a.py"), {"score": score}), told)
        assert "the score is 3, not" in text


def test_a_zoo_that_is_not_there_is_found(course):
    """Nothing is proven of an assignment that nobody ever solved."""
    for path in course.zoo.iterdir():
        path.unlink()
    course.zoo.rmdir()
    findings = course.look()
    assert any("there is no right_*.py" in f for f in findings)
    assert any("there is no wrong_factor-missing*.py" in f for f in findings)


def test_a_spec_whose_draw_raises_is_a_finding(course):
    """The cases can't be made, and the message says why."""
    course.change(course.spec, "return [(apart", "raise ValueError('no cases today')\n    return [(apart")
    assert all("no cases today" in f for f in course.look())


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_tells_and_its_exit_code_says_whether(course):
    """0 and a table for a sound course, 1 and the reason otherwise, 2 for a name that is not there."""
    runner = typer.testing.CliRunner()
    options = ["--course", str(course.root), "--seeds", "2", "--inputs", "20", "--jobs", "1"]
    sound = runner.invoke(cli.app, ["validate", *options])
    assert sound.exit_code == 0, sound.output
    assert re.search(r"curve +2/2 +1/1 +\d+ +\d+ +100% +\d+ +\d+ +sound", sound.output)
    course.stub.unlink()
    unsound = runner.invoke(cli.app, ["validate", NAME, *options])
    assert unsound.exit_code == 1
    assert "stub.py: is not there" in unsound.output
    unknown = runner.invoke(cli.app, ["validate", "curv", *options])
    assert isinstance(unknown.exception, UsageError)
    assert "did you mean 'curve'" in str(unknown.exception)


def test_the_table_fits_a_terminal_of_80_columns():
    """The longest name and the largest numbers that are to be expected."""
    reports = [
        Report(
            "gradient_checking_network",
            [],
            12,
            12,
            45,
            45,
            30,
            Mutation(400, 380, 50, 120, [], ["m"] * 20, 1000),
            999.0,
        )
    ] * 2
    console = Console(width=80, no_color=True, file=None)
    with console.capture() as captured:
        console.print(table(reports))
    shown = captured.get()
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"gradient_checking_network +12/12 +45/45 +400 +20 +100% +120 +999 +sound", shown)


def test_what_authors_write_is_shown_as_it_is():
    """No markup of rich's and no terminal sequence comes through from a file's text."""
    report = Report("odd", [Finding("[bold]x[/]", "\x1b[31mred")])
    text = "\n".join(t.plain for t in lines([report]))
    assert "[bold]x[/]" in text
    assert "\x1b" not in text


def test_a_student_who_has_no_solutions_is_told_so():
    """Where `reference.solution` can't be imported the command says what it needs."""
    code = "import sys; sys.modules['reference.solution'] = None; from grader import cli; sys.argv[1:] = ['validate']; cli.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "needs a checkout of the project" in done.stderr
