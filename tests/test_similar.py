"""`grader similar`: copies are found however they are dressed up, what everybody wrote is not, and files can't harm it."""

from __future__ import annotations

import ast
import builtins
import html
import json
import random
import re
import subprocess
import sys
import time
import zipfile

import class_samples as samples
import pytest

from grader import similar, similar_page
from grader.errors import UsageError
from grader.similar_code import SOURCE_LIMIT, code_of

ROOT = samples.ROOT
STUB = (ROOT / "assignments" / "gradient_checking_network" / "stub.py").read_text(encoding="utf-8")

ADA = '''
import numpy as np


def softmax(x):
    """Rows that sum to one."""
    # the largest entry goes first, against overflow
    largest = np.max(x, axis=-1, keepdims=True)
    powers = np.exp(x - largest)
    total = powers.sum(axis=-1, keepdims=True)
    return powers / total


def softmax_jacobian(y):
    rows = len(y)
    table = np.empty((rows, rows))
    for i in range(rows):
        for j in range(rows):
            if i == j:
                table[i, j] = y[i] * (1 - y[i])
            else:
                table[i, j] = -y[i] * y[j]
    return table


def softmax_backward(dy, cache):
    y = cache
    gradient = np.zeros_like(y)
    for row in range(y.shape[0]):
        gradient[row] = softmax_jacobian(y[row]).T.dot(dy[row])
    return gradient
'''
BOB = """
import numpy as np


def helper(values):
    shifted = values - np.amax(values, -1)[..., None]
    return shifted - np.log(np.sum(np.exp(shifted), -1))[..., None]


def softmax(x):
    out = np.exp(helper(np.asarray(x, float)))
    assert np.allclose(out.sum(-1), 1), "probabilities"
    return out


def softmax_jacobian(y):
    return np.diag(y) - np.outer(y, y)


def softmax_backward(dy, cache):
    inner = np.einsum("...i,...i->...", dy, cache)
    return np.multiply(cache, np.subtract(dy, inner[..., None]))
"""


def renamed(source):
    """Every name that is the student's own made another."""
    tree = ast.parse(source)
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own -= set(dir(builtins))
    return re.sub(r"\b\w+\b", lambda m: f"zz_{m[0]}" if m[0] in own else m[0], source)


def reordered(source):
    """The functions in the opposite order."""
    head, *functions = source.split("\n\n\n")
    return "\n\n\n".join([head, *reversed(functions)])


def recommented(source):
    """Other comments and docstrings, and other white space."""
    bare = re.sub(r'""".*?"""|#.*', "", source)
    return bare.replace("\n    ", "\n  # my own idea\n    ").replace(" = ", "   =   ")


def survey(folder, **options):
    return similar.survey(similar.Options(folder, **options))


def pairs(found):
    """The pairs as {two students: (share, share)}, most alike first."""
    return {frozenset({one.student, other.student}): (one.share, other.share) for one, other in found.pairs}


# --- what is found ----------------------------------------------------------------------------------------------------


def test_the_same_file_is_all_in_common(tmp_path):
    """Two of the same file share 100 % of each one's own code, in every line that has code of its own."""
    ((one, other),) = survey(samples.a_class(tmp_path, ada=ADA, bob=BOB, cyd=ADA)).pairs
    assert (one.student, other.student) == ("ada", "cyd")
    assert (one.share, other.share) == (1, 1)
    lines = ADA.split("\n")
    assert {lines[n].strip() for n in one.lines} >= {"return powers / total", "table[i, j] = -y[i] * y[j]", "y = cache"}
    assert not {lines[n].strip() for n in one.lines} & {"", "# the largest entry goes first, against overflow"}


@pytest.mark.parametrize("change", [renamed, reordered, recommented, lambda s: renamed(reordered(recommented(s)))])
def test_a_copy_is_found_however_it_is_dressed_up(tmp_path, change):
    """Renamed variables, moved functions, other comments and layout: nearly all of it is still in common."""
    copy = change(ADA)
    assert copy != ADA
    ast.parse(copy)
    (pair,) = survey(samples.a_class(tmp_path, ada=ADA, bob=BOB, cyd=copy)).pairs
    assert {side.student for side in pair} == {"ada", "cyd"}
    assert min(side.share for side in pair) > 0.9


