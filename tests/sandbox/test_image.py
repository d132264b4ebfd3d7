"""What the image holds: what the worker needs, a list of it, and nothing with which to do anything else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass
from importlib.metadata import version

import pytest
from bills import assert_valid, named
from boxes import run

from grader import doctor
from grader.errors import WallError
from grader.sandbox import Limits, image, wire
from grader.sandbox.docker_wall import DockerWall
from grader.sandbox.engine import connect

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

ELF = b"\x7fELF"
TOOLS = (
    "sh bash dash ash busybox env cat ls cp dd id su sudo mount umount nsenter unshare chroot passwd login apt apt-get dpkg "
    "perl pip pip3 curl wget nc gcc ld gdb strace ssh systemctl ldconfig ldd"
).split()
DIFFERENTIATE = (
    "autograd jax jaxlib torch tensorflow keras sympy theano aesara pytensor casadi numdifftools algopy tinygrad mxnet "
    "chainer paddle findiff scipy pandas numba cupy".split()
)


@dataclass(frozen=True)
class Entry:
    """A file of the image."""

    mode: int
    is_file: bool
    size: int
    digest: str
    binary: bool


@pytest.fixture(scope="module")
def client(require):
    """The engine, which holds the image."""
    try:
        found = connect()
        image.find(found)
    except WallError as error:
        require("docker", str(error))
    yield found
    found.close()


def exported(client, name=image.NAME) -> tuple[dict[str, Entry], bytes]:
    """Every file and folder of the image by path, and its list of parts. What the engine adds has no content."""
    made = client.api.create_container(name)
    try:
        stream = io.BufferedReader(Chunks(client.api.export(made["Id"])))
        found, bill = {}, b""
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.issym():
                    continue
                data = archive.extractfile(member).read() if member.isfile() else b""
                digest = hashlib.sha256(data).hexdigest()
                found[f"/{member.name}"] = Entry(member.mode, member.isfile(), len(data), digest, data.startswith(ELF))
                bill = data if member.name == "box/sbom.json" else bill
        return found, bill
    finally:
        client.api.remove_container(made["Id"])


class Chunks(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._left = self._left or next(self._pieces, b"")
        taken = self._left[: len(buffer)]
        self._left = self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


@pytest.fixture(scope="module")
def whole(client):
    """The image, read once."""
    return exported(client)


@pytest.fixture(scope="module")
def content(whole):
    """Every file and folder of the image by path."""
    return whole[0]


@pytest.fixture(scope="module")
def bill(whole):
    """The image's list of parts."""
    return json.loads(whole[1])


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_two_programs(content):
    """All that can be started is the interpreter and the loader."""
    programs = [path for path, entry in content.items() if entry.is_file and entry.size and entry.mode & 0o111]
    assert len(programs) == 2, programs
    assert {path.rpartition("/")[2][:7] for path in programs} == {"python3", "ld-linu"}


def test_no_tools(content):
    """No shell, no tool and no package manager is there, under any mode; nor is anything that a kernel starts by `#!`."""
    names = {path.rpartition("/")[2] for path in content}
    assert names.isdisjoint(TOOLS)
    assert {"start.py", "numpy", "os.py"} <= names


def test_no_special_modes(content):
    """Nothing raises privileges; none but root may write to anything but /tmp."""
    assert [path for path, entry in content.items() if entry.is_file and entry.mode & 0o6000] == []
    assert [path for path, entry in content.items() if entry.mode & 0o022] == ["/tmp"]


def test_it_is_small(content):
    """Less than 120 MB; the base alone has that."""
    assert 60e6 < sum(entry.size for entry in content.values()) < 120e6


def test_site_holds_two_packages(client):
    """The folder of libraries holds numpy and msgspec, and what their wheels say of themselves."""
    names = run(client, "import json, os; print(json.dumps(os.listdir('/box/site')))")
    assert {name.partition("-")[0].removesuffix(".libs") for name in names} == {"numpy", "msgspec"}


def test_nothing_differentiates(client):
    """No package that would take the derivative for a student can be found, and none beside numpy and msgspec."""
    code = f"""
import importlib.util, json, sys
sys.path.append("/box/site")
print(json.dumps([name for name in {[*DIFFERENTIATE, "numpy", "msgspec"]!r} if importlib.util.find_spec(name)]))
"""
    assert run(client, code) == ["numpy", "msgspec"]


