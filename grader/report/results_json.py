"""results/STUDENT/ASSIGNMENT.json: the result itself, for programs and for the instructor."""

from __future__ import annotations

from typing import Any

import msgspec

from grader import result as results
from grader.report.escape import encodable


def render(result: results.Result) -> bytes:
    r"""The result as indented UTF-8 JSON with a newline at its end; lone surrogates are spelled out (`\udc80`)."""
    try:
        encoded = results.to_json(result, indent=2)
    except UnicodeEncodeError:
        encoded = msgspec.json.format(msgspec.json.encode(_encodable(msgspec.to_builtins(result))), indent=2)
    return encoded + b"\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value
