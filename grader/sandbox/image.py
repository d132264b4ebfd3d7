"""The image that containers are made from: built here, found here, and refused here when it is another version's.

It holds Python, the grader's own versions of numpy and msgspec, the box's side of the sandbox and what these are linked
to, no more (docker/collect.py); /box/sbom.json lists it. Labels say which versions, so that an image that does not fit
is refused instead of giving scores that differ from the other walls', and what base it was built from.

    python -m grader.sandbox.image [--base BASE]

builds it. The base is any image with glibc and `python3`; by default an official slim one, which needs a
registry; NAME@sha256:DIGEST pins one. Without a registry, `docker/make-base` makes one.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from grader.errors import GraderError, WallError
from grader.sandbox import inside, wire
from grader.sandbox.engine import connect, engine_errors

NAME: Final = "backprop-grader-box"
LABEL: Final = "backprop-grader.box."
BASE: Final = LABEL + "base"
"""The label that says what the image was built from: NAME@sha256:DIGEST, or the engine's id where none is known."""
REBUILD: Final = "run `make image` or `grader doctor --build`"

_CHECKOUT: Final = Path(__file__).parents[2]
_RECIPE: Final = ("docker/Dockerfile", "docker/collect.py", "requirements/sbom.py")
_WHEELS: Final = ("numpy", "msgspec")
_PROBE: Final = (
    "import json, platform, sys; "
    "print(json.dumps([list(sys.version_info[:2]), platform.libc_ver(), platform.machine()]))"
)
_OLDEST_GLIBC: Final = 17
"""Wheels for Linux are tagged from glibc 2.17 on."""


def default_base() -> str:
    """The official image of the Python that runs the grader."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"


def labels() -> dict[str, str]:
    """What an image that fits is labelled with: the worker's files and the versions that scores depend on."""
    digest = hashlib.sha256()
    for path in (*inside.paths(), *map(checkout_file, _RECIPE)):
        digest.update(path.read_bytes() + b"\0")
    found = {"wire": str(wire.VERSION), "worker": digest.hexdigest()[:16], "sbom": "/box/sbom.json"}
    found |= {name: version(name) for name in _WHEELS}
    return {LABEL + name: value for name, value in found.items()}


def find(client: Any, name: str = NAME) -> str:
    """The id of the image called `name`. Raises WallError when it isn't there or was built for another version."""
    import docker

    with engine_errors("looking for the image"):
        try:
            image = client.images.get(name)
        except docker.errors.ImageNotFound:
            raise WallError(f"the engine holds no image {name}: {REBUILD}") from None
    differing = [key.removeprefix(LABEL) for key, value in labels().items() if image.labels.get(key) != value]
    if differing:
        what = ", ".join(differing)
        raise WallError(f"the image {name} was built from another version of the worker ({what} differ): {REBUILD}")
    return str(image.id)


def build(client: Any, base: str | None = None, name: str = NAME, say: Callable[[str], object] = print) -> str:
    """Build the image from `base` and give its id. Raises WallError; progress goes to `say` in lines."""
    import docker

    base = base or default_base()
    say(f"base image {base}")
    python, platforms = probe(client, base)
    pinned = identify(client, base)
    say(f"which is {pinned}")
    with tempfile.TemporaryDirectory(prefix="grader-image-") as scratch:
        context = Path(scratch)
        say(f"wheels of numpy and msgspec for Python {python}")
        wheels = install_wheels(context / "site", python, platforms)
        _lay_out(context, pinned, wheels)
        say(f"building {name}")
        before = _existing(client, name)
        with engine_errors("building the image"):
            try:
                image, _ = client.images.build(
                    path=str(context),
                    tag=name,
                    buildargs={"BASE": base},
                    labels=labels() | {BASE: pinned},
                    network_mode="none",
                    rm=True,
                    forcerm=True,
                )
            except docker.errors.BuildError as error:
                last = "".join(line.get("stream", "") for line in error.build_log)[-2000:]
                raise WallError(f"the image can't be built: {error.msg}\n{last}") from None
    if before is not None and before != image.id:
        # Untagged now; one that a running grader still uses stays until the engine is pruned.
        _remove(client, before)
    for stage in client.images.list(filters={"dangling": True, "label": f"{LABEL}stage"}):
        _remove(client, stage.id)
    return str(image.id)


def _remove(client: Any, identity: str) -> None:
    """Remove an image that nothing uses; another build may have it in hand."""
    import docker

    with contextlib.suppress(docker.errors.APIError):
        client.images.remove(identity)


def _lay_out(context: Path, base: str, wheels: list[dict[str, str]]) -> None:
    """Put the worker, the recipe and what the image's list of parts says beside the wheels' content."""
    worker = hashlib.sha256()
    (context / "worker").mkdir()
    for path in inside.paths():
        shutil.copy(path, context / "worker")
        worker.update(path.read_bytes() + b"\0")
    for name in _RECIPE:
        shutil.copy(checkout_file(name), context)
    release = version("backprop-grader")
    hashes = [{"alg": "SHA-256", "content": worker.hexdigest()}]
    described = {"version": release, "hashes": hashes}
    parts = {"name": NAME, "version": release, "base": base, "wheels": wheels, "worker": described}
    (context / "parts.json").write_text(json.dumps(parts), encoding="utf-8")


