"""What is compared never differs from itself, and what ships is told without a false alarm."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.sdk import bundled
from conformance.sdk.causes import causes
from conformance.sdk.changes import OUTCOMES, compare
from conformance.sdk.differences import for_the_caller
from conformance.sdk.exceptions import alike
from conformance.sdk.observations import Observed, read

PAIRS = [
    (f"{client}=={old}", f"{client}=={new}")
    for client in bundled.clients()
    for old, new in combinations(bundled.versions(client), 2)
]
NAMES = st.lists(st.text(max_size=3), max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
SEEN = st.fixed_dictionaries({"value": JSON}, optional={"classes": NAMES, "none": NAMES, "dump": JSON})


def observed(word: str) -> Observed:
    found = bundled.named(word)
    assert found
    return found


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_no_exception_of_what_ships_slips_through(old: str, new: str) -> None:
    """But one: openai 3 raises Python's RuntimeError of a client that is closed, where it was APIConnectionError.

    What it wraps, httpx's own exceptions of a stream that breaks off, its callers catch as its own already.
    """
    told = {change.case: one.text for change in compare(observed(old), observed(new)) for one in change.aspects
            if "is raised, which is no" in one.text}  # fmt: skip
    is_known = new.startswith("openai==3") and not old.startswith("openai==3")
    assert [case for case in told if "closed" not in case] == []
    assert bool(told) == is_known, told


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_every_case_counts_once_and_stands_under_a_cause_of_its_outcome(old: str, new: str) -> None:
    changes = compare(observed(old), observed(new))
    assert len({change.case for change in changes}) == len(changes)
    found = causes(changes)
    assert [OUTCOMES.index(one.outcome) for one in found] == sorted(OUTCOMES.index(one.outcome) for one in found)
    for change in changes:
        outcomes = {one.outcome for one in found if change.case in one.cases}
        assert change.outcome == "unchanged" or change.outcome in outcomes, change


@pytest.mark.parametrize("word", sorted({word for pair in PAIRS for word in pair}))
def test_a_run_does_not_differ_from_itself(word: str) -> None:
    assert {change.outcome for change in compare(observed(word), observed(word))} == {"unchanged"}


@given(SEEN, SEEN)
def test_what_differs_one_way_differs_the_other_way(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = (list(for_the_caller(*pair, both_asked=True)) for pair in ((old, new), (new, old)))
    assert sorted((one.where, one.old, one.new) for one in there) == sorted(
        (one.where, one.new, one.old) for one in back
    )
    assert list(for_the_caller(old, old, both_asked=True)) == []


@given(st.text())
def test_what_texts_have_in_common_is_common_to_itself(text: str) -> None:
    assert alike(alike(text)) == alike(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("TypeError: A.f() got 'proxies'", "TypeError: AsyncB.g() got 'proxies'", True),
        ("TypeError: A.f() got 'proxies'", "TypeError: A.f() got 'proxy'", False),
        ("no POST /v1/models/a:generate here", "no POST /v1/models/b:stream here", True),
        ("Error code: 401 - no", "Error code: 403 - no", True),
    ],
)
def test_texts_of_one_reason(one: str, other: str, same: bool) -> None:
    assert (alike(one) == alike(other)) is same


def test_cases_of_other_clients_are_left_out() -> None:
    assert compare(observed("openai==3.54.0"), observed("google-genai==3.4.0")) == []


def test_what_is_kept_of_a_run_says_what_was_installed(tmp_path: Path) -> None:
    run = replace(observed("openai==3.54.0"), distributions={"openai": "3.54.0", "attrs": "25.1"}, python="3.11.7")
    [path] = bundled.keep(run, tmp_path)
    again = read(path)
    assert (again.distributions, again.python) == (run.distributions, run.python)
