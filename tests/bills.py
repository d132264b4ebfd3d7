"""Reading bills of materials in tests."""

from __future__ import annotations

import json
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def assert_valid(bill: dict[str, Any]) -> None:
    """The bill follows the format's own schema."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def named(bill: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its components by name."""
    return {each["name"]: each for each in bill["components"]}
