"""Loading is forgiving: what costs a statement, what costs a cell, what is kept, and what is said about it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.sandbox.magics import neutralise
from tests.sandbox.conftest import Asker

F = "def f():\n    return 1\n"


@pytest.fixture(scope="module")
def load(none_wall):
    """Loads a file, or a notebook's cells, in a box of its own."""
    boxes = []

    def run(*sources, **options):
        box = none_wall.open()
        boxes.append(box)
        asker = Asker(box)
        asker.loaded = asker.load(*sources, **options)
        asker.kinds = [note.kind for note in asker.loaded.notes]
        asker.names = {definition.name for definition in asker.loaded.definitions}
        return asker

    yield run
    for box in boxes:
        box.__exit__()


# What stands at the top level, and the notes that it leaves. `f` is defined after it, and has to be there.
PASSED_OVER = {
    "nothing odd": ("x = 1", []),
    "raises": ("1 / 0", ["raised"]),
    "raises in the middle": ("a = 1\nb = nothing\nc = a", ["raised"]),
    "missing file": ("open('data.csv')", ["raised"]),
    "missing data": ("import numpy as np\nnp.load('train.npy')", ["raised"]),
    "keyboard interrupt": ("raise KeyboardInterrupt", ["raised"]),
    "base exception": ("raise BaseException('x')", ["raised"]),
    "generator exit": ("raise GeneratorExit", ["raised"]),
    "group": ("raise ExceptionGroup('two', [ValueError(), TypeError()])", ["raised"]),
    "hostile message": ("class E(Exception):\n    def __str__(self): raise SystemExit\nraise E", ["raised"]),
    "assertion": ("assert 1 == 2", ["raised"]),
    "recursion": ("def g(): g()\ng()", ["raised"]),
    "input": ("name = input('who? ')\nassert name == ''", ["input"]),
    "main block": ("if __name__ == '__main__':\n    raise SystemExit", []),
    "plots": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.rcParams['a'] = 1\nplt.show()",
        ["stand-in"],
    ),
    "grid of plots": (
        "import matplotlib.pyplot as plt\nfig, (a, b) = plt.subplots(1, 2)\nfirst, *rest = plt.x()",
        ["stand-in"],
    ),
    "star import": ("from utils import *\nfrom .helpers import g\nfrom ..up import h", ["stand-in"] * 3),
    "relative": ("from . import helpers\nfrom .a.b import *\nfrom .math import c\nhelpers.x()", ["stand-in"] * 3),
    "submodules": (
        "import scipy.special\nimport torch.nn.functional as F\nfrom sklearn.datasets import load_iris",
        ["stand-in"] * 3,
    ),
    "data of a stand-in": ("from sklearn.datasets import load_iris\nX, y = load_iris(return_X_y=True)", ["stand-in"]),
    "loop over a stand-in": (
        "from torch.utils import data\nfor x in data.DataLoader(): raise ValueError",
        ["stand-in", "raised"],
    ),
    "loop over pictures": (
        "import matplotlib.pyplot as plt\nfor i, ax in enumerate(plt.axes): raise ValueError\nassert len(plt.x) == 0",
        ["stand-in"],
    ),
    "length of a stand-in": ("import data\nfor i in range(len(data.x)): raise ValueError", ["stand-in", "raised"]),
    "context of a stand-in": ("import torch\nwith torch.no_grad() as g:\n    pass", ["stand-in"]),
    "class of a stand-in": (
        "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\nNet()",
        ["stand-in"],
    ),
    "two bases": ("import a, b\nclass C(a.X, b.Y): pass", ["stand-in", "stand-in"]),
    "condition on a stand-in": (
        "import torch\nd = 'cuda' if torch.cuda.is_available() else 'cpu'\nassert d == 'cpu'",
        ["stand-in"],
    ),
    "formatted stand-in": ("import torch\nprint(f'{torch.x:.3f}', torch)", ["stand-in"]),
    "number of a stand-in": ("import torch\ntorch.tensor(1) + 1", ["stand-in", "raised"]),
    "array of a stand-in": ("import torch, numpy as np\nnp.sum(torch.tensor(1))", ["stand-in", "raised"]),
    "top-level await": ("import asyncio\nawait asyncio.sleep(0)", ["syntax"]),
    "return outside": ("return 3", ["syntax"]),
    "dataclass": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: float\nP(1.0)", []),
    "future": ("from __future__ import annotations\ndef g(x: Nothing): pass", []),
    "own module": ("import submission", []),
    "file": ("import os\nassert os.path.basename(__file__) == 'submission.py'", []),
    "old names": (
        "import numpy as np\nx = np.zeros(3, dtype=np.float)\nfor i in xrange(3): pass\nassert np.Inf > 0",
        [],
    ),
    "ipython": ("get_ipython().run_line_magic('matplotlib', 'inline')\ndisplay(3)", []),
    "ipython import": ("from IPython.display import Image, clear_output\nclear_output()", ["stand-in"]),
    "closing": ("import sys\nsys.stdout.close()\nprint('x')", []),
    "deleted builtins": ("import builtins\ndel builtins.print\nprint('x')", ["raised"]),
    "chinese": ("变量 = 1\ndef 函数(输入): return 输入", []),
    "lone surrogate": ("x = '\udc80'", []),
}


