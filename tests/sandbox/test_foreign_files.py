"""Files of other courses as they are: what they import, what they print, and what the course hands out beside them."""

from __future__ import annotations

import numpy as np
import pytest

from grader.sandbox import python2, wire
from tests.sandbox.conftest import Asker

XRANGE = "DeprecationWarning: xrange is Python 2's: Python 3 has range"


@pytest.fixture
def load(none_wall):
    """Loads a file, or a notebook's cells, in a box."""
    with none_wall.open() as box:
        asker = Asker(box)

        def run(*sources, **options):
            asker.loaded = asker.load(*sources, **options)
            asker.kinds = [note.kind for note in asker.loaded.notes]
            asker.names = {definition.name for definition in asker.loaded.definitions}
            return asker

        yield run


# --- imports ----------------------------------------------------------------------------------------------------------

LOOPS = {
    "builtins": "from builtins import range, object",
    "xrange": "range = xrange",
    "past": "from past.builtins import xrange as range",
    "past list": "from past.builtins import range",
    "six": "from six.moves import xrange as range, cPickle",
    "six module": "import six\nrange = six.moves.xrange",
    "future": "from future.builtins import range\nfrom future import standard_library\nstandard_library.install_aliases()",
    "tqdm": "from tqdm import tqdm\n_r = range\nrange = lambda *a: tqdm(_r(*a), desc='epochs')",
    "trange": "from tqdm.notebook import trange as range",
    "tqdm by hand": "import tqdm\n_r = range\ndef range(n):\n    with tqdm.tqdm(total=n) as bar:\n        bar.update(1)\n        yield from tqdm.tqdm_notebook(_r(n))",
    "prange": "from numba import njit, prange as range",
    "zip": "from itertools import izip\nrange = lambda n: [a for a, b in izip(np.arange(n), np.arange(n))]",
}


@pytest.mark.parametrize("line", LOOPS.values(), ids=list(LOOPS))
def test_a_loop_by_another_name_is_the_loop(load, line):
    """Whichever module lends its range, a loop over it runs as often as it should."""
    asker = load(
        f"import numpy as np\n{line}\ndef f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
    )
    assert asker.value("f", 5) == 10


def test_xrange_is_a_remark(load):
    """The call works and is warned of, imported or not."""
    for line in ("", "from past.builtins import xrange\n", "from six.moves import xrange\n"):
        assert load(f"{line}def f():\n    return len(xrange(3))\n").call("f").warnings == (XRANGE,)


def test_a_loop_over_what_is_absent_raises(load):
    """It names the module, in place of returning what an empty loop would."""
    asker = load(
        "from loaders import batches\ndef f():\n    total = 0\n    for x in batches(3):\n        total += 1\n    return total\n"
    )
    outcome = asker.call("f")
    assert (outcome.error.type, outcome.uses) == ("ImportError", ("loaders",))


COURSE_FILE = '''
from __future__ import print_function, division
from builtins import range
from past.builtins import xrange
import numpy as np
import cPickle as pickle
from cs999n.data_utils import get_DATA10, load_pictures
from cs999n.im2col import *
from .fast_layers import *
from ..gradient_check import eval_numerical_gradient
from .layers.common import helper
try:
    from .im2col_cython import col2im
except ImportError:
    print("run setup.py")
import matplotlib.pyplot as plt

plt.rcParams["figure.figsize"] = (10.0, 8.0)
data = get_DATA10()
for k, v in data.items():
    print("%s: " % k, v.shape)
X_train = data["X_train"][:500].reshape(500, -1)
print(X_train.shape)

def scale_forward(x, w):
    """Scales."""
    out = None
    out = np.zeros(x.shape, dtype=np.float)
    for i in xrange(x.shape[0]):
        out[i] = x[i] * w
    cache = (x, w)
    return out, cache

model = TwoLayerNet(50, 10)
losses = [model.loss(X_train[i]) for i in range(100)]
fig, axes = plt.subplots(3, 3)
for ax, image in zip(axes.flatten(), X_train):
    ax.imshow(image.astype("uint8"))
'''


def test_a_course_file_loads_as_it_is(load):
    """Imports of the course's own package, data that is not there and plots cost nothing that is judged."""
    asker = load(COURSE_FILE)
    assert asker.names == {"scale_forward"}
    out, _ = asker.value("scale_forward", np.ones((2, 2)), 3.0)
    assert out.tolist() == [[3.0, 3.0], [3.0, 3.0]]
    modules = [n.message for n in asker.loaded.notes if n.kind == "stand-in"]
    assert modules == [
        "past",
        "cPickle",
        "cs999n",
        "fast_layers",
        "gradient_check",
        "layers",
        "im2col_cython",
        "matplotlib",
    ]
    assert set(asker.kinds) == {"stand-in", "raised"}


