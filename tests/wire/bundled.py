"""The streams among the bundled recordings, and where each of them could be cut off."""

import json
import re
from functools import cache
from itertools import accumulate

from conformance import resources
from conformance.recordings.recorded import Recorded, read
from conformance.wire.exchange import Response


def is_stream(response: Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


@cache
def streams() -> dict[str, list[Recorded]]:
    """By case: the streams that were recorded for it."""
    found = read(resources.directory("cassettes")).cases
    streamed = {case: [one for one in recorded if is_stream(one.response)] for case, recorded in found.items()}
    return {case: recorded for case, recorded in streamed.items() if recorded}


@cache
def bodies() -> list[Response]:
    """Each stream once."""
    return list({one.response.body: one.response for recorded in streams().values() for one in recorded}.values())


def starts(body: bytes) -> list[int]:
    """Where each event begins, and where the last one ends."""
    return [0, *accumulate(len(event) for event in re.findall(rb".*?\n\n", body, re.DOTALL))]


def end(body: bytes) -> tuple[int, int]:
    """The event that ends the answer: where it begins, and where its JSON ends. The model's words hold no such member."""
    for start, stop in zip(starts(body), starts(body)[1:], strict=False):
        data = body[start:stop].partition(b"data: ")[2]
        if re.search(rb'"finish_reason":"|"finishReason":"|"type":"response\.(completed|incomplete|failed)"', data):
            json.loads(data)
            return start, start + len(body[start:stop].rstrip())
    raise AssertionError(f"a recorded stream without an end: {body[-200:]!r}")
