"""JUnit XML: a suite for each student and assignment, a case for each check.

A wrong answer is a failure, a crash or a timeout an error, what was not asked is skipped; so is a whole suite that was
not graded.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.export.marks import Marks, Row, rows
from grader.export.written import Written, left_empty
from grader.report.info import STATUS_WORDS, check_title, number
from grader.result import Result

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS: Final = {"failed": "failure", "missing": "failure", "error": "error", "timeout": "error", "skipped": "skipped"}


def write(marks: Marks) -> Written:
    """The class in one file."""
    suites = [_suite(student.name, result) for student in marks.students for result in student.results]
    root = Element("testsuites", {"name": "grader", **_sums(suites)})
    root.extend(suites)
    indent(root)
    data = tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    return Written({"": data}, left_empty(marks), complete=not marks.ungraded)


def legal(text: str) -> str:
    """`text` without the characters that no XML 1.0 may hold, escaped or not."""
    return _ILLEGAL.sub("", text)


def _suite(student: str, result: Result) -> Element:
    name = legal(f"{student}: {result.assignment}")
    cases = [] if result.status != "graded" else [_case(name, row) for row in rows(result)]
    if not cases:
        case = Element("testcase", {"classname": name, "name": "graded", "time": "0"})
        SubElement(case, "skipped", {"message": legal(f"not graded: {result.reason or ''}")})
        cases.append(case)
    found = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = Element(
        "testsuite",
        {
            "name": name,
            "tests": str(len(cases)),
            "failures": str(found["failure"]),
            "errors": str(found["error"]),
            "skipped": str(found["skipped"]),
            "time": f"{result.seconds:.6f}",
        },
    )
    suite.extend(cases)
    return suite


def _case(suite: str, row: Row) -> Element:
    title = legal(f"{row.function}, {check_title(row.check)}")
    case = Element("testcase", {"classname": suite, "name": title, "time": "0"})
    tag = _TAGS.get(row.status)
    if tag:
        points = f"{number(row.points)} of {number(row.max_points)} points"
        words = f"{STATUS_WORDS[row.status]}, {points}"
        child = SubElement(case, tag, {"message": legal(" ".join(row.message.split())[:300] or words)})
        if tag != "skipped":
            child.set("type", row.status)
        child.text = legal(f"{words}\n{row.message}")
    return case


def _sums(suites: list[Element]) -> dict[str, str]:
    counts = ("tests", "failures", "errors")  # the schema knows no sum of what was skipped
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in counts}
