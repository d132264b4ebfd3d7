from __future__ import annotations

import re

import msgspec
import pytest
import report_samples as samples
from report_reading import HOSTILE, read, tame

from grader.diagnose import MistakeInfo
from grader.report import class_page, plots, summary
from grader.report.class_page import ClassPage, RunFacts, summarise
from grader.report.info import AssignmentInfo
from grader.result import Check, Problem

RUN = RunFacts("20 November 2025", 12.5, 6, "sandlock", 918273645, {"grader": "0.1.0"})


def klass():
    """Ada has everything, bob's softmax is not graded, eve has full marks in softmax only."""
    yield samples.softmax_result(student="ada")
    yield samples.staged_result(student="ada")
    yield samples.not_graded("bob")
    yield samples.staged_result(student="bob")
    yield msgspec.structs.replace(samples.softmax_result(student="eve"), score=10.0, checks=[])
    yield msgspec.structs.replace(samples.matmul_result(student="eve"), assignment="staged_fxy", score=0.0)


def page(results=None, **changes):
    fields = {
        "summary": summarise(klass() if results is None else results),
        "assignments": (samples.SOFTMAX, samples.STAGED),
        "run": RUN,
        "links": {("ada", "softmax"): "feedback/ada/softmax.html"},
        "mistakes": {("softmax", "diagonal-only"): samples.MISTAKES["diagonal-only"]},
    }
    return ClassPage(**(fields | changes))


def words(html):
    return re.sub(r"\s+", " ", read(html).text)


def test_summarise_in_one_pass():
    """A generator is enough: scores, figures, mistakes, reasons and problems come out of one pass."""
    found = summarise(klass())
    assert [row.student for row in found.students] == ["ada", "bob", "eve"]
    assert found.students[1].scores == {"softmax": None, "staged_fxy": 11.0}
    softmax, staged = found.assignments
    assert (softmax.scores, softmax.not_graded, softmax.full_marks) == ((3.75, 10.0), 1, 1)
    assert (softmax.mean, softmax.median) == (6.875, 6.875)
    assert staged.scores == (0.0, 11.0, 11.0)
    assert [(m.name, m.submissions) for m in found.mistakes] == [
        ("missing-minus", 2),
        ("diagonal-only", 1),
        ("transpose-missing", 1),
    ]
    assert found.ungraded == (summary.Ungraded("docker stopped answering at /var/run/secret.sock", 1, ("bob",)),)
    assert (found.results, found.graded, found.all_problems) == (6, 5, 2)
    assert summary.totals(found, ["softmax", "staged_fxy"]) == [14.75, None, 10.0]


def test_a_mistake_counts_once_a_submission():
    """A mistake that shows in three checks of one submission is one submission's mistake."""
    checks = [Check(function=f, check="backward", status="failed", max_points=1, diagnosis="sign") for f in "abc"]
    checks.append(Check(function="d", check="backward", status="passed", diagnosis="not counted"))
    found = summarise([samples.result(samples.SOFTMAX, checks)])
    assert found.mistakes == (summary.MistakeCount("softmax", "sign", 1, ("a", "b", "c")),)


def test_what_no_name_fits_is_counted():
    """A failure without a diagnosis is counted apart."""
    checks = [Check(function="f", check="backward", status="failed", max_points=1)]
    assert summarise([samples.result(samples.SOFTMAX, checks)]).unnamed == 1
    assert summarise([samples.result(samples.SOFTMAX, [])]).unnamed == 0


def test_nothing_at_all():
    """No results give an empty summary and a page."""
    html = class_page.render(page([]))
    tame(html)
    assert "Nothing is graded yet." in words(html)


