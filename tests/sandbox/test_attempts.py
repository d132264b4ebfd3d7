"""What a submission tries and a wall refuses is told, and what is allowed is not."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from grader.errors import Died, Hung
from grader.sandbox import attempts, box
from tests.sandbox.conftest import Asker

DIES = "import os\ndef f():\n    try:\n        os.fork()\n    except OSError:\n        os._exit(1)\n"


def refused(wall, body: str, before: str = "") -> tuple[str, ...]:
    """What is told of a submission whose function does `body`, and swallows what comes of it."""
    source = f"import ctypes, os, signal, socket, subprocess\n{before}\ndef f():\n    try:\n        {body}\n    except OSError:\n        pass\n"
    with wall.open() as opened:
        asker = Asker(opened)
        asker.load(source)
        asker.value("f")
    return opened.refused


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("os.fork()", "start a process: fork"),
        ("subprocess.run(['ls', '-l'])", "start a program: ls"),
        ("os.system('id')", "start a program: id"),
        ("os.execv('/bin/sh', ['sh'])", "start a program: /bin/sh"),
        ("os.posix_spawn('/bin/sh', ['sh'], {})", "start a program: /bin/sh"),
        ("os.spawnv(os.P_WAIT, '/bin/sh', ['sh'])", "start a process: fork"),
        ("socket.socket()", "open a socket: AF_INET"),
        ("os.kill(os.getppid(), signal.SIGSTOP)", "kill: SIGSTOP to the worker"),
        ("os.kill(-1, 0)", "kill: signal 0 to every process"),
        ("ctypes.CDLL(None).ptrace", "C library: ptrace"),
        ("open('/etc/new', 'w')", "write /etc/new"),
        ("os.open('/etc/passwd', os.O_RDWR)", "write /etc/passwd"),
        ("open('/proc/1/environ')", "read /proc/1/environ"),
        ("open(b'../../etc/new', 'ab')", "write "),
    ],
)
def test_what_is_refused_is_told(strong_wall, body, told):
    """Each attempt is told in a few words, although the submission says nothing of it."""
    found = refused(strong_wall, body)
    assert len(found) == 1
    assert found[0].startswith(told)


@pytest.mark.parametrize(
    "body",
    [
        "open('mine.txt', 'w').write('x')",
        "open('missing.csv')",
        "os.kill(os.getpid(), 0)",
        "open(os.devnull, 'w').close()",
        "__import__('tempfile').TemporaryFile().close()",
        "__import__('decimal')",
        "__import__('threading').Thread(target=int).start()",
        "ctypes.CDLL(None).strlen(b'abc')",
    ],
)
def test_what_is_allowed_is_not_told(strong_wall, body):
    """Files of its own, files that are not there, temporary files, imports, threads."""
    assert refused(strong_wall, body) == ()


def test_it_is_told_although_the_process_ends(strong_wall):
    """What is noted outlives the process that tried it, also one that hangs and is killed."""
    with strong_wall.open() as opened:
        asker = Asker(opened)
        asker.load(DIES)
        with pytest.raises(Died):
            asker.call("f")
        assert opened.refused == ("start a process: fork",)
        asker.load(
            "import socket\ndef f():\n    try:\n        socket.socket()\n    except OSError:\n        while True: pass\n"
        )
        with pytest.raises(Hung):
            asker.call("f")
    assert opened.refused == ("start a process: fork", "open a socket: AF_INET")


def test_the_next_submission_begins_with_none(strong_wall):
    """What one tried is not told of another."""
    assert refused(strong_wall, "os.fork()") == ("start a process: fork",)
    assert refused(strong_wall, "pass") == ()


def test_many_attempts_are_few_lines(strong_wall):
    """Each is told once, the list ends at a limit, and a long name is cut."""
    found = refused(strong_wall, "[touch('/etc/' + str(i % 200) + 'x' * 150) for i in range(1000)]", TOUCH)
    assert len(found) == box.REFUSED
    assert len(set(found)) == len(found)
    assert all(len(text) <= attempts.LONGEST for text in found)


TOUCH = textwrap.dedent(
    """
    def touch(path):
        try:
            open(path, "w")
        except OSError:
            pass
    """
)


def test_spoilt_notes_are_harmless(strong_wall):
    """A submission that finds the notes and writes over them has changed a few texts."""
    with strong_wall.open() as opened:
        asker = Asker(opened)
        asker.load(
            "import gc, mmap\n"
            "def f():\n"
            "    for found in gc.get_objects():\n"
            "        if isinstance(found, mmap.mmap):\n"
            "            found[:] = b'\\xff' * len(found)\n"
            "            return True\n"
        )
        asker.call("f")
        asker.load("def f():\n    return 1\n")
        assert asker.value("f") == 1
    assert len(opened.refused) <= box.REFUSED
    assert sum(map(len, opened.refused)) <= box.REFUSED * attempts.LONGEST


@pytest.mark.parametrize("start", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x10\0\0\0\xff\xfe\n\n\0\x1b[31m"])
def test_any_bytes_are_read_as_short_texts(start):
    """Whatever lies in that memory."""
    noted = attempts.memory()
    noted[: len(start)] = start
    noted[64:] = bytes(range(256)) * 31 + bytes(attempts.ROOM - 64 - 256 * 31)
    found = attempts.read(noted)
    assert len(found) <= attempts.MOST
    assert all(len(text) <= attempts.LONGEST for text in found)


def test_the_hook_lets_every_error_through():
    """An attempt fails by itself, with its own error, whatever its arguments are; so does one out of deep recursion."""
    source = textwrap.dedent(
        """
        import os, sys
        from grader.sandbox import attempts
        attempts.watch(attempts.memory(), attempts.Reach("/nowhere", True))
        sys.audit("os.kill", "no number")
        sys.audit("os.kill")
        sys.audit("socket.__new__", None, None)
        def deep(n):
            try:
                return deep(n + 1)
            except RecursionError:
                os.kill(os.getpid(), 0)
                return n
        assert deep(0) > 100
        try:
            open("/nowhere/at/all")
        except FileNotFoundError:
            print("own error")
        """
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("own error\n", "")


# Reads the pages around every object that was there before the fork, through a pipe, which refuses what is not mapped.
SCAN = textwrap.dedent(
    """
    import ctypes, os, re, sys

    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    libc.write.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)

    def known():
        for module in list(sys.modules.values()):
            for value in list(getattr(module, "__dict__", {}).values()):
                members = list(vars(value).values()) if isinstance(value, type) else []
                yield from map(id, (value, *members))
                for code in (getattr(each, "__code__", None) for each in (value, *members)):
                    yield from map(id, (code, *getattr(code, "co_consts", ())))

    def scan(pattern):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        near = {id >> 20 for id in known()} | {(libc.sbrk(0) >> 20) - n for n in range(12)}
        found = set()
        for block in sorted({block + n for block in near for n in (-1, 0, 1)}):
            for address in range(block << 20, block + 1 << 20, 4096):
                if libc.write(writer, address, 4096) == 4096:
                    found.update(re.findall(pattern, os.read(reader, 4096)))
        return sorted(word.decode() for word in found)
    """
)


def test_what_one_submission_tried_is_not_in_the_next_ones_memory(sandlock_wall):
    """The worker that both are forks of tells it, and keeps nothing of it where a fork could read it."""
    # Several times and of many lengths, since memory of a size that is wanted often is soon overwritten.
    for length in range(2, 20):
        with sandlock_wall.open() as opened:
            asker = Asker(opened)
            tries = "\n".join(f"    touch('/etc/of-another-{n:04}{'-' * length}')" for n in range(12))
            asker.load(f"{TOUCH}\ndef f():\n{tries}\n")
            asker.value("f")
        assert len(opened.refused) == 12
    with sandlock_wall.open() as opened:
        asker = Asker(opened)
        # The second word is the worker's own: the scan does see its memory.
        pattern = "rb'of-[a]nother-[0-9]{4}|could not be [c]onfined'"
        asker.load(f"{SCAN}\ndef f():\n    return scan({pattern})\n")
        assert asker.value("f") == ["could not be confined"]
