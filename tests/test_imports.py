"""Dependencies point one way: what the source files import, read without running them."""

from __future__ import annotations

import ast
import sys
from functools import cache

import class_samples as samples
import pytest

from grader.commands import NAMES
from grader.sandbox import inside

PACKAGES = ("grader", "assignments", "reference")
FILES = {
    ".".join(path.relative_to(samples.ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((samples.ROOT / package).rglob("*.py"))
    # Neither what students are handed nor what authors start from: no part of the program.
    if path.name != "stub.py" and "skeleton" not in path.parts
}
BOX = {f"grader.sandbox.{name}" for name in inside.NAMES}
CHAIN = ("cli", "run", "batch", "course", "grading", "judge", "checks.compare", "checks.case", "assignment", "errors")


@cache
def imports(module):
    """What a file imports, by full name: inside functions too, and not for its types' sake alone."""
    if module == "grader.cli":  # it imports the command that is asked for
        return _read(module) | {f"grader.commands.{name}" for name in NAMES}
    return _read(module)


def _read(module):
    path = FILES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8")), package))


def _imports(node, package):
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.rsplit(".", node.level - 1)[0] if node.level else ""
        base = ".".join(part for part in (above, node.module) if part)
        found = [f"{base}.{alias.name}" for alias in node.names]
        yield from (name if name in FILES else base for name in found)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, package)


@cache
def reach(module):
    """Every file of ours that comes with a file, itself included."""
    found, todo = set(), [module]
    while todo:
        name = todo.pop()
        if name in FILES and name not in found:
            found.add(name)
            todo += imports(name)
    return frozenset(found)


def test_the_reading_finds_imports():
    """Imports inside functions and relative ones are seen; those for types alone are not."""
    source = "if TYPE_CHECKING:\n    import a\ndef f():\n    from . import wire\nimport b.c\nfrom .values import x\n"
    assert set(_imports(ast.parse(source), "grader.sandbox")) == {"grader.sandbox.wire", "b.c", "grader.sandbox.values"}
    assert "grader.run" in imports("grader.commands.grade")


def test_the_boxs_files_import_nothing_of_ours_but_each_other():
    """What is copied into a box needs the standard library, numpy and msgspec, and nothing that stays outside."""
    for module in BOX:
        for name in imports(module):
            if name.partition(".")[0] in PACKAGES:
                # In the box the files lie in a package of their own.
                assert name in {*BOX, "grader.sandbox"}, f"{module} imports {name}"
            else:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "numpy", "msgspec"}, f"{module}: {name}"
        assert "from grader" not in FILES[module].read_text(encoding="utf-8"), module


def test_only_the_oracle_opens_the_secret_half():
    """Nothing imports reference but the oracle and reference itself."""
    doors = {module for module in FILES if any(name.partition(".")[0] == "reference" for name in imports(module))}
    assert {module for module in doors if not module.startswith("reference")} == {"grader.oracle"}


def test_the_reference_imports_nothing_of_the_grader():
    """The engine and the solutions stand by themselves, but for the errors that they raise."""
    for module in FILES:
        if module.startswith("reference"):
            ours = {name for name in imports(module) if name.startswith(("grader", "assignments"))}
            assert ours <= {"grader.errors"}, module


def test_specs_know_declarations_only():
    """An assignment's public half imports what specs are written in, and neither the grader's work nor the answers."""
    declarations = {"grader.assignment", "grader.numeric", "grader.program"}
    for module in FILES:
        if module.startswith("assignments."):
            ours = {name for name in imports(module) if name.partition(".")[0] in PACKAGES}
            assert all(n in declarations or n.startswith("assignments") for n in ours), module


def test_the_self_check_reaches_no_answer():
    """From the self-check no path of imports leads to the oracle, the reference, the journal or a page's renderer."""
    found = reach("grader.selfcheck") | reach("grader.notebook") | reach("grader.release") | reach("grader.report.text")
    hidden = {"grader.oracle", "grader.course", "grader.store", "grader.batch", "grader.report.feedback"}
    assert not found & hidden
    assert not [name for name in found if name.startswith("reference")]


def test_the_chain_points_down():
    """From cli -> run -> batch -> course -> grading -> judge -> checks -> assignment -> errors, never up."""
    for i, above in enumerate(CHAIN):
        for below in CHAIN[i + 1 :]:
            assert f"grader.{above}" not in reach(f"grader.{below}"), f"{below} reaches {above}"
    for name in ("run", "batch", "course", "grading", "judge", "checks.compare"):
        assert f"grader.{name}" in reach("grader.cli")


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("grader.sandbox", ("grader.errors", "grader.sandbox")),
        ("grader.report", ("grader.errors", "grader.result", "grader.numeric", "grader.diagnose", "grader.report")),
    ],
)
def test_packages_keep_to_themselves(package, allowed):
    """The walls know of no assignment, and the reports of no wall."""
    for module in FILES:
        if module == package or module.startswith(f"{package}."):
            foreign = {n for n in imports(module) if n.partition(".")[0] in PACKAGES and not n.startswith(allowed)}
            assert not foreign, f"{module} imports {foreign}"


def test_there_are_no_circles():
    """No file comes back to itself through what it imports."""
    for module in FILES:
        for name in imports(module) & set(FILES):
            assert module not in reach(name) or name == module, f"{module} -> {name} -> ... -> {module}"
