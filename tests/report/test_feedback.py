from __future__ import annotations

import dataclasses
import re
from itertools import pairwise

import msgspec
import pytest
import report_samples as samples
from report_reading import HOSTILE, read, tame

from grader.diagnose import MistakeInfo
from grader.report import feedback
from grader.report.circuit import CircuitDrawing, CircuitNode
from grader.report.info import AssignmentInfo
from grader.result import Check, Evidence, File, Output, Problem

SECRETS = [
    "918273645",  # the seed
    "sandlock",
    "instructor-only remark",
    "printed-by-the-submission",
    "traceback-of-the-submission",
    "secret.sock",
]


def words(html):
    return re.sub(r"\s+", " ", read(html).text)


@pytest.mark.parametrize("name", ["softmax", "staged_fxy", "matmul_gate"])
def test_a_page_is_sound(name):
    """A page nests, has one h1, headings without gaps, a main part, a skip link to it, and labels that exist."""
    page = tame(feedback.render(samples.feedback_pages()[name]))
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert next(e for e in page.all("a") if e.attributes["class"] == "skip").attributes["href"] == "#main"
    assert len(page.all("main")) == 1
    assert page.all("html")[0].attributes["lang"] == "en"
    for element in page.elements:
        for label in element.attributes.get("aria-labelledby", "").split():
            assert label in ids
        if element.attributes.get("href", "").startswith("#"):
            assert element.attributes["href"][1:] in ids
    for table in page.all("table"):
        assert table.parents
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(e.attributes.get("scope") for e in page.all("th"))


