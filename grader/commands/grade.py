"""Grades a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import DEFAULTS, Course, Names, Seed, lack, place
from grader.console import console
from grader.errors import MachineError
from grader.sandbox import Limits


def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder or zip of submissions, or one file.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", callback=place, help="Where the reports go: a new folder, or an earlier run's."
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
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Grade on a Dask cluster: its scheduler's address, tcp://HOST:8786."),
    ] = None,
    seed: Seed = None,
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
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A course file: weights, being late, what feedback reveals; the course's course.toml when not given.",
        ),
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
        raise MachineError(lack(error.name or "")) from error

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
        cluster=cluster,
        policy=policy,
    )
    code = run.grade(options, console())
    if code:
        raise typer.Exit(code)
