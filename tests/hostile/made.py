"""Attacks that are no plain Python file: notebooks, zips, sources too large to keep, names that no editor writes.

`MADE` has a function for each, by "GROUP/NAME": it writes the submission of `student` into the folder of a class.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

MIB = 1 << 20
WRONG = (
    "import numpy as np\n\n\ndef sigmoid_neuron_forward(w, x):\n    return 0.25, (w, x)\n\n\n"
    "def sigmoid_neuron_backward(df, cache):\n    return np.zeros(3), np.zeros(2)\n"
)
"""Answers that are wrong throughout."""

Maker = Callable[[Path, str], None]
MADE: dict[str, Maker] = {}


def made(group: str) -> Callable[[Maker], Maker]:
    """Enter a function as an attack of `group`, called as the function is."""

    def enter(maker: Maker) -> Maker:
        MADE[f"{group}/{maker.__name__}"] = maker
        return maker

    return enter


def write(folder: Path, name: str, source: str) -> None:
    (folder / name).write_text(source, encoding="utf-8", errors="surrogatepass")


def packed(entries: Iterable[tuple[str, bytes | str]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of (name, content) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


# --- sources that are hard to parse -----------------------------------------------------------------------------------


@made("exhaust")
def parser_parentheses(folder: Path, student: str) -> None:
    """A hundred thousand parentheses, opened and closed."""
    write(folder, f"{student}.py", f"{WRONG}\nx = {'(' * 100_000}1{')' * 100_000}\n")


@made("exhaust")
def parser_unclosed(folder: Path, student: str) -> None:
    """Brackets of every kind that are never closed, on lines that each look like a beginning."""
    write(folder, f"{student}.py", "\n".join(f"x{i} = ([{{" for i in range(20_000)) + f"\n{WRONG}")


@made("exhaust")
def parser_folding(folder: Path, student: str) -> None:
    """Constants that a compiler would compute: towers of powers, repeated strings, shifts."""
    folded = (
        "2 ** 10 ** 9",
        "(1 << 10 ** 9) ** 2",
        "'x' * 10 ** 12",
        "((('x' * 4096) * 4096) * 4096)",
        "9 ** 9 ** 9 % 7",
    )
    write(folder, f"{student}.py", WRONG + "".join(f"if 0:\n    x = {constant}\n" for constant in folded * 40))


@made("exhaust")
def parser_functions(folder: Path, student: str) -> None:
    """A hundred thousand functions."""
    write(folder, f"{student}.py", "".join(f"def f{i}():0\n" for i in range(70_000)) + WRONG)


@made("exhaust")
def parser_one_line(folder: Path, student: str) -> None:
    """An expression of a megabyte on one line, and a dict literal of as many entries."""
    write(folder, f"{student}.py", f"{WRONG}x = {' + '.join(['1'] * 120_000)}\ny = {{{'1:1,' * 120_000}}}\n")


@made("exhaust")
def parser_nesting(folder: Path, student: str) -> None:
    """Ifs, functions and format strings inside one another, deeper than any parser goes."""
    ifs = "".join(f"{' ' * i}if 1:\n" for i in range(900))
    functions = "".join(f"{' ' * i}def f():\n" for i in range(90)) + " " * 90 + "pass\n"
    strings = "x = " + "f'{" * 200 + "1" + "}'" * 200 + "\n"
    chains = "x = 1" + " if 1 else 1" * 20_000 + "\ny = " + "not " * 50_000 + "1\n"
    write(folder, f"{student}.py", f"{WRONG}{functions}{strings}{chains}{ifs}")


@made("exhaust")
def parser_magics(folder: Path, student: str) -> None:
    """Lines on which a reader of notebook magics, Python 2 or broken pieces might go back and forth without end."""
    odd = [
        "a" * 200 + " " * 200 + "=" * 50,
        "%" * 300,
        "print 'x' % " * 30,
        "\\" * 99,
        "'''" * 33,
        "a, " * 100 + "= !x",
    ]
    write(folder, f"{student}.py", WRONG + "\n".join(odd * 300) + "\n" + "exec 'x' in " * 20_000)


# --- zips -------------------------------------------------------------------------------------------------------------


@made("exhaust")
def zip_of_zeros(folder: Path, student: str) -> None:
    """A zip of half a MiB whose files unpack to half a GiB."""
    (folder / f"{student}.zip").write_bytes(
        packed([("sigmoid_neuron.py", WRONG), *((f"{i}.py", bytes(32 * MIB)) for i in range(16))])
    )


@made("exhaust")
def zips_in_zips(folder: Path, student: str) -> None:
    """Zips in zips, five deep, sixteen at each level."""
    inner = packed([("sigmoid_neuron.py", WRONG), ("x.py", b"#" * MIB)])
    for _ in range(4):
        inner = packed([("sigmoid_neuron.py", WRONG), *((f"{i}.zip", inner) for i in range(16))])
    (folder / f"{student}.zip").write_bytes(inner)


@made("exhaust")
def zips_of_source(folder: Path, student: str) -> None:
    """Small zips whose sources, an emoji in each, would take gigabytes of the grader's memory as text."""
    room = folder / student
    room.mkdir()
    write(room, "sigmoid_neuron.py", WRONG)
    source = b"'\xf0\x9f\x98\x80'\n".rjust(MIB, b"#")
    data = packed((f"{i}.py", source) for i in range(60))
    for i in range(8):
        (room / f"{i}.zip").write_bytes(data)


