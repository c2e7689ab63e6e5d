"""What goes into a Responses request beside messages: images, by their tokens, and what a tool made of free text."""

from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.event_stream import is_streamed
from conformance.checks.findings import assume_member, get
from conformance.checks.reading import answer_of
from conformance.checks.usage import seems_to_grow
from conformance.probing.growth import costs_more
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.probes import data_uri
from conformance.probing.surface import Responses

QUESTION = {"role": "user", "content": "Write code that prints 1."}
TOOL = {"type": "custom", "name": "code_exec", "description": "Runs Python code. Answer with code only."}


def shown(*names: str) -> dict[str, Any]:
    """A question beside images."""
    pictures = [{"type": "input_image", "image_url": data_uri(name)} for name in names]
    return {"input": [{"role": "user", "content": [{"type": "input_text", "text": "What do you see?"}, *pictures]}]}


@decides("RESP-TEXT-IMAGE")
def test_images_cost_tokens(responses: Responses, judge: Judge) -> None:
    """An input_image adds to input_tokens, and a second one adds more: neither is left out."""
    sent = [
        ("no image", shown()),
        ("one image", shown("red-64.png")),
        ("two images", shown("red-64.png", "blue-64.png")),
    ]
    costs_more(judge, [(words, responses.ask(body)) for words, body in sent], path="usage.input_tokens", promised=False)


@pytest.mark.costly
@decides("RESP-TEXT-IMAGE")
def test_image_in_a_stream(responses: Responses, judge: Judge) -> None:
    """Streamed, an input_image adds to input_tokens too."""
    counts = list[tuple[str, int]]()
    for words, body in (("no image, streamed", shown()), ("an image, streamed", shown("red-64.png"))):
        streamed = responses.attempt({**body, "stream": True})
        counted = answer_of("responses", streamed).input_tokens if is_streamed(streamed) else None
        if counted is None:
            raise NotApplicable("the target does not stream Responses, or tells no input tokens in a stream")
        counts.append((words, counted))
    judge(seems_to_grow(counts[0], counts[1], "usage.input_tokens"))


@decides("RESP-STATELESS-REPLAY")
def test_output_of_a_custom_tool(responses: Responses) -> None:
    """The call of a custom tool goes back as it came, its free text included, with what the tool made of it."""
    forced = {"input": [QUESTION], "tools": [TOOL], "tool_choice": {"type": "custom", "name": "code_exec"}}
    items = assume_member(responses.ask(forced).body, "output", list)
    calls = [item for item in items if get(item, "type") == "custom_tool_call"]
    if not calls or not isinstance(get(calls[0], "input"), str):
        raise NotApplicable("the target did not call the custom tool with a text")
    output = {"type": "custom_tool_call_output", "call_id": get(calls[0], "call_id"), "output": "1\n"}
    responses.accepts({"input": [QUESTION, *items, output], "tools": [TOOL]}, control={"input": [QUESTION]})
