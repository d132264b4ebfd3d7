"""Loads a submission's source in the box: forgiving, one top-level statement at a time.

A statement that raises, hangs or does not parse costs itself and is noted. All statements share one module,
"submission", whose names are what the questions call.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import os
import re
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator
from typing import Any, Final

from . import wire
from .magics import lines_of, neutralise
from .programs import OPERATORS
from .provided import PACKAGE as NAME
from .provided import Finder, is_provided
from .python2 import modernise
from .salvage import salvage
from .standins import Module, StandIn, decorator
from .values import clean

MAX_SOURCE: Final = 1 << 20
MAX_NOTES: Final = 200
MAX_DEFINITIONS: Final = 2_000
MAX_PARAMETERS: Final = 30
MAX_MEMBERS: Final = 60
_DECORATE: Final = "__box_decorator__"
_QUIET_CALLS: Final = frozenset(
    [
        "np",
        "numpy",
        "math",
        "float",
        "int",
        "str",
        "bool",
        "list",
        "dict",
        "tuple",
        "set",
        "frozenset",
        "range",
        "len",
        "min",
        "max",
        "abs",
        "complex",
        "round",
    ]
)
_MENDED: Final = re.compile(r"from\s*\.|NotImplemented")
"""What a source holds that has something for `_mend`, which takes its time."""
_DEFINITIONS: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_ALL_FEATURES: Final = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


class Slow(BaseException):
    """Raised inside a statement that has had its time."""


class Loader:
    """One submission's module: its source, its names and what was odd on the way."""

    def __init__(self) -> None:
        self.module = types.ModuleType(NAME)
        self.names: dict[str, Any] = self.module.__dict__
        self.sources: dict[str, tuple[str, list[str]]] = {}
        self._notes: list[wire.Note] = []
        self._bound: dict[str, str] = {}
        self._where = ""
        self._flags = 0
        self._left = 0.0
        self._is_file = False
        # A package without files: what is imported relative to it can be stood in for.
        self.module.__path__ = []
        self.module.__package__ = NAME
        self.module.__file__ = os.path.join(os.getcwd(), f"{NAME}.py")
        self.names.update(
            {
                _DECORATE: decorator,
                "get_ipython": StandIn("get_ipython", "IPython"),
                "display": lambda *_, **__: None,
            }
        )
        self._given = set(self.names)
        sys.modules[NAME] = self.module
        sys.argv = [self.module.__file__]

    def note(self, kind: str, message: str, where: str | None = None) -> None:
        """Remember something odd; `where` is the statement that is running unless told."""
        if len(self._notes) < MAX_NOTES:
            self._notes.append(wire.Note(kind, self._where if where is None else where, clean(message, 500)))

    def load(self, request: wire.Load) -> tuple[tuple[wire.Definition, ...], tuple[wire.Note, ...]]:
        """Run `request`'s cells; gives what they define and what was odd."""
        sys.meta_path.insert(0, Finder(request.provided))
        self._left = 3 * request.statement_s
        self._is_file = len(request.cells) == 1 and request.cells[0].name.endswith(".py")
        try:
            for cell in request.cells:
                self._run_cell(cell, request)
        except SystemExit:
            self.note("exit", "the source ended its own loading here; what follows did not run")
        self._where = ""
        return tuple(self._definitions()), tuple(self._notes)

    def place(self, filename: str, line: int) -> str:
        """Where a line of the submission is, for people: "cell 3, line 12"."""
        name = "" if self._is_file else self.sources[filename][0]
        return f"{name}, line {line}" if name else f"line {line}"

    # --- cells and statements ---------------------------------------------------------------------------------------

    def _run_cell(self, cell: wire.Cell, request: wire.Load) -> None:
        filename = f"<{cell.name}>"
        while filename in self.sources:
            filename += "'"
        self.sources[filename] = (cell.name, [])
        if len(cell.source) > MAX_SOURCE:
            self.note("syntax", f"longer than {MAX_SOURCE >> 20} MiB: not run", self.place(filename, 1))
            return
        self.sources[filename] = (cell.name, lines_of(cell.source))
        mended = _MENDED.search(cell.source) is not None
        for statement in self._parse(cell.source, filename):
            self._where = self.place(filename, statement.lineno)
            if request.definitions_only and not _defines(statement):
                self.note("skipped", "only definitions are run")
            elif self._left <= 0 and not _defines(statement):
                self.note("skipped", "earlier statements used up the time for loading")
            else:
                if mended:
                    _mend(statement)
                self._bind(statement, filename, request.statement_s)

    def _bind(self, statement: ast.stmt, filename: str, limit_s: float) -> None:
        """Run a statement and keep where the names come from that it binds."""
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            before = dict(self.names)
            self._run(statement, filename, limit_s)
            self._bound.update((name, "") for name, value in self.names.items() if before.get(name) is not value)
            return
        self._run(statement, filename, limit_s)
        for name, imported in _bound_names(statement):
            self._bound[name] = "" if imported else self._where

    def _parse(self, source: str, filename: str) -> list[ast.stmt]:
        body, error = _parsed(source, filename)
        if error is None:
            return body
        plain, passed = neutralise(source)
        modern, rewritten = modernise(plain)
        tried = {source.rstrip()}
        # A parser that gives up on a hostile source has taken its time: none is read twice.
        narrow = modernise(plain, tab=4)[0] if "\t" in plain else modern
        for text in (plain, modern, narrow):
            if text.rstrip() not in tried:
                tried.add(text.rstrip())
                body, error = _parsed(text, filename)
            if error is None:
                break
        for kind, told in (("magic", passed), ("python2", [] if text is plain else rewritten)):
            for line, what in told:
                self.note(kind, what, self.place(filename, line))
        if error is None:
            return body
        line = (error.lineno or 1) if isinstance(error, SyntaxError) else 1
        message = (error.msg if isinstance(error, SyntaxError) else str(error)) or "too deeply nested to be read"
        self.note("syntax", f"{type(error).__name__}: {message}", self.place(filename, line))
        return salvage(modern, filename) if isinstance(error, SyntaxError) else []

    def _run(self, statement: ast.stmt, filename: str, limit_s: float) -> None:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                self._flags |= _ALL_FEATURES.get(alias.name, 0)
        _mark_decorators(statement)
        began = time.perf_counter()
        try:
            code = compile(ast.Module([statement], []), filename, "exec", flags=self._flags, dont_inherit=True)
            with _Alarm(min(limit_s, max(self._left, limit_s / 4))):
                exec(code, self.names)  # noqa: S102 - this is what the box is for
        except SystemExit:
            raise
        except Slow:
            self.note("slow", f"stopped after {time.perf_counter() - began:.1f} s")
            self._left -= time.perf_counter() - began
        except SyntaxError as error:
            self.note("syntax", f"{type(error).__name__}: {error.msg}")
        except BaseException as error:  # noqa: BLE001 - a submission may raise anything, and pays with this statement
            self.note("raised", describe(error))

    # --- what is defined --------------------------------------------------------------------------------------------

    def _definitions(self) -> Iterator[wire.Definition]:
        count = 0
        for name, value in list(self.names.items()):
            if type(name) is not str or len(name) > 200 or name.startswith("__") or not self._is_own(name, value):
                continue
            count += 1
            if count > MAX_DEFINITIONS:
                return
            yield wire.Definition(
                clean(name),
                "class" if isinstance(value, type) else "function",
                _parameters(value),
                self._bound.get(name, ""),
                _members(value) if isinstance(value, type) else (),
            )

    def _is_own(self, name: str, value: Any) -> bool:
        if isinstance(value, (StandIn, Module)) or not callable(value):
            return False
        if type(value) is types.FunctionType:
            if is_provided(value):
                return False
            return name not in self._given and (value.__globals__ is self.names or bool(self._bound.get(name)))
        return bool(self._bound.get(name))


