"""Leaves notes for a later fork of the same worker (files, shared memory, queues, variables, modules, limits, and what the wall
itself writes down of it) and looks for those of an earlier one, its own too: it ends its process to be loaded anew."""

import builtins
import ctypes
import gc
import os
import re
import sys

import numpy

NOTE = "hostile" + "-note"
PLACES = (".", "..", "../..", "/tmp", "/var/tmp", "/dev/shm", "/run", "@home@", "@scratch@")


# A container is one submission's: what an earlier process of its own left there is nobody else's.
OWN = "of " + os.uname().nodename if os.path.isdir("/box") else None
DONE = []


def words(data):
    return re.search(b"hostile" + rb"-note left [0-9a-f]{8}", data)


def told(*what):
    print("LOOT:", *what)


def find():
    libc = ctypes.CDLL(None, use_errno=True)
    for place in PLACES:
        try:
            found = [name for name in os.listdir(place) if NOTE in name or "@left@" in name]
        except BaseException:
            found = []
        for name in (*found, f"{NOTE}-0"):
            try:
                with open(os.path.join(place, name)) as file:
                    note = file.read(100)
                if note != OWN:
                    told("a note in", place, note)
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
        if words(numpy.empty(size, "u1").tobytes()):
            told("fresh memory")


def known():
    for module in list(sys.modules.values()):
        for value in list(getattr(module, "__dict__", {}).values()):
            members = list(vars(value).values()) if isinstance(value, type) else []
            yield from map(id, (value, *members))
            for code in (getattr(each, "__code__", None) for each in (value, *members)):
                yield from map(id, (code, *getattr(code, "co_consts", ())))


def pages():
    """The pages around every object that was there before the fork, and of the heap, through a pipe, which refuses what is not
    mapped."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.sbrk.restype = ctypes.c_void_p
    libc.write.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    near = {address >> 20 for address in known()} | {((libc.sbrk(0) or 0) >> 20) - n for n in range(12)}
    for block in sorted({block + n for block in near for n in (-1, 0, 1)}):
        for address in range(block << 20, (block + 1) << 20, 4096):
            if libc.write(writer, address, 4096) == 4096:
                yield os.read(reader, 4096)


def scan():
    for page in pages():
        if words(page):
            told("the worker's memory:", words(page).group().decode())


def leave():
    libc = ctypes.CDLL(None, use_errno=True)
    # What the wall refuses it may write down, with the words that it was asked for.
    for n in range(12):
        try:
            open("/" + NOTE + " left " + os.urandom(4).hex() + "-" * n, "x")
        except OSError:
            continue
    for place in PLACES:
        for name in (f"{NOTE}-0", "@left@-note"):
            try:
                with open(os.path.join(place, name), "x") as file:
                    file.write(OWN or "of another")
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


# This ends the first process; the next one runs definitions only.
try:
    leave()
finally:
    os._exit(3)


def sigmoid_neuron_forward(w, x):
    for action in (find, scan) if not DONE else ():
        DONE.append(action)
        try:
            action()
        except BaseException:
            pass
    return 0.0, None


def sigmoid_neuron_backward(df, cache):
    os._exit(4)
