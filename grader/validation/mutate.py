"""Systematic mutants of a source file, made by changing one place of its syntax tree.

Each is a slip that a hand could make: a sign, an operand, an order, a transpose, an axis, a constant, a comparison, an
index, a function's neighbour, a statement left out. The same source gives the same mutants in the same order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

LONG: Final = 48
"""Characters of an expression, as a mutant's description shows it."""

_OPERATORS: Final[dict[type[ast.operator], tuple[type[ast.operator], ...]]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
}
_ORDERED: Final = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
"""Operators whose operands can't be exchanged."""
_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_NEIGHBOURS: Final = {
    "max": "min", "min": "max", "amax": "amin", "maximum": "minimum", "minimum": "maximum", "sum": "mean",
    "mean": "sum", "var": "std", "std": "var", "argmax": "argmin", "argmin": "argmax", "zeros": "ones",
    "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like", "outer": "multiply", "dot": "multiply",
    "matmul": "multiply", "exp": "expm1", "log": "log1p", "log1p": "log", "sin": "cos", "cos": "sin", "tanh": "sin",
    "abs": "negative", "floor": "ceil", "ceil": "floor", "rand": "randn", "random": "standard_normal",
}  # fmt: skip
"""Functions and methods that are easily taken for each other."""
_COMMUTATIVE: Final = frozenset({"maximum", "minimum", "add", "multiply", "logaddexp", "hypot", "allclose", "isclose"})
_PRODUCTS: Final = frozenset({"dot", "matmul"})


@dataclass(frozen=True)
class Mutant:
    """One change: the whole source with it, and what is told of it."""

    line: int
    what: str
    source: str
    within: frozenset[str]
    """The names that its top-level statement defines."""


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a Python source, no two of the same text. Raises SyntaxError when it does not parse."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    found = []
    for top in tree.body:
        if not isinstance(top, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign):
            continue
        names = defined(top)
        for change in _changes(top):
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text not in seen:
                seen.add(text)
                found.append(Mutant(change[0], change[1], text, names))
    return sorted(found, key=lambda m: m.line)


def defined(statement: ast.stmt) -> frozenset[str]:
    """The names that a top-level statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return frozenset({statement.name})
    stores = (n for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return frozenset(n.id for n in stores)


def reached(source: str, names: frozenset[str]) -> frozenset[str]:
    """Every top-level name that `names` can make a difference to: those that mention one, and so on."""
    uses: dict[str, set[str]] = {}
    for top in ast.parse(source).body:
        mentioned = {n.id for n in ast.walk(top) if isinstance(n, ast.Name)}
        for name in defined(top):
            uses.setdefault(name, set()).update(mentioned)
    found = set(names)
    while more := {name for name, mentioned in uses.items() if name not in found and mentioned & found}:
        found |= more
    return frozenset(found)


# --- walking ----------------------------------------------------------------------------------------------------------


def _changes(top: ast.AST) -> Iterator[tuple[int, str]]:
    """Makes each change in turn, gives its line and description while it stands, and takes it back."""
    for node in _within(top):
        for name, value in _fields(node):
            items = value if isinstance(value, list) else [value]
            for i, item in enumerate(list(items)):
                if not isinstance(item, ast.AST):
                    continue
                for new in _alternatives(item, node, name):
                    shown = node if isinstance(item, _SMALL) and isinstance(node, ast.expr | ast.Assign) else None
                    before = _short(shown or item)
                    _put(node, name, i, new)
                    yield _line(item, node), f"{before} -> {_short(shown or new)}"
                    _put(node, name, i, item)
                if isinstance(item, ast.stmt) and _droppable(node, items, item):
                    _put(node, name, i, ast.Pass())
                    yield item.lineno, f"left out: {_short(item)}"
                    _put(node, name, i, item)


_SMALL: Final = (ast.Constant, ast.Name, ast.Slice, ast.Tuple)
"""What says little by itself, and is shown with what it stands in."""


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it that may be changed, as they stand before any change."""
    found = [node]
    for parent in found:
        for _, value in _fields(parent):
            items = value if isinstance(value, list) else [value]
            found += [item for item in items if isinstance(item, ast.AST)]
    yield from found


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """The fields in which a change is a change of what is computed."""
    passed = {"decorator_list", "returns", "annotation", "type_comment", "ctx", "format_spec"}
    if not isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom):
        yield from ((name, value) for name, value in ast.iter_fields(node) if name not in passed)


def _put(node: ast.AST, field: str, index: int, new: ast.AST) -> None:
    """Put a node in place of what stands in a field, or at an index of its list."""
    value = getattr(node, field)
    if isinstance(value, list):
        value[index] = new
    else:
        setattr(node, field, new)


def _line(node: ast.AST, parent: ast.AST) -> int:
    line: int = getattr(node, "lineno", 0) or getattr(parent, "lineno", 0)
    return line


def _droppable(node: ast.AST, items: list[Any], item: ast.stmt) -> bool:
    if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
        return False  # a docstring
    if isinstance(node, ast.ClassDef) and len(items) == 1:
        return False
    return not isinstance(item, ast.Return | ast.Pass | ast.Raise | ast.Import | ast.ImportFrom | ast.ClassDef)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= LONG else text[: LONG - 3] + "..."


# --- changes ----------------------------------------------------------------------------------------------------------