@pytest.mark.parametrize(("source", "kinds"), PASSED_OVER.values(), ids=list(PASSED_OVER))
def test_the_rest_of_a_file_is_kept(load, source, kinds):
    """A statement costs itself at most; what follows is there and works."""
    asker = load(f"{source}\n{F}")
    assert asker.kinds == kinds
    assert asker.value("f") == 1


# Cells of notebook syntax, the names that they define, and the notes that they leave.
NOTEBOOK = {
    "line magic": ("%matplotlib inline\ndef g(): pass", {"g"}, ["magic"]),
    "time": ("%%time\ndef g(): pass", {"g"}, ["magic"]),
    "timed statement": ("%time g = lambda: 0", {"g"}, ["magic"]),
    "capture": ("%%capture out\ndef g(): pass", {"g"}, ["magic"]),
    "bash": ("%%bash\nrm -rf /\ndef g(): pass", set(), ["magic"]),
    "writefile": ("%%writefile x.py\ndef g(): pass", set(), ["magic"]),
    "html": ("%%html\n<b>bold</b>", set(), ["magic"]),
    "shell": ("!pip install numpy \\\n  scipy\ndef g(): pass", {"g"}, ["magic"]),
    "help": ("np.dot?\n?np.dot\nnp.dot??\ndef g(): pass", {"g"}, ["magic"] * 3),
    "assigned": ("files = !ls\nwho = %who\ng = lambda: files", {"g"}, ["magic"] * 2),
    "indented": ("if True:\n    !ls\n    def g(): pass\nfor i in []:\n    %time", {"g"}, ["magic"] * 2),
    "modulo goes on": ("x = (7\n%3)\n!ls\ny = 7 \\\n% 3\ng = lambda: (x, y)", {"g"}, ["magic"]),
    "in a string": ('t = """\n!not a shell\n%not a magic\n"""\n!ls\ng = lambda: t', {"g"}, ["magic"]),
    "valid as it is": ("x = 5\ng = lambda: x\\\n%3", {"g"}, []),
    "broken besides": ("!ls\ndef g(: pass", set(), ["magic", "syntax"]),
}


@pytest.mark.parametrize(("cell", "names", "kinds"), NOTEBOOK.values(), ids=list(NOTEBOOK))
def test_notebook_syntax_is_passed_over(load, cell, names, kinds):
    """Magics, shell escapes and help cost their own line, a foreign cell costs itself."""
    asker = load(cell, F)
    assert (asker.names - {"f"}, asker.kinds) == (names, kinds)
    assert asker.value("f") == 1


def test_strings_that_look_like_magic_keep_their_text(load):
    """Only lines that begin a statement are touched."""
    asker = load(NOTEBOOK["in a string"][0], F)
    assert asker.value("g") == "\n!not a shell\n%not a magic\n"
    asker = load(NOTEBOOK["modulo goes on"][0], F)
    assert asker.value("g") == (1, 1)


def test_places_are_told_by_cell_and_line(load):
    """Definitions, notes and failures say where."""
    asker = load("x = 1", "\n%who\n1/0\ndef g():\n    return None + 1\n")
    assert [note.where for note in asker.loaded.notes] == ["cell 2, line 2", "cell 2, line 3"]
    assert asker.loaded.definitions[0].where == "cell 2, line 4"
    outcome = asker.call("g")
    assert outcome.error.where == "cell 2, line 5"
    assert outcome.error.trace == "cell 2, line 5, in g\n    return None + 1"


BROKEN = '''
import numpy as np

def before(x):
    """Text
at the margin.
"""
    return x

def broken(x:
    return x +

@staticmethod
def after(x):
    return np.exp(x)

print "Python 2"

class C:
    def m(self): return 3
'''


def test_a_broken_function_costs_itself(load):
    """Of a file that does not parse, the pieces that do are kept, and the error is told with its line."""
    asker = load(BROKEN)
    assert asker.names == {"before", "after", "C"}
    assert [(note.kind, note.where) for note in asker.loaded.notes] == [("python2", "line 17"), ("syntax", "line 10")]
    assert {d.name: d.where for d in asker.loaded.definitions}["after"] == "line 14"


