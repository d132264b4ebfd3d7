"""The documentation is run as it is written: its files, its commands, what they print.

docs/authoring.md makes a course, and its slips are told as it says. The guides are followed from their first block to their
last, each in a folder that holds what its reader has before the first step.
"""

from __future__ import annotations

import json
import os
import re
import shutil

import class_samples as samples
import doc_pages
import nbformat
import platform_samples as platforms
import pytest
from doc_pages import PAGES, TESTED_APART, blocks, run
from nbclient import NotebookClient

from grader import course
from grader.catalogue import open_course
from grader.errors import AssignmentError, WallError
from grader.sandbox.choice import check_sandlock

PAGE = PAGES["docs/authoring.md"].read_text(encoding="utf-8")
NAME = "log_sum_exp"
BLOCKS = blocks(PAGE)
SLIPS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (`.+`) \|$", PAGE, re.MULTILINE)


def changed(text, before, after):
    assert text.count(before) == 1, before
    return text.replace(before, after)


def patched(text, diff):
    """The text with a diff's lines: those with "-" and without a sign are there, those with "+" come in."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    return changed(text, before, after)


def plain(text):
    """A line's words; of a validated assignment without how many mutants there were, nor how long it took."""
    words = text.split()
    return " ".join(w for w in words if not w.isdigit()) if words[-1:] == ["sound"] else " ".join(words)


def written(block, folder):
    """Make or change the file that a block is."""
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    changes = block.language == "diff"
    text = patched(path.read_text(encoding="utf-8"), block.text) if changes else block.text
    path.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_authors_guide_makes_a_sound_course(tmp_path):
    """Every file and every command of the page, in order: new, validate, list, grade; what it prints is what is shown."""
    out = ""
    for block in BLOCKS:
        if block.language == "sh":
            out = "".join(run(line, tmp_path) for line in block.text.splitlines())
        elif block.language == "text":
            shown = {plain(line) for line in out.splitlines()}
            assert {plain(line) for line in block.text.splitlines()} <= shown, out
        elif block.file:
            written(block, tmp_path)
    assert samples.result(tmp_path / "reports", "ada", NAME)["score"] < 10
    assert open_course(tmp_path / "my-course").names() == [NAME]


def test_every_block_is_run_but_the_layout():
    """A block is a file, a change of a file, a command, or what a command prints; one shows folders."""
    kinds = [block.language for block in BLOCKS]
    assert PAGE.count("\n```") == 2 * len(BLOCKS)
    assert set(kinds) == {"sh", "text", "python", "markdown", "toml", "diff", ""}
    assert all(bool(block.file) == (block.language in {"python", "markdown", "toml", "diff"}) for block in BLOCKS)
    (layout,) = (block.text for block in BLOCKS if not block.language)
    for word in ("assignments/log_sum_exp/", "spec.py", "stub.py", "README.md", "solutions/log_sum_exp.py", "zoo/"):
        assert word in layout
    commands = {line.split()[1] for b in BLOCKS if b.language == "sh" for line in b.text.splitlines()}
    assert commands >= {"new", "validate", "list", "grade"}


def test_every_slip_of_the_table_is_seen():
    """The table is read as a whole."""
    assert len(SLIPS) == PAGE.partition("| you write |")[2].partition("\n\n")[0].count("\n") - 1
    assert len(SLIPS) >= 6


@pytest.mark.parametrize(("write", "instead", "message"), SLIPS)
def test_a_slip_is_told_as_the_page_says(tmp_path, write, instead, message):
    """The finished course with one slip gives the message of the table."""
    for block in BLOCKS:
        if block.file:
            written(block, tmp_path)
    made = open_course(tmp_path / "my-course")
    files = [made.folder(NAME) / "spec.py", made.solution(NAME)]
    (path,) = (path for path in files if instead in path.read_text(encoding="utf-8"))
    path.write_text(changed(path.read_text(encoding="utf-8"), instead, write), encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        course.prepare_all([NAME], 1, made)[NAME].checks  # noqa: B018 - drawn now
    assert message.strip("`").strip() in str(caught.value)
    assert NAME in str(caught.value)


# --- the guides -------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path, wheel_file):
    """What an instructor has at hand: the bundled class, what `make wheel` made, a download and a gradebook of Canvas."""
    (tmp_path / "examples").symlink_to(samples.ROOT / "examples")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "index.html").write_text("the bundled class", encoding="utf-8")
    (tmp_path / "dist").mkdir()
    shutil.copy(wheel_file, tmp_path / "dist")
    people = {
        platforms.canvas_file(*who, 100 + i, 9000 + i): (samples.RIGHT if i else platforms.PYTHON).encode()
        for i, who in enumerate(platforms.PEOPLE[:4])
    }
    (tmp_path / "submissions.zip").write_bytes(platforms.zipped(people))
    (tmp_path / "gradebook.csv").write_text(platforms.CANVAS_GRADEBOOK, encoding="utf-8", newline="")
    return tmp_path


