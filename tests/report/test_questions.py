"""What checks and functions showed of the class, and the picture of it."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
import report_samples as samples

from grader.report import class_page, heat_map
from grader.report.class_page import ClassPage, RunFacts, summarise
from grader.report.questions import CODES, LEAST
from grader.result import Check


def checks(*statuses, points=()):
    """A check of f a status, each worth a point; the last is of g."""
    return [
        Check(
            function="g" if i == len(statuses) - 1 else "f",
            check=f"stages:{i}",
            status=status,
            points=dict(enumerate(points)).get(i, float(status == "passed")),
            max_points=1,
        )
        for i, status in enumerate(statuses)
    ]


def questions(*rows):
    """What a class shows, a student a row of statuses (None: not graded)."""
    results = [
        samples.result(samples.SOFTMAX, checks(*row), f"s{i}")
        if row
        else samples.result(samples.SOFTMAX, [], f"s{i}", status="not_graded", score=None)
        for i, row in enumerate(rows)
    ]
    return summarise(results).questions[0]


def test_checks_are_counted_over_those_who_handed_in():
    """Who has nothing but missing checks says nothing of them; what is skipped is not asked."""
    found = questions(("passed", "failed"), ("passed", "skipped"), ("missing", "passed"), ("missing", "missing"), None)
    assert found.answered == 3
    assert [dict(check.counts) for check in found.checks] == [
        {"passed": 2, "missing": 1},
        {"passed": 1, "failed": 1, "skipped": 1},
    ]
    assert [(check.right, check.asked) for check in found.checks] == [(2, 3), (1, 2)]


def test_functions_are_counted_by_their_points():
    """A function's points are those of its checks together: mean, tenths, all of them and none."""
    found = questions(("passed", "passed", "failed"), ("passed", "failed", "passed"), ("failed", "failed", "passed"))
    f, g = found.functions
    assert (f.function, f.max_points, f.mean, f.full, f.nothing) == ("f", 2, 1, 1, 1)
    assert f.bins == (1, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    assert (g.max_points, g.full, g.nothing) == (1, 2, 1)


def test_the_later_of_two_results_counts():
    """A student whose assignment comes twice is counted once, as the later result has it."""
    results = [samples.result(samples.SOFTMAX, checks(status, "passed"), "ada") for status in ("failed", "passed")]
    (found,) = summarise(results).questions
    assert dict(found.checks[0].counts) == {"passed": 1}
    assert found.functions[0].full == 1


def test_results_may_differ_in_their_checks():
    """A check that only some results have is counted where it is, and is nothing where it is not."""
    extra = Check(function="h", check="forward", status="failed", max_points=1)
    results = [
        samples.result(samples.SOFTMAX, checks("passed", "passed"), "ada"),
        samples.result(samples.SOFTMAX, [extra, *checks("failed", "passed")], "bob"),
    ]
    (found,) = summarise(results).questions
    assert [(c.function, dict(c.counts)) for c in found.checks] == [
        ("f", {"passed": 1, "failed": 1}),
        ("g", {"passed": 2}),
        ("h", {"failed": 1}),
    ]
    assert found.marks["ada"] == bytes([CODES["passed"]] * 2)
    assert [function.nothing for function in found.functions] == [1, 0, 2]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (LEAST, 0, "right"),
        (0, LEAST, "wrong"),
        (LEAST - 1, 0, ""),
        (0, LEAST - 1, ""),
        (29, 1, ""),
        (1, 29, ""),
        (2990, 10, "right"),
        (10, 2990, "wrong"),
        (2900, 100, ""),
    ],
)
def test_a_check_that_tells_nobody_apart(right, wrong, said):
    """Everyone right or everyone wrong, or as good as everyone; over a few students it means nothing."""
    found = questions(*[("passed", "passed")] * right, *[("failed", "passed")] * wrong)
    assert found.checks[0].everyone == said


def test_a_check_without_points_separates_nobody_by_design():
    """A check that gives no points of its own is not held to separate."""
    check = Check(function="f", check="gradcheck", status="failed")
    found = summarise([samples.result(samples.SOFTMAX, [check], f"s{i}") for i in range(9)])
    assert found.questions[0].checks[0].everyone == ""


def test_the_page_lists_what_all_have_wrong_first():
    """Checks that separate badly are listed with how many have them right; the good ones are not."""
    rows = [("failed", "passed", "passed" if i % 2 else "failed") for i in range(10)]
    results = [samples.result(samples.SOFTMAX, checks(*row), f"s{i}") for i, row in enumerate(rows)]
    run = RunFacts("", 0, 10, "none", 1)
    html = class_page.render(ClassPage(summarise(results), (samples.SOFTMAX,), run))
    section = html[html.index('aria-labelledby="questions"') : html.index('aria-labelledby="students"')]
    assert section.index("stage: 0") < section.index("stage: 1")
    assert "stage: 2" not in section
    assert "2 checks that tell nobody apart" in html


def pixels(url):
    """The picture as rows of codes and its colours, read by what the PNG specification says."""
    data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    parts, at = {}, 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body, crc = (
            data[at + 4 : at + 8],
            data[at + 8 : at + 8 + length],
            data[at + 8 + length : at + 12 + length],
        )
        assert int.from_bytes(crc, "big") == zlib.crc32(kind + body)
        parts[kind.decode()] = body
        at += 12 + length
    assert list(parts) == ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", parts["IHDR"])
    assert (depth, colour, *rest) == (8, 3, 0, 0, 0)
    raw = zlib.decompress(parts["IDAT"])
    assert len(raw) == height * (width + 1)
    rows = []
    for y in range(height):
        kind, *line = raw[y * (width + 1) : (y + 1) * (width + 1)]
        assert kind in {0, 2}
        rows.append([(a + b) % 256 for a, b in zip(line, rows[-1], strict=True)] if kind else line)
    return rows, len(parts["PLTE"]) // 3, len(parts["tRNS"])


def test_a_pixel_is_a_students_check():
    """A row a check under its function's empty one, a column a student in the order given; no result is no colour."""
    found = questions(("passed", "failed", "error"), ("timeout", "missing", "skipped"), None)
    drawn = heat_map.heat_map(found, ["s1", "s2", "s0"])
    rows, colours, alphas = pixels(drawn.picture)
    code = CODES
    assert rows == [
        [0, 0, 0],
        [code["timeout"], 0, code["passed"]],
        [code["missing"], 0, code["failed"]],
        [0, 0, 0],
        [code["skipped"], 0, code["error"]],
    ]
    assert [(row.function, row.check and row.check.check, row.number) for row in drawn.rows] == [
        ("f", None, 0),
        ("f", "stages:0", 1),
        ("f", "stages:1", 2),
        ("g", None, 0),
        ("g", "stages:2", 3),
    ]
    assert colours == alphas == len(CODES) + 1


def test_many_students_have_taller_lines():
    """Beyond what is drawn sharply each line is several pixels high, all alike."""
    found = questions(("passed", "failed"))
    small, tall = (heat_map.heat_map(found, ["s0", *map(str, range(n))]) for n in (3, heat_map.FEW))
    (rows, *_), (high, *_) = pixels(small.picture), pixels(tall.picture)
    assert len(high) == heat_map.TALL * len(rows)
    assert [row[0] for row in high[:: heat_map.TALL]] == [row[0] for row in rows]
    assert all(row == high[i - i % heat_map.TALL] for i, row in enumerate(high))


def test_nothing_to_draw():
    """Without students or checks there is no picture."""
    assert heat_map.heat_map(questions(None), ["s0"]).picture == ""
    assert heat_map.heat_map(questions(("passed",)), []).picture == ""
