"""The jinja environment that every HTML page is rendered with: autoescaped, compiled once, nothing fetched.

Whatever a template prints passes through `escape.plain` on its way, so that no template can forget to.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from grader.report.escape import line, plain
from grader.report.info import STATUS_WORDS, check_title, number, plural

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/]*={0,2}")
_CODE = re.compile("`([^`\n]+)`")


def prose(text: str) -> Markup:
    """`text` as HTML, with what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(plain(text)))))  # noqa: S704 escaped just here


def picture(url: str) -> Markup:
    """A picture that a page holds itself. Raises ValueError for any other URL."""
    if not _PICTURE.fullmatch(url):
        raise ValueError("a page shows only pictures that it holds")
    return Markup(url)  # noqa: S704 matched to be letters and digits


def who(student: str, limit: int = 200) -> str:
    """A student's id on one line; a link of nothing to be seen would be none."""
    return line(student, limit) if student.strip() else "(no name)"


@cache
def template(name: str) -> jinja2.Template:
    """The compiled template `name`."""
    return _environment().get_template(name)


def source(name: str) -> str:
    """The text of a file beside the templates."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        auto_reload=False,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["css"] = Markup(_css())  # noqa: S704 a file of this package
    environment.globals["words"] = STATUS_WORDS
    environment.filters.update(
        prose=prose, line=line, who=who, picture=picture, number=number, plural=plural, check_title=check_title
    )
    return environment


def _finalize(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _css() -> str:
    """The style sheet without its comments and line breaks: it goes into every page."""
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", source("page.css"), flags=re.DOTALL)).strip()
