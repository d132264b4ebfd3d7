"""What every folder of tests shares: how a test says what it needs of the machine.

A test that needs an engine or a browser skips where there is none. GRADER_REQUIRE names, with commas, what must be
there ("docker,browser"): its lack is then a failure, so that a run can't pass because everything was skipped.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure: how long an example takes says nothing of whether it is right.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]


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


@pytest.fixture(scope="session")
def wheel_file(tmp_path_factory) -> Path:
    """The wheel that students install, built from this checkout."""
    base = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check"]
    command += ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    built = subprocess.run([*command, "-w", base, ROOT], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = base.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def wheel(wheel_file, tmp_path_factory) -> Path:
    """The wheel's content, unpacked, to run: a Python that imports from it leaves bytecode there."""
    return _unpacked(wheel_file, tmp_path_factory)


@pytest.fixture(scope="session")
def untouched_wheel(wheel_file, tmp_path_factory) -> Path:
    """The wheel's content, unpacked, to read."""
    return _unpacked(wheel_file, tmp_path_factory)


def _unpacked(wheel_file, tmp_path_factory):
    site = tmp_path_factory.mktemp("unpacked") / "site"
    with zipfile.ZipFile(wheel_file) as archive:
        archive.extractall(site)
    return site


@pytest.fixture(scope="session")
def chromium(require):
    """A headless Chromium."""
    why, api, path = (
        None,
        None,
        shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"),
    )
    try:
        from playwright import sync_api as api
    except ImportError:
        why = "playwright is not installed"
    require("browser", why or (None if path else "there is no chromium on PATH"))
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
