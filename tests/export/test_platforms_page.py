"""docs/platforms.md and the workflow say what there is: every layout, format and option, and none that there isn't."""

from __future__ import annotations

import re

import class_samples
import pytest
import yaml

from grader import export, layouts

PAGE = (class_samples.ROOT / "docs/platforms.md").read_text(encoding="utf-8")
WORKFLOW = (class_samples.ROOT / "docs/github/grade.yml").read_text(encoding="utf-8")


def options(command):
    return set(re.findall(r"--[a-z][a-z-]*", class_samples.grader(command, "--help").out))


@pytest.mark.parametrize("text", [PAGE, WORKFLOW], ids=["page", "workflow"])
def test_options_are_real(text):
    """Each option that is named belongs to grade or export."""
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", re.sub(r"^.*(?:gh repo|pip).*$", "", text, flags=re.MULTILINE)))
    assert named
    assert named <= options("grade") | options("export")


def test_every_option_layout_and_format_is_told():
    """Export's options, and the names that --format and --layout take, which their help lists, too."""
    for option in options("export") - {"--help"}:
        assert option in PAGE, option
    for name in export.NAMES:
        assert re.search(rf"--format {name}\b|`{name}`", PAGE), name
        assert name in class_samples.grader("export", "--help").out
    for name in layouts.NAMES:
        assert name.lower() in PAGE.lower()
        assert name in class_samples.grader("grade", "--help").out


def test_the_workflow_is_one():
    """YAML with jobs and steps; what a person types in reaches the shell through the environment alone."""
    document = yaml.safe_load(WORKFLOW)
    (job,) = document["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert any("grader export reports --format github" in text for text in runs)
    assert not any("${{" in text for text in runs)
