"""What was found is made small: nothing stays that does not have to."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.fuzz.shrinking import IsInteresting, minimised

PLAIN = {"messages": [{"role": "user", "content": "Say ok."}], "max_tokens": 16}


def counted(shows: IsInteresting) -> tuple[IsInteresting, list[Any]]:
    tried: list[Any] = []

    def run(body: Any) -> bool:
        tried.append(body)
        return shows(body)

    return run, tried


def test_members_that_do_not_matter_are_as_in_the_plain_request_or_gone() -> None:
    body = {"messages": [{"role": "system", "content": "x"}], "max_tokens": 9, "stop": ["a"], "top_p": 1, "n": 2}
    assert minimised(body, PLAIN, lambda body: "n" in body and "messages" in body) == PLAIN | {"n": 0}


def test_a_list_is_as_short_as_it_can_be_and_what_is_in_it_as_small() -> None:
    found = minimised(
        PLAIN | {"stop": ["some", "words", "that", "stop", "it"]}, PLAIN, lambda body: len(body.get("stop", "")) >= 4
    )
    assert found == PLAIN | {"stop": ["", "", "", ""]}


def test_the_one_letter_that_matters_is_found() -> None:
    text = "a" * 300 + "\U0001f600" + "b" * 200
    show, tried = counted(lambda body: "\U0001f600" in str(body["messages"]))
    found = minimised({"messages": [{"role": "user", "content": text}], "max_tokens": 16}, PLAIN, show)
    assert found == {"messages": [{"content": "\U0001f600"}], "max_tokens": 16}
    assert len(tried) < 60, "the requests of one find are few"


def test_numbers_are_as_small_as_they_can_be() -> None:
    assert minimised(PLAIN | {"n": 8.5}, PLAIN, lambda body: body.get("n", 0) > 0) == PLAIN | {"n": 1}
    assert minimised(PLAIN | {"n": -7}, PLAIN, lambda body: body.get("n", 0) < 0) == PLAIN | {"n": -1}
    assert minimised(PLAIN | {"n": 8}, PLAIN, lambda body: body.get("n", 0) > 7) == PLAIN | {"n": 8}
    assert minimised(PLAIN | {"n": True}, PLAIN, lambda body: body.get("n") is True) == PLAIN | {"n": True}


def test_what_is_given_is_left_alone() -> None:
    body = PLAIN | {"tools": [{"type": "function", "function": {"name": "a"}}]}
    before = json.dumps(body)
    minimised(body, PLAIN, lambda body: "tools" in body)
    assert json.dumps(body) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=150)
@given(st.dictionaries(st.sampled_from("abcde"), JSON, min_size=1), st.data())
def test_it_always_ends_with_something_that_still_shows(body: dict[str, Any], data: st.DataObject) -> None:
    needed = data.draw(st.sampled_from(sorted(body)))
    shown: list[Any] = [body]

    def shows(less: Any) -> bool:
        if needed not in less or type(less[needed]) is not type(body[needed]):
            return False
        shown.append(less)
        return True

    found = minimised(body, {}, shows)
    assert found == shown[-1], "what was last seen to show is what is given"
    assert set(found) == {needed}
    assert len(json.dumps(found)) <= len(json.dumps(body))


def test_nothing_to_make_smaller() -> None:
    show, tried = counted(lambda _: False)
    assert minimised({}, PLAIN, show) == {}
    assert minimised(dict(PLAIN), PLAIN, show) == PLAIN
    assert all(body != PLAIN for body in tried)
