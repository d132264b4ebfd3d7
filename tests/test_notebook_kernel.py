"""`check` in the cells of a real kernel: what it shows, that it agrees with the command line, that the work goes on."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import class_samples as samples
import nbformat
import pytest
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from rich.console import Console
from test_zoo import few

from grader import selfcheck
from grader.diagnose import GENERAL
from grader.report.text import check_tables
from grader.submission import read_file

KERNEL = {"sigmoid_neuron", "softmax", "regularized_network"}
AGREEING = [animal for animal in few() if animal.assignment in KERNEL]
"""Those that are run in the kernel itself; tests/test_notebook.py has the others without one."""
HERE = {**os.environ, "PYTHONPATH": str(samples.ROOT), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A kernel, of which each cell that is run gives its outputs."""
    book = nbformat.v4.new_notebook()
    client = NotebookClient(book, timeout=300, allow_errors=True)

    def run(source):
        book.cells.append(nbformat.v4.new_code_cell(source))
        return client.execute_cell(book.cells[-1], len(book.cells) - 1).outputs

    with client.setup_kernel(cwd=str(tmp_path_factory.mktemp("student")), env=HERE):
        yield SimpleNamespace(run=run, client=client)


@pytest.fixture
def run(started):
    """The kernel's `run`, in a session without history and names, as after a restart."""
    started.run("%reset -f")
    started.run("%reset -f in")
    started.run("from grader import check")
    return started.run


def shown(outputs):
    """The text and the HTML of the only output."""
    (output,) = outputs
    assert output.output_type == "display_data", output
    assert set(output.data) == {"text/plain", "text/html"}
    return output.data["text/plain"], output.data["text/html"]


def line(outputs):
    """The only line of the only output."""
    (output,) = outputs
    assert (output.output_type, output.name) == ("stream", "stdout"), output
    (text,) = output.text.splitlines()
    assert text.startswith("grader: ")
    return text


def letters(text):
    """A text without its line breaks and spaces, and without the names of cells: what is said, wherever it is said."""
    return "".join(re.sub(r"(cell\s+\[?\d+\]?,\s+)?line", "line", text).split())


def by_command(animal):
    """What `grader check` prints of a file."""
    out = io.StringIO()
    results = selfcheck.check(animal.path, (animal.assignment,), 1)
    Console(file=out, width=80, color_system=None).print(check_tables(results, GENERAL))
    return out.getvalue()


def test_a_table_and_no_value(run):
    """One output with HTML and text: what is wrong, with the hint and the failing case; nothing is returned."""
    run(samples.WRONG)
    text, html = shown(run("check('sigmoid_neuron', seed=1)"))
    for words in ("✗ failed", "sigmoid_neuron_backward", "expected dw", "to mend"):
        assert words in text
    assert html.count("<table") > 1
    assert [output.output_type for output in run("check('sigmoid_neuron') is None")] == [
        "display_data",
        "execute_result",
    ]


def test_two_checks_in_a_cell_are_two_tables(run):
    """A call need not be the last one of its cell to be seen, and may stand in the cell of its functions."""
    outputs = run(f"{samples.RIGHT}\ncheck('sigmoid_neuron')\ncheck('matmul_gate')\nx = 1")
    assert ["All" in output.data["text/plain"] for output in outputs] == [True, False]


@pytest.mark.parametrize("animal", AGREEING, ids=str)
def test_it_agrees_with_the_command_line(run, animal):
    """Cell by cell into the kernel, whatever comes of them there; then the same words as the command prints."""
    for cell in read_file(animal.path).cells:
        run(cell.source)
    text, _ = shown(run(f"check({animal.assignment!r}, seed=1)"))
    assert letters(text) == letters(by_command(animal))


def test_mending_a_cell_is_seen(run):
    """What ran last counts: wrong, then right, then deleted."""
    run(samples.WRONG)
    assert "to mend" in shown(run("check('sigmoid_neuron')"))[0]
    run(samples.RIGHT)
    assert "All" in shown(run("check('sigmoid_neuron')"))[0]
    run("del sigmoid_neuron_backward")
    assert "? missing" in shown(run("check('sigmoid_neuron')"))[0]


def test_names_and_nothing_are_told_in_a_line(run):
    """A typo, no cell that answers anything, and the student's own names are as they were."""
    run("results = selfcheck = 'mine'")
    assert "did you mean 'softmax'?" in line(run("check('sofmax')"))
    assert "defines no function of any assignment" in line(run("check()"))
    (value,) = run("results, selfcheck")
    assert value.data["text/plain"] == "('mine', 'mine')"


def test_whatever_breaks_inside_is_a_line(run):
    """An error planted in the kernel's grader is told, and the cell goes on."""
    run("import grader.selfcheck as inner\nkept = inner.check_source\ninner.check_source = lambda *_, **__: 1 / 0")
    outputs = run("check('softmax')\nprint('and on')")
    run("inner.check_source = kept")
    (output,) = outputs
    first, second = output.text.splitlines()
    assert "bug in the grader" in first
    assert second == "and on"


def test_modules_and_data_beside_the_notebook(run):
    """What is imported from a module of one's own is missing, with the reason; a file that is not read costs nothing."""
    Path(json.loads(run("import os, json; print(json.dumps(os.getcwd()))")[0].text), "my_layers.py").write_text(
        samples.RIGHT, encoding="utf-8"
    )
    run("from my_layers import *\nimport numpy as np\nnp.save('x.npy', np.ones(3))\nx = np.load('x.npy')")
    text, _ = shown(run("check('sigmoid_neuron')"))
    assert "is defined in my_layers;" in " ".join(text.split())
    run(samples.RIGHT)
    assert "All" in shown(run("check('sigmoid_neuron')"))[0]


def test_the_ids_that_frontends_send_are_seen(started, run):
    """A cell that is edited and run again, with its id in the request as JupyterLab and VS Code send it, is one cell."""
    run("check()")
    kernel = started.client.kc
    for text in ("x = 1", "x = 2", "x = 3"):
        message = kernel.session.msg("execute_request", {"code": text, "store_history": True, "silent": False})
        message["metadata"]["cellId"] = "abc"
        kernel.shell_channel.send(message)
        run_sync(kernel.get_shell_msg)(timeout=60)
    outputs = run(
        "from grader import notebook\nprint([r.source for r in notebook.counting(notebook._ran(get_ipython())) if r.cell_id])"
    )
    assert outputs[0].text.strip() == "['x = 1', 'x = 3']"


def test_hostile_text_stays_text(run):
    """What a submission says of itself is escaped in HTML and harmless in text."""
    raises = samples.RIGHT.replace(
        "    f = 1", "    raise ValueError('<script>alert(1)</script>\\x1b[31m $x$')\n    f = 1"
    )
    run(raises)
    text, html = shown(run("check('sigmoid_neuron')"))
    assert "<script>alert(1)</script>" in "".join(text.split("\n"))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\x1b" not in html + text


def test_a_terminals_ipython_works_the_same(tmp_path):
    """IPython without a kernel: the cells of its history, shown as text."""
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as Shell; shell = Shell.instance()\n"
        "for cell in sys.stdin.read().split('#next'): shell.run_cell(cell, store_history=True)"
    )
    cells = f"{samples.RIGHT}#nextfrom grader import check#nextcheck('sigmoid_neuron')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**HERE, "IPYTHONDIR": str(tmp_path)},
        cwd=tmp_path,
        input=cells,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "checks passed." in done.stdout
