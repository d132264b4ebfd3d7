"""What the site gets besides the files in docs/: a reference written from the code, so that neither can drift."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the reference is of this checkout


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written here."""
    from mkdocs.structure.files import File

    written = {
        "reference/commands.md": commands(),
        "reference/results.md": results(),
        "reference/assignments.md": assignments(),
        "security.md": (ROOT / "SECURITY.md").read_text("utf-8"),
    }
    for name, text in written.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A block that is a file is shown with the file's name above it; links out of docs/ stay in the site."""
    named = re.sub(r"^```(\w+) (\S+)$", r'```\1 title="\2"', markdown, flags=re.MULTILINE)
    return named.replace("](../SECURITY.md", "](security.md")


# --- commands ---------------------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    from grader import cli
    from grader.commands import NAMES

    codes = inspect.getdoc(cli) or ""
    parts = [
        "# Commands",
        "What `grader COMMAND --help` says, on one page.",
        f"**Exit codes:** {_text(codes.partition('Exit codes: ')[2])}",
        *(part for name in NAMES for part in _command(name)),
    ]
    return "\n\n".join(parts) + "\n"


def _command(name: str) -> Iterator[str]:
    import typer

    from grader import cli

    command = typer.main.get_command(cli.app).get_command(None, name)
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(["grader", name, *command.collect_usage_pieces(context)]).translate({123: None, 125: None})
    yield f"## grader {name}"
    yield f"```text\n{usage}\n```"
    yield inspect.cleandoc(command.help or "")
    rows = [_record(parameter, context) for parameter in command.params if parameter.name != "help"]
    if rows:
        lines = [f"| {_cell(term, code=True)} | {_cell(text)} |" for term, text in rows]
        yield "\n".join(["| argument or option | |", "|---|---|", *lines])


def _record(parameter: Any, context: Any) -> tuple[str, str]:
    """What the help calls a parameter, and what it says of it."""
    term, text = parameter.get_help_record(context)
    if parameter.param_type_name == "argument":
        term = term.partition(" ")[0]
    return term.replace("<int range>", "INTEGER").replace("<float range>", "NUMBER"), text


# --- results ----------------------------------------------------------------------------------------------------------


def results() -> str:
    """The structure of a result, field by field, and its schema."""
    from grader import result

    schema = result.schema()
    meanings = _meanings(Path(result.__file__))
    intro = (
        "`results/STUDENT/ASSIGNMENT.json` has one result: what grading one assignment of one student gave. The seed "
        "is in it, so it is not for students. `grader schema` prints the schema below."
    )
    parts = ["# Results in JSON", intro]
    for name, definition in sorted(schema["$defs"].items(), key=lambda entry: entry[0] != "Result"):
        parts += [f"## {name}", _text(inspect.cleandoc(definition.get("description", "")))]
        rows = [
            f"| `{field}` | {_cell(_type(kind))} | {_cell(meanings.get((name, field), ''))} |"
            for field, kind in definition["properties"].items()
        ]
        parts.append("\n".join(["| field | type | |", "|---|---|---|", *rows]))
    parts += ["## The schema", f"```json\n{json.dumps(schema, indent=2)}\n```"]
    return "\n\n".join(parts) + "\n"


def _meanings(path: Path) -> dict[tuple[str, str], str]:
    """What stands under a field in the source, by class and field."""
    found = {}
    for structure in ast.parse(path.read_text("utf-8")).body:
        if isinstance(structure, ast.ClassDef):
            for field, after in zip(structure.body, structure.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
                    found[structure.name, ast.unparse(field.target)] = " ".join(ast.literal_eval(after.value).split())
    return found


def _type(kind: dict[str, Any]) -> str:
    """A type of the schema in words."""
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(_type(each) for each in kind["anyOf"])
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if kind.get("type") == "array":
        return f"list of {_type(kind.get('items', {}))}"
    if kind.get("type") == "object":
        return f"mapping to {_type(kind.get('additionalProperties') or {})}"
    return str(kind.get("type", "anything"))


# --- assignments ------------------------------------------------------------------------------------------------------


def assignments() -> str:
    """The assignments that come with the grader."""
    from grader.catalogue import BUILT_IN

    rows = [
        f"| `{name}` | {_cell(a.title)} | {a.max_points:g} | "
        f"{_cell(a.topic)} | {', '.join(f'`{function}`' for function in a.functions)} |"
        for name, a in BUILT_IN.load_all().items()
    ]
    head = ["| name | title | points | topic of the notes | functions |", "|---|---|---|---|---|"]
    intro = (
        f"The {len(rows)} that come with the grader. `grader list` shows them with their parameters, "
        "`grader release NAME --to DIR` writes what students get. [Courses add their own](../authoring.md)."
    )
    return "\n\n".join(["# Assignments", intro, "\n".join([*head, *rows])]) + "\n"


# --- text -------------------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    """Text of the code as a paragraph, in which nothing is markup but backticks."""
    pieces = " ".join(text.split()).split("`")
    return "`".join(p if i % 2 else re.sub(r"([<*_\[])", r"\\\1", p) for i, p in enumerate(pieces))


def _cell(text: str, *, code: bool = False) -> str:
    """Text in a cell of a table."""
    plain = " ".join(text.split())
    if code:
        return f"<code>{plain.replace('&', '&amp;').replace('<', '&lt;').replace('|', '&#124;')}</code>"
    return plain.replace("|", "&#124;")
