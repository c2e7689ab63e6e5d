"""Bodies are laid out for people: nothing in them changes, and no body makes that dear."""

import json
import time
from typing import Any

import pytest

from conformance.report.bodies import pretty_printed


@pytest.mark.parametrize(
    "value",
    [{"a": [1, {"b": 'x, [ { \\" :'}], "c": {}, "d": "y" * 100}, [[[[[[[[1, [2]]]]]]]]], ["a", [], [{}]]],
    ids=["strings", "deep", "empty"],
)
def test_laying_out_changes_only_white_space(value: Any) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        assert json.loads(pretty_printed(json.dumps(value, separators=separators))) == value


def test_laying_out_keeps_what_parsing_would_hide() -> None:
    body = '{"a":1.0,"a":1e2,"long":"' + "x" * 80 + '"}'
    assert pretty_printed(body).splitlines()[:3] == ["{", '  "a": 1.0,', '  "a": 1e2,']
    for kept in ("data: {}\n\ndata: [DONE]\n\n", "<html>", ""):
        assert pretty_printed(kept) == kept


@pytest.mark.parametrize(
    "body",
    [
        "[" * 6000,
        '{"a":"' * 1000,
        '["' + "\\" * 6001,
        '{"b":"' + 'c\\"' * 2000,
        "[1," * 2000,
        '["x"' * 1500,
        "{" + '"a" ' * 1500,
    ],
    ids=["brackets", "objects", "backslashes", "quotes", "lists", "no commas", "strings"],
)
def test_laying_out_a_hostile_body_stays_cheap(body: str) -> None:
    """Neither time nor text may grow with the square of the body: backtracking takes minutes, one pass a few ms."""
    started = time.process_time()
    made = pretty_printed(body)
    assert time.process_time() - started < 2
    assert len(made) < 3 * len(body)
    assert "".join(made.split()) == "".join(body.split())
