"""Results and course files for the tests of policies, in small."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from grader.policy.rules import Group, Late, Policy, Rounding
from grader.result import Check, Evidence, File, Origin, Result

NAMES = ("dropout", "gates", "losses", "softmax")
DUE = dt.datetime(2026, 3, 1, 23, 59, tzinfo=dt.UTC)


def a_result(
    name="softmax", score=7.5, max_score=10.0, *, student="ada", submitted=None, late=None, sha="ab", times=None, **more
):
    """A result with two checks that add up to its score; a score of None is not graded."""
    told = Origin(layout="canvas", late=late, submitted=submitted, times=times or {})
    half = max_score / 2
    checks = [
        Check(function="f", check="forward", status="passed", points=min(score or 0, half), max_points=half),
        Check(function="f", check="backward", status="failed", points=max((score or 0) - half, 0), max_points=half),
    ]
    return Result(
        **{
            "student": student,
            "assignment": name,
            "status": "not_graded" if score is None else "graded",
            "score": score,
            "max_score": max_score,
            "seed": 1,
            "sandbox": "none",
            "files": [File(f"{student}/ps1/{name}.py", sha)],
            "versions": {"assignment": "v1"},
            "seconds": 0.1,
            "checks": checks if score is not None else [],
            "origin": told if submitted or late is not None or times else None,
            "reason": "no engine" if score is None else None,
            **more,
        }
    )


def secretive(marker: str) -> Result:
    """A result that holds `marker` wherever a student's page could show it."""
    evidence = Evidence(
        case=1,
        inputs={"x": f"{marker}-input"},
        expected={"dx": f"{marker}-expected"},
        got={"dx": f"{marker}-got"},
        wrong=["dx"],
        where=f"{marker}-where",
        difference=f"{marker}-difference",
    )

    def lost(function, kind, status):
        return Check(
            function=function,
            check=kind,
            status=status,
            points=0.0,
            max_points=2.0,
            message=f"{marker}-message-{function}-{kind}",
            diagnosis=f"{marker}-diagnosis-{function}-{kind}",
            evidence=evidence,
            remarks=[f"{marker}-remark"],
            instructor=[f"{marker}-instructor"],
        )

    checks = [
        Check(function="f", check="forward", status="passed", points=2.0, max_points=2.0, remarks=[f"{marker}-remark"]),
        lost("f", "backward", "failed"),
        lost("f", "stages:dz", "error"),
        lost("f", "stability", "timeout"),
    ]
    return a_result(score=2.0, max_score=8.0, checks=checks)


scores = st.integers(0, 40).map(lambda quarter: quarter / 4)
maxima = st.sampled_from([1.0, 2.5, 10.0, 12.0])
hours = st.floats(-100, 1000, allow_nan=False)
lates = st.builds(
    Late,
    penalty=st.floats(0, 100),
    per=st.sampled_from(["once", "hour", "day"]),
    grace=st.integers(0, 3000).map(lambda minutes: dt.timedelta(minutes=minutes)),
    most=st.floats(0, 100),
    flagged=st.none() | st.floats(0, 100),
    of=st.sampled_from(["earned", "full"]),
)
roundings = st.builds(
    Rounding,
    what=st.sampled_from(["mark", "assignments", "both"]),
    places=st.integers(0, 6),
    half=st.sampled_from(["up", "even"]),
)


@st.composite
def results(draw, names=NAMES):
    """A student's results, one attempt or several at each assignment."""
    found = {}
    for name in names:
        most = draw(maxima)
        found[name] = [
            a_result(
                name,
                min(draw(scores), most),
                most,
                submitted=at(draw(hours)) if draw(st.booleans()) else None,
                late=draw(st.sampled_from([None, True, False])),
                sha=str(i),
            )
            for i in range(draw(st.integers(1, 3)))
        ]
    return found


@st.composite
def policies(draw, names=NAMES, **fixed):
    """A policy that a course file could hold."""
    grouped = draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names)))
    groups = (Group("homework", tuple(grouped), draw(st.integers(0, len(grouped) - 1))),) if grouped else ()
    units = [name for name in names if name not in grouped] + (["homework"] if grouped else [])
    weigh = draw(st.sampled_from(["none", "units", "assignments"]))
    weighed = {"none": [], "units": units, "assignments": list(names)}[weigh]
    weights = {name: float(draw(st.integers(0, 5))) for name in weighed}
    return Policy(
        **{
            "out_of": draw(st.none() | st.floats(0.5, 200)),
            "weights": weights if sum(weights.values()) else {},
            "groups": groups,
            "due": {name: DUE for name in names if draw(st.booleans())},
            "late": draw(lates),
            "count": draw(st.sampled_from(["latest", "best", "first"])),
            "attempts": draw(st.none() | st.integers(1, 3)),
            "rounding": draw(st.none() | roundings),
            **fixed,
        }
    )


def at(late_by_hours: float) -> str:
    """A time as a platform writes it, so many hours after it was due."""
    return (DUE + dt.timedelta(hours=late_by_hours)).isoformat()
