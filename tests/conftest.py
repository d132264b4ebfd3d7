"""What every folder of tests shares: how a test says what it needs of the machine.

A test that needs an engine or a browser skips where there is none. GRADER_REQUIRE names, with commas, what must be
there ("docker,browser"): its lack is then a failure, so that a run can't pass because everything was skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


def required(what: str) -> bool:
    """Whether GRADER_REQUIRE names `what`."""
    return what in os.environ.get("GRADER_REQUIRE", "").replace(" ", "").split(",")


@pytest.fixture(scope="session")
def require() -> Callable[[str, str | None], None]:
    """`require("docker", why)`: skips with `why` not None, or fails where GRADER_REQUIRE names it."""

    def check(what: str, why: str | None) -> None:
        if why is None:
            return
        if required(what):
            pytest.fail(f"{what} is required and can't be had: {why}", pytrace=False)
        pytest.skip(f"{what}: {why}")

    return check
