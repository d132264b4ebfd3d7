"""What stands in students' notebooks as HTML: code in colours, markdown with its headings and lists, by nbconvert.

Of nbconvert the filters are used and not its pages: those load scripts and fonts from elsewhere, find templates in the
user's own folders, and pass on HTML of cells and outputs. Here HTML in markdown is text, what markdown becomes is
cleaned once more down to tags without any attribute, links and pictures become their words, and ANSI colours are left
out. A formula stays as it was typed.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from markupsafe import escape

from grader.report.escape import plain

TEXT_LIMIT: Final = 20_000
"""Characters of a cell that are shown."""
GROWTH: Final = 40
"""How many times as long as its text the HTML of a cell may be."""
_TAGS: Final = [
    *("p", "h3", "h4", "h5", "h6", "em", "strong", "del", "code", "pre", "blockquote", "hr", "br"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
]
_KEPT: Final = 500
_KEPT_LENGTH: Final = 4_000
"""Cells that are remembered, up to so many characters: a hand-out's text is the same in every student's notebook."""


def code_html(text: str) -> str:
    """Python in colours: spans with pygments' short classes."""
    return _remembered_code(text) if len(text) <= _KEPT_LENGTH else _code(text)


def markdown_html(text: str) -> str:
    """Markdown, in which headings stand below those of the page."""
    return _remembered_markdown(text) if len(text) <= _KEPT_LENGTH else _markdown(text)


def prepare() -> None:
    """Load what the formatting needs. Raises ModuleNotFoundError where it is not installed."""
    code_html("x")
    markdown_html("x")
    without_ansi("x")


def _code(text: str) -> str:
    found: str = _highlighter()(plain(text, TEXT_LIMIT))
    inner = found[found.index("<pre>") + len("<pre>") : found.rindex("</pre>")]
    return _within(inner.replace("<span></span>", "", 1).rstrip("\n"), text)


def _markdown(text: str) -> str:
    return _within(_cleaner().sanitize_html_tags(_renderer().render(plain(text, TEXT_LIMIT))), text)


def text_html(text: str) -> str:
    """Text as it is."""
    return str(escape(plain(text, TEXT_LIMIT)))


def without_ansi(text: str) -> str:
    """What a terminal would show, without its colours."""
    from nbconvert.filters.ansi import strip_ansi

    found: str = strip_ansi(text)
    return found


_remembered_code: Final = lru_cache(_KEPT)(_code)
_remembered_markdown: Final = lru_cache(_KEPT)(_markdown)


def _within(html: str, text: str) -> str:
    return html if len(html) <= GROWTH * (len(text) + 100) else text_html(text)


@cache
def _highlighter() -> Any:
    from nbconvert.filters.highlight import Highlight2HTML

    return Highlight2HTML(pygments_lexer="python3")


@cache
def _cleaner() -> Any:
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    return SanitizeHTML(tags=_TAGS, attributes={}, styles=[], strip=True)


@cache
def _renderer() -> Any:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):  # type: ignore[misc]  # it has no types
        """Markdown as bare tags."""

        def heading(self, text: str, level: int, **_: Any) -> str:
            depth = min(level + 2, 6)
            return f"<h{depth}>{text}</h{depth}>\n"

        def block_code(self, code: str, info: str | None = None) -> str:
            # No lexer of the student's choice: some take the square of a text's length.
            return f"<pre><code>{escape(code)}</code></pre>\n"

        def link(self, text: str, url: str, title: str | None = None) -> str:
            return text

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return f"<em>(a picture: {text})</em>" if text.strip() else "<em>(a picture)</em>"

    return MarkdownWithMath(renderer=Renderer(escape=True))
