"""`python -m benchmarks [NAME]...`: floor, peers, containers, selfcheck, growth; all of them if none is named."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("floor", "selfcheck", "containers", "peers", "growth")

for name in sys.argv[1:] or NAMES:
    print(f"== {name}", flush=True)
    import_module(f"benchmarks.{name}").main()