@made("exhaust")
def zip_sizes_that_lie(folder: Path, student: str) -> None:
    """Entries that claim to be of one byte, or of four GiB."""
    data = bytearray(packed([("sigmoid_neuron.py", WRONG), ("a.py", bytes(40 * MIB)), ("b.py", "x = 1\n")]))
    for name, size in ((b"a.py", 1), (b"b.py", (1 << 32) - 2)):
        at = data.rfind(name)  # in the table of contents, whose entries are 46 bytes and the name
        data[at - 46 + 24 : at - 46 + 28] = struct.pack("<I", size)
    (folder / f"{student}.zip").write_bytes(bytes(data))


@made("exhaust")
def zip_overlapping(folder: Path, student: str) -> None:
    """Hundreds of entries that are all the same bytes of the zip."""
    data = packed([("sigmoid_neuron.py", WRONG), ("x.py", bytes(MIB))])
    end = data.rfind(b"PK\x05\x06")
    start = struct.unpack("<I", data[end + 16 : end + 20])[0]
    last = data.rfind(b"PK\x01\x02", start, end)
    more = b"".join(data[last : end - 4] + f"{i:04}"[:4].encode() for i in range(900))
    count, size = 2 + 900, end - start + len(more)
    tail = data[end : end + 8] + struct.pack("<HHII", count, count, size, start) + b"\x00\x00"
    (folder / f"{student}.zip").write_bytes(data[:end] + more + tail)


@made("exhaust")
def zip_of_entries(folder: Path, student: str) -> None:
    """Zips in a zip that list half a million empty files."""
    inner = packed(((f"{i}", b"") for i in range(40_000)), zipfile.ZIP_STORED)
    entries = [("sigmoid_neuron.py", WRONG), *((f"{i}.zip", inner) for i in range(12))]
    (folder / f"{student}.zip").write_bytes(packed(entries))


@made("exhaust")
def zip_of_environments(folder: Path, student: str) -> None:
    """A zip that holds ten thousand virtual environments and as many files beside them."""
    entries = [("sigmoid_neuron.py", WRONG), *((f"{i}/pyvenv.cfg", b"") for i in range(10_000))]
    (folder / f"{student}.zip").write_bytes(packed([*entries, *((f"{i}.png", b"") for i in range(10_000))], 0))


@made("exhaust")
def zip_of_long_names(folder: Path, student: str) -> None:
    """Names of thousands of suffixes, of folders without end, of marks that take a normaliser forever."""
    names = ["_1" * 15_000, "x/" * 15_000 + "x", "a" + "\u0301\u0323" * 10_000, " (1)" * 8_000, "_copy" * 6_000]
    entries = [(f"{i}{name}.py", "x = 1\n") for i, name in enumerate(names)]
    (folder / f"{student}.zip").write_bytes(packed([("sigmoid_neuron.py", WRONG), *entries]))


