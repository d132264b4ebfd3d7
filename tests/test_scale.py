"""docs/scale.md: what it says to run can be run, as far as a machine without Slurm and Kubernetes can tell."""

from __future__ import annotations

import re
import subprocess

import class_samples as samples
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker

from grader import cluster, cluster_worker
from grader.plan import TRIES

PAGE = (samples.ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


def test_there_is_no_other_kind_of_block():
    """What is below covers every block but the Dockerfile, which says what it is."""
    assert {kind for kind, _ in BLOCKS} == {"sh", "yaml", "python", "Dockerfile"}


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_can_be_read(text):
    """Each YAML block is one document with content."""
    assert isinstance(yaml.safe_load(text), dict)


@pytest.mark.parametrize("text", blocks("sh"))
def test_shell_can_be_read(text):
    """Each shell block parses."""
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize("text", blocks("python"))
def test_python_can_be_read(text):
    """Each Python block compiles."""
    compile(text, "scale.md", "exec")


@pytest.mark.parametrize(("name", "command"), [("scheduler", dask_scheduler.main), ("worker", dask_worker.main)])
def test_dask_has_these_options(name, command):
    """Every option that the page gives to `dask scheduler` or `dask worker` is one of theirs."""
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    joined = PAGE.replace("\\\n", " ")
    used = re.findall(rf"dask {name} ([^\n`#&]*)", joined)
    used += [text.replace(",", " ").replace('"', "") for text in re.findall(rf"\[dask, {name}, ([^\]]*)\]", joined)]
    found = {option for text in used for option in re.findall(r"--[a-z-]+", text)}
    if name == "worker":
        found |= set(re.findall(r"--lifetime[a-z-]*", PAGE))
    assert found
    assert found <= known


def test_the_page_says_what_is_so():
    """Its figures are the code's."""
    assert f"no worker for {cluster.PATIENCE_S:.0f}" in " ".join(PAGE.split())
    assert f"die {['', 'once', 'twice', 'three times'][1 + TRIES]} is" in " ".join(PAGE.split()).replace("\n", " ")
    assert cluster_worker.COURSE in PAGE
