"""The small edits of requests, answers and streams of which faults and variants are made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call, Event, Json, Surface
from conformance.reference.errors import Refusal
from conformance.reference.variant import EventEdit, RequestEdit, ResponseEdit

BodyEdit = Callable[[dict[str, Any]], None]
"""Changes a JSON object in place."""


def answers(surface: Surface, edit: BodyEdit) -> ResponseEdit:
    """Edits each JSON object that the surface answers with 200."""

    def edited(call: Call, answer: Answer) -> Answer:
        if call.surface != surface or answer.status != 200 or not isinstance(answer.body, dict):
            return answer
        body = deepcopy(answer.body)
        edit(body)
        return replace(answer, body=body)

    return edited


def refusals(when: Callable[[Call], bool], status: int, body: Json | bytes | None = None) -> ResponseEdit:
    """Gives the refusals of such calls another status, and another body if there is one."""

    def edited(call: Call, answer: Answer) -> Answer:
        if answer.status < 400 or not when(call):
            return answer
        return replace(answer, status=status, body=answer.body if body is None else body)

    return edited


def requests(surface: Surface, edit: BodyEdit) -> RequestEdit:
    """Edits each JSON object that is asked of the surface, before the gateway reads it."""

    def edited(call: Call) -> Call:
        if call.surface != surface or not isinstance(call.body, dict):
            return call
        body = deepcopy(call.body)
        edit(body)
        return replace(call, body=body)

    return edited


def refuse(when: Callable[[Call], bool], message: str, status: int = 400) -> RequestEdit:
    """Refuses calls that should have been served."""

    def edited(call: Call) -> Call:
        if when(call):
            raise Refusal(message, status=status)
        return call

    return edited


def chunks(surface: Surface, edit: Callable[[list[Event]], Iterable[Event]]) -> EventEdit:
    """Edits the events of each stream of the surface."""
    return lambda call, events: edit(list(events)) if call.surface == surface else events


def data(edit: BodyEdit) -> Callable[[list[Event]], Iterator[Event]]:
    """Edits the JSON of every event of a stream."""

    def edited(events: list[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event.data, dict):
                changed = deepcopy(event.data)
                edit(changed)
                yield replace(event, data=changed)
            else:
                yield event

    return edited


def asks(surface: Surface, **fields: Json) -> Callable[[Call], bool]:
    """Whether a call of the surface has these top-level fields; `...` stands for any value."""

    def true_of(call: Call) -> bool:
        return (
            call.surface == surface
            and isinstance(call.body, dict)
            and all(name in call.body and value in (..., call.body[name]) for name, value in fields.items())
        )

    return true_of


def parts(body: Mapping[str, Any], messages: str = "messages", content: str = "content") -> Iterator[dict[str, Any]]:
    """Every content part of a request, whichever message it stands in; nothing of what is malformed."""
    listed = body.get(messages)
    for message in listed if isinstance(listed, list) else ():
        held = message.get(content) if isinstance(message, dict) else None
        yield from (part for part in (held if isinstance(held, list) else ()) if isinstance(part, dict))


def items(body: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The output items of this type in an answer of the Responses API."""
    return [item for item in body["output"] if item["type"] == kind]
