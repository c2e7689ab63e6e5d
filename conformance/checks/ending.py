"""Did a stream come to its end? That its connection closes in good order tells nothing: the end of an answer is an event."""

from collections.abc import Iterator
from typing import Any

from conformance.checks.answers import error_event
from conformance.checks.event_stream import is_streamed, read, stream_error
from conformance.checks.findings import Finding, Undecided, get, integer, violation
from conformance.checks.responses_stream import TERMINAL
from conformance.checks.streams import no_error
from conformance.wire.exchange import Exchange


def truncation_reason(exchange: Exchange) -> str:
    """Why a stream of any surface is no whole answer: it stops before its end. Empty if it is whole, or no stream at all."""
    if not is_streamed(exchange):
        return ""
    try:
        stream = read(exchange)
    except Undecided as nothing:
        return f"a stream without an answer: {nothing}"
    if message := stream_error(stream):
        return message
    ended = dict[tuple[str, int], bool]()
    for part, ends in _parts(stream.bodies):
        ended[part] = ended.get(part, False) or ends
    a_candidate_ended = any(ends for (name, _), ends in ended.items() if name == "candidates")
    done = stream.after_done is not None or a_candidate_ended or all(ended.values())
    if any(map(_ends_all, stream.bodies)) or (ended and done):
        return ""
    if stream.after_done is not None and not stream.unreadable:
        return "a stream without an answer: there is no choice, no candidate and no response in it"
    return (
        "the stream stops before its end: there is no finish_reason, finishReason, last event of a response or [DONE]"
    )


def is_whole(exchange: Exchange) -> Iterator[Finding]:
    """A stream comes to its end. One that is cut once is asked again, as whatever is broken; cut each time, it is broken."""
    if not (reason := truncation_reason(exchange)):
        return
    told = list(no_error(read(exchange))) if error_event(exchange) else []
    yield from told or [violation("the stream is cut", expected="an answer to its end", actual=reason)]


def _ends_all(body: Any) -> bool:
    """Whether an event ends a response, or says that there will be none: the prompt is blocked."""
    return get(body, "type") in TERMINAL or isinstance(get(body, "promptFeedback.blockReason"), str)


def _parts(bodies: list[Any]) -> Iterator[tuple[tuple[str, int], bool]]:
    """Each piece of a choice or candidate: of which one, and whether it gives the reason of the end."""
    for body in bodies:
        for name, reason in (("choices", "finish_reason"), ("candidates", "finishReason")):
            listed = get(body, name)
            for part in listed if isinstance(listed, list) else []:
                yield (name, integer(get(part, "index")) or 0), isinstance(get(part, reason), str)
