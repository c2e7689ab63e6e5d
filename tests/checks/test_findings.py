"""How a check reads an untrusted body, and how the way it ended becomes a finding."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from conformance.checks.findings import (
    ABSENT,
    MAX_FINDINGS_PER_KIND,
    Finding,
    Undecided,
    Violated,
    abbreviated,
    as_warnings,
    assume_member,
    collect,
    get,
    inapplicable,
    integer,
    observation,
    require_member,
    undecided,
    violation,
    warning,
)

BODY = {"a": [{"b": None}, 7], "0": "zero"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.1", 7), ("a.0.b", None), ("0", "zero"),
        ("a.2", ABSENT), ("a.-1", ABSENT), ("a.²", ABSENT), ("a.b", ABSENT), ("a.0.b.c", ABSENT), ("a.1.0", ABSENT),
    ],
)  # fmt: skip
def test_a_dotted_path_is_followed_or_absent(path: str, value: Any) -> None:
    assert get(BODY, path) is value


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0, 0), (-3, -3), (1.0, 1), (2**63 - 1, 2**63 - 1),
        (True, None), (1.5, None), ("1", None), (None, None), (ABSENT, None), ([1], None),
        (2**63, None), (10**4000, None), (1e300, None), (float("inf"), None), (float("nan"), None),
    ],
)  # fmt: skip
def test_json_has_one_kind_of_number(value: object, meant: int | None) -> None:
    assert integer(value) == meant
    assert not isinstance(integer(value), float)


def test_null_is_not_absent() -> None:
    with pytest.raises(Violated) as broken:
        require_member({"a": None}, "a", str)
    assert broken.value.finding == Finding("violation", "a is not a string", "a string", "None", "a")
    with pytest.raises(Violated) as broken:
        require_member({}, "a", str)
    assert broken.value.finding.actual == "absent"
    with pytest.raises(Undecided, match="a is absent"):
        assume_member({}, "a", int)
    with pytest.raises(Undecided, match="a is not an integer: True"):
        assume_member({"a": True}, "a", int)


def test_what_is_not_told_is_empty() -> None:
    assert [warning("m"), observation("m"), undecided("m"), inapplicable("m")] == [
        Finding(kind, "m", "", "", "") for kind in ("warning", "observation", "undecided", "inapplicable")
    ]
    assert observation("m", 7, "p") == Finding("observation", "m", "", "7", "p")
    assert warning("m", expected=1, actual=2, path="p") == Finding("warning", "m", "1", "2", "p")
    assert str(Violated(warning("m"))) == "m"


def test_integers_come_as_integers() -> None:
    assert repr(require_member({"n": 7.0}, "n", int)) == repr(assume_member({"n": 7.0}, "n", int)) == "7"


def test_collect_keeps_what_was_found_before_the_end() -> None:
    def check(end: Exception | None) -> Iterator[Finding]:
        yield observation("seen", 1)
        if end:
            raise end
        yield observation("seen", 2)

    broken = violation("wrong", expected=1, actual=2, path="x")
    assert [found.actual for found in collect(check(None))] == ["1", "2"]
    assert collect(check(Violated(broken)))[1:] == [broken]
    assert collect(check(Undecided("why")))[1:] == [undecided("why")]


def test_only_its_own_exceptions_are_findings() -> None:
    def check() -> Iterator[Finding]:
        yield observation("seen")
        raise KeyError("a bug of the check")

    with pytest.raises(KeyError):
        collect(check())


@for_any(st.text(max_size=500))
def test_values_are_cut(text: str) -> None:
    assert len(abbreviated(text)) <= 200
    assert abbreviated(text) == text or abbreviated(text).startswith(text[:160])


@pytest.mark.parametrize(("size", "cut"), [(200, False), (201, True)])
def test_where_a_value_is_cut(size: int, cut: bool) -> None:
    assert abbreviated("x" * size) == ("x" * 160 + f"… ({size} characters)" if cut else "x" * size)


def test_every_text_of_a_finding_is_cut() -> None:
    long = "x" * 10_000
    for found in (
        violation("m", expected=long, actual=long),
        warning("m", expected=long, actual=long),
        undecided(long),
        inapplicable(long),
    ):
        assert all(len(text) <= 200 for text in (found.expected, found.actual, found.message))
    assert abbreviated([ABSENT, "text"]) == "[absent, 'text']"


def test_softened_makes_a_warning_of_a_violation_alone() -> None:
    found = [
        violation("v", expected=1, actual=2, path="p"),
        observation("o"),
        undecided("u"),
        warning("w"),
        inapplicable("i"),
    ]
    soft = list(as_warnings(found, "bmp"))
    assert [finding.kind for finding in soft] == ["warning", "observation", "undecided", "warning", "inapplicable"]
    assert (soft[0].message, soft[0].expected, soft[0].path) == ("bmp: v", "1", "p")


def test_an_answer_that_is_wrong_in_every_item_does_not_fill_the_report() -> None:
    found = collect([*(violation(f"item {at}", expected=1, actual=2) for at in range(100_000)), observation("o")])
    assert [finding.message for finding in found[:2]] == ["item 0", "item 1"]
    assert [(finding.kind, finding.message) for finding in found[-2:]] == [
        ("observation", "o"),
        ("violation", f"and {100_000 - MAX_FINDINGS_PER_KIND} more of the kind"),
    ]
    assert len(found) == MAX_FINDINGS_PER_KIND + 2
