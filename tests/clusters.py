"""A Dask scheduler and workers as processes of their own, and `grade` on them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import class_samples as samples

NO_GRADER = "raise ModuleNotFoundError('not here', name='grader')\n"


class Processes:
    """A scheduler on this machine, with whatever workers are added."""

    def __init__(self, folder: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.env = env or {}
        self.begun: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / "scheduler.json"
        # Nothing of ours is to be had where the scheduler runs.
        hidden = folder / "hidden" / "grader"
        hidden.mkdir(parents=True)
        (hidden / "__init__.py").write_text(NO_GRADER, encoding="utf-8")
        self.without = str(hidden.parent)
        fixed = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(place)]
        self.scheduler = self._start("scheduler", [*fixed, *options], {"PYTHONPATH": self.without})
        self._await(lambda: place.exists() and place.read_text(encoding="utf-8"))
        self.address = json.loads(place.read_text(encoding="utf-8"))["address"]

    def worker(
        self, *options: str, threads: int = 1, nanny: bool = False, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """One more worker, once the scheduler knows it."""
        before = self._registered()
        options += ("--nthreads", str(threads), "--no-dashboard", "--nanny" if nanny else "--no-nanny")
        environment = {"PYTHONPATH": str(samples.ROOT), **(env or {})}
        process = self._start("worker", [self.address, *options], environment)
        self._await(lambda: self._registered() > before)
        return process

    def close(self) -> None:
        """End all of it."""
        for process in reversed(self.begun):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _registered(self) -> int:
        return (self.folder / "scheduler.log").read_text(encoding="utf-8").count("Register worker")

    def _await(self, happened) -> None:
        while not happened():
            for process in self.begun:
                assert process.poll() is None or process.returncode < 0, self.logs()
            time.sleep(0.05)

    def logs(self) -> str:
        """What they said."""
        return "\n".join(path.read_text(encoding="utf-8")[-3000:] for path in sorted(self.folder.glob("*.log")))

    def _start(self, name: str, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments],
                cwd=self.folder,
                env={**os.environ, **self.env, **env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.begun.append(process)
        return process


def arguments(
    submissions: Path, out: Path, address: str, *more: object, wall: str = "none", seed: int = 1
) -> list[object]:
    """`grade` of one assignment on a cluster, with a fixed seed."""
    return ["grade", submissions, "--out", out, "-a", samples.ASSIGNMENT, "--sandbox", wall, "--seed", seed,
            "--cluster", address, *more]  # fmt: skip


def grade(submissions: Path, out: Path, address: str, *more: object, **options) -> samples.Done:
    """Grade on a cluster, from this process."""
    return samples.grader(*arguments(submissions, out, address, *more, **options))