# --- notebooks --------------------------------------------------------------------------------------------------------


def notebook(cells: Iterable[dict], **more: object) -> dict:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}


def code(source: object, **more: object) -> dict:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source, **more}


def write_notebook(folder: Path, student: str, data: dict) -> None:
    (folder / f"{student}.ipynb").write_text(json.dumps(data), encoding="ascii")


@made("exhaust")
def notebook_of_50_mib(folder: Path, student: str) -> None:
    """A notebook of 50 MiB, nearly all of it one output."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (50 * MIB)}
    write_notebook(folder, student, notebook([code(WRONG, outputs=[output])]))


@made("exhaust")
def notebook_of_outputs(folder: Path, student: str) -> None:
    """A notebook just below the limit whose outputs are a million pieces."""
    cell = code(WRONG, outputs=[{"output_type": "stream", "name": "stdout", "text": ["x\n"] * 2_000_000}])
    write_notebook(folder, student, notebook([cell]))


@made("exhaust")
def notebook_of_cells(folder: Path, student: str) -> None:
    """A notebook of a hundred thousand cells."""
    write_notebook(folder, student, notebook([code(WRONG), *([code("x = 1")] * 100_000)]))


@made("exhaust")
def notebook_of_slow_cells(folder: Path, student: str) -> None:
    """A notebook of four thousand cells that each break, print and warn."""
    write_notebook(folder, student, notebook([*([code("print('x' * 999)\n1 / 0")] * 4_000), code(WRONG)]))


@made("exhaust")
def notebook_nested(folder: Path, student: str) -> None:
    """A notebook whose metadata is nested a hundred thousand deep, with a NaN that sends it to the patient reader."""
    text = json.dumps(notebook([code(WRONG)], deep=0, odd=float("nan")))
    (folder / f"{student}.ipynb").write_text(text.replace('"deep": 0', f'"deep": {"[" * 100_000}{"]" * 100_000}'))


@made("exhaust")
def notebook_of_pieces(folder: Path, student: str) -> None:
    """A notebook that is not sound and has as many keys as the patient reader takes."""
    keys = {f"{i}": 0 for i in range(1_800_000)}
    write_notebook(folder, student, notebook([code(WRONG)], odd=float("nan"), keys=keys))


@made("exhaust")
def notebook_of_numbers(folder: Path, student: str) -> None:
    """A notebook with a number of eight million digits."""
    text = json.dumps(notebook([code(WRONG)], odd=float("nan"), number=0))
    (folder / f"{student}.ipynb").write_text(text.replace('"number": 0', f'"number": {"7" * 8_000_000}'))


# --- reports ----------------------------------------------------------------------------------------------------------

ACTS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>`{{7*7}}[red]\x1b[31m\x07\u202e\x00=1+1"


@made("report")
def notebook_of_markup(folder: Path, student: str) -> None:
    """Markup, controls and lone surrogates in cells, in stored outputs, in metadata, in magics and in a language's name."""
    outputs = [
        {"output_type": "display_data", "data": {"text/html": ACTS, "application/javascript": ACTS}, "metadata": {}},
        {"output_type": "error", "ename": ACTS, "evalue": ACTS, "traceback": [ACTS] * 9},
    ]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ACTS},
        {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": ACTS},
        code(f"%%{ACTS}\nx", outputs=outputs, metadata={"name": ACTS}, id=ACTS),
        code(f"!echo {ACTS[:60]}\n%{ACTS[:60]}\n?{ACTS[:60]}\n", execution_count=ACTS),
        code("%%javascript\nalert(1)"),
        code(f"import {'x' * 300}, xn__script\nprint({ACTS!r})\nraise ValueError({ACTS!r})"),
        code("\ud800"),
        code(ACTS, language=ACTS),
        code(WRONG),
    ]
    metadata = {"title": ACTS, "authors": [{"name": ACTS}], "kernelspec": {"name": "python3", "display_name": ACTS}}
    write_notebook(folder, student, {**notebook(cells), "metadata": metadata})


