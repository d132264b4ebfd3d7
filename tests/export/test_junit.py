"""JUnit XML: read back by junitparser, and by the rules of Jenkins' schema."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import marks_samples as samples
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from grader.export import junit_xml

ODD = ("=1+1", samples.NEWLINE, "<b>&'\"]]>", "静 陈", "\x00\x0b\ufffe\ud7ff", "😀")


@pytest.fixture(scope="module")
def data():
    return junit_xml.write(samples.marks(more=[samples.odd(name) for name in ODD])).files[""]


def test_verdicts(data):
    """A wrong answer is a failure, a crash or timeout an error, what was not asked or not graded is skipped."""
    found = {suite.name: suite for suite in JUnitXml.fromstring(data)}

    def verdicts(student):
        return [type(case.result[0]) if case.result else None for case in found[f"{student}: softmax"]]

    assert verdicts("s100") == [None, None, None]
    assert verdicts("s101") == [None, Failure, None]
    assert verdicts("s102") == [Error, Error, Skipped]
    assert verdicts("s104") == [Failure, Failure, Failure]
    assert verdicts("007") == [Skipped]
    (ungraded,) = found["007: softmax"]
    assert ungraded.result[0].message == "not graded: docker: the engine is gone"
    assert {f"{name}: softmax" for name in ODD if "\x00" not in name} <= found.keys()


def test_counts_are_right(data):
    """The attributes say what the elements hold, of each suite and of all."""
    read = JUnitXml.fromstring(data)
    before = [(s.tests, s.failures, s.errors, s.skipped) for s in read] + [(read.tests, read.failures, read.errors)]
    read.update_statistics()
    assert before == [(s.tests, s.failures, s.errors, s.skipped) for s in read] + [
        (read.tests, read.failures, read.errors)
    ]


def test_the_schemas_rules(data):
    """Elements and attributes as jenkins' junit-10.xsd has them; what must be there is."""
    root = ET.parse(io.BytesIO(data)).getroot()
    assert root.tag == "testsuites"
    attributes = {
        "testsuites": {"name", "tests", "failures", "errors", "time", "disabled"},
        "testsuite": {
            "name",
            "tests",
            "failures",
            "errors",
            "skipped",
            "time",
            "timestamp",
            "hostname",
            "id",
            "package",
        },
        "testcase": {"name", "classname", "time", "assertions", "status"},
        "failure": {"message", "type"},
        "error": {"message", "type"},
        "skipped": {"message", "type"},
    }
    children = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"failure", "error", "skipped"}}
    for element in root.iter():
        assert set(element.keys()) <= attributes[element.tag], element.tag
        assert {child.tag for child in element} <= children.get(element.tag, set())
        if element.tag in {"testsuite", "testcase"}:
            assert element.get("name")
        if element.tag == "testcase":
            assert element.get("classname")
            assert len(element) <= 1


def test_characters_that_no_xml_may_hold():
    """They are removed; all others stay."""
    text = "".join(map(chr, [*range(0x20), 0x7F, 0xD7FF, 0xFFFE, 0xFFFF, 0x1F600]))
    assert junit_xml.legal(text) == "\t\n\r\x7f\ud7ff😀"