def describe(error: BaseException) -> str:
    """As in "NameError: name 'x' is not defined", whatever the exception's own __str__ does."""
    kind, message = split(error)
    return f"{kind}: {message}" if message else kind


def split(error: BaseException) -> tuple[str, str]:
    """The type and the message of an exception, capped."""
    kind = type(error)
    name = clean(type.__dict__["__name__"].__get__(kind, type(kind)), 200)
    try:
        return name, clean(str(error))
    except BaseException:  # noqa: BLE001 - its __str__ is the submission's
        return name, "(its message can't be shown)"


class _Alarm:
    """Raises `Slow` in the running statement after `seconds`, again and again until left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> None:
        if self._usable:
            signal.signal(signal.SIGALRM, _ring)
            signal.setitimer(signal.ITIMER_REAL, self._seconds, 0.1)

    def __exit__(self, *_: object) -> None:
        if self._usable:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _ring(*_: object) -> None:
    raise Slow


# --- reading statements -----------------------------------------------------------------------------------------------


def _parsed(source: str, filename: str) -> tuple[list[ast.stmt], Exception | None]:
    """The statements of a source, or why it can't be parsed."""
    try:
        return ast.parse(source, filename).body, None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [], error


def _defines(statement: ast.stmt) -> bool:
    """Whether it is an import, a definition, or an assignment that runs nothing of the submission's own."""
    todo = [statement]  # not by recursion: a chain of `elif` may be longer than the stack is deep
    while todo:
        each = todo.pop()
        if isinstance(each, ast.If):
            todo += each.body + each.orelse
        elif isinstance(each, ast.Try):
            inner = each.body + each.orelse + each.finalbody
            if not any(isinstance(one, (ast.Import, ast.ImportFrom)) for one in inner):
                return False
            todo += inner
        elif isinstance(each, (ast.Assign, ast.AnnAssign)):
            if not all(_is_quiet(node.func) for node in ast.walk(each) if isinstance(node, ast.Call)):
                return False
        elif not isinstance(each, _DEFINITIONS):
            return False
    return True


