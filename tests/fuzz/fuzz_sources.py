"""Readers of source: Python files and notebooks outside the box, and what the box makes of the text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import fuzz_building as building
from fuzz_reader import Reader, promise
from hypothesis import strategies as st

from grader.errors import Unreadable
from grader.sandbox import box, loader, wire
from grader.sandbox.magics import neutralise
from grader.sandbox.python2 import modernise
from grader.source import CELL_LIMIT, NOTEBOOK_LIMIT, SOURCE_LIMIT, Kind, read_source

ROOT: Final = Path(__file__).resolve().parents[2]
MOST: Final = 1 << 14
"""Bytes of a sample: mutants of long ones cost much and show little more."""


def read_python(data: bytes) -> bool:
    """A `.py` file as it is handed in, then as it is sent to the box."""
    return _read(data, "python")


def read_notebook(data: bytes) -> bool:
    """A notebook."""
    return _read(data, "notebook")


def _read(data: bytes, kind: Kind) -> bool:
    try:
        found = read_source(data, kind, "ada.py")
    except Unreadable as error:
        promise(str(error), "a reason")
        return False
    promise(all(isinstance(remark, str) and remark for remark in found.remarks), "remarks of text")
    for cell in found.cells:
        promise("\0" not in cell.source, "no NUL in a cell")
        promise("\r" not in cell.source, "a line feed for every line ending")
    fitting, _ = box._fit(found.cells)
    promise(len(fitting) == len(found.cells), "every cell is sent")
    wire.encode(wire.Load(fitting))
    return True


# --- in the box -------------------------------------------------------------------------------------------------------


def read_statements(data: bytes) -> bool:
    """A source as the box loads it, all but running it."""
    try:
        cells = read_source(data, "python", "ada.py").cells
    except Unreadable:
        return False
    whole, finders, argv = True, list(sys.meta_path), sys.argv
    try:
        for definitions_only in (False, True):
            loading = loader.Loader()
            definitions, notes = loading.load(wire.Load(cells, definitions_only))
            promise(len(notes) <= loader.MAX_NOTES, "few notes")
            lines = sum(cell.source.count("\n") for cell in cells) + 1
            for note in notes:
                number = note.where.rpartition("line ")[2]
                promise(number.isdigit() and 1 <= int(number) <= lines, "a line of the source")
            wire.encode(wire.Loaded(definitions, notes, 0.0))
            whole = whole and not any(note.kind == "syntax" for note in notes)
    finally:
        sys.meta_path[:], sys.argv = finders, argv
    for cell in cells:
        for mend in (neutralise, modernise):
            mended, _ = mend(cell.source)
            promise(mended.rstrip("\n").count("\n") <= cell.source.count("\n"), f"{mend.__name__} keeps line numbers")
    return whole


def run_nothing() -> None:
    """Lets the loader do everything but run a statement."""
    loader.exec = lambda *_: None  # type: ignore[attr-defined]


# --- samples ----------------------------------------------------------------------------------------------------------

OLD: Final = """\
import numpy as np
%matplotlib inline
!pip install numpy
x = !ls
def softmax(x, y):
\tprint "the shape is", x.shape
\tprint >>f, x
        \tif x <> 0xFFL: raise ValueError, "no"
