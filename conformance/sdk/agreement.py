"""Does the caller get what the wire said? Text, reasoning and reason of the end, as the client makes them of the answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import Undecided
from conformance.wire.exchange import Exchange, NotJson, parse_json

_LISTS = ("choices", "candidates", "output")
_RIGHT_TO_RAISE = ("Timeout", "FinishReasonError", "RetryException", "MaxTurns")
"""In the names of exceptions: the answer came too late, could not be parsed as the caller wanted, or was one too many."""
_LAST = ("response.completed", "response.incomplete", "response.failed")


def disagreements(exchange: Exchange, seen: Mapping[str, Any], *, derived: bool = False) -> Iterator[str]:
    """What of an answer does not reach the caller, or reaches it changed. Nothing where there was no answer.

    `derived`: what is seen may be something that the caller has made of what the client gave.
    """
    error = seen.get("error")
    if error and error.get("holds_credential"):
        yield "credential: the text of the exception tells it"
    if exchange.status is None or exchange.status >= 400:
        yield from _of_refusal(exchange.status, error, derived=derived)
    elif _asks_for_stream(exchange) and not is_streamed(exchange):
        return  # the gateway has not done what was asked: what a client makes of that is its own matter
    elif not error:
        got = seen["events"] if "events" in seen else [seen.get("value")]
        if not derived or any(_is_answer(one) for one in got):
            yield from _of_answer(list(_bodies(exchange)), got)
    elif _is_sound(exchange) and not any(word in error["type"] for word in _RIGHT_TO_RAISE):
        yield f"the answer is {exchange.status}, and {error['type']} is raised"


def _is_answer(value: Any) -> bool:
    """Whether a value is an answer, or an event of one, as a client gives it."""
    return isinstance(value, Mapping) and any(isinstance(value.get(name), list) for name in _LISTS)


def _of_refusal(status: int | None, error: Mapping[str, Any] | None, *, derived: bool) -> Iterator[str]:
    if error is None:
        if not derived:
            yield f"the answer is {status}, and no exception is raised"
    elif status is not None and isinstance(said := error.get("status"), int) and said != status:
        yield f"the answer is {status}, and the exception says {said}"


def kind(finding: str) -> tuple[str, ...]:
    """What tells two findings apart whatever the answers said: what it is about, where, and whether it is lost."""
    about, _, rest = finding.partition(":")
    about = about.partition(", and ")[0]  # whatever exception is raised over an answer
    place = rest.partition(":")[0] if about in ("request", "sync and async differ") else ""
    return about, place, rest.rpartition(", ")[2] if rest.endswith("loses it") else ""


def _of_answer(said: list[Any], got: list[Any]) -> Iterator[str]:
    words = [one for one in got if isinstance(one, str)]
    if words and len(words) == len(got):  # a text, which was asked for by itself
        if (text := text_of(said)) and text != "".join(words):
            yield f"text: the wire says {text[:80]!r}, the caller gets {''.join(words)[:80]!r}"
        return
    for what, of in (("text", text_of), ("reasoning", reasoning_of), ("reason of the end", reason_of)):
        on_the_wire, to_the_caller = of(said), of(got)
        if not on_the_wire or on_the_wire == to_the_caller:
            continue
        gets = f"the caller gets {to_the_caller[:80]!r}" if to_the_caller else "the client loses it"
        yield f"{what}: the wire says {on_the_wire[:80]!r}, {gets}"


def request_differences(exchange: Exchange, expected: Mapping[str, Any]) -> Iterator[str]:
    """What of the JSON that a caller gave does not arrive as it was given."""
    try:
        sent = parse_json(exchange.request.body)
    except NotJson:
        yield "request: the client sends no JSON"
        return
    for where, before, after in _differing(dict(expected), sent, ""):
        yield f"request: {where}: the caller gives {_value_text(before)}, the client sends {_value_text(after)}"


def _differing(expected: Any, sent: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(expected, dict) and isinstance(sent, dict):
        for name in sorted({*expected, *sent}):
            yield from _differing(expected.get(name, ...), sent.get(name, ...), f"{where}.{name}".lstrip("."))
    elif isinstance(expected, list) and isinstance(sent, list) and len(expected) == len(sent):
        for number, (one, other) in enumerate(zip(expected, sent, strict=True)):
            yield from _differing(one, other, f"{where}[{number}]")
    elif expected != sent:
        yield where or "the body", expected, sent


def _value_text(value: Any) -> str:
    return "nothing" if value is ... else json.dumps(value, ensure_ascii=False)[:80]


def _asks_for_stream(exchange: Exchange) -> bool:
    try:
        body = parse_json(exchange.request.body)
    except NotJson:
        return False
    return isinstance(body, Mapping) and body.get("stream") is True


def _is_sound(exchange: Exchange) -> bool:
    """Whether an answer can be read at all. A client that raises over one that cannot does what it should."""
    try:
        if is_streamed(exchange):
            stream = read(exchange)
            return not stream.unreadable and _has_ended(stream.bodies) and not any(map(_tells_error, stream.bodies))
        return any(isinstance(body, Mapping) for body in _bodies(exchange))
    except Undecided:
        return False


def _tells_error(body: Any) -> bool:
    return isinstance(body, Mapping) and bool(body.get("error") or body.get("error_code"))


def _has_ended(bodies: list[Any]) -> bool:
    """Whether a stream came to its end: with a reason, or with the whole response."""
    return bool(reason_of(bodies)) or any(isinstance(body, Mapping) and body.get("type") in _LAST for body in bodies)


def _bodies(exchange: Exchange) -> Iterator[Any]:
    """The JSON values of an answer: one, or one for each event."""
    if exchange.response is None:
        return
    try:
        if is_streamed(exchange):
            yield from read(exchange).bodies
        else:
            yield exchange.response.json()
    except (NotJson, Undecided):
        return


def text_of(bodies: list[Any]) -> str:
    """The text that the model says in an answer, or in the events of one, on any surface."""
    whole = [part for body in bodies for part in _texts(body)]
    return "".join(whole)


def _texts(body: Any) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    for choice in _list(body, "choices"):
        yield from _content(_message(choice).get("content"))
    for candidate in _list(body, "candidates"):
        for part in _list(candidate.get("content") or {}, "parts"):
            if not part.get("thought") and isinstance(part.get("text"), str):
                yield part["text"]
    for item in _list(body, "output"):
        yield from _content(item.get("content") if item.get("type") == "message" else None)
    if body.get("type") in ("response.output_text.delta", "content.delta"):  # the second is of openai's own helper
        yield str(body.get("delta"))


def reasoning_of(bodies: list[Any]) -> str:
    """The reasoning that the model shows in an answer, or in the events of one, on any surface."""
    return "".join(part for body in bodies for part in _thoughts(body))


def _thoughts(body: Any) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    for choice in _list(_unwrapped(body), "choices"):
        for part in _list(_message(choice), "content"):
            yield from _summaries(part)
    for candidate in _list(body, "candidates"):
        for part in _list(candidate.get("content") or {}, "parts"):
            if part.get("thought") and isinstance(part.get("text"), str):
                yield part["text"]
    for item in _list(body, "output"):
        yield from _summaries(item)
    if body.get("type") == "response.reasoning_summary_text.delta":
        yield str(body.get("delta"))


def _summaries(block: Mapping[str, Any]) -> Iterator[str]:
    if block.get("type") == "reasoning":
        yield from (one["text"] for one in _list(block, "summary") if isinstance(one.get("text"), str))


def _message(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    found = choice.get("delta") or choice.get("message")
    return found if isinstance(found, Mapping) else {}


def _unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chunk inside an event of openai's own helper for streams; of anything else itself."""
    inner = body.get("chunk")
    return inner if body.get("type") == "chunk" and isinstance(inner, Mapping) else body


def _content(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if (
            isinstance(part, Mapping)
            and part.get("type") in ("text", "output_text")
            and isinstance(part.get("text"), str)
        ):
            yield part["text"]


def reason_of(bodies: list[Any]) -> str:
    """Why an answer ended, in the words of its surface; empty if nothing says so."""
    found = [
        str(one[name])
        for body in bodies
        if isinstance(body, Mapping)
        for listed, names in (("choices", ("finish_reason",)), ("candidates", ("finishReason", "finish_reason")))
        for one in _list(_unwrapped(body), listed)
        for name in names
        if one.get(name)
    ]
    return json.dumps(found) if found else ""


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
