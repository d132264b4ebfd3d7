"""The page of a notebook: what it says beside the cells, and what it is made of."""

from __future__ import annotations

import msgspec
import pytest
import report_samples as samples
from report_reading import HOSTILE, read, tame

from grader.report import formatted, notebook_page, pages
from grader.report.outputs import MOST, TEXT_LIMIT, Output, read_outputs
from grader.result import Check


def cells(html):
    return [" ".join(e.text.split()) for e in read(html).elements if e.attributes.get("class", "").startswith("cell ")]


def test_the_page_is_sound_and_tame():
    """It nests, its labels exist, its links lead to cells of its own or to the feedback page."""
    page = tame(notebook_page.render(samples.notebook_page()))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        assert all(label in ids for label in element.attributes.get("aria-labelledby", "").split())
    for link in page.all("a"):
        name, _, anchor = link.attributes["href"].partition("#")
        assert name == "softmax.html" or anchor in ids
    assert [e.tag for e in page.elements if e.tag in {"h1", "h2", "h3"}][:2] == ["h1", "h2"]


def test_what_to_mend_stands_beside_its_cell():
    """Points, each check that lost something with its message, mistakes with their reason once, and what passed."""
    html = notebook_page.render(samples.notebook_page())
    forward, backward = cells(html)[2], cells(html)[4]
    assert "softmax_forward 3 of 4" in forward
    assert "p holds NaN for logits of 1000: subtract the largest logit before exp." in forward
    assert "Remark p came back as float32" in forward
    assert "passed 2 checks" in forward
    assert "softmax_backward 0.75 of 4" in backward
    assert backward.count("Only the diagonal of the Jacobian") == 1
    assert "timed out No side effects No answer in 10 s." in backward
    assert "softmax_jacobian 0 of 2" in " ".join(read(html).text.split())
    assert "instructor-only remark" not in html
    assert "918273645" not in html


def test_a_mistake_is_explained_once_a_function():
    """Where several checks of a function show one mistake, its reason is told with the first."""
    checks = [
        Check(function="softmax_forward", check=kind, status="failed", diagnosis="diagonal-only", max_points=1)
        for kind in ("forward", "stability")
    ]
    result = samples.result(samples.SOFTMAX, checks)
    html = notebook_page.render(page_of(result))
    assert html.count("Only the diagonal of the Jacobian") == 2
    assert html.count("depends on every logit") == 1


def page_of(result):
    page = samples.notebook_page()
    return notebook_page.NotebookPage(result, page.assignment, page.cells, page.places, page.mistakes)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_formatted_safely(text):
    """Whatever stands in a cell of whatever kind becomes bare tags and text."""
    for html in (formatted.code_html(text), formatted.markdown_html(text), formatted.text_html(text)):
        tame(f"<div>{html}</div>")
        assert {e.tag for e in read(html).elements} <= {*formatted._TAGS, "span"}
        attributes = {name for e in read(html).elements for name in e.attributes}
        assert attributes <= {"class"}


def test_html_in_markdown_is_text():
    """It is shown as it was typed, tame tags as well."""
    assert read(formatted.markdown_html("a <b>b</b>\n\n<p>c</p>")).text.split() == ["a", "<b>b</b>", "<p>c</p>"]


def test_what_markdown_becomes_is_cleaned_by_itself():
    """Were HTML let through by the reader of markdown, no attribute and no tag that acts would be left."""
    html = """<p onclick="x" style="color: red" class="c">a</p><a href="https://x.example">b</a><img src="x">
    <script>c</script><svg onload="x"><style>d</style></svg><table><tr><td colspan="3">e</td></tr></table>"""
    page = read(formatted._cleaner().sanitize_html_tags(html))
    assert not [element for element in page.elements if element.attributes]
    assert {element.tag for element in page.elements} <= set(formatted._TAGS)
    assert "a" in page.text


def test_markdown_keeps_its_shape():
    """Headings below the page's own, lists, tables, code; links and pictures are their words, formulas as typed."""
    html = formatted.markdown_html(
        "# A\n###### F\n\n*a* **b** `c`\n\n1. x\n\n[words](https://x.example) ![alt](y.png)\n\n$a_1 < b_2$\n\n```py\nd\n```"
    )
    page = read(html)
    assert [e.tag for e in page.elements] == [
        "h3",
        "h6",
        "p",
        "em",
        "strong",
        "code",
        "ol",
        "li",
        "p",
        "em",
        "p",
        "pre",
        "code",
    ]
    assert "words (a picture: alt)" in page.text
    assert "$a_1 < b_2$" in page.text


def test_a_long_cell_is_cut():
    """A cell shows so many characters, whatever its kind, and HTML that grows out of all proportion is text instead."""
    for format_html in (formatted.code_html, formatted.markdown_html, formatted.text_html):
        text = read(format_html("word " * 20_000)).text
        assert len(text) <= formatted.TEXT_LIMIT + 1
        assert text.rstrip().endswith("…")
    assert formatted._within("<b>" * 100_000, "x") == "x"


def test_what_is_formatted_is_remembered_within_bounds():
    """The same text is formatted once; only so many texts are kept, and no long ones."""
    formatted._remembered_code.cache_clear()
    for i in range(2 * formatted._KEPT):
        formatted.code_html(f"x = {i}")
        formatted.code_html("def f(): pass")
    info = formatted._remembered_code.cache_info()
    assert info.hits >= 2 * formatted._KEPT - 1
    assert info.currsize == formatted._KEPT
    formatted.code_html("y" * (formatted._KEPT_LENGTH + 1))
    assert formatted._remembered_code.cache_info().misses == info.misses


@pytest.mark.parametrize(
    "url", ["https://x.example/a.png", "data:image/svg+xml;base64,PHN2Zz4=", 'data:image/png;base64,x"', ""]
)
def test_only_pictures_that_a_page_holds(url):
    """Any other URL is refused where it is printed."""
    with pytest.raises(ValueError, match="only pictures that it holds"):
        pages.picture(url)
    assert pages.picture(samples.PNG) == samples.PNG


def test_outputs_are_capped():
    """So many outputs of a cell, each of so many characters."""
    raw = [{"output_type": "stream", "text": ["x" * 9_000] * 3}] * (MOST + 5)
    found = read_outputs(msgspec.json.encode(raw))
    assert found[-1] == Output("(5 more outputs)")
    assert len(found) == MOST + 1
    assert {len(output.text) for output in found[:-1]} == {TEXT_LIMIT}