@pytest.fixture
def handout(tmp_path, wheel_file):
    """What a student is given."""
    released = samples.grader("release", "matmul_gate", "--to", tmp_path, "--wheel", wheel_file)
    assert released.code == 0
    return tmp_path


def lacking_sandlock():
    """Why the pages on walls can't be followed here."""
    try:
        check_sandlock()
    except WallError as error:
        return str(error)
    return None


def follow(page, folder, site=samples.ROOT):
    """Write the files of a page, run its commands, and look for what it says that they print."""
    out, ran = "", 0
    for block in blocks(PAGES[page].read_text(encoding="utf-8")):
        if block.why is not None:
            continue
        if block.language == "sh":
            out = "".join(run(line, folder, site) for line in doc_pages.lines(block))
            ran += 1
        elif block.language == "text":
            shown = {plain(line) for line in out.splitlines()}
            assert {plain(line) for line in block.text.splitlines()} <= shown, out
        elif block.file:
            written(block, folder)
    return ran


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", sorted(set(PAGES) - {*TESTED_APART, "docs/students.md"}))
def test_a_guide_can_be_followed(page, checkout, require):
    """Each command of a page works, in order, in what is there before its first step."""
    if re.search("grader doctor|--sandbox sandlock", PAGES[page].read_text(encoding="utf-8")):
        require("sandlock", lacking_sandlock())
    ran = follow(page, checkout)
    assert ran or page == "docs/index.md"
    if page == "docs/instructors.md":
        assert (checkout / "handout.zip").is_file()
        assert "Lovelace" in (checkout / "hw1" / "export" / "canvas.csv").read_text(encoding="utf-8")
        assert "no proof" in (checkout / "similar.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_students_guide_works_with_the_wheel_alone(handout, wheel):
    """What a student installs and is given is enough for every step; the notebook's cell shows the table."""
    assert follow("docs/students.md", handout, wheel) >= 4
    blocks_ = blocks(PAGES["docs/students.md"].read_text(encoding="utf-8"))
    (cell,) = (block.text for block in blocks_ if block.language == "python" and not block.file)
    source = (handout / "matmul_gate" / "matmul_gate.py").read_text(encoding="utf-8")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (source, cell)])
    client = NotebookClient(book, timeout=300)
    env = {**os.environ, "PYTHONPATH": str(wheel), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with client.setup_kernel(cwd=str(handout), env=env):
        outputs = [client.execute_cell(c, i).outputs for i, c in enumerate(book.cells)]
    assert "matmul_backward raises ValueError" in json.dumps(outputs[1])


def test_every_command_is_run_or_says_why_not():
    """Commands stand in blocks of their own language, and one that isn't run has a reason."""
    for name in set(PAGES) - TESTED_APART:
        text = PAGES[name].read_text(encoding="utf-8")
        found = blocks(text)
        assert text.count("\n```") == 2 * len(found), name
        assert text.count("<!-- not run") == sum(block.why is not None for block in found), name
        for block in found:
            if block.language != "sh":
                assert not [line for line in block.text.splitlines() if line.startswith(doc_pages.PROGRAMS)], name
                assert block.why is None, name
            else:
                assert block.why is None or len(block.why.split()) >= 5, name
                assert block.why or all(
                    line.startswith((*doc_pages.PROGRAMS, "rm ")) for line in doc_pages.lines(block)
                )


def test_a_command_that_fails_is_seen(tmp_path):
    """The running of pages objects to an option that isn't there, a target that isn't there, and an unknown program."""
    for line in ("grader list --nonsense", "make nonsense", "curl example.org"):
        with pytest.raises(AssertionError):
            run(line, tmp_path)
