from __future__ import annotations

import contextlib
import io
import os
import socket
import stat
import subprocess
import sys
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import intake
from grader.submission import find

MIB = 1 << 20


def read(root):
    """The only student's files by name, and the messages of all problems."""
    (located,) = find(root).students
    submission = located.read()
    return {file.name: file for file in submission.files}, [f"{p.where} {p.message}" for p in submission.problems]


def store(path, entries, method=zipfile.ZIP_DEFLATED):
    """Write a zip of (name or ZipInfo, content) pairs."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content, compress_type=method)
    return path


def entry(name, mode, system=3):
    info = zipfile.ZipInfo(name)
    info.create_system = system
    info.external_attr = mode << 16
    return info


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
class TestRegularFilesOnly:
    def test_links_are_not_followed(self, tmp_path):
        """A link named like source has a reason, another is a problem; a student that is a link has a row."""
        secret = tmp_path / "secret.py"
        secret.write_text("answer = 42\n")
        room = tmp_path / "class" / "ada"
        room.mkdir(parents=True)
        (room / "softmax.py").symlink_to(secret)
        (room / "data").symlink_to("/etc")
        (room / "loop").symlink_to(room)
        files, problems = read(tmp_path / "class")
        assert files["ada/softmax.py"].error == "is a link, which is not read; hand in the file itself"
        assert files["ada/softmax.py"].cells == ()
        assert [problem.split()[0] for problem in problems] == ["ada/data", "ada/loop"]
        (tmp_path / "class" / "bob.py").symlink_to(secret)
        (tmp_path / "class" / "c.d").symlink_to(room)
        found = {located.student: located.read() for located in find(tmp_path / "class").students}
        assert set(found) == {"ada", "bob", "c.d"}
        assert "link" in found["bob"].files[0].error
        assert "link" in found["c.d"].problems[0].message

    def test_pipes_sockets_and_devices_are_not_opened(self, tmp_path):
        """None of them is waited for, each is named."""
        room = tmp_path / "ada"
        room.mkdir()
        os.mkfifo(room / "softmax.py")
        os.mkfifo(room / "pipe")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
            server.bind(os.path.relpath(room / "conv1d.py"))
        if os.getuid() == 0:
            os.mknod(room / "zero.py", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
            assert "a device" in read(tmp_path)[0]["ada/zero.py"].error
        files, problems = read(tmp_path)
        assert "a named pipe" in files["ada/softmax.py"].error
        assert "a socket" in files["ada/conv1d.py"].error
        assert any(problem.startswith("ada/pipe is a named pipe") for problem in problems)

    def test_a_file_exchanged_for_a_link_is_not_followed(self, tmp_path, monkeypatch):
        """The look and the opening may see different files: the opening refuses the link by itself."""
        (tmp_path / "real.py").write_text("x = 1\n")
        (tmp_path / "ada.py").symlink_to(tmp_path / "real.py")
        regular = os.lstat(tmp_path / "real.py")
        monkeypatch.setattr(intake.os, "lstat", lambda _: regular)
        with pytest.raises(intake.Unreadable, match="is a link"):
            intake.read_regular(str(tmp_path / "ada.py"), "python")


class TestLimits:
    @pytest.mark.parametrize(("name", "size"), [("ada.py", 1), ("ada.ipynb", 32), ("ada.zip", 64)])
    def test_sparse_giants_are_refused_by_size(self, tmp_path, name, size):
        """A file over its limit is not read; the line has its size, the limit and what to do."""
        with (tmp_path / name).open("wb") as file:
            file.truncate(200 << 30)
        files, _ = read(tmp_path)
        assert files[name].error.startswith(f"is 204800.0 MiB, more than the {size} MiB")
        assert files[name].sha256 == ""

    def test_a_60_mb_notebook(self, tmp_path):
        """The student is told to clear the outputs."""
        (tmp_path / "ada.ipynb").write_bytes(b'{"cells": "' + b"x" * 60_000_000)
        files, _ = read(tmp_path)
        assert files["ada.ipynb"].error == (
            "is 57.2 MiB, more than the 32 MiB that a notebook may have; clear its outputs and hand it in again"
        )

    def test_the_limit_itself_is_allowed(self, tmp_path):
        """One mebibyte of Python is read, one byte more is not."""
        (tmp_path / "ada.py").write_bytes(b"x = 1\n".ljust(MIB))
        assert read(tmp_path)[0]["ada.py"].error is None
        (tmp_path / "ada.py").write_bytes(b"x = 1\n".ljust(MIB + 1))
        assert "more than the 1 MiB" in read(tmp_path)[0]["ada.py"].error

    def test_many_files(self, tmp_path):
        """A thousand sources are read, and a problem says that there are more."""
        room = tmp_path / "ada"
        room.mkdir()
        for i in range(1010):
            (room / f"{i:04}.py").write_text("x = 1\n")
        files, problems = read(tmp_path)
        assert len(files) == 1000
        assert "more than 1000 files" in problems[0]
        (tmp_path / "zips").mkdir()
        store(tmp_path / "zips" / "bob.zip", [(f"{i:04}.py", "x = 1\n") for i in range(1010)])
        files, problems = read(tmp_path / "zips")
        assert "more than 1000 files" in "".join(problems)

    def test_all_of_a_students_files_together(self, tmp_path):
        """Over the limit for everything, what is left is not read and a problem says so."""
        for i in range(5):
            (tmp_path / f"{i}.py").write_bytes(b"x = 1\n".ljust(MIB))
        reader = intake.Reader(_left=3 * MIB)
        assert [item.name for item in reader.read_path(str(tmp_path), "ada")] == ["ada/0.py", "ada/1.py", "ada/2.py"]
        assert "this and what follows is not read" in reader.finish()[0].message


class TestZips:
    def test_paths_that_leave_the_zip(self, tmp_path):
        """Nothing is written anywhere; each such entry is named and the rest is read."""
        names = ["../../escape.py", "/abs.py", "C:\\win.py", "ok/../../up.py", "..\\back.py", "../data.csv"]
        (tmp_path / "class").mkdir()
        store(tmp_path / "class" / "ada.zip", [*((name, "x = 1\n") for name in names), ("softmax.py", "y = 1\n")])
        before = sorted(tmp_path.rglob("*"))
        files, problems = read(tmp_path / "class")
        assert sorted(tmp_path.rglob("*")) == before
        refused = [file for file in files.values() if file.error]
        assert len(refused) == 5
        assert {file.error for file in refused} == {"has a path that leaves the zip; it is not read"}
        assert files["ada.zip/softmax.py"].cells[0].source == "y = 1\n"
        assert problems == ["ada.zip/../data.csv has a path that leaves the zip; it is not read"]

    def test_paths_that_leave_the_zip_of_a_class(self, tmp_path):
        """They belong to nobody: a remark counts them."""
        store(tmp_path / "class.zip", [("../ada.py", "x"), ("bob.py", "x = 1\n")])
        listing = find(tmp_path / "class.zip")
        assert [located.student for located in listing.students] == ["bob"]
        assert "1 entries of the zip have a path that leaves it" in listing.remarks[0]

    def test_links_and_devices(self, tmp_path):
        """An entry that would unpack to anything but a file is refused."""
        kinds = {"link.py": stat.S_IFLNK, "pipe.py": stat.S_IFIFO, "device.py": stat.S_IFCHR, "dir.py": stat.S_IFDIR}
        entries = [(entry(name, mode | 0o777), "/etc/passwd") for name, mode in kinds.items()]
        store(tmp_path / "ada.zip", [*entries, (entry("plain.py", stat.S_IFREG | 0o644), "x = 1\n")])
        (tmp_path / "class").mkdir()
        (tmp_path / "ada.zip").rename(tmp_path / "class" / "ada.zip")
        files, _ = read(tmp_path / "class")
        assert {name: file.error is None for name, file in files.items()} == {
            **{f"ada.zip/{name}": False for name in kinds},
            "ada.zip/plain.py": True,
        }
        assert "is a link" in files["ada.zip/link.py"].error

    def test_a_bomb_in_one_file(self, tmp_path):
        """A small zip that holds a gigabyte under a source's name stops at the limit for source."""
        store_bomb(tmp_path / "ada.zip", "softmax.py", 256 * MIB)
        with zipfile.ZipFile(tmp_path / "ada.zip", "a") as archive:
            archive.writestr("conv1d.py", "x = 1\n")
        folder = tmp_path / "class"
        folder.mkdir()
        (tmp_path / "ada.zip").rename(folder / "ada.zip")
        assert (folder / "ada.zip").stat().st_size < MIB
        files, _ = read(folder)
        assert "more than the 1 MiB" in files["ada.zip/softmax.py"].error
        assert files["ada.zip/conv1d.py"].error is None

    def test_a_bomb_of_many_files(self, tmp_path):
        """Small sources that add up to more than 64 MiB stop the zip there, which the student is told."""
        store(tmp_path / "ada.zip", [(f"{i:03}.py", b"x = 1\n".ljust(MIB)) for i in range(80)])
        assert (tmp_path / "ada.zip").stat().st_size < MIB
        folder = tmp_path / "class"
        folder.mkdir()
        (tmp_path / "ada.zip").rename(folder / "ada.zip")
        files, _ = read(folder)
        assert "unpacks to more than 64 MiB" in files["ada.zip"].error
        assert len(files) == 65
        assert sum(len(cell.source) for file in files.values() for cell in file.cells) <= 16 * MIB
        assert "more than 16 MiB of source" in files["ada.zip/063.py"].error

    def test_what_zips_unpack_to_counts_as_handed_in(self, tmp_path):
        """Several small zips that unpack to more than a student may hand in are read no further."""
        room = tmp_path / "ada"
        room.mkdir()
        for name in "abc":
            store(room / f"{name}.zip", [(f"{i}.py", b"x = 1\n".ljust(MIB)) for i in range(4)])
        reader = intake.Reader(_left=6 * MIB)
        assert len(list(reader.read_path(str(room), "ada"))) == 5
        assert "this and what follows is not read" in reader.finish()[0].message

    def test_a_bomb_of_zips_in_zips(self, tmp_path):
        """Nested zips share one limit and are read three deep."""
        inner = store(tmp_path / "inner.zip", [("a.py", "x = 1\n")]).read_bytes()
        for _ in range(4):
            inner = store(tmp_path / "inner.zip", [("a.py", "x = 1\n"), ("z.zip", inner)]).read_bytes()
        folder = tmp_path / "class"
        folder.mkdir()
        (folder / "ada.zip").write_bytes(inner)
        files, _ = read(folder)
        assert sorted(name for name, file in files.items() if file.error is None) == [
            "ada.zip/a.py",
            "ada.zip/z.zip/a.py",
            "ada.zip/z.zip/z.zip/a.py",
        ]
        assert "hand in one zip" in files["ada.zip/z.zip/z.zip/z.zip"].error
        layer = store(tmp_path / "layer.zip", [(f"{i}.py", b"x".ljust(MIB)) for i in range(8)]).read_bytes()
        store(folder / "ada.zip", [(f"{i:02}.zip", layer) for i in range(20)])
        files, _ = read(folder)
        assert "unpacks to more than 64 MiB" in files["ada.zip"].error
        assert len(files) < 70

    def test_a_size_that_lies(self, tmp_path):
        """A header that claims fewer bytes than there are is damage, not a way around the count."""
        path = store_bomb(tmp_path / "ada.zip", "softmax.py", 8 * MIB)
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\x01\x02")
        data[at + 24 : at + 28] = (10).to_bytes(4, "little")
        folder = tmp_path / "class"
        folder.mkdir()
        (folder / "ada.zip").write_bytes(data)
        assert "damaged" in read(folder)[0]["ada.zip/softmax.py"].error

    def test_encrypted_entries(self, tmp_path):
        """They are refused one by one."""
        data = bytearray(store(tmp_path / "x.zip", [("a.py", "x = 1\n"), ("b.py", "x = 1\n")]).read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        folder = tmp_path / "class"
        folder.mkdir()
        (folder / "ada.zip").write_bytes(data)
        files, _ = read(folder)
        assert "encrypted" in files["ada.zip/a.py"].error
        assert files["ada.zip/b.py"].error is None

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_methods(self, tmp_path, method):
        """Methods whose decoders can't be held to a limit are named and not read."""
        folder = tmp_path / "class"
        folder.mkdir()
        store(folder / "ada.zip", [("a.py", "x = 1\n")], method)
        assert f"packed by method {method}" in read(folder)[0]["ada.zip/a.py"].error

    def test_duplicate_names(self, tmp_path):
        """The last entry of a name counts, as it does for those who unpack, and a problem says so."""
        folder = tmp_path / "class"
        folder.mkdir()
        with pytest.warns(UserWarning, match="Duplicate"):
            store(folder / "ada.zip", [("a.py", "x = 1\n"), ("a.py", "x = 2\n")])
        files, problems = read(folder)
        assert files["ada.zip/a.py"].cells[0].source == "x = 2\n"
        assert problems == ["ada.zip/a.py is in the zip 2 times; the last one counts"]

    @pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"Rar!\x1a\x07\x00", b"x" * 100])
    def test_what_is_no_zip(self, tmp_path, data):
        """It is said, or found empty, and the student has a row."""
        (tmp_path / "ada.zip").write_bytes(data)
        (tmp_path / "bob.py").write_text("x = 1\n")
        ada = find(tmp_path).students[0].read()
        said = [file.error for file in ada.files] + [problem.message for problem in ada.problems]
        assert len(said) == 1
        assert "not a zip" in said[0] or "nothing was handed in" in said[0]

    def test_a_table_of_contents_without_end(self, tmp_path):
        """A zip that lists hundreds of thousands of files is refused before the list is built."""
        folder = tmp_path / "class"
        folder.mkdir()
        store(folder / "ada.zip", [(f"{i:06}{'x' * 60}.png", b"") for i in range(40_000)], zipfile.ZIP_STORED)
        assert "lists too many files" in read(folder)[0]["ada.zip"].error

    def test_an_entry_that_lies_before_its_zip(self, tmp_path):
        """A damaged place in a class's zip costs its own entry, and is not taken for a failure of the disk."""
        path = store(tmp_path / "class.zip", [("ada.py", b"x = 1\n"), ("bob.py", b"x = 1\n")], zipfile.ZIP_STORED)
        data = bytearray(path.read_bytes())
        place = data.rfind(b"PK\x05\x06") + 16  # where the end says that the table of contents begins
        data[place : place + 4] = (int.from_bytes(data[place : place + 4], "little") + 10).to_bytes(4, "little")
        path.write_bytes(data)
        ada, _ = (located.read() for located in find(path).students)
        assert [file.error for file in ada.files] == ["is damaged inside its zip; make the zip again"]

    def test_zips_that_list_files_without_end(self, tmp_path, monkeypatch):
        """What the zips of a student list is counted together, whatever it is, and not read beyond a limit."""
        monkeypatch.setattr(intake, "LISTED_LIMIT", 100)
        inner = store(tmp_path / "inner.zip", [(f"{i}.png", b"") for i in range(30)]).read_bytes()
        folder = tmp_path / "class"
        folder.mkdir()
        store(folder / "ada.zip", [(f"{i}.zip", inner) for i in range(8)])
        reader = intake.Reader()
        assert list(reader.read_path(str(folder / "ada.zip"), "ada.zip")) == []
        assert len(reader.others) <= 100
        assert "more than 100 files lie in zips" in reader.finish()[0].message

    def test_names_that_no_disk_holds(self, tmp_path):
        """An entry with a name of tens of thousands of characters is named by its beginning and not read."""
        folder = tmp_path / "class"
        folder.mkdir()
        store(folder / "ada.zip", [("_1" * 15_000 + ".py", "x = 1\n"), ("softmax.py", "x = 1\n")])
        files, problems = read(folder)
        assert set(files) == {"ada.zip/softmax.py"}
        assert problems[0].startswith("ada.zip/_1_1")
        assert problems[0].endswith("has a name of 30,003 characters; it is not read")

    @pytest.mark.timeout(60)
    def test_environments_without_end(self, tmp_path):
        """Thousands of environments in a zip cost no more time than thousands of files."""
        folder = tmp_path / "class"
        folder.mkdir()
        environments = [(f"{i}/pyvenv.cfg", b"") for i in range(15_000)]
        store(folder / "ada.zip", [*environments, ("9/x.py", "x"), *((f"{i}.png", b"") for i in range(30_000))], 0)
        reader = intake.Reader()
        assert list(reader.read_path(str(folder / "ada.zip"), "ada.zip")) == []
        assert len(reader.others) == 30_000

    def test_names_of_macos_and_windows(self, tmp_path):
        """UTF-8 without its flag is recognised, a backslash separates."""
        data = store(tmp_path / "x.zip", [("ab\\softmax.py", "x = 1\n"), ("xxé.py", "x = 1\n")]).read_bytes()
        plain = data.replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")  # the version, then the flags
        assert plain != data
        folder = tmp_path / "class"
        folder.mkdir()
        (folder / "ada.zip").write_bytes(plain)
        assert set(read(folder)[0]) == {"ada.zip/ab/softmax.py", "ada.zip/xxé.py"}

    def test_long_lists_of_problems_are_cut(self, tmp_path):
        """Twenty problems are listed and the others counted."""
        folder = tmp_path / "class"
        folder.mkdir()
        store(folder / "ada.zip", [(f"../{i}.csv", "") for i in range(50)])
        _, problems = read(folder)
        assert len(problems) == 22
        assert "30 more problems" in problems[20]

    @given(st.data())
    @settings(max_examples=300, deadline=None)
    def test_a_damaged_zip_never_raises(self, data):
        """Any bytes of a zip changed: files, reasons or problems come out, and no traceback."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.py", "x = 1\n" * 20)
            archive.writestr("b/é.ipynb", '{"cells": [{"cell_type": "code", "source": "x"}]}')
        hurt = bytearray(buffer.getvalue())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(hurt) - 1))
            hurt[at] = data.draw(st.integers(0, 255))
        hurt = hurt[: data.draw(st.integers(len(hurt) - 40, len(hurt)))] + data.draw(st.binary(max_size=8))
        check(bytes(hurt))

    @given(st.binary(max_size=300))
    def test_random_bytes_never_raise(self, data):
        """Random bytes as a zip, alone and behind a zip's first bytes."""
        check(data)
        check(b"PK\x03\x04" + data)
        check(data + b"PK\x05\x06" + bytes(4) + b"\x01\x00\x01\x00" + len(data).to_bytes(4, "little") + bytes(6))


