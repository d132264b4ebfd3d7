from __future__ import annotations

import re
import tracemalloc

import msgspec
import pytest
import report_samples as samples
from report_reading import HOSTILE, read, tame

from grader.diagnose import MistakeInfo
from grader.report import class_page, plots, summary, tenths
from grader.report.class_page import ClassPage, RunFacts, summarise
from grader.report.info import AssignmentInfo
from grader.result import Check, Evidence, Problem

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
    (mistake,) = found.mistakes
    assert (mistake.assignment, mistake.name, mistake.submissions, mistake.functions) == (
        "softmax",
        "sign",
        1,
        ("a", "b", "c"),
    )


def test_a_mistake_has_the_example_that_shows_most():
    """The first check with a failing case is the example, and where none has one the first of all."""
    plain = Check(function="f", check="backward", status="failed", diagnosis="sign", message="has the wrong sign")
    shown = msgspec.structs.replace(
        plain, evidence=Evidence(case=0, inputs={}, where="da[0]", difference="-1 times what it should be")
    )
    right = Check(function="g", check="forward", status="passed")
    results = [samples.result(samples.SOFTMAX, [plain], "ada"), samples.result(samples.SOFTMAX, [right, plain], "bob")]
    (mistake,) = summarise(results).mistakes
    assert mistake.example == summary.Example("ada", 1, "has the wrong sign", evident=False)
    results += [samples.result(samples.SOFTMAX, [right, plain, shown], late) for late in ("eve", "zoe")]
    (mistake,) = summarise(results).mistakes
    assert mistake.example == summary.Example("eve", 3, "da[0]: -1 times what it should be", evident=True)


def test_an_example_leads_to_its_check():
    """The example's link goes to the check on that student's feedback page, with what is off beside it."""
    html = class_page.render(page())
    (row,) = [e for e in read(html).all("tr") if e.text.split()[:3] == ["Only", "the", "diagonal"]]
    assert "ada -0.0956212 instead" not in row.text
    assert "ada da[0]: -0.0956212 instead of -0.250133" in " ".join(row.text.split())
    assert 'href="feedback/ada/softmax.html#check-4"' in html


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
        "Only the diagonal of the Jacobian Softmax and its Jacobian, softmax_backward 1",
        "missing-minus Staged backpropagation, staged_backward 2",
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
    assert "ada 3.75 11 14.75" in rows
    assert "bob not graded 11 not graded" in rows
    assert "eve 10 0 10" in rows
    links = [e.attributes["href"] for e in read_page.all("a") if "td" in e.parents and e.text == "3.75"]
    assert links == ["feedback/ada/softmax.html"]


def test_the_only_assignment_has_a_column_a_function():
    """With one assignment each function's points stand before the score; with several there is no room for them."""
    results = [samples.softmax_result(student="ada"), samples.not_graded("bob")]
    rows = [
        " ".join(e.text.split())
        for e in read(class_page.render(page(results, assignments=(samples.SOFTMAX,)))).all("tr")
    ]
    head = "Student softmax_forward of 4 softmax_backward of 4 softmax_jacobian of 2 softmax of 10 total of 10"
    assert head in rows
    assert "ada 3 0.75 0 3.75 3.75" in rows
    assert "bob not graded not graded" in rows
    assert head not in [" ".join(e.text.split()) for e in read(class_page.render(page())).all("tr")]


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
    grades = html[html.index('<table class="grades">') :]
    assert all(grades.count(f"<bdi>{name}</bdi></th>") >= 1 for name in names)
    assert len(html) < 600_000


def test_a_large_class_fits_a_page_and_little_memory():
    """3,000 students by five assignments of 40 checks: a page of two megabytes, made of a summary of a few."""
    infos = [AssignmentInfo(f"a{k}", f"A{k}", "", 40, ("f", "g")) for k in range(5)]
    statuses = ("passed", "failed", "error", "timeout", "missing", "skipped")
    rows = [
        [
            Check(function="fg"[i % 2], check=f"stages:{i}", status=statuses[(i * k) % (1 + k % 6)], max_points=1)
            for i in range(40)
        ]
        for k in range(100)
    ]
    results = (
        samples.result(info, rows[(7 * i + k) % 100], f"student{i:04d}", score=float((i * k) % 41), seconds=i / 1e3)
        for i in range(3000)
        for k, info in enumerate(infos)
    )
    tracemalloc.start()
    found = summarise(results)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 12_000_000
    links = {
        (row.student, info.name): f"feedback/{row.student}/{info.name}.html" for row in found.students for info in infos
    }
    html = class_page.render(page(summary=found, assignments=infos, links=links))
    assert len(html) < 2_000_000
    assert html.count('class="many"') == 5


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
    assert said.count("eve 2 open a socket: AF_INET read /etc/shadow") == 1
    assert "open a socket: AF_INET 1 eve" in said


