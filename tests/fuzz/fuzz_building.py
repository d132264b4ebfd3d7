"""Inputs built nearly right: hypothesis strategies, driven by bytes of a seeded generator, and the alphabets for them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ROOM: Final = 1 << 13
"""Bytes that a strategy may draw from."""
TRIES: Final = 50

ODD: Final = "\x00\x07\x0b\x0c\x1b\x1c\x85\x9b\xa0\u00ad\u200b\u2028\u202e\ufeff\ufffe\ud800\udc80\U0001f600\U00010ffff"
WORDS: Final = (
    "ada", "softmax", "sigmoid_neuron", "x", "np", "__class__", "..", "", " ", "a/b", "con", "-", "=1+1", "<script>", "{{7*7}}",
    "[red]", "\x1b[2J", "\u202e", "\udcff", "İ", "ß", "é", "e\u0301", "李雷", "x" * 300, "None", "é" * 90, "~", "'", '"',
)  # fmt: skip

characters = st.one_of(st.sampled_from("abcxyz019_ .-/\\'\"<>&{}[]()=+@,:;#%!?*\n\t\r"), st.sampled_from(ODD))
text = st.one_of(st.sampled_from(WORDS), st.text(characters, max_size=12))
numbers = st.sampled_from((0, 1, -1, 2, 7, 255, 256, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30))
floats = st.sampled_from((0.0, -0.0, 0.5, 1.0, 10.0, -3.0, 1e-300, 1e300, 7.25))
plain: SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), numbers, floats, text)
"""What JSON and TOML have for leaves."""
json_values: SearchStrategy[Any] = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)


def one_in(many: int, odd: SearchStrategy[Any], usual: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """`usual`, and once in so many draws `odd`."""
    return st.integers(1, many).flatmap(lambda drawn: odd if drawn == 1 else usual)


def builder(strategy: SearchStrategy[Any]) -> Callable[[Random], Any]:
    """A function that draws from the strategy with a seeded generator, the same for the same seed."""
    drawn: list[Any] = []

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def take(value: Any) -> None:
        drawn.append(value)

    def build(rng: Random) -> Any:
        # hypothesis draws by bits where a fuzzer hands it bytes; too few of them give nothing.
        for attempt in range(TRIES):
            drawn.clear()
            take.hypothesis.fuzz_one_input(rng.randbytes(ROOM << min(attempt, 4)))
            if drawn:
                return drawn.pop()
        raise RuntimeError("a strategy that draws nothing")

    return build
