"""Leaves processes in the background, which would outlive it: fork, double fork with setsid, vfork, clone by number, posix_spawn,
forkpty, subprocess and multiprocessing."""

import ctypes
import os
import platform
import pty
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def live():
    """The background process: bounded, and visible from outside for as long as it is there."""
    try:
        os.setsid()
    except OSError:
        pass
    for path in ("@home@/@left@", "/tmp/@left@", "@left@"):
        try:
            open(path, "w").close()
        except OSError:
            continue
    time.sleep(60)
    os._exit(0)


def twice():
    if os.fork() == 0:
        if os.fork() == 0:
            live()
        os._exit(0)


def by_number(number, *arguments):
    def run():
        if platform.machine() == "x86_64":
            pid = libc.syscall(number, *arguments)
            if pid == 0:
                live()
            if pid > 0:
                print("LOOT: a process by number", number)

    return run


def spawned():
    os.posix_spawn(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)"], {})
    print("LOOT: posix_spawn")


def started():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    subprocess.Popen("sleep 60 &", shell=True)
    print("LOOT: subprocess")


def attack():
    def plainly():
        if os.fork() == 0:
            live()
        print("LOOT: fork")

    def with_terminal():
        if pty.fork()[0] == 0:
            live()
        print("LOOT: forkpty")

    def system():
        if os.system("sleep 60 &") == 0 or os.popen("echo here").read():
            print("LOOT: a shell")

    def context(kind):
        def run():
            import multiprocessing

            multiprocessing.get_context(kind).Process(target=live, daemon=False).start()
            print("LOOT: multiprocessing", kind)

        return run

    ways = [plainly, twice, spawned, started, with_terminal, system, context("fork"), context("spawn"),
            by_number(57), by_number(58), by_number(56, 17, 0, 0, 0, 0), by_number(56, 0x8000 | 17, 0, 0, 0, 0)]
    for way in ways:
        try:
            way()
        except BaseException:
            continue


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
