"""The lock files and the wheel's list of parts: what pyproject.toml asks for, at one version, with hashes."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import distribution

import class_samples as samples
import pytest
from bills import assert_valid, named
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = samples.ROOT / "requirements"
LOCKS = ("wheel", "grade", "cluster", "dev")
PINNED = re.compile(r"^(\S+==\S+(?: ;[^\\\n]*)?)((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)
ENVIRONMENTS = [
    {"python_version": short, "python_full_version": f"{short}.4", "sys_platform": system, "platform_system": name}
    for short in ("3.11", "3.12", "3.13")
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))
]


@cache
def project() -> dict:
    """pyproject.toml."""
    return tomllib.loads((samples.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(text: str) -> list[tuple[Requirement, int]]:
    """Each pinned requirement of a lock file, and how many hashes it has."""
    return [(Requirement(line), hashes.count("--hash")) for line, hashes in PINNED.findall(text)]


def lock(name: str) -> str:
    """The text of a lock file."""
    return (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8")


def asked(name: str) -> list[Requirement]:
    """What pyproject.toml asks for, as far as the lock of that name covers it."""
    table = project()["project"]
    extras = table["optional-dependencies"]
    found = [*table["dependencies"]]
    found += [] if name == "wheel" else [*extras["grade"], *project()["dependency-groups"]["build"]]
    found += extras["similar"] if name in {"grade", "dev"} else []
    found += extras["cluster"] if name in {"cluster", "dev"} else []
    found += [*extras["docs"], *extras["dev"]] if name == "dev" else []
    requirements = map(Requirement, found)
    return [each for each in requirements if each.name not in {"backprop-grader", "torch"}]


def holds(requirement: Requirement, environment: dict[str, str]) -> bool:
    """Whether a requirement is one there."""
    return requirement.marker is None or requirement.marker.evaluate({**default_environment(), **environment})


def version_in(pinned: list[tuple[Requirement, int]], name: str, environment: dict[str, str]) -> str:
    """The one version of a package that an environment gets."""
    versions = [
        next(iter(each.specifier)).version
        for each, _ in pinned
        if canonicalize_name(each.name) == canonicalize_name(name) and holds(each, environment)
    ]
    assert len(versions) == 1, (name, environment, versions)
    return versions[0]


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_fits_the_project(name):
    """On every system and Python, each dependency has one version in the lock, which the project's range admits."""
    pinned = pins(lock(name))
    for environment in ENVIRONMENTS:
        for requirement in asked(name):
            if holds(requirement, environment):
                version = version_in(pinned, requirement.name, environment)
                assert requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_with_hashes(name):
    """A lock consists of exact versions with hashes: no range, no option, no address of an index."""
    text = lock(name)
    pinned = pins(text)
    assert pinned
    assert all(hashes and str(each.specifier).startswith("==") for each, hashes in pinned)
    assert PINNED.sub("", text).split() == []


def test_the_locks_agree():
    """A package has the same versions in each lock that has it."""
    longest = {(each.name, str(each.specifier)) for each, _ in pins(lock("dev"))}
    for name in ("wheel", "grade", "cluster"):
        assert {(each.name, str(each.specifier)) for each, _ in pins(lock(name))} <= longest


def test_what_is_installed_is_what_the_lock_says():
    """The development lock describes this environment whole: pip has nothing to add."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    command += [
        "--no-deps",
        "--dry-run",
        "--report",
        "-",
        "--require-hashes",
        "--requirement",
        REQUIREMENTS / "dev.lock",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["install"] == []


def test_a_lock_that_lacks_something_is_found():
    """The comparison above objects to a missing package, to one outside its range and to one without a hash."""
    assert version_in(pins("numpy==2.0 \\\n    --hash=sha256:" + "0" * 64), "numpy", {}) == "2.0"
    with pytest.raises(AssertionError):
        version_in(pins("numpy==2.0"), "rich", {})
    assert pins("numpy==2.0")[0][1] == 0
    assert PINNED.sub("", "--extra-index-url somewhere\nnumpy>=2").split()


def test_torch_is_the_one_exception():
    """The version that torch.txt names is the one that the project asks for; it stands in no lock."""
    (line,) = [each for each in (REQUIREMENTS / "torch.txt").read_text().splitlines() if not each.startswith("#")]
    assert line in project()["project"]["optional-dependencies"]["dev"]
    assert all("torch==" not in lock(name) for name in LOCKS)


def test_torch_needs_nothing_that_is_not_locked():
    """What the installed PyTorch asks for without extras is in the development lock."""
    needed = [Requirement(each) for each in distribution("torch").requires or ()]
    names = {canonicalize_name(each.name) for each, _ in pins(lock("dev"))}
    assert {canonicalize_name(each.name) for each in needed if holds(each, {"extra": ""})} <= names | {"triton"}


# --- the wheel's list of parts ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bill() -> dict:
    """The list as it is built into the wheel."""
    return json.loads((REQUIREMENTS / "backprop-grader.cdx.json").read_text(encoding="utf-8"))


def test_the_list_of_parts_is_current(bill):
    """`make lock` would write the same from the project's name, version and lock."""
    written = runpy.run_path(str(REQUIREMENTS / "sbom.py"))["wheel"](project()["project"], lock("wheel"))
    assert json.loads(written) == bill


def test_the_list_of_parts_is_valid(bill):
    """It follows CycloneDX's schema, names the wheel, and lists every package that an install brings."""
    assert_valid(bill)
    subject = bill["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("backprop-grader", project()["project"]["version"])
    assert set(named(bill)) == {each.name for each, _ in pins(lock("wheel"))}


def test_a_bill_that_is_not_valid_is_found(bill):
    """The validator objects to a field that the format does not have."""
    with pytest.raises(AssertionError):
        assert_valid(bill | {"specVersion": 1})