def test_a_copy_within_more_is_found(tmp_path):
    """Who copied one function into work of its own shows by the other's share."""
    function = ADA[ADA.index("def softmax_jacobian") : ADA.index("def softmax_backward")]
    found = survey(samples.a_class(tmp_path, ada=f"import numpy as np\n\n\n{function}", bob=BOB + renamed(function)))
    (one, other), *_ = found.pairs
    assert one.share > 0.9
    assert other.share < 0.6
    lines = (BOB + renamed(function)).split("\n")
    assert "table" in "".join(lines[n] for n in other.lines)
    assert not any("einsum" in lines[n] for n in other.lines)


def test_the_stub_is_no_likeness(tmp_path):
    """Two who wrote their own into the stub have nothing in common, though most of their text is the same."""
    ada, bob = (STUB + written(i, statements=8) for i in (1, 2))
    found = survey(samples.a_class(tmp_path, ada=ada, bob=bob, cyd=STUB, dov=STUB))
    assert found.pairs == ()
    assert (found.files, found.compared) == (4, 2)


def test_independent_work_ranks_below_a_copy(tmp_path):
    """A copy stands above every pair of independent solutions."""
    zoo = ROOT / "tests" / "zoo" / "softmax"
    work = {p.stem: p.read_text("utf-8") for p in zoo.glob("right_*.py")} | {"bob": BOB}
    found = survey(samples.a_class(tmp_path, ada=ADA, copy=renamed(ADA), **work), assignments=("softmax",))
    first, *rest = pairs(found).items()
    assert first[0] == {"ada", "copy"}
    assert all(min(shares) < 0.7 for _, shares in rest)


def test_what_very_many_wrote_counts_as_everybodys(tmp_path):
    """A passage in more than --common files is left out, and a pair that shares more besides is still seen."""
    mine = written(1, statements=4)
    everyone = {f"s{i}": ADA for i in range(8)}
    work = samples.a_class(tmp_path, **everyone, ada=ADA + mine, bob=ADA + renamed(mine))
    assert len(survey(work).pairs) == 45
    found = survey(work, common=8)
    assert list(pairs(found)) == [frozenset({"ada", "bob"})]
    assert found.compared == 2
    assert "too little of their own" in " ".join(similar_page.summary(found))


def test_short_assignments_are_said_to_make_everybody_alike(tmp_path):
    """Two with the same three lines are not accused: the words say so, in the terminal and on the page."""
    short = "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
    done = samples.grader(
        "similar", samples.a_class(tmp_path / "in", ada=short, bob=short), "--to", tmp_path / "p.html"
    )
    assert done.code == 0
    for text in (done.out, html.unescape((tmp_path / "p.html").read_text("utf-8"))):
        assert "no proof" in text
        assert "in short assignments everybody does" in text
        assert "No mark depends on this" in text
    assert "too little of their own" in done.out
    assert not re.search(r"cheat|plagiar|guilty|copied", done.out, re.IGNORECASE)


def test_nobody_is_compared_with_themselves(tmp_path):
    """Two files of one student are no pair."""
    samples.a_class(tmp_path / "ada", one=ADA, two=ADA)
    samples.a_class(tmp_path, bob=BOB)
    assert survey(tmp_path).pairs == ()


# --- what is read -----------------------------------------------------------------------------------------------------


def notebook(*cells):
    code = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None} for c in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_notebooks_and_zips_are_read(tmp_path):
    """A copy in a notebook's cells, in a zip, is found in a file of a class that is a zip itself."""
    cells = notebook("import numpy as np", *renamed(ADA).split("\n\n\n")[1:])
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as inner:
        inner.writestr("work/hand in.ipynb", cells)
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ada.py", ADA)
        archive.writestr("bob.py", BOB)
        archive.write(tmp_path / "inner.zip", "cyd.zip")
    ((one, other),) = survey(tmp_path / "class.zip").pairs
    assert (one.student, other.student) == ("ada", "cyd")
    assert min(one.share, other.share) > 0.9
    assert other.source.startswith("# cell 1\nimport numpy as np")


