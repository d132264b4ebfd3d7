"""Distributions of scores as inline SVG: the same data gives the same bytes, and the page's style sheet the colours.

matplotlib knows one colour scheme at a time, so it draws with stand-in colours, which are then exchanged for the page's
variables: one drawing is readable in light, in dark and on paper.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from markupsafe import Markup

from grader.report.info import number, plural

BINS: Final = 10
"""Tenths of the most points; the last one is closed at both ends, so that full marks fall in it."""

# No part of a drawing has these colours by chance.
_STAND_INS: Final = {"#010203": "var(--soft)", "#020304": "var(--bar)", "#030405": "var(--rule)"}
_INK, _BAR, _RULE = _STAND_INS


def bins(scores: Sequence[float], most: float) -> list[int]:
    """How many of `scores` fall in each tenth of `most`; what lies outside counts in the outermost."""
    counts = [0] * BINS
    for score in scores:
        # The ratio of two decimal scores may fall a hair below its tenth.
        tenth = int(score / most * BINS + 1e-9) if most > 0 else 0
        counts[min(max(tenth, 0), BINS - 1)] += 1
    return counts


def labels(most: float) -> list[str]:
    """The tenths in words, "0 to 1", in points."""
    edges = [most * i / BINS for i in range(BINS + 1)]
    return [f"{number(low, 2)} to {number(high, 2)}" for low, high in pairwise(edges)]


def histogram(scores: Sequence[float], most: float, *, name: str, title: str, small: bool = False) -> Markup:
    """The distribution of `scores` out of `most` points as an inline SVG.

    `name` keeps the ids of several drawings on one page apart; `title` is what a screen reader says first.
    """
    # matplotlib takes half a second to import, which only the class page should cost. No pyplot: it keeps global state.
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    counts = bins(scores, most)
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 9, "path.simplify": False}
    with mpl.rc_context(style):
        figure = Figure(figsize=(3.4, 1.7) if small else (5.8, 2.4), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        width = most / BINS if most > 0 else 1.0
        axes.bar([width * (i + 0.5) for i in range(BINS)], counts, width * 0.86, color=_BAR, linewidth=0)
        axes.set_xlim(0, width * BINS)
        axes.set_ylim(0, max(*counts, 1) * 1.18)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5 if small else 10, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(lambda value, _: number(value, 2))
        axes.grid(axis="y", color=_RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(colors=_INK, length=0, pad=4)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(_INK)
            spine.set_linewidth(0.8)
        if not small:
            axes.set_xlabel("points", color=_INK)
            axes.set_ylabel("students", color=_INK)
            for i, count in enumerate(counts):
                if count:
                    axes.annotate(
                        f"{count:,}",
                        (width * (i + 0.5), count),
                        (0, 3),
                        textcoords="offset points",
                        ha="center",
                        color=_INK,
                    )
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), name, title, _description(scores, counts, most))


def _description(scores: Sequence[float], counts: Sequence[int], most: float) -> str:
    if not scores:
        return "Nothing is graded yet."
    parts = [f"{label} points: {count}" for label, count in zip(labels(most), counts, strict=True) if count]
    return f"{plural(len(scores), 'score')}. {'; '.join(parts)}."


def _inline(svg: str, name: str, title: str, description: str) -> Markup:
    """A drawing as a part of a page: no prolog, no style for the whole page, ids of its own, the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]*; ?", "", svg)
    for stand_in, colour in _STAND_INS.items():
        svg = svg.replace(stand_in, colour)
    head, _, rest = svg.partition(">")
    box = re.search(r'viewBox="[0-9. ]+"', head)
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} role="img" '
        'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-desc">{description}</desc>{rest}'
    )
    return frame.format(
        box=Markup(box[0] if box else ""),  # noqa: S704 matched to be digits
        name=name,
        title=title,
        description=description,
        rest=Markup(rest.strip()),  # noqa: S704 matplotlib's own
    )
