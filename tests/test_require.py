"""How a test says what it needs of the machine."""

from __future__ import annotations

import pytest


def test_what_is_there_is_no_reason(require, monkeypatch):
    """Nothing happens where nothing is lacking, required or not."""
    monkeypatch.setenv("GRADER_REQUIRE", "docker")
    require("docker", None)
    require("browser", None)


def test_what_is_lacking_skips(require, monkeypatch):
    """Without GRADER_REQUIRE, or with another name in it, a test is skipped with the reason."""
    monkeypatch.delenv("GRADER_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="docker: no engine"):
        require("docker", "no engine")
    monkeypatch.setenv("GRADER_REQUIRE", "browser")
    with pytest.raises(pytest.skip.Exception):
        require("docker", "no engine")


def test_what_is_required_fails(require, monkeypatch):
    """With its name in GRADER_REQUIRE a lack is a failure, so that skipping can't pass for testing."""
    monkeypatch.setenv("GRADER_REQUIRE", "browser, docker")
    with pytest.raises(pytest.fail.Exception, match="docker is required"):
        require("docker", "no engine")