def test_layouts_and_rosters_work_as_in_grade(tmp_path):
    """A download of Canvas is recognised, and the roster says who is who."""
    for name in ("adalovelace_11_901_softmax.py", "bobby_12_902_softmax.py"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(ADA, encoding="utf-8")
    (tmp_path / "roster.csv").write_text("canvas id,student id\n11,A-1\n12,B-2\n", encoding="utf-8")
    done = samples.grader("similar", tmp_path / "in", "--roster", tmp_path / "roster.csv", "--layout", "canvas")
    assert "layout: canvas" in done.out
    found = survey(tmp_path / "in", layout="canvas", roster=tmp_path / "roster.csv")
    assert set(pairs(found)) == {frozenset({"A-1", "B-2"})}


def test_an_assignment_can_be_chosen(tmp_path):
    """-a compares the files of that assignment alone: named for it, or else defining a function of it."""
    for student in ("ada", "bob"):
        samples.a_class(tmp_path / student, softmax=ADA, matmul_gate=f"# of softmax: no\n{BOB}", mine=ADA + "\n\na = 1")
    files = {side.file.split("/")[1] for pair in survey(tmp_path, assignments=("softmax",)).pairs for side in pair}
    assert files == {"softmax.py", "mine.py"}
    with pytest.raises(UsageError, match="did you mean 'softmax'"):
        survey(tmp_path, assignments=("softmx",))


def test_names_hold_odd_characters(tmp_path):
    """Names are shown as they are, without acting as markup, in the terminal and on the page."""
    names = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "陈静 [bold]", "a\x1b[31m\u202eb", "x" * 200)
    (tmp_path / "in").mkdir()
    for name in names:
        (tmp_path / "in" / f"{name.replace('/', '∕')}.py").write_text(ADA, encoding="utf-8")
    done = samples.grader("similar", tmp_path / "in", "--to", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert (done.code, done.err) == (0, "")
    assert "<script" not in page
    assert html.escape("<script>alert(1)") in page
    assert "\x1b" not in done.out + page
    assert "陈静 [bold]" in done.out
    assert "陈静 [bold]" in page


def test_source_is_no_markup_on_the_page(tmp_path):
    """What a source holds is shown and never acts."""
    evil = ADA + "\n\ntext = '</code></pre><img src=x onerror=alert(1)>{{ 7 * 7 }}'\n"
    done = samples.grader("similar", samples.a_class(tmp_path / "in", ada=evil, bob=evil), "--to", tmp_path / "p.html")
    page = (tmp_path / "p.html").read_text("utf-8")
    assert done.code == 0
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;/code&gt;&lt;/pre&gt;&lt;img src=x" in page


# --- what it withstands -----------------------------------------------------------------------------------------------


def test_hostile_files_are_told_and_harm_nobody(tmp_path):
    """Huge, binary, empty or broken files are told with their names; the pair beside them is found."""
    samples.a_class(tmp_path, ada=ADA, bob=ADA)
    hostile = {
        "null.py": b"import numpy\0\0\0" * 50,
        "binary.py": bytes(range(256)) * 40,
        "huge.py": b"x = 1\n" * 400_000,
        "long.py": b"x = 1 + 2\n" * (SOURCE_LIMIT // 10 + 1),
        "empty.py": b"",
        "broken.ipynb": b'{"cells": [',
        "bomb.zip": b"PK\x03\x04 no zip",
        "deep.py": b"(" * 60_000,
        "quote.py": b"'''" * 20_001,
        "blank.py": b"\t \n" * 20_000 + b"x\n",
        "surrogate.py": b"x = '\xed\xa0\x80'\n" * 30,
        "none.docx": b"text",
    }
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
    found = survey(tmp_path)
    assert next(iter(pairs(found))) == {"ada", "bob"}
    told = "\n".join(found.notes)
    for name in ("binary", "huge", "long", "empty", "broken", "bomb", "none"):
        assert name in told, told


def test_a_file_full_of_blank_lines_takes_no_minutes():
    """Blank lines are left out before Pygments sees them: it takes the square of their number."""
    start = time.process_time()
    assert code_of("\t \n" * 20_000 + "x = 1\n").text == "V=1"
    assert time.process_time() - start < 20


def test_time_ends_it(tmp_path):
    """When the time is up the rest is not read, and that is told."""
    found = survey(samples.a_class(tmp_path, ada=ADA, bob=ADA), seconds=0)
    assert found.pairs == ()
    assert "2 of 2 students were not read" in found.notes[0]


def test_room_is_bounded(tmp_path, monkeypatch):
    """When memory for fingerprints is full the rest is not read, and that is told."""
    monkeypatch.setattr("grader.similar_pairs.ROOM", 100)
    found = survey(samples.a_class(tmp_path, ada=ADA, bob=ADA))
    assert "1 of 2 students were not read" in found.notes[0]


def test_no_more_pairs_than_asked_for(tmp_path):
    """--pairs caps the table and the page."""
    folder = samples.a_class(tmp_path / "in", **{f"s{i}": ADA for i in range(6)})
    assert len(survey(folder).pairs) == 15
    done = samples.grader("similar", folder, "--pairs", 4, "--to", tmp_path / "page.html")
    assert done.code == 0
    assert (tmp_path / "page.html").read_text("utf-8").count('<section class="column pair"') == 4


def test_two_runs_say_the_same(tmp_path):
    """What is found depends on no seed of Python's hashes."""
    work = {p.stem: p.read_text("utf-8") for p in (ROOT / "tests" / "zoo" / "softmax").glob("*.py")}
    folder = samples.a_class(tmp_path / "in", **work)
    said = {samples.grader_process("similar", folder, env={"PYTHONHASHSEED": seed}).out for seed in ("1", "2")}
    assert len(said) == 1
    assert "right_loops" in said.pop()


def test_it_changes_nothing_of_a_run(tmp_path):
    """The submissions and their folder stay as they are: no mark, no journal, no file but --to."""
    folder = samples.a_class(tmp_path / "in", ada=ADA, bob=ADA)
    before = {p: p.read_bytes() for p in folder.iterdir()}
    assert samples.grader("similar", folder, "--to", tmp_path / "page.html").code == 0
    assert {p: p.read_bytes() for p in folder.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "page.html"]


def test_plots_are_not_imported(tmp_path):
    """The library comes without matplotlib, which is still to be had afterwards; nothing of a network is opened."""
    code = (
        "import sys, socket\n"
        "def no(*a, **k): raise AssertionError('a network')\n"
        "socket.socket.connect = socket.getaddrinfo = no\n"
        "from grader import similar_pairs\n"
        "similar_pairs.library()\n"
        "assert not [name for name in sys.modules if name.startswith('matplotlib')]\n"
        "from pathlib import Path\n"
        "from grader import similar\n"
        "print(len(similar.survey(similar.Options(Path(sys.argv[1]))).pairs))\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import matplotlib\n"
        "assert matplotlib.__file__\n"
    )
    folder = samples.a_class(tmp_path, ada=ADA, bob=ADA)
    done = subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    """One line names it."""
    monkeypatch.setitem(sys.modules, "copydetect", None)
    from grader import similar_pairs

    similar_pairs.library.cache_clear()
    done = samples.grader("similar", samples.a_class(tmp_path, ada=ADA))
    similar_pairs.library.cache_clear()
    assert done.code == 3
    assert "pip install copydetect" in done.one_line()


@pytest.mark.slow
def test_a_copy_among_three_hundred(tmp_path):
    """Among 300 submissions of which a third of each is what all wrote, the one dressed-up copy is the first pair."""
    work = {f"s{i:03}": ADA + written(i) for i in range(300)}
    copy = renamed(reordered(work["s123"]))
    found = survey(samples.a_class(tmp_path, **work, copy=copy))
    (first, shares), *rest = pairs(found).items()
    assert first == {"copy", "s123"}
    assert min(shares) > 0.85
    assert all(min(shares) < 0.5 for _, shares in rest)
    assert (found.students, found.compared, found.common) == (301, 301, 30)


def written(seed, statements=40):
    """A function that nobody else has."""
    draw = random.Random(seed)
    calls = "exp log tanh sin cos sqrt abs cumsum flip sort square sign floor".split()
    lines = [
        f"    v{draw.randrange(5)} = np.{draw.choice(calls)}(v{draw.randrange(5)}) {draw.choice('+-*/')} "
        f"np.{draw.choice(calls)}(v{draw.randrange(5)} {draw.choice('+-*/')} {draw.randrange(9)})"
        for _ in range(statements)
    ]
    return "\n\n\ndef mine(v0, v1, v2, v3, v4):\n" + "\n".join(lines) + "\n    return v0\n"