def store_bomb(path, name, size):
    """A zip whose one entry unpacks to `size` spaces, without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = b" " * MIB
    packed, check_sum = b"", 0
    for _ in range(size // MIB):
        packed += packer.compress(block)
        check_sum = zlib.crc32(block, check_sum)
    packed += packer.flush()
    store(path, [(name, packed)], zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for at in (0, data.index(b"PK\x01\x02")):
        field = at + (8 if at == 0 else 10)
        data[field : field + 2] = (8).to_bytes(2, "little")
        data[field + 6 : field + 10] = check_sum.to_bytes(4, "little")
        data[field + 14 : field + 18] = size.to_bytes(4, "little")
    path.write_bytes(data)
    return path


def check(data):
    reader = intake.Reader()
    items = list(reader._zip(data, "ada.zip", 1))
    assert all(item.error or item.data is not None for item in items)
    assert reader.finish() is not None


def test_the_self_check_imports_little():
    """Neither zipfile nor nbformat is loaded to read a Python file or a notebook."""
    script = (
        "import sys, json, pathlib, tempfile\n"
        "from grader.submission import read_file\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "(folder / 'a.py').write_text('x = 1')\n"
        "(folder / 'a.ipynb').write_text(json.dumps({'cells': [{'cell_type': 'code', 'source': 'x'}]}))\n"
        "assert read_file(folder / 'a.py').cells and read_file(folder / 'a.ipynb').cells\n"
        "print(sorted({'zipfile', 'nbformat', 'jsonschema', 'reference'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