def _alternatives(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in place of a node."""
    match node:
        case ast.BinOp():
            yield from _of_operation(node)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Attribute(value=value, attr="T"):
            yield value
        case ast.Attribute(attr=attr) if attr in _NEIGHBOURS and field == "func":
            yield ast.Attribute(node.value, _NEIGHBOURS[attr], node.ctx)
        case ast.Name(id="max" | "min" as name) if field == "func":
            yield ast.Name(_NEIGHBOURS[name], node.ctx)
        case ast.Call():
            yield from _of_call(node)
        case ast.Compare():
            yield from _of_comparison(node)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.Constant(value=value) if not (value == 1 and isinstance(parent, ast.UnaryOp)):  # -1: see its minus
            yield from (ast.Constant(v) for v in _other_values(value))
        case ast.Slice():
            yield from _of_slice(node)
        case ast.AugAssign(target=target, op=op, value=value):
            yield ast.Assign([target], value)
            yield from (ast.AugAssign(target, new(), value) for new in _OPERATORS.get(type(op), ()))
        case ast.Return(value=ast.Tuple(elts=items)):
            for i in range(len(items) - 1):
                yield ast.Return(ast.Tuple([*items[:i], items[i + 1], items[i], *items[i + 2 :]], ast.Load()))
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=yes, orelse=no):
            yield ast.IfExp(test, no, yes)
    if _negatable(node, parent, field):
        yield ast.UnaryOp(ast.USub(), node)  # type: ignore[arg-type]
    if _transposable(node, parent, field):
        yield ast.Attribute(node, "T", ast.Load())  # type: ignore[arg-type]


def _of_operation(node: ast.BinOp) -> Iterator[ast.AST]:
    """Another operator, the operands exchanged, either left out."""
    yield from (ast.BinOp(node.left, new(), node.right) for new in _OPERATORS.get(type(node.op), ()))
    if isinstance(node.op, _ORDERED):
        yield ast.BinOp(node.right, node.op, node.left)
    yield node.left
    if not isinstance(node.op, ast.Pow):
        yield node.right


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    """Arguments exchanged, keywords left out or changed, a transpose left out."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    start = 1 if name == "where" else 0
    if name not in _COMMUTATIVE:
        for i in range(start, len(node.args) - 1):
            if ast.dump(node.args[i]) != ast.dump(node.args[i + 1]):
                args = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
                yield ast.Call(node.func, args, node.keywords)
    for i, keyword in enumerate(node.keywords):
        if keyword.arg in {"axis", "keepdims", "size", "dtype", "copy", "ddof"}:
            yield ast.Call(node.func, node.args, [*node.keywords[:i], *node.keywords[i + 1 :]])
        if keyword.arg == "axis":
            for new in _other_axes(keyword.value):
                changed = ast.keyword("axis", new)
                yield ast.Call(node.func, node.args, [*node.keywords[:i], changed, *node.keywords[i + 1 :]])
    if name == "transpose":
        if isinstance(node.func, ast.Attribute) and not node.args:
            yield node.func.value
        elif node.args:
            yield node.args[0]


def _other_axes(node: ast.expr) -> Iterator[ast.expr]:
    """0 and 1 are each other's mistake, and the first axis is the last one's. (1 for 0 comes with the constants.)"""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            yield ast.Constant(0)
            yield ast.UnaryOp(ast.USub(), ast.Constant(2))
        case ast.Constant(value=int(value)) if value > 1:
            yield ast.Constant(0)
        case ast.Tuple(elts=items):
            for i in range(len(items)):
                yield ast.Tuple([*items[:i], *items[i + 1 :]], ast.Load())


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for i, op in enumerate(node.ops):
        for new in _COMPARISONS.get(type(op), ()):
            yield ast.Compare(node.left, [*node.ops[:i], new(), *node.ops[i + 1 :]], node.comparators)


def _other_values(value: Any) -> Iterator[Any]:
    """Another constant: 0 and 1 for each other, a neighbour of what is larger, a small one left out or enlarged."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        kind = type(value)
        if value == 0:
            yield kind(1)
        elif value == 1:
            yield from (kind(0), kind(2))
        elif abs(value) < 0.1:
            yield 0.0
            if abs(value) >= 1e-5:  # a step or a guard that is smaller may as well be ten times as large
                yield value * 10
        else:
            yield from (value - 1, value * 2)


def _of_slice(node: ast.Slice) -> Iterator[ast.AST]:
    """Off by one at either end."""
    one = ast.Constant(1)
    lower = ast.BinOp(node.lower, ast.Add(), one) if node.lower else one
    yield ast.Slice(lower, node.upper, node.step)
    upper = ast.BinOp(node.upper, ast.Sub(), one) if node.upper else ast.UnaryOp(ast.USub(), one)
    yield ast.Slice(node.lower, upper, node.step)


def _negatable(node: ast.AST, parent: ast.AST, field: str) -> bool:
    """Whether a minus may be added: before what is assigned or returned, once."""
    if not isinstance(node, ast.BinOp | ast.Call | ast.Name):
        return False
    if isinstance(parent, ast.Assign | ast.AugAssign) and field == "value":
        return not isinstance(node, ast.Name)
    item = isinstance(parent, ast.Tuple) and not isinstance(node, ast.Name)
    return item or isinstance(parent, ast.Return | ast.Lambda)


def _transposable(node: ast.AST, parent: ast.AST, field: str) -> bool:
    """Whether a transpose may be added: to a factor of a matrix product that has none."""
    if not isinstance(node, ast.expr) or (isinstance(node, ast.Attribute) and node.attr == "T"):
        return False
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, ast.MatMult)
    named = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _PRODUCTS
    return named and field == "args"
