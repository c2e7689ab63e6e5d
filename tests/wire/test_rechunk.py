"""A stream in other chunks is the same stream; cut off before its end it is not whole."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import read
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.rechunk import MODES, SEEDED, Rechunking, RechunkingSender
from conformance.wire.sse import Event, events

from . import bundled

STREAM = {"content-type": "text/event-stream; charset=utf-8"}
ASKED = Request("POST", "https://gateway.test/v1", {})
STREAMS = st.deferred(lambda: st.sampled_from(bundled.bodies()))
WAYS = st.sampled_from(MODES).flatmap(
    lambda mode: st.builds(Rechunking, st.just(mode), st.integers(0, 10**6) if mode in SEEDED else st.just(0))
)
LINES = st.sampled_from([b"data: {}", "data: über…".encode(), b"event: ping", b": kept alive", b"id: 7", b"data", b""])
FRAMED = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), min_size=1),
    st.sampled_from([b"", b"data: the last"]),
).map(lambda parts: parts[0] + b"".join(line + end for line, end in parts[1]) + parts[2])
"""Any framing that the standard allows, and comments, names and blank lines wherever they may stand."""


def response(*pieces: bytes, headers: dict[str, str] = STREAM) -> Response:
    return Response(200, headers, tuple(Chunk(piece, at / 10) for at, piece in enumerate(pieces, 1)))


def said(received: Response) -> list[Event]:
    return list(events(received.body))


def arrives_in_time(received: Response, recorded: Response) -> bool:
    """Whether nothing goes back in time, or before the first recorded chunk or after the last."""
    times = [chunk.at for chunk in received.chunks]
    return times == sorted(times) and recorded.chunks[0].at <= times[0] <= times[-1] <= recorded.chunks[-1].at


def test_there_are_streams_of_each_surface() -> None:
    assert {case.partition("/")[0] for case in bundled.streams()} == {"chat", "responses", "gemini", "serving"}
    assert len(bundled.bodies()) > 50


@given(STREAMS, st.lists(WAYS, min_size=1, max_size=4))
def test_the_events_of_a_recorded_stream_stay_the_same_whatever_its_chunks(
    recorded: Response, ways: list[Rechunking]
) -> None:
    received = recorded
    for way in ways:
        received = way(received)
    assert said(received) == said(recorded)
    assert read(Exchange(ASKED, received)) == read(Exchange(ASKED, recorded))
    assert arrives_in_time(received, recorded)
    if not {way.mode for way in ways} & {"crlf", "comments"}:
        assert received.body == recorded.body


@pytest.mark.parametrize("mode", MODES)
def test_every_recorded_stream_is_changed_by_every_mode(mode: str) -> None:
    for recorded in bundled.bodies():
        received = Rechunking(mode)(recorded)
        assert received.chunks != recorded.chunks or (mode == "characters" and recorded.body.isascii())
        assert said(received) == said(recorded)
        assert (received.status, received.headers) == (recorded.status, recorded.headers)


@given(FRAMED, st.lists(st.integers(0, 200), max_size=6), st.lists(WAYS, min_size=1, max_size=4))
def test_so_do_those_of_any_stream(body: bytes, cuts: list[int], ways: list[Rechunking]) -> None:
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    recorded = response(*(body[a:b] for a, b in pairwise(edges)))
    received = recorded
    for way in ways:
        received = way(received)
    assert said(received) == said(recorded)
    assert arrives_in_time(received, recorded)


@given(STREAMS, st.data())
def test_no_stream_is_whole_that_is_cut_off_before_its_end(recorded: Response, data: st.DataObject) -> None:
    assert not truncation_reason(Exchange(ASKED, recorded))
    _, end = bundled.end(recorded.body)
    cut = replace(recorded, chunks=(Chunk(recorded.body[: data.draw(st.integers(0, end - 1))], 0.1),))
    assert truncation_reason(Exchange(ASKED, data.draw(WAYS)(cut)))


def test_at_every_byte() -> None:
    received = Rechunking("bytes")(response(b"data: 1\n", b"\n"))
    assert [chunk.data for chunk in received.chunks] == [bytes([byte]) for byte in b"data: 1\n\n"]
    assert [chunk.at for chunk in received.chunks] == [0.1] * 8 + [0.2]


def test_inside_every_character_and_nowhere_else() -> None:
    received = Rechunking("characters")(response("data: é…\n\n".encode()))
    assert [chunk.data for chunk in received.chunks] == [b"data: \xc3", b"\xa9\xe2", b"\x80", b"\xa6\n\n"]


def test_a_piece_arrives_when_its_last_byte_did() -> None:
    received = Rechunking("characters")(response("data: é".encode(), "…\n\n".encode()))
    assert [(chunk.data, chunk.at) for chunk in received.chunks] == [
        (b"data: \xc3", 0.1),
        (b"\xa9\xe2", 0.2),
        (b"\x80", 0.2),
        (b"\xa6\n\n", 0.2),
    ]


def test_crlf_for_lf_where_there_is_none_yet() -> None:
    received = Rechunking("crlf")(response(b"event: a\r", b'\ndata: {"text":"a\\nb"}\n', b"\n"))
    assert [chunk.data for chunk in received.chunks] == [b"event: a\r", b'\ndata: {"text":"a\\nb"}\r\n', b"\r\n"]


@given(st.integers(0, 999))
def test_comments_stand_on_lines_of_their_own(seed: int) -> None:
    recorded = response(b"event: a\ndata: 1\n\nevent: b\ndata: 2\n\n")
    received = Rechunking("comments", seed)(recorded)
    lines = received.body.split(b"\n")
    assert any(line.startswith(b":") for line in lines)
    kept = [line for line in lines if line and not line.startswith(b":")]
    assert kept == [b"event: a", b"data: 1", b"event: b", b"data: 2"]


def test_a_seed_draws_the_same_again_and_another_one_something_else() -> None:
    recorded = bundled.bodies()[0]
    for mode in SEEDED:
        assert Rechunking(mode, 1)(recorded) == Rechunking(mode, 1)(recorded)
        assert len({Rechunking(mode, seed)(recorded).chunks for seed in range(5)}) == 5


@pytest.mark.parametrize(
    "other",
    [
        response(b'{"choices":\n []}\n', headers={"content-type": "application/json"}),
        response(b"data: 1\n\n", headers={"content-type": "text/plain"}),
        response(b'{"error":\n {"message": "no"}}\n'),
        response(b""),
        response(),
    ],
    ids=["JSON", "text", "an error that is called a stream", "nothing", "no chunk"],
)
def test_what_is_no_stream_of_events_is_left_alone(other: Response) -> None:
    assert all(Rechunking(mode)(other) is other for mode in MODES)


@pytest.mark.parametrize("text", ["bytes", "characters", "crlf", "random:7", "comments:0"])
def test_a_way_is_read_from_its_name(text: str) -> None:
    assert str(Rechunking.of(text)) == text


def test_a_seed_may_be_left_out() -> None:
    assert Rechunking.of("random") == Rechunking("random", 0)


@pytest.mark.parametrize(
    "text", ["", "byte", "Bytes", "bytes:1", "crlf:", "random:", "random:-1", "random:x", "random:٣", ":1"]
)
def test_an_unknown_way_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no way to re-chunk: give one of bytes, random\[:SEED\], characters"):
        Rechunking.of(text)


class Told:
    """A sender that gives one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def send(self, request: Request) -> Exchange:
        assert request is ASKED
        return self.exchange


def test_a_broken_answer_stays_broken() -> None:
    cut = Exchange(ASKED, response(b"data: 1\n\n"), "the answer broke off after 9 bytes")
    received = RechunkingSender(Told(cut), Rechunking("bytes")).send(ASKED)
    assert received.failure == cut.failure
    assert received.response
    assert len(received.response.chunks) == 9
    silent = Exchange(ASKED, failure="timeout after 1 s")
    assert RechunkingSender(Told(silent), Rechunking("bytes")).send(ASKED) is silent
