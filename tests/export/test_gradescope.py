"""Gradescope's results.json, by the rules of its documentation."""

from __future__ import annotations

import json

import marks_samples as samples

from grader.export import gradescope
from grader.export.marks import Student

TOP = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
    "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
TEST = {
    "score",
    "max_score",
    "status",
    "name",
    "name_format",
    "number",
    "output",
    "output_format",
    "tags",
    "visibility",
    "extra_data",
}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}


def valid(document):
    assert document.keys() <= TOP
    for key, values in (("output_format", FORMATS), ("test_output_format", FORMATS), ("stdout_visibility", VISIBILITY)):
        assert document.get(key, next(iter(values))) in values
    for test in document.get("tests", []):
        assert test.keys() <= TEST
        assert test["status"] in {"passed", "failed"}
        assert isinstance(test["score"], int | float)
        assert 0 <= test["score"] <= test["max_score"]
        assert test["visibility"] in VISIBILITY
    return document


def test_one_file_a_student_and_none_for_the_ungraded():
    """Points add up to the score; who was not graded has no file, and is told."""
    written = gradescope.write(samples.marks(more=[samples.odd("a/b"), samples.odd("=1"), samples.odd("静")]))
    found = {name: valid(json.loads(data)) for name, data in written.files.items()}
    assert found.keys() >= {"s100.json", "s101.json", "s102.json", "s104.json", "=1.json", "静.json"}
    assert not any("007" in name or "/" in name for name in found)
    for document in found.values():
        assert document["score"] == sum(test["score"] for test in document["tests"])
    assert [test["score"] for test in found["s101.json"]["tests"]] == [3, 1.5, 1]
    assert [test["status"] for test in found["s101.json"]["tests"]] == ["passed", "failed", "passed"]
    assert "handed in late" in found["s101.json"]["output"]
    assert found["s101.json"]["extra_data"] == {"late": True, "attempt": 2, "wall": "docker"}
    assert "\x1b" not in found["s101.json"]["tests"][1]["output"]
    assert (written.remarks, written.complete) == (["not graded, left empty: 007"], False)


def test_several_assignments_in_one_file():
    """Names say of which assignment a check is; the score is the sum of all."""
    results = (
        samples.result("ada", checks=samples.CHECKS["s101"]),
        samples.result("ada", "gates", checks=samples.CHECKS["s100"]),
    )
    document = valid(json.loads(gradescope.results(Student("ada", results))))
    assert document["score"] == 15.5
    assert len({test["name"] for test in document["tests"]}) == 6
    assert document["tests"][0]["name"].startswith("softmax: ")


def test_a_failure_is_valid_and_has_no_score():
    """So that it is shown as a failure of the autograder, and never as a zero."""
    document = valid(json.loads(gradescope.failure(samples.NASTY)))
    assert not {"score", "tests"} & document.keys()
    assert "it is not your fault" in document["output"]
