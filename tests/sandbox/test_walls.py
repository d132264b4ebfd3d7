"""What every wall does alike: questions answered, and whatever a submission does to its own process survived."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from grader.errors import Died, Garbled, Hung, SubmissionError
from grader.sandbox import wire
from tests.sandbox.conftest import Asker

DOUBLE = "def double(x):\n    return 2 * x\n"


def works(asker: Asker) -> None:
    """The box takes a fresh submission and answers."""
    asker.load(DOUBLE)
    assert asker.value("double", 21.0) == 42.0


def test_calls_in_one_question_share_a_process_and_a_cache(asker):
    """A backward gets its own forward's cache by reference, and the cache never leaves the box."""
    asker.load("def forward(x):\n    return x + 1, {'x': x}\ndef backward(d, cache):\n    return d * cache['x']\n")
    payload = wire.Payload()
    x = payload.add(np.array([1.0, 2.0]))
    calls = (wire.Call("forward", (x,), keep=(1,)), wire.Call("backward", (x, wire.Ref(0, (1,)))))
    answer, data = asker.box.ask(wire.Ask(calls), payload)
    kept = answer.outcomes[0].value.items[1]
    assert isinstance(kept, wire.Opaque)
    assert kept.type == "dict"
    assert wire.view(answer.outcomes[1].value, data).tolist() == [1.0, 4.0]


def test_a_call_whose_forward_raised_is_skipped(asker):
    """What refers to a call that raised is not called."""
    asker.load("def forward(x):\n    return 1 / 0\ndef backward(d, cache):\n    return d\n")
    payload = wire.Payload()
    x = payload.add(np.array(1.0), "scalar")
    calls = (wire.Call("forward", (x,)), wire.Call("backward", (x, wire.Ref(0, (1,)))))
    answer, _ = asker.box.ask(wire.Ask(calls), payload)
    assert [outcome.error.type for outcome in answer.outcomes] == ["ZeroDivisionError", "Skipped"]
    assert answer.outcomes[0].error.where == "line 2"
    assert "1 / 0" in answer.outcomes[0].error.trace


def test_a_call_that_hangs_costs_itself(asker):
    """A question without end is Hung, and the next load is answered."""
    asker.load("def f():\n    while True: pass\n")
    with pytest.raises(Hung, match="within 3 s"):
        asker.call("f")
    works(asker)


def test_a_top_level_that_hangs_costs_itself(asker):
    """A statement that turns its interruption off and loops on is Hung; definitions alone still load."""
    source = DOUBLE + "import signal\nif True:\n    signal.setitimer(signal.ITIMER_REAL, 0)\n    while True: pass\n"
    with pytest.raises(Hung):
        asker.load(source)
    loaded = asker.load(source, definitions_only=True)
    assert [definition.name for definition in loaded.definitions] == ["double"]
    assert asker.value("double", 4) == 8


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os._exit(3)", "exited with status 3"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.kill(os.getpid(), 9)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
    ],
)
def test_a_process_that_ends_is_named_and_replaced(asker, body, reason):
    """However a submission ends its process, it costs that question and is named."""
    asker.load(f"import os, ctypes\ndef f():\n    {body}\n")
    with pytest.raises(Died, match=reason):
        asker.call("f")
    works(asker)


def test_asking_after_a_death_is_our_own_mistake(asker):
    """Without a new load there is nothing to ask."""
    asker.load("import os\ndef f():\n    os._exit(0)\n")
    with pytest.raises(Died):
        asker.call("f")
    with pytest.raises(RuntimeError, match="load"):
        asker.call("f")


def test_memory_is_limited(asker):
    """A submission that wants more memory than it may have gets MemoryError, or dies."""
    asker.load("def f():\n    return len([bytearray(1 << 24) for _ in range(64)])\n")
    try:
        outcome = asker.call("f")
    except Died:
        pass
    else:
        assert outcome.error.type == "MemoryError"
    works(asker)


