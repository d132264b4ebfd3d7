"""What an answer consists of, and a search for it in what students get."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import class_samples as samples

SOLUTIONS = sorted((samples.ROOT / "reference" / "solutions").glob("*.py"))
TRIVIAL = 30
"""Characters below which a body is anybody's: `return x`."""


def files(folder: Path) -> set[str]:
    """Every file's path in a folder, as text."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def bodies(source: str) -> dict[str, str]:
    """The statements of each function and lambda, without docstrings and names of their own."""
    lines = source.encode().splitlines(keepends=True)

    def text(node):  # ast.get_source_segment splits the whole source each time
        whole = b"".join(lines[node.lineno - 1 : node.end_lineno])
        after = len(lines[node.end_lineno - 1]) - node.end_col_offset
        return whole[node.col_offset : len(whole) - after].decode()

    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Lambda):
            found[ast.dump(node.body)] = text(node.body)
        elif isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            found[" ".join(map(ast.dump, body))] = "\n".join(map(text, body))
    return {dump: code for dump, code in found.items() if len(code) > TRIVIAL}


def secret() -> dict[str, str]:
    """The bodies of every function of reference/solutions."""
    return {dump: code for path in SOLUTIONS for dump, code in bodies(path.read_text(encoding="utf-8")).items()}


def leaks(folder: Path) -> list[str]:
    """What the files of a folder hold of any solution, under whatever name, as code or as text."""
    hidden = secret()
    spoken = [" ".join(body.split()) for body in hidden.values() if "\n" in body]
    found = []
    for name in sorted(files(folder)):
        text = (folder / name).read_text(encoding="utf-8")
        if name.endswith(".ipynb"):
            text = "\n\n".join(
                "".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"
            )
        code = bodies(text) if name.endswith((".py", ".ipynb")) else {}
        found += [f"{name}: {hidden[dump]}" for dump in code.keys() & hidden.keys()]
        plain = " ".join(text.split())
        found += [f"{name}: {body}" for body in spoken if body in plain]
    return found
