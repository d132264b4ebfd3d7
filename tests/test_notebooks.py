"""Students' notebooks as pages: the marks beside the right cells, and nothing hostile gets further than its own looks."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import signal
import sys

import class_samples as samples
import msgspec
import pytest

from grader import formatting, notebooks
from grader.course import explain, prepare_all
from grader.grading import Handed, Run, unanswered
from grader.notebooks import Notebooks
from grader.result import Check, File
from grader.source import notebook_cells, read_notebook
from grader.submission import find
from tests.report.report_reading import HOSTILE, read, tame

NAMES = ("sigmoid_neuron_forward", "sigmoid_neuron_backward")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()


def code(source, *outputs):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": list(outputs), "execution_count": 1}


def markdown(source, **more):
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def display(**data):
    kinds = {name.replace("_", "/", 1).replace("_", "+"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": kinds}


def dumped(*cells):
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.fixture(scope="module")
def prepared():
    return prepare_all([samples.ASSIGNMENT], 1)[samples.ASSIGNMENT]


@pytest.fixture(scope="module")
def shared():
    """A formatting process for many notebooks, as a run has one."""
    made = notebooks.Formatter()
    yield made
    assert made.remark == ""
    made.close()


@pytest.fixture
def shown(tmp_path, prepared, shared):
    """`shown(data)` is the page of a notebook whose forward passed and whose backward failed."""
    told = explain(prepared)

    def show(data, *, outputs=False, name="ada.ipynb", sha256=None, **changes):
        (tmp_path / "class").mkdir(exist_ok=True)
        (tmp_path / "class" / name).write_bytes(data)
        listing = find(tmp_path / "class", [samples.ASSIGNMENT])
        checks = [
            Check(function=NAMES[0], check="forward", status="passed", points=3, max_points=3),
            Check(function=NAMES[1], check="backward", status="failed", max_points=7, message="dw is off."),
        ]
        result = msgspec.structs.replace(
            unanswered(Handed("ada", [], []), prepared, Run(1, "none")),
            files=[File(name, sha256 or hashlib.sha256(data).hexdigest())],
            checks=checks,
            score=3.0,
        )
        opened = Notebooks(listing.students, outputs=outputs)
        opened._formatter = shared
        return opened.page(msgspec.structs.replace(result, **changes), told)

    return show


def cells_of(html):
    """The text of each cell of a page."""
    return cells_in(read(html))


def cells_in(page):
    """The text of each cell of a page that has been read."""
    return [" ".join(e.text.split()) for e in page.elements if e.attributes.get("class", "").startswith("cell ")]


def test_cells_are_numbered_as_they_are_graded():
    """Every cell of a notebook is there, and its code cells have the numbers that messages speak of."""
    data = dumped(markdown("# a"), code("x = 1"), code(""), {"cell_type": "raw", "source": "r"}, code("y = 2"))
    found = list(notebook_cells(data))
    assert [(cell.kind, cell.number) for cell in found] == [
        ("markdown", 0),
        ("code", 1),
        ("code", 2),
        ("raw", 0),
        ("code", 3),
    ]
    graded = {cell.name: cell.source for cell in read_notebook(data).cells}
    assert graded == {f"cell {cell.number}": cell.source for cell in found if cell.number and cell.source}


def test_marks_stand_beside_the_cell_that_defines_the_function(shown):
    """Each function's marks are in the cell that defines it last, the hint among them, with links to the details."""
    forward, backward = samples.RIGHT.strip().split("\n\n")[1:]
    html = shown(dumped(markdown("# Homework"), code("import numpy as np\n" + backward), code(forward), code(backward)))
    cells = cells_of(html)
    assert len(cells) == 4
    assert [("dw is off." in cell, "3 of 3" in cell) for cell in cells] == [
        (False, False),
        (False, False),
        (False, True),
        (True, False),
    ]
    page = tame(html)
    assert "sigmoid_neuron.html#check-2" in [e.attributes["href"] for e in page.all("a")]
    assert "Start with cell 3" in " ".join(page.text.split())
    assert "Homework" in [e.text for e in page.all("h3")]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(): pass", True),
        ("%matplotlib inline\nclass f: pass", True),
        ("if True:\n    def f(): pass", True),
        ("f = g", True),
        ("f, g = 1, 2", True),
        ("from a import f", True),
        ("import a as f", True),
        ("print 'two'\ndef f(): pass", True),
        ("def g(): def (\ndef f(): pass", True),
        ("f()", False),
        ("x.f = 1", False),
        ("def g():\n    def f(): pass", False),
        ("[f for f in x]", False),
        ("'''\ndef f(): pass\n'''", False),
        ("# def f(): pass", False),
        ("def ff(): pass", False),
    ],
)
def test_what_defines_a_name(source, found):
    """A cell defines what it binds at its top level: neither a call nor a string nor what lies in another function."""
    assert formatting.defined_in([(0, source)], ["f"]) == ({"f": 0} if found else {})


