"""The answers: forwards in plain numpy and the known mistakes, one file an assignment. Never handed out.

The constants name the parts of the notes "Backpropagation, Intuitions" (CS231n) that mistakes point to.
"""

from __future__ import annotations

from typing import Final

_NOTES: Final = "Backpropagation, Intuitions"

SIMPLE: Final = f"{_NOTES}: simple expressions and interpretation of the gradient"
CHAIN_RULE: Final = f"{_NOTES}: compound expressions with chain rule"
MODULARITY: Final = f"{_NOTES}: modularity, the sigmoid example"
PATTERNS: Final = f"{_NOTES}: patterns in backward flow"
VECTORIZED: Final = f"{_NOTES}: gradients for vectorized operations"
