"""Goes on after its answer: daemon and other threads, timers, signals, exit hooks, finalizers and fork hooks, which change numpy and
write files whenever somebody else's turn might be."""

import atexit
import gc
import os
import signal
import sys
import threading
import time
import weakref

import numpy as np

END = time.monotonic() + 20


def touch(name):
    for folder in ("@home@", "/tmp", "..", "."):
        try:
            open(f"{folder}/@left@-{name}", "w").close()
        except OSError:
            continue


def work():
    while time.monotonic() < END:
        np.exp = lambda x: 0.0
        touch("thread")
        for fd in range(4, 40):
            try:
                os.write(fd, b"hostile-left")
            except OSError:
                continue
        time.sleep(0.01)


class Dying:
    def __del__(self):
        touch("del")
        time.sleep(0.2)


def begin():
    for daemon in (True, False):
        threading.Thread(target=work, daemon=daemon).start()
    threading.Timer(1.0, touch, ("timer",)).start()
    signal.signal(signal.SIGALRM, lambda *_: touch("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    atexit.register(touch, "exit")
    atexit.register(time.sleep, 20)
    os.register_at_fork(before=lambda: touch("fork"), after_in_child=work, after_in_parent=work)
    weakref.finalize(begin, touch, "finalize")
    gc.callbacks.append(lambda *_: touch("gc"))
    sys.settrace(lambda *_: None)
    threading.setprofile(lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    global KEPT
    KEPT = Dying()


try:
    begin()
except BaseException:
    pass


def sigmoid_neuron_forward(w, x):
    return 0.0, None


def sigmoid_neuron_backward(df, cache):
    raise NotImplementedError