@made("report")
def notebook_of_another_language(folder: Path, student: str) -> None:
    """A notebook whose language is markup."""
    data = notebook([code(WRONG)])
    write_notebook(folder, student, {**data, "metadata": {"kernelspec": {"name": "x", "language": ACTS * 100}}})


@made("report")
def broken_source(folder: Path, student: str) -> None:
    """A source that does not parse, where a parser's message quotes it, with a coding line that is markup."""
    write(folder, f"{student}.py", f"# coding: <b>\x1b\n{ACTS} = = '\n\u202e\x0c(\n\ud800\n{WRONG}")


@made("report")
def zip_of_odd_names(folder: Path, student: str) -> None:
    """Names in a zip that lead out of it, act in a browser, a terminal or a table, or are a device's."""
    names = [
        "../../../etc/cron.d/x.py",
        "/etc/passwd.py",
        "C:\\x.py",
        "..\\..\\x.py",
        "CON.py",
        "NUL",
        "aux.ipynb",
        "x .py.",
        f"{'n' * 300}.py",
        f"{ACTS.replace(chr(0), '')}.py",
        "=1+1.py",
        "a\n\rb.py",
        "\u202eyp.x.py",
        "ADA.py",
        "ada.py",
        "a\u0301.py",
        "\u00e1.py",
        "~/x.py",
        "$(id).py",
        "-rf.py",
        "x:y.py",
        "a//b.py",
        "./a.py",
        "`id`.py",
        "%2e%2e/x.py",
    ]
    entries = [("sigmoid_neuron.py", WRONG), *((name, "x = 1\n") for name in names)]
    (folder / f"{student}.zip").write_bytes(packed(entries))


@made("report")
def folder_of_odd_names(folder: Path, student: str) -> None:
    """Files in a folder with such names, with bytes that are no UTF-8, and folders deep inside one another."""
    room = folder / student
    room.mkdir()
    write(room, "sigmoid_neuron.py", WRONG)
    for name in (
        b"\xff\xfe.py",
        b"=1+1.csv",
        b"<img src=x onerror=alert(1)>.py",
        b"\x1b[31m.py",
        b"a\nb.ipynb",
        b"x" * 250,
    ):
        (room / os.fsdecode(name)).write_text("x = 1\n")
    deep = room.joinpath(*["\u202edeep"] * 20)
    deep.mkdir(parents=True)
    write(deep, "x.py", WRONG)


ODD_STUDENTS = (
    "<script>alert(1)<!script>",
    "' onmouseover=alert(1) x='",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "x;=1+1",
    "x\t=1+1",
    '","=1+1',
    "＝1+1",
    "'=1+1",
    "\x1b[2J\x1b[31mred",
    "\x1b]8;;http:evil\x07x\x1b]8;;\x07",
    "\x9b31m",
    "a\x01b",
    "\x7f\x08\x08",
    "a\r\nb",
    "\u202eada",
    "a\u2066b",
    "שלום 10",
    "ze\u200bro",
    "ze\u200dro",
    "zero",
    "\u3164",
    "\u2800",
    "a" + "\u0301" * 60,
    "{{7*7}}",
    "{% raw %}",
    "%s%n",
    "{0.__class__}",
    "[red]x[!red]",
    "[link=http:x]",
    "CON",
    "nul",
    "x..",
    " ada",
    "ada .",
    "Ada",
    "ada",
    "ADA",
    "A\u0301da",
    "\u00c1da",
    "W" * 240,
    "--fresh",
    "~",
    "%2e%2e",
    "grades.csv",
    "a&amp;b",
    "#frag?x=1",
)
"""Names of students that a folder can hold and that a report may trip over."""


@made("report")
def odd_students(folder: Path, student: str) -> None:
    """Hands in under many names, which act in a browser, a table or a terminal, or are somebody else's but for their form."""
    for name in ODD_STUDENTS:
        write(folder, f"{student.partition('_')[0]}_{name[:230]}.py", WRONG)
