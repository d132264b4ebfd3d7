"""What there is to object to in a run with attackers, next to a calm one of their neighbours alone."""

from __future__ import annotations

import json
import re
import traceback
import unicodedata
from typing import Any

from hostile_class import Attack, Run

from grader.report.info import NOTEBOOK_SUFFIX
from tests.report.report_reading import tame

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FORMULA = re.compile("[=+\\-@\t\r\n]")
_FETCHED = re.compile(r"url\(\s*[\"']?(?!#)|@import|expression\(", re.IGNORECASE)


def objections(calm: Run, run: Run) -> list[str]:
    """Each in one line that names the attack where it can be named; empty when every promise is held."""
    found = [f"the exit code is {run.code}: {run.terminal[-600:]}"] * (run.code != 0)
    for prefix, attack in run.seated.attackers.items():
        found += [f"{attack}: {text}" for text in _of_attack(attack, prefix, run)]
    found += _of_neighbours(calm, run)
    found += _of_reports(run)
    return found + run.harm


def _of_attack(attack: Attack, prefix: str, run: Run) -> list[str]:
    results = run.of(prefix)
    if not results:
        return ["has no result"]
    found = []
    for result in results:
        if result["status"] != "graded":
            found.append(f"is {result['status']}: {result['reason']}")
            continue
        if result["score"] > attack.at_most:
            found.append(f"earns {result['score']}, and deserves {attack.at_most} at most: {_told(result)}")
        # On a busy machine any attack may be one that takes too long, already while it is loaded: then nothing is there.
        odd = {check["status"] for check in result["checks"]} - {*attack.statuses, "skipped", "timeout", "missing"}
        if odd:
            found.append(f"has checks that are {', '.join(sorted(odd))}: {_told(result)}")
        if "refused" in result:
            told = json.dumps(result["refused"], ensure_ascii=False)
            found += [
                f"no refused attempt says {word!r}: {told}" for word in attack.refusals(run.wall) if word not in told
            ]
        found += _stolen(result, run)
    return found


def _stolen(result: dict[str, Any], run: Run) -> list[str]:
    text = json.dumps({name: value for name, value in result.items() if name != "seed"}, ensure_ascii=False)
    printed = "".join(result["output"].values())
    # What an attack calls its loot, and a solution's names, may stand in a line of its own source that a report quotes.
    places = {"own word": printed, "solution": printed}
    return [
        f"has got the {what}: {printed[:500]!r}"
        for what, secret in run.secrets.items()
        if secret in places.get(what, text)
    ]


def _told(result: dict[str, Any]) -> str:
    return "; ".join(f"{check['check']} {check['status']} {check['message'][:150]}" for check in result["checks"])


def _of_neighbours(calm: Run, run: Run) -> list[str]:
    found = []
    for student in run.seated.neighbours:
        before, after = ({**of.results.get(student, {}), "seconds": 0} for of in (calm, run))
        found += [
            f"{student}: {name} is {after.get(name)!r}, and was {before.get(name)!r} without attackers"
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]
        if not run.rows.get(student) or calm.rows.get(student) != run.rows[student]:
            found.append(f"{student}: the row is {run.rows.get(student)}, and was {calm.rows.get(student)}")
        before_page, after_page = (of.pages.get(_page(of, student)) for of in (calm, run))
        if before_page is None or before_page != after_page:
            found.append(f"{student}: the page is not the one without attackers")
    return found


def _page(run: Run, student: str) -> str:
    return (
        f"feedback/{run.folders.get(student)}/{run.results[student]['assignment']}.html"
        if student in run.results
        else ""
    )


def _of_page(html: str) -> list[str]:
    try:
        page = tame(html)
    except AssertionError as error:
        return [str(error)[:300] or str(traceback.extract_tb(error.__traceback__)[-1].line)]
    styles = [element.text for element in page.all("style")]
    styles += [element.attributes.get("style") or "" for element in page.elements]
    return [
        f"a style fetches {fetched[0]!r} in {style[:100]!r}" for style in styles if (fetched := _FETCHED.search(style))
    ]


def _of_reports(run: Run) -> list[str]:
    found = []
    # A student's own notebook is shown to that student.
    own = {_page(run, student).removesuffix(".html") + NOTEBOOK_SUFFIX for student in run.seated.neighbours}
    for path, html in run.pages.items():
        found += [f"{path} is not safe to open: {text}" for text in _of_page(html)]
        shown = {what: word for what, word in run.secrets.items() if what != "own word" and word in html}
        if path in own:
            shown.pop("neighbour's source", None)
        found += [f"{path} shows the {what}" for what in shown if path != "index.html" or what != "seed"]
    if "index.html" not in run.pages:
        found.append("there is no index.html")
    found += [
        f"grades.csv: {cell!r} is a formula"
        for row in run.rows.values()
        for cell in row.values()
        if _FORMULA.match(cell)
    ]
    unseen = sorted({hex(ord(c)) for c in run.terminal if unicodedata.category(c) in _UNSEEN and c != "\n"})
    found += [f"the terminal was sent {', '.join(unseen)}"] * bool(unseen)
    found += [
        f"the terminal shows the {what}"
        for what, word in run.secrets.items()
        if what not in {"seed", "own word"} and word in run.terminal
    ]
    return found