def test_the_last_definition_counts():
    """As a notebook that is run from the top has it."""
    cells = [(0, "def f(): pass"), (4, "def f(): pass\ndef g(): pass"), (7, "g = 1")]
    assert formatting.defined_in(cells, ["f", "g", "h"]) == {"f": 4, "g": 7}


def test_a_function_in_no_cell_is_said_to_be_in_none(shown):
    """Its marks are above the cells."""
    html = shown(dumped(code("def sigmoid_neuron_forward(w, x): pass")))
    text = " ".join(read(html).text.split())
    assert "In no cell No cell of this notebook defines this function. sigmoid_neuron_backward 0 of 7" in text


def test_outputs_are_shown_when_asked_for(shown):
    """Text, tracebacks without their colours, PNG and JPEG; for anything else the plain text that goes with it."""
    cell = code(
        "def sigmoid_neuron_forward(): pass",
        {"output_type": "stream", "name": "stdout", "text": ["printed <b>", "\nmore"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mTraceback\x1b[0m", "at <cell>"]},
        display(text_html="<script>taken()</script>", text_plain="a table"),
        display(image_svg_xml="<svg onload='taken()'/>"),
        display(image_png=PNG, text_plain="<Figure>"),
        display(application_javascript="taken()", text_plain=["the ", "plain one"]),
    )
    without, shown_all = shown(dumped(cell)), shown(dumped(cell), outputs=True)
    assert "printed" not in without
    assert "Outputs are not shown." in without
    page = tame(shown_all)
    outputs = [e.text for e in page.all("pre") if e.attributes.get("class") == "output"]
    assert outputs == [
        "printed <b>\nmore",
        "Traceback\nat <cell>",
        "a table",
        "(an output that is neither text nor a PNG or JPEG)",
        "the plain one",
    ]
    assert [e.attributes["src"] for e in page.all("img")] == [f"data:image/png;base64,{PNG}"]
    assert "taken()" not in shown_all


BAD_OUTPUTS = {
    "no list": {"outputs": "x"},
    "no outputs": {"outputs": [1, None, [], {"output_type": 5}, {"output_type": "display_data", "data": [1]}]},
    "text of numbers": {"outputs": [{"output_type": "stream", "text": [1, 2]}]},
    "deep": {"outputs": [json.loads("[" * 400 + "]" * 400)]},
    "a picture of no base64": {"outputs": [display(image_png='"><script>taken()</script>')]},
    "a picture that is HTML": {"outputs": [display(image_png=base64.b64encode(b"<script>").decode())]},
    "a picture too large": {
        "outputs": [display(image_jpeg=base64.b64encode(b"\xff\xd8\xff" + bytes(2 << 20)).decode())]
    },
    "thousands": {"outputs": [display(text_plain="x")] * 5000},
    "long": {"outputs": [display(text_plain="x" * 3_000_000)]},
    "null": {"outputs": None},
}


@pytest.mark.parametrize("name", BAD_OUTPUTS)
def test_malformed_outputs_cost_themselves(shown, name):
    """Whatever stands where outputs should, the cells are shown, and the page stays small and tame."""
    cell = {**code("def sigmoid_neuron_forward(): pass"), **BAD_OUTPUTS[name]}
    html = shown(dumped(cell, code("def sigmoid_neuron_backward(): pass")), outputs=True)
    assert not tame(html).all("img")
    assert len(cells_of(html)) == 2
    assert "dw is off." in cells_of(html)[1]
    assert len(html) < 200_000


ACTS = """# Head <script>taken()</script>
<img src=x onerror=taken()> <svg/onload=taken()> <iframe src="https://evil.example"></iframe> <style>body{display:none}</style>
[link](javascript:taken()) [other](https://evil.example/x) <https://evil.example/auto> ![p"><script>](https://evil.example/x.png)
![a](attachment:x.svg) $<script>taken()</script>$ \\begin{a}<script>taken()</script>\\end{a}

<div onclick="taken()">raw</div>

| a | b |
|---|---|
| <script>taken()</script> | `<b>` |

```mermaid
graph <script>taken()</script>
```
"""


@pytest.mark.parametrize("outputs", [False, True])
def test_nothing_of_a_notebook_acts(shown, outputs):
    """HTML in markdown, raw and code cells is text; links, pictures and attachments are their words."""
    attachment = {"x.svg": {"image/svg+xml": base64.b64encode(b"<svg onload='taken()'/>").decode()}}
    html = shown(
        dumped(
            markdown(ACTS, attachments=attachment),
            {"cell_type": "raw", "source": ACTS, "metadata": {"format": "text/html"}},
            {"cell_type": "heading", "level": 1, "source": ACTS},
            {"cell_type": '"><script>', "source": ACTS},
            code(
                f"def sigmoid_neuron_forward():\n    '''{ACTS}'''\n%%html\n{ACTS}",
                display(text_html=ACTS, text_plain=ACTS),
            ),
        ),
        outputs=outputs,
    )
    page = tame(html)
    assert not page.all("script")
    assert not page.all("img")
    assert {e.attributes["href"].partition("#")[0] for e in page.all("a")} == {"", "sigmoid_neuron.html"}
    assert page.text.count("taken()") > 10


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_cell(shown, text):
    """No text in any kind of cell, output or message runs, hides or breaks the page."""
    data = json.dumps(
        {
            "cells": [
                markdown(text),
                code(text, {"output_type": "stream", "text": text}),
                {"cell_type": "raw", "source": text},
                code("def sigmoid_neuron_forward(): pass"),
            ],
            "metadata": {},
        }
    )
    html = shown(
        data.encode("utf-8", "surrogatepass"),
        outputs=True,
        checks=[Check(function=text, check=text, status="failed", message=text, diagnosis=text, remarks=[text])],
    )
    tame(html)
    assert len(html) < 600_000


HUGE = {
    "ten thousand cells": lambda: [markdown("*a*")] * 6_000 + [code("x = 1")] * 3_998,
    "a cell of a megabyte": lambda: [code("x = 1 #" + "y" * 900_000), markdown("z " * 3_000_000)],
    "thirty megabytes of output": lambda: [code("x", display(image_png="A" * 30_000_000))],
    "many tokens": lambda: [code("a," * 9_990)] * 50,
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_notebooks_give_bounded_pages(shown, name):
    """The first cells and those with marks are shown, the rest is counted; no page is larger than a few megabytes."""
    cells = [*HUGE[name](), code("def sigmoid_neuron_forward(): pass"), code("def sigmoid_neuron_backward(): pass")]
    html = shown(dumped(*cells), outputs=True)
    assert len(html) < 8_000_000
    page = tame(html)
    found = cells_in(page)
    assert len(found) <= notebooks.SHOWN + 2
    assert "dw is off." in found[-1]
    left = len(cells) - len(found)
    assert not left or f"{left:,} more cells of this notebook are not shown." in page.text


def test_what_is_no_notebook_any_more_has_no_page(shown):
    """A file that changed since it was graded, one that can't be read, a Python file, nothing handed in: no page."""
    good = dumped(code("def sigmoid_neuron_forward(): pass"))
    missing = [Check(function="f", check="forward", status="missing")]
    assert shown(good, sha256="0" * 64) is None
    assert shown(b"{") is None
    assert shown(good, checks=missing) is None
    assert shown(good, status="not_graded", score=None) is None
    assert shown(good, files=[File("ada.ipynb", "x"), File("b.ipynb", "x")]) is None
    assert shown(good, student="bob") is None
    assert shown(b"x = 1", name="ada.py") is None


def test_a_run_of_python_files_starts_nothing(tmp_path, prepared, monkeypatch):
    """Where no notebook is, neither a process is started nor a file read anew."""
    monkeypatch.setattr(notebooks.Formatter, "_start", None)
    out = tmp_path / "out"
    before = set(sys.modules)
    assert samples.grade(samples.a_class(tmp_path / "class", ada=samples.RIGHT), out).code == 0
    assert not [name for name in set(sys.modules) - before if name.startswith("nbconvert")]
    assert [path.name for path in (out / "feedback" / "ada").iterdir()] == ["sigmoid_neuron.html"]


# --- the process that formats -------------------------------------------------------------------------------------------


def ask(formatter, *sources, names=("f",)):
    cells = [formatting.Cell("code", source) for source in sources]
    return formatter.ask(formatting.Request(cells, len(cells), list(names)))


@pytest.fixture
def formatter():
    made = notebooks.Formatter()
    yield made
    made.close()


def test_time_that_is_up_costs_the_colours(formatter, monkeypatch):
    """What is not formatted in its processor time is text; nothing is lost, and the next notebook is as it should be."""
    slow = "x = '''" + "[" * 10 + "'''"
    request = formatting.Request([formatting.Cell("code", slow), formatting.Cell("markdown", "*a*")], 2, [])
    monkeypatch.setattr(formatting, "_html", lambda cell: (_ for _ in ()).throw(formatting._Late))
    found = formatting.answer(request)
    assert found.late
    assert [(cell.html, cell.plain) for _, cell in sorted(found.cells.items())] == [
        (slow.replace("'", "&#39;"), True),
        ("*a*", True),
    ]
    monkeypatch.undo()
    assert not formatting.answer(request).late


def test_processor_time_is_limited():
    """A loop that takes its processor time is left, however long the wall clock would let it."""
    before = signal.signal(signal.SIGPROF, formatting._up)
    try:
        formatting.rest_of_time(0.05)
        with pytest.raises(formatting._Late):
            sum(1 for _ in itertools.count())
    finally:
        formatting.rest_of_time(0)
        signal.signal(signal.SIGPROF, before)


def test_a_process_that_is_lost_is_started_anew(formatter):
    """The notebook over which it is lost is shown plainly with its definitions found; the next has colours again."""
    assert "<span" in ask(formatter, "def f(): pass").cells[0].html
    formatter._process.kill()
    lost = ask(formatter, "x = 1", "def f(): '<b>'")
    assert lost.late
    assert lost.cells[1].html == "def f(): &#39;&lt;b&gt;&#39;"
    assert lost.places == {"f": 1}
    assert "<span" in ask(formatter, "def f(): pass").cells[0].html
    assert formatter.remark == ""


def test_a_process_that_hangs_is_ended(formatter, monkeypatch):
    """It has a time by the clock too, and after some losses no more is started: a hostile class costs bounded time."""
    monkeypatch.setattr(notebooks, "LOSSES", 1)
    for lost in range(2):
        ask(formatter, "x = 1")
        monkeypatch.setattr(notebooks, "DEADLINE_S", 0.5)
        formatter._process.send_signal(19)  # SIGSTOP
        assert ask(formatter, "x = 1").late
        monkeypatch.setattr(notebooks, "DEADLINE_S", 60.0)
        assert formatter._started == lost + 1
    assert ask(formatter, "x = 1").late
    assert formatter._process is None


def test_what_is_lacking_is_told_once(formatter, monkeypatch):
    """Without nbconvert notebooks are shown plainly, and the run's last line says what to install."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not path.endswith("site-packages")])
    started = []
    monkeypatch.setattr(
        notebooks.Formatter, "_start", lambda self, start=notebooks.Formatter._start: (started.append(1), start(self))
    )
    assert ask(formatter, "x < 1").cells[0].html == "x &lt; 1"
    assert ask(formatter, "x < 1").late
    assert started == [1]
    assert "notebooks are shown without colours" in formatter.remark


def test_it_takes_nothing_from_the_folder_it_is_called_in(formatter, tmp_path, monkeypatch):
    """A submission called as a library is, in the folder that the command runs in, is not run outside the box."""
    for name in ("json", "msgspec", "nbconvert", "struct", "ast"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'taken')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    assert "<span" in ask(formatter, "def f(): pass").cells[0].html
    assert not (tmp_path / "taken").exists()


# --- in a run -----------------------------------------------------------------------------------------------------------


def test_a_run_writes_pages_that_lead_to_each_other(tmp_path):
    """Beside a notebook's feedback lies the notebook, each with a link to the other; a second run leaves both."""
    folder = samples.a_class(tmp_path / "class", bob=samples.RIGHT)
    cells = [code(samples.WRONG, {"output_type": "stream", "text": "printed-by-ada"})]
    (folder / "ada.ipynb").write_bytes(dumped(markdown("# Mine"), *cells))
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    feedback, page = (out / "feedback" / "ada" / f"sigmoid_neuron{suffix}.html" for suffix in ("", ".notebook"))
    assert 'href="sigmoid_neuron.notebook.html"' in feedback.read_text(encoding="utf-8")
    first = page.read_text(encoding="utf-8")
    assert 'href="sigmoid_neuron.html"' in first
    assert "Mine" in first
    assert "printed-by-ada" not in first
    assert [path.name for path in (out / "feedback" / "bob").iterdir()] == ["sigmoid_neuron.html"]
    before = page.stat().st_mtime_ns
    assert samples.grade(folder, out).code == 0
    assert page.stat().st_mtime_ns == before


def test_outputs_asked_for_later_are_shown_by_the_next_run(tmp_path):
    """--notebook-outputs makes the pages anew without grading anything, and so does leaving it out again."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(dumped(code(samples.RIGHT, {"output_type": "stream", "text": "printed-by-ada"})))
    out = tmp_path / "out"
    page = out / "feedback" / "ada" / "sigmoid_neuron.notebook.html"
    for option, there in ((), False), (("--notebook-outputs",), True), ((), False):
        done = samples.grade(folder, out, *option)
        assert done.code == 0
        assert ("printed-by-ada" in page.read_text(encoding="utf-8")) is there
    assert "1 unchanged" in done.out


def test_a_notebook_that_became_a_file_leaves_no_page(tmp_path):
    """What an earlier run wrote of a notebook is gone when the student hands in Python instead, or is gone."""
    folder = samples.a_class(tmp_path / "class", bob=samples.RIGHT)
    (folder / "ada.ipynb").write_bytes(dumped(code(samples.RIGHT)))
    out = tmp_path / "out"
    page = out / "feedback" / "ada" / "sigmoid_neuron.notebook.html"
    assert samples.grade(folder, out).code == 0
    assert page.exists()
    (folder / "ada.ipynb").unlink()
    samples.a_class(folder, ada=samples.RIGHT)
    assert samples.grade(folder, out).code == 0
    assert not page.exists()
    assert "notebook.html" not in (page.parent / "sigmoid_neuron.html").read_text(encoding="utf-8")
