"""`grader`: finds the command that is asked for, and turns what goes wrong into one line and an exit code.

Exit codes: 0 done; 1 some checks failed (`check`, `validate`) or some submissions were not graded (`grade`); 2 wrong
use; 3 the grader's own fault or the machine's.
"""

from __future__ import annotations

import sys
import traceback
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from grader.commands import NAMES
from grader.console import mute, say
from grader.errors import GraderError, MachineError, UsageError
from grader.report.escape import line
from grader.version import __version__

INTERRUPTED: Final = 130
SETTINGS: Final = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """Those of grader.commands: only the one that is asked for is imported, so that it starts as fast as it can."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(NAMES)  # type: ignore[assignment]  # names for the help and for a near miss

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        return _command(cmd_name) if cmd_name in NAMES else None


@cache
def _command(name: str) -> Any:
    function = getattr(import_module(f"grader.commands.{name}"), name)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command(name, context_settings=SETTINGS)(function)
    return typer.main.get_command(alone)


app = typer.Typer(
    name="grader",
    cls=Commands,
    help="Grades backpropagation assignments in a sandbox that never holds the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=SETTINGS,
)


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
        say(f"grader: {line(str(error), 2000)}")
        return error.exit_code
    except BrokenPipeError:
        mute()
        return 0
    except typer.Abort:
        code = INTERRUPTED
    except (OSError, MemoryError) as error:  # whatever it has run out of, it is the machine's
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - the last resort; it says that it is a bug
        if isinstance(error, ImportError) and "failed to map segment" in str(error):
            return _failed(error)  # the loader's word for having no memory
        return _complaint(error)
    if code == INTERRUPTED:
        say("grader: interrupted")
    return code


def _failed(error: Exception) -> int:
    """The machine's fault, in one line."""
    mute()
    say(f"grader: the machine failed: {line(str(error) or 'no memory is left', 2000)}; see to it and run again")
    return MachineError.exit_code


def _complaint(error: Exception) -> int:
    """Typer's own complaints about options, in one line; anything else is our bug."""
    show = getattr(error, "format_message", None)
    if show is not None and len(sys.argv) == 1:
        say(show())  # nothing was said, and this is the help
        return UsageError.exit_code
    if show is not None:
        say(f"grader: {line(show(), 2000)}; `grader --help` shows what there is")
        return UsageError.exit_code
    traceback.print_exception(error)
    say(f"grader: this is a bug in the grader ({type(error).__name__}); please report it with the lines above")
    return GraderError.exit_code


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