def test_output_is_capped_head_and_tail(asker):
    """A flood of output keeps its beginning and its end, within the limit."""
    asker.load("def f():\n    print('first')\n    for i in range(100_000): print(i)\n    print('last')\n")
    asker.value("f")
    assert asker.output.stdout.startswith("first\n")
    assert asker.output.stdout.endswith("last\n")
    assert "left out" in asker.output.stdout
    assert len(asker.output.stdout) <= 20_000


def test_output_is_sent_once(asker):
    """Each answer holds what was printed since the last one, from both streams."""
    loaded = asker.load("import sys\nprint('loading')\ndef f():\n    print('out')\n    print('err', file=sys.stderr)\n")
    assert loaded.output.stdout == "loading\n"
    asker.value("f")
    assert (asker.output.stdout, asker.output.stderr) == ("out\n", "err\n")


def test_file_descriptors_lead_nowhere(asker):
    """Writing to descriptors 1 and 2 reaches neither the grader nor its terminal."""
    asker.load("import os\ndef f():\n    return os.write(1, b'{}') + os.write(2, b'{}')\n")
    assert asker.value("f") == 4


@pytest.mark.parametrize(
    "junk",
    [
        "b'\\1' + b'\\xff' * 8",
        "b'\\x07' + b'\\0' * 8",
        "b'\\1\\0\\0\\0\\4\\0\\0\\0\\0junk'",
        "b'\\0\\0\\0\\0\\x0a\\0\\0\\0\\0' + b'\\x81\\xa1k\\xa7stopped'",
    ],
    ids=["too large", "no such kind", "no message", "another's word"],
)
def test_forged_frames_are_garbled(asker, junk):
    """What a submission writes to the frames' own descriptor in place of an answer is refused as such."""
    asker.load(
        "import os, stat\n"
        "def f():\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        f"            os.write(fd, {junk})\n"
        "        except OSError:\n"
        "            pass\n"
        "    while True: pass\n"
    )
    with pytest.raises((Garbled, Hung)) as caught:
        asker.call("f")
    assert isinstance(caught.value, Garbled)
    works(asker)


def test_a_forged_answer_is_only_another_number(asker):
    """An answer of the submission's own making is taken as its answer, and no more than that."""
    asker.load(DOUBLE)
    frame = wire.encode(wire.Answer((wire.Outcome(wire.Text("full marks")),)))
    asker.load(
        "import os\n"
        "def f():\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        f"            os.write(fd, {frame!r})\n"
        "        except OSError:\n"
        "            pass\n"
        "    os._exit(0)\n"
    )
    assert asker.value("f") == "full marks"


def test_a_frame_cut_short_by_death_is_no_answer(asker):
    """Half a frame, then the end: the stream is not shifted for the next submission."""
    asker.load(
        "import os\n"
        "def f():\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        "            os.write(fd, b'\\1\\0\\0\\1\\0\\0\\0\\0\\0half')\n"
        "        except OSError:\n"
        "            pass\n"
        "    os._exit(0)\n"
    )
    with pytest.raises(Died):
        asker.call("f")
    works(asker)


def test_too_many_outcomes_are_garbled(asker):
    """An answer has an outcome for each call."""
    frame = wire.encode(wire.Answer((wire.Outcome(wire.Text("a")), wire.Outcome(wire.Text("b")))))
    asker.load(
        "import os\n"
        "def f():\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        f"            os.write(fd, {frame!r})\n"
        "        except OSError:\n"
        "            pass\n"
        "    while True: pass\n"
    )
    with pytest.raises(Garbled, match="2 outcomes for 1 calls"):
        asker.call("f")


def test_arrays_beyond_their_frame_are_garbled(asker):
    """An array that claims bytes which are not there never reaches a judge."""
    frame = wire.encode(wire.Answer((wire.Outcome(wire.Array("<f8", (1 << 40,), 0)),)))
    asker.load(
        "import os\n"
        "def f():\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        f"            os.write(fd, {frame!r})\n"
        "        except OSError:\n"
        "            pass\n"
        "    while True: pass\n"
    )
    with pytest.raises(Garbled, match="beyond its frame"):
        asker.call("f")
    works(asker)