def test_lines_are_counted_as_python_counts_them(load):
    """A page break, or a line separator in a string, ends no line: what is mended around it stays where it is."""
    asker = load("\f\n%time f()\nx = 'a\u2028b\x1cc'\ndef f(): return x\ndef broken(:\n")
    assert {d.name: d.where for d in asker.loaded.definitions} == {"f": "line 4"}
    assert [(note.kind, note.where) for note in asker.loaded.notes][:2] == [("magic", "line 2"), ("syntax", "line 5")]
    assert asker.value("f") == "a\u2028b\x1cc"


@pytest.mark.parametrize("definitions_only", [False, True])
def test_a_chain_of_elif_that_is_longer_than_the_stack_is_deep(load, definitions_only):
    """It costs at most itself, and what follows is there."""
    chain = "if 0: pass\n" + "elif 0: pass\n" * 1_200
    asker = load(chain + "def f(): return 1\n", definitions_only=definitions_only)
    assert asker.value("f") == 1


@pytest.mark.parametrize("line", ["a?", "a ", "a = b "])
def test_a_long_blank_costs_no_more_than_its_length(line):
    """White space in a line that is nearly a magic is read once."""
    source = line + " " * 300_000 + "b"
    assert neutralise(source)[0] == source + "\n"


@pytest.mark.parametrize(
    "source",
    [
        "x = '" + "a" * (1 << 20) + "'",
        "f(" * 5_000,
        "-" * 200_000 + "1",
        "x = \0",
        "x" + ".y" * 100_000,
        "1" + "0" * 5000,
    ],
    ids=["over 1 MiB", "nested calls", "nested minus", "null byte", "nested attributes", "huge number"],
)
def test_sources_made_to_break_a_parser(load, source):
    """They cost their cell."""
    asker = load(source, F)
    assert asker.names == {"f"}
    assert asker.kinds
    assert asker.value("f") == 1


def test_exit_keeps_what_is_defined(load):
    """sys.exit ends the loading; what stood before it is there."""
    for leave in ("import sys\nsys.exit(0)", "exit()", "quit()", "raise SystemExit"):
        asker = load(f"{F}{leave}\ndef g(): pass\n")
        assert (asker.names, asker.kinds[-1]) == ({"f"}, "exit")


def test_a_slow_statement_is_interrupted(load):
    """It is passed over after its time, and so is what swallows an interruption once."""
    source = "import time\ntime.sleep(60)\ntry:\n    time.sleep(60)\nexcept BaseException:\n    time.sleep(60)\n"
    asker = load(source + F)
    assert asker.kinds == ["slow", "slow"]
    assert asker.value("f") == 1


def test_slow_statements_do_not_add_up(none_wall):
    """A notebook that trains in many cells loads in the time of a few statements."""
    from grader.sandbox import Limits
    from grader.sandbox.none_wall import NoneWall

    with NoneWall(Limits()) as wall, wall.open() as box:
        loaded = Asker(box).load(*["while True: pass"] * 8, F)
        assert loaded.seconds < 9
        assert [note.kind for note in loaded.notes].count("skipped") >= 4
        assert loaded.definitions[0].name == "f"


def test_definitions_only(load):
    """Imports, definitions and assignments that call nothing of the submission's own run; the rest is noted."""
    source = (
        "import numpy as np\ntry:\n    import os\nexcept ImportError:\n    os = None\n"
        "EPS = 1e-8\nW = np.zeros((2, 2))\nfor i in range(3): pass\nprint('no')\n"
        "def f():\n    return EPS + W.sum()\nparameters = f()\ng = lambda: 3\n"
    )
    asker = load(source, definitions_only=True)
    assert asker.kinds == ["skipped"] * 3
    assert asker.names == {"f", "g"}
    assert asker.value("f") == 1e-8
    assert asker.loaded.output.stdout == ""


DEFINED = {
    "function": ("def g(a, b=2, *c, d=4, **e): pass", ("function", ("a", "b", "*c"))),
    "class": ("class g:\n    def __init__(self, data, _children=()): pass", ("class", ("data", "_children"))),
    "bare class": ("class g: pass", ("class", ())),
    "lambda": ("g = lambda x: x", ("function", ("x",))),
    "alias": ("def h(u, v): pass\ng = h", ("function", ("u", "v"))),
    "partial": ("from functools import partial\ndef h(u, v): pass\ng = partial(h, 1)", ("function", ("v",))),
    "wrapped": ("import functools\n@functools.lru_cache\ndef g(u): pass", ("function", ("u",))),
    "builtin": ("import numpy as np\ng = np.exp", ("function", None)),
    "hostile": (
        "class H:\n    __signature__ = property(lambda s: 1/0)\n    def __call__(self): pass\ng = H()",
        ("function", None),
    ),
    "in a condition": ("if True:\n    def g(q): pass", ("function", ("q",))),
    "last one wins": ("def g(first): pass\ndef g(second): pass", ("function", ("second",))),
    "by exec": ("exec('def g(z): pass')", ("function", ("z",))),
    "decorated by a stand-in": ("from numba import njit\n@njit\ndef g(x): return x", ("function", ("x",))),
    "decorated by a call": ("import numba\n@numba.jit(nopython=True)\ndef g(x): return x", ("function", ("x",))),
    "static": ("class g:\n    @staticmethod\n    def m(): pass", ("class", ())),
}