\ttry: exec code in {}
\texcept (A, B), e: print `e`
%%time
softmax?
?softmax
def broken(:
    return 1
class A: pass
"""


@cache
def python_samples() -> Sequence[bytes]:
    """Files of the example class, stubs, and the zoo's, and odd ones."""
    found = [*ROOT.glob("examples/class/**/*.py"), *ROOT.glob("assignments/*/stub.py"), *ROOT.glob("tests/zoo/*/*.py")]
    samples = [path.read_bytes() for path in sorted(found)[::3]]
    samples = [data for data in samples if 0 < len(data) <= MOST]
    text = samples[0].decode()
    odd = [
        OLD.encode(),
        text.encode("utf-16"),
        text.encode("utf-32-be"),
        b"# coding: gb18030\n" + "x = '李雷'\n".encode("gb18030"),
    ]
    odd += [b"# -*- coding: latin-1 -*-\n" + "é = 1\n".encode("latin-1"), "x = '“quotes”'\n".encode("cp1252")]
    odd += [b"\f\nimport numpy\n\x0c\ndef f():\n\treturn 1\n", "s = 'a\u2028b\x85c'\n%time f()\n".encode()]
    return [*samples, *odd]


@cache
def graded_samples() -> Sequence[bytes]:
    """Files that are run when they are read: students' own of the example class, and right ones."""
    found = [*ROOT.glob("examples/class/**/*.py"), *ROOT.glob("tests/zoo/s*/right*.py")]
    return [data for data in (path.read_bytes() for path in sorted(found)) if 0 < len(data) <= MOST]


@cache
def notebook_samples() -> Sequence[bytes]:
    """Notebooks of the example class, also as older formats have them, in other encodings, and damaged."""
    whole = [path.read_bytes() for path in sorted(ROOT.glob("examples/class/**/*.ipynb"))]
    found = [data for data in whole if len(data) <= MOST]
    for data in list(found):
        notebook = json.loads(data)
        for cell in notebook["cells"]:
            cell["input"] = "".join(cell["source"]).splitlines()
        older = {"nbformat": 3, "worksheets": [{"cells": notebook["cells"]}], "metadata": {"name": "ä"}}
        found += [json.dumps(older).encode(), json.dumps(notebook, ensure_ascii=False).encode("utf-16")]
        found += [data.replace(b'"metadata"', b'"metadata": NaN, "x"'), data[: len(data) // 2], b"\xef\xbb\xbf" + data]
    small = {"nbformat": 4, "metadata": {"kernelspec": {"name": "python3", "language": "python"}}}
    cells = [
        {"cell_type": "code", "source": ["import numpy as np\n", "x = 1"], "outputs": [], "metadata": {}},
        {"cell_type": "code", "source": "%%bash\nls", "execution_count": None},
        {"cell_type": "code", "input": "y = '\ud83d'", "language": "python"},
        {"cell_type": "markdown", "source": "# title"},
    ]
    return [
        *found,
        json.dumps(small | {"cells": cells}).encode(),
        json.dumps(small | {"cells": cells}, indent=1).encode(),
    ]


# --- built ------------------------------------------------------------------------------------------------------------

line = st.sampled_from((
    "import numpy as np", "from ..utils import *", "from __future__ import division", "x = 1", "x = !ls -l \\", "%time f()",
    "%%time", "!ls", "?x", "x??", "def f(x):", "    return x", "\treturn x", "@njit", "class A(object):", "  pass",
    "if x:", "elif y:", "else:", "try:", "except E, e:", "raise E, 'm', tb", "print 'a', b,", "print >>f, x", "exec 'a' in b",
    "x = (1,", "]", "'''", '"""', "s = 'a\u2028b'", "s = r'\\", "\f", "\x1c", "a <> b", "0777L", "lambda: (yield)", "async def g():",
    "return", "await x", "x: int = 3", "match x:", "  case _:", "print", "f'{x!r:{y}}'", "f'{", "raise NotImplemented", "\\",
    "while True: pass", "with a as b, c as d:", "del x", "global x", "nonlocal y", "*a, b = c", "x = yield", "π = 3", "# x",
))  # fmt: skip
python = st.lists(st.one_of(line, line, building.text), max_size=14).map(
    lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")
)
source = st.one_of(
    st.lists(line, max_size=4), line, st.lists(building.text, max_size=3), st.none(), building.json_values
)
cell = st.one_of(
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(("code", "code", "code", "markdown", "raw", ""))},
        optional={
            "source": source,
            "input": source,
            "language": st.sampled_from(("python", "PYTHON", "julia", "", 3)),
            "outputs": building.json_values,
            "metadata": building.json_values,
        },
    ),
    st.fixed_dictionaries({"cell_type": st.just("code"), "source": line}),
    building.json_values,
)
language = st.one_of(
    st.fixed_dictionaries({}, optional={"name": building.text, "language": building.text}), building.json_values
)
notebook = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.one_of(st.lists(cell, max_size=5), st.lists(cell, max_size=5), building.json_values),
        "worksheets": st.lists(
            st.one_of(st.fixed_dictionaries({"cells": st.lists(cell, max_size=3)}), building.json_values), max_size=2
        ),
        "metadata": st.one_of(
            st.just({}), st.fixed_dictionaries({}, optional={"kernelspec": language, "language_info": language})
        ),
        "nbformat": building.numbers,
    },
)
encodings = st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-le", "utf-16-be"))