def test_a_page_is_sound():
    """The page nests, its labels and links exist, its tables have captions and scopes."""
    html = class_page.render(page())
    read_page = tame(html)
    ids = [e.attributes["id"] for e in read_page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in read_page.elements:
        for label in element.attributes.get("aria-labelledby", "").split():
            assert label in ids
        for name in ("href", "xlink:href"):
            if element.attributes.get(name, "").startswith("#"):
                assert element.attributes[name][1:] in ids
    assert len(read_page.all("caption")) == len(read_page.all("table"))
    assert all(e.attributes.get("scope") for e in read_page.all("th"))


def test_it_tells_the_instructor():
    """Figures, the mistakes with counts, why something is not graded, odd files, and the run's facts."""
    text = words(class_page.render(page()))
    for part in [
        "Only the diagonal of the Jacobian Softmax and its Jacobian softmax_backward 1",
        "missing-minus Staged backpropagation staged_backward 2",
        "docker stopped answering at /var/run/secret.sock 1 bob",
        "2 remarks about files",
        "Wall sandlock",
        "Seed 918273645",
        "12.5 s, 0.5 submissions a second",
        "Mean total 12.38 of 22",
    ]:
        assert part in text, part


def test_each_assignment_shows_its_topic():
    """The row of an assignment names the section of the notes that it covers."""
    rows = [" ".join(e.text.split()) for e in read(class_page.render(page())).all("tr")]
    for info in (samples.SOFTMAX, samples.STAGED):
        assert info.topic
        assert any(row.startswith(f"{info.title} {info.topic} {info.max_score:g} ") for row in rows), rows


def test_a_row_a_student_with_links():
    """Scores link to the feedback; what is not graded says so in words, and has no total."""
    read_page = read(class_page.render(page()))
    rows = [" ".join(e.text.split()) for e in read_page.all("tr")]
    assert "ada 3.75 11 14.75 graded" in rows
    assert "bob not graded 11 not graded" in rows
    assert "eve 10 0 10 graded" in rows
    links = [e.attributes["href"] for e in read_page.all("a") if e.attributes["href"].startswith("feedback")]
    assert links == ["feedback/ada/softmax.html"]


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("feedback/a b/x.html", "feedback/a%20b/x.html"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("//evil.example/x", "evil.example/x"),
        ("feedback/50%/#1?.html", "feedback/50%25/%231%3F.html"),
        ('"><script>', "%22%3E%3Cscript%3E"),
    ],
)
def test_links_are_quoted_paths(path, href):
    """Whatever a folder is called, its link stays a relative path."""
    html = class_page.render(page(links={("ada", "softmax"): path}))
    tame(html)
    assert f'href="{href}"' in html


def test_thousands_of_students():
    """With 3,000 students there are jump links to every hundredth row, and every row is there."""
    names = [f"student{i:04d}" for i in range(3000)]
    results = (samples.result(samples.SOFTMAX, [], name, score=float(i % 11)) for i, name in enumerate(names))
    html = class_page.render(page(results, assignments=(samples.SOFTMAX,)))
    read_page = read(html)
    jumps = [e for e in read_page.all("a") if e.attributes["href"].startswith("#block-")]
    assert [e.text for e in jumps] == names[::100]
    assert sum(html.count(f"<bdi>{name}</bdi></th>") for name in names) == 3000
    assert len(html) < 2_000_000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field(text):
    """No text in any field of the class page runs, hides or breaks its structure."""
    checks = [Check(function=text, check=text, status="failed", message=text, diagnosis=text or "x", max_points=1)]
    result = samples.result(
        samples.SOFTMAX, checks, text, assignment=text, sandbox=text, problems=[Problem(text, text)], refused=[text]
    )
    late = msgspec.structs.replace(result, student=f"{text}2", status="not_graded", score=None, reason=text)
    html = class_page.render(
        ClassPage(
            summarise([result, late]),
            (AssignmentInfo(text, text, text, 10, (text,)), samples.SOFTMAX),
            RunFacts(text, 0.0, 2, text, 1, {text: text}),
            {(text, text): text},
            {(text, text): MistakeInfo(text, text, text, text)},
        )
    )
    allowed = {e.tag for e in tame(class_page.render(page())).elements} | {"code"}
    assert {e.tag for e in tame(html).elements} <= allowed
    assert len(html) < 400_000


