"""A Docker engine of the tests' own, which may be stopped, slowed down and filled: never the machine's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import running

from grader.sandbox import image

READY_S = 120


class Engine:
    """An engine whose data lie in `data`; its other files are in a short path, as sockets must be."""

    def __init__(self, data: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="engine-"))
        self.data = data
        self.host = f"unix://{self.folder}/sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false", "-H", self.host]
        command += ["--data-root", self.data, "--exec-root", self.folder / "exec", "--pidfile", self.folder / "pid"]
        (self.folder / "settings").write_text("{}", encoding="utf-8")  # none of the machine's own
        command += ["--config-file", self.folder / "settings", "--shutdown-timeout", "3"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + READY_S
        while self.docker("version").returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as a service manager does: its containers end with it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait()
            self.process = None

    def hold(self) -> None:
        """Let it do nothing until it is let go on."""
        self.process.send_signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def docker(self, *arguments: str, **more) -> subprocess.CompletedProcess[bytes]:
        """The docker command for this engine."""
        return subprocess.run(["docker", "-H", self.host, *arguments], check=False, **{"capture_output": True, **more})

    def load_image(self) -> None:
        """The grader's image, as the machine's own engine has it."""
        with subprocess.Popen(["docker", "save", image.NAME], stdout=subprocess.PIPE) as save:
            loaded = self.docker("load", stdin=save.stdout)
        if save.returncode or loaded.returncode:
            raise RuntimeError(f"the image can't be copied: {loaded.stderr.decode()}")

    def remove(self) -> None:
        """Stop it, and remove what it wrote."""
        self.stop()
        for pid in running.processes_of(str(self.folder)):  # shims of containers that it lost
            running.kill(pid)
        for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
            if str(self.data) in line or str(self.folder) in line:
                subprocess.run(["umount", "--lazy", line.split()[1]], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to find it."""
        return {"DOCKER_HOST": self.host}


def may_be_started() -> str | None:
    """Why no engine can be started here; None where one can."""
    if os.geteuid():
        return "only root starts an engine"
    if shutil.which("dockerd") is None:
        return "dockerd is not installed"
    return None
