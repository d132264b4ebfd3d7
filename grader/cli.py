"""The commands. Each is thin: it turns options into a call, and what comes back into lines and an exit code.

Exit codes: 0 done; 1 some checks failed (`check`, `validate`) or some submissions were not graded (`grade`); 2 wrong
use; 3 the grader's own fault or the machine's.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from grader.errors import GraderError, MachineError, UsageError
from grader.report.escape import line, written
from grader.sandbox import Limits
from grader.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from grader.catalogue import Catalogue

app = typer.Typer(
    name="grader",
    help="Grades backpropagation assignments in a sandbox that never holds the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED: Final = 130
DEFAULTS: Final = Limits()


def _place(path: Path | None) -> Path | None:
    """A path as it was given, which need not be there. Raises UsageError for one that can't even be looked at."""
    try:
        if path is not None:
            path.expanduser().resolve().stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: nobody's home, a loop of links
        raise UsageError(f"{path} can't be used: {getattr(error, 'strerror', None) or error}") from None
    return path


Names = Annotated[
    list[str] | None, typer.Option("--assignment", "-a", metavar="NAME", help="Only this assignment; may be repeated.")
]

Course = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="PATH",
        callback=_place,
        help="The folder of a course of your own; the built-in one if not given.",
    ),
]


def main() -> None:
    """The `grader` command."""
    sys.exit(_run())


def _run() -> int:
    """The exit code. Everything that is not a command's own complaint is a bug, and is shown as one."""
    try:
        # In this mode an exit code asked for by a command comes back as a value; ^C is one too.
        code = int(app(standalone_mode=False) or 0)
        sys.stdout.flush()
    except GraderError as error:
        _say(f"grader: {line(str(error), 2000)}")
        return error.exit_code
    except BrokenPipeError:
        _mute()
        return 0
    except typer.Abort:
        code = INTERRUPTED
    except (OSError, MemoryError) as error:  # whatever it has run out of, it is the machine's
        _mute()
        _say(f"grader: the machine failed: {line(str(error) or 'no memory is left', 2000)}; see to it and run again")
        return MachineError.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort; it says that it is a bug
        return _complaint(error)
    if code == INTERRUPTED:
        _say("grader: interrupted")
    return code


def _complaint(error: Exception) -> int:
    """Typer's own complaints about options, in one line; anything else is our bug."""
    show = getattr(error, "format_message", None)
    if show is not None and len(sys.argv) == 1:
        _say(show())  # nothing was said, and this is the help
        return UsageError.exit_code
    if show is not None:
        _say(f"grader: {line(show(), 2000)}; `grader --help` shows what there is")
        return UsageError.exit_code
    traceback.print_exception(error)
    _say(f"grader: this is a bug in the grader ({type(error).__name__}); please report it with the lines above")
    return GraderError.exit_code