@pytest.mark.parametrize(("source", "expected"), DEFINED.values(), ids=list(DEFINED))
def test_what_counts_as_defined(load, source, expected):
    """Functions and classes that the source binds, with the names of their positional parameters."""
    asker = load(source)
    (definition,) = [each for each in asker.loaded.definitions if each.name == "g"]
    kind, parameters = expected
    assert definition.kind == kind
    if parameters is not None:
        assert definition.parameters == parameters
    assert definition.where.startswith("line") or "exec" in source


def test_what_is_imported_is_not_defined(load):
    """Neither libraries' functions nor stand-ins nor numbers."""
    asker = load("from numpy import exp\nfrom math import *\nimport torch\nsoftmax = torch.softmax\nx = 3\n" + F)
    assert asker.names == {"f"}


def test_stand_ins_name_their_module_where_a_number_is_wanted(load):
    """A call that needs an absent module says so, and the outcome lists it."""
    asker = load(
        "import scipy.special\n"
        "def g(x):\n    return scipy.special.expit(x) * 2\n"
        "def h(x):\n    return scipy.special.expit(x)\n"
        "def k(x):\n    import jax\n    return jax.grad(lambda y: y)(x)\n"
    )
    outcome = asker.call("g", 1.0)
    assert outcome.error.type == "ImportError"
    assert outcome.error.message == "scipy.special is not available here: only numpy and the standard library are"
    assert outcome.uses == ("scipy.special",)
    outcome = asker.call("h", 1.0)
    assert (outcome.value.type, outcome.value.why) == (
        "stand-in",
        "scipy.special is not available here: only numpy and the standard library are",
    )
    assert asker.call("k", 1.0).uses == ("jax",)


def test_warnings_are_told_once_each(load):
    """Distinct texts, at most five, of numpy's too and of names that numpy has dropped."""
    asker = load(
        "import numpy as np, warnings\nwarnings.filterwarnings('ignore')\n"
        "def g(x):\n    for _ in range(9): np.log(x)\n    return np.float(1)\n"
        "def h():\n    for i in range(9): warnings.warn(str(i))\n"
    )
    outcome = asker.call("g", np.zeros(2))
    assert outcome.warnings == (
        "RuntimeWarning: divide by zero encountered in log",
        "DeprecationWarning: np.float was dropped from numpy",
    )
    assert asker.call("g", np.zeros(2)).warnings == outcome.warnings
    assert len(asker.call("h").warnings) == 5


FAILURES = {
    "exit": ("import sys; sys.exit(3)", "SystemExit", "3"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
    "hostile text": ("raise E", "E", "(its message can't be shown)"),
    "recursion": ("return f(x)", "RecursionError", None),
    "long": ("raise ValueError('a' * 10**6)", "ValueError", "a" * 1999 + "…"),
    "surrogate": ("raise ValueError('\\udc80')", "ValueError", "\\udc80"),
    "stop": ("raise StopIteration", "StopIteration", ""),
    "group": ("raise ExceptionGroup('g', [ValueError('v')])", "ExceptionGroup", "g (1 sub-exception)"),
}


@pytest.mark.parametrize(("body", "kind", "message"), FAILURES.values(), ids=list(FAILURES))
def test_exceptions_of_every_kind(load, body, kind, message):
    """Each is a failure with type, capped message and place; the next call is answered."""
    asker = load(
        f"class E(Exception):\n    def __str__(self): raise SystemExit\ndef f(x):\n    {body}\ndef g(): return 1\n"
    )
    outcome = asker.call("f", 1.0)
    assert outcome.error.type == kind
    assert outcome.error.where == "line 4"
    assert len(outcome.error.trace) <= 4_000
    if message is not None:
        assert outcome.error.message == message
    assert asker.value("g") == 1


def test_a_name_that_is_not_there(load):
    """Asking for it is an outcome like any other."""
    asker = load("x = 3")
    assert asker.call("f").error.type == "NameError"
    assert asker.call("x").error.type == "TypeError"
