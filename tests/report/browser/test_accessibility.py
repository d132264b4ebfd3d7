"""Every page as axe-core sees it: no violation of WCAG 2 A and AA, in light and dark, narrow and wide."""

from __future__ import annotations

import pytest
from test_browser import pages

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa"]}


@pytest.fixture(scope="module")
def violations(require):
    """`violations(page)`: what axe-core finds, a line each."""
    why = None
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        why = "axe-playwright-python is not installed"
    require("browser", why)

    def found(page):
        response = Axe().run(page, options=RULES).response
        assert response["passes"]
        return [f"{v['id']}: {node['html'][:160]}" for v in response["violations"] for node in v["nodes"]]

    return found


@pytest.mark.parametrize(
    "name", ["softmax", "staged_fxy", "not_graded", "hostile", "notebook", "hostile notebook", "class", "hostile class"]
)
def test_no_page_violates_wcag(visit, violations, name):
    """Nothing that axe-core knows of is wrong with a page, all of its details unfolded."""
    for width, scheme in ((400, "light"), (1600, "dark")):
        page = visit(pages()[name], width, scheme)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page) == [], (width, scheme)


def test_axe_finds_what_is_wrong(visit, violations):
    """A picture without words, a field without a name and text too pale are found: the test can fail."""
    html = pages()["class"]
    planted = '<img src="data:,"><input><p style="color: #ccc; background: #fff">pale</p>'
    found = violations(visit(html.replace("<footer", f"{planted}<footer"), 1600, "light"))
    assert {line.partition(":")[0] for line in found} == {"image-alt", "label", "color-contrast"}
