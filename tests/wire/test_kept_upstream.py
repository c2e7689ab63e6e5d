"""The other side of a proxy on a tape: whole again to the byte, small where the sides are alike, and wary of forged ones."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.cassette import Cassette, CassetteError, base64_of
from conformance.wire.exchange import Chunk, Exchange, Request, Response, UpstreamExchange, UpstreamSide
from conformance.wire.kept_upstream import joined, parts, restored
from conformance.wire.redact import Redactor
from conformance.wire.sender import ReplayingSender
from conformance.wire.tape import Tape, recorded_line, section_text

IMAGE = base64.b64encode(bytes(range(256)) * 40)
PIECES = st.sampled_from([b"x" * 500, IMAGE, b'"', b",", b"\\", b"\xff", b'{"a":"', "ü".encode() * 300, b"short"])


def as_kept(told: list[Any]) -> list[Any]:
    """The parts as a tape holds them."""
    kept: list[Any] = json.loads(json.dumps(told, default=base64_of))
    return kept


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=8))
def test_a_body_is_whole_again(body: list[bytes], other: list[bytes]) -> None:
    assert joined(as_kept(parts(b"".join(body), b"".join(other))), b"".join(other)) == b"".join(body)


def test_media_that_came_in_front_are_named_and_not_kept_again() -> None:
    front = b'{"url":"data:image/png;base64,%s","model":"a"}' % IMAGE
    behind = b'{"inlineData":{"data":"%s"}}' % IMAGE
    assert parts(behind, front) == ['{"inlineData":{"data":"', [front.index(IMAGE), len(IMAGE)], '"}}']
    assert parts(front, front) == [[0, len(front)]]
    assert parts(b"", front) == []


@pytest.mark.parametrize(
    "told",
    [[[0, 5]], [[-1, 1]], [[0]], [[0, 1, 2]], [{"base64": "!"}], [{"no": "thing"}], [["a", "b"]], 7, [[0, -1]]],
)
def test_forged_places_are_refused(told: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        joined(told, b"abc")


def test_a_tape_cannot_ask_for_more_than_a_body_may_have() -> None:
    with pytest.raises(ValueError, match="too large"):
        joined([[0, 1_000_000]] * 1_000_000, b"x" * 1_000_000)


def watched(body: bytes = b'{"model":"m"}') -> Exchange:
    """An exchange of which both sides were watched, with everything that can be told of them."""
    request = Request("POST", "https://proxy/v1/chat/completions", {"content-type": "application/json"}, body)
    headers = {"authorization": "[bearer]", "content-type": "application/json"}
    behind = [
        UpstreamExchange(
            Exchange(
                Request("POST", "http://gateway.invalid/v1/chat/completions?a=b%20c", headers, b"\xff" + body),
                Response(200, {"content-type": "text/event-stream"}, (Chunk(b"data: a", 0.1), Chunk(b"b\n\n", 0.25))),
            ),
            0.0125,
        ),
        UpstreamExchange(
            Exchange(Request("POST", "http://gateway.invalid/x", headers), None, "broke off", dropped=True), 0.5
        ),
        UpstreamExchange(Exchange(Request("POST", "http://gateway.invalid/x", headers), Response(204, {})), 0.75),
    ]
    side = UpstreamSide(
        asked=tuple(behind), late=2, others=("/models",), repeats=True, leaks=("a leak",), passes_credential_on=False,
        lost_headers=("retry-after: 1",),
    )  # fmt: skip
    response = Response(200, {"content-type": "text/event-stream"}, (Chunk(b"data: ab\n\n", 0.3),))
    return Exchange(request, response, upstream=side)


@pytest.mark.parametrize("body", [b'{"model":"m"}', b'{"image":"%s"}' % IMAGE])
def test_what_a_tape_gives_back_is_what_was_watched(tmp_path: Path, body: bytes) -> None:
    exchange = watched(body)
    tape = tmp_path / "evidence.jsonl"
    line = recorded_line("chat/a.b", [exchange], Redactor())
    tape.write_text(section_text({"both_sides": True}, {"chat/a.b": line}))
    assert len(line) < 3000
    replayed = ReplayingSender(lambda: Tape(tape).cassette("chat/a.b")).send(exchange.request)
    assert replayed == exchange
    assert replayed.response
    assert replayed.response.chunks[0].at == 0.3


def test_requests_at_once_are_answered_from_one_cassette(tmp_path: Path) -> None:
    """Each cassette gives out the first answer to a request first."""
    tape, loaded = tmp_path / "evidence.jsonl", list[Cassette]()
    exchanges = [watched(b"%d" % number) for number in range(8)]
    line = recorded_line("chat/a.b", exchanges, Redactor())
    tape.write_text(section_text({}, {"chat/a.b": line}))

    def load() -> Cassette:
        time.sleep(0.05)
        loaded.append(Tape(tape).cassette("chat/a.b"))
        return loaded[-1]

    sender = ReplayingSender(load)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sender.send, [one.request for one in exchanges])) == exchanges
    assert len(loaded) == 1


def test_an_exchange_that_nobody_watched_is_kept_as_ever() -> None:
    line = recorded_line("chat/a.b", [replace(watched(), upstream=None)], Redactor())
    assert json.loads(line)["exchanges"][0].keys() == {"to", "as", "sent", "status", "headers", "body"}


def test_no_secret_is_kept_of_the_other_side() -> None:
    secret = "dapi-canary-of-this-test"
    exchange = watched(b'{"user":"dapi-canary-of-this-test"}')
    line = recorded_line("chat/a.b", [exchange], Redactor(secret))
    assert secret not in line


@pytest.mark.parametrize(
    "harm", [{"asked": 7}, {"asked": [{}]}, {"late": "x"}, {"leaks": None}, {"asked": [{"to": ["POST"]}]}]
)
def test_a_corrupt_side_is_told_as_such(harm: dict[str, Any]) -> None:
    exchange = watched()
    line = json.loads(recorded_line("chat/a.b", [exchange], Redactor()))
    told = line["exchanges"][0]["upstream"] | harm
    with pytest.raises(CassetteError, match="the other side of it is corrupt"):
        restored(told, exchange.request, exchange.response)
