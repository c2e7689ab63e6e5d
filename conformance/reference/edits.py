"""The small edits of requests, answers and streams of which faults and variants are made.

`drop`, `put`, `change`, `add` and `alter_text` say what becomes of the JSON at a path (see `paths`); `requests`, `answers`,
`each_event` and `events_of` say of whose JSON.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypedDict

from conformance.reference.calls import Answer, Call, Event, Json, Surface
from conformance.reference.errors import Refusal
from conformance.reference.matching import When, anything
from conformance.reference.paths import places, values
from conformance.reference.variant import EventEdit, RequestEdit, ResponseEdit

JsonEdit = Callable[[Any], None]
"""Changes an object or an array in place."""
EventsEdit = Callable[[list[Event]], Iterable[Event]]


def change(path: str, new: Callable[[Any], Json]) -> JsonEdit:
    """Makes a new value of each that stands at the path."""

    def edit(body: Any) -> None:
        for holder, key in places(body, path):
            holder[key] = new(holder[key])

    return edit


def put(path: str, value: Json) -> JsonEdit:
    """Puts a value where another stands."""
    return change(path, lambda _: value)


def add(path: str, amount: int) -> JsonEdit:
    """Adds to a number."""
    return change(path, lambda number: number + amount)


def drop(path: str, when: Callable[[Any], bool] = lambda _: True) -> JsonEdit:
    """Takes out what stands at the path; with `when`, only the values of which it is true."""

    def edit(body: Any) -> None:
        for holder, key in reversed(list(places(body, path))):  # from behind: what follows in an array moves up
            if when(holder[key]):
                del holder[key]

    return edit


def alter_text(path: str) -> JsonEdit:
    """Changes the first letter of the first text at the path."""

    def edit(body: Any) -> None:
        for holder, key in places(body, path):
            if isinstance(holder[key], str) and holder[key]:
                holder[key] = "~" + holder[key][1:]
                return

    return edit


def answers(surface: Surface, edit: JsonEdit, when: When = anything) -> ResponseEdit:
    """Edits each JSON object that the surface answers with 200, to such calls."""

    def edited(call: Call, answer: Answer) -> Answer:
        if call.surface != surface or answer.status != 200 or not isinstance(answer.body, dict) or not when(call):
            return answer
        return replace(answer, body=_edited(answer.body, edit))

    return edited


def refusals(when: When = anything, *, saying: str = "", **changes: Any) -> ResponseEdit:
    """Changes status, body or media type of the refusals of such calls; with `saying`, of those that say this."""

    def edited(call: Call, answer: Answer) -> Answer:
        concerned = answer.status >= 400 and when(call) and saying in str(answer.body)
        return replace(answer, **changes) if concerned else answer

    return edited


def requests(surface: Surface, edit: JsonEdit, when: When = anything) -> RequestEdit:
    """Edits each JSON object that such calls ask of the surface, before the gateway reads it."""

    def edited(call: Call) -> Call:
        if call.surface != surface or not isinstance(call.body, dict) or not when(call):
            return call
        return replace(call, body=_edited(call.body, edit))

    return edited


def refuse(when: When, message: str, status: int = 400) -> RequestEdit:
    """Refuses calls that should have been served."""

    def edited(call: Call) -> Call:
        if when(call):
            raise Refusal(message, status=status)
        return call

    return edited


def break_on(when: When) -> RequestEdit:
    """Answers such calls with 500."""
    return refuse(when, "internal error", status=500)


def streams(surface: Surface, edit: EventsEdit) -> EventEdit:
    """Edits the sequence of events of each stream of the surface."""
    return lambda call, events: edit(list(events)) if call.surface == surface else events


def repeat(path: str) -> EventsEdit:
    """Sends each event twice in which something stands at the path."""
    return lambda events: [sent for event in events for sent in [event] * (2 if any(values(event.data, path)) else 1)]


def each_event(surface: Surface, edit: JsonEdit) -> EventEdit:
    """Edits the JSON of each event of the surface's streams."""

    def every(data: list[Any]) -> None:
        for body in data:
            if isinstance(body, dict):
                edit(body)

    return events_of(surface, every)


def events_of(surface: Surface, edit: JsonEdit) -> EventEdit:
    """Edits the data of each stream of the surface as one array: `-1/usage` is the usage in its last event."""

    def edited(events: list[Event]) -> list[Event]:
        data = [deepcopy(event.data) for event in events]  # one by one: what two of them share is edited once
        edit(data)
        return [replace(event, data=new) for event, new in zip(events, data, strict=True)]

    return streams(surface, edited)


class Everywhere(TypedDict):
    """One edit of whole and streamed answers, as a declaration takes it."""

    response: ResponseEdit
    events: EventEdit


def everywhere(surface: Surface, edit: JsonEdit) -> Everywhere:
    """Edits each answer of the surface, and each event of its streams."""
    return {"response": answers(surface, edit), "events": each_event(surface, edit)}


def bodies(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The JSON of each event of a stream that holds some."""
    return [event.data for event in events if isinstance(event.data, dict)]


def _edited(body: Json, edit: JsonEdit) -> Json:
    body = deepcopy(body)
    edit(body)
    return body
