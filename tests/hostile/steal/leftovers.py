"""Leaves notes for a later fork of the same worker (files, shared memory, queues, sockets, variables, modules, limits) and
looks for those of an earlier one, its own too: it ends its process in the middle to be loaded anew."""

import builtins
import ctypes
import gc
import os
import re
import sys

import numpy

NOTE = "hostile" + "-note"
PLACES = (".", "..", "../..", "/tmp", "/var/tmp", "/dev/shm", "/run", "@home@", "@scratch@")
libc = ctypes.CDLL(None, use_errno=True)


FOUND = []


def told(*what):
    # What is printed while a source is loaded for a second time is not kept: it is told at the next question.
    FOUND.append(" ".join(map(str, what)))


def find():
    for place in PLACES:
        try:
            found = [name for name in os.listdir(place) if NOTE in name or "@left@" in name]
        except BaseException:
            found = []
        for name in (*found, f"{NOTE}-0"):
            try:
                with open(os.path.join(place, name)) as file:
                    told("a note in", place, file.read(100))
            except BaseException:
                continue
    for holder in (builtins, sys, os, numpy, sys.modules.get("boxworker.session"), os.environ):
        if getattr(holder, "hostile_note", None) or (holder is os.environ and NOTE in holder):
            told("a note in", holder)
    if NOTE in sys.modules or NOTE in sys.path:
        told("a module or a path")
    if libc.shmget(0x7EA5, 4096, 0) >= 0 or libc.msgget(0x7EA5, 0) >= 0 or libc.semget(0x7EA5, 1, 0) >= 0:
        told("System V")
    if os.umask(0o22) == 0o71:
        told("the umask")
    if any(type(o) is str and o.startswith(NOTE + " left") for o in gc.get_objects()):
        told("an object")
    for size in (1 << 12, 1 << 16, 1 << 20):
        if re.search(b"hostile" + rb"-note left [0-9a-f]{8}", numpy.empty(size, "u1").tobytes()):
            told("memory")


def leave():
    for place in PLACES:
        for name in (f"{NOTE}-0", "@left@-note"):
            try:
                with open(os.path.join(place, name), "x") as file:
                    file.write(f"of {os.getpid()}")
            except BaseException:
                continue
    for holder in (builtins, sys, os, numpy, sys.modules.get("boxworker.session")):
        try:
            holder.hostile_note = True
        except BaseException:
            continue
    os.environ[NOTE] = "1"
    sys.modules[NOTE] = sys
    sys.path.append(NOTE)
    libc.shmget(0x7EA5, 4096, 0o1666)
    libc.msgget(0x7EA5, 0o1666)
    libc.semget(0x7EA5, 1, 0o1666)
    os.umask(0o71)
    global KEPT
    KEPT = [numpy.frombuffer((NOTE + " left " + os.urandom(4).hex()).encode() * 2000, "u1").copy() for _ in range(20)]


for action in (find, leave):
    try:
        action()
    except BaseException:
        pass


def sigmoid_neuron_forward(w, x):
    if not FOUND:
        os._exit(3)
    print("LOOT:", FOUND)
    return 0.0, None


def sigmoid_neuron_backward(df, cache):
    os._exit(4)