TRAINING = """
import numpy as np
from opt_utils import load_dataset
train_X, train_Y = load_dataset()
def model(X, Y, iterations=30000):
    W = np.random.randn(20, X.shape[0]) * 0.01
    for i in range(iterations):
        W = W - 0.01 * np.dot(np.dot(W, X) - Y, X.T)
    return W
"""


def test_training_on_data_that_is_not_there_takes_no_time(load):
    """Three trainings of 30,000 steps are over at their first line."""
    asker = load(
        TRAINING, "parameters = model(train_X, train_Y)", "p = model(train_X, train_Y, 30000)", "def f():\n    return 1"
    )
    assert asker.kinds == ["stand-in", "raised", "raised"]
    assert asker.loaded.seconds < 1.0
    assert asker.value("f") == 1


OLD_NAMES = [
    *(
        "np.float(1)",
        "np.int(1)",
        "np.bool(1)",
        "np.product([1, 1])",
        "np.asscalar(np.ones(1))",
        "np.math.exp(0)",
        "np.Inf > 1",
    ),
    *("np.lib.pad([1], 1, 'constant').sum()", "np.lib.tile(1, 1)[0]"),
    *("np.alltrue([1])", "np.rank(1) + 1", "np.random.random_integers(1)", "len(np.random.random_integers(1, 1, 1))"),
    *(
        "time.clock() > 0",
        "isinstance([], collections.Iterable)",
        "reduce(max, [1])",
        "long(1)",
        "isinstance('', basestring)",
    ),
]


@pytest.mark.parametrize("name", OLD_NAMES)
def test_names_that_libraries_have_dropped(load, name):
    """They are what they were."""
    assert load(f"import collections, time\nimport numpy as np\ndef f():\n    return float({name})\n").value("f") == 1.0


def test_stubs_that_raise_what_is_no_exception(load):
    """`raise NotImplemented` is taken as it is meant, with a text or without."""
    asker = load("def f():\n    raise NotImplemented\ndef g():\n    if True:\n        raise NotImplemented('todo')\n")
    assert [asker.call(name).error.type for name in "fg"] == ["NotImplementedError"] * 2


def test_options_of_a_command_line(load):
    """A script that reads its options finds none."""
    source = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--n', default=3)\nargs = p.parse_args()\ndef f():\n    return args.n\n"
    assert load(source).value("f") == 3


def test_a_function_that_prints_a_lot(load):
    """What is printed is cut, and the value arrives."""
    asker = load("def f():\n    for i in range(1000):\n        print('i is', i, 'x' * 50)\n    return 1\n")
    assert asker.value("f") == 1
    assert 0 < len(asker.output.stdout) <= 20_000


# --- Python 2 ---------------------------------------------------------------------------------------------------------

REWRITTEN = {
    'print "a"': 'print("a")',
    "print": "print()",
    "print x, y": "print(x, y)",
    "print x,": "print(x,)",
    'print "%d" % x # why': 'print("%d" % x) # why',
    'print ("%d") % x': 'print(("%d") % x)',
    'print ("a"), x': 'print(("a"), x)',
    'print ("a")': 'print ("a")',
    "print(x)": "print(x)",
    "print [1, 2]": "print([1, 2])",
    "print -x": "print(-x)",
    "print = 3": "print = 3",
    "print >>f, x, y": "print( x, y, file=f)",
    "print >>sys.stderr": "print(file=sys . stderr)",
    "if x: print x; print y": "if x: print(x); print(y)",
    'print "a", \\\n  x': 'print("a", \\\n  x)',
    'print "a: %d" % (\n  x)': 'print("a: %d" % (\n  x))',
    "\tprint x": "        print(x)",
    "x = 'print y'": "x = 'print y'",
    "s = '''\nprint y\n'''": "s = '''\nprint y\n'''",
    "except (A, B), e:": "except (A, B) as e:",
    "except A as e:": "except A as e:",
    "raise A, 'b'": "raise A( 'b')",
    "raise A('b', c)": "raise A('b', c)",
    "raise A, 'b', t": "raise A( 'b')",
    "exec code": "exec(code)",
    "a <> 10L": "a != 10",
    "print broken(": "print broken(",
}


@pytest.mark.parametrize(("before", "after"), REWRITTEN.items())
def test_python_2_is_rewritten(before, after):
    """Statements of Python 2 become Python 3's, everything else stays."""
    text, found = python2.modernise(before)
    assert text == f"{after}\n"
    assert bool(found) == (after.strip() != before.strip())


