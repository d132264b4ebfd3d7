"""What Python is started with in the box: ``python -I -S start.py LIBRARIES MODE [OPTION...]``.

`-I -S` keep every site-packages folder out, with what an editable install would bring in. LIBRARIES (separated by
`os.pathsep`) hold numpy and msgspec; they leave `sys.path` again as soon as these two are in, so that nothing else from
them can be imported. The worker's files become the package `boxworker`, wherever they lie: in the grader's own package,
copied or mounted.
"""

from __future__ import annotations

import importlib
import os
import sys
import types


def boot(arguments: list[str]) -> None:
    """Make the package and run its worker."""
    package = types.ModuleType("boxworker")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["boxworker"] = package
    ours = list(sys.path)
    sys.path += arguments[0].split(os.pathsep)
    worker = importlib.import_module("boxworker.worker")
    sys.path[:] = ours
    worker.main(arguments[1:])


if __name__ == "__main__":
    boot(sys.argv[1:])