def test_the_standard_library_is_there(client):
    """Every module that the interpreter knows can be imported, but those for screens, terminals and installing."""
    code = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
sys.stdout, out = open("/dev/null", "w"), sys.stdout  # some greet
absent = []
for name in sorted(sys.stdlib_module_names):
    if name.startswith("_") or name == "antigravity":
        continue
    try:
        importlib.import_module(name)
    except ImportError as error:
        absent.append(name)
print(json.dumps(absent), file=out)
"""
    elsewhere = {"msilib", "msvcrt", "winreg", "winsound", "nt"}
    unused = {"curses", "ensurepip", "idlelib", "lib2to3", "nis", "ossaudiodev", "readline", "tkinter", "turtle"}
    unused |= {"turtledemo", "venv", "pydoc_data"}
    assert set(run(client, code)) <= elsewhere | unused


def test_what_numpy_can_do(client):
    """Numpy works whole: linear algebra, transforms, random numbers, its own checks; so does what threads end with."""
    code = """
import ctypes, sys
ctypes.CDLL("libgcc_s.so.1")  # glibc opens it when a thread ends early
sys.path.append("/box/site")
import json
import numpy as np
import numpy.ma, numpy.polynomial, numpy.testing
a = np.random.default_rng(0).normal(size=(50, 50))
np.testing.assert_allclose(np.linalg.inv(a) @ a, np.eye(50), atol=1e-8)
np.testing.assert_allclose(np.fft.ifft(np.fft.fft(a)), a, atol=1e-12)
np.linalg.svd(a), np.linalg.eig(a)
print(json.dumps(np.__version__))
"""
    assert run(client, code) == version("numpy")


# --- what it may do ---------------------------------------------------------------------------------------------------


def test_nothing_can_be_written_but_scratch(client):
    """In every folder of the container a new file is refused, but in /tmp and /dev/shm; no file of it can be opened."""
    code = """
import json, os
made, opened = [], []
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
    for name, flags, found in [(".new", os.O_CREAT | os.O_WRONLY, made), *((each, os.O_WRONLY, opened) for each in files)]:
        try:
            os.close(os.open(os.path.join(folder, name), flags))
        except OSError:
            continue
        found.append(os.path.join(folder, name) if found is opened else folder)
print(json.dumps([sorted(made), sorted(opened)]))
"""
    made, opened = run(client, code)
    assert made == ["/dev/shm", "/tmp"]
    devices = {"stdin", "stdout", "stderr", "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts/ptmx"}
    assert {path for path in opened if path.removeprefix("/dev/") not in devices} <= {"/dev/shm/.new", "/tmp/.new"}


def test_it_is_not_root_by_itself(client):
    """An image that is started without any option runs as nobody."""
    assert client.images.get(image.NAME).attrs["Config"]["User"] == "65534:65534"


# --- what it says of itself -------------------------------------------------------------------------------------------


def test_the_list_of_parts_is_valid(bill):
    """It follows CycloneDX's schema, in every field."""
    assert_valid(bill)


def test_the_list_names_what_scores_depend_on(client, bill):
    """Python, numpy, msgspec and the worker, each with its version and a hash; the label says where the list is."""
    parts = named(bill)
    python = run(client, "import json, platform; print(json.dumps(platform.python_version()))")
    expected = {"python": python, "worker": version("backprop-grader")}
    expected |= {name: version(name) for name in ("numpy", "msgspec")}
    assert {name: parts[name]["version"] for name in expected} == expected
    assert all(len(parts[name]["hashes"][0]["content"]) == 64 for name in expected)
    assert client.images.get(image.NAME).labels[image.LABEL + "sbom"] == "/box/sbom.json"


def test_the_wheels_are_those_of_the_lock(bill):
    """The hash of each wheel in the image is one that the lock file pins."""
    for name in ("numpy", "msgspec"):
        assert named(bill)[name]["hashes"][0]["content"] in image.locked(f"{name}=={version(name)}")