def _is_quiet(called: ast.expr) -> bool:
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Name) and called.id in _QUIET_CALLS


def _bound_names(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    """The names that a top-level statement binds, each with whether it is imported."""
    todo: list[ast.stmt | ast.excepthandler] = [statement]
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield each.name, False
        elif isinstance(each, (ast.Import, ast.ImportFrom)):
            for alias in each.names:
                yield alias.asname or alias.name.partition(".")[0], True
        elif isinstance(each, (ast.Assign, ast.AnnAssign)):
            for target in each.targets if isinstance(each, ast.Assign) else [each.target]:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        yield node.id, False
        else:
            inner = (one for field in ("body", "orelse", "handlers", "finalbody") for one in getattr(each, field, ()))
            todo += reversed([one for one in inner if isinstance(one, (ast.stmt, ast.excepthandler))])


def _mend(statement: ast.stmt) -> None:
    """Let `from ..utils import x` look no further up than the submission itself, above which there is nothing, and let
    `raise NotImplemented` say what it means.
    """
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom):
            node.level = min(node.level, 1)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(raised, ast.Name) and raised.id == "NotImplemented":
                raised.id = "NotImplementedError"


def _mark_decorators(statement: ast.stmt) -> None:
    """Let stand-ins that decorate pass the decorated thing through: `@njit` must not swallow a function."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    statement.decorator_list = [
        ast.copy_location(ast.Call(ast.copy_location(ast.Name(_DECORATE, ast.Load()), each), [each], []), each)
        for each in statement.decorator_list
    ]
    if isinstance(statement, ast.ClassDef):
        for member in statement.body:
            _mark_decorators(member)


def _parameters(value: Any) -> tuple[str, ...]:
    """The names of the positional parameters of a callable, without `self`; empty where they can't be told."""
    try:
        return tuple(clean(name, 100) for name in _parameter_names(value)[:MAX_PARAMETERS])
    except BaseException:  # noqa: BLE001 - a signature can be the submission's own code
        return ()


def _members(value: type) -> tuple[str, ...]:
    """The public names of a class and its bases, and those of its operators: sorted, without looking at any of them."""
    classes = type.__dict__["__mro__"].__get__(value)
    names = [name for each in classes if each is not object for name in type.__dict__["__dict__"].__get__(each)]
    own = {name for name in names if type(name) is str and (name in OPERATORS or not name.startswith("_"))}
    return tuple(clean(name, 100) for name in sorted(own)[:MAX_MEMBERS])


def _parameter_names(value: Any) -> list[str]:
    is_class = isinstance(value, type)
    function = value.__dict__.get("__init__") if is_class else value
    if type(function) is not types.FunctionType or "__wrapped__" in function.__dict__:
        return list(inspect.signature(value).parameters)
    # Read off the code itself: inspect would do the same at fifty times the cost.
    code = function.__code__
    names = list(code.co_varnames[is_class : code.co_argcount])
    if code.co_flags & inspect.CO_VARARGS:
        names.append("*" + code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
    return names
