"""Containers that are locked up as a submission's is, for tests that run something else in them than the worker."""

from __future__ import annotations

import json
from typing import Any

from grader.sandbox import Limits, container, image

USER = 61200


def run(client: Any, code: str, *, name: str = image.NAME, filtered: dict[str, Any] | None = None) -> Any:
    """What `code` prints as JSON; `filtered` is a system call filter in place of docker/seccomp.json."""
    config = container.host_config(client, Limits())
    if filtered is not None:
        options = [option for option in config["SecurityOpt"] if not option.startswith("seccomp=")]
        config["SecurityOpt"] = [*options, f"seccomp={json.dumps(filtered)}"]
    made = client.api.create_container(
        name,
        ["-I", "-S", "-c", code],
        entrypoint="python3",
        host_config=config,
        user=f"{USER}:{USER}",
        network_disabled=True,
    )
    try:
        # Attached before it starts: no log is kept.
        stream = client.api.attach(made["Id"], stream=True)
        client.api.start(made["Id"])
        printed = b"".join(stream)
    finally:
        client.api.remove_container(made["Id"], force=True)
    return json.loads(printed)