def test_the_list_has_every_library(content, bill):
    """Each program and shared library outside /box stands in the list, under its package, with the hash that it has."""
    parts = [part for each in bill["components"] for part in each.get("components", ())]
    files = {(part["name"], part["hashes"][0]["content"]) for part in parts}
    python = named(bill)["python"]["hashes"][0]["content"]
    there = {(path, each.digest) for path, each in content.items() if each.binary and not path.startswith("/box/")}
    assert len(there) > 20
    assert {(path, digest) for path, digest in there - files if digest != python} == set()


def test_the_base_is_recorded(client, bill):
    """What it was built from is a label, a part of the list and a line of `grader doctor`: a digest and no tag."""
    base = client.images.get(image.NAME).labels[image.BASE]
    assert "sha256:" in base
    assert {"name": "base", "value": base} in bill["metadata"]["component"]["properties"]
    assert doctor.image_origin() == base


# --- building it ------------------------------------------------------------------------------------------------------

# As official images have it: Python below /usr/local, one of its libraries in a folder that only the index names.
ELSEWHERE = """FROM {base}
RUN python3 -c "import os, shutil, sys, sysconfig, glob; \\
    here = os.path.realpath(sys.executable); name = os.path.basename(here); \\
    library = sysconfig.get_path('stdlib'); \\
    shutil.copytree(library, '/usr/local/lib/' + name, symlinks=True, dirs_exist_ok=True); \\
    shutil.copy(here, '/usr/local/bin/' + name); \\
    os.path.exists('/usr/local/bin/python3') or os.symlink(name, '/usr/local/bin/python3'); \\
    expat = glob.glob('/usr/lib/*/libexpat.so.1*'); \\
    [shutil.move(each, '/usr/local/lib/') for each in expat]; \\
    library.startswith('/usr/local') or shutil.rmtree(library); \\
    here.startswith('/usr/local') or os.remove(here)" && ldconfig
"""


@pytest.fixture
def base(client):
    """A base of another layout, made from that of the image."""
    name = "backprop-grader-test-base"
    origin = client.images.get(image.NAME).labels[image.BASE]
    recipe = io.BytesIO(ELSEWHERE.format(base=origin).encode())
    client.images.build(fileobj=recipe, tag=name, rm=True, network_mode="none")
    yield name
    client.images.remove(name, force=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_base_of_another_layout(client, base):
    """Wherever Python and its libraries lie in a base, the image works; built twice, it has the same layers."""
    name = "backprop-grader-test-layout"
    try:
        said: list[str] = []
        image.build(client, base, name, said.append)
        first = client.images.get(name)
        with DockerWall(Limits(), image_name=name) as wall, wall.open() as box:
            assert box.load((wire.Cell("sample.py", "import numpy\nimport xml.parsers.expat"),)).notes == ()
        paths = exported(client, name)[0]
        assert any(path.startswith("/usr/local/bin/python3.") for path in paths)
        assert not any(path.startswith("/usr/bin/") for path in paths)
        image.build(client, base, name, said.append)
        assert client.images.get(name).attrs["RootFS"]["Layers"] == first.attrs["RootFS"]["Layers"]
        stage = {"dangling": True, "label": f"{image.LABEL}stage"}
        assert client.images.list(filters=stage) == []
    finally:
        with contextlib.suppress(Exception):
            client.images.remove(name, force=True)


def test_a_version_without_a_pin():
    """A numpy that the lock does not know is refused before anything is fetched, with what to do."""
    with pytest.raises(WallError, match=r"numpy==0.0.1 is installed, which requirements/wheel.lock does not pin"):
        image.locked("numpy==0.0.1")


def test_a_pin_has_hashes():
    """What the lock says of a version is a requirement that pip takes in its mode for hashes, and no other version's."""
    pin = image.locked(f"msgspec=={version('msgspec')}")
    assert pin.startswith("msgspec==")
    assert pin.count("--hash=sha256:") > 5
    assert pin.count("==") == 1


def test_the_machine_is_the_wheels(client):
    """The base's own Python says for which machine wheels are fetched."""
    python, tags = image.probe(client, client.images.get(image.NAME).labels[image.BASE])
    assert python.startswith("3.")
    assert tags[-1] == f"manylinux2014_{platform.machine()}"
