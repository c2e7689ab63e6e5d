"""Variants of what goes over the wire: headers, JSON as it may be written, streams as they may be framed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.reference.calls import Answer, Call, Event, Json
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

_HEADERS = {"connection": "close", "set-cookie": "a=b; Path=/", "x-request-id": "r-1"}


def _floats(value: Json) -> Json:
    """The same JSON, which knows one kind of number and no order of members."""
    if isinstance(value, dict):
        return {name: _floats(member) for name, member in reversed(value.items())}
    if isinstance(value, list):
        return [_floats(member) for member in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _written_out(_: Call, answer: Answer) -> Answer:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(_floats(answer.body), indent=2).encode()
    headers = {**answer.headers, **_HEADERS}
    return replace(answer, body=body, media_type="Application/JSON; charset=UTF-8", headers=headers)


def _written_out_events(_: Call, events: Sequence[Event]) -> Iterable[Event]:
    for event in events:
        data = event.data if isinstance(event.data, str) else json.dumps(_floats(event.data), indent=1)
        yield replace(event, data=data)


variant(
    "crlf-split",
    "streams with CRLF, comments, no space after the colon and no end marker, cut every 7 bytes",
    replace(
        DOCUMENTED,
        newline="\r\n",
        comments=True,
        space_after_colon=False,
        split_bytes=7,
        done_marker=False,
        chat_stream_usage="asked",
    ),
)
variant(
    "cr-trickle",
    "streams slowly, with CR alone, and tells no usage in chat streams",
    replace(DOCUMENTED, newline="\r", split_bytes=400, pause_s=0.01, chat_stream_usage="never"),
)
variant(
    "gzipped", "compresses what it answers in one piece to those who take gzip", replace(DOCUMENTED, compressed=True)
)
variant(
    "written-out",
    "indents its JSON, so that an event has several data lines, writes 7.0 for 7, and ends the connection each time",
    response=_written_out,
    events=_written_out_events,
)
