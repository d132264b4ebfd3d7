"""The class page in a browser: what its script adds to a page that is whole without it."""

from __future__ import annotations

from functools import cache

import pytest
import report_samples as samples

from grader.report import class_page
from grader.report.class_page import ClassPage, RunFacts, summarise

pytestmark = pytest.mark.browser

RUN = RunFacts("20 November 2025", 1.0, 5, "sandlock", 1, {"grader": "0.1.0"})
PEOPLE = {"ada": 9.5, "Bob": 10.0, "carla": None, "José": 0.0, "jo": 2.25, "Zoë": 10.0}


@cache
def the_class():
    results = []
    for name, score in PEOPLE.items():
        made = samples.softmax_result(student=name) if score is not None else samples.not_graded(name)
        results.append(
            samples.result(samples.SOFTMAX, made.checks, name, score=score, status=made.status, reason=made.reason)
        )
        results.append(samples.staged_result(student=name))
    infos = (samples.SOFTMAX, samples.STAGED)
    links = {(name, info.name): f"feedback/{name}/{info.name}.html" for name in PEOPLE for info in infos}
    return class_page.render(ClassPage(summarise(results), infos, RUN, links))


@cache
def thousands():
    names = [f"student{i:04d}" for i in range(3000)]
    results = (samples.result(samples.SOFTMAX, [], name, score=float(i * 7 % 11)) for i, name in enumerate(names))
    return class_page.render(ClassPage(summarise(results), (samples.SOFTMAX,), RUN))


def names(page):
    """The students whose rows are to be seen, in order."""
    return page.evaluate(
        "[...document.querySelectorAll('.grades tbody tr')].filter(r => r.offsetParent).map(r => r.cells[0].innerText)"
    )


def head(page, name):
    return page.get_by_role("columnheader", name=name).get_by_role("button")


def test_without_script_nothing_is_lacking(chromium, tmp_path):
    """With scripts switched off every student is there, the page speaks of no tool that does nothing, and maps show."""
    path = tmp_path / "page.html"
    path.write_text(the_class(), encoding="utf-8")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator(".grades tbody tr").count() == len(PEOPLE)
    assert page.get_by_role("searchbox").count() == 0
    assert page.locator(".grades button").count() == 0
    assert page.locator(".strip img").first.bounding_box()["width"] > 100
    context.close()


def test_only_the_pages_own_script_runs(visit):
    """The policy refuses a script that somehow got into the page, inline or as a handler."""
    planted = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    page = visit(the_class().replace("<footer", f"{planted}<footer"), 1600, "light")
    page.wait_for_timeout(100)
    assert page.title() == "The class, 20 November 2025"
    assert any("Content Security Policy" in said for said in page.said)
    assert page.get_by_role("searchbox").is_visible()


def test_sorting_by_points(visit):
    """The most points come first, a second time the least; who is not graded is last either way, ties go by name."""
    page = visit(the_class(), 1600, "light")
    by_name = names(page)
    assert by_name == sorted(PEOPLE)
    head(page, "softmax").click()
    assert names(page) == ["Bob", "Zoë", "ada", "jo", "José", "carla"]
    assert page.get_by_role("columnheader", name="softmax").get_attribute("aria-sort") == "descending"
    head(page, "softmax").click()
    assert names(page) == ["José", "jo", "ada", "Bob", "Zoë", "carla"]
    assert page.locator(".grades [aria-sort]").count() == 1
    assert "Sorted by softmax of 10, ascending" in page.get_by_role("status").inner_text()
    head(page, "Student").click()
    assert names(page) == by_name
    head(page, "Student").click()
    assert names(page) == by_name[::-1]


def test_sorting_and_searching_by_keyboard(visit):
    """Everything is a key away: the box to search in, then each head of the table as a button."""
    page = visit(the_class(), 1600, "light")
    page.get_by_role("searchbox", name="Find a student").focus()
    page.keyboard.type("jose")
    assert names(page) == ["José"]
    assert page.get_by_role("status").inner_text() == "1 of 6"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert len(names(page)) == len(PEOPLE)
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.matches('.scroll') ? 'scroll' : document.activeElement.innerText.split(/\\s/)[0]"
            )
        )
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == ["scroll", "Student", "softmax", "staged_fxy"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert names(page)[:2] == ["Bob", "Zoë"]


def test_a_search_stays_when_sorting(visit):
    """What a search hides stays hidden in another order, and is back when the search is emptied."""
    page = visit(the_class(), 400, "dark")
    page.get_by_role("searchbox").fill("O")
    assert names(page) == ["Bob", "José", "Zoë", "jo"]
    head(page, "softmax").click()
    assert names(page) == ["Bob", "Zoë", "jo", "José"]
    page.get_by_role("searchbox").fill("nobody")
    assert names(page) == []
    assert page.get_by_role("status").inner_text() == "0 of 6"
    page.get_by_role("searchbox").fill("")
    assert names(page) == ["Bob", "Zoë", "ada", "jo", "José", "carla"]


def test_thousands_are_sorted_and_searched(visit):
    """3,000 rows in blocks of a hundred become one order; jump links, which would lead astray then, are gone."""
    page = visit(thousands(), 1600, "light")
    assert page.locator(".jump").is_visible()
    page.get_by_role("searchbox").fill("student00")
    assert len(names(page)) == 100
    assert page.get_by_role("status").inner_text() == "100 of 3,000"
    assert not page.locator(".jump").is_visible()
    page.get_by_role("searchbox").fill("")
    assert page.locator(".jump").is_visible()
    head(page, "softmax").click()
    scores = page.evaluate("[...document.querySelectorAll('.grades tbody td:nth-child(2)')].map(c => +c.innerText)")
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3000
    assert not page.locator(".jump").is_visible()


def test_a_pixel_names_its_student_and_check(visit, tmp_path):
    """Over the map the pointer is told whose check it is, and a click leads to that check on that student's page."""
    page = visit(the_class(), 1600, "light")
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    image = page.locator(".strip img").nth(1)
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    lines = page.evaluate("document.querySelectorAll('.heat')[1].tBodies[0].rows.length")
    # Bob and Zoë have most points, José least; the fourth line is the second function's second check.
    page.mouse.move(box["x"] + box["width"] / 12, box["y"] + box["height"] * 3.5 / lines)
    assert page.locator(".tip").inner_text() == "Bob, 11: Stage: dnum"
    page.mouse.move(box["x"] + box["width"] * 5.5 / 6, box["y"] + box["height"] * 3.5 / lines)
    assert page.locator(".tip").inner_text().startswith("carla, ")
    (tmp_path / "feedback" / "Bob").mkdir(parents=True)
    (tmp_path / "feedback" / "Bob" / "staged_fxy.html").write_text("<p id=check-2>here</p>")
    page.mouse.click(box["x"] + box["width"] / 12, box["y"] + box["height"] * 3.5 / lines)
    page.wait_for_url("**/feedback/Bob/staged_fxy.html#check-2")


def test_lines_of_the_map_meet_their_labels(visit):
    """In every room each check's line of the picture lies beside its label, however narrow the page is."""
    for width in (400, 1600):
        page = visit(the_class(), width, "light")
        gaps = page.evaluate("""() => [...document.querySelectorAll(".heat")].flatMap(map => {
          const rows = [...map.tBodies[0].rows], box = map.querySelector("img").getBoundingClientRect();
          return rows.map((row, i) => {
            const label = row.cells[0].getBoundingClientRect();
            return Math.abs(box.top + box.height * (i + 0.5) / rows.length - (label.top + label.height / 2)); }); })""")
        assert len(gaps) > 10
        assert max(gaps) < 2.5