def test_what_the_wall_refused_is_counted_by_attempt():
    """What most submissions tried comes first, with the first students and how many there are."""
    tried = {f"s{i:02d}": ["open a socket: AF_INET", *(["start a process: fork"] if i % 2 else [])] for i in range(24)}
    results = [samples.softmax_result(student=student, refused=list(what)) for student, what in tried.items()]
    found = summarise(results)
    assert [(entry.what, entry.submissions) for entry in found.attempts] == [
        ("open a socket: AF_INET", 24),
        ("start a process: fork", 12),
    ]
    assert found.attempts[1].students == tuple(f"s{i:02d}" for i in range(1, 20, 2))


def test_many_kinds_of_attempts_are_bounded():
    """A box that claims endless attempts costs a list of bounded length."""
    results = [samples.softmax_result(student=f"s{i}", refused=[f"try {i} {k}" for k in range(50)]) for i in range(40)]
    assert len(summarise(results).attempts) == summary.MOST_ATTEMPTS


def test_slow_and_troubled_submissions_are_named():
    """Time is over all of a submission's assignments; who was stopped comes before who raised, with a link to the check."""
    stop, fail, right = (
        Check(function="f", check="forward", status=status, message=message)
        for status, message in (("timeout", "No answer in 10 s."), ("error", "raised KeyError"), ("passed", ""))
    )
    results = [
        samples.result(samples.SOFTMAX, [right, fail, fail, fail], "ada", seconds=0.5),
        samples.result(samples.STAGED, [right], "ada", seconds=2.0),
        samples.result(samples.SOFTMAX, [right, stop], "bob", seconds=10.25),
        *(samples.result(samples.SOFTMAX, [right], f"s{i}", seconds=0.0) for i in range(30)),
    ]
    found = summarise(results)
    assert [(entry.student, entry.seconds, entry.slowest) for entry in found.slowest] == [
        ("bob", 10.25, "softmax"),
        ("ada", 2.5, "staged_fxy"),
    ]
    assert [(e.student, e.timeouts, e.errors, e.first.number) for e in found.troubled] == [
        ("bob", 1, 0, 2),
        ("ada", 0, 3, 2),
    ]
    links = {("bob", "softmax"): "feedback/bob/softmax.html"}
    html = class_page.render(page(summary=found, links=links))
    assert 'href="feedback/bob/softmax.html#check-2"' in html
    assert "bob 1 0 f, forward value: No answer in 10 s." in words(html)


def test_bins():
    """Full marks fall in the last tenth, an edge in the tenth that it opens, and nothing is lost."""
    assert tenths.bins([0, 1, 9.99, 10, 12, -1], 10) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert tenths.bins([0.3 * k for k in range(11)], 3) == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert tenths.bins([0.0], 0) == [1, *[0] * 9]
    assert tenths.labels(10)[0] == "0 to 1"


def test_a_plot_has_the_pages_colours():
    """A plot has a bar for each tenth that holds a score, ids of its own, and no colour or style but the page's."""
    drawn = plots.histogram([1, 2, 2, 9], 10, name="a", title="T")
    assert drawn.count("<rect") == 3
    assert not re.search(r"style|fill|stroke|colou?r|font", drawn)
    assert set(re.findall(r'\bid="([^"]+)"', drawn)) == {"a-title", "a-desc"}


def test_who_handed_nothing_in_is_a_paler_part():
    """Of the first bar, as much is paler as there are scores of those who handed nothing in, and the words say it."""
    drawn = plots.histogram([0, 0, 0, 0, 9], 10, name="a", title="T", absent=3)
    whole, _, paler = (float(bar.attributes["height"]) for bar in read(drawn).all("rect"))
    assert paler == pytest.approx(0.75 * whole, abs=0.2)
    assert "Of the first, 3 handed nothing in." in drawn


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