def test_memory_is_bounded_by_students_not_text():
    """Thousands of problems and long reasons are counted, not kept."""
    results = (
        samples.result(
            samples.SOFTMAX,
            [],
            f"s{i}",
            status="not_graded",
            score=None,
            reason="x" * 10_000,
            problems=[Problem("a", "b")] * 5,
            refused=["start a process: fork"] * 20,
        )
        for i in range(500)
    )
    found = summarise(results)
    assert found.all_problems == 2500
    assert len(found.problems) == summary.MOST_PROBLEMS
    assert found.all_refused == 500
    assert len(found.refused) == summary.MOST_REFUSED
    assert {entry.attempts for entry in found.refused} == {("start a process: fork",)}
    assert len(found.ungraded) == 1
    assert len(found.ungraded[0].students) == summary.MOST_NAMES
    assert len(found.ungraded[0].reason) <= 200


def test_what_the_wall_refused_is_listed_by_student():
    """Once a student, however many results tell of it; without any, the page does not speak of it."""
    assert "Refused by the wall" not in words(class_page.render(page()))
    tried = ["open a socket: AF_INET", "read /etc/shadow"]
    results = [
        samples.softmax_result(student="eve", refused=tried),
        samples.staged_result(student="eve", refused=tried),
    ]
    said = words(class_page.render(page([*klass(), *results])))
    assert "Refused by the wall" in said
    assert said.count("eve open a socket: AF_INET, read /etc/shadow") == 1


def test_bins():
    """Full marks fall in the last tenth, an edge in the tenth that it opens, and nothing is lost."""
    assert plots.bins([0, 1, 9.99, 10, 12, -1], 10) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert plots.bins([0.3 * k for k in range(11)], 3) == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert plots.bins([0.0], 0) == [1, *[0] * 9]
    assert plots.labels(10)[0] == "0 to 1"


def test_a_plot_has_the_pages_colours():
    """A plot has a bar for each tenth that holds a score, ids of its own, and no colour or style but the page's."""
    drawn = plots.histogram([1, 2, 2, 9], 10, name="a", title="T")
    assert drawn.count("<rect") == 3
    assert not re.search(r"style|fill|stroke|colou?r|font", drawn)
    assert set(re.findall(r'\bid="([^"]+)"', drawn)) == {"a-title", "a-desc"}


def test_bars_are_as_high_as_what_they_count():
    """Each bar stands on the axis, twice as many students make it twice as high, and the highest has its count above."""
    drawn = read(plots.histogram([1, 2, 2, 9], 10, name="a", title="T"))
    bars = [{name: float(bar.attributes[name]) for name in ("x", "y", "width", "height")} for bar in drawn.all("rect")]
    assert len({bar["y"] + bar["height"] for bar in bars}) == 1
    assert [bar["height"] / bars[0]["height"] for bar in bars] == [1, 2, 1]
    axis = next(e for e in drawn.all("path") if e.attributes["class"] == "axis")
    left, ground, right = map(float, re.findall(r"[\d.]+", axis.attributes["d"]))
    assert ground == bars[0]["y"] + bars[0]["height"]
    assert left < bars[0]["x"] < bars[-1]["x"] + bars[-1]["width"] < right


@pytest.mark.parametrize("most", [0.3, 1, 7, 10, 12.5, 220, 98_765])
@pytest.mark.parametrize("count", [3, 6, 10])
def test_ticks_are_round_and_few(most, count):
    """From 0 to no more than the most, in even steps of 1, 2 or 5 times a power of ten, and whole where asked."""
    found = plots.ticks(most, count)
    assert found[0] == 0
    assert len(found) <= count + 1
    assert found[-1] <= most * (1 + 1e-9)
    assert f"{found[1]:e}"[0] in "125"
    assert all(value == int(value) for value in plots.ticks(most, count, whole=True))


def test_a_plot_speaks():
    """A plot's description gives the counts in words."""
    drawn = plots.histogram([1, 2, 2, 9], 10, name="a", title="Scores <b>")
    assert "4 scores. 1 to 2 points: 1; 2 to 3 points: 2; 9 to 10 points: 1." in drawn
    assert "Scores &lt;b&gt;" in drawn