def test_the_policy_forbids_everything_from_outside():
    """The page's own policy allows no script and nothing to be fetched."""
    page = read(feedback.render(samples.feedback_pages()["softmax"]))
    policy = next(e for e in page.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "@import" not in page.all("style")[0].text
    assert "url(" not in page.all("style")[0].text


def test_it_says_what_is_wrong_and_why():
    """Score, summary, status in words, the mistake with reason and section, the failing case and how far off."""
    text = words(feedback.render(samples.feedback_pages()["softmax"]))
    for part in [
        "Score: 3.75 of 10",
        "3 of 7 checks passed; 2 failed, 1 timed out, 1 missing, 1 skipped.",
        "Start with softmax_forward, extreme inputs",
        "Only the diagonal of the Jacobian",
        "da[j] collects",
        "Read Vector-valued gates: the softmax Jacobian",
        "[-0.250133, -0.0207871, 0.229412, 0.0415082]",
        "[-0.0956212, 0.0569333, 0.294571, 0.170902]",
        "Furthest off da[0]: -0.0956212 instead of -0.250133",
        "p came back as float32",
        "softmax_jacobian is not defined.",
        "softmax.py",
    ]:
        assert part in text, part


def test_a_card_a_check_grouped_by_function():
    """Every check has a card with its status in words, its points and its place under its function."""
    page = read(feedback.render(samples.feedback_pages()["softmax"]))
    cards = [e for e in page.all("li") if e.attributes.get("class", "").startswith("card ")]
    kinds = [e.attributes["class"].removeprefix("card ") for e in cards]
    assert kinds == ["passed", "failed", "passed", "failed", "passed", "timeout", "missing", "skipped"]
    assert "timed out" in cards[5].text
    assert "+0.25" in cards[4].text
    assert "0.5 of 3" in " ".join(cards[3].text.split())
    functions = [e.text for e in page.all("code") if e.parents[-1] == "h2"]
    assert functions == ["softmax_forward", "softmax_backward", "softmax_jacobian"]


def test_the_first_wrong_gradient_is_marked_in_the_circuit():
    """A failed stage marks its node in the drawing, the legend and the table."""
    html = feedback.render(samples.feedback_pages()["staged_fxy"])
    assert html.count('class="mark"') == 1
    assert "the first wrong gradient, going backwards: dden" in words(html)
    row = next(e for e in read(html).all("tr") if e.text.split()[:1] == ["den"])
    assert "first wrong" in row.text


def test_problems_with_files_are_told():
    """Where two files answer one assignment, the page says which counts."""
    text = words(feedback.render(samples.feedback_pages()["matmul_gate"]))
    assert "old/matmul_gate.py also answers matmul_gate; matmul_gate.py counts" in text


@pytest.mark.parametrize("name", ["softmax", "staged_fxy", "matmul_gate"])
def test_nothing_for_the_instructor(name):
    """Neither seed, wall, printed output nor an instructor's remark is in a student's page."""
    html = feedback.render(samples.feedback_pages()[name])
    assert not [secret for secret in SECRETS if secret in html]


def test_not_graded_is_no_zero():
    """A page of what is not graded says so, shows no score, and keeps the reason to the instructor."""
    html = feedback.render(feedback.FeedbackPage(samples.not_graded(), samples.SOFTMAX))
    text = words(html)
    assert "Not graded yet; nothing is lost" in text
    assert "Score" not in text
    assert "of 10" not in text
    assert not [secret for secret in SECRETS if secret in html]
    tame(html)


def test_full_marks():
    """A right submission reads that everything passed, and no place to start."""
    checks = [
        Check(function="f", check=kind, status="passed", points=5, max_points=5) for kind in ("forward", "backward")
    ]
    text = words(feedback.render(feedback.FeedbackPage(samples.result(samples.SOFTMAX, checks), samples.SOFTMAX)))
    assert "All 2 checks passed." in text
    assert "Full marks" in text
    assert "Start with" not in text


def test_an_unknown_diagnosis_is_named():
    """A diagnosis that nobody described is still shown by its name."""
    checks = [Check(function="f", check="backward", status="failed", max_points=1, diagnosis="sign")]
    text = words(feedback.render(feedback.FeedbackPage(samples.result(samples.SOFTMAX, checks), samples.SOFTMAX)))
    assert "Known mistake sign" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field(text):
    """No text in any field runs, hides, breaks the page's structure or fills it without bound."""
    evidence = Evidence(
        case=0, inputs={text: text}, expected={text: text}, got={text: text}, wrong=[text], where=text, difference=text
    )
    checks = [
        Check(
            function=text,
            check=check,
            status=status,
            message=text,
            diagnosis=diagnosis,
            evidence=evidence,
            remarks=[text],
            instructor=[text],
        )
        for check, status, diagnosis in [
            (text, "failed", "known"),
            (f"stages:{text}", "error", text),
            ("forward", "passed", None),
        ]
    ]
    result = samples.result(
        samples.SOFTMAX,
        checks,
        text,
        sandbox=text,
        files=[File(text, text)],
        versions={text: text},
        output=Output(text, text),
        problems=[Problem(text, text)],
        reason=text,
    )
    page = feedback.FeedbackPage(
        result,
        AssignmentInfo(text, text, text, 10, (text,)),
        CircuitDrawing((CircuitNode(0, text, text, text, text), CircuitNode(1, text, text, text, text, (0,))), text),
        {"known": MistakeInfo("known", text, text, text)},
    )
    html = feedback.render(page)
    plain = feedback.render(samples.feedback_pages()["softmax"])
    assert {e.tag for e in tame(html).elements} <= {e.tag for e in tame(plain).elements} | {
        "h3",
        "dl",
        "div",
        "dt",
        "dd",
    }
    assert len(html) < 300_000


def test_thousands_of_checks_and_problems_stay_a_page():
    """A flood of checks and problems is cut, and the page says how many problems it leaves out."""
    checks = [Check(function=f"f{i}", check="forward", status="failed", max_points=1) for i in range(3000)]
    result = samples.result(samples.SOFTMAX, checks, problems=[Problem("x", "y")] * 100)
    html = feedback.render(feedback.FeedbackPage(result, samples.SOFTMAX))
    assert len(html) < 600_000
    assert f"And {100 - feedback.MOST_PROBLEMS} more." in words(html)


def test_a_score_out_of_bounds_keeps_the_bar_inside():
    """A score above the most, or a most of zero, does not break the bar."""
    page = samples.feedback_pages()["softmax"]
    over = msgspec.structs.replace(page.result, score=25.0)
    assert 'style="width: 100%"' in feedback.render(dataclasses.replace(page, result=over))
    nothing = msgspec.structs.replace(page.result, max_score=0.0)
    assert 'style="width: 0%"' in feedback.render(dataclasses.replace(page, result=nothing))


def test_the_same_data_gives_the_same_page():
    """Rendering is deterministic."""
    assert feedback.render(samples.feedback_pages()["softmax"]) == feedback.render(samples.feedback_pages()["softmax"])


def test_a_sheet_that_is_shared_shows_the_same():
    """Pages of many students, each after others with other checks, are what each is alone."""
    sheets = feedback.Sheets()
    pages = [*samples.feedback_pages().values()]
    without = [dataclasses.replace(page, circuit=None) for page in pages]
    clean = [
        dataclasses.replace(page, result=msgspec.structs.replace(page.result, checks=page.result.checks[:1]))
        for page in pages
    ]
    for page in [*pages, *without, *clean] * 2:
        assert feedback.render(page, sheets) == feedback.render(page)


def test_only_so_many_sheets_are_kept(monkeypatch):
    """A class of which everybody makes mistakes of their own fills no memory."""
    rendered = []
    sheet = feedback._sheet
    monkeypatch.setattr(feedback, "_sheet", lambda page: rendered.append(page) or sheet(page))
    sheets, page = feedback.Sheets(), samples.feedback_pages()["softmax"]
    for i in range(feedback.KEPT + 1):
        checks = [msgspec.structs.replace(check, message=str(i)) for check in page.result.checks]
        sheets.of(dataclasses.replace(page, result=msgspec.structs.replace(page.result, checks=checks)))
    assert len(rendered) == feedback.KEPT + 1
    sheets.of(rendered[-1])
    assert len(rendered) == feedback.KEPT + 1
    sheets.of(rendered[0])
    assert len(rendered) == feedback.KEPT + 2
