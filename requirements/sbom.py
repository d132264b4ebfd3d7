"""Bills of materials in CycloneDX's JSON: of the wheel, and of the image by docker/collect.py.

    python requirements/sbom.py > requirements/backprop-grader.cdx.json

writes the wheel's. A wheel holds nothing of others, so it lists what an install of it needs, as grade.lock pins it.
Python alone, for it runs where an image is built.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_NAMESPACE: Final = uuid.UUID("6f0c5a3e-7a0e-4f0c-9d55-3f1f6f6c2b51")


def bill(subject: dict[str, Any], components: list[dict[str, Any]], **metadata: Any) -> str:
    """The document: `subject` consists of, or needs, `components`. The same content gives the same text."""
    subject = {"bom-ref": subject["name"], **subject}
    components = [{"bom-ref": each.get("purl") or each["name"], **each} for each in components]
    content = {
        "metadata": {"component": subject, **metadata},
        "components": components,
        "dependencies": [{"ref": subject["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": serial.urn, "version": 1}
    return json.dumps(head | content, indent=1) + "\n"


def package(name: str, version: str, **more: Any) -> dict[str, Any]:
    """A package of Python's index as a component."""
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"} | more


def sha256(digest: str) -> list[dict[str, str]]:
    """`digest` as a component's hashes."""
    return [{"alg": "SHA-256", "content": digest}]


def wheel(project: dict[str, Any], lock: str) -> str:
    """The wheel's, from pyproject's table `project` and the text of wheel.lock."""
    subject = package(project["name"], project["version"], licenses=[{"license": {"id": project["license"]}}])
    needed = [package(name, version, scope="required") for name, version in _PINNED.findall(lock)]
    return bill(subject, needed, lifecycles=[{"phase": "pre-build"}])


if __name__ == "__main__":
    described = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    sys.stdout.write(wheel(described["project"], (HERE / "wheel.lock").read_text(encoding="utf-8")))
