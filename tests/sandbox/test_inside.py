"""The list of files that go into the box."""

from __future__ import annotations

import ast

from grader.sandbox import inside


def imported_beside(source: str) -> set[str]:
    """The modules that a file imports from its own package."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_everything_that_the_worker_imports_is_listed_and_nothing_else():
    """The list is the worker's closure under imports, beginning at start.py, which runs worker.py."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in inside.paths()}
    reached, left = {"start"}, ["worker"]
    while left:
        name = left.pop()
        reached.add(name)
        left += imported_beside(sources[name]) - reached
    assert reached == set(inside.NAMES)


def test_no_file_of_the_box_imports_the_grader():
    """The box's side would not start in the image if it needed more of the grader than itself."""
    for path in inside.paths():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            absolute = [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            absolute += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in absolute if name.startswith(("grader", "reference", "assignments"))], path