def _existing(client: Any, name: str) -> str | None:
    import docker

    with engine_errors("looking for the image"):
        try:
            return str(client.images.get(name).id)
        except docker.errors.ImageNotFound:
            return None


def probe(client: Any, base: str) -> tuple[str, list[str]]:
    """The version of Python in `base` ("3.11") and the tags of wheels that fit it; fetches a `base` that is missing."""
    import docker

    with engine_errors(f"trying {base}"):
        try:
            client.images.get(base)
        except docker.errors.ImageNotFound:
            _pull(client, base)
        try:
            printed = client.containers.run(
                base, ["-c", _PROBE], entrypoint="python3", network_mode="none", remove=True
            )
        except docker.errors.ContainerError as error:
            raise WallError(f"{base} has no python3: {error.stderr!r:.200}") from None
    (major, minor), (libc, libc_version), machine = json.loads(printed)
    if libc != "glibc":
        raise WallError(f"{base} has no glibc, which numpy's wheels need: choose another base")
    newest = int(libc_version.split(".")[1])
    tags = [f"manylinux_2_{n}_{machine}" for n in range(newest, _OLDEST_GLIBC - 1, -1)]
    return f"{major}.{minor}", [*tags, f"manylinux2014_{machine}"]


def identify(client: Any, base: str) -> str:
    """What `base` is for good: its digest in a registry, or the engine's id."""
    with engine_errors(f"looking at {base}"):
        found = client.images.get(base)
    return str(next(iter(found.attrs.get("RepoDigests") or ()), found.id))


def _pull(client: Any, base: str) -> None:
    import docker

    try:
        client.images.pull(base)
    except docker.errors.APIError as error:
        raise WallError(
            f"the base image {base} can't be fetched ({str(error.explanation or error)[:120]}): "
            "make one with `sudo docker/make-base` and build with `make image BASE=backprop-grader-base`"
        ) from None


def install_wheels(site: Path, python: str, platforms: list[str]) -> list[dict[str, str]]:
    """Unpack the grader's own versions of numpy and msgspec, for `python` and `platforms`, into `site`.

    Done outside so that the build needs no network and the image no pip. Only wheels that the lock file knows will do;
    gives the name, version and SHA-256 of each.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--no-compile"]
    command += ["--disable-pip-version-check", "--target", str(site), "--implementation=cp", "--python-version", python]
    for tag in platforms:
        command += ["--platform", tag]
    wanted = [f"{name}=={version(name)}" for name in _WHEELS]
    with tempfile.TemporaryDirectory(prefix="grader-wheels-") as scratch:
        pins, report = Path(scratch, "pins.txt"), Path(scratch, "report.json")
        pins.write_text("\n".join(map(locked, wanted)), encoding="utf-8")
        command += ["--require-hashes", "--requirement", str(pins), "--report", str(report)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            why = " ".join(done.stderr.split())[-300:]
            raise WallError(
                f"pip can't fetch {' and '.join(wanted)} for Python {python}: {why}; if there is no such wheel, use a "
                f"base whose Python is the grader's, {sys.version_info.major}.{sys.version_info.minor}"
            )
        installed = json.loads(report.read_bytes())["install"]
    # Scripts that start with the path of the Python out here.
    shutil.rmtree(site / "bin", ignore_errors=True)
    return [
        {
            "name": each["metadata"]["name"],
            "version": each["metadata"]["version"],
            "sha256": each["download_info"]["archive_info"]["hashes"]["sha256"],
        }
        for each in installed
    ]


def locked(requirement: str) -> str:
    """What the lock file says of "NAME==VERSION": itself, and the hashes of its files."""
    lock = checkout_file("requirements/wheel.lock").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(requirement)}(?: ;[^\\\n]*)?((?: \\\n +--hash=sha256:\w+)+)", lock, re.MULTILINE)
    if found is None:
        raise WallError(
            f"{requirement} is installed, which requirements/wheel.lock does not pin: `make lock` renews the pins, "
            "`make clean setup` installs what they say"
        )
    return requirement + found[1]


def checkout_file(name: str) -> Path:
    """A file of the checkout. Raises WallError outside one, which grading needs for the solutions too."""
    path = _CHECKOUT / name
    if not path.is_file():
        raise WallError(f"there is no {path}: the docker wall needs a checkout of the project, not its wheel")
    return path


def main() -> int:
    """Build the image; the exit code is that of the error."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.sandbox.image", description="Build the image of the docker wall."
    )
    parser.add_argument("--base", help=f"image with python3 and glibc to build on (default: {default_base()})")
    options = parser.parse_args()
    try:
        print(f"built {NAME}: {build(connect(), options.base or None)}")
    except GraderError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
