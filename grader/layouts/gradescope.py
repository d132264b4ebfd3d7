"""Gradescope: folders `submission_{id}`, and `submission_metadata.yml`, which says whose they are and when they came.

The file's keys are Ruby symbols (":submitters"). A group's submission is each member's. Of earlier attempts it tells
the time, and the export holds the latest only.
"""

from __future__ import annotations

from typing import Any, Final

from grader import intake
from grader.errors import MachineError, Unreadable, UsageError
from grader.layouts.handin import Found, Handin, Look, Part
from grader.result import Problem

METADATA: Final = "submission_metadata.yml"
LIMIT: Final = 64 << 20
"""Bytes of the metadata, which holds what an autograder printed, too."""
PREFIX: Final = "submission_"


def read(look: Look) -> Found:
    """The submissions of an export."""
    entries = {entry.name: entry for entry in look.visible}
    about = entries.pop(METADATA, None)
    folders = [name for name, entry in entries.items() if entry.folder]
    strays = [name for name, entry in entries.items() if not entry.folder]
    if about is None or about.folder or not folders:
        return Found([])
    if not all(name.startswith(PREFIX) for name in folders):
        return Found([], folders)
    told = _metadata(look)
    handins: list[Handin] = []
    for name in sorted(folders):
        handins += _handins(name, told.get(name))
    gone = sorted(name for name in told if name not in entries)
    notes = (f"of {len(gone)} submissions the export holds no files: {', '.join(gone[:5])}",) if gone else ()
    return Found(handins, strays, sure=True, notes=notes)


def _metadata(look: Look) -> dict[str, dict[str, Any]]:
    """What the file says of each folder, keys without their colons. Raises UsageError for what can't be read."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise MachineError(
            "reading a Gradescope export needs PyYAML, which isn't installed: pip install 'backprop-grader[grade]'"
        ) from None

    try:
        text = look.place.read(METADATA, LIMIT).decode("utf-8", "replace")
        # The base loader makes text, lists and mappings, and nothing else: an id keeps its zeros, "No" stays a name.
        loaded = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - see above
    except (yaml.YAMLError, Unreadable, OSError, RecursionError, ValueError) as error:
        why = " ".join(str(error).split())[:120]
        raise UsageError(f"{METADATA} can't be read ({why}): export again, or say --layout plain") from None
    if not isinstance(loaded, dict):
        raise UsageError(f"{METADATA} is not Gradescope's: export again, or say --layout plain")
    return {str(name): _plain(about) for name, about in loaded.items() if isinstance(about, dict)}


def _plain(record: dict[Any, Any]) -> dict[str, Any]:
    return {str(key).lstrip(":"): value for key, value in record.items()}


def _handins(folder: str, about: dict[str, Any] | None) -> list[Handin]:
    """The folder as a submission of each of its submitters; of nobody known where the metadata names none."""
    about = about or {}
    number = folder.removeprefix(PREFIX)
    order = int(number) if number.isdecimal() and len(number) < 20 else 0
    earlier = sorted(
        _text(_plain(old).get("created_at")) for old in _list(about.get("history")) if isinstance(old, dict)
    )
    problems = [
        Problem("", f"attempt {i} of {len(earlier) + 1}{f', of {when},' if when else ''} is not the one shown here")
        for i, when in enumerate(earlier, 1)
    ]
    people = [_plain(person) for person in _list(about.get("submitters")) if isinstance(person, dict)]
    if len(people) > 1:
        problems.append(Problem("", f"is a group's: {', '.join(_called(person, folder) for person in people)}"))
    handins = []
    for person in people or [{}]:
        ids = {key: _text(person.get(key)) for key in ("sid", "email", "name")}
        handins.append(
            Handin(
                _called(person, folder),
                {"gradescope": number, **{key: value for key, value in ids.items() if value}},
                (Part(folder),),
                submitted=_text(about.get("created_at")) or None,
                order=order,
                attempt=len(earlier) + 1,
                problems=tuple(problems),
            )
        )
    return handins


def _called(person: dict[str, Any], folder: str) -> str:
    """What tells a submitter from all others: the student id, or else the address; names may be shared."""
    return _text(person.get("sid")) or _text(person.get("email")) or folder


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return intake.shown(value.strip()) if isinstance(value, str) else ""