def _mute() -> None:
    """Say nothing from now on, at the interpreter's own flush either: what read our output has left, such as `head`, or
    takes no more.
    """
    with contextlib.suppress(OSError):  # it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    """One line on stderr."""
    written(sys.stderr, text)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Grades backpropagation assignments in a sandbox that never holds the answer."""


@app.command()
def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder or zip of submissions, or one file.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", callback=_place, help="Where the reports go: a new folder, or an earlier run's."
        ),
    ],
    assignment: Names = None,
    course: Course = None,
    sandbox: Annotated[
        str | None, typer.Option(metavar="WALL", help="docker, sandlock or none; the best there is when not given.")
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The container runtime of the docker wall, such as runsc (gVisor)."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions graded at once; the number of cores when not given.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31 - 1, help="What the inputs are drawn from; drawn afresh when not given."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on with what DIR holds, or start anew and forget it.")
    ] = True,
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="canvas, moodle, gradescope, nbgrader or github; plain for none; recognised when not given.",
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A CSV of who is who; a Canvas gradebook or Moodle worksheet is one."),
    ] = None,
    refuse_numerical: Annotated[
        bool,
        typer.Option(
            "--refuse-numerical/--accept-numerical",
            help="No points for a backward that calls its forward for every entry, instead of a remark for you.",
        ),
    ] = False,
    question_time: Annotated[float, typer.Option(min=0.1, help="Seconds for one question.")] = DEFAULTS.question_s,
    submission_time: Annotated[
        float, typer.Option(min=0.1, help="Seconds for one submission.")
    ] = DEFAULTS.submission_s,
    memory: Annotated[int, typer.Option(min=32, help="MiB of memory a submission may use.")] = DEFAULTS.memory_mib,
    processes: Annotated[
        int, typer.Option(min=1, help="Threads and processes a submission may have at once.")
    ] = DEFAULTS.processes,
    output: Annotated[
        int, typer.Option(min=0, help="KiB of printed output kept of a submission.")
    ] = DEFAULTS.output_bytes >> 10,
    frame: Annotated[int, typer.Option(min=1, help="MiB that one answer may take.")] = DEFAULTS.frame_bytes >> 20,
) -> None:
    """Grade a class and write the reports."""
    try:
        from grader import run
    except ModuleNotFoundError as error:
        raise MachineError(_lack(error.name or "")) from error

    limits = Limits(question_time, submission_time, memory, processes, output << 10, frame << 20)
    options = run.Options(
        submissions=submissions,
        out=out,
        assignments=tuple(assignment or ()),
        sandbox=sandbox,
        runtime=runtime,
        jobs=jobs,
        seed=seed,
        fresh=not resume,
        limits=limits,
        course=course,
        refuse_numerical=refuse_numerical,
        layout=layout,
        roster=roster,
    )
    code = run.grade(options, _console())
    if code:
        raise typer.Exit(code)


def _lack(module: str) -> str:
    """What to do about a module that grading needs, and that a student's installation has no use for."""
    if module.partition(".")[0] == "reference":
        return "grading needs a checkout of the project, which holds the secret half; students say `grader check`"
    return f"grading needs {module}, which isn't installed: pip install 'backprop-grader[grade]'"


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your .py file or notebook.")],
    assignment: Names = None,
    course: Course = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again each time the file is saved.")] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31 - 1, help="What the inputs are drawn from; drawn afresh when not given."),
    ] = None,
    question_time: Annotated[float, typer.Option(min=0.1, help="Seconds for one question.")] = DEFAULTS.question_s,
) -> None:
    """Check your own work: worked examples, gradients against your own forward, shapes, side effects."""
    from functools import partial

    from grader import selfcheck
    from grader.catalogue import open_course

    once = partial(_check_once, file, assignment, open_course(course), seed, Limits(question_s=question_time), json)
    if not watch:
        raise typer.Exit(0 if once() else 1)
    if not file.exists():
        raise UsageError(f"{file} does not exist")
    for _ in selfcheck.changes(file):
        if not json:
            _console().clear()
        try:
            once()
        except UsageError as error:
            _say(f"grader: {error}")
        if not json:
            typer.echo("Watching for changes; ^C ends it.")


def _check_once(
    file: Path, chosen: list[str] | None, course: Catalogue, seed: int | None, limits: Limits, json: bool
) -> bool:
    import secrets

    from grader import selfcheck

    drawn = secrets.randbits(31) if seed is None else seed
    results = selfcheck.check(file, tuple(chosen or ()), drawn, limits, course)
    if json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(results), indent=2).decode())
    else:
        from grader.diagnose import GENERAL
        from grader.report.text import check_tables

        _console().print(check_tables(results, GENERAL))
    return selfcheck.passes(results)


@app.command(name="list")
def list_(course: Course = None) -> None:
    """List the assignments: title, points, topic of the notes, functions."""
    from grader import listing
    from grader.catalogue import open_course

    for text in listing.lines(open_course(course).survey()):
        written(sys.stdout, text)