def test_a_python_2_file_works(load):
    """Its functions are there whole, mixed tabs and all, and each kind of statement is told once with its line."""
    source = (
        "import numpy as np\n"
        "def f(x, verbose=True):\n"
        "\tif verbose:\n"
        "            print 'shape', x.shape\n"
        "            print\n"
        "        return x.sum()\n"
        "print f(np.ones(2))\n"
    )
    asker = load(source)
    assert asker.value("f", np.ones(3)) == 3.0
    assert asker.output.stdout == "shape (3,)\n\n"
    assert [(n.kind, n.where, n.message) for n in asker.loaded.notes] == [
        ("python2", "line 4", "a print statement (3 times)")
    ]


def test_tabs_as_wide_as_an_editor_shows_them(load):
    """A line by tabs beside one by four spaces is of the same block where that makes sense of the file."""
    asker = load("def f(x):\n\ty = x + 1\n    return y\ndef g(x):\n\tif x:\n\t\tx = 2\n        return x\n\treturn 0\n")
    assert (asker.value("f", 1), asker.value("g", 1), asker.value("g", 0)) == (2, 2, 0)


def test_numpy_by_another_name_is_numpy(load):
    """Libraries that differentiate bring their own numpy; what they differentiate with is not there."""
    source = "import autograd.numpy as np\nfrom autograd import grad\ndef f(x):\n    return np.sum(np.exp(x))\ndef g(x):\n    return grad(f)(x) * 2\n"
    asker = load(source)
    assert asker.value("f", np.zeros(3)) == 3.0
    assert asker.call("g", np.zeros(3)).error.type == "ImportError"


def test_a_broken_python_2_file_keeps_its_whole_functions(load):
    """What is broken costs itself, also beside print statements."""
    asker = load("def f():\n    print 'f'\n    return 1\ndef g(:\n    pass\ndef h():\n    print 'h'\n    return 2\n")
    assert asker.names == {"f", "h"}
    assert (asker.value("f"), asker.value("h")) == (1, 2)


# --- what the course hands out ----------------------------------------------------------------------------------------

UTILS = wire.Module(
    "reg_utils",
    "import numpy as np\n_SHARP = 2.0\ndef sigmoid(x):\n    return _one() / (1 + np.exp(-x))\ndef _one():\n    return 1.0\n",
)
CASES = wire.Module("testCases*", "from reg_utils import sigmoid\ndef case():\n    return sigmoid(0.0)\n")
MORE = wire.Module("reg_utils", "def relu(x):\n    return x * (x > 0)\ndef _one():\n    return 7.0\n")
PROVIDED = (UTILS, CASES, MORE)

IMPORTS = {
    "star": "from reg_utils import *",
    "by name": "from reg_utils import sigmoid, relu",
    "module": "import reg_utils as r\nsigmoid, relu = r.sigmoid, r.relu",
    "relative": "from .reg_utils import *",
    "in a package": "from week1.reg.reg_utils import sigmoid, relu",
    "pattern": "from testCases_v2 import *\nfrom reg_utils import *\nassert case() == 0.5",
    "guarded": "try:\n    from reg_utils import sigmoid, relu\nexcept ImportError:\n    def sigmoid(x): pass\n",
}


@pytest.mark.parametrize("line", IMPORTS.values(), ids=list(IMPORTS))
def test_provided_modules_are_imported(load, line):
    """By every kind of import; a name that two modules share holds what both define, each with its own helpers."""
    asker = load(f"{line}\ndef f(x):\n    return sigmoid(x) + relu(x)\n", provided=PROVIDED)
    assert asker.value("f", 0.0) == 0.5
    assert asker.names == {"f"}
    assert "raised" not in asker.kinds


def test_provided_functions_are_not_the_submission_s_own(load):
    """Neither by their names nor by another name; one that is written over is."""
    lines = "def relu(x): pass\nfrom reg_utils import *\nmine = sigmoid\n"
    assert load(lines, provided=PROVIDED).names == set()
    assert load(f"{lines}def relu(x): return 3\n", provided=PROVIDED).names == {"relu"}


def test_a_provided_function_that_raises_is_told_by_the_caller_s_line(load):
    """The place is in the submission; the course's own source is not quoted."""
    asker = load("from reg_utils import sigmoid\ndef f():\n    return sigmoid('x')\n", provided=PROVIDED)
    outcome = asker.call("f")
    assert outcome.error.where == "line 3"
    assert "_one" not in outcome.error.trace


def test_provided_modules_in_every_wall(asker):
    """They travel with the source."""
    asker.load("from reg_utils import *\ndef f():\n    return sigmoid(0.0)\n", provided=PROVIDED)
    assert asker.value("f") == 0.5
    asker.load("from reg_utils import *\ndef f():\n    return sigmoid(0.0)\n")
    assert asker.call("f").error.type == "NameError"
