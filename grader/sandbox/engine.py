"""The container engine, through the docker SDK: how it is reached, and what its failures mean.

An engine is the machine's: whatever goes wrong in it is a WallError, with one line that says what to do next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from grader.errors import WallError

TIMEOUT_S: Final = 60
"""For one request to the engine."""


def connect() -> Any:
    """A client of the engine that DOCKER_HOST names, or else docker's current context; it has answered once.

    Raises WallError when the SDK isn't installed or no engine answers.
    """
    try:
        import docker
    except ImportError:
        raise WallError("the docker SDK isn't installed: pip install 'backprop-grader[grade]'") from None
    with engine_errors("reaching the engine"):
        client = docker.DockerClient(**_address(), timeout=TIMEOUT_S, max_pool_size=64)
        client.ping()
    return client


def _address() -> dict[str, Any]:
    """Where the engine is, as DockerClient's arguments: the docker command's own rules."""
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    name = os.environ.get("DOCKER_CONTEXT") or None
    context = ContextAPI.get_context(name)
    if context is None:
        raise WallError(f"docker: there is no context {name or '(the current one)'}: see `docker context ls`")
    return {"base_url": context.Host, "tls": context.TLSConfig or False} if context.Host else {}


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Raises WallError for whatever the SDK raises inside; `doing` says what was asked of the engine."""
    import docker
    import requests

    try:
        yield
    except (requests.Timeout, TimeoutError):
        raise WallError(f"docker: {doing} took more than {TIMEOUT_S} s: is the machine overloaded?") from None
    except docker.errors.APIError as error:
        raise WallError(f"docker: {doing} failed: {_line(error.explanation or error)}") from None
    except docker.errors.DockerException as error:
        if not _unreachable(error):
            raise WallError(f"docker: {doing} failed: {_line(error)}") from None
        raise WallError(_no_engine(error)) from None
    except (requests.RequestException, OSError) as error:
        raise WallError(_no_engine(error)) from None


def _unreachable(error: BaseException) -> bool:
    """Whether the SDK wraps a failure to connect; it has no class of its own for that."""
    import requests

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (requests.RequestException, OSError)):
            return True
        cause = cause.__cause__ or cause.__context__
    return "Error while fetching server API version" in str(error)


def _no_engine(error: BaseException) -> str:
    where = os.environ.get("DOCKER_HOST") or "the default address"
    reason = _reason(error)
    if "permission" in reason.lower():
        return f"docker: you may not use the engine at {where} ({reason}): have yourself added to the group docker"
    remedy = "start one (`systemctl start docker`, or Docker Desktop) or set DOCKER_HOST"
    return f"docker: no engine answers at {where} ({reason}): {remedy}"


def _reason(error: BaseException) -> str:
    """The innermost cause, which the SDK wraps in others."""
    seen: list[BaseException] = []
    causes: list[object] = [error]
    while causes:
        cause = causes.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            causes += [cause.__context__, cause.__cause__, *cause.args, getattr(cause, "reason", None)]
    systems = [each for each in seen if isinstance(each, OSError) and each.strerror]
    return _line(systems[-1].strerror if systems else error, 120)


def _line(text: object, limit: int = 300) -> str:
    return " ".join(str(text).split())[:limit]