@app.command()
def release(
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", help="Where they go: a new folder, or one whose other files then stay."),
    ],
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="The assignments to hand out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every assignment of the course.")] = False,
    zip_: Annotated[bool, typer.Option("--zip", help="Pack the same into DIR.zip too, for upload.")] = False,
    wheel: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add what students install, which `make wheel` makes in dist/."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there and differ, such as an older release's.")
    ] = False,
    course: Course = None,
) -> None:
    """Write what students get: stubs, notebooks, texts and the way to the self-check. No answers.

    Each assignment gets a folder NAME with its stub as NAME.py and NAME.ipynb, its README.md and the modules that it
    provides; beside them are HOWTO.md and requirements.txt. The same release twice gives the same bytes.
    """
    from grader import release as releasing
    from grader.catalogue import open_course

    plan = releasing.Plan(tuple(names or ()), to, everything, zip_, wheel, overwrite)
    for text in releasing.told(plan, releasing.release(plan, open_course(course))):
        written(sys.stdout, text)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The assignment's name; its functions are called after it.")
    ],
    course: Course = None,
) -> None:
    """Lay out a new assignment that is sound from the first minute, for you to replace bit by bit."""
    from grader import new as newly

    for text in newly.told(newly.new(name, course)):
        written(sys.stdout, text)


@app.command()
def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="The assignments; all of the course if none is named."),
    ] = None,
    course: Course = None,
    seeds: Annotated[int, typer.Option(min=1, help="Draws of the inputs on which the zoo must hold.")] = 200,
    inputs: Annotated[
        int, typer.Option(min=1, help="Random inputs on which a mutant must equal its original, to count as equal.")
    ] = 10_000,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at work at once; the number of cores when not given.")
    ] = None,
) -> None:
    """Prove assignments sound: reference, stub, solutions, known mistakes, mutants.

    This runs the files of the course, the zoo's among them, with nothing but limits around them: they are your own.
    """
    try:
        from grader import validate as validating
    except ModuleNotFoundError as error:
        raise MachineError(_lack(error.name or "")) from error

    plan = validating.Plan(tuple(names or ()), course, seeds, inputs, jobs or os.cpu_count() or 1)
    code = validating.run(plan, _console())
    if code:
        raise typer.Exit(code)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run: what --out was given.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="gradescope, gradescope-autograder, canvas, moodle, nbgrader, junit, github, csv, json or xlsx.",
        ),
    ],
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For canvas and moodle: the table that the platform exported, to be filled."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The file or folder to write; DIR/export/... when not given.")
    ] = None,
    assignment: Names = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For canvas: the id or title of the column that all points go to."),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(metavar="NAME=TITLE,...", help="For moodle: which column is what, where it can't be told."),
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="For canvas and moodle: convert to the points that the platform has.")
    ] = False,
    source: Annotated[
        Path, typer.Option(metavar="DIR", help="For github: where the submissions lie in the repository.")
    ] = Path(),
) -> None:
    """Write the marks of a finished run in another tool's format. Exit code 1: not every mark could be written."""
    try:
        from grader import export as exporting
    except ModuleNotFoundError as error:
        raise MachineError(_lack(error.name or "")) from error

    options = exporting.Options(
        folder=folder,
        format=format_,
        template=template,
        to=to,
        assignments=tuple(assignment or ()),
        column=column,
        columns=columns,
        scale=scale,
        source=source,
    )
    printed, told, code = exporting.run(options)
    for text in printed:
        written(sys.stdout, text)
    for text in told:
        _say(line(text, 2000))
    if code:
        raise typer.Exit(code)


@app.command()
def doctor(
    build: Annotated[bool, typer.Option("--build", help="Build the docker wall's image first.")] = False,
    base: Annotated[
        str, typer.Option(help="With --build: the image to build on, where the usual one can't be fetched.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say which walls this machine offers, try each, and say what weakens it."""
    from grader import doctor as doctoring

    if build:
        from grader.sandbox import engine, image

        image.build(engine.connect(), base or None)
    report = doctoring.examine()
    if json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        console = _console()
        console.print(doctoring.table(report))
        for text in doctoring.lines(report):
            console.print(text, markup=False, highlight=False)
    if report.chosen is None:
        raise typer.Exit(3)


@app.command()
def schema() -> None:
    """Print the JSON schema of a result."""
    import json

    from grader.result import schema as result_schema

    typer.echo(json.dumps(result_schema(), indent=2))


def _console() -> Console:
    from rich.console import Console

    class Steady(Console):
        """Goes on in silence when its reader leaves: a run is not over because `head` has seen enough."""

        def on_broken_pipe(self) -> None:
            _mute()

    return Steady(soft_wrap=False)
