"""Prints the schema of a result."""

from __future__ import annotations

from grader.console import out


def schema() -> None:
    """Print the JSON schema of a result."""
    import json

    from grader.result import schema as result_schema

    out(json.dumps(result_schema(), indent=2))
