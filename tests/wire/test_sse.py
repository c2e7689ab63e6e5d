"""The framing of server-sent events, against a line-by-line reading of the WHATWG algorithm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.sse import Event, events


def read(body: bytes) -> list[tuple[str, bytes]]:
    return [(event.name, event.data) for event in events(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"\n\n\n", []),
        (b"data: a\n\n", [("", b"a")]),
        (b"data:a\n\n", [("", b"a")]),
        (b"data:  a \n\n", [("", b" a ")]),  # one space only
        (b"data: a\ndata: b\ndata:\n\n", [("", b"a\nb\n")]),
        (b"data\n\n", [("", b"")]),
        (b"event: x\ndata: a\n\ndata: b\n\n", [("x", b"a"), ("", b"b")]),
        (b"event: x\n\ndata: b\n\n", [("", b"b")]),  # a name without data names nothing
        (b"data: a\nevent: x\nevent: y\n\n", [("y", b"a")]),
        (b": ping\n\ndata: a\n: ping\nid: 7\nretry: 10\nother: x\n\n", [("", b"a")]),
        (b"Data: a\n data: b\ndata : c\n\n", []),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("", b"a"), ("", b"b"), ("", b"c")]),
        (b"data: a\r\ndata: b\r\n\r\n", [("", b"a\nb")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("", b"a")]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [("", b"a")]),
        ("data: \u2028\u0085\x0b\n\n".encode(), [("", "\u2028\u0085\x0b".encode())]),  # no ends of lines here
        (b"data: \xff\nevent: \xff\n\n", [("\ufffd", b"\xff")]),  # JSON must not be mended on the way
        (b"data: a", [("", b"a")]),  # cut: judged by its content
        (b'data: {"a":1}\n\ndata: {"a"', [("", b'{"a":1}'), ("", b'{"a"')]),
    ],
)
def test_framing(body: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert read(body) == expected


LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12).map(str.encode)
EVENTS = st.lists(
    st.builds(
        Event,
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=5),
        st.lists(LINES, min_size=1, max_size=3).map(b"\n".join),
    ),
    max_size=4,
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
NOISE = st.sampled_from([b"", b": ping", b"id: 1", b"retry: 5", b"unknown"])


@given(EVENTS, st.data())
def test_what_is_framed_is_read_in_whatever_legal_way_it_is_framed(sent: list[Event], data: st.DataObject) -> None:
    lines = list[bytes]()
    end = data.draw(ENDS)
    for event in sent:
        fields = [b"data: " + line for line in event.data.split(b"\n")]
        fields.insert(data.draw(st.integers(0, len(fields))), b"event: " + event.name.encode())
        for field in fields:
            noise = data.draw(NOISE)
            lines += [noise] * bool(noise) + [field]
        lines.append(b"")
    assert list(events(b"".join(line + end for line in lines))) == sent


@given(st.binary(max_size=120))
def test_any_bytes_are_read(body: bytes) -> None:
    found = read(body)
    assert all(b"\r" not in data for _, data in found)
    if b"\r" not in body:
        assert read(body.replace(b"\n", b"\r\n")) == found
        assert read(body.replace(b"\n", b"\r")) == found
    assert read(body.removeprefix(b"\xef\xbb\xbf") + b"\n\n") == found
