from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report import escape

texts = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 李明\n\tand more", "plain text, 李明\n\tand more"),
        ("\x1b[31m", "␛[31m"),
        ("a\r\nb", "a␍\nb"),
        ("\x00\x7f\x9b", "␀␡⟨U+009B⟩"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\u2066\u200b\ufeff", "⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩"),
        ("\udc80", "\\udc80"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("می\u200cخواهم ✔\ufe0f", "می\u200cخواهم ✔\ufe0f"),
        ("ze\u200d\u200dro\ufe00", "ze⟨U+200D⟩⟨U+200D⟩ro⟨U+FE00⟩"),
        ("\u3164\u2800", "⟨U+3164⟩⟨U+2800⟩"),
        ("שׁ\u05bc\u05b8\u0596", "שׁ\u05bc\u05b8\u0596"),
        ("a" + "\u0301" * 6, "a" + "\u0301" * 4 + "⟨U+0301⟩⟨U+0301⟩"),
        ("é\u0301\u0301\u200d\u0301\u0301\u0301", "é\u0301\u0301\u200d\u0301\u0301⟨U+0301⟩"),
    ],
)
def test_plain_shows_what_hides(text, shown):
    """Control characters, overrides, surrogates and what only hides become visible; ordinary text and emoji stay."""
    assert escape.plain(text) == shown


@given(texts)
def test_plain_holds_nothing_that_acts(text):
    """No text that a report shows holds a control, format or surrogate character that acts on the reader's screen."""
    shown = escape.plain(text)
    kinds = {unicodedata.category(c) for c in shown if c not in "\n\t"}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", shown)
    assert escape.plain(shown) == shown


@given(texts, st.integers(1, 30))
def test_plain_is_capped(text, limit):
    """What is longer than the limit, or grows beyond it, is cut and says so."""
    whole, shown = escape.plain(text), escape.plain(text, limit)
    assert len(shown) <= limit
    assert shown == (whole if len(whole) <= limit else f"{whole[: limit - 1]}…")


@given(texts)
def test_line_is_one_line(text):
    """A line has no line break of any kind."""
    assert len(escape.line(text).splitlines()) <= 1


@given(texts)
def test_csv_cell_is_no_formula_and_reads_back(text):
    """A cell never starts as a formula does, and gives back the id by dropping one apostrophe."""
    cell = escape.csv_cell(text)
    cell.encode("utf-8")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    back = cell[1:] if re.match("'+[=+\\-@\t\r\n＝＋－＠]", cell) else cell
    assert back == escape.encodable(text)