def test_huge_arrays_are_named_and_not_sent(asker):
    """An array over the frame's limit stays in the box."""
    asker.load("import numpy as np\ndef f():\n    return np.zeros(9_000_000)\n")
    value = asker.value("f")
    assert (value.type, value.why) == ("ndarray", "too large")


def test_inputs_are_fresh_for_each_call(asker):
    """A function that changes its argument changes its own copy; the echo shows what it did."""
    asker.load("def f(x):\n    x *= 2\n    return x.sum()\n")
    payload = wire.Payload()
    x = payload.add(np.array([1.0, 2.0]))
    answer, data = asker.box.ask(wire.Ask((wire.Call("f", (x,), echo=True), wire.Call("f", (x,)))), payload)
    first, second = answer.outcomes
    assert wire.view(first.arguments[0], data).tolist() == [2.0, 4.0]
    assert wire.view(first.value, data).item() == wire.view(second.value, data).item() == 6.0


def test_scalars_and_lists_arrive_as_python_has_them(asker):
    """Inputs called scalars are int and float; lists, tuples, dicts, text and None are themselves."""
    asker.load("def f(*values):\n    return tuple(type(value).__name__ for value in values)\n")
    names = asker.value("f", 1, 2.5, True, [[1.0, 2.0]], (1, 2), {"a": 1}, "text", wire.Nothing(), np.ones(2))
    assert names == ("int", "float", "bool", "list", "tuple", "dict", "str", "NoneType", "ndarray")


def test_generators_are_seeded_for_each_question(asker):
    """The same seed gives the same draws, whatever was drawn before."""
    asker.load("import random\nimport numpy as np\ndef f():\n    return random.random(), np.random.rand()\n")
    draws = [asker.value("f"), asker.value("f")]
    assert draws[0] == draws[1]


def test_threads_that_run_on_do_not_matter(asker):
    """A submission may leave threads behind."""
    asker.load(
        "import threading, time\ndef f():\n    threading.Thread(target=time.sleep, args=(60,)).start()\n    return 1\n"
    )
    assert asker.value("f") == 1
    works(asker)


def test_the_submissions_time_is_limited_as_a_whole(wall):
    """Questions that are each in time together may not be."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load("import time\ndef f():\n    time.sleep(30)\n")
        box._left_s = 0.5
        with pytest.raises(Hung, match="submission's 30 s"):
            asker.call("f")
        with pytest.raises(Hung, match="submission's 30 s"):
            asker.load(DOUBLE)


def test_scratch_is_gone_for_the_next_submission(wall):
    """Files, nested folders and a link to the root: nothing of it is there for the next, and nothing else is gone."""
    with wall.open() as box:
        asker = Asker(box)
        loaded = asker.load(
            "import os\n"
            "open('left.txt', 'w').write('me')\n"
            "os.symlink('/', 'root')\n"
            "os.mkdir('locked', 0o300)\n"
            "open('locked/in', 'w').close()\n"
            "def deeper():\n"
            "    for _ in range(150):\n"
            "        os.mkdir('d')\n"
            "        os.chdir('d')\n"
        )
        assert not loaded.notes
        with contextlib.suppress(Died):  # who is deep enough when it is looked at is ended
            for _ in range(10):
                asker.value("deeper")
    with wall.open() as box:
        asker = Asker(box)
        asker.load("import os\ndef f():\n    return os.listdir('.')\n")
        assert asker.value("f") == []


def test_a_fork_bomb_is_bounded(strong_wall):
    """Forking without end costs the submission, not the machine and not the next one."""
    with strong_wall.open() as box:
        asker = Asker(box)
        asker.load(
            "import os\ndef f():\n    while True:\n        try:\n            os.fork()\n        except OSError:\n            pass\n"
        )
        with pytest.raises(SubmissionError):
            asker.call("f")
        works(asker)
    with strong_wall.open() as box:
        works(Asker(box))
