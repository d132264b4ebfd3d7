"""What was typed into a text box: Python as it was meant, or nothing."""

from __future__ import annotations

import time

import pytest

from grader.typed import code

F = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    "page",
    [
        "<p>def f(x):</p><p>&nbsp;&nbsp;&nbsp; return x</p>",
        "<p>def f(x):<br />\n&nbsp; &nbsp; return x</p>",
        "<div>Hello!</div><pre>def f(x):\r\n    return x\n</pre>",
        "<pre><code>def f(x):\n    <b>return</b> x</code></pre>",
        "<html><head><title>def g(): 1</title></head><body><h1>Lovelace, Ada: hw</h1><!-- def h(): --><div>def f(x):</div><div>&#160;&#160;&#160;&#160;return x</div></body></html>",
        "<script>def g(): 1</script>\n<p>\n  def f(x):\n</p><p>&nbsp;&nbsp;&nbsp;&nbsp;return\n   x</p>",
    ],
)
def test_editors(page):
    """Blocks and breaks are lines, spaces that don't break indent, headings and comments are left out."""
    assert code(page.encode()) == F


def test_less_than_and_entities():
    """Characters that HTML escapes are themselves again."""
    page = "<p>x = 1 &lt; 2 &amp;&amp; &quot;a&quot;</p><p>class A: y = &#39;陈&#39;</p>"
    assert code(page.encode()) == "x = 1 < 2 && \"a\"\nclass A: y = '陈'\n"


@pytest.mark.parametrize(
    "page", ["", "<p>Dear marker, the file is attached.</p>", "x = 1", "\x00\x01", "<p>undefined</p>"]
)
def test_prose_is_no_source(page):
    """A comment beside the files must not pass for a submission that can't be read."""
    assert code(page.encode()) is None


@pytest.mark.parametrize(
    "piece", ["<!--", "<a <", "<p>", "<pre>", "<b>a", "<![CDATA[", "&", "</", "<a " + "x" * 50, "\n", " "]
)
def test_hostile_pages_cost_little(piece):
    """A megabyte of what is never closed is read in time that grows with its length."""
    page = (piece * ((1 << 20) // len(piece))).encode()
    begun = time.process_time()
    code(page)
    assert time.process_time() - begun < 60
