"""A conversation without stored state: all output items go back as input."""

from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.answers import recorded
from conformance.checks.findings import assume_member
from conformance.probing.judge import Judge
from conformance.probing.surface import Responses

QUESTION = {"role": "user", "content": "Name a colour."}
NEXT = {"role": "user", "content": "And another."}
LONGEST_ID = 64
"""Characters of an item's id that Databricks' own client keeps to."""


def next_turn(items: list[Any]) -> dict[str, Any]:
    """The second turn, with the items of the first."""
    return {"input": [QUESTION, *items, NEXT]}


def message(identifier: str) -> dict[str, Any]:
    """An output item as a target sends it."""
    content = [{"type": "output_text", "text": "Red.", "annotations": []}]
    return {"type": "message", "id": identifier, "status": "completed", "role": "assistant", "content": content}


@decides("RESP-STATELESS-REPLAY")
def test_output_items_go_back(responses: Responses) -> None:
    """The output items, reasoning included, and a new message of the user are accepted."""
    items = assume_member(responses.ask({"input": [QUESTION]}).body, "output", list)
    responses.accepts(next_turn(items), control=next_turn([{"role": "assistant", "content": "Red."}]))


@pytest.mark.costly
@decides("RESP-STATELESS-REPLAY")
def test_long_item_ids(responses: Responses, judge: Judge) -> None:
    """An item whose id has 64 characters goes back too; what happens to a longer one is recorded."""
    fitting, long = (next_turn([message("msg_".ljust(length, "0"))]) for length in (LONGEST_ID, LONGEST_ID + 1))
    responses.accepts(fitting, control=next_turn([{"role": "assistant", "content": "Red."}]))
    judge(recorded(responses.send(long), f"an id of {LONGEST_ID + 1} characters"))


@pytest.mark.costly
@decides("RESP-TEMPERATURE")
def test_temperature(responses: Responses) -> None:
    """The printed request has temperature 0.1, which GPT-5 refuses elsewhere: recorded."""
    responses.records({**responses.hello, "temperature": 0.1}, "temperature 0.1")
