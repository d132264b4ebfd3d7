"""`grader schema`: the JSON schema that every result follows."""

from __future__ import annotations

import json

import class_samples as samples
import jsonschema
import msgspec
import pytest

from grader.result import from_json, schema, to_json
from grader.row import unpack


@pytest.fixture(scope="module")
def validator():
    """The schema as the command prints it."""
    done = samples.grader("schema")
    assert (done.code, done.err) == (0, "")
    printed = json.loads(done.out)
    assert printed == schema()
    jsonschema.Draft202012Validator.check_schema(printed)
    return jsonschema.Draft202012Validator(printed)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of all kinds: right, wrong, empty, unreadable, not graded."""
    base = tmp_path_factory.mktemp("schema")
    folder = samples.a_class(base / "class", ada=samples.RIGHT, bob=samples.WRONG, cleo="", dan=samples.MATMUL)
    (folder / "eve.ipynb").write_text("{", encoding="utf-8")
    killer = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    samples.a_class(folder, fay=killer)
    assert samples.grade(folder, base / "out").code == 1
    return {path.parent.name: path.read_bytes() for path in sorted((base / "out" / "results").rglob("*.json"))}


def test_real_results_follow_the_schema(validator, results):
    """Every result that `grade` writes is valid, whatever was handed in."""
    assert sorted(results) == ["ada", "bob", "cleo", "dan", "eve", "fay"]
    for data in results.values():
        validator.validate(json.loads(data))
    assert json.loads(results["fay"])["status"] == "not_graded"
    assert json.loads(results["bob"])["checks"][1]["evidence"] or json.loads(results["bob"])["checks"][2]["evidence"]


def test_real_results_are_read_back_as_they_were(results):
    """Reading a result and writing it gives the same JSON."""
    for data in results.values():
        assert json.loads(to_json(from_json(data))) == json.loads(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "failed"), ("score", "ten"), ("checks", [{"function": "f"}]), ("seed", 1.5), ("student", None)],
)
def test_the_schema_objects(validator, results, field, value):
    """A result with a field of another kind is refused, by the schema and by the reader."""
    spoilt = {**json.loads(results["ada"]), field: value}
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(spoilt)
    with pytest.raises(ValueError, match=r"Expected|Invalid|missing"):
        from_json(json.dumps(spoilt))


@pytest.mark.parametrize("data", [b'{"student": "\xff"}', b'{"x": ' + b"[" * 100_000, b"", b"\xff", b"[1e999]"])
@pytest.mark.parametrize("read", [from_json, unpack])
def test_damaged_bytes_are_one_kind_of_error(read, data):
    """Whatever is wrong with the bytes of a result or a row, what reads them raises DecodeError."""
    with pytest.raises(msgspec.DecodeError):
        read(data)


@pytest.mark.parametrize("field", ["student", "assignment", "status", "score", "max_score", "checks", "seed", "files"])
def test_fields_that_must_be_there(validator, results, field):
    """A result without one of its fields is refused."""
    spoilt = json.loads(results["ada"])
    del spoilt[field]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(spoilt)
