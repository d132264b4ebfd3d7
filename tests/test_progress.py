"""How a run says how far it is: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys

import class_samples as samples
import pytest
from rich.console import Console

from grader import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    return Clock


def console(*, terminal):
    """A console that writes into a text."""
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, legacy_windows=False)


def told(on):
    """What was written, without the terminal's sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on.file.getvalue())


def test_plain_lines_come_now_and_then(clock):
    """Without a terminal there is a line every few seconds, with the rate, the time left and what was not graded."""
    on = console(terminal=False)
    with progress.watcher(on, 100) as watcher:
        for i in range(20):
            clock.now += 0.5
            watcher.advance(f"s{i}", graded=i != 3, failed=i == 3)
    lines = told(on).splitlines()
    assert lines == ["10 of 100, 2.0/s, 45 s left, 1 not graded", "20 of 100, 2.0/s, 40 s left, 1 not graded"]
    assert "\x1b" not in on.file.getvalue()


def test_a_quick_run_has_no_lines(clock):
    """A run of a moment says nothing in between."""
    on = console(terminal=False)
    with progress.watcher(on, 2) as watcher:
        watcher.advance("ada", graded=True, failed=False)
        watcher.advance("bob", graded=True, failed=False)
    assert on.file.getvalue() == ""


def test_the_first_line_divides_by_nothing(clock):
    """A clock that stands still, and a class of nobody, are no error."""
    for terminal in (True, False):
        on = console(terminal=terminal)
        with progress.watcher(on, 0) as watcher:
            watcher.advance("ada", graded=True, failed=False)


def test_a_terminal_has_a_bar(clock):
    """On a terminal there is a bar with the count, the rate and what was not graded, and nothing of it stays."""
    on = console(terminal=True)
    with progress.watcher(on, 10) as watcher:
        assert isinstance(watcher, progress.Bar)
        for i in range(5):
            clock.now += 1
            watcher.advance(f"s{i}", graded=i > 0, failed=i == 0)
        watcher.progress.refresh()
        assert "grading" in told(on)
        assert "5/10" in told(on)
        assert "1/s, 1 not graded" in told(on)
    assert told(on).rstrip("\n\r ").splitlines()[-1].strip() != ""
    assert "\x1b[2K" in on.file.getvalue()  # the line is erased at the end


@pytest.mark.parametrize("terminal", [True, False])
def test_stopping_is_said(terminal):
    """After a first ^C the display says what happens and what a second does."""
    on = console(terminal=terminal)
    with progress.watcher(on, 10) as watcher:
        watcher.stopping()
    assert "stopping: what is in hand is finished; ^C again drops it" in told(on)


def test_a_real_run_on_a_terminal_and_elsewhere(tmp_path):
    """`grade` moves a cursor on a terminal only; in a pipe its output is plain text."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)
    piped = samples.grader_process(*samples.grade_arguments(folder, tmp_path / "one"))
    assert piped.code == 0
    assert "\x1b" not in piped.out
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        samples.command(*samples.grade_arguments(folder, tmp_path / "two")),
        cwd=samples.ROOT,
        stdout=follower,
        stderr=follower,
        stdin=follower,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(follower)
    shown = _drain(leader)
    assert process.wait() == 0
    os.close(leader)
    assert "\x1b[" in shown
    assert "2/2" in shown
    assert "graded 2" in shown


def _drain(descriptor):
    """Everything that comes until the other end is closed."""
    found = b""
    while True:
        try:
            data = os.read(descriptor, 4096)
        except OSError:  # Linux says the end so
            data = b""
        if not data:
            return found.decode(sys.getdefaultencoding(), "replace")
        found += data
