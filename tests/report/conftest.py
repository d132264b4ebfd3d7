"""A browser to look at pages with."""

from __future__ import annotations

import pytest


@pytest.fixture
def visit(chromium, tmp_path):
    """`visit(html, width, scheme)` opens a page; what it said to the console and fetched is in `.said` and `.asked`."""
    contexts = []

    def open_page(html, width, scheme):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
