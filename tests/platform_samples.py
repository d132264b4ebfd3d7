"""Downloads and tables as the platforms make them, in small."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

PYTHON = "def softmax_forward(a):\n    return a, None\n"

# Names that break what is careless: family name, given name.
PEOPLE = (
    ("Lovelace", "Ada"),
    ("O'Brien", "Niamh"),
    ("静", "陈"),
    ("Smith, Jr.", 'Bob "Bo"'),
    ("=cmd|'x'!A1", "Eve"),
)


def laid(root: Path, files: dict[str, str | bytes], packed: str = "") -> Path:
    """The files in a folder, or in a zip called `packed`."""
    if packed:
        root.mkdir(parents=True, exist_ok=True)
        (root / packed).write_bytes(zipped(files))
        return root / packed
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


# --- Canvas -----------------------------------------------------------------------------------------------------------


def canvas_slug(last: str, first: str) -> str:
    """The sortable name in lower case, without what is no letter, digit or underscore."""
    return re.sub(r"\W", "", f"{last}, {first}".lower())


def canvas_file(
    last: str, first: str, user: int, attachment: int, name: str = "softmax.py", *, late: bool = False
) -> str:
    return f"{canvas_slug(last, first)}{'_LATE' if late else ''}_{user}_{attachment}_{name}"


def canvas_class(name: str = "softmax.py") -> dict[str, str | bytes]:
    return {canvas_file(*who, 100 + i, 9000 + i, name, late=i == 1): PYTHON for i, who in enumerate(PEOPLE)}


CANVAS_TEXT = """<html>
<head><meta charset="UTF-8"><title>Assignment Submission: Softmax</title>
<style>body { def: x }</style></head>
<body><h1>Lovelace, Ada: Softmax</h1>
<div><p>import numpy as np</p><p>def softmax_forward(a):<br>&nbsp; &nbsp; return a if a.max() &lt; 3 else a, None</p></div>
</body></html>
"""

CANVAS_GRADEBOOK = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Softmax (4711),Layers (4712),Current Score,Final Score\r\n"
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,10.00,20.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",100,s100,ada@x.edu,Class A,,12.50,,\r\n'
    '"O\'Brien, Niamh",101,s101,niamh@x.edu,Class A,3.00,,,\r\n'
    '"静, 陈",102,s102,chen@x.edu,"Class A and ""B""",,,,\r\n'
    '"Smith, Jr., Bob ""Bo""",103,007,bob@x.edu,Class A,,,,\r\n'
    "\"=cmd|'x'!A1, Eve\",104,s104,eve@x.edu,Class A,EX,,,\r\n"
    '"Student, Test",999,,f00d,Class A,,,,\r\n'
)

# --- Moodle -----------------------------------------------------------------------------------------------------------


def moodle_name(last: str, first: str) -> str:
    """A full name as Moodle has it in a file's name: underscores are spaces, and what no file name holds is gone."""
    return re.sub(r"[&<>\"`|':\\/]", "", f"{first} {last}".replace("_", " "))


def moodle_class(*, flat: bool = False) -> dict[str, str | bytes]:
    between = "_" if flat else "/"
    return {
        f"{moodle_name(*who)}_{500 + i}_assignsubmission_file{between}softmax.py": PYTHON
        for i, who in enumerate(PEOPLE)
    }


MOODLE_WORKSHEET = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    '"Participant 500","Ada Lovelace",s100,ada@x.edu,"Submitted for grading",,10.00,Yes,"Monday, 5 May 2025, 10:00 AM",-,\r\n'
    '"Participant 501","Niamh O\'Brien",s101,niamh@x.edu,Submitted,3.00,10.00,No,-,-,"<p>well, done</p>"\r\n'
    '"Participant 502","陈 静",s102,chen@x.edu,Submitted,,10.00,Yes,-,-,\r\n'
    '"Participant 503","Bob ""Bo"" Smith, Jr.",007,bob@x.edu,Submitted,,10.00,Yes,-,-,\r\n'
    '"Participant 504","Eve =cmd|\'x\'!A1",s104,eve@x.edu,Submitted,,10.00,Yes,-,-,\r\n'
)

# --- Gradescope -------------------------------------------------------------------------------------------------------


def gradescope_class() -> dict[str, str | bytes]:
    """An export: Ada at her third attempt, a pair, somebody without a student id, and one whose files are gone."""
    metadata = """---
submission_409194023:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0100'
    :email: ada@x.edu
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :status: processed
  :results:
    output: |-
      ====
      Assignment: 10
  :history:
  - :id: 409194001
    :created_at: 2026-04-20 10:00:00.000000000 Z
    :score: 1.0
  - :id: 409194002
    :created_at: 2026-04-21 10:00:00.000000000 Z
    :score: 1.5
submission_409194024:
  :submitters:
  - :name: 陈 静
    :sid: s102
    :email: chen@x.edu
  - :name: "Smith, Jr., Bob"
    :sid: 007
    :email: bob@x.edu
  :created_at: 2026-04-26 18:00:00.000000000 Z
submission_409194025:
  :submitters:
  - :name: No
    :sid:
    :email: no@x.edu
submission_409194026:
  :submitters: []
submission_409194027:
  :submitters:
  - :name: Gone
    :sid: gone
"""
    files: dict[str, str | bytes] = {f"submission_40919402{i}/softmax.py": PYTHON for i in (3, 4, 5, 6)}
    return {"submission_metadata.yml": metadata, **files}


# --- nbgrader ---------------------------------------------------------------------------------------------------------


def nbgrader_class(root: str = "") -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {}
    for student, day in (("ada", 1), ("陈静", 2), ("=eve", 3)):
        folder = f"{root}{student}/ps1"
        files[f"{folder}/softmax.py"] = PYTHON
        files[f"{folder}/timestamp.txt"] = f"2025-02-0{day} 15:58:23.948203 UTC\n"
    return files


# --- GitHub -----------------------------------------------------------------------------------------------------------


def github_class(prefix: str = "hw-1-", users: tuple[str, ...] = ("adal", "Niamh-OB")) -> dict[str, str | bytes]:
    return {
        name: content
        for user in users
        for name, content in (
            (f"{prefix}{user}/softmax.py", PYTHON),
            (f"{prefix}{user}/.git/config", "[core]\n"),
            (f"{prefix}{user}/README.md", "# hw\n"),
        )
    }