def _notebook_bytes(found: Any, encoding: str, ascii_only: bool) -> bytes:
    return json.dumps(found, ensure_ascii=ascii_only).encode(encoding, "surrogatepass")


notebooks = st.builds(_notebook_bytes, notebook, encodings, st.booleans())


# --- at the limits ----------------------------------------------------------------------------------------------------


def times(piece: str, size: int = SOURCE_LIMIT, end: str = "") -> Callable[[], bytes]:
    """A source of one piece again and again."""
    return lambda: bytes(piece * (size // len(piece.encode())) + end, "utf-8")


def a_notebook(cells: Callable[[], str]) -> Callable[[], bytes]:
    """A notebook of these cells."""
    return lambda: bytes('{"cells": [' + cells() + '], "metadata": {}}', "utf-8")


def code(source: str) -> str:
    """A cell."""
    return json.dumps({"cell_type": "code", "source": source})


PYTHON_EXTREMES: Final = {
    "euros": lambda: b"\x80" * SOURCE_LIMIT,
    "utf16": lambda: b"\xff\xfe" + "㐀".encode("utf-16-le") * (SOURCE_LIMIT // 2 - 2),
    "nul": lambda: (b"x = 1\n" * 20 + b"\0") * 8000,
    "comments": times("<!--"),
    "coding": lambda: b"#" + b"coding" * 300 + b"\n",
    "spaces": times(" "),
    "notebook": lambda: b'{"cells": ' + b"[" * 200_000,
}
NOTEBOOK_EXTREMES: Final = {
    "nested": lambda: b'{"cells": ' + b"[" * 1_000_000,
    "nested-metadata": lambda: b'{"cells": [], "metadata": ' + b'{"a":' * 200_000,
    "nested-output": lambda: b'{"cells": [{"cell_type": "code", "source": "x", "outputs": ' + b"[" * 200_000,
    "nested-sound": lambda: b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "cells": []}',
    "tiny-cells": a_notebook(lambda: ",".join([code("x")] * CELL_LIMIT)),
    "many-cells": a_notebook(lambda: ",".join(['{"cell_type": "raw"}'] * 1_000_000)),
    "bad-cells": a_notebook(lambda: ",".join(["1"] * 1_900_000)),
    "malformed": a_notebook(lambda: ",".join(['{"cell_type": NaN}'] * 400_000)),
    "outputs": a_notebook(lambda: code("x") + ', {"cell_type": "markdown", "source": "' + "A" * (30 << 20) + '"}'),
    "long-lists": a_notebook(lambda: '{"cell_type": "code", "source": [' + ",".join(['""'] * 2_000_000) + "]}"),
    "escapes": a_notebook(lambda: '{"cell_type": "code", "source": "' + "\\u4e00" * (1 << 18) + '"}'),
    "digits": lambda: b'{"cells": [], "nbformat": ' + b"1" * (NOTEBOOK_LIMIT - 100) + b', "x": NaN}',
    "keys": lambda: b"{" + b'"a": 1,' * 2_000_000 + b'"cells": []}',
    "broken": lambda: b'{"cells": [' + b'{"cell_type": "code", "source": "x"},' * 500_000,
    "utf16": lambda: ('{"cells": [' + code("x") + ', "' + "é" * (14 << 20) + '"]}').encode("utf-16"),
}
STATEMENT_EXTREMES: Final = {
    "round": times("("),
    "square": times("["),
    "curly": times("{"),
    "unary": times("-", end="1"),
    "not": times("not ", end="1"),
    "dots": times("x."),
    "sum": times("+1"),
    "calls": times("f("),
    "lambdas": times("lambda:"),
    "strings": times("'' "),
    "quotes": times('"""'),
    "backslashes": times("\\\n"),
    "semicolons": times("x;"),
    "lines": times("x\n"),
    "at": times("@x\n"),
    "indents": lambda: b"".join(b" " * i + b"if x:\n" for i in range(1400)),
    "elifs": lambda: b"if x: pass\n" + b"elif x: pass\n" * 60_000,
    "else-ifs": lambda: b"if x: pass\n" + b"elif x: pass\n" * 1500,
    "tries": lambda: b"".join(b" " * i + b"try:\n" for i in range(1400)),
    "magic-round": times("%x\n", end="(" * 1000),
    "magic-tail": lambda: b"%time\n" + b"a" * (SOURCE_LIMIT - 100),
    "help": lambda: b"x " + b"%" * 200_000 + b"\n(",
    "help-blank": lambda: b"a?" + b" " * 900_000 + b"b\n",
    "assigned-blank": lambda: b"a" + b" " * 900_000 + b"b\n",
    "assigned": lambda: b"a " * 200_000 + b"b\n)",
    "assigned-lines": lambda: (b"a" + b" " * 1000 + b"b\n") * 900 + b")",
    "blank-magic": lambda: b"%" + b" " * (SOURCE_LIMIT - 10),
    "prints": times("print 1\n", 1 << 17),
    "print-long": lambda: b"print " + b"1, " * 200_000 + b"1",
    "print-deep": lambda: b"print " + b"(" * 3000,
    "print-statements": lambda: b"print 1; " * 20_000,
    "colons": lambda: b"print x" + b":" * 200_000,
    "raise": lambda: b"raise E" + b", a" * 100_000,
    "not-equal": lambda: b"x" + b" <> 1" * 50_000,
    "longs": lambda: b"print [" + b"1L, " * 50_000 + b"]",
    "open-bracket": lambda: b"x = (\n" + b"print 1\n" * 50_000,
    "open-string": lambda: b'"""\n' + b"print 1\n" * 50_000,
    "salvage": lambda: (b"def f(x):\n" + b"    return x\n" * 30) * 2000 + b"def broken(:\n",
    "salvage-all": lambda: b"def f(:\n    return\n" * 20_000,
    "salvage-long": lambda: (b"x = (\n" + b"y = 1\n" * 400) * 200,
    "functions": lambda: b"".join(b"def f%d(): pass\n" % i for i in range(50_000)),
    "decorated": lambda: b"@x\n" * 100_000 + b"def f(): pass\n",
    "targets": lambda: b"a = " * 100_000 + b"1",
    "stars": lambda: b"*" * SOURCE_LIMIT,
    "f-string": lambda: b"f'" + b"{x:" * 100_000,
    "nul-escapes": times("'\\N{"),
    "digits": lambda: b"x = " + b"9" * 1_000_000,
    "names": times("é"),
}

READERS: Final = (
    Reader("python", read_python, python, python_samples, PYTHON_EXTREMES),
    Reader("notebook", read_notebook, notebooks, notebook_samples, NOTEBOOK_EXTREMES),
    Reader(
        "statements",
        read_statements,
        python,
        python_samples,
        STATEMENT_EXTREMES,
        prepare=run_nothing,
        daily=700,
        every_day=False,  # Python's own parser takes seconds for each
        strict=False,  # the box keeps what Python's parser warns of
        memory_mib=256,
    ),
)
