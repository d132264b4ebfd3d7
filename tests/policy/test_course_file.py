"""course.toml: what it may say, and one line for whatever is wrong in it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import StoreError, UsageError
from grader.policy import file
from grader.policy.rules import EVERY, Extension, Group, Late, Policy, Rounding

KNOWN = ("dropout", "gates", "losses", "softmax")
WHOLE = """
out_of = 20
export = "points"
timezone = "Europe/Berlin"

[weights]
homework = 60
losses = 40

[groups.homework]
assignments = ["softmax", "gates", "dropout"]
drop = 1

[due]
softmax = 2026-03-01T23:59:00
gates = 2026-03-08T23:59:00+00:00

[late]
penalty = 10
per = "hour"
grace = "15m"
most = 50
flagged = 20
of = "full"

[extensions]
ada = "2d"
bob = 2026-03-10T12:00:00
"O'Brien, Niamh" = {softmax = "1.5h", every = "1w"}

[handed_in.cleo]
softmax = 2026-03-02T00:10:00

[attempts]
count = "best"
most = 3

[feedback]
reveal = "one case"

[rounding]
what = "both"
places = 1
half = "even"
"""


def test_everything_that_a_file_can_say():
    """Each key comes to its place."""
    policy = file.parse(WHOLE, "course.toml", KNOWN)
    berlin = policy.timezone
    assert str(berlin) == "Europe/Berlin"
    assert policy == Policy(
        out_of=20.0,
        export="points",
        weights={"homework": 60.0, "losses": 40.0},
        groups=(Group("homework", ("softmax", "gates", "dropout"), 1),),
        due={
            "softmax": dt.datetime(2026, 3, 1, 23, 59, tzinfo=berlin),
            "gates": dt.datetime(2026, 3, 8, 23, 59, tzinfo=dt.UTC),
        },
        late=Late(10.0, "hour", dt.timedelta(minutes=15), 50.0, 20.0, "full"),
        extensions={
            "ada": {EVERY: Extension(dt.timedelta(days=2))},
            "bob": {EVERY: Extension(until=dt.datetime(2026, 3, 10, 12, tzinfo=berlin))},
            "O'Brien, Niamh": {
                "softmax": Extension(dt.timedelta(minutes=90)),
                EVERY: Extension(dt.timedelta(weeks=1)),
            },
        },
        handed_in={"cleo": {"softmax": dt.datetime(2026, 3, 2, 0, 10, tzinfo=berlin)}},
        count="best",
        attempts=3,
        reveal="one case",
        rounding=Rounding("both", 1, "even"),
        timezone=berlin,
    )


def test_an_empty_file_changes_nothing():
    """Marks are points then, and feedback shows all."""
    assert file.parse("", "course.toml") == Policy()


WRONG = [
    ("weight = 1", "weight is no key of a course file: did you mean weights?"),
    ("zzz = 1", "zzz is no key of a course file: there are out_of"),
    ("[late]\npenalty = 5\ngrase = '1h'", "late.grase is no key of a course file: did you mean grace?"),
    ("[late]\ngrace = '1h'", "late.penalty is not there: write penalty = 10"),
    ("[late]\npenalty = 120", "late.penalty is 120: write a number from 0 to 100"),
    ("[late]\npenalty = '10%'", "late.penalty is '10%', no number: write a number"),
    ("[late]\npenalty = true", "late.penalty is True, no number"),
    ("[late]\npenalty = nan", "late.penalty is nan, no number"),
    ("[late]\npenalty = 5\nper = 'week'", "late.per is 'week': write 'once', 'hour' or 'day'"),
    ("[late]\npenalty = 5\ngrace = '15'", "late.grace is '15', no span of time: write \"15m\""),
    ("[late]\npenalty = 5\ngrace = 15", "late.grace is 15, no span of time"),
    ("[late]\npenalty = 5\ngrace = '900w'", "late.grace is '900w': write no more than 3660 days"),
    ("weights = 3", "weights is no table: begin it with a line [weights]"),
    ("[weights]\nsoftmx = 3", "weights names 'softmx', no assignment of the course: did you mean softmax?"),
    ("[weights]\nsoftmax = -3", "weights.softmax is -3: write a number from 0"),
    ("[weights]\nsoftmax = 0", "weights are all 0: give something a weight"),
    ("[groups.hw]\nassignments = []", "groups.hw.assignments is no list of names"),
    ("[groups.hw]\nassignments = [3]", "groups.hw.assignments holds 3, no name"),
    ("[groups.hw]\nassignments = ['gates', 'gates']", "groups.hw.assignments names an assignment twice"),
    ("[groups.hw]\nassignments = ['gates']\ndrop = 1", "groups.hw.drop is 1: write a whole number from 0 to 0"),
    ("[groups.hw]\nassignments = ['gates', 'losses']\ndrop = 0.5", "groups.hw.drop is 0.5: write a whole number"),
    ("[groups.gates]\nassignments = ['gates']", "groups.gates is called like an assignment: call the group otherwise"),
    (
        "[groups.a]\nassignments = ['gates']\n[groups.b]\nassignments = ['gates']",
        "groups.b.assignments names gates, which is in groups.a: choose one",
    ),
    (
        "[weights]\nhw = 1\ngates = 1\n[groups.hw]\nassignments = ['gates']",
        "weights.gates is in the group hw, which has a weight too: weigh one of the two",
    ),
    ("[due]\nsoftmax = '2026-03-01'", "due.softmax is '2026-03-01', no time: write one such as"),
    ("[due]\nsoftmax = 2026-03-01", "due.softmax is datetime.date(2026, 3, 1), no time"),
    ("[due]\nsoftmax = 0001-03-01T00:00:00", "due.softmax is"),
    ("[extensions]\nada = 3", "extensions.ada is neither a time nor a span"),
    ("[extensions.ada]\nsoftmx = '1d'", "extensions.ada names 'softmx', no assignment"),
    ("[handed_in]\nada = 2026-03-01T00:00:00Z", "handed_in.ada is no table"),
    ("[attempts]\ncount = 'worst'", "attempts.count is 'worst': write 'latest', 'best' or 'first'"),
    ("[attempts]\nmost = 0", "attempts.most is 0: write a whole number from 1"),
    ("[feedback]\nreveal = 'some'", "feedback.reveal is 'some': write 'none', 'verdicts', 'one case' or 'all'"),
    ("[rounding]\nplaces = 9", "rounding.places is 9: write a whole number from 0 to 6"),
    ("[rounding]\nhalf = 'down'", "rounding.half is 'down': write 'up' or 'even'"),
    ("rounding = 2", "rounding is no table"),
    ("out_of = 0", "out_of is 0: write a number above 0"),
    ("export = 'grades'", "export is 'grades': write 'marks' or 'points'"),
    ("timezone = 'Mars/Olympus'", "timezone is 'Mars/Olympus', no time zone here"),
    ("timezone = '../../etc/passwd'", "timezone is '../../etc/passwd', no time zone here"),
    ("a = = 1", "is not TOML: Invalid value (at line 1, column 5)"),
]


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_is_wrong_is_told_in_one_line(text, told):
    """The file, the key, what is wrong with it, and what to write instead."""
    with pytest.raises(UsageError) as caught:
        file.parse(text, "mine/course.toml", KNOWN)
    message = str(caught.value)
    assert message.startswith("mine/course.toml")
    assert told in message
    assert ": " in message.removeprefix("mine/course.toml: ")
    assert "\n" not in message


def one_line_or_none(read):
    """How many lines a complaint has; nothing else may be raised."""
    try:
        read()
    except UsageError as error:
        return len(str(error).splitlines())
    return 0


@given(st.text(max_size=200) | st.text("[]={}\"'.\n abcdue01-:T", max_size=200))
def test_any_text_is_a_policy_or_one_line(text):
    """Never anything else."""
    assert one_line_or_none(lambda: file.parse(text, "course.toml", KNOWN)) <= 1


values = st.recursive(
    st.none().map(lambda _: 1) | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2d"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*KNOWN, "drop", "most"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(file.KEYS), values, max_size=3))
def test_any_values_are_a_policy_or_one_line(table):
    """Every key with every type of value."""
    assert one_line_or_none(lambda: file.read(table, "course.toml", KNOWN)) <= 1


def test_a_file_that_cannot_be_read(tmp_path):
    """Not there, a folder, not text, too large."""
    (tmp_path / "latin").write_bytes(b"# \xe9")
    (tmp_path / "large").write_bytes(b"#" * (file.LIMIT + 1))
    for name, told in (("none", "No such file"), (".", "directory"), ("latin", "UTF-8"), ("large", "larger than")):
        with pytest.raises(UsageError, match=told):
            file.text_of(tmp_path / name)


def test_a_remembered_file_that_is_damaged_is_the_machines():
    """It was checked before it was written."""
    with pytest.raises(StoreError, match="--policy"):
        file.remembered("a = = 1", "course.toml")
